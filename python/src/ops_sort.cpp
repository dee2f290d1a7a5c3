// Order: sort, topk, kthvalue, median, and where the elements are not zero.
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/search.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

PyTypeObject* sort_type = nullptr;
PyTypeObject* topk_type = nullptr;
PyTypeObject* kthvalue_type = nullptr;
PyTypeObject* median_type = nullptr;
PyTypeObject* nanmedian_type = nullptr;

ValuesAndIndices kth(const Tensor& input, std::int64_t k, std::int64_t dim, bool keepdim) {
  return pair_of(kthvalue(input, k, dim, keepdim), kthvalue_type);
}
ValuesAndIndices middle(const Tensor& input, OptionalInt dim, bool keepdim) {
  if (!dim) return {median(input), {}};
  return pair_of(median(input, *dim, keepdim), median_type);
}
ValuesAndIndices middle_of_numbers(const Tensor& input, OptionalInt dim, bool keepdim) {
  if (!dim) return {nanmedian(input), {}};
  return pair_of(nanmedian(input, *dim, keepdim), nanmedian_type);
}
Tensor rank_value(const Tensor& input, const Operand& q, OptionalInt dim, bool keepdim,
                  std::string_view interpolation) {
  return q.is_tensor() ? quantile(input, q.tensor, dim, keepdim, interpolation)
                       : quantile(input, q.scalar.to_double(), dim, keepdim, interpolation);
}

/// The elements alone, or a tuple with what was asked for.
nb::object distinct(const UniqueElements& found, bool return_inverse, bool return_counts) {
  if (!return_inverse && !return_counts) return nb::cast(found.values);
  TensorList results{found.values};
  if (return_inverse) results.push_back(found.inverse);
  if (return_counts) results.push_back(found.counts);
  return nb::cast(results);
}
nb::object unique_of(const Tensor& input, bool, bool return_inverse, bool return_counts, OptionalInt dim) {
  return distinct(dim ? unique(input, *dim) : unique(input), return_inverse, return_counts);
}
nb::object unique_runs(const Tensor& input, bool return_inverse, bool return_counts, OptionalInt dim) {
  return distinct(dim ? unique_consecutive(input, *dim) : unique_consecutive(input), return_inverse, return_counts);
}

void bind_counts(const Scope& scope) {
  scope.both("unique", light(unique_of), "input", "sorted"_a = true, "return_inverse"_a = false,
             "return_counts"_a = false, "dim"_a = nb::none());
  scope.both("unique_consecutive", light(unique_runs), "input", "return_inverse"_a = false, "return_counts"_a = false,
             "dim"_a = nb::none());
  scope.both("bincount", &bincount, "input", "weights"_a = nb::none(), "minlength"_a = 0);
  scope.both("histc", &histc, "input", "bins"_a = 100, "min"_a = 0, "max"_a = 0);
}

}  // namespace

void bind_sort(const Scope& scope) {
  sort_type = make_pair_type(scope, "sort");
  topk_type = make_pair_type(scope, "topk");
  kthvalue_type = make_pair_type(scope, "kthvalue");
  median_type = make_pair_type(scope, "median");
  nanmedian_type = make_pair_type(scope, "nanmedian");
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
  scope.both("kthvalue", kth, "input", "k"_a, "dim"_a = -1, "keepdim"_a = false);
  scope.both("median", middle, "input", "dim"_a = nb::none(), "keepdim"_a = false);
  scope.both("nanmedian", middle_of_numbers, "input", "dim"_a = nb::none(), "keepdim"_a = false);
  scope.both("quantile", rank_value, "input", "q"_a, "dim"_a = nb::none(), "keepdim"_a = false, nb::kw_only(),
             "interpolation"_a = "linear");
  bind_counts(scope);
  scope.both("nonzero", &nonzero, "input");
  // What a caller gets depends on as_tuple, so the results are wrapped here, with the lock.
  const auto places = [](const Tensor& input, bool as_tuple) {
    if (!as_tuple) return nb::cast(nonzero(input));
    return nb::cast(unbind(nonzero(input.dim() == 0 ? input.unsqueeze(0) : input), 1));
  };
  scope.both("nonzero", light(places), "input", nb::kw_only(), "as_tuple"_a);
  scope.both("argwhere", &nonzero, "input");
}

}  // namespace lamella::python
