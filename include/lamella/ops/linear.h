// Matrix products.
#pragma once

#include <string_view>

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
/// beta * input + alpha * (a b) of batches; addbmm sums over the batch.
Tensor baddbmm(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta = 1, Scalar alpha = 1);
Tensor addbmm(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta = 1, Scalar alpha = 1);
/// [m, k] x [k], and beta * input + alpha times that.
Tensor mv(const Tensor& matrix, const Tensor& vector);
Tensor addmv(const Tensor& input, const Tensor& matrix, const Tensor& vector, Scalar beta = 1, Scalar alpha = 1);
/// [m] x [n] -> [m, n]
Tensor outer(const Tensor& a, const Tensor& b);
/// Sums over pairs of axes: the last ones of a with the first ones of b, or the axes listed.
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t axes = 2);
Tensor tensordot(const Tensor& a, const Tensor& b, Dims axes_a, Dims axes_b);
/// Sums of products by the letters of an equation such as "bij,bjk->bik", with "..." for broadcast axes; letters that
/// the result lacks are summed over. Raises where equation and operands do not fit.
Tensor einsum(std::string_view equation, const TensorList& operands);
/// y[k] = a weight[k] b + bias[k]. Shapes: a [*, in1], b [*, in2], weight [out, in1, in2], bias [out] or undefined.
Tensor bilinear(const Tensor& a, const Tensor& b, const Tensor& weight, const Tensor& bias = {});

/// The p-norm of a - b + eps along the last axis.
Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p = 2.0, double eps = 1e-6, bool keepdim = false);
/// a b / (|a| |b|) along an axis, with norms of at least eps.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, std::int64_t axis = 1, double eps = 1e-8);
/// input / max(p-norm along an axis, eps)
Tensor normalize(const Tensor& input, double p = 2.0, std::int64_t axis = 1, double eps = 1e-12);
/// The p-norm distance of each row of a [*, m, k] from each of b [*, n, k]: [*, m, n].
Tensor cdist(const Tensor& a, const Tensor& b, double p = 2.0);

}  // namespace lamella
