#include <lamella/ops/interpolate.h>

#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>

#include "kernels/interpolate/interpolate.h"
#include "ops/autocast.h"
#include "ops/channels_last.h"
#include "ops/conv_args.h"
#include "ops/op.h"

namespace lamella {

namespace {

using kernels::InterpolateShape;
using kernels::InterpolateStrides;
using kernels::Interpolation;

struct Mode {
  std::string_view name;
  Interpolation kernel;
  int axes;     ///< 0: any
  bool aligns;  ///< takes align_corners
  bool antialiases;
};

constexpr Mode kModes[] = {
    {"nearest", Interpolation::kNearest, 0, false, false},
    {"nearest-exact", Interpolation::kNearestExact, 0, false, false},
    {"linear", Interpolation::kLinear, 1, true, false},
    {"bilinear", Interpolation::kLinear, 2, true, true},
    {"bicubic", Interpolation::kCubic, 2, true, true},
    {"trilinear", Interpolation::kLinear, 3, true, false},
    {"area", Interpolation::kArea, 0, false, false},
};

const Mode& find_mode(std::string_view name) {
  for (const Mode& mode : kModes) {
    if (mode.name == name) return mode;
  }
  throw NotImplementedError(
      fmt::format("interpolate: unknown mode '{}', expected one of nearest, nearest-exact, linear, bilinear, bicubic, "
                  "trilinear, area",
                  name));
}

constexpr const char* kMode = "mode";
constexpr const char* kAlign = "align_corners";
constexpr const char* kAntialias = "antialias";
constexpr const char* kSize = "size";
constexpr const char* kInputSize = "input_size";
constexpr const char* kScales[3] = {"scale_d", "scale_h", "scale_w"};

InterpolateShape interpolate_shape(const Dims& input, const Dims& output, const Attributes& a) {
  InterpolateShape s;
  s.batch = input[0];
  s.channels = input[1];
  const std::size_t axes = input.size() - 2;
  for (std::size_t i = 0; i < axes; ++i) {
    s.input[3 - axes + i] = input[i + 2];
    s.output[3 - axes + i] = output[i + 2];
  }
  s.mode = find_mode(a.text(kMode)).kernel;
  s.align_corners = a.flag(kAlign);
  s.antialias = a.flag(kAntialias);
  for (std::size_t i = 0; i < 3; ++i) s.scale_factors[i] = a.real(kScales[i]);
  return s;
}

InterpolateStrides interpolate_strides(const Dims& strides) {
  InterpolateStrides s{strides[0], strides[1], {0, 0, 0}};
  const std::size_t axes = strides.size() - 2;
  for (std::size_t i = 0; i < axes; ++i) s.axis[3 - axes + i] = strides[i + 2];
  return s;
}

OutputSpec output_like(const TensorMeta& input, const Dims& extents) {
  Dims shape{input.shape[0], input.shape[1]};
  shape.append(extents.begin(), extents.end());
  Dims strides = shape.size() > 3 && input.suggests_channels_last() ? channels_last_strides(shape) : Dims{};
  return {std::move(shape), std::move(strides), input.dtype};
}

void infer_interpolate(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back(output_like(args.input(0), args.attributes.dims(kSize)));
  // torch's adaptive average over three axes is contiguous whatever the input's strides are.
  if (args.attributes.text(kMode) == "area" && outputs[0].shape.size() == 5) outputs[0].strides.clear();
}

void forward_interpolate(const ForwardArgs& args) {
  const InterpolateShape shape = interpolate_shape(args.input(0).shape(), args.output().shape(), args.attributes);
  const bool nearest = shape.mode == Interpolation::kNearest || shape.mode == Interpolation::kNearestExact;
  visit_dtype(args.input(0).dtype(), [&]<typename T>() {
    if constexpr (std::is_same_v<T, bool>) {
      throw NotImplementedError("interpolate: not implemented for bool; convert the input to uint8");
    } else {
      if (std::is_integral_v<T> && !nearest) {
        throw NotImplementedError(
            fmt::format("interpolate: mode '{}' is not implemented for {}; convert the input to float32",
                        args.attributes.text(kMode), name_of(args.input(0).dtype())));
      }
      const Physical in = physical(args.input(0));
      const Physical out = physical_for_write(args.output());
      kernels::interpolate_forward(shape, reinterpret_cast<const T*>(in.data), interpolate_strides(in.strides),
                                   reinterpret_cast<T*>(out.data), interpolate_strides(out.strides));
    }
  });
}

void infer_interpolate_backward(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back(output_like(args.input(0), args.attributes.dims(kInputSize)));
}

void forward_interpolate_backward(const ForwardArgs& args) {
  const InterpolateShape shape = interpolate_shape(args.output().shape(), args.input(0).shape(), args.attributes);
  visit_dtype(args.output().dtype(), [&]<typename T>() {
    if constexpr (std::is_integral_v<T>) {
      throw NotImplementedError("interpolate: integers have no gradient");
    } else {
      const ChannelsLastInput dy(args.input(0));
      const Physical dx = physical_for_write(args.output());
      kernels::interpolate_backward(shape, dy.data<T>(),
                                    interpolate_strides(dense_channels_last(args.input(0).shape())),
                                    reinterpret_cast<T*>(dx.data), interpolate_strides(dx.strides));
    }
  });
}

/// The attributes that both directions share.
OwnedAttributes common(const Attributes& a) {
  OwnedAttributes result{{kMode, a.text(kMode)}, {kAlign, a.flag(kAlign)}, {kAntialias, a.flag(kAntialias)}};
  for (const char* scale : kScales) result.set(scale, a.real(scale));
  return result;
}

// Both are linear, so each is the other's adjoint.
extern const OpDef kInterpolateBackward;
TensorList backward_interpolate(const BackwardArgs& args) {
  OwnedAttributes a = common(args.attributes);
  const Dims& shape = args.input_meta(0).shape;
  a.set(kInputSize, Dims(shape.begin() + 2, shape.end()));
  return {call(kInterpolateBackward, {args.grad()}, std::move(a))};
}
constexpr OpDef kInterpolate{.name = "interpolate",
                             .infer = infer_interpolate,
                             .forward = forward_interpolate,
                             .backward = backward_interpolate,
                             .order = OrderPolicy::kChannelsLast};

TensorList backward_interpolate_backward(const BackwardArgs& args) {
  OwnedAttributes a = common(args.attributes);
  const Dims& shape = args.input_meta(0).shape;
  a.set(kSize, Dims(shape.begin() + 2, shape.end()));
  return {call(kInterpolate, {args.grad()}, std::move(a))};
}
constexpr OpDef kInterpolateBackward{.name = "interpolate_backward",
                                     .infer = infer_interpolate_backward,
                                     .forward = forward_interpolate_backward,
                                     .backward = backward_interpolate_backward,
                                     .order = OrderPolicy::kChannelsLast};

void check_mode(const Mode& mode, const Tensor& input, const InterpolateOptions& o) {
  const std::int64_t axes = input.dim() - 2;
  if (axes < 1 || axes > 3)
    throw NotImplementedError(fmt::format(
        "interpolate: expected an input [N,C,L], [N,C,H,W] or [N,C,D,H,W], got shape {}", to_string(input.shape())));
  if (mode.axes != 0 && mode.axes != axes) {
    constexpr std::string_view linear[] = {"linear", "bilinear", "trilinear"};
    throw NotImplementedError(
        fmt::format("interpolate: Got {}D input, but {} mode needs {}D input (shape {}); for this input use mode '{}'",
                    input.dim(), mode.name, mode.axes + 2, to_string(input.shape()), linear[axes - 1]));
  }
  if (o.align_corners && !mode.aligns) {
    throw ValueError(
        "interpolate: align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
        "trilinear");
  }
  if (o.antialias && !mode.antialiases)
    throw ValueError(
        "interpolate: Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as "
        "input");
  if (!o.size.empty() && !o.scale_factor.empty())
    throw ValueError("interpolate: only one of size or scale_factor should be defined; pass exactly one of them");
  if (o.size.empty() && o.scale_factor.empty())
    throw ValueError("interpolate: either size or scale_factor should be defined; pass exactly one of them");
  if (!o.size.empty() && o.recompute_scale_factor)
    throw ValueError("interpolate: recompute_scale_factor is not meaningful with an explicit size.");
}

/// Output extents, and the factors that coordinates use (0: the ratio of the extents).
struct Target {
  Dims extents;
  std::array<double, 3> factors{0, 0, 0};
};

Target target_of(const Tensor& input, const InterpolateOptions& o, const Mode& mode) {
  const auto axes = static_cast<std::size_t>(input.dim() - 2);
  Target target;
  if (!o.size.empty()) {
    if (o.size.size() != 1 && o.size.size() != axes) {
      throw ValueError(
          fmt::format("interpolate: Input and output must have the same number of spatial dimensions, but got input "
                      "with spatial dimensions of {} and output size of {}",
                      to_string(Dims(input.shape().begin() + 2, input.shape().end())),
                      to_string(static_cast<const Dims&>(o.size))));
    }
    target.extents = expand_to_axes("interpolate", "size", o.size, static_cast<std::int64_t>(axes));
  } else {
    if (o.scale_factor.size() != 1 && o.scale_factor.size() != axes) {
      throw ValueError(fmt::format("interpolate: scale_factor has {} values, expected 1 or {}, one a spatial axis",
                                   o.scale_factor.size(), axes));
    }
    for (std::size_t i = 0; i < axes; ++i) {
      const double factor = o.scale_factor[o.scale_factor.size() == 1 ? 0 : i];
      const double extent = std::floor(static_cast<double>(input.shape()[i + 2]) * factor);
      if (!(extent >= 0 && extent < 9e15))
        throw ValueError(fmt::format("interpolate: scale_factor {} does not give a size", factor));
      target.extents.push_back(static_cast<std::int64_t>(extent));
      if (!o.recompute_scale_factor && mode.kernel != Interpolation::kArea) target.factors[3 - axes + i] = factor;
    }
  }
  for (std::size_t i = 0; i < axes; ++i) {
    if (target.extents[i] > 0 && input.shape()[i + 2] > 0) continue;
    const std::string floored =
        !o.scale_factor.empty()
            ? fmt::format(" (floor({} * {}))", input.shape()[i + 2], o.scale_factor[o.scale_factor.size() == 1 ? 0 : i])
            : "";
    throw Error(fmt::format(
        "interpolate: Input and output sizes should be greater than 0, but got input {} and output {}{}",
        to_string(Dims(input.shape().begin() + 2, input.shape().end())), to_string(target.extents), floored));
  }
  return target;
}

Tensor resize(const Tensor& input, const Mode& mode, const InterpolateOptions& options, const Target& target) {
  OwnedAttributes a{{kMode, std::string(mode.name)},
                    {kAlign, options.align_corners.value_or(false)},
                    {kAntialias, options.antialias},
                    {kSize, target.extents}};
  for (std::size_t i = 0; i < 3; ++i) a.set(kScales[i], target.factors[i]);
  // "area" is PyTorch's adaptive average pooling, which autocast runs in float32 over three axes.
  const AutocastPolicy policy =
      mode.kernel == Interpolation::kArea ? AutocastPolicy::kFloat32In3d : AutocastPolicy::kKeep;
  return call(kInterpolate, {autocast_input(policy, input)}, std::move(a));
}

/// Pictures of bytes: one axis after the other, each rounded to bytes, as PyTorch resizes them.
Tensor resize_bytes(const Tensor& input, const Mode& mode, const InterpolateOptions& options, const Target& target) {
  const auto rounded = [](const Tensor& t) { return clamp(floor(t + 0.5), Scalar(0), Scalar(255)); };
  Target rows = target;
  rows.extents[0] = input.size(2);
  rows.factors[1] = 0;
  Target columns = target;
  columns.factors[2] = 0;
  const Tensor wide = rounded(resize(input.to(DType::kFloat32), mode, options, rows));
  return rounded(resize(wide, mode, options, columns)).to(DType::kUInt8);
}

}  // namespace

Tensor interpolate(const Tensor& input, InterpolateOptions options) {
  const Mode& mode = find_mode(options.mode);
  check_mode(mode, input, options);
  const Target target = target_of(input, options, mode);
  const bool bytes = input.dtype() == DType::kUInt8 && mode.antialiases;
  return bytes ? resize_bytes(input, mode, options, target) : resize(input, mode, options, target);
}

}  // namespace lamella
