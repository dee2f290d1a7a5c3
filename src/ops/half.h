// 16-bit floating-point numbers in operators whose kernels compute in float32: rounded inputs, float32 throughout, and
// one rounding of the result.
#pragma once

#include "ops/op.h"

namespace lamella {

inline bool is_half(DType dtype) { return dtype == DType::kBFloat16 || dtype == DType::kFloat16; }
/// The dtype of what an operator keeps about numbers of `dtype` (means, deviations, logarithms of sums).
inline DType accumulated(DType dtype) { return is_half(dtype) ? DType::kFloat32 : dtype; }

/// A 16-bit tensor as float32 (differentiable); any other, or an undefined one, as it is.
Tensor widened(const Tensor& tensor);

/// Runs `forward` on float32 copies of the 16-bit inputs and outputs, and rounds the outputs.
void forward_in_float(void (*forward)(const ForwardArgs&), const ForwardArgs& args);

/// The forward of a row: kForward, by way of float32 where the first output has 16 bits.
template <void (*kForward)(const ForwardArgs&)>
void with_float(const ForwardArgs& args) {
  if (is_half(args.output().dtype())) {
    forward_in_float(kForward, args);
  } else {
    kForward(args);
  }
}

}  // namespace lamella
