// Normalisation of samples one by one: over groups of channels, the last axes, or neighbouring channels.
#include <fmt/format.h>

#include <lamella/nn/init.h>
#include <lamella/nn/norm.h>
#include <lamella/ops/create.h>
#include <lamella/ops/norm.h>

#include "nn/check.h"

namespace lamella::nn {

namespace {

void fill_affine(const Tensor& weight, const Tensor& bias) {
  if (weight.defined()) init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}

Dims checked_shape(std::string_view layer, const Extents& shape) {
  for (const std::int64_t extent : shape) check_at_least(layer, "normalized_shape", extent, 0);
  if (shape.empty()) throw ValueError(fmt::format("{}: normalized_shape must have at least one axis, got none", layer));
  return Dims(shape.begin(), shape.end());
}

std::string shown(const Dims& shape) { return python_tuple(std::span<const std::int64_t>(shape.data(), shape.size())); }

}  // namespace

GroupNorm::GroupNorm(std::int64_t groups, std::int64_t channels, GroupNormOptions options)
    : num_groups(groups), num_channels(channels), eps(options.eps), affine(options.affine) {
  check_at_least("GroupNorm", "num_groups", num_groups, 1);
  check_at_least("GroupNorm", "num_channels", num_channels, 0);
  if (num_channels % num_groups != 0) {
    throw ValueError(fmt::format("num_channels ({}) must be divisible by num_groups ({})", num_channels, num_groups));
  }
  if (affine) weight = Parameter(ones({num_channels}));
  if (affine && options.bias) bias = Parameter(zeros({num_channels}));
}

void GroupNorm::reset_parameters() { fill_affine(weight, bias); }

Tensor GroupNorm::forward(const Tensor& input) { return group_norm(input, num_groups, weight, bias, eps); }

std::string GroupNorm::extra_repr() const {
  return fmt::format("{}, {}, eps={}, affine={}, bias={}", num_groups, num_channels, python_number(eps),
                     python_bool(affine), python_bool(bias.defined()));
}

LayerNorm::LayerNorm(Extents shape, LayerNormOptions options)
    : normalized_shape(checked_shape("LayerNorm", shape)),
      eps(options.eps),
      elementwise_affine(options.elementwise_affine) {
  if (elementwise_affine) weight = Parameter(ones(normalized_shape));
  if (elementwise_affine && options.bias) bias = Parameter(zeros(normalized_shape));
}

void LayerNorm::reset_parameters() { fill_affine(weight, bias); }

Tensor LayerNorm::forward(const Tensor& input) { return layer_norm(input, normalized_shape, weight, bias, eps); }

std::string LayerNorm::extra_repr() const {
  return fmt::format("{}, eps={}, elementwise_affine={}, bias={}", shown(normalized_shape), python_number(eps),
                     python_bool(elementwise_affine), python_bool(bias.defined()));
}

RMSNorm::RMSNorm(Extents shape, RMSNormOptions options)
    : normalized_shape(checked_shape("RMSNorm", shape)),
      eps(options.eps),
      elementwise_affine(options.elementwise_affine) {
  if (elementwise_affine) weight = Parameter(ones(normalized_shape));
}

void RMSNorm::reset_parameters() { fill_affine(weight, {}); }

Tensor RMSNorm::forward(const Tensor& input) { return rms_norm(input, normalized_shape, weight, eps); }

std::string RMSNorm::extra_repr() const {
  return fmt::format("{}, eps={}, elementwise_affine={}", shown(normalized_shape), eps ? python_number(*eps) : "None",
                     python_bool(elementwise_affine));
}

LocalResponseNorm::LocalResponseNorm(std::int64_t neighbours, LocalResponseNormOptions options)
    : size(neighbours), alpha(options.alpha), beta(options.beta), k(options.k) {
  check_at_least("LocalResponseNorm", "size", size, 1);
}

Tensor LocalResponseNorm::forward(const Tensor& input) { return local_response_norm(input, size, alpha, beta, k); }

std::string LocalResponseNorm::extra_repr() const {
  return fmt::format("{}, alpha={}, beta={}, k={}", size, python_number(alpha), python_number(beta), python_number(k));
}

}  // namespace lamella::nn
