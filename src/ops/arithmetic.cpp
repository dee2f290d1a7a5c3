// Sums, products and quotients of two tensors, and what chooses between them.
#include <lamella/ops/arithmetic.h>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/ops/inplace.h>
#include <lamella/ops/reduce.h>

#include "ops/elementwise.h"

namespace lamella {

using kernels::BinaryOp;
using namespace elementwise;

namespace {

constexpr const char* kAlpha = "alpha";

// add and sub: a ± alpha * b

void forward_add(const ForwardArgs& args) {
  run_binary(BinaryOp::kAdd, compute_type(args, false), args, args.attributes.scalar(kAlpha).to_double());
}
void forward_sub(const ForwardArgs& args) {
  run_binary(BinaryOp::kSub, compute_type(args, false), args, args.attributes.scalar(kAlpha).to_double());
}

TensorList add_like(const BackwardArgs& args, double sign) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = to_input(args.grad(), args.input_meta(0));
  if (args.needs_input(1)) {
    const double factor = sign * args.attributes.scalar(kAlpha).to_double();
    gradients[1] = to_input(factor == 1 ? args.grad() : args.grad() * factor, args.input_meta(1));
  }
  return gradients;
}
TensorList backward_add(const BackwardArgs& args) { return add_like(args, 1); }
TensorList backward_sub(const BackwardArgs& args) { return add_like(args, -1); }

void infer_add(const InferArgs& args, OutputSpecs& outputs) {
  infer_promoted(args, outputs);
  if (args.attributes.scalar(kAlpha).is_float() && !is_floating_point(outputs[0].dtype)) {
    throw Error("For integral input tensors, argument alpha must not be a floating point number.");
  }
}
void infer_sub(const InferArgs& args, OutputSpecs& outputs) {
  if (args.input(0).dtype == DType::kBool || args.input(1).dtype == DType::kBool) {
    throw TypeError(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use "
        "the `~` or `logical_not()` operator instead.");
  }
  infer_add(args, outputs);
}

constexpr OpDef kAdd{.name = "add", .infer = infer_add, .forward = forward_add, .backward = backward_add};
constexpr OpDef kSub{.name = "sub", .infer = infer_sub, .forward = forward_sub, .backward = backward_sub};

// mul

TensorList backward_mul(const BackwardArgs& args) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = to_input(args.grad() * args.input(1), args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(args.grad() * args.input(0), args.input_meta(1));
  return gradients;
}
constexpr OpDef kMul{.name = "mul",
                     .infer = infer_promoted,
                     .forward = forward_binary<BinaryOp::kMul>,
                     .backward = backward_mul,
                     .saves_inputs = save(0) | save(1),
                     .bilinear = true};

// div: d(a/b) = da/b - (a/b)/b db

TensorList backward_div(const BackwardArgs& args) {
  TensorList gradients(2);
  const Tensor scaled = args.grad() / args.input(1);
  if (args.needs_input(0)) gradients[0] = to_input(scaled, args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(neg(scaled * (args.input(0) / args.input(1))), args.input_meta(1));
  return gradients;
}
constexpr OpDef kDiv{.name = "div",
                     .infer = infer_float,
                     .forward = forward_binary<BinaryOp::kDiv, true>,
                     .backward = backward_div,
                     .saves_inputs = save(0) | save(1)};

TensorList backward_zero(const BackwardArgs& args) {
  TensorList gradients(args.input_metas.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (args.needs[i]) gradients[i] = zeros(args.input_metas[i].shape, {.dtype = args.input_metas[i].dtype});
  }
  return gradients;
}

TensorList backward_remainder(const BackwardArgs& args) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = to_input(args.grad(), args.input_meta(0));
  if (args.needs_input(1))
    gradients[1] = to_input(neg(args.grad() * floor_divide(args.input(0), args.input(1))), args.input_meta(1));
  return gradients;
}
constexpr OpDef kFloorDivide{.name = "floor_divide",
                             .infer = infer_promoted,
                             .forward = forward_binary<BinaryOp::kFloorDivide>,
                             .backward = backward_zero};
constexpr OpDef kRemainder{.name = "remainder",
                           .infer = infer_promoted,
                           .forward = forward_binary<BinaryOp::kRemainder>,
                           .backward = backward_remainder,
                           .saves_inputs = save(0) | save(1)};

// pow: da^b = b a^(b-1) da + a^b ln(a) db, with 0 where torch says 0 (b == 0; a == 0 and b >= 0).

TensorList backward_pow(const BackwardArgs& args) {
  TensorList gradients(2);
  const Tensor& a = args.input(0);
  const Tensor& b = args.input(1);
  if (args.needs_input(0)) {
    const Tensor less = b.dtype() == DType::kBool ? b.to(DType::kInt64) - 1 : b - 1;
    const Tensor slope = where(eq(b, wrapped(0)), wrapped(0.0), b * pow(a, less));
    gradients[0] = to_input(args.grad() * slope, args.input_meta(0));
  }
  if (args.needs_input(1)) {
    const Tensor flat = logical_and(eq(a, wrapped(0)), ge(b, wrapped(0)));
    gradients[1] = to_input(args.grad() * where(flat, wrapped(0.0), args.output() * log(a)), args.input_meta(1));
  }
  return gradients;
}
void infer_pow(const InferArgs& args, OutputSpecs& outputs) { infer_promoted(args, outputs); }
constexpr OpDef kPow{.name = "pow",
                     .infer = infer_pow,
                     .forward = forward_binary<BinaryOp::kPow>,
                     .backward = backward_pow,
                     .saves_inputs = save(0) | save(1),
                     .saves_outputs = save(0)};

// maximum and minimum: the gradient goes to the larger (smaller) one, half each for a tie.

TensorList choose(const BackwardArgs& args, Tensor (*loses)(const Tensor&, const Tensor&)) {
  TensorList gradients(2);
  const Tensor& a = args.input(0);
  const Tensor& b = args.input(1);
  const Tensor shared = where(eq(a, b), args.grad() * 0.5, args.grad());
  if (args.needs_input(0)) gradients[0] = to_input(masked_fill(shared, loses(a, b), 0), args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(masked_fill(shared, loses(b, a), 0), args.input_meta(1));
  return gradients;
}
TensorList backward_maximum(const BackwardArgs& args) { return choose(args, lt); }
TensorList backward_minimum(const BackwardArgs& args) { return choose(args, gt); }
constexpr OpDef kMaximum{.name = "maximum",
                         .infer = infer_promoted,
                         .forward = forward_binary<BinaryOp::kMaximum>,
                         .backward = backward_maximum,
                         .saves_inputs = save(0) | save(1)};
constexpr OpDef kMinimum{.name = "minimum",
                         .infer = infer_promoted,
                         .forward = forward_binary<BinaryOp::kMinimum>,
                         .backward = backward_minimum,
                         .saves_inputs = save(0) | save(1)};

// where

void infer_where(const InferArgs& args, OutputSpecs& outputs) {
  if (args.input(0).dtype != DType::kBool) {
    throw TypeError(fmt::format("where expected condition to be a boolean tensor, but got a tensor with dtype {}",
                                name_of(args.input(0).dtype)));
  }
  const InferArgs values{args.inputs.subspan(1), args.offsets, args.attributes};
  infer_as(args, outputs, result_type(values));
}
void forward_where(const ForwardArgs& args) {
  const Dims& shape = args.output().shape();
  const Access condition(args.input(0), shape);
  const Access a(args.input(1), shape);
  const Access b(args.input(2), shape);
  const WriteAccess out(args.output());
  kernels::ternary(kernels::TernaryOp::kWhere, args.output().dtype(), shape, out, condition, a, b);
}
TensorList backward_where(const BackwardArgs& args) {
  TensorList gradients(3);
  if (args.needs_input(1)) gradients[1] = to_input(where(args.input(0), args.grad(), wrapped(0.0)), args.input_meta(1));
  if (args.needs_input(2)) gradients[2] = to_input(where(args.input(0), wrapped(0.0), args.grad()), args.input_meta(2));
  return gradients;
}
constexpr OpDef kWhere{.name = "where",
                       .infer = infer_where,
                       .forward = forward_where,
                       .backward = backward_where,
                       .saves_inputs = save(0)};

// masked_fill

void infer_masked_fill(const InferArgs& args, OutputSpecs& outputs) {
  if (args.input(1).dtype != DType::kBool)
    throw TypeError(fmt::format("masked_fill only supports boolean masks, but got mask with dtype {}",
                                name_of(args.input(1).dtype)));
  infer_as(args, outputs, args.input(0).dtype);
  outputs[0].strides.clear();  // contiguous whatever the inputs are, as in torch
}
void forward_masked_fill(const ForwardArgs& args) {
  const Tensor value = wrapped(args.attributes.scalar("value"));
  const Dims& shape = args.output().shape();
  const Access mask(args.input(1), shape);
  const Access fill(value, shape);
  const Access input(args.input(0), shape);
  const WriteAccess out(args.output());
  kernels::ternary(kernels::TernaryOp::kWhere, args.output().dtype(), shape, out, mask, fill, input);
}
TensorList backward_masked_fill(const BackwardArgs& args) {
  return {to_input(masked_fill(args.grad(), args.input(1), 0), args.input_meta(0)), Tensor()};
}
constexpr OpDef kMaskedFill{.name = "masked_fill",
                            .infer = infer_masked_fill,
                            .forward = forward_masked_fill,
                            .backward = backward_masked_fill,
                            .saves_inputs = save(1)};

constexpr OpDef kEq{.name = "eq", .infer = infer_bool, .forward = forward_binary<BinaryOp::kEq>};
constexpr OpDef kNe{.name = "ne", .infer = infer_bool, .forward = forward_binary<BinaryOp::kNe>};
constexpr OpDef kLt{.name = "lt", .infer = infer_bool, .forward = forward_binary<BinaryOp::kLt>};
constexpr OpDef kLe{.name = "le", .infer = infer_bool, .forward = forward_binary<BinaryOp::kLe>};
constexpr OpDef kGt{.name = "gt", .infer = infer_bool, .forward = forward_binary<BinaryOp::kGt>};
constexpr OpDef kGe{.name = "ge", .infer = infer_bool, .forward = forward_binary<BinaryOp::kGe>};
constexpr OpDef kLogicalAnd{
    .name = "logical_and", .infer = infer_bool, .forward = forward_binary<BinaryOp::kLogicalAnd>};
constexpr OpDef kLogicalOr{.name = "logical_or", .infer = infer_bool, .forward = forward_binary<BinaryOp::kLogicalOr>};
constexpr OpDef kLogicalXor{
    .name = "logical_xor", .infer = infer_bool, .forward = forward_binary<BinaryOp::kLogicalXor>};

}  // namespace

Tensor wrapped(Scalar value) {
  Tensor number = full({}, value, {.dtype = value.is_float() ? DType::kFloat64 : value.natural_dtype()});
  impl(number).meta.wrapped_number = true;
  return number;
}

Tensor add(const Tensor& a, const Tensor& b, Scalar alpha) { return call(kAdd, {a, b}, {{kAlpha, alpha}}); }
Tensor add(const Tensor& a, Scalar b, Scalar alpha) { return add(a, wrapped(b), alpha); }
Tensor sub(const Tensor& a, const Tensor& b, Scalar alpha) { return call(kSub, {a, b}, {{kAlpha, alpha}}); }
Tensor sub(const Tensor& a, Scalar b, Scalar alpha) { return sub(a, wrapped(b), alpha); }
Tensor mul(const Tensor& a, const Tensor& b) { return call(kMul, {a, b}); }
Tensor mul(const Tensor& a, Scalar b) { return mul(a, wrapped(b)); }
Tensor div(const Tensor& a, const Tensor& b) { return call(kDiv, {a, b}); }
Tensor div(const Tensor& a, Scalar b) { return div(a, wrapped(b)); }
Tensor floor_divide(const Tensor& a, const Tensor& b) { return call(kFloorDivide, {a, b}); }
Tensor remainder(const Tensor& a, const Tensor& b) { return call(kRemainder, {a, b}); }
Tensor pow(const Tensor& a, const Tensor& b) { return call(kPow, {a, b}); }
Tensor pow(const Tensor& a, Scalar exponent) {
  if (!is_floating_point(a.dtype()) && !exponent.is_float() && exponent.to_int() < 0)
    throw Error("Integers to negative integer powers are not allowed.");
  return pow(a, wrapped(exponent));
}
Tensor maximum(const Tensor& a, const Tensor& b) { return call(kMaximum, {a, b}); }
Tensor minimum(const Tensor& a, const Tensor& b) { return call(kMinimum, {a, b}); }
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) { return call(kWhere, {condition, a, b}); }
Tensor masked_fill(const Tensor& input, const Tensor& mask, Scalar value) {
  return call(kMaskedFill, {input, mask}, {{"value", value}});
}

