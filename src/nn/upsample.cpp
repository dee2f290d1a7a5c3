#include <lamella/nn/upsample.h>

#include <fmt/format.h>

#include <lamella/ops/interpolate.h>

#include "nn/print.h"

namespace lamella::nn {

Upsample::Upsample(UpsampleOptions options)
    : size(std::move(options.size)),
      scale_factor(std::move(options.scale_factor)),
      mode(std::move(options.mode)),
      align_corners(options.align_corners),
      recompute_scale_factor(options.recompute_scale_factor) {
  if (size.given() == scale_factor.given()) {
    throw ValueError(
        fmt::format("Upsample: pass exactly one of size and scale_factor, got {}", size.given() ? "both" : "neither"));
  }
}

Tensor Upsample::forward(const Tensor& input) {
  InterpolateOptions options;
  options.size = size;
  options.scale_factor = scale_factor;
  options.mode = mode;
  options.align_corners = align_corners;
  options.recompute_scale_factor = recompute_scale_factor;
  return interpolate(input, std::move(options));
}

namespace {

template <typename T>
std::string shown(const OneOrMany<T>& values) {
  if (!values.single()) return python_tuple(std::span<const T>(values.values().data(), values.values().size()));
  if constexpr (std::is_same_v<T, double>) {
    return python_number(values.values()[0]);
  } else {
    return std::to_string(values.values()[0]);
  }
}

}  // namespace

std::string Upsample::extra_repr() const {
  const std::string what = size.given() ? "size=" + shown(size) : "scale_factor=" + shown(scale_factor);
  return fmt::format("{}, mode='{}'", what, mode);
}

}  // namespace lamella::nn
