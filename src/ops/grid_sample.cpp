// Sampling at the points of a grid, made of gathers: the derivatives, of both orders, are those of the parts.
#include <vector>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/interpolate.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/view.h>

#include "ops/autocast.h"

namespace lamella {

namespace {

enum class Border : std::uint8_t { kZeros, kEdge, kReflection };

Border border_of(std::string_view name) {
  if (name == "zeros") return Border::kZeros;
  if (name == "border") return Border::kEdge;
  if (name == "reflection") return Border::kReflection;
  throw ValueError(
      fmt::format("grid_sample: expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
                  "'{}'",
                  name));
}

/// One spatial axis of the input.
struct Axis {
  std::int64_t extent;
  bool align_corners;
  Border border;

  double last() const { return static_cast<double>(extent - 1); }

  /// From [-1, 1] to positions.
  Tensor position(const Tensor& x) const {
    if (align_corners) return (x + 1) * (last() / 2);
    return ((x + 1) * static_cast<double>(extent) - 1) / 2;
  }
  Tensor reflected(const Tensor& x) const {
    const double low = align_corners ? 0 : -0.5;
    const double span = align_corners ? last() : static_cast<double>(extent);
    if (span == 0) return x * 0;
    const Tensor distance = abs(x - low);
    const Tensor rest = fmod(distance, wrapped(span));
    const Tensor flips = floor(distance.detach() / span);
    return where(eq(remainder(flips, wrapped(2)), wrapped(0)), rest + low, span - rest + low);
  }
  /// Positions brought inside, as far as the border mode does.
  Tensor inside(const Tensor& x) const {
    if (border == Border::kZeros) return x;
    return clamp(border == Border::kReflection ? reflected(x) : x, Scalar(0), Scalar(last()));
  }
  /// Where whole positions are on the input.
  Tensor valid(const Tensor& whole) const { return logical_and(ge(whole, wrapped(0)), le(whole, wrapped(last()))); }
  Tensor place(const Tensor& whole) const {
    return clamp(whole.detach().to(DType::kInt64), Scalar(0), Scalar(extent - 1));
  }
};

/// One tap along one axis: whole positions and their weights.
struct Tap {
  Tensor whole;
  Tensor weight;
};
using Taps = std::vector<Tap>;

Taps nearest_taps(const Axis& axis, const Tensor& x) {
  const Tensor whole = round(axis.inside(axis.position(x)).detach());
  return {{whole, ones_like(whole)}};
}
Taps linear_taps(const Axis& axis, const Tensor& x) {
  const Tensor at = axis.inside(axis.position(x));
  const Tensor low = floor(at.detach());
  return {{low, low + 1 - at}, {low + 1, at - low}};
}
/// Keys' kernel with a = -3/4, for distances up to 1 and from 1 to 2.
Tensor cubic_near(const Tensor& d) { return ((d * 1.25 - 2.25) * d) * d + 1; }
Tensor cubic_far(const Tensor& d) { return ((d * -0.75 + 3.75) * d - 6) * d + 3; }
Taps cubic_taps(const Axis& axis, const Tensor& x) {
  const Tensor at = axis.position(x);
  const Tensor low = floor(at.detach());
  const Tensor t = at - low;
  const Tensor weights[] = {cubic_far(t + 1), cubic_near(t), cubic_near(1 - t), cubic_far(2 - t)};
  Taps taps;
  for (int i = 0; i < 4; ++i) taps.push_back({axis.inside(low + (i - 1)).detach(), weights[i]});
  return taps;
}

void check_grid(const Tensor& input, const Tensor& grid, std::string_view mode) {
  if (input.dim() != 4 && input.dim() != 5)
    throw Error(
        fmt::format("grid_sample: expected 4D or 5D input, but got input with sizes {}", to_string(input.shape())));
  const std::int64_t axes = input.dim() - 2;
  if (grid.dim() != input.dim() || grid.size(-1) != axes || grid.size(0) != input.size(0)) {
    throw Error(fmt::format("grid_sample: expected a grid [{}, {}, {}] for the input {}, but got {}", input.size(0),
                            axes == 2 ? "H, W" : "D, H, W", axes, to_string(input.shape()), to_string(grid.shape())));
  }
  if (grid.dtype() != input.dtype())
    throw Error(fmt::format("grid_sample: expected input and grid to have same dtype, but input has {} and grid has {}",
                            name_of(input.dtype()), name_of(grid.dtype())));
  if (mode == "bicubic" && axes != 2) throw Error("grid_sample: bicubic interpolation only supports 4D input");
  for (std::int64_t i = 1; i < input.dim(); ++i) {
    if (input.size(i) == 0)
      throw Error(
          fmt::format("grid_sample: expected input to have non-empty spatial dimensions, but input has sizes {}",
                      to_string(input.shape())));
  }
}

}  // namespace

Tensor grid_sample(const Tensor& given, const Tensor& given_grid, GridSampleOptions options) {
  const Tensor input = autocast_input(AutocastPolicy::kFloat32, given);
  const Tensor grid = autocast_input(AutocastPolicy::kFloat32, given_grid);
  check_grid(input, grid, options.mode);
  const Border border = border_of(options.padding_mode);
  const auto taps_of = options.mode == "bilinear"  ? linear_taps
                       : options.mode == "nearest" ? nearest_taps
                       : options.mode == "bicubic" ? cubic_taps
                                                   : nullptr;
  if (taps_of == nullptr)
    throw ValueError(fmt::format("grid_sample: expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{}'",
                                 options.mode));
  const std::int64_t count = input.dim() - 2;
  const std::int64_t samples = input.size(0);
  const std::int64_t channels = input.size(1);
  const Tensor pixels = input.reshape({samples, channels, -1});
  // The grid's last axis goes from the innermost axis of the input outwards.
  std::vector<Axis> axes;
  std::vector<Taps> taps;
  for (std::int64_t i = 0; i < count; ++i) {
    axes.push_back({input.size(i + 2), options.align_corners, border});
    taps.push_back(taps_of(axes.back(), grid.select(-1, count - 1 - i).reshape({samples, 1, -1})));
  }
  Tensor result;
  const auto add_taps = [&](auto& self, std::size_t axis, const Tensor& place, const Tensor& weight) -> void {
    if (axis == axes.size()) {
      const Tensor values = gather(pixels, 2, place.expand({samples, channels, place.size(2)})) * weight;
      result = result.defined() ? result + values : values;
      return;
    }
    for (const Tap& tap : taps[axis]) {
      const Tensor own = axes[axis].place(tap.whole);
      Tensor part = tap.weight;
      if (border == Border::kZeros) part = masked_fill(part, logical_not(axes[axis].valid(tap.whole)), 0);
      self(self, axis + 1, place.defined() ? place * axes[axis].extent + own : own,
           weight.defined() ? weight * part : part);
    }
  };
  add_taps(add_taps, 0, Tensor(), Tensor());
  Dims shape{samples, channels};
  shape.append(grid.shape().begin() + 1, grid.shape().end() - 1);
  return result.reshape(std::move(shape));
}

Tensor affine_grid(const Tensor& theta, Dims size, bool align_corners) {
  const auto axes = static_cast<std::int64_t>(size.size()) - 2;
  if (axes != 2 && axes != 3)
    throw NotImplementedError(fmt::format(
        "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
        "{}.",
        to_string(size)));
  if (!is_floating_point(theta.dtype()))
    throw ValueError(fmt::format("Expected theta to have floating point type, but got {}", name_of(theta.dtype())));
  if (theta.dim() != 3 || theta.size(1) != axes || theta.size(2) != axes + 1 || theta.size(0) != size[0])
    throw ValueError(fmt::format("Expected a batch of {}D affine matrices of shape {}x{}x{} for size {}. Got {}.", axes,
                                 size[0], axes, axes + 1, to_string(size), to_string(theta.shape())));
  for (const std::int64_t extent : size) {
    if (extent < 1) throw ValueError(fmt::format("Expected non-zero, positive output size. Got {}", to_string(size)));
  }
  const Dims spatial(size.begin() + 2, size.end());
  TensorList coordinates;  // x, y, (z), 1
  for (std::int64_t i = axes - 1; i >= 0; --i) {
    const std::int64_t extent = spatial[static_cast<std::size_t>(i)];
    Tensor line =
        extent == 1 ? zeros({1}, {.dtype = theta.dtype()}) : linspace(-1, 1, extent, {.dtype = theta.dtype()});
    if (!align_corners) line = line * (static_cast<double>(extent - 1) / static_cast<double>(extent));
    Dims aligned(static_cast<std::size_t>(axes), 1);
    aligned[static_cast<std::size_t>(i)] = extent;
    coordinates.push_back(line.view(std::move(aligned)).expand(spatial));
  }
  coordinates.push_back(ones({}, {.dtype = theta.dtype()}).expand(spatial));
  const Tensor base = stack(coordinates, -1).view({1, -1, axes + 1}).expand({size[0], -1, axes + 1});
  Dims shape{size[0]};
  shape.append(spatial.begin(), spatial.end());
  shape.push_back(axes);
  return bmm(base, transpose(theta, 1, 2)).view(std::move(shape));
}

}  // namespace lamella
