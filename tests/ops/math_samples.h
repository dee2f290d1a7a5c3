// Samples of the less common functions of include/lamella/ops/arithmetic.h.
#pragma once

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

#include "ops/arithmetic_samples.h"
#include "ops/sample.h"

namespace lamella::testing {

/// More choices and mixtures of three tensors.
inline void add_mixing_samples(Operators& all) {
  Operator* op = nullptr;
  const auto at = [&](const char* name) -> Operator& {
    for (const Operator& known : all.list()) {
      if (known.name == name) return const_cast<Operator&>(known);
    }
    return all.add(name);
  };
  op = &at("where");
  op->sample("torch.where(a, 2, b)", [](T c, T a) { return where(c, 2, a); }, boolean({3, 5}), normal({3, 5}));
  op->sample("torch.where(a, b, 2.5)", [](T c, T a) { return where(c, a, 2.5); }, boolean({3, 5}), normal({5}));
  op->sample("torch.where(a, 1, 2)", [](T c) { return where(c, 1, 2); }, boolean({3, 5}));
  op->sample("torch.where(a, 1.5, 2)", [](T c) { return where(c, 1.5, 2); }, boolean({3, 5}));
  op = &at("clamp");
  op->sample(
      "torch.clamp(a, b, c)", [](T a, T b, T c) { return clamp(a, b, c); }, distinct({3, 5}), unit({5}),
      positive({3, 1}));
  op->sample("torch.clamp(a, b, b - 1)", [](T a, T b) { return clamp(a, b, b - 1); }, distinct({3, 5}), distinct({5}));
  op->sample("torch.clamp(a, min=b)", [](T a, T b) { return clamp(a, b, Tensor()); }, distinct({3, 5}), unit({5}));
  op->sample(
      "torch.clamp(a, max=b)", [](T a, T b) { return clamp(a, Tensor(), b); }, distinct({3, 5}),
      normal({5}).of(DType::kFloat64));
  op = &at("masked_fill");
  op->sample(
      "torch.masked_fill(a, b, c)", [](T a, T b, T c) { return masked_fill(a, b, c); }, normal({3, 5}), boolean({5}),
      normal({}));
  op = &at("div");
  for (const char* mode : {"trunc", "floor"}) {
    const std::string torch = "torch.div(a, b, rounding_mode='" + std::string(mode) + "')";
    op->sample(torch, [=](T a, T b) { return div(a, b, mode); }, distinct({3, 5}).constant(), positive({5}).constant());
    op->sample(
        torch, [=](T a, T b) { return div(a, b, mode); }, normal({3, 5}).of(DType::kInt32),
        positive({5}).of(DType::kInt64));
  }
  op->error("torch.div(a, b, rounding_mode='up')", [](T a, T b) { return div(a, b, "up"); }, normal({3}), normal({3}));
  op = &at("round");
  op->sample("torch.round(a, decimals=2)", [](T a) { return round(a, 2); }, distinct({7, 19}));
  op->sample("torch.round(a * 100, decimals=-1)", [](T a) { return round(a * 100, -1); }, distinct({7, 19}));
  op->error("torch.round(a, decimals=1)", [](T a) { return round(a, 1); }, index(5, {3}));
  op = &all.add("lerp").types(kFloats);
  const auto mix = [](T a, T b, T c) { return lerp(a, b, c); };
  op->sample("torch.lerp(a, b, c)", mix, normal({3, 5}), normal({3, 5}), unit({3, 5}));
  op->sample("torch.lerp(a, b, c)", mix, normal({2, 3, 4, 5}), normal({4, 1}), unit({}));
  op->sample("torch.lerp(a, b, 0.3)", [](T a, T b) { return lerp(a, b, 0.3); }, normal({3, 5}), normal({5}));
  op->error("torch.lerp(a, b, c)", mix, normal({3}), normal({4}), unit({3}));
  op->error("torch.lerp(a, b, 0.5)", [](T a, T b) { return lerp(a, b, 0.5); }, index(4, {3}), index(4, {3}));
  op = &all.add("addcmul").types(kNumbers);
  op->sample(
      "torch.addcmul(a, b, c)", [](T a, T b, T c) { return addcmul(a, b, c); }, normal({3, 5}), normal({5}),
      normal({3, 1}));
  op->sample(
      "torch.addcmul(a, b, c, value=2)", [](T a, T b, T c) { return addcmul(a, b, c, 2); }, normal({2, 3, 4, 5}),
      normal({2, 3, 4, 5}), normal({2, 3, 4, 5}));
  op->error(
      "torch.addcmul(a, b, c)", [](T a, T b, T c) { return addcmul(a, b, c); }, normal({3}), normal({4}), normal({3}));
  op = &all.add("addcdiv").types(kFloats);
  op->sample(
      "torch.addcdiv(a, b, c, value=0.5)", [](T a, T b, T c) { return addcdiv(a, b, c, 0.5); }, normal({3, 5}),
      normal({5}), positive({3, 1}));
  op->error(
      "torch.addcdiv(a, b, c)", [](T a, T b, T c) { return addcdiv(a, b, c); }, index(4, {3}), index(4, {3}),
      index(4, {3}));
}

/// Further functions of one and two tensors.
inline void add_math_samples(Operators& all) {
  const auto unary = [&](const char* name, auto fn, const std::vector<DType>& types, Values values = Values::kNormal) {
    Operator& op = all.add(name).types(types);
    const std::string torch = "torch." + std::string(name) + "(a)";
    on_common_shapes(op, torch, fn, values);
    op.sample(torch, fn, special());
  };
  unary("log2", [](T a) { return log2(a); }, kEverything, Values::kPositive);
  unary("log10", [](T a) { return log10(a); }, kEverything, Values::kPositive);
  unary("exp2", [](T a) { return exp2(a); }, kEverything);
  unary("tan", [](T a) { return tan(a); }, kEverything, Values::kUnit);
  unary("asin", [](T a) { return asin(a); }, kEverything, Values::kUnit);
  unary("acos", [](T a) { return acos(a); }, kEverything, Values::kUnit);
  unary("atan", [](T a) { return atan(a); }, kEverything);
  unary("sinh", [](T a) { return sinh(a); }, kEverything);
  unary("cosh", [](T a) { return cosh(a); }, kEverything);
  unary("asinh", [](T a) { return asinh(a); }, kEverything);
  Operator& op = all.add("acosh").types(kFloats);
  op.sample("torch.acosh(a + 1)", [](T a) { return acosh(a + 1); }, positive({3, 5}));
  unary("atanh", [](T a) { return atanh(a); }, kEverything, Values::kUnit);
  unary("erfc", [](T a) { return erfc(a); }, kEverything);
  unary("frac", [](T a) { return frac(a); }, kFloats, Values::kDistinct);
  unary("nan_to_num", [](T a) { return nan_to_num(a); }, kEverything);
  all.add("logit")
      .types({DType::kFloat32, DType::kFloat64})
      .within(4, "the quotient is rounded before its logarithm")
      .sample(
          "torch.logit(a)", [](T a) { return logit(a); }, unit({3, 5}))
      .sample("torch.logit(a, 0.2)", [](T a) { return logit(a, 0.2); }, unit({2, 3, 4, 5}));
  const auto binary = [&](const char* name, auto fn, const std::vector<DType>& types, Values left = Values::kNormal,
                          Values right = Values::kNormal) -> Operator& {
    Operator& added = all.add(name).types(types);
    on_common_pairs(added, "torch." + std::string(name) + "(a, b)", fn, left, right);
    return added;
  };
  binary(
      "fmod", [](T a, T b) { return fmod(a, b); }, kNumbers, Values::kDistinct, Values::kPositive)
      .error("torch.fmod(a, a - a)", [](T a) { return fmod(a, a - a); }, index(5, {3}));
  binary("atan2", [](T a, T b) { return atan2(a, b); }, kEverything, Values::kDistinct, Values::kPositive);
  binary("hypot", [](T a, T b) { return hypot(a, b); }, kFloats, Values::kDistinct, Values::kPositive);
  binary(
      "copysign", [](T a, T b) { return copysign(a, b); }, kEverything, Values::kDistinct, Values::kDistinct)
      .without_differences();  // second ones of PyTorch are rounding around zero
  binary(
      "logaddexp", [](T a, T b) { return logaddexp(a, b); }, kFloats)
      .sample(
          "torch.logaddexp(a, b)", [](T a, T b) { return logaddexp(a, b); }, special(), special())
      .error("torch.logaddexp(a, a)", [](T a) { return logaddexp(a, a); }, index(4, {3}));
  all.add("isclose")
      .types({DType::kFloat32, DType::kFloat64, DType::kInt64})
      .sample(
          "torch.isclose(a, b, 0.5, 0.1)", [](T a, T b) { return isclose(a, b, 0.5, 0.1); }, normal({3, 5}),
          normal({5}))
      .sample(
          "torch.isclose(a, a)", [](T a) { return isclose(a, a); }, special())
      .sample(
          "torch.isclose(a, a, equal_nan=True)", [](T a) { return isclose(a, a, 1e-5, 1e-8, true); }, special())
      .error("torch.isclose(a, a, -1)", [](T a) { return isclose(a, a, -1); }, normal({3}));
}

/// Bits: integers alone, so that each sample says its dtypes.
inline void add_bit_samples(Operators& all) {
  const auto binary = [&](const char* name, auto fn, bool shift) {
    Operator& op = all.add(name);
    const std::string torch = "torch." + std::string(name) + "(a, b)";
    for (const DType type : kEverything) {
      if (is_floating_point(type) || (shift && type == DType::kBool)) continue;
      op.sample(torch, fn, normal({3, 5}).of(type), positive({3, 5}).of(type));
      op.sample(torch, fn, normal({2, 3, 1}).of(type), positive({4}).of(type));
    }
    op.sample(torch, fn, normal({3}).of(DType::kInt16), positive({}).of(DType::kInt64));
    op.sample(torch, fn, normal({3}).of(DType::kInt16), positive({3}).of(DType::kUInt8));
    op.error(torch, fn, normal({3}), normal({3}));
    op.error(torch, fn, normal({3}).of(DType::kInt32), positive({2}).of(DType::kInt32));
  };
  binary("bitwise_and", [](T a, T b) { return bitwise_and(a, b); }, false);
  binary("bitwise_or", [](T a, T b) { return bitwise_or(a, b); }, false);
  binary("bitwise_xor", [](T a, T b) { return bitwise_xor(a, b); }, false);
  binary("bitwise_left_shift", [](T a, T b) { return bitwise_left_shift(a, b); }, true);
  binary("bitwise_right_shift", [](T a, T b) { return bitwise_right_shift(a, b); }, true);
  Operator& op = all.add("bitwise_not");
  for (const DType type : kEverything) {
    if (!is_floating_point(type)) op.sample("~a", [](T a) { return bitwise_not(a); }, normal({3, 5}).of(type));
  }
  op.error("~a", [](T a) { return bitwise_not(a); }, normal({3, 5}));
}

}  // namespace lamella::testing
