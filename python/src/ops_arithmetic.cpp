// Arithmetic of two operands: lamella.add(x, y, alpha=1), x.add(y), x.add_(y), x + y, 2 + x, x += y.
#include <lamella/ops/arithmetic.h>

#include <lamella/ops/inplace.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

// Where the operator has a form for numbers it saves a 0-d tensor; a number on the left has none.
Operand operand_of(const Tensor& a) { return {BorrowedArgument(a), {}}; }

Tensor sum_of(const Operand& a, const Operand& b, Scalar alpha) {
  if (!a.is_tensor()) return add(a.as_tensor(), b.as_tensor(), alpha);
  return b.is_tensor() ? add(a.tensor, b.tensor, alpha) : add(a.tensor, b.scalar, alpha);
}
Tensor difference_of(const Operand& a, const Operand& b, Scalar alpha) {
  if (!a.is_tensor()) return sub(a.as_tensor(), b.as_tensor(), alpha);
  return b.is_tensor() ? sub(a.tensor, b.tensor, alpha) : sub(a.tensor, b.scalar, alpha);
}
Tensor reversed_difference_of(const Operand& a, const Operand& b, Scalar alpha) { return difference_of(b, a, alpha); }
Tensor product_of(const Operand& a, const Operand& b) {
  if (!a.is_tensor()) return b.is_tensor() ? mul(b.tensor, a.scalar) : mul(a.as_tensor(), b.as_tensor());
  return b.is_tensor() ? mul(a.tensor, b.tensor) : mul(a.tensor, b.scalar);
}
Tensor true_quotient_of(const Operand& a, const Operand& b) {
  if (!a.is_tensor()) return div(a.as_tensor(), b.as_tensor());
  return b.is_tensor() ? div(a.tensor, b.tensor) : div(a.tensor, b.scalar);
}
using Rounding = std::optional<std::string_view>;
Tensor quotient_of(const Operand& a, const Operand& b, Rounding rounding_mode) {
  return rounding_mode ? div(a.as_tensor(), b.as_tensor(), *rounding_mode) : true_quotient_of(a, b);
}
Tensor power_of(const Operand& a, const Operand& b) {
  if (!a.is_tensor()) return pow(a.as_tensor(), b.as_tensor());
  return b.is_tensor() ? pow(a.tensor, b.tensor) : pow(a.tensor, b.scalar);
}

Tensor add_into(const Tensor& self, const Operand& other, Scalar alpha) {
  if (other.is_tensor()) return self.add_(other.tensor, alpha);
  return alpha == Scalar(1) ? self.add_(other.scalar) : self.add_(other.as_tensor(), alpha);
}
Tensor sub_from(const Tensor& self, const Operand& other, Scalar alpha) { return self.sub_(other.as_tensor(), alpha); }
Tensor mul_into(const Tensor& self, const Operand& other) {
  return other.is_tensor() ? self.mul_(other.tensor) : self.mul_(other.scalar);
}
Tensor true_div_into(const Tensor& self, const Operand& other) {
  return other.is_tensor() ? self.div_(other.tensor) : self.div_(other.scalar);
}
/// Integers are divided into integers where the quotient is rounded, so its dtype decides, not a float's.
Tensor div_into(const Tensor& self, const Operand& other, Rounding rounding_mode) {
  if (!rounding_mode) return true_div_into(self, other);
  if (*rounding_mode == "floor") return floor_divide_(self, other.as_tensor());
  const Tensor quotient = div(self, other.as_tensor(), *rounding_mode);
  if (!(quotient.shape() == self.shape())) {
    throw Error("div_(): output with shape " + to_string(self.shape()) + " doesn't match the broadcast shape " +
                to_string(quotient.shape()));
  }
  return self.copy_(quotient);
}

using OfTensors = Tensor (*)(const Tensor&, const Tensor&);
using IntoTensor = const Tensor& (*)(const Tensor&, const Tensor&);

template <OfTensors kFunction>
Tensor of_operands(const Operand& a, const Operand& b) {
  return kFunction(a.as_tensor(), b.as_tensor());
}
template <OfTensors kFunction>
Tensor reversed(const Tensor& a, const Operand& b) {
  return kFunction(b.as_tensor(), a);
}
template <IntoTensor kFunction>
Tensor into(const Tensor& self, const Operand& other) {
  return kFunction(self, other.as_tensor());
}

void bind_sums(const Scope& scope) {
  const auto alpha = [] { return nb::arg("alpha") = 1; };
  scope.both("add", sum_of, "input", "other"_a, nb::kw_only(), alpha());
  scope.method("add_", add_into, "other"_a, nb::kw_only(), alpha());
  for (const char* name : {"sub", "subtract"}) {
    scope.both(name, difference_of, "input", "other"_a, nb::kw_only(), alpha());
  }
  for (const char* name : {"sub_", "subtract_"}) scope.method(name, sub_from, "other"_a, nb::kw_only(), alpha());
  scope.function("rsub", reversed_difference_of, "input", "other"_a, nb::kw_only(), alpha());
}

void bind_products(const Scope& scope) {
  for (const char* name : {"mul", "multiply"}) scope.both(name, product_of, "input", "other"_a);
  for (const char* name : {"mul_", "multiply_"}) scope.method(name, mul_into, "other"_a);
  for (const char* name : {"div", "divide"}) {
    scope.both(name, quotient_of, "input", "other"_a, nb::kw_only(), "rounding_mode"_a = nb::none());
  }
  for (const char* name : {"div_", "divide_"}) {
    scope.method(name, div_into, "other"_a, nb::kw_only(), "rounding_mode"_a = nb::none());
  }
  scope.both("true_divide", true_quotient_of, "input", "other"_a);
  scope.method("true_divide_", true_div_into, "other"_a);
  scope.both("pow", power_of, "input", "exponent"_a);
  scope.method("pow_", into<pow_>, "exponent"_a);
  scope.function(
      "float_power",
      [](const Operand& input, const Operand& exponent) {
        return pow(input.as_tensor().to(DType::kFloat64), exponent.as_tensor().to(DType::kFloat64));
      },
      "input", "exponent"_a);
}

