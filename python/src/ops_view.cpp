// Views: x.view(2, 3) or x.view((2, 3)), lamella.reshape(x, shape), transposes, squeezes. None of them lets the lock
// go.
#include <lamella/ops/view.h>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/index.h>
#include <lamella/ops/metadata.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using OfShape = Tensor (*)(const Tensor&, Dims);

/// x.name(2, 3), x.name((2, 3)) and x.name(keyword=(2, 3)).
template <OfShape kFunction, bool kCopies = false>
void bind_shaped(const Scope& scope, const char* name, const char* keyword) {
  static const char* const title = name;
  const auto run = [](const Tensor& self, Dims shape) {
    const LockRelease release(kCopies ? work_of(self) : 0, self);
    return kFunction(self, std::move(shape));
  };
  scope.method(name, light(run), nb::arg(keyword));
  scope.method(name,
               light([run](const Tensor& self, const nb::args& shape) { return run(self, dims_of(shape, title)); }));
}

Tensor view_as_shape(const Tensor& self, Dims shape) { return self.view(std::move(shape)); }
Tensor view_as_dtype(const Tensor& self, DType dtype) {
  return dtype == self.dtype() ? self.view(self.shape()) : view_dtype(self, dtype);
}

Tensor squeeze_some(const Tensor& input, OptionalDims dim) {
  return dim ? squeeze(input, std::move(*dim)) : squeeze(input);
}
Tensor move_axes(const Tensor& input, Dims source, Dims destination) {
  return movedim(input, std::move(source), std::move(destination));
}
Tensor sliding(const Tensor& input, std::int64_t dimension, std::int64_t size, std::int64_t step) {
  return unfold_axis(input, dimension, size, step);
}

Tensor reversed_axes(const Tensor& input) {
  Dims axes;
  for (std::int64_t i = input.dim(); i-- > 0;) axes.push_back(i);
  return permute(input, std::move(axes));
}
Tensor matrix_transpose(const Tensor& input) {
  if (input.dim() < 2)
    throw Error("tensor.mT is only supported on matrices or batches of matrices. Got " + std::to_string(input.dim()) +
                "-D tensor.");
  return transpose(input, -2, -1);
}

void bind_shapes(const Scope& scope) {
  scope.method("view", light(view_as_dtype), "dtype"_a);
  bind_shaped<view_as_shape>(scope, "view", "size");
  bind_shaped<reshape>(scope, "reshape", "shape");
  bind_shaped<permute>(scope, "permute", "dims");
  bind_shaped<repeat, true>(scope, "repeat", "repeats");
  bind_shaped<tile, true>(scope, "tile", "dims");
  bind_shaped<flip, true>(scope, "flip", "dims");
  bind_shaped<sum_to_size, true>(scope, "sum_to_size", "size");
  const auto stretch = [](const Tensor& self, Dims size, bool) { return expand(self, std::move(size)); };
  scope.method("expand", light(stretch), "size"_a, nb::kw_only(), "implicit"_a = false);
  scope.method("expand",
               light([](const Tensor& self, const nb::args& size) { return expand(self, dims_of(size, "expand")); }));
  scope.function("reshape", light(&reshape), "input", "shape"_a)
      .function("permute", light(&permute), "input", "dims"_a);
  scope.function("tile", tile, "input", "dims"_a).function("flip", &flip, "input", "dims"_a);
  scope.both("broadcast_to", light(&expand), "input", "size"_a);
  scope.method("expand_as", light(&expand_as), "other"_a);
  scope.method("view_as", light([](const Tensor& x, const Tensor& y) { return x.view(y.shape()); }), "other"_a);
  scope.method("reshape_as", light([](const Tensor& x, const Tensor& y) { return x.reshape(y.shape()); }), "other"_a);
  scope.both("flatten", light(&flatten), "input", "start_dim"_a = 0, "end_dim"_a = -1);
  scope.both("ravel", light([](const Tensor& x) { return reshape(x, {-1}).contiguous(); }), "input");
  scope.both("unflatten", light(&unflatten), "input", "dim"_a, "sizes"_a);
}

void bind_axes(const Scope& scope) {
  for (const char* name : {"transpose", "swapdims", "swapaxes"}) {
    const bool axes = std::string_view(name) == "swapaxes";
    scope.both(name, light(&transpose), "input", nb::arg(axes ? "axis0" : "dim0"), nb::arg(axes ? "axis1" : "dim1"));
  }
  for (const char* name : {"movedim", "moveaxis"})
    scope.both(name, light(move_axes), "input", "source"_a, "destination"_a);
  scope.both("t", light(&Tensor::t), "input").both("adjoint", light(matrix_transpose), "input");
  scope.property("T", light(reversed_axes)).property("mT", light(matrix_transpose));
  scope.property("H", light(matrix_transpose)).property("mH", light(matrix_transpose));
  scope.both("squeeze", light(squeeze_some), "input", "dim"_a = nb::none());
  scope.both("unsqueeze", light([](const Tensor& x, std::int64_t dim) { return unsqueeze(x, dim); }), "input", "dim"_a);
  scope.both("fliplr", [](const Tensor& x) { return flip(x, {1}); }, "input");
  scope.both("flipud", [](const Tensor& x) { return flip(x, {0}); }, "input");
}

void bind_parts(const Scope& scope) {
  scope.both("select",
             light([](const Tensor& x, std::int64_t dim, std::int64_t index) { return select(x, dim, index); }),
             "input", "dim"_a, "index"_a);
  const auto part = [](const Tensor& input, std::int64_t dim, const Operand& start, std::int64_t length) {
    return narrow(input, dim, start.is_tensor() ? start.tensor.get().item<std::int64_t>() : start.scalar.to_int(),
                  length);
  };
  scope.both("narrow", light(part), "input", "dim"_a, "start"_a, "length"_a);
  const auto strided = [](const Tensor& input, Dims size, Dims stride, OptionalInt offset) {
    return input.as_strided(std::move(size), std::move(stride), offset.value_or(input.storage_offset()));
  };
  scope.both("as_strided", light(strided), "input", "size"_a, "stride"_a, "storage_offset"_a = nb::none());
  scope.both("unbind", light([](const Tensor& x, std::int64_t dim) { return unbind(x, dim); }), "input", "dim"_a = 0);
  scope.both("chunk", light([](const Tensor& x, std::int64_t n, std::int64_t dim) { return chunk(x, n, dim); }),
             "input", "chunks"_a, "dim"_a = 0);
}

void bind_diagonals(const Scope& scope) {
  scope.both("diagonal", light(&diagonal), "input", "offset"_a = 0, "dim1"_a = 0, "dim2"_a = 1);
  scope.both("diag_embed", &diag_embed, "input", "offset"_a = 0, "dim1"_a = -2, "dim2"_a = -1);
  scope.both("diag", &diag, "input", "diagonal"_a = 0);
  scope.both("tril", &tril, "input", "diagonal"_a = 0).both("triu", &triu, "input", "diagonal"_a = 0);
  scope.method("tril_", [](const Tensor& x, std::int64_t k) { return x.copy_(tril(x, k)); }, "diagonal"_a = 0);
  scope.method("triu_", [](const Tensor& x, std::int64_t k) { return x.copy_(triu(x, k)); }, "diagonal"_a = 0);
  scope.method("unfold", light(sliding), "dimension"_a, "size"_a, "step"_a);
}

}  // namespace

void bind_view(const Scope& scope) {
  bind_shapes(scope);
  bind_axes(scope);
  bind_parts(scope);
  bind_diagonals(scope);
}

}  // namespace lamella::python
