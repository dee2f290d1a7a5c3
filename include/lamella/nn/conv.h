// Convolution layers.
#pragma once

#include <string>
#include <string_view>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// In torch's argument order; given by name.
template <int kRank>
struct ConvLayerOptions {
  ByName by_name = ByName();
  PerAxis<kRank> stride = 1;
  LayerPadding<kRank> padding = 0;
  PerAxis<kRank> dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  std::string padding_mode = "zeros";  ///< or "reflect", "replicate", "circular"
};

/// What Conv1d, Conv2d and Conv3d have in common.
///
/// Args: in_channels, out_channels, kernel_size, then options by name; stride and padding by position too.
///   nn::Conv2d(1, 3, 3, 1, 0)    nn::Conv2d(1, 16, {3, 5}, {.padding = "same", .bias = false})
/// Shape: [N, in_channels, spatial…] or without N, to out = floor((in + 2 padding - dilation (kernel - 1) - 1) /
/// stride) + 1. Attributes: weight [out_channels, in_channels / groups, kernel…] and bias [out_channels] (undefined
/// without), both uniform in ±sqrt(1 / (in_channels / groups * product of kernel_size)). Errors: ValueError for numbers
/// that do not fit together.
template <int kRank>
class ConvNd : public Module {
 public:
  ConvNd(std::int64_t in_channels, std::int64_t out_channels, PerAxis<kRank> kernel_size,
         ConvLayerOptions<kRank> options = {});
  ConvNd(std::int64_t in_channels, std::int64_t out_channels, PerAxis<kRank> kernel_size, PerAxis<kRank> stride,
         LayerPadding<kRank> padding = 0);

  Tensor forward(const Tensor& input) override;
  void members(Members& m) override { m("weight", weight)("bias", bias); }
  std::string extra_repr() const override;
  /// Draws weight and bias anew.
  void reset_parameters();

  std::int64_t in_channels;
  std::int64_t out_channels;
  PerAxis<kRank> kernel_size;
  PerAxis<kRank> stride;
  LayerPadding<kRank> padding;
  PerAxis<kRank> dilation;
  std::int64_t groups;
  std::string padding_mode;
  Parameter weight;
  Parameter bias;
};

extern template class ConvNd<1>;
extern template class ConvNd<2>;
extern template class ConvNd<3>;

class Conv1d : public Layer<Conv1d, ConvNd<1>> {
 public:
  using Layer::Layer;
};
class Conv2d : public Layer<Conv2d, ConvNd<2>> {
 public:
  using Layer::Layer;
};
class Conv3d : public Layer<Conv3d, ConvNd<3>> {
 public:
  using Layer::Layer;
};
using Conv1dOptions = ConvLayerOptions<1>;
using Conv2dOptions = ConvLayerOptions<2>;
using Conv3dOptions = ConvLayerOptions<3>;

/// In torch's argument order; given by name.
template <int kRank>
struct ConvTransposeLayerOptions {
  ByName by_name = ByName();
  PerAxis<kRank> stride = 1;
  PerAxis<kRank> padding = 0;
  PerAxis<kRank> output_padding = 0;
  std::int64_t groups = 1;
  bool bias = true;
  PerAxis<kRank> dilation = 1;
  std::string_view padding_mode = "zeros";  ///< the only one
};

/// The adjoint of a convolution ("deconvolution"), for upsampling.
///
/// Shape: [N, in_channels, spatial…] or without N, to out = (in - 1) stride - 2 padding + dilation (kernel - 1) +
/// output_padding + 1. A call may name the output_size that it wants instead of the layer's output_padding, of the
/// `stride` possible ones, by its spatial axes or whole: deconv(x, {7, 8}). ValueError for one that cannot be.
/// Attributes: weight [in_channels, out_channels / groups, kernel…] and bias [out_channels], both uniform in
/// ±sqrt(1 / (out_channels / groups * product of kernel_size)).
template <int kRank>
class ConvTransposeNd : public Module {
 public:
  ConvTransposeNd(std::int64_t in_channels, std::int64_t out_channels, PerAxis<kRank> kernel_size,
                  ConvTransposeLayerOptions<kRank> options = {});
  ConvTransposeNd(std::int64_t in_channels, std::int64_t out_channels, PerAxis<kRank> kernel_size,
                  PerAxis<kRank> stride, PerAxis<kRank> padding = 0);

  using Module::operator();
  Tensor operator()(const Tensor& input, const Dims& output_size);
  Tensor forward(const Tensor& input) override;
  Tensor forward(const Tensor& input, const Dims& output_size) const;
  void members(Members& m) override { m("weight", weight)("bias", bias); }
  std::string extra_repr() const override;
  void reset_parameters();

  std::int64_t in_channels;
  std::int64_t out_channels;
  PerAxis<kRank> kernel_size;
  PerAxis<kRank> stride;
  PerAxis<kRank> padding;
  PerAxis<kRank> output_padding;
  std::int64_t groups;
  PerAxis<kRank> dilation;
  Parameter weight;
  Parameter bias;

 private:
  Tensor convolve(const Tensor& input, Dims extra) const;
};

extern template class ConvTransposeNd<1>;
extern template class ConvTransposeNd<2>;
extern template class ConvTransposeNd<3>;

class ConvTranspose1d : public Layer<ConvTranspose1d, ConvTransposeNd<1>> {
 public:
  using Layer::Layer;
};
class ConvTranspose2d : public Layer<ConvTranspose2d, ConvTransposeNd<2>> {
 public:
  using Layer::Layer;
};
class ConvTranspose3d : public Layer<ConvTranspose3d, ConvTransposeNd<3>> {
 public:
  using Layer::Layer;
};

}  // namespace lamella::nn
