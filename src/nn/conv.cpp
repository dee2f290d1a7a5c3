#include <lamella/nn/conv.h>

#include <algorithm>

#include <fmt/format.h>

#include <lamella/ops/conv.h>
#include <lamella/ops/create.h>
#include <lamella/ops/pad.h>

#include "nn/conv_check.h"

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
  check_conv_channels(layer, in_channels, out_channels, groups);
  check_conv_window(layer, kernel_size, stride, padding.values(), dilation);
  check_word(layer, "padding_mode", padding_mode, {"zeros", "reflect", "replicate", "circular"});
  if (padding.same() && !all_are(stride, 1)) {
    throw ValueError(fmt::format(
        "{}: padding='same' is not supported for strided convolutions, got stride={}; give the padding as a number",
        layer, as_given(stride)));
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

}  // namespace lamella::nn
