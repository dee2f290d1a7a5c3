// What convolution layers demand of their arguments.
#pragma once

#include <span>
#include <string_view>

#include <lamella/nn/arguments.h>

namespace lamella::nn {

/// The arguments of a layer, in any number of axes.
struct ConvArguments {
  std::string_view layer;  ///< "Conv2d"
  std::int64_t in_channels;
  std::int64_t out_channels;
  std::int64_t groups;
  std::span<const std::int64_t> kernel_size;
  std::span<const std::int64_t> stride;
  std::span<const std::int64_t> padding;
  std::span<const std::int64_t> dilation;
};

/// Raises ValueError for the first argument that does not fit, with the numbers.
void check_conv_arguments(const ConvArguments& arguments);
/// "zeros", "reflect", "replicate" or "circular".
void check_padding_mode(std::string_view layer, std::string_view mode);

template <int kRank>
std::span<const std::int64_t> span_of(const PerAxis<kRank>& values) {
  return {values.begin(), values.end()};
}

/// torch's default for weights and biases: kaiming_uniform_(a = sqrt 5), then uniform in ±1 / sqrt(fan_in).
void reset_weight_and_bias(const Tensor& weight, const Tensor& bias);

}  // namespace lamella::nn
