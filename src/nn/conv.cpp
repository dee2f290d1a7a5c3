#include <lamella/nn/conv.h>

#include <algorithm>

#include <fmt/format.h>

#include <lamella/ops/conv.h>
#include <lamella/ops/create.h>
#include <lamella/ops/pad.h>

#include "nn/conv_check.h"
#include "nn/print.h"

namespace lamella::nn {

namespace {

template <int kRank>
std::string layer_name() {
  return fmt::format("Conv{}d", kRank);
}

/// pad()'s list: last axis first, in front and behind.
template <int kRank>
Dims pad_list(const ConvNd<kRank>& layer) {
  Dims list;
  for (int axis = kRank - 1; axis >= 0; --axis) {
    const std::int64_t total =
        layer.padding.same() ? layer.dilation[axis] * (layer.kernel_size[axis] - 1) : 2 * layer.padding.values()[axis];
    list.push_back(total / 2);
    list.push_back(total - total / 2);
  }
  return list;
}

template <int kRank>
Tensor convolve(const Tensor& input, const Tensor& weight, const Tensor& bias, lamella::ConvOptions options) {
  if constexpr (kRank == 1) return conv1d(input, weight, bias, std::move(options));
  if constexpr (kRank == 2) return conv2d(input, weight, bias, std::move(options));
  if constexpr (kRank == 3) return conv3d(input, weight, bias, std::move(options));
}

template <int kRank>
bool all_are(const PerAxis<kRank>& values, std::int64_t value) {
  return std::all_of(values.begin(), values.end(), [value](std::int64_t v) { return v == value; });
}

}  // namespace

template <int kRank>
ConvNd<kRank>::ConvNd(std::int64_t inputs, std::int64_t outputs, PerAxis<kRank> kernel, ConvLayerOptions<kRank> options)
    : in_channels(inputs),
      out_channels(outputs),
      kernel_size(kernel),
      stride(options.stride),
      padding(std::move(options.padding)),
      dilation(options.dilation),
      groups(options.groups),
      padding_mode(std::move(options.padding_mode)) {
  const std::string layer = layer_name<kRank>();
  check_conv_arguments({layer, in_channels, out_channels, groups, span_of(kernel_size), span_of(stride),
                        span_of(padding.values()), span_of(dilation)});
  check_padding_mode(layer, padding_mode);
  if (padding.same() && !all_are(stride, 1)) {
    throw ValueError(fmt::format(
        "{}: padding='same' is not supported for strided convolutions, got stride={}; give the padding as a number",
        layer, tuple_of(stride)));
  }
  Dims shape = {out_channels, in_channels / groups};
  shape.append(kernel_size.begin(), kernel_size.end());
  weight = Parameter(empty(shape));
  if (options.bias) bias = Parameter(zeros({out_channels}));
  reset_parameters();
}

template <int kRank>
ConvNd<kRank>::ConvNd(std::int64_t inputs, std::int64_t outputs, PerAxis<kRank> kernel, PerAxis<kRank> step,
                      LayerPadding<kRank> border)
    : ConvNd(inputs, outputs, kernel, {.stride = step, .padding = std::move(border)}) {}

template <int kRank>
void ConvNd<kRank>::reset_parameters() {
  reset_weight_and_bias(weight, bias);
}

template <int kRank>
Tensor ConvNd<kRank>::forward(const Tensor& input) {
  if (padding_mode == "zeros")
    return convolve<kRank>(input, weight, bias, {stride.dims(), padding, dilation.dims(), groups});
  return convolve<kRank>(pad(input, pad_list(*this), padding_mode), weight, bias,
                         {stride.dims(), Padding(), dilation.dims(), groups});
}

template <int kRank>
std::string ConvNd<kRank>::extra_repr() const {
  std::string text = fmt::format("{}, {}, kernel_size={}, stride={}", in_channels, out_channels, tuple_of(kernel_size),
                                 tuple_of(stride));
  if (!padding.word().empty()) {
    text += ", padding=" + padding.word();
  } else if (!all_are(padding.values(), 0)) {
    text += ", padding=" + tuple_of(padding.values());
  }
  if (!all_are(dilation, 1)) text += ", dilation=" + tuple_of(dilation);
  if (groups != 1) text += fmt::format(", groups={}", groups);
  if (!bias.defined()) text += ", bias=False";
  if (padding_mode != "zeros") text += ", padding_mode=" + padding_mode;
  return text;
}

template class ConvNd<1>;
template class ConvNd<2>;
template class ConvNd<3>;

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
  check_conv_arguments({layer, in_channels, out_channels, groups, span_of(kernel_size), span_of(stride),
                        span_of(padding), span_of(dilation)});
  for (int axis = 0; axis < kRank; ++axis) {
    if (output_padding[axis] >= 0 && output_padding[axis] < std::max(stride[axis], dilation[axis])) continue;
    throw ValueError(fmt::format(
        "{}: output_padding must be at least 0 and smaller than either stride or dilation, got output_padding={}, "
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
Tensor ConvTransposeNd<kRank>::forward(const Tensor& input) {
  lamella::ConvTransposeOptions options{stride.dims(), padding.dims(), output_padding.dims(), groups, dilation.dims()};
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
