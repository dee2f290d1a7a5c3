// Losses, in functional's forms: legacy size_average and reduce are translated, and other shapes broadcast with torch's
// warning.
#include <lamella/ops/loss.h>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using Text = std::string_view;

/// Brings input and target to one shape.
void match_shapes(const char* function, Tensor& input, Tensor& target) {
  if (input.shape() == target.shape()) return;
  const std::string text =
      std::string("Using a target size (torch.Size(") + to_string(target.shape()) +
      ")) that is different to the input size (torch.Size(" + to_string(input.shape()) +
      ")). This will likely lead to incorrect results due to broadcasting. Please ensure they have "
      "the same size. (" +
      function + ")";
  {
    const nb::gil_scoped_acquire python;
    warn(text.c_str());
  }
  const Dims shape = broadcast_shapes(input.shape(), target.shape());
  input = expand(input, shape);
  target = expand(target, shape);
}

Tensor reduced(const Tensor& losses, Text reduction) {
  if (reduction == "none") return losses;
  if (reduction == "mean") return mean(losses);
  if (reduction == "sum") return sum(losses);
  throw ValueError(std::string(reduction) + " is not a valid value for reduction: use 'mean', 'sum' or 'none'");
}

/// With a weight an element the mean is weighted, as in torch.
Tensor weighted(const Tensor& losses, const Tensor& weight, Text reduction) {
  const Tensor scaled = mul(losses, weight);
  return reduction == "mean" ? div(sum(scaled), sum(weight)) : reduced(scaled, reduction);
}

Tensor mse(Tensor input, Tensor target, LegacyFlag size_average, LegacyFlag reduce, Text reduction, Tensor weight) {
  match_shapes("mse_loss", input, target);
  const Text kind = reduction_of(size_average, reduce, reduction);
  return weight.defined() ? weighted(mse_loss(input, target, "none"), weight, kind) : mse_loss(input, target, kind);
}
Tensor l1(Tensor input, Tensor target, LegacyFlag size_average, LegacyFlag reduce, Text reduction, Tensor weight) {
  match_shapes("l1_loss", input, target);
  const Text kind = reduction_of(size_average, reduce, reduction);
  return weight.defined() ? weighted(l1_loss(input, target, "none"), weight, kind) : l1_loss(input, target, kind);
}
Tensor smooth_l1(Tensor input, Tensor target, LegacyFlag size_average, LegacyFlag reduce, Text reduction, double beta) {
  match_shapes("smooth_l1_loss", input, target);
  const Text kind = reduction_of(size_average, reduce, reduction);
  if (beta < 0) throw Error("smooth_l1_loss does not support negative values for beta.");
  return beta == 0 ? l1_loss(input, target, kind) : smooth_l1_loss(input, target, kind, beta);
}
Tensor huber(Tensor input, Tensor target, Text reduction, double delta, Tensor weight) {
  match_shapes("huber_loss", input, target);
  return weight.defined() ? weighted(huber_loss(input, target, "none", delta), weight, reduction)
                          : huber_loss(input, target, reduction, delta);
}

Tensor classes(const Tensor& input, const Tensor& target, const Tensor& weight, LegacyFlag size_average,
               std::int64_t ignore_index, LegacyFlag reduce, Text reduction, double label_smoothing) {
  return cross_entropy(input, target,
                       {weight, ignore_index, reduction_of(size_average, reduce, reduction), label_smoothing});
}
Tensor log_classes(const Tensor& input, const Tensor& target, const Tensor& weight, LegacyFlag size_average,
                   std::int64_t ignore_index, LegacyFlag reduce, Text reduction) {
  return nll_loss(input, target, {weight, ignore_index, reduction_of(size_average, reduce, reduction)});
}

Tensor bce(const Tensor& input, const Tensor& target, const Tensor& weight, LegacyFlag size_average, LegacyFlag reduce,
           Text reduction) {
  return binary_cross_entropy(input, target, weight, reduction_of(size_average, reduce, reduction));
}
Tensor bce_with_logits(const Tensor& input, const Tensor& target, const Tensor& weight, LegacyFlag size_average,
                       LegacyFlag reduce, Text reduction, const Tensor& pos_weight) {
  return binary_cross_entropy_with_logits(input, target, weight, reduction_of(size_average, reduce, reduction),
                                          pos_weight);
}

void bind_regression(const Scope& scope) {
  const auto bind = [&](const char* name, auto function, const auto&... more) {
    scope.functional(name, function, "input", "target"_a, "size_average"_a = nb::none(), "reduce"_a = nb::none(),
                     "reduction"_a = "mean", more...);
  };
  bind("mse_loss", mse, "weight"_a = nb::none());
  bind("l1_loss", l1, "weight"_a = nb::none());
  bind("smooth_l1_loss", smooth_l1, "beta"_a = 1.0);
  scope.functional("huber_loss", huber, "input", "target"_a, "reduction"_a = "mean", "delta"_a = 1.0,
                   "weight"_a = nb::none());
}

}  // namespace

void bind_loss(const Scope& scope) {
  bind_regression(scope);
  scope.functional("cross_entropy", classes, "input", "target"_a, "weight"_a = nb::none(),
                   "size_average"_a = nb::none(), "ignore_index"_a = -100, "reduce"_a = nb::none(),
                   "reduction"_a = "mean", "label_smoothing"_a = 0.0);
  scope.functional("nll_loss", log_classes, "input", "target"_a, "weight"_a = nb::none(), "size_average"_a = nb::none(),
                   "ignore_index"_a = -100, "reduce"_a = nb::none(), "reduction"_a = "mean");
  scope.functional("binary_cross_entropy", bce, "input", "target"_a, "weight"_a = nb::none(),
                   "size_average"_a = nb::none(), "reduce"_a = nb::none(), "reduction"_a = "mean");
  scope.functional("binary_cross_entropy_with_logits", bce_with_logits, "input", "target"_a, "weight"_a = nb::none(),
                   "size_average"_a = nb::none(), "reduce"_a = nb::none(), "reduction"_a = "mean",
                   "pos_weight"_a = nb::none());
}

}  // namespace lamella::python
