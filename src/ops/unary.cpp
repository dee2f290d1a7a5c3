// Elementwise functions of one tensor.
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/inplace.h>

#include "ops/elementwise.h"

namespace lamella {

using kernels::UnaryOp;
using namespace elementwise;

namespace {

using Backward = TensorList (*)(const BackwardArgs&);

/// A function that keeps the dtype.
template <UnaryOp kOp>
constexpr OpDef row(std::string_view name, Backward backward, std::uint32_t in = 0, std::uint32_t out = 0) {
  return {.name = name,
          .infer = infer_same,
          .forward = forward_unary<kOp, false>,
          .backward = backward,
          .saves_inputs = in,
          .saves_outputs = out};
}
/// A function whose result is floating-point whatever the input.
template <UnaryOp kOp>
constexpr OpDef float_row(std::string_view name, Backward backward, std::uint32_t in = 0, std::uint32_t out = 0) {
  return {.name = name,
          .infer = infer_float,
          .forward = forward_unary<kOp, true>,
          .backward = backward,
          .saves_inputs = in,
          .saves_outputs = out};
}
template <UnaryOp kOp>
constexpr OpDef bool_row(std::string_view name) {
  return {.name = name, .infer = infer_bool, .forward = forward_unary<kOp, false>};
}

/// Two over the square root of pi: the slope of erf at 0.
constexpr double kErfSlope = 1.1283791670955126;

TensorList zero_slope(const BackwardArgs& args) { return {zeros_like(args.grad())}; }

constexpr OpDef kNeg =
    row<UnaryOp::kNeg>("neg", [](const BackwardArgs& args) -> TensorList { return {neg(args.grad())}; });
constexpr OpDef kAbs = row<UnaryOp::kAbs>(
    "abs", [](const BackwardArgs& args) -> TensorList { return {args.grad() * sign(args.input(0))}; }, save(0));
constexpr OpDef kSign = row<UnaryOp::kSign>("sign", zero_slope);
constexpr OpDef kSquare = row<UnaryOp::kSquare>(
    "square", [](const BackwardArgs& args) -> TensorList { return {args.grad() * (args.input(0) * 2)}; }, save(0));
constexpr OpDef kFloor = row<UnaryOp::kFloor>("floor", zero_slope);
constexpr OpDef kCeil = row<UnaryOp::kCeil>("ceil", zero_slope);
constexpr OpDef kRound = row<UnaryOp::kRound>("round", zero_slope);
constexpr OpDef kTrunc = row<UnaryOp::kTrunc>("trunc", zero_slope);

constexpr OpDef kSqrt = float_row<UnaryOp::kSqrt>(
    "sqrt", [](const BackwardArgs& args) -> TensorList { return {args.grad() / (args.output() * 2)}; }, 0, save(0));
constexpr OpDef kRsqrt = float_row<UnaryOp::kRsqrt>(
    "rsqrt", [](const BackwardArgs& args) -> TensorList { return {args.grad() * (pow(args.output(), 3) * -0.5)}; }, 0,
    save(0));
constexpr OpDef kReciprocal = float_row<UnaryOp::kReciprocal>(
    "reciprocal", [](const BackwardArgs& args) -> TensorList { return {neg(args.grad() * square(args.output()))}; }, 0,
    save(0));
constexpr OpDef kExp = float_row<UnaryOp::kExp>(
    "exp", [](const BackwardArgs& args) -> TensorList { return {args.grad() * args.output()}; }, 0, save(0));
constexpr OpDef kExpm1 = float_row<UnaryOp::kExpm1>(
    "expm1", [](const BackwardArgs& args) -> TensorList { return {args.grad() * (args.output() + 1)}; }, 0, save(0));
constexpr OpDef kLog = float_row<UnaryOp::kLog>(
    "log", [](const BackwardArgs& args) -> TensorList { return {args.grad() / args.input(0)}; }, save(0));
constexpr OpDef kLog1p = float_row<UnaryOp::kLog1p>(
    "log1p", [](const BackwardArgs& args) -> TensorList { return {args.grad() / (args.input(0) + 1)}; }, save(0));
constexpr OpDef kSin = float_row<UnaryOp::kSin>(
    "sin", [](const BackwardArgs& args) -> TensorList { return {args.grad() * cos(args.input(0))}; }, save(0));
constexpr OpDef kCos = float_row<UnaryOp::kCos>(
    "cos", [](const BackwardArgs& args) -> TensorList { return {neg(args.grad() * sin(args.input(0)))}; }, save(0));
constexpr OpDef kErf = float_row<UnaryOp::kErf>(
    "erf",
    [](const BackwardArgs& args) -> TensorList {
      return {args.grad() * (exp(neg(square(args.input(0)))) * kErfSlope)};
    },
    save(0));

constexpr OpDef kLogicalNot = bool_row<UnaryOp::kLogicalNot>("logical_not");
constexpr OpDef kIsNan = bool_row<UnaryOp::kIsNan>("isnan");
constexpr OpDef kIsInf = bool_row<UnaryOp::kIsInf>("isinf");
constexpr OpDef kIsFinite = bool_row<UnaryOp::kIsFinite>("isfinite");

// clamp: the slope is 1 from bound to bound, both included.

void infer_clamp(const InferArgs& args, OutputSpecs& outputs) {
  DType dtype = args.input(0).dtype;
  for (const char* bound : {"min", "max"}) {
    if (!args.attributes.has(bound)) continue;
    const Scalar value = args.attributes.scalar(bound);
    if (value.is_float() && !is_floating_point(dtype)) dtype = default_dtype();
  }
  infer_as(args, outputs, dtype);
}
void forward_clamp(const ForwardArgs& args) {
  const Attributes& a = args.attributes;
  const bool low = a.has("min");
  const bool high = a.has("max");
  const UnaryOp op = low && high ? UnaryOp::kClamp : low ? UnaryOp::kClampMin : UnaryOp::kClampMax;
  const double min = low ? a.scalar("min").to_double() : 0;
  const double max = high ? a.scalar("max").to_double() : 0;
  run_unary(op, args.output().dtype(), args, low ? min : max, max);
}
TensorList backward_clamp(const BackwardArgs& args) {
  const Attributes& a = args.attributes;
  Tensor outside;
  if (a.has("min")) outside = lt(args.input(0), wrapped(a.scalar("min")));
  if (a.has("max")) {
    const Tensor above = gt(args.input(0), wrapped(a.scalar("max")));
    outside = outside.defined() ? logical_or(outside, above) : above;
  }
  return {masked_fill(args.grad(), outside, 0)};
}
constexpr OpDef kClamp{.name = "clamp",
                       .infer = infer_clamp,
                       .forward = forward_clamp,
                       .backward = backward_clamp,
                       .saves_inputs = save(0)};

}  // namespace

Tensor neg(const Tensor& a) { return call(kNeg, {a}); }
Tensor abs(const Tensor& a) { return call(kAbs, {a}); }
Tensor sign(const Tensor& a) { return call(kSign, {a}); }
Tensor square(const Tensor& a) { return call(kSquare, {a}); }
Tensor sqrt(const Tensor& a) { return call(kSqrt, {a}); }
Tensor rsqrt(const Tensor& a) { return call(kRsqrt, {a}); }
Tensor reciprocal(const Tensor& a) { return call(kReciprocal, {a}); }
Tensor exp(const Tensor& a) { return call(kExp, {a}); }
Tensor log(const Tensor& a) { return call(kLog, {a}); }
Tensor log1p(const Tensor& a) { return call(kLog1p, {a}); }
Tensor expm1(const Tensor& a) { return call(kExpm1, {a}); }
Tensor sin(const Tensor& a) { return call(kSin, {a}); }
Tensor cos(const Tensor& a) { return call(kCos, {a}); }
Tensor erf(const Tensor& a) { return call(kErf, {a}); }
Tensor floor(const Tensor& a) { return call(kFloor, {a}); }
Tensor ceil(const Tensor& a) { return call(kCeil, {a}); }
Tensor round(const Tensor& a) { return call(kRound, {a}); }
Tensor trunc(const Tensor& a) { return call(kTrunc, {a}); }
Tensor logical_not(const Tensor& a) { return call(kLogicalNot, {a}); }
Tensor isnan(const Tensor& a) { return call(kIsNan, {a}); }
Tensor isinf(const Tensor& a) { return call(kIsInf, {a}); }
Tensor isfinite(const Tensor& a) { return call(kIsFinite, {a}); }

const Tensor& neg_(const Tensor& a) { return call_inplace(kNeg, a, {a}); }
const Tensor& abs_(const Tensor& a) { return call_inplace(kAbs, a, {a}); }
const Tensor& sign_(const Tensor& a) { return call_inplace(kSign, a, {a}); }
const Tensor& square_(const Tensor& a) { return call_inplace(kSquare, a, {a}); }
const Tensor& sqrt_(const Tensor& a) { return call_inplace(kSqrt, a, {a}); }
const Tensor& rsqrt_(const Tensor& a) { return call_inplace(kRsqrt, a, {a}); }
const Tensor& reciprocal_(const Tensor& a) { return call_inplace(kReciprocal, a, {a}); }
const Tensor& exp_(const Tensor& a) { return call_inplace(kExp, a, {a}); }
const Tensor& log_(const Tensor& a) { return call_inplace(kLog, a, {a}); }
const Tensor& log1p_(const Tensor& a) { return call_inplace(kLog1p, a, {a}); }
const Tensor& expm1_(const Tensor& a) { return call_inplace(kExpm1, a, {a}); }
const Tensor& sin_(const Tensor& a) { return call_inplace(kSin, a, {a}); }
const Tensor& cos_(const Tensor& a) { return call_inplace(kCos, a, {a}); }
const Tensor& erf_(const Tensor& a) { return call_inplace(kErf, a, {a}); }
const Tensor& floor_(const Tensor& a) { return call_inplace(kFloor, a, {a}); }
const Tensor& ceil_(const Tensor& a) { return call_inplace(kCeil, a, {a}); }
const Tensor& round_(const Tensor& a) { return call_inplace(kRound, a, {a}); }
const Tensor& trunc_(const Tensor& a) { return call_inplace(kTrunc, a, {a}); }
const Tensor& logical_not_(const Tensor& a) {
  static constexpr OpDef row = ending_history(kLogicalNot);
  return call_inplace(row, a, {a});
}

namespace {

OwnedAttributes bounds(std::optional<Scalar> min, std::optional<Scalar> max) {
  if (!min && !max) throw Error("clamp: At least one of 'min' or 'max' must not be None");
  OwnedAttributes attributes;
  if (min) attributes.set("min", *min);
  if (max) attributes.set("max", *max);
  return attributes;
}

}  // namespace

Tensor clamp(const Tensor& input, std::optional<Scalar> min, std::optional<Scalar> max) {
  return call(kClamp, {input}, bounds(min, max));
}
const Tensor& clamp_(const Tensor& self, std::optional<Scalar> min, std::optional<Scalar> max) {
  return call_inplace(kClamp, self, {self}, bounds(min, max));
}

}  // namespace lamella
