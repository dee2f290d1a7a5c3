// Finding and reducing by index: mode, cummax, searchsorted, isin, scatter_reduce, put_, fill_diagonal_.
#include <lamella/ops/search.h>

#include <lamella/ops/create.h>
#include <lamella/ops/scatter_reduce.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

PyTypeObject* mode_type = nullptr;
PyTypeObject* cummax_type = nullptr;
PyTypeObject* cummin_type = nullptr;

ValuesAndIndices most_frequent(const Tensor& input, std::int64_t dim, bool keepdim) {
  return pair_of(mode(input, dim, keepdim), mode_type);
}
ValuesAndIndices running_max(const Tensor& input, std::int64_t dim) { return pair_of(cummax(input, dim), cummax_type); }
ValuesAndIndices running_min(const Tensor& input, std::int64_t dim) { return pair_of(cummin(input, dim), cummin_type); }

/// A number in the dtype of what it is compared with.
Tensor matching(const Operand& value, const Tensor& other) {
  if (value.is_tensor()) return value.tensor;
  return full({}, value.scalar, {.dtype = other.dtype()});
}

Tensor places_of(const Tensor& sorted_sequence, const Operand& input, bool out_int32, bool right,
                 std::optional<std::string_view> side, const Tensor& sorter) {
  if (side && *side != "left" && *side != "right") {
    throw Error("torch.searchsorted(): side can only be 'left' or 'right' but got " + std::string(*side));
  }
  if (right && side && *side == "left") {
    throw Error(
        "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True");
  }
  return searchsorted(sorted_sequence, matching(input, sorted_sequence),
                      {out_int32, right || (side && *side == "right"), sorter});
}
Tensor buckets_of(const Operand& input, const Tensor& boundaries, bool out_int32, bool right) {
  return bucketize(matching(input, boundaries), boundaries, {.out_int32 = out_int32, .right = right});
}
Tensor members(const Operand& elements, const Operand& test_elements, bool, bool invert) {
  return isin(elements.as_tensor(), test_elements.as_tensor(), invert);
}

void bind_reduced(const Scope& scope) {
  scope.both("scatter_reduce", &scatter_reduce, "input", "dim"_a, "index"_a, "src"_a, "reduce"_a, nb::kw_only(),
             "include_self"_a = true);
  scope.method("scatter_reduce_", &scatter_reduce_, "dim"_a, "index"_a, "src"_a, "reduce"_a, nb::kw_only(),
               "include_self"_a = true);
  scope.both("put", &put, "input", "index"_a, "source"_a, "accumulate"_a = false);
  scope.method("put_", &put_, "index"_a, "source"_a, "accumulate"_a = false);
  scope.both("fill_diagonal_", &fill_diagonal_, "input", "fill_value"_a, "wrap"_a = false);
}

}  // namespace

void bind_search(const Scope& scope) {
  mode_type = make_pair_type(scope, "mode");
  cummax_type = make_pair_type(scope, "cummax");
  cummin_type = make_pair_type(scope, "cummin");
  scope.both("mode", most_frequent, "input", "dim"_a = -1, "keepdim"_a = false);
  scope.both("cummax", running_max, "input", "dim"_a).both("cummin", running_min, "input", "dim"_a);
  scope.function("searchsorted", places_of, "sorted_sequence", "input"_a, nb::kw_only(), "out_int32"_a = false,
                 "right"_a = false, "side"_a = nb::none(), "sorter"_a = nb::none());
  scope.function("bucketize", buckets_of, "input", "boundaries"_a, nb::kw_only(), "out_int32"_a = false,
                 "right"_a = false);
  scope.function("isin", members, "elements", "test_elements"_a, nb::kw_only(), "assume_unique"_a = false,
                 "invert"_a = false);
  bind_reduced(scope);
}

}  // namespace lamella::python
