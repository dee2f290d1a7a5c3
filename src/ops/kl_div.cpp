// The Kullback-Leibler divergence of log-probabilities.
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/reduce.h>

#include "ops/loss_reduction.h"

namespace lamella {

namespace {

/// target log(target), which is 0 at 0 (the logarithm there is of 1 instead, so that no gradient is 0 * infinity) and
/// NaN below.
Tensor x_log_x(const Tensor& target) {
  const Tensor zero = eq(target, wrapped(0.0));
  const Tensor logs = log(where(zero, ones_like(target), target));
  return where(zero, target * 0.0, target * logs);
}

}  // namespace

Tensor kl_div(const Tensor& input, const Tensor& target, std::string_view reduction, bool log_target) {
  const LossOperands o(input, target);
  const Tensor loss = log_target ? exp(o.target) * (o.target - o.input) : x_log_x(o.target) - o.target * o.input;
  if (reduction != "batchmean") return o.rounded(reduce_loss(loss, reduction));
  const Tensor total = sum(loss);
  return o.rounded(input.dim() == 0 ? total : total / static_cast<double>(input.size(0)));
}

}  // namespace lamella
