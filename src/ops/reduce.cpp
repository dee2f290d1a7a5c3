#include <lamella/ops/reduce.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "kernels/reduce/reduce.h"
#include "ops/layout.h"
#include "ops/op.h"

namespace lamella {

using kernels::ReduceOp;

namespace {

constexpr const char* kDims = "dim";
constexpr const char* kKeepdim = "keepdim";
constexpr const char* kP0 = "p0";

/// Which axes go; an empty list means all.
SmallVector<bool, 6> reduced_axes(const Dims& axes, std::size_t rank) {
  SmallVector<bool, 6> reduced(rank, axes.empty());
  for (const std::int64_t axis : axes) reduced[static_cast<std::size_t>(axis)] = true;
  return reduced;
}

Dims keepdim_shape(const Dims& shape, const Dims& axes) {
  Dims result = shape;
  const auto reduced = reduced_axes(axes, shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (reduced[i]) result[i] = 1;
  }
  return result;
}

/// The result is contiguous whatever the input's strides are, as in torch.
OutputSpec reduced_spec(const TensorMeta& input, const Dims& axes, bool keepdim, DType dtype) {
  const auto reduced = reduced_axes(axes, input.shape.size());
  OutputSpec spec{{}, {}, dtype};
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    if (!reduced[i]) spec.shape.push_back(input.shape[i]);
    if (reduced[i] && keepdim) spec.shape.push_back(1);
  }
  return spec;
}

template <ReduceOp kOp>
void infer_reduce(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const Attributes& a = args.attributes;
  const DType dtype = a.has("dtype") ? a.dtype("dtype") : kernels::result_dtype(kOp, input.dtype);
  outputs.push_back(reduced_spec(input, a.dims(kDims), a.flag(kKeepdim), dtype));
}

template <ReduceOp kOp>
void forward_reduce(const ForwardArgs& args) {
  const Tensor& input = args.input(0);
  const auto reduced = reduced_axes(args.attributes.dims(kDims), input.shape().size());
  const Access in(input, input.shape());
  const Physical out = physical_for_write(args.output());
  Dims strides(input.shape().size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    if (reduced[i]) {
      at += args.attributes.flag(kKeepdim) ? 1 : 0;
    } else {
      strides[i] = out.strides[at++];
    }
  }
  const double p0 = args.attributes.has(kP0) ? args.attributes.real(kP0) : 1;
  kernels::reduce(kOp, input.shape(), {out.data, args.output().dtype(), strides.data()}, in, p0);
}

/// A result's gradient (or a saved result) seen in the input's shape.
Tensor spread(const Tensor& value, const BackwardArgs& args) {
  const Dims& shape = args.input_meta(0).shape;
  return value.reshape(keepdim_shape(shape, args.attributes.dims(kDims))).expand(shape);
}

double reduced_count(const BackwardArgs& args) {
  const Dims& shape = args.input_meta(0).shape;
  const auto reduced = reduced_axes(args.attributes.dims(kDims), shape.size());
  double count = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) count *= reduced[i] ? static_cast<double>(shape[i]) : 1;
  return count;
}

template <ReduceOp kOp>
constexpr OpDef row(std::string_view name, TensorList (*backward)(const BackwardArgs&) = nullptr, std::uint32_t in = 0,
                    std::uint32_t out = 0) {
  return {.name = name,
          .infer = infer_reduce<kOp>,
          .forward = forward_reduce<kOp>,
          .backward = backward,
          .saves_inputs = in,
          .saves_outputs = out,
          .order = OrderPolicy::kPlain};
}

constexpr OpDef kSum = row<ReduceOp::kSum>("sum", [](const BackwardArgs& args) -> TensorList {
  return {spread(args.grad(), args).to(args.input_meta(0).dtype)};
});
constexpr OpDef kMean = row<ReduceOp::kMean>(
    "mean", [](const BackwardArgs& args) -> TensorList { return {spread(args.grad() / reduced_count(args), args)}; });

/// All elements but one, multiplied: prod / x where no element is 0; where exactly one is, only its own slope is not 0.
extern const OpDef kProd;
TensorList backward_prod(const BackwardArgs& args) {
  const Dims& axes = args.attributes.dims(kDims);
  const Tensor x = args.input(0).to(args.grad().dtype());
  const Tensor zero = eq(x, wrapped(0));
  const Tensor zeros_count = sum(zero, axes, true);
  const Tensor filled = masked_fill(x, zero, 1);
  const Tensor others = call(kProd, {filled}, {{kDims, axes}, {kKeepdim, true}});
  const Tensor at_zero = where(eq(zeros_count, wrapped(1)), others, wrapped(0.0));
  const Tensor elsewhere = where(eq(zeros_count, wrapped(0)), others / filled, wrapped(0.0));
  return {(spread(args.grad(), args) * where(zero, at_zero, elsewhere)).to(args.input_meta(0).dtype)};
}
constexpr OpDef kProd = with_autocast(row<ReduceOp::kProd>("prod", backward_prod, save(0)), AutocastPolicy::kFloat32);

