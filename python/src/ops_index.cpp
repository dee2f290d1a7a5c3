// Reading and writing by index tensors: gather, scatter, index_select, embedding, masks.
#include <lamella/ops/embedding.h>
#include <lamella/ops/index.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

Tensor scattered(const Tensor& input, std::int64_t dim, const Tensor& index, const Operand& src) {
  return src.is_tensor() ? scatter(input, dim, index, src.tensor) : scatter(input, dim, index, src.scalar);
}
Tensor scattered_in_place(const Tensor& self, std::int64_t dim, const Tensor& index, const Operand& src) {
  return src.is_tensor() ? scatter_(self, dim, index, src.tensor) : scatter_(self, dim, index, src.scalar);
}
Scalar number_of(const Operand& value) { return value.is_tensor() ? value.tensor.get().item() : value.scalar; }
Tensor filled(const Tensor& input, std::int64_t dim, const Tensor& index, const Operand& value) {
  return index_fill(input, dim, index, number_of(value));
}
Tensor filled_in_place(const Tensor& self, std::int64_t dim, const Tensor& index, const Operand& value) {
  return index_fill_(self, dim, index, number_of(value));
}

void bind_scatter(const Scope& scope) {
  const auto bind = [&](const char* name, auto function, const char* in_place_name, auto in_place, const char* src) {
    scope.both(name, function, "input", "dim"_a, "index"_a, nb::arg(src));
    scope.method(in_place_name, in_place, "dim"_a, "index"_a, nb::arg(src));
  };
  bind("scatter", scattered, "scatter_", scattered_in_place, "src");
  bind("scatter", scattered, "scatter_", scattered_in_place, "value");  // the name of a number
  bind("scatter_add", &scatter_add, "scatter_add_", &scatter_add_, "src");
  bind("index_copy", &index_copy, "index_copy_", &index_copy_, "source");
  bind("index_fill", filled, "index_fill_", filled_in_place, "value");
  scope.both("index_add", &index_add, "input", "dim"_a, "index"_a, "source"_a, nb::kw_only(), "alpha"_a = 1);
  scope.method("index_add_", &index_add_, "dim"_a, "index"_a, "source"_a, nb::kw_only(), "alpha"_a = 1);
  scope.both("masked_scatter", &masked_scatter, "input", "mask"_a, "source"_a);
  scope.method("masked_scatter_", &masked_scatter_, "mask"_a, "source"_a);
  scope.both("index_put", &index_put, "input", "indices"_a, "values"_a, "accumulate"_a = false);
  scope.both("index_put_", &index_put_, "input", "indices"_a, "values"_a, "accumulate"_a = false);
}

/// `sparse` would make the gradient a sparse tensor; it is dense.
Tensor look_up(const Tensor& input, const Tensor& weight, OptionalInt padding_idx, std::optional<double> max_norm,
               double norm_type, bool scale_grad_by_freq, bool) {
  return embedding(input, weight, {padding_idx, max_norm, norm_type, scale_grad_by_freq});
}

Tensor rolled(const Tensor& input, Dims shifts, OptionalDims dims) {
  return roll(input, std::move(shifts), dims ? std::move(*dims) : Dims{});
}

Tensor repeated(const Tensor& input, const Operand& repeats, OptionalInt dim, OptionalInt output_size) {
  const Tensor result = repeats.is_tensor() ? repeat_interleave(input, repeats.tensor, dim)
                                            : repeat_interleave(input, repeats.scalar.to_int(), dim);
  if (output_size && result.size(dim.value_or(0)) != *output_size) {
    throw Error("repeat_interleave(): output_size is " + std::to_string(*output_size) + ", the repeats make " +
                std::to_string(result.size(dim.value_or(0))));
  }
  return result;
}

}  // namespace

void bind_index(const Scope& scope) {
  bind_scatter(scope);
  scope.both("index_select", &index_select, "input", "dim"_a, "index"_a);
  const auto gathered = [](const Tensor& input, std::int64_t dim, const Tensor& index, bool) {
    return gather(input, dim, index);
  };
  scope.both("gather", gathered, "input", "dim"_a, "index"_a, nb::kw_only(), "sparse_grad"_a = false);
  scope.both("take_along_dim", &take_along_dim, "input", "indices"_a, "dim"_a = nb::none());
  scope.both("take", &take, "input", "index"_a);
  scope.both("masked_select", &masked_select, "input", "mask"_a);
  scope.both("roll", rolled, "input", "shifts"_a, "dims"_a = nb::none());
  scope.both("repeat_interleave", repeated, "input", "repeats"_a, "dim"_a = nb::none(), nb::kw_only(),
             "output_size"_a = nb::none());
  scope.functional("one_hot", &one_hot, "tensor", "num_classes"_a = -1);
  scope.functional("embedding", look_up, "input", "weight"_a, "padding_idx"_a = nb::none(), "max_norm"_a = nb::none(),
                   "norm_type"_a = 2.0, "scale_grad_by_freq"_a = false, "sparse"_a = false);
}

}  // namespace lamella::python
