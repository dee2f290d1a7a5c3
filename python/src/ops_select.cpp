// Choices and blends, element by element: where, clamp, masked_fill, lerp, addcmul.
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/index.h>
#include <lamella/ops/inplace.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

Tensor choose(const Tensor& condition, const Operand& input, const Operand& other) {
  if (input.is_tensor() && other.is_tensor()) return where(condition, input.tensor, other.tensor);
  if (input.is_tensor()) return where(condition, input.tensor, other.scalar);
  if (other.is_tensor()) return where(condition, input.scalar, other.tensor);
  return where(condition, input.scalar, other.scalar);
}

/// One 1-D tensor of indices an axis.
TensorList places(const Tensor& condition) {
  return unbind(nonzero(condition.dim() == 0 ? condition.unsqueeze(0) : condition), 1);
}

bool any_tensor(const OptionalOperand& min, const OptionalOperand& max) {
  return (min && min->is_tensor()) || (max && max->is_tensor());
}
std::optional<Scalar> number(const OptionalOperand& bound) {
  return bound ? std::optional<Scalar>(bound->scalar) : std::nullopt;
}
Tensor tensor_or_none(const OptionalOperand& bound) { return bound ? bound->as_tensor() : Tensor(); }

Tensor limit(const Tensor& input, const OptionalOperand& min, const OptionalOperand& max) {
  if (!min && !max) throw Error("clamp(): at least one of 'min' or 'max' must not be None");
  if (any_tensor(min, max)) return clamp(input, tensor_or_none(min), tensor_or_none(max));
  return clamp(input, number(min), number(max));
}
Tensor limit_in_place(const Tensor& self, const OptionalOperand& min, const OptionalOperand& max) {
  if (!min && !max) throw Error("clamp_(): at least one of 'min' or 'max' must not be None");
  if (any_tensor(min, max)) return clamp_(self, tensor_or_none(min), tensor_or_none(max));
  return clamp_(self, number(min), number(max));
}

Tensor fill_where(const Tensor& input, const Tensor& mask, const Operand& value) {
  return value.is_tensor() ? masked_fill(input, mask, value.tensor) : masked_fill(input, mask, value.scalar);
}
Tensor fill_where_in_place(const Tensor& self, const Tensor& mask, const Operand& value) {
  return value.is_tensor() ? masked_fill_(self, mask, value.tensor) : masked_fill_(self, mask, value.scalar);
}

Tensor blend(const Tensor& input, const Tensor& end, const Operand& weight) {
  return weight.is_tensor() ? lerp(input, end, weight.tensor) : lerp(input, end, weight.scalar);
}
Tensor blend_in_place(const Tensor& self, const Tensor& end, const Operand& weight) {
  return weight.is_tensor() ? lerp_(self, end, weight.tensor) : lerp_(self, end, weight.scalar);
}

void bind_limits(const Scope& scope) {
  for (const char* name : {"clamp", "clip"}) {
    scope.both(name, limit, "input", "min"_a = nb::none(), "max"_a = nb::none());
  }
  for (const char* name : {"clamp_", "clip_"}) {
    scope.both(name, limit_in_place, "input", "min"_a = nb::none(), "max"_a = nb::none());
  }
  scope.both(
      "clamp_min", [](const Tensor& input, const Operand& min) { return limit(input, min, {}); }, "input", "min"_a);
  scope.both(
      "clamp_max", [](const Tensor& input, const Operand& max) { return limit(input, {}, max); }, "input", "max"_a);
  scope.both(
      "clamp_min_", [](const Tensor& self, const Operand& min) { return limit_in_place(self, min, {}); }, "input",
      "min"_a);
  scope.both(
      "clamp_max_", [](const Tensor& self, const Operand& max) { return limit_in_place(self, {}, max); }, "input",
      "max"_a);
}

}  // namespace

void bind_select(const Scope& scope) {
  scope.function("where", choose, "condition", "input"_a, "other"_a);
  scope.function("where", places, "condition");
  scope.method(
      "where",
      [](const Tensor& self, const Tensor& condition, const Operand& other) {
        return choose(condition, {BorrowedArgument(self), {}}, other);
      },
      "condition"_a, "other"_a);
  bind_limits(scope);
  scope.both("masked_fill", fill_where, "input", "mask"_a, "value"_a);
  scope.method("masked_fill_", fill_where_in_place, "mask"_a, "value"_a);
  scope.both("lerp", blend, "input", "end"_a, "weight"_a).method("lerp_", blend_in_place, "end"_a, "weight"_a);
  scope.both("addcmul", &addcmul, "input", "tensor1"_a, "tensor2"_a, nb::kw_only(), "value"_a = 1);
  scope.both("addcdiv", &addcdiv, "input", "tensor1"_a, "tensor2"_a, nb::kw_only(), "value"_a = 1);
  scope.method("addcmul_", &addcmul_, "tensor1"_a, "tensor2"_a, nb::kw_only(), "value"_a = 1);
  scope.method("addcdiv_", &addcdiv_, "tensor1"_a, "tensor2"_a, nb::kw_only(), "value"_a = 1);
}

}  // namespace lamella::python
