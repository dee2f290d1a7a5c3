// Copies with and without conversion: clone, contiguous, to, copy_, fill_.
#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "core/thread_state.h"
#include "kernels/copy/copy.h"
#include "ops/layout.h"
#include "ops/op.h"

namespace lamella {

namespace {

void infer_clone(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const auto format = static_cast<MemoryFormat>(args.attributes.integer("memory_format"));
  OutputSpec spec{input.shape, {}, args.attributes.dtype("dtype")};
  if (format == MemoryFormat::kPreserve) {
    spec.strides = preserved_strides(input);
  } else if (format == MemoryFormat::kChannelsLast) {
    spec.strides = channels_last_strides(input.shape);
  }
  outputs.push_back(std::move(spec));
}

void copy_into(const Tensor& target, const Tensor& source) {
  const Access in(source, target.shape());
  const WriteAccess out(target);
  kernels::copy(target.shape(), out, in);
}

void forward_clone(const ForwardArgs& args) { copy_into(args.output(), args.input(0)); }
TensorList backward_clone(const BackwardArgs& args) { return {args.grad().to(args.input_meta(0).dtype)}; }

constexpr OpDef kClone{.name = "clone", .infer = infer_clone, .forward = forward_clone, .backward = backward_clone};

Tensor clone_as(const Tensor& input, DType dtype, MemoryFormat format) {
  return call(kClone, {input}, {{"dtype", dtype}, {"memory_format", static_cast<std::int64_t>(format)}});
}

// copy_: self = source, broadcast and converted.

void infer_copy(const InferArgs& args, OutputSpecs& outputs) {
  const Dims shape = broadcast_shapes(args.input(0).shape, args.input(1).shape);
  if (!(shape == args.input(0).shape)) {
    throw Error(fmt::format("copy_: a source of shape {} does not fit into shape {}", to_string(args.input(1).shape),
                            to_string(args.input(0).shape)));
  }
  outputs.push_back({shape, {}, args.input(0).dtype});
}
void forward_copy(const ForwardArgs& args) { copy_into(args.output(), args.input(1)); }
TensorList backward_copy(const BackwardArgs& args) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = zeros_like(args.grad());
  if (args.needs_input(1))
    gradients[1] = sum_to_size(args.grad(), args.input_meta(1).shape).to(args.input_meta(1).dtype);
  return gradients;
}

constexpr OpDef kCopy{.name = "copy", .infer = infer_copy, .forward = forward_copy, .backward = backward_copy};

// fill_

void infer_fill(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, {}, args.input(0).dtype});
}
void forward_fill(const ForwardArgs& args) {
  const Tensor& target = args.output();
  const WriteAccess out(target);
  visit_dtype(target.dtype(), [&]<typename T>() {
    const T value = args.attributes.scalar("value").to<T>();
    kernels::fill(target.shape(), out, &value);
  });
}
TensorList backward_fill(const BackwardArgs& args) { return {zeros_like(args.grad())}; }

constexpr OpDef kFill{.name = "fill", .infer = infer_fill, .forward = forward_fill, .backward = backward_fill};

}  // namespace

Tensor Tensor::clone(MemoryFormat format) const { return clone_as(*this, dtype(), format); }

Tensor Tensor::contiguous(MemoryFormat format) const {
  if (is_contiguous(format)) return *this;
  return clone_as(*this, dtype(), format);
}

Tensor Tensor::to(DType wanted) const {
  return wanted == dtype() ? *this : clone_as(*this, wanted, MemoryFormat::kPreserve);
}
Tensor Tensor::to(MemoryFormat format) const { return format == MemoryFormat::kPreserve ? *this : contiguous(format); }

const Tensor& Tensor::copy_(const Tensor& source) const {
  if (is_same(source)) return *this;
  return call_inplace(kCopy, *this, {*this, source});
}
const Tensor& Tensor::fill_(Scalar value) const { return call_inplace(kFill, *this, {*this}, {{"value", value}}); }
const Tensor& Tensor::zero_() const { return fill_(0); }

}  // namespace lamella
