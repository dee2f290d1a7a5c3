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

struct GridSampleOptions {
  std::string_view mode = "bilinear";       ///< bilinear (trilinear of 5-D inputs), nearest, bicubic (4-D only)
  std::string_view padding_mode = "zeros";  ///< beyond the input: zeros, border, reflection
  bool align_corners = false;               ///< whether -1 and 1 are centres of border elements, or their outer edges
};
/// The input at the points of a grid in [-1, 1], x before y before z. Shapes: input [N, C, H, W], grid [N, h, w, 2],
/// result [N, C, h, w]; of 5-D inputs [N, C, D, H, W], [N, d, h, w, 3], [N, C, d, h, w].
Tensor grid_sample(const Tensor& input, const Tensor& grid, GridSampleOptions options = {});
/// The grid of a batch of affine maps theta [N, 2, 3] for an output [N, C, H, W] (or [N, 3, 4] and [N, C, D, H, W]).
Tensor affine_grid(const Tensor& theta, Dims size, bool align_corners = false);

}  // namespace lamella
