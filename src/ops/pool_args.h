// The checks of pooling and what its kernels take.
#pragma once

#include <string>
#include <string_view>

#include <lamella/ops/pool.h>

#include "core/tensor_impl.h"
#include "kernels/pool/pool.h"

namespace lamella {

/// Window, stride, padding, dilation with one number an axis.
struct PoolGeometry {
  Dims kernel;
  Dims stride;
  Dims padding;
  Dims dilation;
  bool ceil_mode = false;
};

/// Expands and checks ranges: window and stride at least 1, padding at most half of the effective window.
PoolGeometry pool_geometry(std::string_view op, const Dims& kernel, const Dims& stride, const Dims& padding,
                           const Dims& dilation, bool ceil_mode, std::int64_t axes);
/// Rank axes + 1 or axes + 2, no empty axis but the batch.
void check_pool_input(std::string_view op, const Tensor& input, std::int64_t axes);
/// Output extents of a batched input. Raises where a window does not fit; `op` is the family's name ("max_pool").
Dims pool_output_extents(std::string_view op, const Dims& input, const PoolGeometry& geometry);

/// [N, C, spatial…] shapes and strides as the kernels take them.
kernels::PoolShape pool_shape(const Dims& input, const Dims& output, const PoolGeometry* geometry);
kernels::PoolStrides pool_strides(const Dims& strides);

}  // namespace lamella
