#include <lamella/ops/pad.h>

#include <algorithm>

#include <fmt/format.h>

#include <lamella/error.h>

#include "kernels/pad/pad.h"
#include "ops/autocast.h"
#include "ops/op.h"

namespace lamella {

namespace {

using kernels::PadMode;

constexpr const char* kPad = "pad";
constexpr const char* kMode = "mode";
constexpr const char* kValue = "value";
constexpr const char* kInputSize = "input_size";

struct NamedMode {
  std::string_view name;
  PadMode mode;
};
constexpr NamedMode kModes[] = {{"constant", PadMode::kConstant},
                                {"reflect", PadMode::kReflect},
                                {"replicate", PadMode::kReplicate},
                                {"circular", PadMode::kCircular}};

PadMode find_mode(std::string_view name) {
  for (const NamedMode& mode : kModes) {
    if (mode.name == name) return mode.mode;
  }
  throw NotImplementedError(
      fmt::format("pad: unrecognised padding mode {}, expected constant, reflect, replicate or circular", name));
}

/// Padding before and after an axis, from the list of pairs that begins with the last axis.
std::int64_t before(const Dims& pad, std::size_t rank, std::size_t axis) {
  const std::size_t pair = rank - 1 - axis;
  return 2 * pair < pad.size() ? pad[2 * pair] : 0;
}
std::int64_t after(const Dims& pad, std::size_t rank, std::size_t axis) {
  const std::size_t pair = rank - 1 - axis;
  return 2 * pair + 1 < pad.size() ? pad[2 * pair + 1] : 0;
}

Dims padded_shape(const Dims& input, const Dims& pad) {
  Dims shape = input;
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] += before(pad, shape.size(), i) + after(pad, shape.size(), i);
  return shape;
}

kernels::PadShape pad_shape(const Dims& input, const Dims& output, const Attributes& a) {
  kernels::PadShape s;
  s.rank = static_cast<int>(input.size());
  s.mode = find_mode(a.text(kMode));
  for (std::size_t i = 0; i < input.size(); ++i) {
    s.input[i] = input[i];
    s.output[i] = output[i];
    s.before[i] = before(a.dims(kPad), input.size(), i);
  }
  return s;
}

kernels::PadStrides pad_strides(const Dims& strides) {
  kernels::PadStrides result{};
  std::copy(strides.begin(), strides.end(), result.begin());
  return result;
}

OutputSpec output_like(const TensorMeta& input, Dims shape) {
  Dims strides = input.suggests_channels_last() ? channels_last_strides(shape) : Dims{};
  return {std::move(shape), std::move(strides), input.dtype};
}

void infer_pad(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back(output_like(args.input(0), padded_shape(args.input(0).shape, args.attributes.dims(kPad))));
  if (args.attributes.text(kMode) == "circular") outputs[0].strides.clear();  // contiguous, as in torch
}

void forward_pad(const ForwardArgs& args) {
  const auto shape = pad_shape(args.input(0).shape(), args.output().shape(), args.attributes);
  const Physical in = physical(args.input(0));
  const Physical out = physical_for_write(args.output());
  visit_dtype(args.input(0).dtype(), [&]<typename T>() {
    kernels::pad_forward(shape, Scalar(args.attributes.real(kValue)).to<T>(), reinterpret_cast<const T*>(in.data),
                         pad_strides(in.strides), reinterpret_cast<T*>(out.data), pad_strides(out.strides));
  });
}

void infer_pad_backward(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back(output_like(args.input(0), args.attributes.dims(kInputSize)));
}

void forward_pad_backward(const ForwardArgs& args) {
  const auto shape = pad_shape(args.output().shape(), args.input(0).shape(), args.attributes);
  const Physical dy = physical(args.input(0));
  const Physical dx = physical_for_write(args.output());
  visit_dtype(args.output().dtype(), [&]<typename T>() {
    if constexpr (std::is_integral_v<T>) {
      throw NotImplementedError("pad: integers have no gradient");
    } else {
      kernels::pad_backward(shape, reinterpret_cast<const T*>(dy.data), pad_strides(dy.strides),
                            reinterpret_cast<T*>(dx.data), pad_strides(dx.strides));
    }
  });
}

// Padding with a constant is affine and the other modes are linear, so the adjoint's adjoint is padding with zeros.
extern const OpDef kPadBackwardPlain;
extern const OpDef kPadBackwardChannelsLast;
template <const OpDef& kAdjoint>
TensorList backward_pad(const BackwardArgs& args) {
  const Attributes& a = args.attributes;
  return {call(kAdjoint, {args.grad()},
               {{kPad, a.dims(kPad)}, {kMode, a.text(kMode)}, {kInputSize, args.input_meta(0).shape}})};
}
constexpr OpDef kPadPlain{.name = "pad",
                          .infer = infer_pad,
                          .forward = forward_pad,
                          .backward = backward_pad<kPadBackwardPlain>,
                          .order = OrderPolicy::kPlain};
constexpr OpDef kPadChannelsLast{.name = "pad",
                                 .infer = infer_pad,
                                 .forward = forward_pad,
                                 .backward = backward_pad<kPadBackwardChannelsLast>,
                                 .order = OrderPolicy::kChannelsLast};
template <const OpDef& kForward>
TensorList backward_pad_backward(const BackwardArgs& args) {
  return {call(kForward, {args.grad()},
               {{kPad, args.attributes.dims(kPad)}, {kMode, args.attributes.text(kMode)}, {kValue, 0.0}})};
}
constexpr OpDef kPadBackwardPlain{.name = "pad_backward",
                                  .infer = infer_pad_backward,
                                  .forward = forward_pad_backward,
                                  .backward = backward_pad_backward<kPadPlain>,
                                  .order = OrderPolicy::kPlain};
constexpr OpDef kPadBackwardChannelsLast{.name = "pad_backward",
                                         .infer = infer_pad_backward,
                                         .forward = forward_pad_backward,
                                         .backward = backward_pad_backward<kPadChannelsLast>,
                                         .order = OrderPolicy::kChannelsLast};

void check_constant(const Tensor& input, const Dims& padding) {
  const Dims shape = padded_shape(input.shape(), padding);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] >= 0) continue;
    throw Error(
        fmt::format("pad: The input size {}, plus negative padding {} and {} resulted in a negative output size, which "
                    "is invalid. Check dimension {} of your input.",
                    input.shape()[i], before(padding, shape.size(), i), after(padding, shape.size(), i), i));
  }
}