Tensor eq(const Tensor& a, const Tensor& b) { return call(kEq, {a, b}); }
Tensor ne(const Tensor& a, const Tensor& b) { return call(kNe, {a, b}); }
Tensor lt(const Tensor& a, const Tensor& b) { return call(kLt, {a, b}); }
Tensor le(const Tensor& a, const Tensor& b) { return call(kLe, {a, b}); }
Tensor gt(const Tensor& a, const Tensor& b) { return call(kGt, {a, b}); }
Tensor ge(const Tensor& a, const Tensor& b) { return call(kGe, {a, b}); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return call(kLogicalAnd, {a, b}); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return call(kLogicalOr, {a, b}); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return call(kLogicalXor, {a, b}); }

const Tensor& Tensor::add_(const Tensor& other, Scalar alpha) const {
  return call_inplace(kAdd, *this, {*this, other}, {{kAlpha, alpha}});
}
const Tensor& Tensor::add_(Scalar other) const { return add_(wrapped(other)); }
const Tensor& Tensor::sub_(const Tensor& other, Scalar alpha) const {
  return call_inplace(kSub, *this, {*this, other}, {{kAlpha, alpha}});
}
const Tensor& Tensor::mul_(const Tensor& other) const { return call_inplace(kMul, *this, {*this, other}); }
const Tensor& Tensor::mul_(Scalar other) const { return mul_(wrapped(other)); }
const Tensor& Tensor::div_(const Tensor& other) const { return call_inplace(kDiv, *this, {*this, other}); }
const Tensor& Tensor::div_(Scalar other) const { return div_(wrapped(other)); }

