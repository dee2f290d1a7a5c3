// What convolution layers have in common.
#pragma once

#include <algorithm>
#include <string_view>

#include <lamella/nn/parameter.h>

#include "nn/check.h"

namespace lamella::nn {

/// Raises ValueError for numbers of channels and groups that do not fit together.
void check_conv_channels(std::string_view layer, std::int64_t in_channels, std::int64_t out_channels,
                         std::int64_t groups);

/// The same for the axes' numbers.
template <int kRank>
void check_conv_window(std::string_view layer, const PerAxis<kRank>& kernel_size, const PerAxis<kRank>& stride,
                       const PerAxis<kRank>& padding, const PerAxis<kRank>& dilation) {
  check_at_least(layer, "kernel_size", kernel_size, 1);
  check_at_least(layer, "stride", stride, 1);
  check_at_least(layer, "padding", padding, 0);
  check_at_least(layer, "dilation", dilation, 1);
}

template <int kRank>
bool all_are(const PerAxis<kRank>& values, std::int64_t value) {
  return std::all_of(values.begin(), values.end(), [value](std::int64_t v) { return v == value; });
}

/// torch's default for weights and biases: kaiming_uniform_(a = sqrt 5), then uniform in ±1 / sqrt(fan_in).
void reset_weight_and_bias(const Tensor& weight, const Tensor& bias);

}  // namespace lamella::nn
