// Functions of one tensor, element by element: lamella.exp(x), x.exp(), x.exp_().
#include <numbers>
#include <string>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/inplace.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using Plain = Tensor (*)(const Tensor&);
using InPlace = const Tensor& (*)(const Tensor&);

struct Unary {
  const char* name;
  Plain plain;
  const char* in_place_name;
  InPlace in_place;
};

constexpr Unary kUnary[] = {
    {"neg", neg, "neg_", neg_},
    {"negative", neg, "negative_", neg_},
    {"abs", abs, "abs_", abs_},
    {"absolute", abs, "absolute_", abs_},
    {"sign", sign, "sign_", sign_},
    {"sgn", sign, "sgn_", sign_},
    {"square", square, "square_", square_},
    {"sqrt", sqrt, "sqrt_", sqrt_},
    {"rsqrt", rsqrt, "rsqrt_", rsqrt_},
    {"reciprocal", reciprocal, "reciprocal_", reciprocal_},
    {"exp", exp, "exp_", exp_},
    {"exp2", exp2, "exp2_", exp2_},
    {"expm1", expm1, "expm1_", expm1_},
    {"log", log, "log_", log_},
    {"log2", log2, "log2_", log2_},
    {"log10", log10, "log10_", log10_},
    {"log1p", log1p, "log1p_", log1p_},
    {"sin", sin, "sin_", sin_},
    {"cos", cos, "cos_", cos_},
    {"tan", tan, "tan_", tan_},
    {"asin", asin, "asin_", asin_},
    {"acos", acos, "acos_", acos_},
    {"atan", atan, "atan_", atan_},
    {"arcsin", asin, "arcsin_", asin_},
    {"arccos", acos, "arccos_", acos_},
    {"arctan", atan, "arctan_", atan_},
    {"arcsinh", asinh, "arcsinh_", asinh_},
    {"arccosh", acosh, "arccosh_", acosh_},
    {"arctanh", atanh, "arctanh_", atanh_},
    {"sinh", sinh, "sinh_", sinh_},
    {"cosh", cosh, "cosh_", cosh_},
    {"asinh", asinh, "asinh_", asinh_},
    {"acosh", acosh, "acosh_", acosh_},
    {"atanh", atanh, "atanh_", atanh_},
    {"erf", erf, "erf_", erf_},
    {"erfc", erfc, "erfc_", erfc_},
    {"floor", floor, "floor_", floor_},
    {"ceil", ceil, "ceil_", ceil_},
    {"trunc", trunc, "trunc_", trunc_},
    {"fix", trunc, "fix_", trunc_},
    {"frac", frac, "frac_", frac_},
    {"logical_not", logical_not, "logical_not_", logical_not_},
    {"bitwise_not", bitwise_not, "bitwise_not_", bitwise_not_},
};

Tensor isposinf(const Tensor& input) { return logical_and(isinf(input), gt(input, wrapped(0))); }
Tensor isneginf(const Tensor& input) { return logical_and(isinf(input), lt(input, wrapped(0))); }

constexpr std::pair<const char*, Plain> kQuestions[] = {
    {"isnan", isnan}, {"isinf", isinf}, {"isfinite", isfinite}, {"isposinf", isposinf}, {"isneginf", isneginf}};

constexpr double kDegree = std::numbers::pi / 180;
Tensor deg2rad(const Tensor& input) { return mul(input, kDegree); }
Tensor rad2deg(const Tensor& input) { return mul(input, 1 / kDegree); }

Tensor positive(const Tensor& input) {
  if (input.dtype() == DType::kBool) throw Error("positive(): bool tensors have no sign; convert with .to(dtype)");
  return input;
}

}  // namespace

void bind_unary(const Scope& scope) {
  for (const Unary& row : kUnary) {
    scope.both(row.name, row.plain, "input").both(row.in_place_name, row.in_place, "input");
  }
  for (const auto& [name, question] : kQuestions) scope.both(name, question, "input");
  scope.both("positive", light(positive), "input");
  const auto rounded = [](const Tensor& input, std::int64_t decimals) {
    return decimals == 0 ? round(input) : round(input, decimals);
  };
  const auto rounded_in_place = [](const Tensor& input, std::int64_t decimals) -> Tensor {
    return decimals == 0 ? round_(input) : round_(input, decimals);
  };
  scope.both("round", rounded, "input", nb::kw_only(), "decimals"_a = 0);
  scope.both("round_", rounded_in_place, "input", nb::kw_only(), "decimals"_a = 0);
  const auto numbers = [](const Tensor& input, std::optional<double> nan, std::optional<double> posinf,
                          std::optional<double> neginf) { return nan_to_num(input, nan.value_or(0), posinf, neginf); };
  const auto numbers_in_place = [](const Tensor& input, std::optional<double> nan, std::optional<double> posinf,
                                   std::optional<double> neginf) -> Tensor {
    return nan_to_num_(input, nan.value_or(0), posinf, neginf);
  };
  scope.both("nan_to_num", numbers, "input", "nan"_a = nb::none(), "posinf"_a = nb::none(), "neginf"_a = nb::none());
  scope.both("nan_to_num_", numbers_in_place, "input", "nan"_a = nb::none(), "posinf"_a = nb::none(),
             "neginf"_a = nb::none());
  scope.both("deg2rad", deg2rad, "input").both("rad2deg", rad2deg, "input");
  scope.both("logit", &logit, "input", "eps"_a = nb::none());
  scope.method("__neg__", &neg).method("__abs__", &abs).method("__pos__", light(positive));
  scope.method("__invert__", &bitwise_not);
}

}  // namespace lamella::python
