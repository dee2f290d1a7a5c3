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

[[noreturn]] void throw_shape(const char* function, const Tensor& input, const std::string& wanted) {
  throw Error(std::string(function) + "(): input " + to_string(input.shape()) + " must " + wanted);
}

Dims joined(const Dims& batch, std::initializer_list<std::int64_t> rest) {
  Dims shape = batch;
  shape.append(rest.begin(), rest.end());
  return shape;
}
Dims batch_of(const Tensor& input) {
  Dims batch;
  batch.append(input.shape().begin(), input.shape().end() - 3);
  return batch;
}
/// The batch axes in their order, and the others in the order of `rest`, counted from the first of these.
Tensor permute_rest(const Tensor& input, std::size_t batch, std::initializer_list<std::int64_t> rest) {
  Dims axes;
  for (std::size_t i = 0; i < batch; ++i) axes.push_back(static_cast<std::int64_t>(i));
  for (const std::int64_t axis : rest) axes.push_back(static_cast<std::int64_t>(batch) + axis);
  return input.permute(std::move(axes));
}

/// [*, C r^2, H, W] to [*, C, H r, W r]
Tensor pixel_shuffle(const Tensor& input, std::int64_t r) {
  if (r <= 0) throw Error("pixel_shuffle(): expected a positive upscale_factor, got " + std::to_string(r));
  if (input.dim() < 3 || input.size(-3) % (r * r) != 0) {
    throw_shape("pixel_shuffle", input,
                "have at least 3 axes and channels divisible by " + std::to_string(r * r) + ", the factor's square");
  }
  const std::int64_t c = input.size(-3) / (r * r), h = input.size(-2), w = input.size(-1);
  const Dims batch = batch_of(input);
  const Tensor split = input.reshape(joined(batch, {c, r, r, h, w}));
  return permute_rest(split, batch.size(), {0, 3, 1, 4, 2}).reshape(joined(batch, {c, h * r, w * r}));
}

/// [*, C, H r, W r] to [*, C r^2, H, W]
Tensor pixel_unshuffle(const Tensor& input, std::int64_t r) {
  if (r <= 0) throw Error("pixel_unshuffle(): expected a positive downscale_factor, got " + std::to_string(r));
  if (input.dim() < 3 || input.size(-1) % r != 0 || input.size(-2) % r != 0) {
    throw_shape("pixel_unshuffle", input, "have at least 3 axes, the last two divisible by " + std::to_string(r));
  }
  const std::int64_t c = input.size(-3), h = input.size(-2) / r, w = input.size(-1) / r;
  const Dims batch = batch_of(input);
  const Tensor split = input.reshape(joined(batch, {c, h, r, w, r}));
  return permute_rest(split, batch.size(), {0, 2, 4, 1, 3}).reshape(joined(batch, {c * r * r, h, w}));
}

/// [N, g k, *] with the channels of the g groups interleaved.
Tensor channel_shuffle(const Tensor& input, std::int64_t groups) {
  if (groups <= 0) throw Error("channel_shuffle(): expected positive groups, got " + std::to_string(groups));
  if (input.dim() < 3 || input.size(1) % groups != 0) {
    throw_shape("channel_shuffle", input, "have at least 3 axes and channels divisible by " + std::to_string(groups));
  }
  const std::int64_t n = input.size(0), each = input.size(1) / groups;
  return input.reshape({n, groups, each, -1}).transpose(1, 2).reshape(input.shape());
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
  for (const Scope& names : {scope, Scope{scope.nn, scope.tensor, scope.nn}}) {
    names.function("pixel_shuffle", pixel_shuffle, "input", "upscale_factor"_a);
    names.function("pixel_unshuffle", pixel_unshuffle, "input", "downscale_factor"_a);
    names.function("channel_shuffle", channel_shuffle, "input", "groups"_a);
  }
}

}  // namespace lamella::python
