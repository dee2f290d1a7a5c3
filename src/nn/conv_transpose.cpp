#include <algorithm>

#include <fmt/format.h>

#include <lamella/nn/conv.h>
#include <lamella/ops/conv.h>
#include <lamella/ops/create.h>

#include "nn/conv_check.h"

namespace lamella::nn {

template <int kRank>
ConvTransposeNd<kRank>::ConvTransposeNd(std::int64_t inputs, std::int64_t outputs, PerAxis<kRank> kernel,
                                        ConvTransposeLayerOptions<kRank> options)
    : in_channels(inputs),
      out_channels(outputs),
      kernel_size(kernel),
      stride(options.stride),
      padding(options.padding),
      output_padding(options.output_padding),
      groups(options.groups),
      dilation(options.dilation) {
  const std::string layer = fmt::format("ConvTranspose{}d", kRank);
  if (options.padding_mode != "zeros") {
    throw ValueError(fmt::format("{}: only \"zeros\" padding mode is supported, but got padding_mode='{}'", layer,
                                 options.padding_mode));
  }
  check_conv_channels(layer, in_channels, out_channels, groups);
  check_conv_window(layer, kernel_size, stride, padding, dilation);
  check_at_least(layer, "output_padding", output_padding, 0);
  for (int axis = 0; axis < kRank; ++axis) {
    if (output_padding[axis] < std::max(stride[axis], dilation[axis])) continue;
    throw ValueError(
        fmt::format("{}: output_padding must be smaller than either stride or dilation, got output_padding={}, "
                    "stride={}, dilation={}",
                    layer, tuple_of(output_padding), tuple_of(stride), tuple_of(dilation)));
  }
  Dims shape = {in_channels, out_channels / groups};
  shape.append(kernel_size.begin(), kernel_size.end());
  weight = Parameter(empty(shape));
  if (options.bias) bias = Parameter(zeros({out_channels}));
  reset_parameters();
}

template <int kRank>
ConvTransposeNd<kRank>::ConvTransposeNd(std::int64_t inputs, std::int64_t outputs, PerAxis<kRank> kernel,
                                        PerAxis<kRank> step, PerAxis<kRank> border)
    : ConvTransposeNd(inputs, outputs, kernel, {.stride = step, .padding = border}) {}

template <int kRank>
void ConvTransposeNd<kRank>::reset_parameters() {
  reset_weight_and_bias(weight, bias);
}

template <int kRank>
Tensor ConvTransposeNd<kRank>::operator()(const Tensor& input, const Dims& output_size) {
  return this->call({input}, [&](const TensorList& given) { return forward(given[0], output_size); });
}

template <int kRank>
Tensor ConvTransposeNd<kRank>::forward(const Tensor& input) {
  return convolve(input, output_padding.dims());
}

template <int kRank>
Tensor ConvTransposeNd<kRank>::forward(const Tensor& input, const Dims& output_size) const {
  const std::int64_t rank = input.dim();
  const bool whole = static_cast<std::int64_t>(output_size.size()) == rank;
  if ((!whole && output_size.size() != kRank) || (rank != kRank + 1 && rank != kRank + 2)) {
    throw ValueError(
        fmt::format("output_size must have {} numbers, or {} with batch and channels, got {} for an input of shape {}",
                    kRank, rank, lamella::to_string(output_size), lamella::to_string(input.shape())));
  }
  const Dims wanted(output_size.end() - kRank, output_size.end());
  Dims least, most, extra;
  bool fits = true;
  for (int axis = 0; axis < kRank; ++axis) {
    const std::int64_t in = input.size(axis - kRank);
    least.push_back((in - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (kernel_size[axis] - 1) + 1);
    most.push_back(least.back() + stride[axis] - 1);
    extra.push_back(wanted[static_cast<std::size_t>(axis)] - least.back());
    fits = fits && extra.back() >= 0 && extra.back() < stride[axis];
  }
  if (!fits) {
    throw ValueError(
        fmt::format("requested an output size of {}, but valid sizes range from {} to {} (for an input of shape {})",
                    lamella::to_string(wanted), lamella::to_string(least), lamella::to_string(most),
                    lamella::to_string(input.shape())));
  }
  return convolve(input, extra);
}

template <int kRank>
Tensor ConvTransposeNd<kRank>::convolve(const Tensor& input, Dims extra) const {
  lamella::ConvTransposeOptions options{stride.dims(), padding.dims(), std::move(extra), groups, dilation.dims()};
  if constexpr (kRank == 1) return conv_transpose1d(input, weight, bias, std::move(options));
  if constexpr (kRank == 2) return conv_transpose2d(input, weight, bias, std::move(options));
  if constexpr (kRank == 3) return conv_transpose3d(input, weight, bias, std::move(options));
}

template <int kRank>
std::string ConvTransposeNd<kRank>::extra_repr() const {
  std::string text = fmt::format("{}, {}, kernel_size={}, stride={}", in_channels, out_channels, tuple_of(kernel_size),
                                 tuple_of(stride));
  if (!all_are(padding, 0)) text += ", padding=" + tuple_of(padding);
  if (!all_are(dilation, 1)) text += ", dilation=" + tuple_of(dilation);
  if (!all_are(output_padding, 0)) text += ", output_padding=" + tuple_of(output_padding);
  if (groups != 1) text += fmt::format(", groups={}", groups);
  if (!bias.defined()) text += ", bias=False";
  return text;
}

template class ConvTransposeNd<1>;
template class ConvTransposeNd<2>;
template class ConvTransposeNd<3>;

}  // namespace lamella::nn
