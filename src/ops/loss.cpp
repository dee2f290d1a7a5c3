// Losses of two tensors, as compositions of operators: their derivatives need no code.
#include <lamella/ops/loss.h>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/reduce.h>

#include "core/tensor_impl.h"
#include "ops/loss_reduction.h"

namespace lamella {

Tensor reduce_loss(const Tensor& loss, std::string_view reduction) {
  if (reduction == "mean") return mean(loss);
  if (reduction == "sum") return sum(loss);
  if (reduction == "none") return loss;
  throw ValueError(fmt::format("{} is not a valid value for reduction; expected mean, sum or none", reduction));
}

namespace {

void check_shapes(std::string_view op, const Tensor& input, const Tensor& target) {
  if (input.shape() == target.shape()) return;
  throw ValueError(
      fmt::format("{}: Using a target size ({}) that is different to the input size ({}) is deprecated. Please ensure "
                  "they have the same size.",
                  op, to_string(target.shape()), to_string(input.shape())));
}

}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target, std::string_view reduction) {
  return reduce_loss(square(input - target), reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, std::string_view reduction) {
  return reduce_loss(abs(input - target), reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, std::string_view reduction, double beta) {
  if (beta < 0) throw Error(fmt::format("smooth_l1_loss does not support negative values for beta, got {}", beta));
  if (beta == 0) return l1_loss(input, target, reduction);
  const Tensor distance = abs(input - target);
  return reduce_loss(where(lt(distance, wrapped(beta)), square(distance) * (0.5 / beta), distance - 0.5 * beta),
                     reduction);
}

Tensor huber_loss(const Tensor& input, const Tensor& target, std::string_view reduction, double delta) {
  if (delta <= 0) throw Error(fmt::format("huber_loss does not support non-positive values for delta, got {}", delta));
  const Tensor distance = abs(input - target);
  return reduce_loss(where(le(distance, wrapped(delta)), square(distance) * 0.5, (distance - 0.5 * delta) * delta),
                     reduction);
}

// -(t log p + (1 - t) log(1 - p)), the logarithms not below -100 as in torch.
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const Tensor& weight,
                            std::string_view reduction) {
  check_shapes("binary_cross_entropy", input, target);
  if (!all(logical_and(ge(input, wrapped(0)), le(input, wrapped(1)))).item<bool>()) {
    throw Error(
        "binary_cross_entropy: all elements of input should be between 0 and 1; for raw scores use "
        "binary_cross_entropy_with_logits");
  }
  Tensor loss = neg(target * clamp(log(input), -100.0, {}) + (1 - target) * clamp(log1p(neg(input)), -100.0, {}));
  if (weight.defined()) loss = loss * weight;
  return reduce_loss(loss, reduction);
}

// (1 - t) x + l softplus(-x) with l = 1 + (pos_weight - 1) t: no overflow for any x.
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, const Tensor& weight,
                                        std::string_view reduction, const Tensor& pos_weight) {
  if (!(input.shape() == target.shape())) {
    throw ValueError(fmt::format("Target size ({}) must be the same as input size ({})", to_string(target.shape()),
                                 to_string(input.shape())));
  }
  const Tensor tail = log1p(exp(neg(abs(input)))) + clamp(neg(input), 0, {});
  Tensor loss = (1 - target) * input + (pos_weight.defined() ? tail * ((pos_weight - 1) * target + 1) : tail);
  if (weight.defined()) loss = loss * weight;
  return reduce_loss(loss, reduction);
}

}  // namespace lamella
