#include "ops/elementwise.h"

#include <fmt/format.h>

#include <lamella/error.h>

namespace lamella::elementwise {

namespace {

/// c10's ResultTypeState: three ranks of inputs, the strongest category wins, and within it the strongest rank.
struct Promotion {
  std::optional<DType> dimensional;
  std::optional<DType> zero_dimensional;
  std::optional<DType> number;

  static int category(DType dtype) { return dtype == DType::kBool ? 0 : is_floating_point(dtype) ? 2 : 1; }
  static void merge(std::optional<DType>& into, DType dtype) { into = into ? promote_types(*into, dtype) : dtype; }
  static std::optional<DType> combine(std::optional<DType> stronger, std::optional<DType> weaker) {
    if (!stronger) return weaker;
    if (!weaker || category(*weaker) <= category(*stronger)) return stronger;
    return promote_types(*stronger, *weaker);
  }
  void add(std::int64_t rank, DType dtype, bool wrapped_number) {
    if (wrapped_number) {
      merge(number, is_floating_point(dtype) ? default_dtype() : dtype);
    } else {
      merge(rank == 0 ? zero_dimensional : dimensional, dtype);
    }
  }
  DType result() const { return combine(dimensional, combine(zero_dimensional, number)).value_or(default_dtype()); }
};

/// The dtype of tensors that all have the same, none of them made of a number: nothing to promote.
template <typename Inputs, typename Meta>
std::optional<DType> common_type(const Inputs& inputs, Meta meta_or_null) {
  std::optional<DType> same;
  for (const auto& input : inputs) {
    const TensorMeta* geometry = meta_or_null(input);
    if (geometry == nullptr) continue;
    if (geometry->wrapped_number || (same && *same != geometry->dtype)) return std::nullopt;
    same = geometry->dtype;
  }
  return same;
}

}  // namespace

DType result_type(const InferArgs& args, int count) {
  const auto inputs = count < 0 ? args.inputs : args.inputs.first(static_cast<std::size_t>(count));
  if (const auto same = common_type(inputs, [](const TensorMeta* input) { return input; })) return *same;
  Promotion promotion;
  for (const TensorMeta* input : inputs) {
    if (input != nullptr) promotion.add(input->rank(), input->dtype, input->wrapped_number);
  }
  return promotion.result();
}

DType result_type(std::span<const Tensor> inputs) {
  const auto meta_or_null = [](const Tensor& input) { return input.defined() ? &meta(input) : nullptr; };
  if (const auto same = common_type(inputs, meta_or_null)) return *same;
  Promotion promotion;
  for (const Tensor& input : inputs) {
    if (input.defined()) promotion.add(input.dim(), input.dtype(), meta(input).wrapped_number);
  }
  return promotion.result();
}

void infer_as(const InferArgs& args, OutputSpecs& outputs, DType dtype) {
  const TensorMeta& first = args.input(0);
  if (args.inputs.size() == 1) {
    Dims strides = first.is_contiguous() ? Dims{}
                   : is_dense(first)     ? first.strides
                                         : elementwise_strides(args.inputs, first.shape);
    outputs.push_back({first.shape, std::move(strides), dtype});
    return;
  }
  Dims shape = first.shape;
  for (const TensorMeta* input : args.inputs.subspan(1)) {
    if (input != nullptr && !(input->shape == shape)) shape = broadcast_shapes(shape, input->shape);
  }
  Dims strides = elementwise_strides(args.inputs, shape);
  outputs.push_back({std::move(shape), std::move(strides), dtype});
}

DType compute_type(const ForwardArgs& args, bool floating) {
  const DType dtype = result_type(args.inputs);
  return floating && !is_floating_point(dtype) ? default_dtype() : dtype;
}

void run_unary(kernels::UnaryOp op, DType compute, const ForwardArgs& args, double p0, double p1) {
  const Dims& shape = meta(args.output()).shape;
  const Access in(args.input(0), shape);
  const WriteAccess out(args.output());
  kernels::unary(op, compute, shape, out, in, p0, p1);
}

void run_binary(kernels::BinaryOp op, DType compute, const ForwardArgs& args, double p0, double p1) {
  const Dims& shape = meta(args.output()).shape;
  const Access a(args.input(0), shape);
  const Access b(args.input(1), shape);
  const WriteAccess out(args.output());
  if (kernels::binary(op, compute, shape, out, a, b, p0, p1) == kernels::MapStatus::kDivisionByZero) {
    throw Error("integer division or modulo by zero");
  }
}

}  // namespace lamella::elementwise
