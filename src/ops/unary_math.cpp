// Elementwise functions of one tensor beyond the common ones: other logarithms and powers, trigonometry, bits, and what
// is made of other functions.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/inplace.h>

#include "ops/composed.h"
#include "ops/elementwise.h"

namespace lamella {

using kernels::UnaryOp;
using namespace elementwise;

namespace {

constexpr double kLn2 = 0.6931471805599453;
constexpr double kLn10 = 2.302585092994046;
/// Minus two over the square root of pi: the slope of erfc at 0.
constexpr double kErfcSlope = -1.1283791670955126;

template <UnaryOp kOp>
constexpr OpDef of_input(std::string_view name, TensorList (*backward)(const BackwardArgs&)) {
  return {.name = name,
          .infer = infer_float,
          .forward = forward_unary<kOp, true>,
          .backward = backward,
          .saves_inputs = save(0)};
}
template <UnaryOp kOp>
constexpr OpDef of_output(std::string_view name, TensorList (*backward)(const BackwardArgs&)) {
  return {.name = name,
          .infer = infer_float,
          .forward = forward_unary<kOp, true>,
          .backward = backward,
          .saves_outputs = save(0)};
}

constexpr OpDef kLog2 = of_input<UnaryOp::kLog2>(
    "log2", [](const BackwardArgs& args) -> TensorList { return {args.grad() / (args.input(0) * kLn2)}; });
constexpr OpDef kLog10 = of_input<UnaryOp::kLog10>(
    "log10", [](const BackwardArgs& args) -> TensorList { return {args.grad() / (args.input(0) * kLn10)}; });
constexpr OpDef kExp2 = of_output<UnaryOp::kExp2>(
    "exp2", [](const BackwardArgs& args) -> TensorList { return {args.grad() * args.output() * kLn2}; });
constexpr OpDef kTan = of_output<UnaryOp::kTan>(
    "tan", [](const BackwardArgs& args) -> TensorList { return {args.grad() * (square(args.output()) + 1)}; });
constexpr OpDef kAsin = of_input<UnaryOp::kAsin>(
    "asin", [](const BackwardArgs& args) -> TensorList { return {args.grad() * rsqrt(1 - square(args.input(0)))}; });
constexpr OpDef kAcos = of_input<UnaryOp::kAcos>("acos", [](const BackwardArgs& args) -> TensorList {
  return {neg(args.grad() * rsqrt(1 - square(args.input(0))))};
});
constexpr OpDef kAtan = of_input<UnaryOp::kAtan>(
    "atan", [](const BackwardArgs& args) -> TensorList { return {args.grad() / (square(args.input(0)) + 1)}; });
constexpr OpDef kSinh = of_input<UnaryOp::kSinh>(
    "sinh", [](const BackwardArgs& args) -> TensorList { return {args.grad() * cosh(args.input(0))}; });
constexpr OpDef kCosh = of_input<UnaryOp::kCosh>(
    "cosh", [](const BackwardArgs& args) -> TensorList { return {args.grad() * sinh(args.input(0))}; });
constexpr OpDef kAsinh = of_input<UnaryOp::kAsinh>(
    "asinh", [](const BackwardArgs& args) -> TensorList { return {args.grad() * rsqrt(square(args.input(0)) + 1)}; });
constexpr OpDef kAcosh = of_input<UnaryOp::kAcosh>(
    "acosh", [](const BackwardArgs& args) -> TensorList { return {args.grad() * rsqrt(square(args.input(0)) - 1)}; });
constexpr OpDef kAtanh = of_input<UnaryOp::kAtanh>(
    "atanh", [](const BackwardArgs& args) -> TensorList { return {args.grad() / (1 - square(args.input(0)))}; });
constexpr OpDef kErfc = of_input<UnaryOp::kErfc>("erfc", [](const BackwardArgs& args) -> TensorList {
  return {args.grad() * (exp(neg(square(args.input(0)))) * kErfcSlope)};
});

void infer_bitwise_not(const InferArgs& args, OutputSpecs& outputs) {
  const DType dtype = args.input(0).dtype;
  if (is_floating_point(dtype))
    throw TypeError(fmt::format("bitwise_not: expected integers or bools, got {}; use logical_not for truth values",
                                name_of(dtype)));
  infer_same(args, outputs);
}
constexpr OpDef kBitwiseNot{
    .name = "bitwise_not", .infer = infer_bitwise_not, .forward = forward_unary<UnaryOp::kBitwiseNot, false>};

/// The largest finite number of a floating-point dtype.
double largest(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return std::numeric_limits<double>::max();
    case DType::kBFloat16:
      return 0x1.FEp127;
    case DType::kFloat16:
      return 65504;
    default:
      return std::numeric_limits<float>::max();
  }
}

}  // namespace