void check_border(const Tensor& input, const Dims& padding, std::string_view mode) {
  const auto pairs = static_cast<std::int64_t>(padding.size() / 2);
  if (pairs < 1 || pairs > 3 || (input.dim() != pairs + 1 && input.dim() != pairs + 2)) {
    throw NotImplementedError(
        fmt::format("pad: padding of {} numbers is not supported for a {}D input in mode '{}': 2 numbers go with 2D or "
                    "3D inputs, 4 with 3D or 4D, 6 with 4D or 5D",
                    padding.size(), input.dim(), mode));
  }
  const std::size_t rank = input.shape().size();
  for (std::size_t axis = rank - static_cast<std::size_t>(pairs); axis < rank; ++axis) {
    const std::int64_t extent = input.shape()[axis];
    const std::int64_t first = before(padding, rank, axis);
    const std::int64_t last = after(padding, rank, axis);
    if (extent + first + last < 1 && (first < 0 || last < 0))
      throw Error(fmt::format("pad: padding ({}, {}) leaves nothing of dimension {} of input {}", first, last, axis,
                              to_string(input.shape())));
    if (mode == "reflect" && (first >= extent || last >= extent)) {
      throw Error(
          fmt::format("pad: Padding size should be less than the corresponding input dimension, but got: padding ({}, "
                      "{}) at dimension {} of input {}",
                      first, last, axis, to_string(input.shape())));
    }
    if (mode == "circular" && (first > extent || last > extent)) {
      throw Error(fmt::format(
          "pad: Padding value causes wrapping around more than once: padding ({}, {}) at dimension {} of input {}",
          first, last, axis, to_string(input.shape())));
    }
    if (extent == 0 && first + last > 0)
      throw Error(fmt::format("pad: mode '{}' has nothing to repeat: dimension {} of input {} is empty", mode, axis,
                              to_string(input.shape())));
  }
}

/// PyTorch's list has reflection over one and two axes and replication over all.
AutocastPolicy autocast_policy(PadMode mode, const Dims& padding) {
  const bool listed = mode == PadMode::kReplicate || (mode == PadMode::kReflect && padding.size() < 6);
  return listed ? AutocastPolicy::kFloat32 : AutocastPolicy::kKeep;
}

/// As torch has it: a circle is closed after cropping, a border mirrored or repeated before.
Tensor pad_and_crop(const Tensor& input, const Dims& padding, std::string_view mode) {
  Dims grown = padding;
  Dims cropped = padding;
  for (std::int64_t& n : grown) n = std::max<std::int64_t>(n, 0);
  for (std::int64_t& n : cropped) n = std::min<std::int64_t>(n, 0);
  return mode == "circular" ? pad(pad(input, cropped), grown, mode) : pad(pad(input, grown, mode), cropped);
}

}  // namespace

Tensor pad(const Tensor& input, Dims padding, std::string_view mode, double value) {
  const PadMode kind = find_mode(mode);
  if (padding.size() % 2 != 0)
    throw Error(fmt::format("pad: Padding length must be divisible by 2, got {} numbers", padding.size()));
  if (padding.size() > 2 * input.shape().size()) {
    throw Error(
        fmt::format("pad: Padding length should be less than or equal to two times the input dimension but got padding "
                    "length {} and input of dimension {}",
                    padding.size(), input.dim()));
  }
  if (input.dim() > kernels::kMaxPadRank)
    throw NotImplementedError(
        fmt::format("pad: at most {} axes, got shape {}", kernels::kMaxPadRank, to_string(input.shape())));
  if (kind == PadMode::kConstant) {
    check_constant(input, padding);
  } else {
    check_border(input, padding, mode);
    if (value != 0) throw ValueError(fmt::format("pad: Padding mode \"{}\" doesn't take in value argument", mode));
  }
  if (input.dim() == 0) return input.clone();
  if (kind != PadMode::kConstant && std::any_of(padding.begin(), padding.end(), [](std::int64_t n) { return n < 0; }))
    return pad_and_crop(input, padding, mode);
  const Tensor x = autocast_input(autocast_policy(kind, padding), input);
  const OpDef& op = impl(x).storage->is_plain() ? kPadPlain : kPadChannelsLast;
  return call(op, {x}, {{kPad, std::move(padding)}, {kMode, std::string(mode)}, {kValue, value}});
}

}  // namespace lamella
