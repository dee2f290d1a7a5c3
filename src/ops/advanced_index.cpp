// Advanced indexing: x[i, j, :, mask] read and written, with torch's rules for where the indexed axes go.
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/view.h>

#include "ops/half.h"
#include "ops/index_args.h"

namespace lamella {

namespace {

constexpr const char* kAxes = "dims";
constexpr const char* kPlace = "place";
constexpr const char* kAccumulate = "accumulate";

/// What a list of indices means for a tensor: the indexed axes, their indices stacked and broadcast to [axes, shape…],
/// and where the result has the axes of that shape: at the first of neighbouring axes, in front otherwise.
struct Indexing {
  Dims axes;
  std::int64_t place = 0;
  Tensor indices;

  OwnedAttributes attributes() const { return {{kAxes, axes}, {kPlace, place}}; }
};

/// Masks become the indices of their true elements, one an axis of the mask.
TensorList without_masks(const Tensor& input, const TensorList& indices) {
  TensorList plain;
  for (const Tensor& index : indices) {
    if (!index.defined() || (index.dtype() != DType::kBool && index.dtype() != DType::kUInt8)) {
      plain.push_back(index);
      continue;
    }
    for (std::int64_t i = 0; i < index.dim(); ++i) {
      const std::int64_t axis = static_cast<std::int64_t>(plain.size()) + i;
      if (axis < input.dim() && input.size(axis) == index.size(i)) continue;
      throw IndexError(
          fmt::format("The shape of the mask {} at index {} does not match the shape of the indexed tensor "
                      "{} at index {}",
                      to_string(index.shape()), i, to_string(input.shape()), axis));
    }
    const Tensor places = nonzero(index);
    for (std::int64_t i = 0; i < index.dim(); ++i) plain.push_back(places.select(1, i));
  }
  return plain;
}

Indexing indexing_of(const Tensor& input, const TensorList& indices) {
  const TensorList plain = without_masks(input, indices);
  if (static_cast<std::int64_t>(plain.size()) > input.dim()) {
    throw IndexError(fmt::format("too many indices for tensor of dimension {} (shape {}, got {})", input.dim(),
                                 to_string(input.shape()), plain.size()));
  }
  Indexing result;
  TensorList used;
  Dims shape;
  for (std::size_t axis = 0; axis < plain.size(); ++axis) {
    if (!plain[axis].defined()) continue;
    if (is_floating_point(plain[axis].dtype()))
      throw IndexError(fmt::format("tensors used as indices must be long, int, byte or bool tensors, got {}",
                                   name_of(plain[axis].dtype())));
    try {
      shape = broadcast_shapes(shape, plain[axis].shape());
    } catch (const Error&) {
      throw IndexError(
          fmt::format("shape mismatch: indexing tensors could not be broadcast together with shapes {} and "
                      "{}",
                      to_string(shape), to_string(plain[axis].shape())));
    }
    result.axes.push_back(static_cast<std::int64_t>(axis));
    used.push_back(plain[axis].to(DType::kInt64));
  }
  if (used.empty()) throw IndexError("index: at least one index must be given");
  for (Tensor& index : used) index = index.expand(shape);
  result.indices = used.size() == 1 ? used[0].unsqueeze(0) : stack(used);
  const bool adjacent = result.axes.back() - result.axes.front() + 1 == static_cast<std::int64_t>(result.axes.size());
  result.place = adjacent ? result.axes.front() : 0;
  return result;
}

/// The axes of the indexed tensor and of the index, each where the result has it.
struct Layout {
  Layout(const Dims& shape, const Dims& strides, const Dims& index_shape, const Dims& steps, const Attributes& a) {
    const Dims& axes = a.dims(kAxes);
    const auto place = static_cast<std::size_t>(a.integer(kPlace));
    const auto put_index = [&] {
      for (std::size_t i = 1; i < index_shape.size(); ++i) {
        result.push_back(index_shape[i]);
        source_strides.push_back(0);
        index_strides.push_back(steps[i]);
      }
    };
    bool done = false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (!done && result.size() == place) {
        put_index();
        done = true;
      }
      if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end()) continue;
      result.push_back(shape[i]);
      source_strides.push_back(strides[i]);
      index_strides.push_back(0);
    }
    if (!done) put_index();
  }
  Dims result;
  Dims source_strides;
  Dims index_strides;
};

Layout layout_of(const TensorMeta& input, const TensorMeta& index, const Attributes& a) {
  return {input.shape, input.strides, index.shape, index.strides, a};
}

/// The kernels' view of the indexed axes.
struct KernelAxes {
  KernelAxes(const Dims& shape, const Dims& strides, const Tensor& indices, const Attributes& a)
      : memory(physical(indices)), layout(shape, strides, indices.shape(), memory.strides, a) {
    const Dims& axes = a.dims(kAxes);
    for (std::size_t k = 0; k < axes.size(); ++k) {
      const auto axis = static_cast<std::size_t>(axes[k]);
      const auto first = static_cast<std::int64_t>(k) * memory.strides[0];
      list.push_back({{kernels::advance(memory.data, DType::kInt64, first), DType::kInt64, layout.index_strides.data()},
                      shape[axis],
                      strides[axis]});
    }
  }
  KernelAxes(const KernelAxes&) = delete;  // the list points into the layout
  KernelAxes& operator=(const KernelAxes&) = delete;
  Physical memory;
  Layout layout;
  SmallVector<kernels::IndexedAxis, 4> list;
};

void check_indices(const kernels::IndexStatus& status, const Dims& shape, const Attributes& a) {
  if (status.ok) return;
  const std::int64_t axis = a.dims(kAxes)[static_cast<std::size_t>(status.operand)];
  throw IndexError(fmt::format("index {} is out of bounds for dimension {} with size {}", status.value, axis,
                               shape[static_cast<std::size_t>(axis)]));
}

