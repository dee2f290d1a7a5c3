// Matrix products.
#pragma once

#include <lamella/tensor.h>

namespace lamella {

/// y = x weight^T + bias. Shapes: input [*, in], weight [out, in], bias [out] or undefined, result [*, out].
/// Raises where the features do not match, with where they came from ("got 1568 features (= 32·7·7 after flatten),
/// expects 3136").
Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias = {});
/// [m, k] x [k, n]
Tensor mm(const Tensor& a, const Tensor& b);
/// [b, m, k] x [b, k, n]
Tensor bmm(const Tensor& a, const Tensor& b);
/// torch.matmul: dot, matrix-vector, matrix and batched products with broadcast batch axes, by the ranks.
Tensor matmul(const Tensor& a, const Tensor& b);
/// The inner product of two vectors.
Tensor dot(const Tensor& a, const Tensor& b);
/// beta * input + alpha * (a b)
Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta = 1, Scalar alpha = 1);

}  // namespace lamella
