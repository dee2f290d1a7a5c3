// Special functions: lamella.erfinv(x), x.erfinv_(), lamella.xlogy(x, y), fmax and fmin.
#include <lamella/ops/special.h>

#include <lamella/ops/arithmetic.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using OfTensors = Tensor (*)(const Tensor&, const Tensor&);

template <OfTensors kFunction>
Tensor of_operands(const Operand& a, const Operand& b) {
  return kFunction(a.as_tensor(), b.as_tensor());
}

struct Row {
  const char* name;
  Tensor (*plain)(const Tensor&);
  const char* in_place_name;
  const Tensor& (*in_place)(const Tensor&);
};
constexpr Row kRows[] = {
    {"erfinv", erfinv, "erfinv_", erfinv_},
    {"lgamma", lgamma, "lgamma_", lgamma_},
    {"digamma", digamma, "digamma_", digamma_},
};

}  // namespace

void bind_special(const Scope& scope) {
  for (const Row& row : kRows) {
    scope.both(row.name, row.plain, "input");
    scope.method(row.in_place_name, row.in_place);
  }
  scope.both("sinc", &sinc, "input").both("signbit", &signbit, "input");
  scope.both("fmax", &fmax, "input", "other"_a).both("fmin", &fmin, "input", "other"_a);
  scope.both("heaviside", &heaviside, "input", "values"_a);
  scope.both("xlogy", of_operands<xlogy>, "input", "other"_a);
  scope.method(
      "xlogy_",
      [](const Tensor& self, const Operand& other) -> const Tensor& { return xlogy_(self, other.as_tensor()); },
      "other"_a);
  scope.method(
      "copysign_",
      [](const Tensor& self, const Operand& other) -> const Tensor& {
        return self.copy_(copysign(self.clone(), other.as_tensor()));
      },
      "other"_a);
  scope.method(
      "hypot_",
      [](const Tensor& self, const Tensor& other) -> const Tensor& { return self.copy_(hypot(self.clone(), other)); },
      "other"_a);
}

}  // namespace lamella::python