TensorList backward_extreme(const BackwardArgs& args) {
  const Tensor chosen = eq(args.input(0), spread(args.output(), args)).to(args.grad().dtype());
  const Tensor count = sum(chosen, args.attributes.dims(kDims), true);
  return {spread(args.grad(), args) * chosen / count};
}
constexpr OpDef kAmax = row<ReduceOp::kMax>("amax", backward_extreme, save(0), save(0));
constexpr OpDef kAmin = row<ReduceOp::kMin>("amin", backward_extreme, save(0), save(0));
constexpr OpDef kAll = row<ReduceOp::kAll>("all");
constexpr OpDef kAny = row<ReduceOp::kAny>("any");

// d var = 2 (x - mean) / (n - correction)
TensorList backward_var(const BackwardArgs& args) {
  const Tensor& x = args.input(0);
  const double divisor = std::max(0.0, reduced_count(args) - args.attributes.real(kP0));
  return {spread(args.grad() * (2 / divisor), args) * (x - mean(x, args.attributes.dims(kDims), true))};
}
constexpr OpDef kVar = row<ReduceOp::kVar>("var", backward_var, save(0));

TensorList backward_std(const BackwardArgs& args) {
  const Tensor& x = args.input(0);
  const double divisor = std::max(0.0, reduced_count(args) - args.attributes.real(kP0));
  const Tensor scaled = masked_fill(args.grad() / (args.output() * divisor), eq(args.output(), wrapped(0)), 0);
  return {spread(scaled, args) * (x - mean(x, args.attributes.dims(kDims), true))};
}
constexpr OpDef kStd = row<ReduceOp::kStd>("std", backward_std, save(0), save(0));

// Norms; the slope at a norm of 0 is 0, as in torch.
TensorList backward_norm2(const BackwardArgs& args) {
  const Tensor scaled = masked_fill(args.grad() / args.output(), eq(args.output(), wrapped(0)), 0);
  return {args.input(0) * spread(scaled, args)};
}
TensorList backward_norm1(const BackwardArgs& args) { return {sign(args.input(0)) * spread(args.grad(), args)}; }
TensorList backward_norm_inf(const BackwardArgs& args) {
  const Tensor& x = args.input(0);
  const Tensor chosen = eq(abs(x), spread(args.output(), args)).to(args.grad().dtype());
  return {sign(x) * chosen * spread(args.grad(), args) / sum(chosen, args.attributes.dims(kDims), true)};
}
TensorList backward_norm_p(const BackwardArgs& args) {
  const double p = args.attributes.real(kP0);
  const Tensor& x = args.input(0);
  const Tensor scaled = masked_fill(args.grad() / pow(args.output(), Scalar(p - 1)), eq(args.output(), wrapped(0)), 0);
  return {sign(x) * masked_fill(pow(abs(x), Scalar(p - 1)), eq(x, wrapped(0)), 0) * spread(scaled, args)};
}
constexpr OpDef kNorm1 = row<ReduceOp::kNorm1>("norm", backward_norm1, save(0));
constexpr OpDef kNorm2 = row<ReduceOp::kNorm2>("norm", backward_norm2, save(0), save(0));
constexpr OpDef kNormInf = row<ReduceOp::kNormInf>("norm", backward_norm_inf, save(0), save(0));
constexpr OpDef kNormNegInf = row<ReduceOp::kNormNegInf>("norm", backward_norm_inf, save(0), save(0));
constexpr OpDef kNormP = row<ReduceOp::kNormP>("norm", backward_norm_p, save(0), save(0));

TensorList backward_logsumexp(const BackwardArgs& args) {
  return {spread(args.grad(), args) * exp(args.input(0) - spread(args.output(), args))};
}
constexpr OpDef kLogSumExp = row<ReduceOp::kLogSumExp>("logsumexp", backward_logsumexp, save(0), save(0));

Dims normalized(const Tensor& input, Dims axes) {
  SmallVector<bool, 6> seen(static_cast<std::size_t>(std::max<std::int64_t>(input.dim(), 1)), false);
  for (std::int64_t& axis : axes) {
    axis = normalize_axis(axis, input.dim());
    if (std::exchange(seen[static_cast<std::size_t>(axis)], true))
      throw Error(fmt::format("dim {} appears multiple times in the list of dims", axis));
  }
  if (input.dim() == 0) axes.clear();
  return axes;
}

OwnedAttributes reduce_attributes(const Tensor& input, Dims axes, bool keepdim) {
  return {{kDims, normalized(input, std::move(axes))}, {kKeepdim, keepdim}};
}

void need_floating(std::string_view op, const Tensor& input) {
  if (!is_floating_point(input.dtype())) {
    throw Error(
        fmt::format("{}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
                    "Got: {}; convert it to float32",
                    op, name_of(input.dtype())));
  }
}

