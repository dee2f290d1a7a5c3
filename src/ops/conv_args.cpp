#include "ops/conv_args.h"

#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <lamella/error.h>

namespace lamella {

Padding::Padding(const char* mode) : values_{0}, same_(std::strcmp(mode, "same") == 0) {
  if (!same_ && std::strcmp(mode, "valid") != 0) {
    throw ValueError(fmt::format("Invalid padding string '{}', should be one of {{'valid', 'same'}}", mode));
  }
}

Dims expand_to_axes(std::string_view op, std::string_view argument, const Dims& values, std::int64_t axes) {
  constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();  // products of two fit into 64 bits
  for (const std::int64_t value : values) {
    if (value > largest || value < -largest)
      throw ValueError(fmt::format("{}: {} {} is beyond {}", op, argument, to_string(values), largest));
  }
  if (static_cast<std::int64_t>(values.size()) == axes) return values;
  if (values.size() != 1) {
    throw ValueError(fmt::format("{}: {} has {} values ({}), expected 1 or {}, one a spatial axis", op, argument,
                                 values.size(), to_string(values), axes));
  }
  return Dims(static_cast<std::size_t>(axes), values[0]);
}

namespace {

void check_least(std::string_view op, std::string_view argument, const Dims& values, std::int64_t least) {
  for (const std::int64_t value : values) {
    if (value < least)
      throw ValueError(fmt::format("{}: {} must be at least {}, got {}", op, argument, least, to_string(values)));
  }
}

void check_ranks(std::string_view op, const Tensor& input, const Tensor& weight, std::int64_t axes) {
  constexpr std::string_view names[3] = {"(N,C,L)", "(N,C,H,W)", "(N,C,D,H,W)"};
  if (input.dim() != axes + 1 && input.dim() != axes + 2) {
    throw Error(
        fmt::format("{0}: expected {1}D (unbatched) or {2}D (batched, {3}) input to {0}, but got input of size: {4}",
                    op, axes + 1, axes + 2, names[axes - 1], to_string(input.shape())));
  }
  if (weight.dim() != axes + 2) {
    throw Error(
        fmt::format("{}: expected a {}D weight, one axis each for output channels, input channels and the kernel, but "
                    "got a weight of size {}",
                    op, axes + 2, to_string(weight.shape())));
  }
  for (const std::int64_t extent : Dims(weight.shape().begin() + 2, weight.shape().end())) {
    if (extent < 1)
      throw Error(fmt::format("{}: kernel size should be greater than zero, but the weight has size {}", op,
                              to_string(weight.shape())));
  }
}

void check_bias(std::string_view op, const Tensor& weight, const Tensor& bias, std::int64_t channels) {
  if (bias.defined() && (bias.dim() != 1 || bias.size(0) != channels)) {
    throw Error(
        fmt::format("{}: Given weight of size {}, expected bias to be 1-dimensional with {} elements, but got bias of "
                    "size {} instead",
                    op, to_string(weight.shape()), channels, to_string(bias.shape())));
  }
}

std::string plural(std::int64_t count) { return fmt::format("{} channel{}", count, count == 1 ? "" : "s"); }

/// "[16,3,5,5]": closer than to_string, which every other text has, for this one names three shapes in a line.
std::string compact(const Dims& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

[[noreturn]] void throw_channel_mismatch(std::string_view op, const Tensor& input, const Tensor& weight,
                                         std::int64_t axes, std::int64_t groups, std::int64_t expected,
                                         const Dims& working_weight) {
  const std::int64_t channels = input.size(input.dim() - axes - 1);
  std::string hint;
  if (input.size(-1) == expected && axes > 1) {
    hint = input.dim() == axes + 2
               ? "; the last axis has that many: does the input stand as NHWC? Then permute it to (N,C,H,W)"
               : "; the last axis has that many: does the input stand as HWC? Then permute it to (C,H,W)";
  } else if (input.dim() == axes + 1) {
    hint = "; the input was read as unbatched, because it has one axis less than a batch";
  }
  throw Error(fmt::format("{}: the input has {}, the weight {} expects {}{} (input {}); give it {}, or a weight {}{}",
                          op, plural(channels), compact(weight.shape()), expected,
                          groups > 1 ? fmt::format(" ({} groups)", groups) : "", compact(input.shape()),
                          plural(expected), compact(working_weight), hint));
}

}  // namespace

ConvGeometry conv_geometry(std::string_view op, const ConvOptions& options, const Dims& kernel) {
  const auto axes = static_cast<std::int64_t>(kernel.size());
  ConvGeometry g;
  g.stride = expand_to_axes(op, "stride", options.stride, axes);
  g.dilation = expand_to_axes(op, "dilation", options.dilation, axes);
  g.padding = expand_to_axes(op, "padding", options.padding.values(), axes);
  g.groups = options.groups;
  check_least(op, "stride", g.stride, 1);
  check_least(op, "dilation", g.dilation, 1);
  check_least(op, "padding", g.padding, 0);
  if (g.groups < 1) throw ValueError(fmt::format("{}: groups must be a positive integer, got {}", op, g.groups));
  g.padding_end = g.padding;
  if (!options.padding.same()) return g;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    if (g.stride[i] != 1)
      throw ValueError(fmt::format("{}: padding='same' is not supported for strided convolutions (stride {})", op,
                                   to_string(g.stride)));
    const std::int64_t total = g.dilation[i] * (kernel[i] - 1);
    g.padding[i] = total / 2;
    g.padding_end[i] = total - total / 2;
  }
  return g;
}

void check_conv_inputs(std::string_view op, const Tensor& input, const Tensor& weight, const Tensor& bias,
                       std::int64_t axes, std::int64_t groups) {
  check_ranks(op, input, weight, axes);
  if (weight.size(0) % groups != 0) {
    throw Error(fmt::format(
        "{}: Given groups={}, expected weight to be divisible by {} at dimension 0, but got weight of size {} instead",
        op, groups, groups, to_string(weight.shape())));
  }
  const std::int64_t channels = input.size(input.dim() - axes - 1);
  const std::int64_t expected = weight.size(1) * groups;
  if (channels != expected) {
    Dims working = weight.shape();
    working[1] = channels % groups == 0 ? channels / groups : channels;
    throw_channel_mismatch(op, input, weight, axes, groups, expected, working);
  }
  check_bias(op, weight, bias, weight.size(0));
}

void check_conv_transpose_inputs(std::string_view op, const Tensor& input, const Tensor& weight, const Tensor& bias,
                                 std::int64_t axes, std::int64_t groups) {
  check_ranks(op, input, weight, axes);
  if (groups < 1 || weight.size(0) % groups != 0) {
    throw Error(fmt::format(
        "{}: Given groups={}, expected weight to be divisible by {} at dimension 0, but got weight of size {} instead",
        op, groups, groups, to_string(weight.shape())));
  }
  const std::int64_t channels = input.size(input.dim() - axes - 1);
  if (channels != weight.size(0)) {
    Dims working = weight.shape();
    working[0] = channels;
    throw_channel_mismatch(op, input, weight, axes, groups, weight.size(0), working);
  }
  check_bias(op, weight, bias, weight.size(1) * groups);
}

void check_conv_dtypes(std::string_view op, const TensorMeta& input, const TensorMeta& weight, const TensorMeta* bias) {
  if (!is_floating_point(input.dtype)) {
    throw TypeError(fmt::format(
        "{}: the input is {}, expected a floating-point dtype like the weight's {}; convert it to float32{}", op,
        name_of(input.dtype), name_of(weight.dtype), input.dtype == DType::kUInt8 ? ", divided by 255" : ""));
  }
  if (weight.dtype != input.dtype) {
    throw Error(fmt::format("{}: the input is {} but the weight is {}; convert one of them with .to()", op,
                            name_of(input.dtype), name_of(weight.dtype)));
  }
  if (bias != nullptr && bias->dtype != input.dtype) {
    throw Error(fmt::format("{}: Input type ({}) and bias type ({}) should be the same; convert one of them with .to()",
                            op, name_of(input.dtype), name_of(bias->dtype)));
  }
}

Dims conv_output_extents(std::string_view op, const Dims& input, const Dims& kernel, const ConvGeometry& g) {
  Dims output;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const std::int64_t padded = input[i] + g.padding[i] + g.padding_end[i];
    const std::int64_t reach = g.dilation[i] * (kernel[i] - 1) + 1;
    if (padded < reach) {
      throw Error(
          fmt::format("{}: Kernel size can't be greater than actual input size: the input {} padded by {} is smaller "
                      "than the kernel {}{} on axis {}; "
                      "it needs at least {} there, or padding {}",
                      op, to_string(input), to_string(g.padding), to_string(kernel),
                      g.dilation[i] > 1 ? fmt::format(" (effectively {} with dilation {})", reach, g.dilation[i]) : "",
                      i, reach - g.padding[i] - g.padding_end[i], (reach - input[i] + 1) / 2));
    }
    output.push_back((padded - reach) / g.stride[i] + 1);
  }
  return output;
}

}  // namespace lamella