namespace {

template <const OpDef& kRow>
const Tensor& overwrite(const Tensor& self, const Tensor& other) {
  static constexpr OpDef row = ending_history(kRow);
  return call_inplace(row, self, {self, other});
}

}  // namespace

const Tensor& floor_divide_(const Tensor& self, const Tensor& other) {
  return call_inplace(kFloorDivide, self, {self, other});
}
const Tensor& remainder_(const Tensor& self, const Tensor& other) {
  return call_inplace(kRemainder, self, {self, other});
}
const Tensor& pow_(const Tensor& self, const Tensor& other) { return call_inplace(kPow, self, {self, other}); }
const Tensor& eq_(const Tensor& self, const Tensor& other) { return overwrite<kEq>(self, other); }
const Tensor& ne_(const Tensor& self, const Tensor& other) { return overwrite<kNe>(self, other); }
const Tensor& lt_(const Tensor& self, const Tensor& other) { return overwrite<kLt>(self, other); }
const Tensor& le_(const Tensor& self, const Tensor& other) { return overwrite<kLe>(self, other); }
const Tensor& gt_(const Tensor& self, const Tensor& other) { return overwrite<kGt>(self, other); }
const Tensor& ge_(const Tensor& self, const Tensor& other) { return overwrite<kGe>(self, other); }
const Tensor& logical_and_(const Tensor& self, const Tensor& other) { return overwrite<kLogicalAnd>(self, other); }
const Tensor& logical_or_(const Tensor& self, const Tensor& other) { return overwrite<kLogicalOr>(self, other); }
const Tensor& logical_xor_(const Tensor& self, const Tensor& other) { return overwrite<kLogicalXor>(self, other); }
const Tensor& masked_fill_(const Tensor& self, const Tensor& mask, Scalar value) {
  return call_inplace(kMaskedFill, self, {self, mask}, {{"value", value}});
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  if (a.dtype() != b.dtype())
    throw Error(fmt::format("allclose: {} did not match {}", name_of(a.dtype()), name_of(b.dtype())));
  const NoGradGuard guard;
  // Equal values are close even where they are infinite.
  Tensor close = logical_or(eq(a, b), logical_and(isfinite(b), le(abs(a - b), abs(b) * rtol + atol)));
  if (equal_nan) close = logical_or(close, logical_and(isnan(a), isnan(b)));
  return all(close).item<bool>();
}

bool equal(const Tensor& a, const Tensor& b) {
  if (!(a.shape() == b.shape())) return false;
  const NoGradGuard guard;
  return all(eq(a, b)).item<bool>();
}

}  // namespace lamella
