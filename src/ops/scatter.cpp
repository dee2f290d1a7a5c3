// Writing by indices and by masks: scatter, index_copy, index_fill, masked_scatter. (What adds stands in index.cpp,
// beside its adjoint.)
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "ops/index_args.h"

namespace lamella {

namespace {

constexpr const char* kAxis = "dim";
constexpr const char* kBroadcast = "broadcast";

std::size_t axis_of(const Attributes& a) { return static_cast<std::size_t>(a.integer(kAxis)); }
std::string_view name_for(const Attributes& a) { return a.flag(kBroadcast) ? "index_copy" : "scatter"; }

// scatter: inputs self, index, src. Of repeated indices the last one wins.

void infer_scatter(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  check_scatter_shapes(name_for(args.attributes), input, args.input(1), args.input(2), axis_of(args.attributes),
                       args.attributes.flag(kBroadcast));
  outputs.push_back({input.shape, {}, input.dtype});
}

void forward_scatter(const ForwardArgs& args) {
  const std::size_t axis = axis_of(args.attributes);
  args.output().copy_(args.input(0));  // nothing where they are the same
  const Dims& shape = args.input(2).shape();
  const std::int64_t extent = args.output().shape()[axis];
  const Access src(args.input(2), shape);
  const Access index = index_access(args.input(1), shape, axis, args.attributes.flag(kBroadcast));
  const WriteAccess out(args.output());
  check_status(name_for(args.attributes),
               kernels::scatter(kernels::ScatterOp::kAssign, shape, static_cast<int>(axis), extent, out, src, index),
               static_cast<std::int64_t>(axis), extent);
}

TensorList backward_scatter(const BackwardArgs& args) {
  TensorList gradients(3);
  const std::int64_t axis = args.attributes.integer(kAxis);
  const Tensor& index = args.input(1);
  const bool broadcast = args.attributes.flag(kBroadcast);
  if (args.needs_input(0))
    gradients[0] = broadcast ? index_fill(args.grad(), axis, index, 0) : scatter(args.grad(), axis, index, Scalar(0));
  if (args.needs_input(2))
    gradients[2] = broadcast ? index_select(args.grad(), axis, index) : gather(args.grad(), axis, index);
  return gradients;
}

constexpr OpDef kScatter{.name = "scatter",
                         .infer = infer_scatter,
                         .forward = forward_scatter,
                         .backward = backward_scatter,
                         .saves_inputs = save(1),
                         .order = OrderPolicy::kPlain};

/// index_copy, whose rows may come from an operator that autocast runs in 16 bits.
constexpr OpDef kIndexCopy = with_autocast(kScatter, AutocastPolicy::kPromote);

/// A number as a source of `shape` that takes no memory.
Tensor number_source(const Tensor& like, Scalar value, Dims shape) {
  return full({}, value, {.dtype = like.dtype()}).expand(std::move(shape));
}

OwnedAttributes along(const Tensor& self, std::int64_t axis, bool broadcast) {
  return {{kAxis, normalize_axis(axis, self.dim())}, {kBroadcast, broadcast}};
}

/// Runs an operator along an axis on a 0-d tensor as on one of one element.
template <typename Fn>
Tensor as_vector(const Tensor& input, Fn&& fn) {
  return fn(input.reshape({1})).reshape({});
}

// masked_scatter: inputs self, mask, source

void infer_masked_scatter(const InferArgs& args, OutputSpecs& outputs) {
  if (args.input(1).dtype != DType::kBool)
    throw TypeError(fmt::format("masked_scatter: expected a bool mask, got {}", name_of(args.input(1).dtype)));
  if (args.input(0).dtype != args.input(2).dtype)
    throw Error(fmt::format("masked_scatter: expected self and source to have same dtypes but got {} and {}",
                            name_of(args.input(0).dtype), name_of(args.input(2).dtype)));
  outputs.push_back({broadcast_shapes(args.input(0).shape, args.input(1).shape), {}, args.input(0).dtype});
}

void forward_masked_scatter(const ForwardArgs& args) {
  const Dims& shape = args.output().shape();
  const Tensor mask = args.input(1).expand(shape);
  const auto count = sum(mask).item<std::int64_t>();
  if (count > args.input(2).numel())
    throw Error(fmt::format("masked_scatter: the source has {} elements, but the mask chooses {}",
                            args.input(2).numel(), count));
  args.output().copy_(args.input(0));
  const Tensor source = args.input(2).reshape({-1}).contiguous();
  const Physical src = physical(source);
  const Access chosen(args.input(1), shape);
  const WriteAccess out(args.output());
  kernels::masked_scatter(shape, out, chosen, src.data);
}

TensorList backward_masked_scatter(const BackwardArgs& args) {
  TensorList gradients(3);
  const Tensor& mask = args.input(1);
  if (args.needs_input(0)) gradients[0] = sum_to_size(masked_fill(args.grad(), mask, 0), args.input_meta(0).shape);
  if (args.needs_input(2)) {
    const TensorMeta& source = args.input_meta(2);
    const Tensor taken = masked_select(args.grad(), mask);
    const Tensor rest = zeros({source.numel() - taken.numel()}, {.dtype = source.dtype});
    gradients[2] = cat({taken, rest}).reshape(source.shape);
  }
  return gradients;
}

constexpr OpDef kMaskedScatter{.name = "masked_scatter",
                               .infer = infer_masked_scatter,
                               .forward = forward_masked_scatter,
                               .backward = backward_masked_scatter,
                               .saves_inputs = save(1),
                               .order = OrderPolicy::kPlain};

}  // namespace

Tensor scatter(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src) {
  check_index_dtype("scatter", index.dtype());
  if (input.dim() == 0)
    return as_vector(input, [&](const Tensor& x) { return scatter(x, axis, index.reshape({-1}), src.reshape({-1})); });
  return call(kScatter, {input, index, narrow_to_index(src, index)}, along(input, axis, false));
}
Tensor scatter(const Tensor& input, std::int64_t axis, const Tensor& index, Scalar value) {
  return scatter(input, axis, index, number_source(input, value, index.shape()));
}
const Tensor& scatter_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src) {
  check_index_dtype("scatter_", index.dtype());
  if (self.dim() == 0) return self.copy_(scatter(self.clone(), axis, index, src));
  return call_inplace(kScatter, self, {self, index, narrow_to_index(src, index)}, along(self, axis, false));
}
const Tensor& scatter_(const Tensor& self, std::int64_t axis, const Tensor& index, Scalar value) {
  return scatter_(self, axis, index, number_source(self, value, index.shape()));
}