// index: inputs x, indices [axes, …]

void infer_index(const InferArgs& args, OutputSpecs& outputs) {
  const Layout layout = layout_of(args.input(0), args.input(1), args.attributes);
  // TensorIterator's rule on the operands as it sees them: the tensor with stride 0 along the index, and vice versa.
  const TensorMeta source{layout.result, layout.source_strides, args.input(0).dtype, {}, false};
  const TensorMeta index{layout.result, layout.index_strides, DType::kInt64, {}, false};
  const TensorMeta* const operands[] = {&source, &index};
  outputs.push_back({layout.result, elementwise_strides(operands, layout.result), args.input(0).dtype});
}

void forward_index(const ForwardArgs& args) {
  const Tensor& x = args.input(0);
  const Physical in = physical(x);
  const KernelAxes axes(x.shape(), in.strides, args.input(1), args.attributes);
  const WriteAccess out(args.output());
  check_indices(kernels::index_get(args.output().shape(), out, {in.data, x.dtype(), axes.layout.source_strides.data()},
                                   axes.list),
                x.shape(), args.attributes);
}

extern const OpDef kIndexPut;
Tensor put(const Tensor& input, const Tensor& values, const Tensor& indices, const Attributes& a, bool accumulate) {
  return call(kIndexPut, {input, values, indices},
              {{kAxes, a.dims(kAxes)}, {kPlace, a.integer(kPlace)}, {kAccumulate, accumulate}});
}

TensorList backward_index(const BackwardArgs& args) {
  const TensorMeta& x = args.input_meta(0);
  return {put(zeros(x.shape, {.dtype = x.dtype}), args.grad(), args.input(1), args.attributes, true), Tensor()};
}

constexpr OpDef kIndex{.name = "index",
                       .infer = infer_index,
                       .forward = forward_index,
                       .backward = backward_index,
                       .saves_inputs = save(1),
                       .order = OrderPolicy::kPlain};

// index_put: inputs x, values, indices

void infer_index_put(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(0);
  const TensorMeta& values = args.input(1);
  const Layout layout = layout_of(x, args.input(2), args.attributes);
  bool fits = values.rank() <= static_cast<std::int64_t>(layout.result.size());
  fits = fits && broadcast_shapes(values.shape, layout.result) == layout.result;
  if (!fits) {
    throw Error(
        fmt::format("shape mismatch: value tensor of shape {} cannot be broadcast to indexing result of shape "
                    "{}",
                    to_string(values.shape), to_string(layout.result)));
  }
  if (values.dtype != x.dtype)
    throw Error(
        fmt::format("Index put requires the source and destination dtypes match, got {} for the destination and "
                    "{} for the source.",
                    name_of(x.dtype), name_of(values.dtype)));
  outputs.push_back({x.shape, preserved_strides(x), x.dtype});
}

void forward_index_put(const ForwardArgs& args) {
  const Tensor& target = args.output();
  target.copy_(args.input(0));  // nothing where they are the same
  const auto op = args.attributes.flag(kAccumulate) ? kernels::ScatterOp::kAdd : kernels::ScatterOp::kAssign;
  const Dims shape = layout_of(meta(target), meta(args.input(2)), args.attributes).result;
  const Access src(args.input(1), shape);
  const Physical out = physical_for_write(target);
  const KernelAxes axes(target.shape(), out.strides, args.input(2), args.attributes);
  check_indices(
      kernels::index_put(op, shape, {out.data, target.dtype(), axes.layout.source_strides.data()}, src, axes.list),
      target.shape(), args.attributes);
}

/// Sums are made in float32.
void forward_index_put_or_add(const ForwardArgs& args) {
  args.attributes.flag(kAccumulate) ? with_float<forward_index_put>(args) : forward_index_put(args);
}

TensorList backward_index_put(const BackwardArgs& args) {
  TensorList gradients(3);
  const Tensor& indices = args.input(2);
  if (args.needs_input(0)) {
    const Tensor zero = zeros({}, {.dtype = args.grad().dtype()});
    gradients[0] =
        args.attributes.flag(kAccumulate) ? args.grad() : put(args.grad(), zero, indices, args.attributes, false);
  }
  if (args.needs_input(1)) {
    const Tensor taken = call(kIndex, {args.grad(), indices},
                              {{kAxes, args.attributes.dims(kAxes)}, {kPlace, args.attributes.integer(kPlace)}});
    gradients[1] = sum_to_size(taken, args.input_meta(1).shape);
  }
  return gradients;
}

constexpr OpDef kIndexPut{.name = "index_put",
                          .infer = infer_index_put,
                          .forward = forward_index_put_or_add,
                          .backward = backward_index_put,
                          .saves_inputs = save(2),
                          .order = OrderPolicy::kPlain};

}  // namespace

Tensor index(const Tensor& input, const TensorList& indices) {
  const Indexing indexing = indexing_of(input, indices);
  return call(kIndex, {input, indexing.indices}, indexing.attributes());
}

Tensor index_put(const Tensor& input, const TensorList& indices, const Tensor& values, bool accumulate) {
  const Indexing indexing = indexing_of(input, indices);
  return put(input, values, indexing.indices, indexing.attributes().view(), accumulate);
}

const Tensor& index_put_(const Tensor& self, const TensorList& indices, const Tensor& values, bool accumulate) {
  const Indexing indexing = indexing_of(self, indices);
  OwnedAttributes a = indexing.attributes();
  a.set(kAccumulate, accumulate);
  return call_inplace(kIndexPut, self, {self, values, indexing.indices}, std::move(a));
}

}  // namespace lamella
