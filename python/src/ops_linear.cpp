// Matrix products: lamella.matmul(a, b), a @ b, functional.linear(input, weight, bias=None).
#include <lamella/ops/linear.h>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

/// A number of axes, or two lists of them.
Tensor sums_over_axes(const Tensor& a, const Tensor& b, const nb::object& dims) {
  Dims one, first, second;
  if (to_dims(dims.ptr(), one) && one.size() == 1 && !nb::isinstance<nb::sequence>(dims)) {
    return tensordot(a, b, one[0]);
  }
  if (!nb::isinstance<nb::sequence>(dims) || nb::len(dims) != 2 || !to_dims(nb::object(dims[0]).ptr(), first) ||
      !to_dims(nb::object(dims[1]).ptr(), second)) {
    throw TypeError("tensordot(): dims must be an int or two lists of ints");
  }
  return tensordot(a, b, std::move(first), std::move(second));
}

/// einsum("ij,jk", a, b) or einsum("ij,jk", [a, b]).
Tensor sum_of_products(std::string_view equation, const nb::args& args) {
  TensorList operands;
  const bool list = args.size() == 1 && nb::try_cast(args[0], operands);
  if (!list && !nb::try_cast(args, operands)) {
    throw TypeError("einsum(): expected an equation and tensors: einsum('ij,jk->ik', a, b)");
  }
  const LockRelease release(work_of(operands));
  return einsum(equation, operands);
}

void bind_distances(const Scope& scope) {
  const auto bind = [&](const auto& to) {
    to("cosine_similarity", &cosine_similarity, "x1", "x2"_a, "dim"_a = 1, "eps"_a = 1e-8);
    to("pairwise_distance", &pairwise_distance, "x1", "x2"_a, "p"_a = 2.0, "eps"_a = 1e-6, "keepdim"_a = false);
  };
  bind([&](const auto&... all) { scope.function(all...); });
  bind([&](const auto&... all) { scope.functional(all...); });
  scope.functional("normalize", &normalize, "input", "p"_a = 2.0, "dim"_a = 1, "eps"_a = 1e-12);
  const auto distances = [](const Tensor& a, const Tensor& b, double p, nb::handle) { return cdist(a, b, p); };
  scope.function("cdist", distances, "x1", "x2"_a, "p"_a = 2.0, "compute_mode"_a = nb::none());
}

}  // namespace

void bind_linear(const Scope& scope) {
  scope.functional("linear", &linear, "input", "weight"_a, "bias"_a = nb::none());
  scope.functional("bilinear", &bilinear, "input1", "input2"_a, "weight"_a, "bias"_a = nb::none());
  scope.both("mm", &mm, "input", "mat2"_a).both("bmm", &bmm, "input", "mat2"_a);
  scope.both("matmul", &matmul, "input", "other"_a);
  scope.both("mv", &mv, "input", "vec"_a);
  scope.function("dot", &dot, "input", "tensor"_a).method("dot", &dot, "tensor"_a);
  scope.both(
      "inner",
      [](const Tensor& a, const Tensor& b) {
        return a.dim() == 0 || b.dim() == 0 ? mul(a, b) : tensordot(a, b, {-1}, {-1});
      },
      "input", "other"_a);
  scope.both("outer", &outer, "input", "vec2"_a).both("ger", &outer, "input", "vec2"_a);
  const auto bind_sum = [&](const char* name, auto function, const char* a, const char* b) {
    scope.both(name, function, "input", nb::arg(a), nb::arg(b), nb::kw_only(), "beta"_a = 1, "alpha"_a = 1);
  };
  bind_sum("addmm", &addmm, "mat1", "mat2");
  bind_sum("addmv", &addmv, "mat", "vec");
  bind_sum("baddbmm", &baddbmm, "batch1", "batch2");
  bind_sum("addbmm", &addbmm, "batch1", "batch2");
  bind_distances(scope);
  const auto trace = [](const Tensor& input) { return sum(diagonal(input)); };
  scope.both("trace", trace, "input");
  nb::module_ torch = scope.torch;
  torch.def("tensordot", sums_over_axes, "a"_a, "b"_a, "dims"_a = 2);
  torch.def("einsum", sum_of_products, "equation"_a, "operands"_a);
  scope.method("__matmul__", &matmul, nb::is_operator());
  scope.method("__rmatmul__", [](const Tensor& b, const Tensor& a) { return matmul(a, b); }, nb::is_operator());
}

}  // namespace lamella::python
