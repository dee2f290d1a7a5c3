// Resizing of feature maps.
#pragma once

#include <optional>
#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

/// Exactly one of `size` and `scale_factor`. Mind torch's order: its second positional argument is the size, not the
/// factor.
struct InterpolateOptions {
  Extents size = {};
  ScaleFactors scale_factor = {};
  std::string_view mode = "nearest";       ///< nearest, nearest-exact, linear, bilinear, bicubic, trilinear, area
  std::optional<bool> align_corners = {};  ///< for the linear and cubic modes only
  bool recompute_scale_factor = false;
  bool antialias = false;  ///< for bilinear and bicubic
};

/// Shapes: [N, C, L] (nearest, linear, area), [N, C, H, W] (nearest, bilinear, bicubic, area), [N, C, D, H, W]
/// (nearest, trilinear, area). With a scale factor the result has floor(extent * factor) positions, and coordinates use
/// the factor itself unless recompute_scale_factor is set. Raises where mode and rank, or the options, do not go
/// together.
Tensor interpolate(const Tensor& input, InterpolateOptions options);

}  // namespace lamella
