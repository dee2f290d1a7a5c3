// Special functions. None of them is a hot spot: they compute element by element in float64, and round once.
#include <lamella/ops/special.h>

#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

#include "core/parallel.h"
#include "ops/elementwise.h"

namespace lamella {

using namespace elementwise;

namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The inverse of the error function: Giles' approximation ("Approximating the erfinv function", 2011) and two of
/// Newton's steps.
double erfinv_of(double y) {
  if (!(std::abs(y) <= 1)) return kNan;
  if (std::abs(y) == 1) return std::copysign(kInfinity, y);
  const double w = -std::log((1 - y) * (1 + y));
  constexpr double kNear[] = {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                              -0.00125372503, -0.00417768164, 0.246640727,    1.50140941};
  constexpr double kFar[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                             -0.0076224613,   0.00943887047,  1.00167406,    2.83297682};
  const bool near = w < 5;
  const double at = near ? w - 2.5 : std::sqrt(w) - 3;
  double p = 0;
  for (const double c : near ? kNear : kFar) p = p * at + c;
  double x = p * y;
  for (int i = 0; i < 2; ++i) x -= (std::erf(x) - y) / (2 / std::sqrt(kPi) * std::exp(-x * x));
  return x;
}

/// Of an integer or beyond gamma is infinite; glibc agrees, and std::lgamma would write its sign to a global.
double lgamma_of(double x) {
#if defined(__GLIBC__)
  int sign = 0;
  return ::lgamma_r(x, &sign);
#else
  return std::lgamma(x);
#endif
}

/// The recurrence up to 10, then the asymptotic series (Abramowitz and Stegun 6.3.18); reflection below zero.
double digamma_of(double x) {
  if (x == 0) return std::copysign(kInfinity, -x);
  if (x < 0) {
    if (x == std::floor(x)) return kNan;
    double whole = 0;
    return digamma_of(1 - x) - kPi / std::tan(kPi * std::modf(x, &whole));
  }
  double sum = 0;
  for (; x < 10; ++x) sum -= 1 / x;
  const double z = 1 / (x * x);
  const double series = z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132)))));
  return sum + std::log(x) - 0.5 / x - series;
}

/// The derivative of digamma (Abramowitz and Stegun 6.4.12).
double trigamma_of(double x) {
  if (x < 0.5) {
    const double s = std::sin(kPi * x);
    return kPi * kPi / (s * s) - trigamma_of(1 - x);
  }
  double sum = 0;
  for (; x < 10; ++x) sum += 1 / (x * x);
  const double z = 1 / (x * x);
  const double series = z * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66)))));
  return sum + (1 + 0.5 / x + series) / x;
}

template <double (*kFunction)(double)>
void forward_each(const ForwardArgs& args) {
  const Tensor x = empty(args.input(0).shape(), {.dtype = DType::kFloat64});
  x.copy_(args.input(0));  // row by row in memory, whatever the input's order
  const Tensor y = empty(x.shape(), {.dtype = DType::kFloat64});
  const auto* from = reinterpret_cast<const double*>(physical(x).data);
  auto* to = reinterpret_cast<double*>(physical_for_write(y).data);
  constexpr std::int64_t kBlock = 4096;
  const std::int64_t count = x.numel();
  parallel_for((count + kBlock - 1) / kBlock, [&](std::int64_t block) {
    const std::int64_t end = std::min(count, (block + 1) * kBlock);
    for (std::int64_t i = block * kBlock; i < end; ++i) to[i] = kFunction(from[i]);
  });
  args.output().copy_(y);
}

template <double (*kFunction)(double)>
constexpr OpDef each(std::string_view name, TensorList (*backward)(const BackwardArgs&), bool of_output = false) {
  return {.name = name,
          .infer = infer_float,
          .forward = forward_each<kFunction>,
          .backward = backward,
          .saves_inputs = of_output ? kSaveNone : save(0),
          .saves_outputs = of_output ? save(0) : kSaveNone};
}

constexpr OpDef kErfinv = each<erfinv_of>(
    "erfinv",
    [](const BackwardArgs& args) -> TensorList {
      return {args.grad() * (exp(square(args.output())) * (std::sqrt(kPi) / 2))};
    },
    true);
constexpr OpDef kTrigamma = each<trigamma_of>("trigamma", [](const BackwardArgs&) -> TensorList {
  throw NotImplementedError("digamma has a first derivative only");
});
constexpr OpDef kDigamma = each<digamma_of>(
    "digamma", [](const BackwardArgs& args) -> TensorList { return {args.grad() * call(kTrigamma, {args.input(0)})}; });
constexpr OpDef kLgamma = each<lgamma_of>(
    "lgamma", [](const BackwardArgs& args) -> TensorList { return {args.grad() * digamma(args.input(0))}; });

// fmax and fmin

