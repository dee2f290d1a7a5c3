// The common parts of elementwise operators: promotion, inference, and forwards as templates over the kernels'
// enumerators, so that an operator is its row and its derivative.
#pragma once

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/view.h>

#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/ternary.h"
#include "kernels/elementwise/unary.h"
#include "ops/layout.h"
#include "ops/op.h"

namespace lamella::elementwise {

/// torch.result_type of the inputs: tensors with axes outweigh 0-d tensors, which outweigh numbers, within a category.
DType result_type(const InferArgs& args, int count = -1);
DType result_type(std::span<const Tensor> inputs);

/// One output of the broadcast shape with TensorIterator's strides.
void infer_as(const InferArgs& args, OutputSpecs& outputs, DType dtype);

inline void infer_promoted(const InferArgs& args, OutputSpecs& outputs) { infer_as(args, outputs, result_type(args)); }
inline void infer_bool(const InferArgs& args, OutputSpecs& outputs) { infer_as(args, outputs, DType::kBool); }
inline void infer_same(const InferArgs& args, OutputSpecs& outputs) { infer_as(args, outputs, args.input(0).dtype); }
/// Integers become the default floating-point dtype.
inline void infer_float(const InferArgs& args, OutputSpecs& outputs) {
  const DType dtype = result_type(args);
  infer_as(args, outputs, is_floating_point(dtype) ? dtype : default_dtype());
}

/// The dtype that a forward computes in: promoted, and floating-point if `floating`.
DType compute_type(const ForwardArgs& args, bool floating);

void run_unary(kernels::UnaryOp op, DType compute, const ForwardArgs& args, double p0 = 0, double p1 = 0);
/// Raises for an integer division by zero.
void run_binary(kernels::BinaryOp op, DType compute, const ForwardArgs& args, double p0 = 1, double p1 = 0);

template <kernels::UnaryOp kOp, bool kFloating>
void forward_unary(const ForwardArgs& args) {
  run_unary(kOp, compute_type(args, kFloating), args);
}
template <kernels::BinaryOp kOp, bool kFloating = false>
void forward_binary(const ForwardArgs& args) {
  run_binary(kOp, compute_type(args, kFloating), args);
}

/// A row without a derivative as its in-place form needs it: what the tensor was before has no part in what it is now.
constexpr OpDef ending_history(OpDef row) {
  row.backward = [](const BackwardArgs& args) { return TensorList(args.input_metas.size()); };
  return row;
}

/// A gradient brought to an input's shape and dtype.
inline Tensor to_input(const Tensor& gradient, const TensorMeta& input) {
  return sum_to_size(gradient, input.shape).to(input.dtype);
}

}  // namespace lamella::elementwise