template <OfTensors kFunction>
void bind_two(const Scope& scope, const char* name) {
  scope.both(name, of_operands<kFunction>, "input", "other"_a);
}
template <OfTensors kFunction, IntoTensor kInPlace>
void bind_two(const Scope& scope, const char* name, const char* in_place_name) {
  bind_two<kFunction>(scope, name);
  scope.method(in_place_name, into<kInPlace>, "other"_a);
}

void bind_others(const Scope& scope) {
  bind_two<floor_divide, floor_divide_>(scope, "floor_divide", "floor_divide_");
  bind_two<remainder, remainder_>(scope, "remainder", "remainder_");
  bind_two<fmod, fmod_>(scope, "fmod", "fmod_");
  bind_two<atan2, atan2_>(scope, "atan2", "atan2_");
  bind_two<atan2, atan2_>(scope, "arctan2", "arctan2_");
  bind_two<hypot>(scope, "hypot");
  bind_two<copysign>(scope, "copysign");
  bind_two<logaddexp>(scope, "logaddexp");
  bind_two<maximum>(scope, "maximum");
  bind_two<minimum>(scope, "minimum");
  bind_two<bitwise_and, bitwise_and_>(scope, "bitwise_and", "bitwise_and_");
  bind_two<bitwise_or, bitwise_or_>(scope, "bitwise_or", "bitwise_or_");
  bind_two<bitwise_xor, bitwise_xor_>(scope, "bitwise_xor", "bitwise_xor_");
  bind_two<bitwise_left_shift, bitwise_left_shift_>(scope, "bitwise_left_shift", "bitwise_left_shift_");
  bind_two<bitwise_right_shift, bitwise_right_shift_>(scope, "bitwise_right_shift", "bitwise_right_shift_");
}

/// x OP y, y OP x with a number y, and x OP= y. is_operator: NotImplemented for what is neither tensor nor number.
void bind_operators(const Scope& scope) {
  const auto op = nb::is_operator();
  const auto plus = [](const Tensor& a, const Operand& b) { return sum_of(operand_of(a), b, 1); };
  scope.method("__add__", plus, op).method("__radd__", plus, op);
  scope.method("__sub__", [](const Tensor& a, const Operand& b) { return difference_of(operand_of(a), b, 1); }, op);
  scope.method("__rsub__", [](const Tensor& a, const Operand& b) { return sub(b.as_tensor(), a); }, op);
  const auto times = [](const Tensor& a, const Operand& b) { return product_of(operand_of(a), b); };
  scope.method("__mul__", times, op).method("__rmul__", times, op);
  scope.method("__truediv__", [](const Tensor& a, const Operand& b) { return true_quotient_of(operand_of(a), b); }, op);
  scope.method("__rtruediv__", [](const Tensor& a, const Operand& b) { return div(b.as_tensor(), a); }, op);
  scope.method("__pow__", [](const Tensor& a, const Operand& b) { return power_of(operand_of(a), b); }, op);
  scope.method("__rpow__", [](const Tensor& a, const Operand& b) { return pow(b.as_tensor(), a); }, op);
  scope.method("__floordiv__", of_operands<floor_divide>, op).method("__rfloordiv__", reversed<floor_divide>, op);
  scope.method("__mod__", of_operands<remainder>, op).method("__rmod__", reversed<remainder>, op);
  scope.method("__and__", of_operands<bitwise_and>, op).method("__rand__", of_operands<bitwise_and>, op);
  scope.method("__or__", of_operands<bitwise_or>, op).method("__ror__", of_operands<bitwise_or>, op);
  scope.method("__xor__", of_operands<bitwise_xor>, op).method("__rxor__", of_operands<bitwise_xor>, op);
  scope.method("__lshift__", of_operands<bitwise_left_shift>, op);
  scope.method("__rshift__", of_operands<bitwise_right_shift>, op);
  scope.method("__iadd__", [](const Tensor& a, const Operand& b) { return add_into(a, b, 1); }, op);
  scope.method("__isub__", [](const Tensor& a, const Operand& b) { return sub_from(a, b, 1); }, op);
  scope.method("__imul__", mul_into, op).method("__itruediv__", true_div_into, op);
  scope.method("__ifloordiv__", into<floor_divide_>, op).method("__imod__", into<remainder_>, op);
  scope.method("__ipow__", into<pow_>, op).method("__iand__", into<bitwise_and_>, op);
  scope.method("__ior__", into<bitwise_or_>, op).method("__ixor__", into<bitwise_xor_>, op);
  scope.method("__ilshift__", into<bitwise_left_shift_>, op).method("__irshift__", into<bitwise_right_shift_>, op);
}

}  // namespace

void bind_arithmetic(const Scope& scope) {
  nb::module_ torch = scope.torch;
  torch.def("promote_types", &promote_types, "type1"_a, "type2"_a);
  torch.def("can_cast", &can_cast, "from_"_a, "to"_a);
  bind_sums(scope);
  bind_products(scope);
  bind_others(scope);
  bind_operators(scope);
}

}  // namespace lamella::python
