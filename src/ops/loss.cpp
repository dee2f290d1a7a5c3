// Losses of two tensors, as compositions of operators: their derivatives need no code.
#include <lamella/ops/loss.h>

#include <fmt/format.h>

#include <lamella/autocast.h>
#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/reduce.h>

#include "ops/autocast.h"
#include "ops/elementwise.h"
#include "ops/half.h"
#include "ops/loss_reduction.h"
#include "ops/op.h"

namespace lamella {

Tensor reduce_loss(const Tensor& loss, std::string_view reduction) {
  if (reduction == "mean") return mean(loss);
  if (reduction == "sum") return sum(loss);
  if (reduction == "none") return loss;
  throw ValueError(fmt::format("{} is not a valid value for reduction; expected mean, sum or none", reduction));
}

LossOperands::LossOperands(const Tensor& x, const Tensor& t, DType result)
    : input(widened(x)),
      target(widened(t)),
      dtype(autocasts(AutocastPolicy::kFloat32) ? accumulated(result) : result) {}

LossOperands::LossOperands(const Tensor& x, const Tensor& t)
    : LossOperands(x, t, elementwise::result_type(TensorList{x, t})) {}

Tensor LossOperands::rounded(const Tensor& loss) const { return is_floating_point(dtype) ? loss.to(dtype) : loss; }

namespace {

void check_shapes(std::string_view op, const Tensor& input, const Tensor& target) {
  if (input.shape() == target.shape()) return;
  throw ValueError(
      fmt::format("{}: Using a target size ({}) that is different to the input size ({}) is deprecated. Please ensure "
                  "they have the same size.",
                  op, to_string(target.shape()), to_string(input.shape())));
}

// binary_cross_entropy: inputs p, t. A row for its derivative's sake: that of the composition is NaN at 0 and 1, where
// torch's is large, its divisor being at least 1e-12.

void forward_binary_cross_entropy(const ForwardArgs& args) {
  const Tensor& p = args.input(0);
  const Tensor& t = args.input(1);
  args.output().copy_(neg(t * clamp(log(p), -100.0, {}) + (1 - t) * clamp(log1p(neg(p)), -100.0, {})));
}
TensorList backward_binary_cross_entropy(const BackwardArgs& args) {
  TensorList gradients(2);
  const Tensor& p = args.input(0);
  const Tensor& t = args.input(1);
  if (args.needs_input(0)) gradients[0] = args.grad() * ((p - t) / clamp((1 - p) * p, 1e-12, {}));
  if (args.needs_input(1)) {
    gradients[1] = args.grad() * (clamp(log1p(neg(p)), -100.0, {}) - clamp(log(p), -100.0, {}));
  }
  for (int i = 0; i < 2; ++i) {
    Tensor& gradient = gradients[static_cast<std::size_t>(i)];
    if (gradient.defined()) gradient = gradient.to(args.input_meta(i).dtype);
  }
  return gradients;
}
constexpr OpDef kBinaryCrossEntropy{.name = "binary_cross_entropy",
                                    .infer = elementwise::infer_promoted,
                                    .forward = forward_binary_cross_entropy,
                                    .backward = backward_binary_cross_entropy,
                                    .saves_inputs = save(0) | save(1)};

}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target, std::string_view reduction) {
  const LossOperands o(input, target);
  return o.rounded(reduce_loss(square(o.input - o.target), reduction));
}

Tensor l1_loss(const Tensor& input, const Tensor& target, std::string_view reduction) {
  const LossOperands o(input, target);
  return o.rounded(reduce_loss(abs(o.input - o.target), reduction));
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, std::string_view reduction, double beta) {
  if (beta < 0) throw Error(fmt::format("smooth_l1_loss does not support negative values for beta, got {}", beta));
  if (beta == 0) return l1_loss(input, target, reduction);
  const LossOperands o(input, target);
  const Tensor distance = abs(o.input - o.target);
  return o.rounded(reduce_loss(
      where(lt(distance, wrapped(beta)), square(clamp(distance, {}, beta)) * (0.5 / beta), distance - 0.5 * beta),
      reduction));  // the clamp: 0 * infinity must not reach the gradient
}

Tensor huber_loss(const Tensor& input, const Tensor& target, std::string_view reduction, double delta) {
  if (delta <= 0) throw Error(fmt::format("huber_loss does not support non-positive values for delta, got {}", delta));
  const LossOperands o(input, target, input.dtype());  // torch's result has the input's dtype, whatever the target's is
  const Tensor distance = abs(o.input - o.target);
  return o.rounded(reduce_loss(
      where(le(distance, wrapped(delta)), square(clamp(distance, {}, delta)) * 0.5, (distance - 0.5 * delta) * delta),
      reduction));
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
  const LossOperands o(input, target);
  if (autocast_enabled() ? o.input.dtype() != o.target.dtype() : input.dtype() != target.dtype()) {
    throw Error(
        fmt::format("binary_cross_entropy: the input is {} but the target is {}; convert one of them with .to()",
                    name_of(input.dtype()), name_of(target.dtype())));
  }
  Tensor loss = call(kBinaryCrossEntropy, {o.input, o.target});
  if (weight.defined()) loss = loss * widened(weight);
  return o.rounded(reduce_loss(loss, reduction));
}

// (1 - t) x + l softplus(-x) with l = 1 + (pos_weight - 1) t: no overflow for any x.
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, const Tensor& weight,
                                        std::string_view reduction, const Tensor& pos_weight) {
  if (!(input.shape() == target.shape())) {
    throw ValueError(fmt::format("Target size ({}) must be the same as input size ({})", to_string(target.shape()),
                                 to_string(input.shape())));
  }
  // torch's result has the target's dtype: it begins with 1 - target, in place.
  const LossOperands o(input, target, target.dtype());
  const Tensor& x = o.input;
  const Tensor& t = o.target;
  const Tensor tail = neg(logsigmoid(x));
  Tensor loss = (1 - t) * x + (pos_weight.defined() ? tail * ((widened(pos_weight) - 1) * t + 1) : tail);
  if (weight.defined()) loss = loss * widened(weight);
  return o.rounded(reduce_loss(loss, reduction));
}

}  // namespace lamella
