// Products of vectors and matrices that are made of mm and bmm.
#include <cmath>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "ops/autocast.h"

namespace lamella {

namespace {

/// beta * input + alpha * product; with beta = 0 the input is not read, so its NaN does not spread.
Tensor weighted(const Tensor& input, const Tensor& product, const Scalar& beta, const Scalar& alpha) {
  const Tensor scaled = alpha == Scalar(1) ? product : mul(product, alpha);
  const Tensor added = input.expand(product.shape());
  return beta == Scalar(0) ? scaled : add(scaled, added, beta);
}

}  // namespace

Tensor outer(const Tensor& a, const Tensor& b) {
  if (a.dim() != 1 || b.dim() != 1)
    throw Error(fmt::format("outer: Expected 1-D arguments, but got {}-D and {}-D", a.dim(), b.dim()));
  return a.unsqueeze(1) * b;
}
Tensor mv(const Tensor& matrix, const Tensor& vector) {
  if (matrix.dim() != 2 || vector.dim() != 1)
    throw Error(fmt::format("vector + matrix @ vector expected, got {}, {}", matrix.dim(), vector.dim()));
  return mm(matrix, vector.unsqueeze(1)).squeeze(1);
}
Tensor addmv(const Tensor& input, const Tensor& matrix, const Tensor& vector, Scalar beta, Scalar alpha) {
  return weighted(input, mv(matrix, vector), beta, alpha);
}
Tensor baddbmm(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) {
  return weighted(autocast_input(AutocastPolicy::kLower, input), bmm(a, b), beta, alpha);
}
Tensor addbmm(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) {
  return weighted(autocast_input(AutocastPolicy::kLower, input), sum(bmm(a, b), {0}), beta, alpha);
}

Tensor tensordot(const Tensor& a, const Tensor& b, Dims axes_a, Dims axes_b) {
  if (axes_a.size() != axes_b.size())
    throw Error(fmt::format("both dimension lists should have same length, got {} and {}", to_string(axes_a),
                            to_string(axes_b)));
  // Both as matrices [kept, summed] and [summed, kept].
  const auto matrix = [](const Tensor& t, Dims& axes, bool summed_first, Dims& kept) {
    SmallVector<bool, 6> summed(t.shape().size(), false);
    for (std::int64_t& axis : axes) {
      axis = normalize_axis(axis, t.dim());
      if (std::exchange(summed[static_cast<std::size_t>(axis)], true))
        throw Error(fmt::format("dim {} appears multiple times in the list of dims", axis));
    }
    Dims order;
    std::int64_t rows = 1;
    for (std::size_t i = 0; i < summed.size(); ++i) {
      if (summed[i]) continue;
      order.push_back(static_cast<std::int64_t>(i));
      kept.push_back(t.shape()[i]);
      rows *= t.shape()[i];
    }
    std::int64_t products = 1;
    for (const std::int64_t axis : axes) products *= t.size(axis);
    Dims both = summed_first ? axes : order;
    const Dims& rest = summed_first ? order : axes;
    both.append(rest.begin(), rest.end());
    const Tensor ordered = permute(t, std::move(both));
    return ordered.reshape(summed_first ? Dims{products, rows} : Dims{rows, products});
  };
  for (std::size_t i = 0; i < axes_a.size(); ++i) {
    if (a.size(axes_a[i]) != b.size(axes_b[i]))
      throw Error(
          fmt::format("contracted dimensions need to match, but first has size {} in dim {} and second has size "
                      "{} in dim {}",
                      a.size(axes_a[i]), axes_a[i], b.size(axes_b[i]), axes_b[i]));
  }
  Dims shape;
  const Tensor left = matrix(a, axes_a, false, shape);
  const Tensor right = matrix(b, axes_b, true, shape);
  return mm(left, right).reshape(std::move(shape));
}
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t axes) {
  if (axes < 0 || axes > a.dim() || axes > b.dim())
    throw Error(fmt::format("tensordot expects 0 <= dims <= {} and {}, but got dims={}", a.dim(), b.dim(), axes));
  Dims last;
  Dims first;
  for (std::int64_t i = 0; i < axes; ++i) {
    last.push_back(a.dim() - axes + i);
    first.push_back(i);
  }
  return tensordot(a, b, std::move(last), std::move(first));
}

Tensor bilinear(const Tensor& a, const Tensor& b, const Tensor& weight, const Tensor& bias) {
  if (weight.dim() != 3 || a.dim() != b.dim() || a.dim() < 1 || a.size(-1) != weight.size(1) ||
      b.size(-1) != weight.size(2)) {
    throw Error(
        fmt::format("bilinear: expected inputs [*, in1] and [*, in2] for a weight [out, in1, in2], got {}, {} "
                    "and {}",
                    to_string(a.shape()), to_string(b.shape()), to_string(weight.shape())));
  }
  const std::int64_t out = weight.size(0);
  Dims shape = a.shape();
  shape.back() = out;
  const Tensor left = a.reshape({-1, a.size(-1)});
  const Tensor right = b.reshape({-1, b.size(-1)});
  // [rows, out, in2], then its product with the second input.
  const Tensor half = mm(left, permute(weight, {1, 0, 2}).reshape({a.size(-1), out * b.size(-1)}));
  const Tensor result = bmm(half.view({left.size(0), out, b.size(-1)}), right.unsqueeze(2)).reshape(std::move(shape));
  return bias.defined() ? result + bias : result;
}

// Distances

Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p, double eps, bool keepdim) {
  return norm(a - b + eps, p, {-1}, keepdim);
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b, std::int64_t axis, double eps) {
  if (!(eps >= 0)) throw Error(fmt::format("cosine_similarity: eps must be non-negative, got: {}", eps));
  const Dims shape = broadcast_shapes(a.shape(), b.shape());
  const Tensor x = a.expand(shape);
  const Tensor y = b.expand(shape);
  // Norms below eps count as eps; as in torch that has no part in the derivative.
  const auto unit = [&](const Tensor& t) {
    const Tensor length = norm(t, 2, {axis}, true);
    return t / where(lt(length.detach(), wrapped(eps)), length - length.detach() + eps, length);
  };
  return sum(unit(x) * unit(y), {axis});
}

Tensor normalize(const Tensor& input, double p, std::int64_t axis, double eps) {
  return input / clamp(norm(input, p, {axis}, true), Scalar(eps), std::nullopt);
}

Tensor cdist(const Tensor& a, const Tensor& b, double p) {
  if (a.dim() < 2 || b.dim() < 2)
    throw Error(fmt::format("cdist only supports at least 2D tensors, got {}D and {}D", a.dim(), b.dim()));
  if (a.size(-1) != b.size(-1))
    throw Error(fmt::format("X1 and X2 must have the same number of columns. X1: {} X2: {}", a.size(-1), b.size(-1)));
  if (p < 0) throw Error(fmt::format("cdist only supports non-negative p values, got {}", p));
  for (const Tensor* x : {&a, &b}) {
    if (!is_floating_point(x->dtype()))
      throw Error(
          fmt::format("cdist only supports floating-point dtypes, X{} got: {}", x == &a ? 1 : 2, name_of(x->dtype())));
  }
  const Tensor x = autocast_input(AutocastPolicy::kFloat32, a);
  const Tensor y = autocast_input(AutocastPolicy::kFloat32, b);
  return norm(x.unsqueeze(-2) - y.unsqueeze(-3), p, {-1});
}

}  // namespace lamella
