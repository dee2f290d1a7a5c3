// What looks for an order along one axis: the largest, sorted, running sums.
#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "kernels/reduce/arg.h"
#include "kernels/reduce/scan.h"
#include "kernels/reduce/sort.h"
#include "ops/layout.h"
#include "ops/op.h"

namespace lamella {

namespace {

constexpr const char* kAxis = "dim";
constexpr const char* kKeepdim = "keepdim";

kernels::Operand operand(const Physical& p, DType dtype) { return {p.data, dtype, p.strides.data()}; }

/// Gradients of what was chosen along an axis, back at their indices.
Tensor at_indices(const BackwardArgs& args, const Tensor& gradient, const Tensor& indices) {
  const TensorMeta& input = args.input_meta(0);
  return scatter_add(zeros(input.shape, {.dtype = input.dtype}), args.attributes.integer(kAxis), indices, gradient);
}
/// The adjoint of sort and topk.
TensorList backward_choice(const BackwardArgs& args) { return {at_indices(args, args.grad(), args.output(1))}; }

// max and min along an axis: outputs values, indices; and argmax and argmin, which have the indices alone.

bool keeps_axis(const Attributes& a, const Dims& shape) { return shape.empty() || a.flag(kKeepdim); }

Dims extreme_shape(const InferArgs& args) {
  Dims shape = args.input(0).shape;
  const std::int64_t axis = args.attributes.integer(kAxis);
  if (shape.empty()) return shape;
  if (args.attributes.flag(kKeepdim)) {
    shape[static_cast<std::size_t>(axis)] = 1;
  } else {
    shape.erase(shape.begin() + axis);
  }
  return shape;
}
void infer_arg(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({extreme_shape(args), {}, DType::kInt64});
}
void infer_extreme(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({extreme_shape(args), {}, args.input(0).dtype});
  infer_arg(args, outputs);
}

/// A result's memory with the input's axes.
Physical with_axis(Physical result, const ForwardArgs& args) {
  const std::int64_t axis = args.attributes.integer(kAxis);
  if (!keeps_axis(args.attributes, meta(args.input(0)).shape)) {
    result.strides.insert(result.strides.begin() + axis, 0);
  }
  return result;
}

void find_extreme(kernels::ArgOp op, const ForwardArgs& args, const Tensor* values, const Tensor& indices) {
  const TensorMeta& input = meta(args.input(0));
  const Access in(args.input(0), input.shape);
  const Physical places = with_axis(physical_for_write(indices), args);
  const Physical best =
      values != nullptr ? with_axis(physical_for_write(*values), args) : Physical{nullptr, places.strides, nullptr};
  kernels::arg_reduce(op, input.shape, static_cast<int>(args.attributes.integer(kAxis)), operand(best, input.dtype),
                      operand(places, DType::kInt64), in);
}
template <kernels::ArgOp kOp>
void forward_extreme(const ForwardArgs& args) {
  find_extreme(kOp, args, &args.output(0), args.output(1));
}
template <kernels::ArgOp kOp>
void forward_arg(const ForwardArgs& args) {
  find_extreme(kOp, args, nullptr, args.output());
}

TensorList backward_extreme(const BackwardArgs& args) {
  if (keeps_axis(args.attributes, args.input_meta(0).shape)) return backward_choice(args);
  const std::int64_t axis = args.attributes.integer(kAxis);
  return {at_indices(args, unsqueeze(args.grad(), axis), unsqueeze(args.output(1), axis))};
}

template <kernels::ArgOp kOp>
constexpr OpDef extreme_row(std::string_view name) {
  return {.name = name,
          .infer = infer_extreme,
          .forward = forward_extreme<kOp>,
          .backward = backward_extreme,
          .saves_outputs = save(1),
          .no_grad_outputs = save(1),
          .order = OrderPolicy::kPlain};
}
constexpr OpDef kMax = extreme_row<kernels::ArgOp::kMax>("max");
constexpr OpDef kMin = extreme_row<kernels::ArgOp::kMin>("min");

template <kernels::ArgOp kOp>
constexpr OpDef arg_row(std::string_view name) {
  return {.name = name, .infer = infer_arg, .forward = forward_arg<kOp>, .order = OrderPolicy::kPlain};
}
constexpr OpDef kArgMax = arg_row<kernels::ArgOp::kMax>("argmax");
constexpr OpDef kArgMin = arg_row<kernels::ArgOp::kMin>("argmin");

std::int64_t choosing_axis(const OpDef& op, const Tensor& input, std::int64_t axis) {
  axis = normalize_axis(axis, input.dim());
  if (input.numel() == 0 && (input.dim() == 0 || input.size(axis) == 0)) {
    throw IndexError(fmt::format("{}(): Expected reduction dim {} to have non-zero size (shape {})", op.name, axis,
                                 to_string(input.shape())));
  }
  return axis;
}

ValuesIndices along(const OpDef& op, const Tensor& input, std::int64_t axis, bool keepdim) {
  axis = choosing_axis(op, input, axis);
  TensorList results = call_all(op, std::span<const Tensor>(&input, 1), {{kAxis, axis}, {kKeepdim, keepdim}});
  return {std::move(results[0]), std::move(results[1])};
}

Tensor place_along(const OpDef& op, const Tensor& input, std::int64_t axis, bool keepdim) {
  axis = choosing_axis(op, input, axis);
  return call(op, {input}, {{kAxis, axis}, {kKeepdim, keepdim}});
}

Tensor place(const OpDef& op, const Tensor& input, std::optional<std::int64_t> axis, bool keepdim) {
  if (input.numel() == 0 && !axis)
    throw IndexError(
        fmt::format("{}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                    "with the 'dim' argument.",
                    op.name));
  if (axis) return place_along(op, input, *axis, keepdim);
  const Tensor index = place_along(op, input.detach().reshape({-1}), 0, false);
  return keepdim ? index.view(Dims(static_cast<std::size_t>(input.dim()), 1)) : index;
}

// sort and topk

void infer_topk(const InferArgs& args, OutputSpecs& outputs) {
  Dims shape = args.input(0).shape;
  if (!shape.empty()) shape[static_cast<std::size_t>(args.attributes.integer(kAxis))] = args.attributes.integer("k");
  outputs.push_back({shape, {}, args.input(0).dtype});
  outputs.push_back({std::move(shape), {}, DType::kInt64});
}
/// The whole axis sorted: the strides stay.
void infer_sort(const InferArgs& args, OutputSpecs& outputs) {
  infer_topk(args, outputs);
  for (OutputSpec& output : outputs) output.strides = preserved_strides(args.input(0));
}

void forward_sort(const ForwardArgs& args) {
  const Tensor& input = args.input(0);
  const Access in(input, input.shape());
  const Physical values = physical_for_write(args.output(0));
  const Physical indices = physical_for_write(args.output(1));
  kernels::sort(input.shape(), static_cast<int>(args.attributes.integer(kAxis)), args.attributes.flag("descending"),
                args.attributes.integer("k"), operand(values, input.dtype()), operand(indices, DType::kInt64), in);
}

constexpr OpDef kSort{.name = "sort",
                      .infer = infer_sort,
                      .forward = forward_sort,
                      .backward = backward_choice,
                      .saves_outputs = save(1),
                      .no_grad_outputs = save(1),
                      .order = OrderPolicy::kPlain};

constexpr OpDef kTopk{.name = "topk",
                      .infer = infer_topk,
                      .forward = forward_sort,
                      .backward = backward_choice,
                      .saves_outputs = save(1),
                      .no_grad_outputs = save(1),
                      .order = OrderPolicy::kPlain};

SortedIndices sorted(const OpDef& op, const Tensor& input, std::int64_t axis, bool descending, std::int64_t k) {
  if (input.dim() == 0) return {input.clone(), zeros({}, {.dtype = DType::kInt64})};
  const TensorList results =
      call_all(op, std::span<const Tensor>(&input, 1), {{kAxis, axis}, {"descending", descending}, {"k", k}});
  return {results[0], results[1]};
}

// cumsum: out[i] = sum of in[0..i]; its adjoint sums from the other end. cumprod: the product.

void infer_scan(const InferArgs& args, OutputSpecs& outputs) {
  const DType dtype = args.input(0).dtype;
  outputs.push_back({args.input(0).shape, {}, is_floating_point(dtype) ? dtype : DType::kInt64});
}
template <kernels::ScanOp kOp>
void forward_scan(const ForwardArgs& args) {
  const Dims& shape = args.output().shape();
  const Access in(args.input(0), shape);
  const WriteAccess out(args.output());
  kernels::scan(kOp, shape, static_cast<int>(args.attributes.integer(kAxis)), out, in);
}
Tensor sum_from_the_end(const Tensor& x, std::int64_t axis) { return flip(cumsum(flip(x, {axis}), axis), {axis}); }
TensorList backward_cumsum(const BackwardArgs& args) {
  return {sum_from_the_end(args.grad(), args.attributes.integer(kAxis))};
}
constexpr OpDef kCumsum{.name = "cumsum",
                        .infer = infer_scan,
                        .forward = forward_scan<kernels::ScanOp::kSum>,
                        .backward = backward_cumsum,
                        .order = OrderPolicy::kPlain};

/// d out[j] / d in[i] = out[j] / in[i] for j >= i. At the first zero of a line the products are taken without it; what
/// stands behind it has no part in any product.
TensorList backward_cumprod(const BackwardArgs& args) {
  const std::int64_t axis = args.attributes.integer(kAxis);
  const Tensor& x = args.input(0);
  const Tensor zero = eq(x, wrapped(0));
  if (!any(zero).item<bool>()) return {sum_from_the_end(args.grad() * args.output(), axis) / x};
  const Tensor first = logical_and(zero, eq(cumsum(zero, axis), wrapped(1)));
  const Tensor without_first = cumprod(masked_fill(x, first, 1), axis);
  const Tensor at_first = sum_from_the_end(args.grad() * without_first, axis);
  const Tensor elsewhere = sum_from_the_end(args.grad() * args.output(), axis) / masked_fill(x, zero, 1);
  return {where(first, at_first, elsewhere)};
}
constexpr OpDef kCumprod{.name = "cumprod",
                         .infer = infer_scan,
                         .forward = forward_scan<kernels::ScanOp::kProd>,
                         .backward = backward_cumprod,
                         .saves_inputs = save(0),
                         .saves_outputs = save(0),
                         .order = OrderPolicy::kPlain};

Tensor scanned(const OpDef& op, const Tensor& input, std::int64_t axis, std::optional<DType> dtype) {
  axis = normalize_axis(axis, input.dim());
  const Tensor source = dtype ? input.to(*dtype) : input;
  const Tensor result =
      input.dim() == 0 ? call(op, {source.view({1})}, {{kAxis, axis}}).view({}) : call(op, {source}, {{kAxis, axis}});
  return dtype ? result.to(*dtype) : result;
}

}  // namespace

ValuesIndices max(const Tensor& input, std::int64_t axis, bool keepdim) { return along(kMax, input, axis, keepdim); }
ValuesIndices min(const Tensor& input, std::int64_t axis, bool keepdim) { return along(kMin, input, axis, keepdim); }
Tensor argmax(const Tensor& input, std::optional<std::int64_t> axis, bool keepdim) {
  return place(kArgMax, input, axis, keepdim);
}
Tensor argmin(const Tensor& input, std::optional<std::int64_t> axis, bool keepdim) {
  return place(kArgMin, input, axis, keepdim);
}

SortedIndices sort(const Tensor& input, std::int64_t axis, bool descending) {
  axis = normalize_axis(axis, input.dim());
  return sorted(kSort, input, axis, descending, input.dim() == 0 ? 1 : input.size(axis));
}
SortedIndices topk(const Tensor& input, std::int64_t k, std::int64_t axis, bool largest) {
  axis = normalize_axis(axis, input.dim());
  const std::int64_t extent = input.dim() == 0 ? 1 : input.size(axis);
  if (k < 0 || k > extent)
    throw Error(
        fmt::format("topk: selected index k out of range: k = {}, but dimension {} has {} elements", k, axis, extent));
  return sorted(kTopk, input, axis, largest, k);
}

Tensor argsort(const Tensor& input, std::int64_t axis, bool descending) {
  return sort(input.detach(), axis, descending).indices;
}

Tensor cumsum(const Tensor& input, std::int64_t axis, std::optional<DType> dtype) {
  return scanned(kCumsum, input, axis, dtype);
}
Tensor cumprod(const Tensor& input, std::int64_t axis, std::optional<DType> dtype) {
  return scanned(kCumprod, input, axis, dtype);
}

}  // namespace lamella
