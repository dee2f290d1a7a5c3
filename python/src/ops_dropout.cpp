// Dropout: functional.dropout(input, p=0.5, training=True, inplace=False), lamella.dropout(input, p, train).
#include <lamella/ops/dropout.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using Dropout = Tensor (*)(const Tensor&, double, bool);

template <Dropout kFunction>
Tensor drop(const Tensor& input, double p, bool training, bool inplace) {
  const Tensor result = kFunction(input, p, training);
  return inplace && !result.is_same(input) ? input.copy_(result) : result;
}

}  // namespace

void bind_dropout(const Scope& scope) {
  const auto bind = [&](const char* name, auto function, bool training) {
    scope.functional(name, function, "input", "p"_a = 0.5, "training"_a = training, "inplace"_a = false);
  };
  bind("dropout", drop<dropout>, true);
  bind("dropout1d", drop<dropout1d>, true);
  bind("dropout2d", drop<dropout2d>, true);
  bind("dropout3d", drop<dropout3d>, true);
  bind("alpha_dropout", drop<alpha_dropout>, false);
  bind("feature_alpha_dropout", drop<feature_alpha_dropout>, false);
  scope.function("dropout", &dropout, "input", "p"_a, "train"_a)
      .function("dropout_", &dropout_, "input", "p"_a, "train"_a);
  scope.function("alpha_dropout", &alpha_dropout, "input", "p"_a, "train"_a);
  scope.function("feature_alpha_dropout", &feature_alpha_dropout, "input", "p"_a, "train"_a);
}

}  // namespace lamella::python
