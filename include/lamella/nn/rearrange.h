// Layers that move numbers about: channels to pixels and back, channels among each other, images to columns.
#pragma once

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// [*, C r^2, H, W] to [*, C, H r, W r] with r = upscale_factor. Shi et al. 2016.
class PixelShuffle : public Layer<PixelShuffle> {
 public:
  explicit PixelShuffle(std::int64_t factor);
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::int64_t upscale_factor;
};

/// [*, C, H r, W r] to [*, C r^2, H, W] with r = downscale_factor.
class PixelUnshuffle : public Layer<PixelUnshuffle> {
 public:
  explicit PixelUnshuffle(std::int64_t factor);
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::int64_t downscale_factor;
};

/// Deals the channels of [N, C, *] out in turn over the groups. Zhang et al. 2018.
class ChannelShuffle : public Layer<ChannelShuffle> {
 public:
  explicit ChannelShuffle(std::int64_t number);
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::int64_t groups;
};

/// In torch's argument order; given by name.
struct UnfoldLayerOptions {
  ByName by_name = ByName();
  PerAxis<2> dilation = 1;
  PerAxis<2> padding = 0;
  PerAxis<2> stride = 1;
};

/// The windows of [N, C, H, W] (or without N) as columns: [N, C * product of kernel_size, windows].
class Unfold : public Layer<Unfold> {
 public:
  explicit Unfold(PerAxis<2> kernel_size, UnfoldLayerOptions options = {});
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  PerAxis<2> kernel_size;
  PerAxis<2> dilation;
  PerAxis<2> padding;
  PerAxis<2> stride;
};

/// Adds columns up where their windows lie in [N, C, output_size…]: the adjoint of Unfold.
class Fold : public Layer<Fold> {
 public:
  Fold(PerAxis<2> output_size, PerAxis<2> kernel_size, UnfoldLayerOptions options = {});
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  PerAxis<2> output_size;
  PerAxis<2> kernel_size;
  PerAxis<2> dilation;
  PerAxis<2> padding;
  PerAxis<2> stride;
};

}  // namespace lamella::nn
