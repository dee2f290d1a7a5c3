// The samples of every family.
#pragma once

#include "ops/activation_samples.h"
#include "ops/arithmetic_samples.h"
#include "ops/autocast_samples.h"
#include "ops/conv_samples.h"
#include "ops/create_samples.h"
#include "ops/feature_dropout_samples.h"
#include "ops/index_samples.h"
#include "ops/inplace_samples.h"
#include "ops/interpolate_samples.h"
#include "ops/linear_samples.h"
#include "ops/loss_samples.h"
#include "ops/math_samples.h"
#include "ops/metadata_samples.h"
#include "ops/norm_samples.h"
#include "ops/pad_samples.h"
#include "ops/pool_samples.h"
#include "ops/product_samples.h"
#include "ops/rearrange_samples.h"
#include "ops/reduce_samples.h"
#include "ops/scatter_samples.h"
#include "ops/search_samples.h"
#include "ops/special_samples.h"
#include "ops/statistics_samples.h"
#include "ops/view_samples.h"

namespace lamella::testing {

inline const std::deque<Operator>& all_operators() {
  static const Operators operators = [] {
    Operators all;
    add_activation_samples(all);
    add_arithmetic_samples(all);
    add_mixing_samples(all);
    add_math_samples(all);
    add_bit_samples(all);
    add_inplace_form_samples(all);
    add_autocast_samples(all);
    add_conv_samples(all);
    add_create_samples(all);
    add_feature_dropout_samples(all);
    add_index_samples(all);
    add_interpolate_samples(all);
    add_grid_samples(all);
    add_linear_samples(all);
    add_loss_samples(all);
    add_norm_samples(all);
    add_pad_samples(all);
    add_pool_samples(all);
    add_reduce_samples(all);
    add_scatter_samples(all);
    add_statistics_samples(all);
    add_metadata_samples(all);
    add_special_samples(all);
    add_special_pair_samples(all);
    add_running_samples(all);
    add_search_samples(all);
    add_scatter_reduce_samples(all);
    add_embedding_samples(all);
    add_view_samples(all);
    add_rearrange_samples(all);
    add_product_samples(all);
    add_einsum_samples(all);
    add_metric_samples(all);
    return all;
  }();
  return operators.list();
}

}  // namespace lamella::testing
