#include "kernels/elementwise/unary.h"

#include <string>

#include <lamella/error.h>

#include "kernels/elementwise/unary_tables.h"

namespace lamella::kernels {
namespace {

const MapFunction& function_of(UnaryOp op, DType compute) {
  return op <= UnaryOp::kBitwiseNot ? simple_function(op, compute) : elementary_function(op, compute);
}

[[noreturn]] void raise_unsupported(UnaryOp op, DType compute) {
  throw NotImplementedError("unary operator " + std::to_string(static_cast<int>(op)) + " is not defined for " +
                            std::string(name_of(compute)) + "; convert the input to another dtype first");
}

}  // namespace

void unary(UnaryOp op, DType compute, Shape shape, Operand out, ConstOperand in, double p0, double p1) {
  const MapFunction& function = function_of(op, compute);
  if (function.kernel == nullptr) raise_unsupported(op, compute);
  map(shape, function, out, {&in, 1}, {p0, p1});
}

bool supports(UnaryOp op, DType compute) { return function_of(op, compute).kernel != nullptr; }

DType result_dtype(UnaryOp op, DType compute) {
  return op >= UnaryOp::kIsNan && op <= UnaryOp::kLogicalNot ? DType::kBool : compute;
}

}  // namespace lamella::kernels
