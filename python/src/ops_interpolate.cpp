// Resizing and rearranging feature maps: functional.interpolate, pad, pixel_shuffle.
#include <lamella/ops/interpolate.h>

#include <lamella/ops/pad.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

Tensor resize(const Tensor& input, Extents size, ScaleFactors scale_factor, std::string_view mode,
              std::optional<bool> align_corners, std::optional<bool> recompute_scale_factor, bool antialias) {
  return interpolate(input, {.size = std::move(size),
                             .scale_factor = std::move(scale_factor),
                             .mode = mode,
                             .align_corners = align_corners,
                             .recompute_scale_factor = recompute_scale_factor.value_or(false),
                             .antialias = antialias});
}

Tensor sample(const Tensor& input, const Tensor& grid, std::string_view mode, std::string_view padding_mode,
              std::optional<bool> align_corners) {
  return grid_sample(input, grid, {mode, padding_mode, align_corners.value_or(false)});
}
Tensor grid_of(const Tensor& theta, Dims size, std::optional<bool> align_corners) {
  return affine_grid(theta, std::move(size), align_corners.value_or(false));
}

using OneNumber = Tensor (*)(const Tensor&, std::int64_t);

/// torch has these names in both namespaces.
void bind_rearrangement(const Scope& scope, const char* name, OneNumber function, const char* number) {
  scope.function(name, function, "input", nb::arg(number)).functional(name, function, "input", nb::arg(number));
}

Tensor columns(const Tensor& input, Extents kernel_size, Extents dilation, Extents padding, Extents stride) {
  return unfold(input, std::move(kernel_size), {std::move(dilation), std::move(padding), std::move(stride)});
}
Tensor from_columns(const Tensor& input, Extents output_size, Extents kernel_size, Extents dilation, Extents padding,
                    Extents stride) {
  return fold(input, std::move(output_size), std::move(kernel_size),
              {std::move(dilation), std::move(padding), std::move(stride)});
}

}  // namespace

void bind_interpolate(const Scope& scope) {
  scope.functional("interpolate", resize, "input", "size"_a = nb::none(), "scale_factor"_a = nb::none(),
                   "mode"_a = "nearest", "align_corners"_a = nb::none(), "recompute_scale_factor"_a = nb::none(),
                   "antialias"_a = false);
  const auto padded = [](const Tensor& input, Dims padding, std::string_view mode, std::optional<double> value) {
    return pad(input, std::move(padding), mode, value.value_or(0));
  };
  scope.functional("pad", padded, "input", "pad"_a, "mode"_a = "constant", "value"_a = nb::none());
  scope.functional("grid_sample", sample, "input", "grid"_a, "mode"_a = "bilinear", "padding_mode"_a = "zeros",
                   "align_corners"_a = nb::none());
  scope.functional("affine_grid", grid_of, "theta", "size"_a, "align_corners"_a = nb::none());
  bind_rearrangement(scope, "pixel_shuffle", pixel_shuffle, "upscale_factor");
  bind_rearrangement(scope, "pixel_unshuffle", pixel_unshuffle, "downscale_factor");
  bind_rearrangement(scope, "channel_shuffle", channel_shuffle, "groups");
  scope.functional("unfold", columns, "input", "kernel_size"_a, "dilation"_a = 1, "padding"_a = 0, "stride"_a = 1);
  scope.functional("fold", from_columns, "input", "output_size"_a, "kernel_size"_a, "dilation"_a = 1, "padding"_a = 0,
                   "stride"_a = 1);
}

}  // namespace lamella::python
