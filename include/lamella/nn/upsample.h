// Upsampling layers.
#pragma once

#include <concepts>
#include <optional>
#include <string>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// In torch's argument order; given by name. Exactly one of size and scale_factor.
struct UpsampleOptions {
  ByName by_name = ByName();
  OneOrMany<std::int64_t> size = {};
  OneOrMany<double> scale_factor = {};
  std::string mode = "nearest";  ///< or "linear", "bilinear", "bicubic", "trilinear", … as interpolate()
  std::optional<bool> align_corners = {};
  bool recompute_scale_factor = false;
};

/// Enlarges the spatial axes: nn::Upsample({.scale_factor = 2}), nn::Upsample({.size = {7, 9}, .mode = "bilinear"}).
/// Errors: ValueError unless exactly one of size and scale_factor is given.
class Upsample : public Layer<Upsample> {
 public:
  explicit Upsample(UpsampleOptions options);
  /// To a size. Note: not by a factor, as in torch.
  template <std::integral Size>
  explicit Upsample(Size output_size) : Upsample(UpsampleOptions{.size = output_size}) {}

  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  OneOrMany<std::int64_t> size;
  OneOrMany<double> scale_factor;
  std::string mode;
  std::optional<bool> align_corners;
  bool recompute_scale_factor;
};

/// Of UpsamplingNearest2d and UpsamplingBilinear2d. Exactly one of them.
struct Upsampling2dOptions {
  ByName by_name = ByName();
  OneOrMany<std::int64_t> size = {};
  OneOrMany<double> scale_factor = {};
};

/// Repeats the nearest pixel of [N, C, H, W].
class UpsamplingNearest2d : public Layer<UpsamplingNearest2d, Upsample> {
 public:
  explicit UpsamplingNearest2d(Upsampling2dOptions options)
      : Layer(UpsampleOptions{.size = std::move(options.size), .scale_factor = std::move(options.scale_factor)}) {}
};
/// Interpolates the pixels of [N, C, H, W], with aligned corners.
class UpsamplingBilinear2d : public Layer<UpsamplingBilinear2d, Upsample> {
 public:
  explicit UpsamplingBilinear2d(Upsampling2dOptions options)
      : Layer(UpsampleOptions{.size = std::move(options.size),
                              .scale_factor = std::move(options.scale_factor),
                              .mode = "bilinear",
                              .align_corners = true}) {}
};

}  // namespace lamella::nn