void need_elements(std::string_view op, const Tensor& input, const Dims& axes) {
  const auto reduced = reduced_axes(axes, input.shape().size());
  for (std::size_t i = 0; i < input.shape().size(); ++i) {
    if (reduced[i] && input.shape()[i] == 0) {
      throw IndexError(fmt::format(
          "{}(): Expected reduction dim {} to have non-zero size (shape {}): there is nothing to choose from", op, i,
          to_string(input.shape())));
    }
  }
}

Tensor with_p0(const OpDef& op, const Tensor& input, Dims axes, bool keepdim, double p0) {
  OwnedAttributes a = reduce_attributes(input, std::move(axes), keepdim);
  a.set(kP0, p0);
  return call(op, {input}, std::move(a));
}

/// torch answers in uint8 where it is asked about uint8, and in bool otherwise.
Tensor truth(const Tensor& input, const Tensor& answer) {
  return input.dtype() == DType::kUInt8 ? answer.to(DType::kUInt8) : answer;
}

Tensor extreme(std::string_view name, const OpDef& op, const Tensor& input, Dims axes, bool keepdim) {
  OwnedAttributes a = reduce_attributes(input, std::move(axes), keepdim);
  need_elements(name, input, a.view().dims(kDims));
  return call(op, {input}, std::move(a));
}

}  // namespace

Tensor sum(const Tensor& input, Dims axes, bool keepdim, std::optional<DType> dtype) {
  OwnedAttributes a = reduce_attributes(input, std::move(axes), keepdim);
  if (dtype) a.set("dtype", *dtype);
  return call(kSum, {input}, std::move(a));
}

Tensor mean(const Tensor& input, Dims axes, bool keepdim) {
  need_floating("mean", input);
  return call(kMean, {input}, reduce_attributes(input, std::move(axes), keepdim));
}
Tensor prod(const Tensor& input, std::optional<DType> dtype) {
  if (dtype && *dtype != input.dtype()) return prod(input.to(*dtype), dtype);  // factors are cast, not the product
  OwnedAttributes a = reduce_attributes(input, {}, false);
  if (dtype) a.set("dtype", *dtype);
  return call(kProd, {input}, std::move(a));
}
Tensor prod(const Tensor& input, std::int64_t axis, bool keepdim, std::optional<DType> dtype) {
  if (dtype && *dtype != input.dtype()) return prod(input.to(*dtype), axis, keepdim, dtype);
  OwnedAttributes a = reduce_attributes(input, {axis}, keepdim);
  if (dtype) a.set("dtype", *dtype);
  return call(kProd, {input}, std::move(a));
}
Tensor amax(const Tensor& input, Dims axes, bool keepdim) {
  return extreme("amax", kAmax, input, std::move(axes), keepdim);
}
Tensor amin(const Tensor& input, Dims axes, bool keepdim) {
  return extreme("amin", kAmin, input, std::move(axes), keepdim);
}
Tensor max(const Tensor& input) { return extreme("max", kAmax, input, {}, false); }
Tensor min(const Tensor& input) { return extreme("min", kAmin, input, {}, false); }
Tensor all(const Tensor& input, Dims axes, bool keepdim) {
  return truth(input, call(kAll, {input}, reduce_attributes(input, std::move(axes), keepdim)));
}
Tensor any(const Tensor& input, Dims axes, bool keepdim) {
  return truth(input, call(kAny, {input}, reduce_attributes(input, std::move(axes), keepdim)));
}
Tensor var(const Tensor& input, Dims axes, double correction, bool keepdim) {
  need_floating("var", input);
  return with_p0(kVar, input, std::move(axes), keepdim, correction);
}
Tensor std(const Tensor& input, Dims axes, double correction, bool keepdim) {
  need_floating("std", input);
  return with_p0(kStd, input, std::move(axes), keepdim, correction);
}
Tensor norm(const Tensor& input, double p, Dims axes, bool keepdim) {
  need_floating("norm", input);
  if (p == 0) return sum(ne(input.detach(), wrapped(0)), std::move(axes), keepdim).to(input.dtype());
  const OpDef& op = p == 1           ? kNorm1
                    : p == 2         ? kNorm2
                    : p == INFINITY  ? kNormInf
                    : p == -INFINITY ? kNormNegInf
                                     : kNormP;
  return with_p0(op, input, std::move(axes), keepdim, p);
}
Tensor logsumexp(const Tensor& input, Dims axes, bool keepdim) {
  need_floating("logsumexp", input);
  return call(kLogSumExp, {input}, reduce_attributes(input, std::move(axes), keepdim));
}

Tensor Tensor::sum() const { return lamella::sum(*this); }
Tensor Tensor::sum(Dims axes, bool keepdim) const { return lamella::sum(*this, std::move(axes), keepdim); }
Tensor Tensor::mean() const { return lamella::mean(*this); }
Tensor Tensor::mean(Dims axes, bool keepdim) const { return lamella::mean(*this, std::move(axes), keepdim); }

}  // namespace lamella
