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

Tensor stack_columns(const TensorList& tensors) {
  const TensorList rows = each<at_least_1d>(tensors);
  return cat(rows, !rows.empty() && rows[0].dim() == 1 ? 0 : 1);
}
Tensor stack_rows(const TensorList& tensors) { return cat(each<at_least_2d>(tensors), 0); }
Tensor stack_depths(const TensorList& tensors) { return cat(each<at_least_3d>(tensors), 2); }

/// Pieces of one size (an int), or of these sizes (a sequence).
TensorList split_by(const Tensor& input, const nb::handle& sizes, std::int64_t dim) {
  Dims list;
  if (!to_dims(sizes.ptr(), list)) throw TypeError("split(): split_size_or_sections must be an int or a list of ints");
  const bool one = !PyTuple_Check(sizes.ptr()) && !PyList_Check(sizes.ptr());
  return one ? split(input, list[0], dim) : split(input, std::move(list), dim);
}

/// Of n parts the first (extent mod n) are one longer; or the borders between parts.
TensorList split_at(const Tensor& input, const nb::handle& indices_or_sections, std::int64_t dim) {
  Dims list;
  if (!to_dims(indices_or_sections.ptr(), list)) {
    throw TypeError("tensor_split(): indices_or_sections must be an int or a list of ints");
  }
  const std::int64_t extent = input.size(dim);
  Dims borders{0};
  if (PyTuple_Check(indices_or_sections.ptr()) || PyList_Check(indices_or_sections.ptr())) {
    for (const std::int64_t i : list) borders.push_back(std::clamp(i < 0 ? i + extent : i, std::int64_t{0}, extent));
  } else {
    if (list[0] <= 0) throw Error("tensor_split(): expected at least one section, got " + std::to_string(list[0]));
    for (std::int64_t i = 1; i < list[0]; ++i) {
      borders.push_back(i * (extent / list[0]) + std::min(i, extent % list[0]));
    }
  }
  borders.push_back(extent);
  TensorList parts;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    parts.push_back(narrow(input, dim, borders[i], std::max<std::int64_t>(borders[i + 1] - borders[i], 0)));
  }
  return parts;
}

/// Tensors as arguments, or one list of them.
TensorList tensors_of(const nb::args& args) {
  TensorList tensors;
  const bool list = args.size() == 1 && nb::try_cast(args[0], tensors);
  if (!list && !nb::try_cast(args, tensors)) throw TypeError("expected tensors or one list of tensors");
  return tensors;
}

TensorList broadcast(const nb::args& args) {
  TensorList tensors = tensors_of(args);
  Dims shape;
  for (const Tensor& x : tensors) shape = broadcast_shapes(shape, x.shape());
  for (Tensor& x : tensors) x = expand(x, shape);
  return tensors;
}
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

/// The grids of 1-D tensors' coordinates: views.
TensorList mesh(const nb::args& args, std::string_view indexing) {
  TensorList tensors = tensors_of(args);
  if (indexing != "ij" && indexing != "xy") throw Error("meshgrid(): indexing must be 'ij' or 'xy'");
  const bool swap = indexing == "xy" && tensors.size() >= 2;
  if (swap) std::swap(tensors[0], tensors[1]);
  Dims shape;
  for (const Tensor& x : tensors) shape.push_back(x.numel());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    Dims place(tensors.size(), 1);
    place[i] = shape[i];
    tensors[i] = expand(tensors[i].reshape(std::move(place)), shape);
  }
  if (!swap) return tensors;
  for (Tensor& x : tensors) x = transpose(x, 0, 1);
  std::swap(tensors[0], tensors[1]);
  return tensors;
}

}  // namespace

void bind_join(const Scope& scope) {
  for (const char* dim : {"dim", "axis"}) {
    for (const char* name : {"cat", "concat", "concatenate"}) {
      scope.function(name, concatenate, "tensors", nb::arg(dim) = 0);
    }
    scope.function("stack", stacked, "tensors", nb::arg(dim) = 0);
  }
  scope.function("hstack", stack_columns, "tensors").function("dstack", stack_depths, "tensors");
  scope.function("vstack", stack_rows, "tensors").function("row_stack", stack_rows, "tensors");
  scope.function("split", split_by, "tensor", "split_size_or_sections"_a, "dim"_a = 0);
  scope.method("split", split_by, "split_size"_a, "dim"_a = 0);
  scope.both("tensor_split", split_at, "input", "indices_or_sections"_a, "dim"_a = 0);
  nb::module_ torch = scope.torch;
  torch.def("broadcast_tensors", broadcast, "tensors"_a);
  torch.def("broadcast_shapes", broadcast_all_shapes, "shapes"_a);
  torch.def("meshgrid", mesh, "tensors"_a, nb::kw_only(), "indexing"_a = "ij");
  bind_at_least<at_least_1d>(scope, "atleast_1d");
  bind_at_least<at_least_2d>(scope, "atleast_2d");
  bind_at_least<at_least_3d>(scope, "atleast_3d");
}

}  // namespace lamella::python
