// Matrix products: lamella.matmul(a, b), a @ b, functional.linear(input, weight, bias=None).
#include <lamella/ops/linear.h>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

Tensor matrix_vector(const Tensor& matrix, const Tensor& vector) {
  if (matrix.dim() != 2 || vector.dim() != 1) {
    throw Error("mv(): expected a matrix and a vector, got shapes " + to_string(matrix.shape()) + " and " +
                to_string(vector.shape()));
  }
  return matmul(matrix, vector);
}

Tensor outer_product(const Tensor& a, const Tensor& b) {
  if (a.dim() != 1 || b.dim() != 1) {
    throw Error("outer(): expected two vectors, got shapes " + to_string(a.shape()) + " and " + to_string(b.shape()));
  }
  return mul(unsqueeze(a, 1), b);
}

/// beta * input + alpha * product; an input with beta 0 is not looked at, so that its NaN does not spread.
Tensor blend(const Tensor& input, const Tensor& product, Scalar beta, Scalar alpha) {
  const Tensor scaled = alpha == Scalar(1) ? product : mul(product, alpha);
  if (beta == Scalar(0)) return scaled;
  return add(beta == Scalar(1) ? input : mul(input, beta), scaled);
}
Tensor add_batches(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) {
  return blend(input, bmm(a, b), beta, alpha);
}
Tensor add_vector(const Tensor& input, const Tensor& matrix, const Tensor& vector, Scalar beta, Scalar alpha) {
  return blend(input, matrix_vector(matrix, vector), beta, alpha);
}

/// y[n][o] = sum over i, j of a[n][i] weight[o][i][j] b[n][j] + bias[o], with any axes for n.
Tensor bilinear(const Tensor& a, const Tensor& b, const Tensor& weight, const Tensor& bias) {
  if (weight.dim() != 3 || a.dim() == 0 || b.dim() == 0 || a.size(-1) != weight.size(1) ||
      b.size(-1) != weight.size(2)) {
    throw ValueError("bilinear(): weight " + to_string(weight.shape()) +
                     " must be [out, in1, in2] of the inputs' last extents, got " + to_string(a.shape()) + " and " +
                     to_string(b.shape()));
  }
  Dims shape = a.shape();
  shape.back() = weight.size(0);
  const Tensor left = a.reshape({-1, a.size(-1)});
  const Tensor right = b.reshape({-1, b.size(-1)});
  const Tensor partial =
      matmul(left, weight.permute({1, 0, 2}).reshape({weight.size(1), -1})).view({-1, weight.size(0), weight.size(2)});
  const Tensor product = bmm(partial, right.unsqueeze(-1)).reshape(std::move(shape));
  return bias.defined() ? add(product, bias) : product;
}

}  // namespace

void bind_linear(const Scope& scope) {
  scope.functional("linear", &linear, "input", "weight"_a, "bias"_a = nb::none());
  scope.functional("bilinear", bilinear, "input1", "input2"_a, "weight"_a, "bias"_a = nb::none());
  scope.both("mm", &mm, "input", "mat2"_a).both("bmm", &bmm, "input", "mat2"_a);
  scope.both("matmul", &matmul, "input", "other"_a);
  scope.both("mv", matrix_vector, "input", "vec"_a);
  scope.function("dot", &dot, "input", "tensor"_a).method("dot", &dot, "tensor"_a);
  scope.both(
      "inner",
      [](const Tensor& a, const Tensor& b) {
        return a.dim() == 0 || b.dim() == 0 ? mul(a, b) : matmul(a, b.dim() == 1 ? b : transpose(b, 0, -1));
      },
      "input", "other"_a);
  scope.both("outer", outer_product, "input", "vec2"_a).both("ger", outer_product, "input", "vec2"_a);
  const auto bind_sum = [&](const char* name, auto function, const char* a, const char* b) {
    scope.both(name, function, "input", nb::arg(a), nb::arg(b), nb::kw_only(), "beta"_a = 1, "alpha"_a = 1);
  };
  bind_sum("addmm", &addmm, "mat1", "mat2");
  bind_sum("addmv", add_vector, "mat", "vec");
  bind_sum("baddbmm", add_batches, "batch1", "batch2");
  scope.method("__matmul__", &matmul, nb::is_operator());
  scope.method("__rmatmul__", [](const Tensor& b, const Tensor& a) { return matmul(a, b); }, nb::is_operator());
}

}  // namespace lamella::python
