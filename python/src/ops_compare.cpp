// Comparisons and logic: lamella.eq(x, y), x.eq(y), x.eq_(y), x == y.
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/inplace.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using OfTensors = Tensor (*)(const Tensor&, const Tensor&);
using IntoTensor = const Tensor& (*)(const Tensor&, const Tensor&);

template <OfTensors kFunction>
Tensor of_tensor(const Tensor& input, const Operand& other) {
  return kFunction(input, other.as_tensor());
}
template <IntoTensor kFunction>
Tensor into(const Tensor& self, const Operand& other) {
  return kFunction(self, other.as_tensor());
}

struct Names {
  const char* plain;
  const char* in_place;
  const char* synonym = nullptr;
  const char* synonym_in_place = nullptr;
  const char* dunder = nullptr;
};

template <OfTensors kFunction, IntoTensor kInPlace>
void bind_comparison(const Scope& scope, Names names) {
  scope.both(names.plain, of_tensor<kFunction>, "input", "other"_a).method(names.in_place, into<kInPlace>, "other"_a);
  if (names.synonym != nullptr) {
    scope.both(names.synonym, of_tensor<kFunction>, "input", "other"_a);
    scope.method(names.synonym_in_place, into<kInPlace>, "other"_a);
  }
  // `x == None` must be NotImplemented, then: Python answers False by identity, as torch does.
  if (names.dunder != nullptr) scope.method(names.dunder, of_tensor<kFunction>, nb::is_operator());
}

}  // namespace

void bind_compare(const Scope& scope) {
  bind_comparison<eq, eq_>(scope, {"eq", "eq_", nullptr, nullptr, "__eq__"});
  bind_comparison<ne, ne_>(scope, {"ne", "ne_", "not_equal", "not_equal_", "__ne__"});
  bind_comparison<lt, lt_>(scope, {"lt", "lt_", "less", "less_", "__lt__"});
  bind_comparison<le, le_>(scope, {"le", "le_", "less_equal", "less_equal_", "__le__"});
  bind_comparison<gt, gt_>(scope, {"gt", "gt_", "greater", "greater_", "__gt__"});
  bind_comparison<ge, ge_>(scope, {"ge", "ge_", "greater_equal", "greater_equal_", "__ge__"});
  bind_comparison<logical_and, logical_and_>(scope, {"logical_and", "logical_and_"});
  bind_comparison<logical_or, logical_or_>(scope, {"logical_or", "logical_or_"});
  bind_comparison<logical_xor, logical_xor_>(scope, {"logical_xor", "logical_xor_"});
  scope.both("equal", &equal, "input", "other"_a);
  scope.both("allclose", &allclose, "input", "other"_a, "rtol"_a = 1e-5, "atol"_a = 1e-8, "equal_nan"_a = false);
  scope.both("isclose", &isclose, "input", "other"_a, "rtol"_a = 1e-5, "atol"_a = 1e-8, "equal_nan"_a = false);
}

}  // namespace lamella::python
