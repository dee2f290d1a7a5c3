#include "kernels/elementwise/binary.h"

#include <string>

#include <lamella/error.h>

#include "kernels/elementwise/tables.h"

namespace lamella::kernels {
namespace {

const MapFunction& function_of(BinaryOp op, DType compute) {
  if (op <= BinaryOp::kCopysign) return arithmetic_function(op, compute);
  if (op <= BinaryOp::kRightShift) return logic_function(op, compute);
  return gradient_function(op, compute);
}

[[noreturn]] void raise_unsupported(BinaryOp op, DType compute) {
  throw NotImplementedError("binary operator " + std::to_string(static_cast<int>(op)) + " is not defined for " +
                            std::string(name_of(compute)) + "; convert the inputs to another dtype first");
}

}  // namespace

MapStatus binary(BinaryOp op, DType compute, Shape shape, Operand out, ConstOperand a, ConstOperand b, double p0,
                 double p1) {
  const MapFunction& function = function_of(op, compute);
  if (function.kernel == nullptr) raise_unsupported(op, compute);
  const ConstOperand in[] = {a, b};
  return map(shape, function, out, in, {p0, p1}) ? MapStatus::kOk : MapStatus::kDivisionByZero;
}

bool supports(BinaryOp op, DType compute) { return function_of(op, compute).kernel != nullptr; }

DType result_dtype(BinaryOp op, DType compute) {
  return op >= BinaryOp::kEq && op <= BinaryOp::kLogicalXor ? DType::kBool : compute;
}

}  // namespace lamella::kernels
