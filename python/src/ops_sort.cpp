// Order: sort, topk, kthvalue, median, and where the elements are not zero.
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

PyTypeObject* sort_type = nullptr;
PyTypeObject* topk_type = nullptr;
PyTypeObject* kthvalue_type = nullptr;
PyTypeObject* median_type = nullptr;

/// Place `k` of the sorted axis.
ValuesAndIndices sorted_place(const Tensor& input, std::int64_t k, std::int64_t dim, bool keepdim, PyTypeObject* type) {
  const SortedIndices sorted = sort(input, dim, false);
  const auto pick = [&](const Tensor& x) {
    if (x.dim() == 0) return x;
    return keepdim ? narrow(x, dim, k, 1) : select(x, dim, k);
  };
  return {pick(sorted.values), pick(sorted.indices), type};
}

std::int64_t extent_of(const Tensor& input, std::int64_t dim) { return input.dim() == 0 ? 1 : input.size(dim); }

ValuesAndIndices kthvalue(const Tensor& input, std::int64_t k, std::int64_t dim, bool keepdim) {
  const std::int64_t extent = extent_of(input, dim);
  if (k < 1 || k > extent) {
    throw Error("kthvalue(): selected number k out of range for dimension " + std::to_string(dim) + ": k is " +
                std::to_string(k) + ", the extent " + std::to_string(extent));
  }
  return sorted_place(input, k - 1, dim, keepdim, kthvalue_type);
}

/// The lower of two middle elements; NaN where there is one, which sorting puts last.
ValuesAndIndices median(const Tensor& input, OptionalInt dim, bool keepdim) {
  const Tensor values = dim ? input : input.reshape({-1});
  const std::int64_t axis = dim.value_or(0);
  const std::int64_t extent = extent_of(values, axis);
  if (extent == 0) throw IndexError("median(): expected a reduction of at least one element");
  ValuesAndIndices middle = sorted_place(values, (extent - 1) / 2, axis, keepdim && dim, median_type);
  if (input.is_floating_point()) {
    const ValuesAndIndices last = sorted_place(values, extent - 1, axis, keepdim && dim, median_type);
    const Tensor is_nan = isnan(last.values);
    middle.values = where(is_nan, last.values, middle.values);
    middle.indices = where(is_nan, last.indices, middle.indices);
  }
  if (!dim) middle.indices = Tensor();
  return middle;
}

}  // namespace

void bind_sort(const Scope& scope) {
  sort_type = make_pair_type(scope, "sort");
  topk_type = make_pair_type(scope, "topk");
  kthvalue_type = make_pair_type(scope, "kthvalue");
  median_type = make_pair_type(scope, "median");
  const auto sorted = [](const Tensor& input, std::int64_t dim, bool descending, bool) {  // always stable
    return pair_of(sort(input, dim, descending), sort_type);
  };
  const auto order = [](const Tensor& input, std::int64_t dim, bool descending, bool) {
    return argsort(input, dim, descending);
  };
  const auto best = [](const Tensor& input, std::int64_t k, std::int64_t dim, bool largest, bool) {
    return pair_of(topk(input, k, dim, largest), topk_type);
  };
  scope.both("sort", sorted, "input", "dim"_a = -1, "descending"_a = false, "stable"_a = false);
  scope.both("argsort", order, "input", "dim"_a = -1, "descending"_a = false, "stable"_a = false);
  scope.both("msort", [](const Tensor& input) { return sort(input, 0).values; }, "input");
  scope.both("topk", best, "input", "k"_a, "dim"_a = -1, "largest"_a = true, "sorted"_a = true);
  scope.both("kthvalue", kthvalue, "input", "k"_a, "dim"_a = -1, "keepdim"_a = false);
  scope.both("median", median, "input", "dim"_a = nb::none(), "keepdim"_a = false);
  scope.both("nonzero", &nonzero, "input");
  // What a caller gets depends on as_tuple, so the results are wrapped here, with the lock.
  const auto places = [](const Tensor& input, bool as_tuple) {
    return as_tuple ? nb::cast(unbind(nonzero(input), 1)) : nb::cast(nonzero(input));
  };
  scope.both("nonzero", light(places), "input", nb::kw_only(), "as_tuple"_a);
  scope.both("argwhere", &nonzero, "input");
}

}  // namespace lamella::python
