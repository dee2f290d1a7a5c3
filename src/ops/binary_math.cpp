// Elementwise functions of two and three tensors beyond the common ones.
#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/inplace.h>

#include "ops/composed.h"
#include "ops/elementwise.h"

namespace lamella {

using kernels::BinaryOp;
using kernels::TernaryOp;
using namespace elementwise;

namespace {

constexpr const char* kValue = "value";

// fmod and truncated division: a = trunc(a / b) b + fmod(a, b)

TensorList backward_fmod(const BackwardArgs& args) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = to_input(args.grad(), args.input_meta(0));
  if (args.needs_input(1))
    gradients[1] = to_input(neg(args.grad() * trunc(args.input(0) / args.input(1))), args.input_meta(1));
  return gradients;
}
TensorList backward_step(const BackwardArgs& args) {
  TensorList gradients(2);
  for (int i = 0; i < 2; ++i) {
    const TensorMeta& input = args.input_meta(i);
    if (args.needs_input(i)) gradients[static_cast<std::size_t>(i)] = zeros(input.shape, {.dtype = input.dtype});
  }
  return gradients;
}
constexpr OpDef kFmod{.name = "fmod",
                      .infer = infer_promoted,
                      .forward = forward_binary<BinaryOp::kFmod>,
                      .backward = backward_fmod,
                      .saves_inputs = save(0) | save(1)};
constexpr OpDef kTruncDivide{.name = "div_trunc",
                             .infer = infer_promoted,
                             .forward = forward_binary<BinaryOp::kTruncDivide>,
                             .backward = backward_step};

// atan2, hypot, copysign

TensorList backward_atan2(const BackwardArgs& args) {
  TensorList gradients(2);
  const Tensor& y = args.input(0);
  const Tensor& x = args.input(1);
  const Tensor scaled = args.grad() / (square(y) + square(x));
  if (args.needs_input(0)) gradients[0] = to_input(scaled * x, args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(neg(scaled * y), args.input_meta(1));
  return gradients;
}
constexpr OpDef kAtan2{.name = "atan2",
                       .infer = infer_float,
                       .forward = forward_binary<BinaryOp::kAtan2, true>,
                       .backward = backward_atan2,
                       .saves_inputs = save(0) | save(1)};

void infer_floating(const InferArgs& args, OutputSpecs& outputs) {
  infer_promoted(args, outputs);
  if (!is_floating_point(outputs[0].dtype))
    throw NotImplementedError(
        fmt::format("not implemented for {}; convert the inputs to float32", name_of(outputs[0].dtype)));
}
TensorList backward_hypot(const BackwardArgs& args) {
  TensorList gradients(2);
  const Tensor scaled = args.grad() / args.output();
  for (int i = 0; i < 2; ++i) {
    if (args.needs_input(i))
      gradients[static_cast<std::size_t>(i)] = to_input(scaled * args.input(i), args.input_meta(i));
  }
  return gradients;
}
constexpr OpDef kHypot{.name = "hypot",
                       .infer = infer_floating,
                       .forward = forward_binary<BinaryOp::kHypot>,
                       .backward = backward_hypot,
                       .saves_inputs = save(0) | save(1),
                       .saves_outputs = save(0)};

TensorList backward_copysign(const BackwardArgs& args) {
  TensorList gradients = backward_step(args);
  const Tensor& a = args.input(0);
  if (args.needs_input(0)) {
    const Tensor ratio = masked_fill(args.output() / a, eq(a, wrapped(0)), 0);
    gradients[0] = to_input(args.grad() * ratio.detach(), args.input_meta(0));
  }
  return gradients;
}
constexpr OpDef kCopysign{.name = "copysign",
                          .infer = infer_float,
                          .forward = forward_binary<BinaryOp::kCopysign, true>,
                          .backward = backward_copysign,
                          .saves_inputs = save(0),
                          .saves_outputs = save(0)};

// logaddexp: max + log(1 + exp(-|a - b|)), where equal infinities stay themselves.

void forward_logaddexp(const ForwardArgs& args) {
  const Tensor& a = args.input(0);
  const Tensor& b = args.input(1);
  const Tensor sum = maximum(a, b) + log1p(exp(neg(abs(a - b))));
  args.output().copy_(where(logical_and(eq(a, b), isinf(a)), a, sum));
}
TensorList backward_logaddexp(const BackwardArgs& args) {
  TensorList gradients(2);
  const Tensor difference = args.input(0) - args.input(1);
  if (args.needs_input(0)) gradients[0] = to_input(args.grad() * sigmoid(difference), args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(args.grad() * sigmoid(neg(difference)), args.input_meta(1));
  return gradients;
}
constexpr OpDef kLogaddexp{.name = "logaddexp",
                           .infer = infer_floating,
                           .forward = forward_logaddexp,
                           .backward = backward_logaddexp,
                           .saves_inputs = save(0) | save(1)};

// Bits

void infer_bits(const InferArgs& args, OutputSpecs& outputs) {
  infer_promoted(args, outputs);
  if (is_floating_point(outputs[0].dtype))
    throw NotImplementedError(
        fmt::format("bitwise operators are for integers and bool, not for {}", name_of(outputs[0].dtype)));
}
void infer_shift(const InferArgs& args, OutputSpecs& outputs) {
  infer_bits(args, outputs);
  if (outputs[0].dtype == DType::kBool) throw NotImplementedError("shifts are for integers, not for bool");
}
template <BinaryOp kOp>
constexpr OpDef bits_row(std::string_view name) {
  return {.name = name, .infer = infer_bits, .forward = forward_binary<kOp>};
}
constexpr OpDef kBitwiseAnd = bits_row<BinaryOp::kBitwiseAnd>("bitwise_and");
constexpr OpDef kBitwiseOr = bits_row<BinaryOp::kBitwiseOr>("bitwise_or");
constexpr OpDef kBitwiseXor = bits_row<BinaryOp::kBitwiseXor>("bitwise_xor");
constexpr OpDef kLeftShift{
    .name = "bitwise_left_shift", .infer = infer_shift, .forward = forward_binary<BinaryOp::kLeftShift>};
constexpr OpDef kRightShift{
    .name = "bitwise_right_shift", .infer = infer_shift, .forward = forward_binary<BinaryOp::kRightShift>};

// Three tensors

template <TernaryOp kOp>
void forward_ternary(const ForwardArgs& args) {
  const Dims& shape = args.output().shape();
  const Access a(args.input(0), shape);
  const Access b(args.input(1), shape);
  const Access c(args.input(2), shape);
  const WriteAccess out(args.output());
  const double value = args.attributes.has(kValue) ? args.attributes.scalar(kValue).to_double() : 1;
  kernels::ternary(kOp, result_type(args.inputs), shape, out, a, b, c, value);
}

void infer_lerp(const InferArgs& args, OutputSpecs& outputs) {
  const DType dtype = args.input(0).dtype;
  for (int i = 1; i < 3; ++i) {
    if (args.input(i).dtype == dtype || args.input(i).wrapped_number) continue;
    throw Error(fmt::format("lerp: expected dtype {} for `{}` but got dtype {}", name_of(dtype),
                            i == 1 ? "end" : "weight", name_of(args.input(i).dtype)));
  }
  if (!is_floating_point(dtype)) throw NotImplementedError(fmt::format("lerp: not implemented for {}", name_of(dtype)));
  infer_as(args, outputs, dtype);
}
TensorList backward_lerp(const BackwardArgs& args) {
  TensorList gradients(3);
  const Tensor& weight = args.input(2);
  if (args.needs_input(0)) gradients[0] = to_input(args.grad() * (1 - weight), args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(args.grad() * weight, args.input_meta(1));
  if (args.needs_input(2)) gradients[2] = to_input(args.grad() * (args.input(1) - args.input(0)), args.input_meta(2));
  return gradients;
}
constexpr OpDef kLerp{.name = "lerp",
                      .infer = infer_lerp,
                      .forward = forward_ternary<TernaryOp::kLerp>,
                      .backward = backward_lerp,
                      .saves_inputs = kSaveAll};

Tensor times(const Tensor& a, const Scalar& value) { return value == Scalar(1) ? a : a * value; }

TensorList backward_addcmul(const BackwardArgs& args) {
  TensorList gradients(3);
  const Scalar value = args.attributes.scalar(kValue);
  if (args.needs_input(0)) gradients[0] = to_input(args.grad(), args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(times(args.grad() * args.input(2), value), args.input_meta(1));
  if (args.needs_input(2)) gradients[2] = to_input(times(args.grad() * args.input(1), value), args.input_meta(2));
  return gradients;
}
constexpr OpDef kAddcmul{.name = "addcmul",
                         .infer = infer_promoted,
                         .forward = forward_ternary<TernaryOp::kAddcmul>,
                         .backward = backward_addcmul,
                         .saves_inputs = save(1) | save(2)};

TensorList backward_addcdiv(const BackwardArgs& args) {
  TensorList gradients(3);
  const Scalar value = args.attributes.scalar(kValue);
  const Tensor scaled = times(args.grad() / args.input(2), value);
  if (args.needs_input(0)) gradients[0] = to_input(args.grad(), args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(scaled, args.input_meta(1));
  if (args.needs_input(2)) gradients[2] = to_input(neg(scaled * (args.input(1) / args.input(2))), args.input_meta(2));
  return gradients;
}
void infer_addcdiv(const InferArgs& args, OutputSpecs& outputs) {
  infer_promoted(args, outputs);
  if (!is_floating_point(args.input(1).dtype) && !is_floating_point(args.input(2).dtype))
    throw Error("Integer division with addcdiv is not supported; convert one of the tensors to floating point");
}
constexpr OpDef kAddcdiv{.name = "addcdiv",
                         .infer = infer_addcdiv,
                         .forward = forward_ternary<TernaryOp::kAddcdiv>,
                         .backward = backward_addcdiv,
                         .saves_inputs = save(1) | save(2)};

// clamp by tensors: the gradient goes to the value inside of the bounds (on them too), and else to the bound that won.

TensorList backward_clamp(const BackwardArgs& args) {
  TensorList gradients(3);
  const Tensor& x = args.input(0);
  const Tensor& low = args.input(1);
  const Tensor& high = args.input(2);
  const auto only = [&](const Tensor& mask, int i) {
    return to_input(masked_fill(args.grad(), logical_not(mask), 0), args.input_meta(i));
  };
  if (args.needs_input(0)) gradients[0] = only(logical_and(ge(x, low), le(x, high)), 0);
  if (args.needs_input(1)) gradients[1] = only(logical_and(lt(low, high), lt(x, low)), 1);
  if (args.needs_input(2)) gradients[2] = only(logical_or(gt(x, high), gt(low, high)), 2);
  return gradients;
}
constexpr OpDef kClamp{.name = "clamp_tensors",
                       .infer = infer_promoted,
                       .forward = forward_ternary<TernaryOp::kClamp>,
                       .backward = backward_clamp,
                       .saves_inputs = kSaveAll};

/// One bound; `loses(x, bound)` says where the bound wins.
TensorList bounded(const BackwardArgs& args, Tensor (*loses)(const Tensor&, const Tensor&)) {
  TensorList gradients(2);
  const Tensor bound_wins = loses(args.input(0), args.input(1));
  if (args.needs_input(0)) gradients[0] = to_input(masked_fill(args.grad(), bound_wins, 0), args.input_meta(0));
  if (args.needs_input(1))
    gradients[1] = to_input(masked_fill(args.grad(), logical_not(bound_wins), 0), args.input_meta(1));
  return gradients;
}
TensorList backward_clamp_min(const BackwardArgs& args) { return bounded(args, lt); }
TensorList backward_clamp_max(const BackwardArgs& args) { return bounded(args, gt); }
constexpr OpDef kClampMin{.name = "clamp_min",
                          .infer = infer_promoted,
                          .forward = forward_binary<BinaryOp::kMaximum>,
                          .backward = backward_clamp_min,
                          .saves_inputs = save(0) | save(1)};
constexpr OpDef kClampMax{.name = "clamp_max",
                          .infer = infer_promoted,
                          .forward = forward_binary<BinaryOp::kMinimum>,
                          .backward = backward_clamp_max,
                          .saves_inputs = save(0) | save(1)};

}  // namespace

Tensor fmod(const Tensor& a, const Tensor& b) { return call(kFmod, {a, b}); }
Tensor div(const Tensor& a, const Tensor& b, std::string_view rounding_mode) {
  if (rounding_mode == "floor") return floor_divide(a, b);
  if (rounding_mode == "trunc") return call(kTruncDivide, {a, b});
  throw Error(
      fmt::format("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{}'", rounding_mode));
}
Tensor atan2(const Tensor& a, const Tensor& b) { return call(kAtan2, {a, b}); }
Tensor hypot(const Tensor& a, const Tensor& b) { return call(kHypot, {a, b}); }
Tensor copysign(const Tensor& a, const Tensor& b) { return call(kCopysign, {a, b}); }
Tensor logaddexp(const Tensor& a, const Tensor& b) { return call(kLogaddexp, {a, b}); }
Tensor bitwise_and(const Tensor& a, const Tensor& b) { return call(kBitwiseAnd, {a, b}); }
Tensor bitwise_or(const Tensor& a, const Tensor& b) { return call(kBitwiseOr, {a, b}); }
Tensor bitwise_xor(const Tensor& a, const Tensor& b) { return call(kBitwiseXor, {a, b}); }
Tensor bitwise_left_shift(const Tensor& a, const Tensor& b) { return call(kLeftShift, {a, b}); }
Tensor bitwise_right_shift(const Tensor& a, const Tensor& b) { return call(kRightShift, {a, b}); }

Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) { return call(kLerp, {start, end, weight}); }
Tensor lerp(const Tensor& start, const Tensor& end, Scalar weight) { return lerp(start, end, wrapped(weight)); }
Tensor addcmul(const Tensor& input, const Tensor& a, const Tensor& b, Scalar value) {
  return call(kAddcmul, {input, a, b}, {{kValue, value}});
}
Tensor addcdiv(const Tensor& input, const Tensor& a, const Tensor& b, Scalar value) {
  return call(kAddcdiv, {input, a, b}, {{kValue, value}});
}
Tensor clamp(const Tensor& input, const Tensor& min, const Tensor& max) {
  if (min.defined() && max.defined()) return call(kClamp, {input, min, max});
  if (min.defined()) return call(kClampMin, {input, min});
  if (max.defined()) return call(kClampMax, {input, max});
  throw Error("clamp: At least one of 'min' or 'max' must not be None");
}

Tensor where(const Tensor& condition, Scalar a, const Tensor& b) { return where(condition, wrapped(a), b); }
Tensor where(const Tensor& condition, const Tensor& a, Scalar b) { return where(condition, a, wrapped(b)); }
Tensor where(const Tensor& condition, Scalar a, Scalar b) { return where(condition, wrapped(a), wrapped(b)); }
Tensor masked_fill(const Tensor& input, const Tensor& mask, const Tensor& value) {
  if (value.dim() != 0)
    throw Error(fmt::format(
        "masked_fill only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).", value.dim()));
  return where(mask, value.to(input.dtype()), input).contiguous();
}
const Tensor& masked_fill_(const Tensor& self, const Tensor& mask, const Tensor& value) {
  return composed_in_place("masked_fill_", self, [&](const Tensor& x) { return masked_fill(x, mask, value); });
}

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  if (a.dtype() != b.dtype())
    throw Error(fmt::format("isclose: {} did not match {}", name_of(a.dtype()), name_of(b.dtype())));
  if (rtol < 0 || atol < 0)
    throw Error(
        fmt::format("rtol and atol must be greater than or equal to zero, but got rtol {} and atol {}", rtol, atol));
  const Tensor x = a.detach();
  const Tensor y = b.detach();
  Tensor close = eq(x, y);  // equal values are close even where they are infinite
  if (equal_nan) close = logical_or(close, logical_and(isnan(x), isnan(y)));
  if (rtol == 0 && atol == 0) return close;
  const Tensor other = is_floating_point(y.dtype()) ? y : y.to(default_dtype());
  const Tensor error = abs(x - other);
  return logical_or(close, logical_and(isfinite(error), le(error, abs(other * rtol) + atol)));
}

const Tensor& fmod_(const Tensor& self, const Tensor& other) { return call_inplace(kFmod, self, {self, other}); }
const Tensor& atan2_(const Tensor& self, const Tensor& other) { return call_inplace(kAtan2, self, {self, other}); }
const Tensor& bitwise_and_(const Tensor& self, const Tensor& other) {
  return call_inplace(kBitwiseAnd, self, {self, other});
}
const Tensor& bitwise_or_(const Tensor& self, const Tensor& other) {
  return call_inplace(kBitwiseOr, self, {self, other});
}
const Tensor& bitwise_xor_(const Tensor& self, const Tensor& other) {
  return call_inplace(kBitwiseXor, self, {self, other});
}
const Tensor& bitwise_left_shift_(const Tensor& self, const Tensor& other) {
  return call_inplace(kLeftShift, self, {self, other});
}
const Tensor& bitwise_right_shift_(const Tensor& self, const Tensor& other) {
  return call_inplace(kRightShift, self, {self, other});
}
const Tensor& lerp_(const Tensor& self, const Tensor& end, const Tensor& weight) {
  return call_inplace(kLerp, self, {self, end, weight});
}
const Tensor& lerp_(const Tensor& self, const Tensor& end, Scalar weight) { return lerp_(self, end, wrapped(weight)); }
const Tensor& addcmul_(const Tensor& self, const Tensor& a, const Tensor& b, Scalar value) {
  return call_inplace(kAddcmul, self, {self, a, b}, {{kValue, value}});
}
const Tensor& addcdiv_(const Tensor& self, const Tensor& a, const Tensor& b, Scalar value) {
  return call_inplace(kAddcdiv, self, {self, a, b}, {{kValue, value}});
}
const Tensor& clamp_(const Tensor& self, const Tensor& min, const Tensor& max) {
  if (min.defined() && max.defined()) return call_inplace(kClamp, self, {self, min, max});
  if (min.defined()) return call_inplace(kClampMin, self, {self, min});
  if (max.defined()) return call_inplace(kClampMax, self, {self, max});
  throw Error("clamp_: At least one of 'min' or 'max' must not be None");
}

}  // namespace lamella
