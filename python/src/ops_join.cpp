// Joining and splitting: cat, stack and their relatives, split, broadcast_tensors.
#include <lamella/ops/index.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

Tensor concatenate(const TensorList& tensors, std::int64_t dim) { return cat(tensors, dim); }
Tensor stacked(const TensorList& tensors, std::int64_t dim) { return stack(tensors, dim); }

Tensor at_least_1d(const Tensor& x) { return x.dim() == 0 ? x.reshape({1}) : x; }
Tensor at_least_2d(const Tensor& x) {
  const Tensor row = at_least_1d(x);
  return row.dim() == 1 ? row.unsqueeze(0) : row;
}
Tensor at_least_3d(const Tensor& x) {
  const Tensor matrix = at_least_2d(x);
  return matrix.dim() == 2 ? matrix.unsqueeze(-1) : matrix;
}
template <Tensor (*kFunction)(const Tensor&)>
TensorList each(const TensorList& tensors) {
  TensorList result;
  for (const Tensor& x : tensors) result.push_back(kFunction(x));
  return result;
}

/// Pieces of one size (an int), or of these sizes (a sequence).
TensorList split_by(const Tensor& input, const nb::handle& sizes, std::int64_t dim) {
  Dims list;
  if (!to_dims(sizes.ptr(), list)) throw TypeError("split(): split_size_or_sections must be an int or a list of ints");
  const bool one = !PyTuple_Check(sizes.ptr()) && !PyList_Check(sizes.ptr());
  return one ? split(input, list[0], dim) : split(input, std::move(list), dim);
}

/// A number of parts, or the borders between them.
TensorList split_at(const Tensor& input, const nb::handle& indices_or_sections, std::int64_t dim) {
  Dims list;
  if (!to_dims(indices_or_sections.ptr(), list)) {
    throw TypeError("tensor_split(): indices_or_sections must be an int or a list of ints");
  }
  const bool one = !PyTuple_Check(indices_or_sections.ptr()) && !PyList_Check(indices_or_sections.ptr());
  constexpr std::int64_t kMostParts = 1 << 24;
  if (one && list[0] > kMostParts) {
    throw ValueError("tensor_split(): " + std::to_string(list[0]) + " sections of a tensor of shape " +
                     to_string(input.shape()) + " are too many (at most " + std::to_string(kMostParts) + ")");
  }
  return one ? tensor_split(input, list[0], dim) : tensor_split(input, std::move(list), dim);
}

/// hsplit, vsplit, dsplit: along an axis that depends on the rank at most.
template <int kAxis, int kLeastRank>
TensorList split_along(const Tensor& input, const nb::handle& indices_or_sections) {
  if (input.dim() < kLeastRank) {
    throw Error("expected a tensor of at least " + std::to_string(kLeastRank) + " axes to split, got " +
                to_string(input.shape()));
  }
  const std::int64_t axis = kAxis == 1 && input.dim() == 1 ? 0 : kAxis;
  Dims sections;
  if (PyLong_Check(indices_or_sections.ptr()) && to_dims(indices_or_sections.ptr(), sections)) {
    const std::int64_t count = sections[0];
    if (count <= 0 || input.size(axis) % count != 0) {
      throw Error("attempted to split along dimension " + std::to_string(axis) + ", but the size of the dimension " +
                  std::to_string(input.size(axis)) + " is not divisible by the split_size " + std::to_string(count));
    }
  }
  return split_at(input, indices_or_sections, axis);
}

Tensor stack_columns(const TensorList& tensors) {
  TensorList columns;
  for (const Tensor& x : tensors) columns.push_back(x.dim() < 2 ? x.reshape({-1, 1}) : x);
  return cat(columns, 1);
}

/// Tensors as arguments, or one list of them.
TensorList tensors_of(const nb::args& args) {
  TensorList tensors;
  const bool list = args.size() == 1 && nb::try_cast(args[0], tensors);
  if (!list && !nb::try_cast(args, tensors)) throw TypeError("expected tensors or one list of tensors");
  return tensors;
}

TensorList broadcast(const nb::args& args) { return broadcast_tensors(tensors_of(args)); }
Dims broadcast_all_shapes(const nb::args& args) {
  Dims shape;
  for (const nb::handle arg : args) {
    Dims one;
    if (!to_dims(arg.ptr(), one)) throw TypeError("broadcast_shapes(): expected shapes: sequences of ints");
    shape = broadcast_shapes(shape, one);
  }
  return shape;
}

/// atleast_1d(x) gives a tensor, atleast_1d(x, y) and atleast_1d([x, y]) a tuple.
template <Tensor (*kFunction)(const Tensor&)>
void bind_at_least(const Scope& scope, const char* name) {
  nb::module_ torch = scope.torch;
  torch.def(name, [](const nb::args& args) -> nb::object {
    Tensor one;
    if (args.size() == 1 && unwrap(nb::handle(args[0]).ptr(), one)) return nb::cast(kFunction(one));
    return nb::cast(each<kFunction>(tensors_of(args)));
  });
}

TensorList mesh(const nb::args& args, std::string_view indexing) { return meshgrid(tensors_of(args), indexing); }

}  // namespace

void bind_join(const Scope& scope) {
  for (const char* dim : {"dim", "axis"}) {
    for (const char* name : {"cat", "concat", "concatenate"}) {
      scope.function(name, concatenate, "tensors", nb::arg(dim) = 0);
    }
    scope.function("stack", stacked, "tensors", nb::arg(dim) = 0);
  }
  scope.function("hstack", &hstack, "tensors").function("dstack", &dstack, "tensors");
  scope.function("vstack", &vstack, "tensors").function("row_stack", &vstack, "tensors");
  scope.function("split", split_by, "tensor", "split_size_or_sections"_a, "dim"_a = 0);
  scope.method("split", split_by, "split_size"_a, "dim"_a = 0);
  scope.both("tensor_split", split_at, "input", "indices_or_sections"_a, "dim"_a = 0);
  const auto by_sizes = [](const Tensor& input, Dims sizes, std::int64_t dim) {
    return split(input, std::move(sizes), dim);
  };
  scope.both("split_with_sizes", light(by_sizes), "input", "split_sizes"_a, "dim"_a = 0);
  scope.both("hsplit", split_along<1, 1>, "input", "indices_or_sections"_a);
  scope.both("vsplit", split_along<0, 2>, "input", "indices_or_sections"_a);
  scope.both("dsplit", split_along<2, 3>, "input", "indices_or_sections"_a);
  scope.function("column_stack", stack_columns, "tensors");
  nb::module_ torch = scope.torch;
  torch.def("broadcast_tensors", broadcast, "tensors"_a);
  torch.def("broadcast_shapes", broadcast_all_shapes, "shapes"_a);
  torch.def("meshgrid", mesh, "tensors"_a, nb::kw_only(), "indexing"_a = "ij");
  bind_at_least<at_least_1d>(scope, "atleast_1d");
  bind_at_least<at_least_2d>(scope, "atleast_2d");
  bind_at_least<at_least_3d>(scope, "atleast_3d");
}

}  // namespace lamella::python
