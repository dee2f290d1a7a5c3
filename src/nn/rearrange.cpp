#include <lamella/nn/rearrange.h>

#include <fmt/format.h>

#include <lamella/ops/view.h>

#include "nn/check.h"

namespace lamella::nn {

PixelShuffle::PixelShuffle(std::int64_t factor) : upscale_factor(factor) {
  check_at_least("PixelShuffle", "upscale_factor", upscale_factor, 1);
}
Tensor PixelShuffle::forward(const Tensor& input) { return pixel_shuffle(input, upscale_factor); }
std::string PixelShuffle::extra_repr() const { return fmt::format("upscale_factor={}", upscale_factor); }

PixelUnshuffle::PixelUnshuffle(std::int64_t factor) : downscale_factor(factor) {
  check_at_least("PixelUnshuffle", "downscale_factor", downscale_factor, 1);
}
Tensor PixelUnshuffle::forward(const Tensor& input) { return pixel_unshuffle(input, downscale_factor); }
std::string PixelUnshuffle::extra_repr() const { return fmt::format("downscale_factor={}", downscale_factor); }

ChannelShuffle::ChannelShuffle(std::int64_t number) : groups(number) {
  check_at_least("ChannelShuffle", "groups", groups, 1);
}
Tensor ChannelShuffle::forward(const Tensor& input) { return channel_shuffle(input, groups); }
std::string ChannelShuffle::extra_repr() const { return fmt::format("groups={}", groups); }

namespace {

template <typename Layer>
UnfoldOptions options_of(const Layer& layer) {
  return {layer.dilation.dims(), layer.padding.dims(), layer.stride.dims()};
}

template <typename Layer>
std::string window_of(const Layer& layer) {
  return fmt::format("kernel_size={}, dilation={}, padding={}, stride={}", as_given(layer.kernel_size),
                     as_given(layer.dilation), as_given(layer.padding), as_given(layer.stride));
}

}  // namespace

Unfold::Unfold(PerAxis<2> kernel, UnfoldLayerOptions options)
    : kernel_size(kernel), dilation(options.dilation), padding(options.padding), stride(options.stride) {}
Tensor Unfold::forward(const Tensor& input) { return unfold(input, kernel_size.dims(), options_of(*this)); }
std::string Unfold::extra_repr() const { return window_of(*this); }

Fold::Fold(PerAxis<2> size, PerAxis<2> kernel, UnfoldLayerOptions options)
    : output_size(size),
      kernel_size(kernel),
      dilation(options.dilation),
      padding(options.padding),
      stride(options.stride) {}
Tensor Fold::forward(const Tensor& input) {
  return fold(input, output_size.dims(), kernel_size.dims(), options_of(*this));
}
std::string Fold::extra_repr() const {
  return fmt::format("output_size={}, {}", as_given(output_size), window_of(*this));
}

}  // namespace lamella::nn