template <bool kMax>
void forward_choice(const ForwardArgs& args) {
  const DType dtype = args.output().dtype();
  const Tensor a = args.input(0).to(dtype);
  const Tensor b = args.input(1).to(dtype);
  const Tensor chosen = kMax ? maximum(a, b) : minimum(a, b);
  args.output().copy_(is_floating_point(dtype) ? where(isnan(a), b, where(isnan(b), a, chosen)) : chosen);
}
template <bool kMax>
TensorList backward_choice(const BackwardArgs& args) {
  TensorList gradients(2);
  const Tensor& a = args.input(0);
  const Tensor& b = args.input(1);
  const Tensor is_first = logical_or(kMax ? ge(a, b) : le(a, b), isnan(b));
  if (args.needs_input(0))
    gradients[0] = to_input(masked_fill(args.grad(), logical_not(is_first), 0), args.input_meta(0));
  if (args.needs_input(1)) gradients[1] = to_input(masked_fill(args.grad(), is_first, 0), args.input_meta(1));
  return gradients;
}
template <bool kMax>
constexpr OpDef choice_row(std::string_view name) {
  return {.name = name,
          .infer = infer_promoted,
          .forward = forward_choice<kMax>,
          .backward = backward_choice<kMax>,
          .saves_inputs = save(0) | save(1)};
}
constexpr OpDef kFmax = choice_row<true>("fmax");
constexpr OpDef kFmin = choice_row<false>("fmin");

// xlogy

void forward_xlogy(const ForwardArgs& args) {
  const DType dtype = args.output().dtype();
  const Tensor a = args.input(0).to(dtype);
  const Tensor b = args.input(1).to(dtype);
  const Tensor product = masked_fill(a * log(b), logical_and(eq(a, wrapped(0)), logical_not(isnan(b))), 0);
  args.output().copy_(product);
}
TensorList backward_xlogy(const BackwardArgs& args) {
  TensorList gradients(2);
  const Tensor& a = args.input(0);
  const Tensor& b = args.input(1);
  if (args.needs_input(0)) {
    const Tensor none = logical_and(eq(a, wrapped(0)), le(b, wrapped(0)));
    gradients[0] = to_input(args.grad() * masked_fill(log(b), none, 0), args.input_meta(0));
  }
  if (args.needs_input(1)) gradients[1] = to_input(args.grad() * a / b, args.input_meta(1));
  return gradients;
}
constexpr OpDef kXlogy{.name = "xlogy",
                       .infer = infer_float,
                       .forward = forward_xlogy,
                       .backward = backward_xlogy,
                       .saves_inputs = save(0) | save(1)};

}  // namespace

Tensor fmax(const Tensor& a, const Tensor& b) { return call(kFmax, {a, b}); }
Tensor fmin(const Tensor& a, const Tensor& b) { return call(kFmin, {a, b}); }
Tensor xlogy(const Tensor& a, const Tensor& b) { return call(kXlogy, {a, b}); }
const Tensor& xlogy_(const Tensor& a, const Tensor& b) { return call_inplace(kXlogy, a, {a, b}); }
Tensor erfinv(const Tensor& a) { return call(kErfinv, {a}); }
const Tensor& erfinv_(const Tensor& a) { return call_inplace(kErfinv, a, {a}); }
Tensor lgamma(const Tensor& a) { return call(kLgamma, {a}); }
const Tensor& lgamma_(const Tensor& a) { return call_inplace(kLgamma, a, {a}); }
Tensor digamma(const Tensor& a) { return call(kDigamma, {a}); }
const Tensor& digamma_(const Tensor& a) { return call_inplace(kDigamma, a, {a}); }

Tensor heaviside(const Tensor& input, const Tensor& values) {
  if (input.dtype() != values.dtype())
    throw Error(fmt::format("heaviside is not yet implemented for tensors with different dtypes: got {} and {}",
                            name_of(input.dtype()), name_of(values.dtype())));
  const Tensor x = input.detach();
  return where(eq(x, wrapped(0)), values.detach(), gt(x, wrapped(0)).to(input.dtype()));
}

Tensor signbit(const Tensor& a) {
  const Tensor x = a.detach();
  if (!is_floating_point(a.dtype())) return lt(x, wrapped(0));
  return lt(copysign(full({}, 1, {.dtype = a.dtype()}), x), wrapped(0));
}

Tensor sinc(const Tensor& a) {
  if (size_of(a.dtype()) == 2 && is_floating_point(a.dtype())) return sinc(a.to(DType::kFloat32)).to(a.dtype());
  const Tensor scaled = (is_floating_point(a.dtype()) ? a : a.to(default_dtype())) * kPi;
  const Tensor zero = eq(scaled.detach(), wrapped(0));
  const Tensor elsewhere = where(zero, 1, scaled);
  return where(zero, 1, sin(elsewhere) / elsewhere);
}

}  // namespace lamella
