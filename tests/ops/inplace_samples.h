// Samples of include/lamella/ops/inplace.h.
#pragma once

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/inplace.h>

#include "ops/sample.h"

namespace lamella::testing {

struct InPlaceUnary {
  const char* name;
  const Tensor& (*function)(const Tensor&);
  Values values;
};
struct InPlaceBinary {
  const char* name;
  const Tensor& (*function)(const Tensor&, const Tensor&);
};

inline void add_inplace_unary_samples(Operators& all) {
  const InPlaceUnary functions[] = {
      {"abs_", abs_, Values::kDistinct},       {"round_", round_, Values::kDistinct},
      {"neg_", neg_, Values::kDistinct},       {"sign_", sign_, Values::kDistinct},
      {"square_", square_, Values::kDistinct}, {"sqrt_", sqrt_, Values::kPositive},
      {"rsqrt_", rsqrt_, Values::kPositive},   {"reciprocal_", reciprocal_, Values::kPositive},
      {"exp_", exp_, Values::kDistinct},       {"log_", log_, Values::kPositive},
      {"log1p_", log1p_, Values::kPositive},   {"expm1_", expm1_, Values::kDistinct},
      {"sin_", sin_, Values::kDistinct},       {"cos_", cos_, Values::kDistinct},
      {"erf_", erf_, Values::kDistinct},       {"floor_", floor_, Values::kDistinct},
      {"ceil_", ceil_, Values::kDistinct},     {"trunc_", trunc_, Values::kDistinct},
      {"log2_", log2_, Values::kPositive},     {"log10_", log10_, Values::kPositive},
      {"exp2_", exp2_, Values::kDistinct},     {"tan_", tan_, Values::kUnit},
      {"asin_", asin_, Values::kUnit},         {"acos_", acos_, Values::kUnit},
      {"atan_", atan_, Values::kDistinct},     {"sinh_", sinh_, Values::kDistinct},
      {"cosh_", cosh_, Values::kDistinct},     {"erfc_", erfc_, Values::kDistinct},
      {"frac_", frac_, Values::kDistinct},     {"sigmoid_", sigmoid_, Values::kDistinct},
      {"tanh_", tanh_, Values::kDistinct},
  };
  for (const InPlaceUnary& row : functions) {
    const auto fn = [f = row.function](T a) { return f(a.clone()); };
    const std::string torch = "a.clone()." + std::string(row.name) + "()";
    Operator& op = all.add(row.name).types(kFloats);
    if (op.name == "rsqrt_") op.within(2, "its gradient is a cube, which PyTorch rounds to 16 bits in between");
    op.sample(torch, fn, Input{row.values, {7, 19}})
        .sample(torch, fn, Input{row.values, {2, 3, 4, 5}})
        .error("a." + std::string(row.name) + "()", [f = row.function](T a) { return f(a); }, Input{row.values, {3}});
  }
  // PyTorch has no derivative for the in-place forms of these three.
  all.add("asinh_").types(kFloats).sample(
      "a.clone().asinh_()", [](T a) { return asinh_(a.clone()); }, normal({3, 5}).constant());
  all.add("atanh_").types(kFloats).sample(
      "a.clone().atanh_()", [](T a) { return atanh_(a.clone()); }, unit({3, 5}).constant());
  all.add("acosh_").types(kFloats).sample(
      "(a + 1).acosh_()", [](T a) { return acosh_(a + 1); }, positive({3, 5}).constant());
  all.add("logical_not_")
      .types(kEverything)
      .sample("a.clone().logical_not_()", [](T a) { return logical_not_(a.clone()); }, normal({3, 5}).constant());
  all.add("bitwise_not_")
      .sample(
          "a.clone().bitwise_not_()", [](T a) { return bitwise_not_(a.clone()); }, normal({3, 5}).of(DType::kInt32))
      .sample("a.clone().bitwise_not_()", [](T a) { return bitwise_not_(a.clone()); }, boolean({3, 5}));
  all.add("exp_of_integers").error("a.exp_()", [](T a) { return exp_(a); }, index(4, {3}));
  all.add("nan_to_num_")
      .types(kFloats)
      .sample(
          "a.clone().nan_to_num_(1.0, 2.0, -2.0)", [](T a) { return nan_to_num_(a.clone(), 1.0, 2.0, -2.0); },
          special());
}

inline void add_inplace_binary_samples(Operators& all) {
  const InPlaceBinary functions[] = {
      {"floor_divide_", floor_divide_},
      {"remainder_", remainder_},
      {"fmod_", fmod_},
      {"pow_", pow_},
      {"atan2_", atan2_},
      {"eq_", eq_},
      {"ne_", ne_},
      {"lt_", lt_},
      {"le_", le_},
      {"gt_", gt_},
      {"ge_", ge_},
      {"logical_and_", logical_and_},
      {"logical_or_", logical_or_},
      {"logical_xor_", logical_xor_},
  };
  for (const InPlaceBinary& row : functions) {
    const auto fn = [f = row.function](T a, T b) { return f(a.clone(), b); };
    const std::string torch = "a.clone()." + std::string(row.name) + "(b)";
    Operator& op = all.add(row.name).types(kFloats);
    // PyTorch has no derivative for one, and forgets that the others change anything.
    const bool has_derivative = op.name != "floor_divide_" && !op.name.starts_with("logical");
    Input left = positive({7, 19});
    left.wants_grad = has_derivative;
    Input right = positive({19});
    right.wants_grad = has_derivative;
    op.sample(torch, fn, left, right);
    left.shape = {2, 3, 4, 5};
    right.shape = {3, 1, 1};
    op.sample(torch, fn, left, right);
    op.error(torch, fn, Input{Values::kPositive, {3}}, Input{Values::kPositive, {2, 3}});
  }
  const InPlaceBinary bits[] = {{"bitwise_and_", bitwise_and_},
                                {"bitwise_or_", bitwise_or_},
                                {"bitwise_xor_", bitwise_xor_},
                                {"bitwise_left_shift_", bitwise_left_shift_},
                                {"bitwise_right_shift_", bitwise_right_shift_}};
  for (const InPlaceBinary& row : bits) {
    Operator& op = all.add(row.name);
    for (const DType type : kIntegers) {
      op.sample(
          "a.clone()." + std::string(row.name) + "(b)", [f = row.function](T a, T b) { return f(a.clone(), b); },
          normal({3, 5}).of(type), positive({5}).of(type));
    }
  }
}

inline void add_inplace_form_samples(Operators& all) {
  add_inplace_unary_samples(all);
  add_inplace_binary_samples(all);
  all.add("clamp_")
      .types(kNumbers)
      .sample(
          "a.clone().clamp_(-1, 1)", [](T a) { return clamp_(a.clone(), -1, 1); }, distinct({3, 5}))
      .sample(
          "a.clone().clamp_(min=b)", [](T a, T b) { return clamp_(a.clone(), b, Tensor()); }, distinct({3, 5}),
          unit({5}))
      .sample(
          "a.clone().clamp_(b, b + 1)", [](T a, T b) { return clamp_(a.clone(), b, b + 1); }, distinct({3, 5}),
          unit({5}));
  all.add("masked_fill_")
      .types(kEverything)
      .sample(
          "a.clone().masked_fill_(b, 2)", [](T a, T b) { return masked_fill_(a.clone(), b, 2); }, normal({3, 5}),
          boolean({5}))
      .sample(
          "a.clone().masked_fill_(b, c)", [](T a, T b, T c) { return masked_fill_(a.clone(), b, c); }, normal({3, 5}),
          boolean({5}), normal({}))
      .error(
          "a.clone().masked_fill_(b, 2)", [](T a, T b) { return masked_fill_(a.clone(), b, 2); }, normal({5}),
          boolean({3, 5}));
  all.add("lerp_").types(kFloats).sample(
      "a.clone().lerp_(b, 0.3)", [](T a, T b) { return lerp_(a.clone(), b, 0.3); }, normal({3, 5}), normal({5}));
  all.add("addcmul_")
      .types(kNumbers)
      .sample(
          "a.clone().addcmul_(b, c, value=2)", [](T a, T b, T c) { return addcmul_(a.clone(), b, c, 2); },
          normal({3, 5}), normal({5}), normal({3, 1}));
  all.add("addcdiv_")
      .types(kFloats)
      .sample(
          "a.clone().addcdiv_(b, c, value=0.5)", [](T a, T b, T c) { return addcdiv_(a.clone(), b, c, 0.5); },
          normal({3, 5}), normal({5}), positive({3, 1}));
}

}  // namespace lamella::testing
