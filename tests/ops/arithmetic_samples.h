// Samples of include/lamella/ops/arithmetic.h and of Tensor's in-place arithmetic.
#pragma once

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

#include "ops/activation_samples.h"
#include "ops/sample.h"

namespace lamella::testing {

/// Broadcasts of two operands, each order; equal shapes; one element; none.
template <typename Fn>
void on_common_pairs(Operator& op, const std::string& torch, Fn fn, Values left, Values right) {
  const std::pair<Dims, Dims> shapes[] = {{{7, 19}, {7, 19}},
                                          {{2, 3, 4, 5}, {2, 3, 4, 5}},
                                          {{2, 3, 4, 5}, {3, 1, 1}},
                                          {{4, 1}, {2, 4, 6}},
                                          {{}, {3, 5}},
                                          {{1}, {}},
                                          {{0, 3}, {1, 3}},
                                          {{2, 3, 2, 2, 3}, {1, 3, 1, 1, 1}}};
  for (const auto& [a, b] : shapes) op.sample(torch, fn, Input{left, a}, Input{right, b});
  op.error(torch, fn, Input{left, {2, 3}}, Input{right, {2, 4}});
}

inline void add_binary_samples(Operators& all) {
  Operator* op = nullptr;
  const auto binary = [&](const char* name, const std::string& torch, auto fn, const std::vector<DType>& types,
                          Values left = Values::kNormal, Values right = Values::kNormal) {
    op = &all.add(name).types(types);
    on_common_pairs(*op, torch, fn, left, right);
  };
  const auto mixed = [&](const std::string& torch, auto fn) {  // promotion: a tensor of one category with another
    const DType types[] = {DType::kInt64, DType::kUInt8, DType::kBool, DType::kFloat16, DType::kFloat64};
    for (const DType type : types) {
      op->sample(torch, fn, positive({2, 5}), positive({5}).of(type));
      op->sample(torch, fn, positive({2, 5}), positive({}).of(type));
      op->sample(torch, fn, positive({5}).of(DType::kInt32), positive({5}).of(type));
    }
  };
  binary("add", "torch.add(a, b)", [](T a, T b) { return add(a, b); }, kEverything);
  mixed("a + b", [](T a, T b) { return a + b; });
  op->sample("torch.add(a, b, alpha=2)", [](T a, T b) { return add(a, b, 2); }, normal({3, 5}), normal({5}));
  op->sample("a + 2", [](T a) { return add(a, 2); }, normal({3, 5}));
  op->sample("a + 2.5", [](T a) { return add(a, 2.5); }, normal({3, 5}));
  op->sample("torch.add(a, 3, alpha=2)", [](T a) { return add(a, 3, 2); }, normal({5}));
  op->sample("2 + a", [](T a) { return 2 + a; }, normal({5}));
  binary("sub", "torch.sub(a, b)", [](T a, T b) { return sub(a, b); }, kNumbers);
  mixed("a + a - b * 1", [](T a, T b) { return a + a - b * 1; });
  op->sample("torch.sub(a, b, alpha=2)", [](T a, T b) { return sub(a, b, 2); }, normal({3, 5}), normal({5}));
  op->sample("a - 2.5", [](T a) { return a - 2.5; }, normal({3, 5}));
  op->sample("2.5 - a", [](T a) { return 2.5 - a; }, normal({3, 5}));
  op->sample("2 - a", [](T a) { return 2 - a; }, normal({3, 5}));
  op->error("a - b", [](T a, T b) { return a - b; }, boolean({3}), boolean({3}));
  binary("mul", "torch.mul(a, b)", [](T a, T b) { return mul(a, b); }, kEverything);
  mixed("a * b", [](T a, T b) { return a * b; });
  op->sample(
        "a * 3", [](T a) { return a * 3; }, normal({3, 5}))
      .sample("2.5 * a", [](T a) { return 2.5 * a; }, normal({3, 5}));
  binary("div", "torch.div(a, b)", [](T a, T b) { return div(a, b); }, kEverything, Values::kNormal, Values::kPositive);
  mixed("a / b", [](T a, T b) { return a / b; });
  op->sample(
        "a / 3", [](T a) { return a / 3; }, normal({3, 5}))
      .sample("2.5 / a", [](T a) { return 2.5 / a; }, positive({3, 5}));
  op->sample("a / b", [](T a, T b) { return a / b; }, special(), normal({16}).constant());
  op->sample("a / 0", [](T a) { return a / 0; }, special());
  binary(
      "floor_divide", "torch.floor_divide(a, b)", [](T a, T b) { return floor_divide(a, b); }, kNumbers,
      Values::kNormal, Values::kPositive);
  mixed("torch.floor_divide(a, b)", [](T a, T b) { return floor_divide(a, b); });
  op->error("torch.floor_divide(a, a - a)", [](T a) { return floor_divide(a, a - a); }, index(5, {3}));
  binary(
      "remainder", "torch.remainder(a, b)", [](T a, T b) { return remainder(a, b); }, kNumbers, Values::kDistinct,
      Values::kPositive);
  op->sample("torch.remainder(a, -b)", [](T a, T b) { return remainder(a, -b); }, distinct({5}), positive({5}));
  op->error("torch.remainder(a, a - a)", [](T a) { return remainder(a, a - a); }, index(5, {3}));
  binary("pow", "torch.pow(a, b)", [](T a, T b) { return pow(a, b); }, kNumbers, Values::kPositive, Values::kPositive);
  for (const double exponent : {2.0, 3.0, 0.5, -1.0, -0.5, 1.7, 0.0, 1.0}) {
    op->sample(
        "torch.pow(a, " + std::to_string(exponent) + ")", [=](T a) { return pow(a, exponent); }, positive({3, 5}));
  }
  op->sample("torch.pow(a, 3)", [](T a) { return pow(a, 3); }, normal({3, 5}));
  op->sample("torch.pow(a, 2.0)", [](T a) { return pow(a, 2.0); }, special());
  op->error("torch.pow(a, -1)", [](T a) { return pow(a, -1); }, index(5, {3}));
  binary("maximum", "torch.maximum(a, b)", [](T a, T b) { return maximum(a, b); }, kEverything);
  op->sample("torch.maximum(a, a.clone())", [](T a) { return maximum(a, a.clone()); }, distinct({5}));
  op->sample("torch.maximum(a, b)", [](T a, T b) { return maximum(a, b); }, special(), normal({16}).constant());
  binary("minimum", "torch.minimum(a, b)", [](T a, T b) { return minimum(a, b); }, kEverything);
  op->sample("torch.minimum(a, b)", [](T a, T b) { return minimum(a, b); }, special(), normal({16}).constant());

  binary("eq", "torch.eq(a, b)", [](T a, T b) { return eq(a, b); }, kEverything);
  op->sample(
        "a == 1", [](T a) { return a == 1; }, special())
      .sample("a == 0.5", [](T a) { return a == 0.5; }, special());
  binary("ne", "torch.ne(a, b)", [](T a, T b) { return ne(a, b); }, kEverything);
  op->sample("a != 1", [](T a) { return a != 1; }, special());
  binary("lt", "torch.lt(a, b)", [](T a, T b) { return lt(a, b); }, kEverything);
  op->sample("a < 1", [](T a) { return a < 1; }, special());
  binary("le", "torch.le(a, b)", [](T a, T b) { return le(a, b); }, kEverything);
  binary("gt", "torch.gt(a, b)", [](T a, T b) { return gt(a, b); }, kEverything);
  binary("ge", "torch.ge(a, b)", [](T a, T b) { return ge(a, b); }, kEverything);
  binary("logical_and", "torch.logical_and(a, b)", [](T a, T b) { return logical_and(a, b); }, kEverything);
  binary("logical_or", "torch.logical_or(a, b)", [](T a, T b) { return logical_or(a, b); }, kEverything);
  binary("logical_xor", "torch.logical_xor(a, b)", [](T a, T b) { return logical_xor(a, b); }, kEverything);
}

inline void add_unary_samples(Operators& all) {
  const auto unary = [&](const char* name, auto fn, const std::vector<DType>& types,
                         Values values = Values::kDistinct) {
    Operator& op = all.add(name).types(types);
    const std::string torch = "torch." + std::string(name) + "(a)";
    if (op.name == "rsqrt") op.within(2, "its gradient is a cube, which is rounded to 16 bits in between");
    on_common_shapes(op, torch, fn, values);
    op.sample(torch, fn, special());
  };
  unary("neg", [](T a) { return neg(a); }, kNumbers);
  unary("abs", [](T a) { return abs(a); }, kNumbers);
  unary("sign", [](T a) { return sign(a); }, kEverything);
  unary("square", [](T a) { return square(a); }, kNumbers);
  unary("sqrt", [](T a) { return sqrt(a); }, kEverything, Values::kPositive);
  unary("rsqrt", [](T a) { return rsqrt(a); }, kEverything, Values::kPositive);
  unary("reciprocal", [](T a) { return reciprocal(a); }, kEverything, Values::kPositive);
  unary("exp", [](T a) { return exp(a); }, kEverything, Values::kNormal);
  unary("log", [](T a) { return log(a); }, kEverything, Values::kPositive);
  unary("log1p", [](T a) { return log1p(a); }, kEverything, Values::kPositive);
  unary("expm1", [](T a) { return expm1(a); }, kEverything, Values::kNormal);
  unary("sin", [](T a) { return sin(a); }, kEverything, Values::kNormal);
  unary("cos", [](T a) { return cos(a); }, kEverything, Values::kNormal);
  unary("erf", [](T a) { return erf(a); }, kEverything, Values::kNormal);
  unary("floor", [](T a) { return floor(a); }, kNumbers);
  unary("ceil", [](T a) { return ceil(a); }, kNumbers);
  unary("round", [](T a) { return round(a); }, kNumbers);
  unary("trunc", [](T a) { return trunc(a); }, kNumbers);
  unary("logical_not", [](T a) { return logical_not(a); }, kEverything);
  unary("isnan", [](T a) { return isnan(a); }, kEverything);
  unary("isinf", [](T a) { return isinf(a); }, kEverything);
  unary("isfinite", [](T a) { return isfinite(a); }, kEverything);
}

inline void add_choice_samples(Operators& all) {
  Operator& where_op = all.add("where").types(kEverything);
  const auto choose = [](T c, T a, T b) { return where(c, a, b); };
  where_op.sample("torch.where(a, b, c)", choose, boolean({3, 5}), normal({3, 5}), normal({3, 5}));
  where_op.sample("torch.where(a, b, c)", choose, boolean({2, 3, 4, 5}), normal({2, 3, 4, 5}), normal({3, 1, 1}));
  where_op.sample("torch.where(a, b, c)", choose, boolean({4, 1}), normal({}), normal({4, 3}));
  where_op.sample("torch.where(a, b, c)", choose, boolean({0}), normal({0}), normal({1}));
  where_op.sample("torch.where(a, b, c)", choose, boolean({5}), normal({5}), normal({5}).of(DType::kInt32));
  where_op.error("torch.where(a, b, c)", choose, boolean({4}), normal({3}), normal({3}));
  Operator& clamp_op = all.add("clamp").types(kNumbers);
  const auto both = [](T a) { return clamp(a, -1, 1); };
  clamp_op.sample("torch.clamp(a, -1, 1)", both, distinct({7, 19}))
      .sample("torch.clamp(a, -1, 1)", both, distinct({2, 3, 4, 5}));
  clamp_op.sample("torch.clamp(a, -1, 1)", both, distinct({0, 2})).sample("torch.clamp(a, -1, 1)", both, special());
  clamp_op.sample("torch.clamp(a, min=0.5)", [](T a) { return clamp(a, 0.5, {}); }, distinct({11}));
  clamp_op.sample("torch.clamp(a, max=0.5)", [](T a) { return clamp(a, {}, 0.5); }, distinct({11}));
  clamp_op.sample("torch.clamp(a, 2, 1)", [](T a) { return clamp(a, 2, 1); }, distinct({11}));
  clamp_op.sample("torch.clamp(a, -1, 1)", both, special());
  clamp_op.error("torch.clamp(a)", [](T a) { return clamp(a, std::nullopt, std::nullopt); }, normal({3}));
  Operator& fill_op = all.add("masked_fill").types(kEverything);
  const auto fill = [](T a, T mask) { return masked_fill(a, mask, 2); };
  fill_op.sample("torch.masked_fill(a, b, 2)", fill, normal({3, 5}), boolean({3, 5}));
  fill_op.sample("torch.masked_fill(a, b, 2)", fill, normal({2, 3, 4, 5}), boolean({4, 5}));
  fill_op.sample("torch.masked_fill(a, b, 2)", fill, normal({3}), boolean({2, 3}));
  fill_op.error("torch.masked_fill(a, b, 2)", fill, normal({3}), index(2, {3}));
}

inline void add_comparison_samples(Operators& all) {
  all.add("allclose")
      .sample(
          "torch.tensor(torch.allclose(a, b))", [](T a, T b) { return tensor(allclose(a, b)); }, normal({3, 5}),
          normal({3, 5}))
      .sample(
          "torch.tensor(torch.allclose(a, a + 1e-7))", [](T a) { return tensor(allclose(a, a + 1e-7)); },
          positive({3, 5}))
      .sample(
          "torch.tensor(torch.allclose(a, a))", [](T a) { return tensor(allclose(a, a)); }, special())
      .sample(
          "torch.tensor(torch.allclose(a, a, equal_nan=True))",
          [](T a) { return tensor(allclose(a, a, 1e-5, 1e-8, true)); }, special());
  all.add("equal")
      .types(kEverything)
      .sample(
          "torch.tensor(torch.equal(a, b))", [](T a, T b) { return tensor(equal(a, b)); }, normal({3, 5}),
          normal({3, 5}))
      .sample(
          "torch.tensor(torch.equal(a, b))", [](T a, T b) { return tensor(equal(a, b)); }, normal({3, 5}),
          normal({5, 3}))
      .sample(
          "torch.tensor(torch.equal(a, a.clone()))", [](T a) { return tensor(equal(a, a.clone())); },
          normal({2, 3, 4, 5}))
      .sample("torch.tensor(torch.equal(a, a.clone()))", [](T a) { return tensor(equal(a, a.clone())); }, special());
  all.add("wrapped")
      .sample(
          "a * 2.5", [](T a) { return a * wrapped(2.5); }, normal({3}))
      .sample("a * 2.5", [](T a) { return a * wrapped(2.5); }, index(5, {3}));
}

inline void add_inplace_samples(Operators& all) {
  const auto binary = [&](const char* name, auto fn, const std::vector<DType>& types, Values right = Values::kNormal) {
    Operator& op = all.add(std::string("Tensor.") + name).types(types);
    if (op.name == "Tensor.div_") op.within(2, "a gradient is the sum of 120 quotients, each rounded to 16 bits");
    const std::string torch = "a.clone()." + std::string(name) + "(b)";
    op.sample(torch, fn, normal({7, 19}), Input{right, {7, 19}})
        .sample(torch, fn, normal({2, 3, 4, 5}), Input{right, {3, 1, 1}});
    op.sample(torch, fn, normal({2, 3, 4, 5}), Input{right, {}}).sample(torch, fn, normal({0, 3}), Input{right, {3}});
    op.error(torch, fn, normal({3}), Input{right, {2, 3}});
    op.error(
        "a." + std::string(name) + "(b)", [fn](T a, T b) { return fn(a.expand({4, 3}), b); }, normal({1, 3}).constant(),
        Input{right, {3}});
    op.samples.back().torch = "a.expand(4, 3)." + std::string(name) + "(b)";
  };
  const auto target = [](T a) { return a.storage_offset() == 0 && a.stride(0) == 0 && a.size(0) == 4 ? a : a.clone(); };
  binary("add_", [=](T a, T b) { return target(a).add_(b); }, kEverything);
  binary("sub_", [=](T a, T b) { return target(a).sub_(b); }, kNumbers);
  binary("mul_", [=](T a, T b) { return target(a).mul_(b); }, kEverything);
  binary("div_", [=](T a, T b) { return target(a).div_(b); }, kFloats, Values::kPositive);
  binary("copy_", [=](T a, T b) { return target(a).copy_(b); }, kEverything);
  all.add("Tensor.fill_")
      .types(kEverything)
      .sample(
          "a.clone().fill_(3)", [](T a) { return a.clone().fill_(3); }, normal({2, 3, 4, 5}))
      .sample("a.clone().fill_(2.5)", [](T a) { return a.clone().fill_(2.5); }, normal({3}));
  all.add("Tensor.zero_")
      .types(kEverything)
      .sample("a.clone().zero_()", [](T a) { return a.clone().zero_(); }, normal({2, 3}));
}

inline void add_arithmetic_samples(Operators& all) {
  add_binary_samples(all);
  add_unary_samples(all);
  add_choice_samples(all);
  add_comparison_samples(all);
  add_inplace_samples(all);
}

}  // namespace lamella::testing