Tensor index_copy(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src) {
  check_vector_index("index_copy", index);
  if (input.dim() == 0)
    return as_vector(input, [&](const Tensor& x) { return index_copy(x, axis, index, src.reshape({-1})); });
  return call(kIndexCopy, {input, index, src}, along(input, axis, true));
}
const Tensor& index_copy_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src) {
  check_vector_index("index_copy_", index);
  if (self.dim() == 0) return self.copy_(index_copy(self.clone(), axis, index, src));
  return call_inplace(kScatter, self, {self, index, src}, along(self, axis, true));
}

Tensor index_fill(const Tensor& input, std::int64_t axis, const Tensor& index, Scalar value) {
  return index_fill_(input.clone(), axis, index, value);  // which keeps the strides, as torch does
}
const Tensor& index_fill_(const Tensor& self, std::int64_t axis, const Tensor& index, Scalar value) {
  check_vector_index("index_fill_", index);
  if (self.dim() == 0)
    return self.copy_(as_vector(self.clone(), [&](const Tensor& x) {
      return index_copy(x, axis, index, number_source(x, value, {index.numel()}));
    }));
  const auto at = static_cast<std::size_t>(normalize_axis(axis, self.dim()));
  return index_copy_(self, axis, index, number_source(self, value, slices(self.shape(), at, index.numel())));
}

Tensor masked_scatter(const Tensor& input, const Tensor& mask, const Tensor& source) {
  return call(kMaskedScatter, {input, mask, source});
}
const Tensor& masked_scatter_(const Tensor& self, const Tensor& mask, const Tensor& source) {
  return call_inplace(kMaskedScatter, self, {self, mask, source});
}

}  // namespace lamella