Tensor log2(const Tensor& a) { return call(kLog2, {a}); }
Tensor log10(const Tensor& a) { return call(kLog10, {a}); }
Tensor exp2(const Tensor& a) { return call(kExp2, {a}); }
Tensor tan(const Tensor& a) { return call(kTan, {a}); }
Tensor asin(const Tensor& a) { return call(kAsin, {a}); }
Tensor acos(const Tensor& a) { return call(kAcos, {a}); }
Tensor atan(const Tensor& a) { return call(kAtan, {a}); }
Tensor sinh(const Tensor& a) { return call(kSinh, {a}); }
Tensor cosh(const Tensor& a) { return call(kCosh, {a}); }
Tensor asinh(const Tensor& a) { return call(kAsinh, {a}); }
Tensor acosh(const Tensor& a) { return call(kAcosh, {a}); }
Tensor atanh(const Tensor& a) { return call(kAtanh, {a}); }
Tensor erfc(const Tensor& a) { return call(kErfc, {a}); }
Tensor bitwise_not(const Tensor& a) { return call(kBitwiseNot, {a}); }

const Tensor& log2_(const Tensor& a) { return call_inplace(kLog2, a, {a}); }
const Tensor& log10_(const Tensor& a) { return call_inplace(kLog10, a, {a}); }
const Tensor& exp2_(const Tensor& a) { return call_inplace(kExp2, a, {a}); }
const Tensor& tan_(const Tensor& a) { return call_inplace(kTan, a, {a}); }
const Tensor& asin_(const Tensor& a) { return call_inplace(kAsin, a, {a}); }
const Tensor& acos_(const Tensor& a) { return call_inplace(kAcos, a, {a}); }
const Tensor& atan_(const Tensor& a) { return call_inplace(kAtan, a, {a}); }
const Tensor& sinh_(const Tensor& a) { return call_inplace(kSinh, a, {a}); }
const Tensor& cosh_(const Tensor& a) { return call_inplace(kCosh, a, {a}); }
const Tensor& asinh_(const Tensor& a) { return call_inplace(kAsinh, a, {a}); }
const Tensor& acosh_(const Tensor& a) { return call_inplace(kAcosh, a, {a}); }
const Tensor& atanh_(const Tensor& a) { return call_inplace(kAtanh, a, {a}); }
const Tensor& erfc_(const Tensor& a) { return call_inplace(kErfc, a, {a}); }
const Tensor& bitwise_not_(const Tensor& a) { return call_inplace(kBitwiseNot, a, {a}); }

Tensor frac(const Tensor& a) {
  if (!is_floating_point(a.dtype()))
    throw NotImplementedError(fmt::format("frac: not implemented for {}", name_of(a.dtype())));
  return a - trunc(a.detach());
}
const Tensor& frac_(const Tensor& a) { return composed_in_place("frac_", a, frac); }

Tensor round(const Tensor& a, std::int64_t decimals) {
  if (decimals == 0) return round(a);
  if (!is_floating_point(a.dtype()))
    throw NotImplementedError(fmt::format("round: decimals are not implemented for {}", name_of(a.dtype())));
  if (size_of(a.dtype()) == 2) return round(a.to(DType::kFloat32), decimals).to(a.dtype());
  const double scale = std::pow(10.0, static_cast<double>(std::abs(decimals)));
  return decimals > 0 ? round(a * scale) / scale : round(a / scale) * scale;
}
const Tensor& round_(const Tensor& a, std::int64_t decimals) {
  if (decimals == 0) return round_(a);
  return composed_in_place("round_", a, [=](const Tensor& x) { return round(x, decimals); });
}

Tensor nan_to_num(const Tensor& a, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  if (!is_floating_point(a.dtype())) return a.clone();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto number = [&](double value) { return full({}, value, {.dtype = a.dtype()}); };
  const Tensor x = a.detach();
  const Tensor finite = where(isnan(x), number(nan), a);
  const Tensor below = where(eq(x, wrapped(infinity)), number(posinf.value_or(largest(a.dtype()))), finite);
  return where(eq(x, wrapped(-infinity)), number(neginf.value_or(-largest(a.dtype()))), below);
}
const Tensor& nan_to_num_(const Tensor& a, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  return composed_in_place("nan_to_num_", a, [&](const Tensor& x) { return nan_to_num(x, nan, posinf, neginf); });
}

Tensor logit(const Tensor& a, std::optional<double> eps) {
  const Tensor x = eps ? clamp(a, Scalar(*eps), Scalar(1 - *eps)) : a;
  return log(x / (1 - x));
}

}  // namespace lamella
