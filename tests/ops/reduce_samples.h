// Samples of include/lamella/ops/reduce.h.
#pragma once

#include <cmath>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/reduce.h>

#include "ops/sample.h"

namespace lamella::testing {

/// "axes" as an argument of Python: nothing for all of them.
struct Axes {
  Dims list;
  bool keepdim;
  std::string python() const {
    std::string text = list.empty() ? "None" : "(";
    for (const std::int64_t axis : list) text += std::to_string(axis) + ",";
    return text + (list.empty() ? "" : ")") + (keepdim ? ", keepdim=True" : "");
  }
};

template <typename Fn>
void over_axes(Operator& op, const std::string& torch, Fn fn, Values values, bool empty_allowed = true) {
  const Axes common[] = {{{}, false}, {{0}, false}, {{-1}, true}, {{1, 0}, false}, {{0, 2}, true}, {{0, 2, 3}, false}};
  for (const Axes& axes : common) {
    const std::string text = "torch." + torch + "(a, " + axes.python() + ")";
    const auto call = [=](T a) { return fn(a, axes.list, axes.keepdim); };
    op.sample(text, call, Input{values, {2, 3, 4, 5}});
    if (axes.list.size() <= 2 && !(axes.list == Dims{0, 2})) op.sample(text, call, Input{values, {7, 33}});
  }
  const Axes all{{}, false};
  const auto everything = [=](T a) { return fn(a, all.list, false); };
  op.sample("torch." + torch + "(a, None)", everything, Input{values, {}});
  op.sample("torch." + torch + "(a, 0)", [=](T a) { return fn(a, {0}, false); }, Input{values, {}});
  if (empty_allowed)
    op.sample("torch." + torch + "(a, 0)", [=](T a) { return fn(a, {0}, false); }, Input{values, {0, 3}});
  op.error("torch." + torch + "(a, 2)", [=](T a) { return fn(a, {2}, false); }, Input{values, {2, 3}});
  op.error("torch." + torch + "(a, (0, 0))", [=](T a) { return fn(a, {0, 0}, false); }, Input{values, {2, 3}});
}

inline void add_sum_samples(Operators& all) {
  const std::string order = "sums of up to 2000 terms in another order";
  Operator& sum_op = all.add("sum").types(kEverything).within(4, order);
  over_axes(sum_op, "sum", [](T a, Dims axes, bool keep) { return sum(a, axes, keep); }, Values::kNormal);
  sum_op.sample(
      "a.sum(dtype=torch.float64)", [](T a) { return sum(a, {}, false, DType::kFloat64); }, normal({3, 5}).constant());
  sum_op.sample(
            "a.sum()", [](T a) { return a.sum(); }, normal({2000}))
      .sample("a.sum()", [](T a) { return a.sum(); }, special());
  Operator& mean_op = all.add("mean").types(kFloats).within(4, order);
  over_axes(mean_op, "mean", [](T a, Dims axes, bool keep) { return mean(a, axes, keep); }, Values::kNormal);
  mean_op.sample("a.mean()", [](T a) { return a.mean(); }, normal({2000}));
  mean_op.error("a.mean()", [](T a) { return a.mean(); }, index(5, {3}));
  Operator& product = all.add("prod");
  product.types(kNumbers)
      .within(4, order)
      .sample(
          "a.prod()", [](T a) { return prod(a); }, positive({7}))
      .sample(
          "a.prod()", [](T a) { return prod(a); }, positive({2, 3, 2}))
      .sample(
          "a.prod()", [](T a) { return prod(a); }, positive({}))
      .sample(
          "a.prod()", [](T a) { return prod(a); }, positive({0}))
      .sample("(a * b).prod()", [](T a, T b) { return prod(a * b); }, positive({4}), index(2, {4}).of(DType::kInt64));
  product.sample("torch.prod(a, 1)", [](T a) { return prod(a, 1); }, positive({3, 4}));
  product.sample("torch.prod(a, -2, keepdim=True)", [](T a) { return prod(a, -2, true); }, positive({2, 3, 4, 5}));
  product.sample("torch.prod(a * b, 1)", [](T a, T b) { return prod(a * b, 1); }, positive({4, 3}), index(3, {4, 3}));
  product.sample("torch.prod(a, dtype=torch.float64)", [](T a) { return prod(a, DType::kFloat64); }, positive({3, 4}));
  Operator& var_op = all.add("var").types(kFloats).within(4, order);
  over_axes(var_op, "var", [](T a, Dims axes, bool keep) { return var(a, axes, 1, keep); }, Values::kNormal);
  var_op.sample("torch.var(a, dim=1, correction=0)", [](T a) { return var(a, {1}, 0); }, normal({3, 50}));
  var_op.sample("torch.var(a, dim=1, correction=2)", [](T a) { return var(a, {1}, 2); }, normal({3, 5}));
  Operator& std_op = all.add("std").types(kFloats).within(4, order);
  over_axes(std_op, "std", [](T a, Dims axes, bool keep) { return std(a, axes, 1, keep); }, Values::kNormal);
  for (Operator* op : {&var_op, &std_op}) {
    for (Sample& s : op->samples) s.inputs[0].wants_grad = !s.inputs[0].shape.empty();  // of one number it is NaN
  }
  Operator& norm_op = all.add("norm").types(kFloats).within(4, order);
  over_axes(
      norm_op, "linalg.vector_norm", [](T a, Dims axes, bool keep) { return norm(a, 2, axes, keep); },
      Values::kDistinct);
  norm_op.samples.front().torch = "torch.linalg.vector_norm(a)";
  for (Sample& s : norm_op.samples) {
    const std::string from = "vector_norm(a, ";
    if (const auto at = s.torch.find(from); at != std::string::npos)
      s.torch.replace(at, from.size(), "vector_norm(a, 2, ");
  }
  norm_op.sample("torch.linalg.vector_norm(a, 1)", [](T a) { return norm(a, 1); }, distinct({3, 7}));
  norm_op.sample("torch.linalg.vector_norm(a, 3.5, 1)", [](T a) { return norm(a, 3.5, {1}); }, distinct({3, 7}));
  norm_op.sample("torch.linalg.vector_norm(a, float('inf'))", [](T a) { return norm(a, INFINITY); }, distinct({3, 7}));
  norm_op.sample("torch.linalg.vector_norm(a, 0)", [](T a) { return norm(a, 0); }, normal({3, 7}).constant());
  Operator& log_op = all.add("logsumexp").types(kFloats).within(4, order);
  const Axes lists[] = {{{0}, false}, {{-1}, true}, {{0, 1}, false}};
  for (const Axes& axes : lists) {
    log_op.sample(
        "torch.logsumexp(a, " + axes.python() + ")", [=](T a) { return logsumexp(a, axes.list, axes.keepdim); },
        normal({4, 9}));
  }
  log_op.sample("torch.logsumexp(a * 1000, 0)", [](T a) { return logsumexp(a * 1000, {0}); }, normal({9}).constant());
  log_op.sample("torch.logsumexp(a, 0)", [](T a) { return logsumexp(a, {0}); }, special());
  Operator& scan = all.add("cumsum").types(kNumbers).within(4, order);
  for (const std::int64_t axis : {0, 1, -1}) {
    scan.sample("torch.cumsum(a, " + std::to_string(axis) + ")", [=](T a) { return cumsum(a, axis); }, normal({3, 9}));
    scan.sample(
        "torch.cumsum(a, " + std::to_string(axis) + ")", [=](T a) { return cumsum(a, axis); }, normal({2, 3, 4, 5}));
  }
  scan.sample("torch.cumsum(a, 0)", [](T a) { return cumsum(a, 0); }, normal({}));
  scan.sample(
      "torch.cumsum(a, 0, dtype=torch.float64)", [](T a) { return cumsum(a, 0, DType::kFloat64); }, normal({4}));
  scan.error("torch.cumsum(a, 1)", [](T a) { return cumsum(a, 1); }, normal({3}));
}

inline void add_extreme_samples(Operators& all) {
  Operator& largest = all.add("amax").types(kNumbers);
  over_axes(largest, "amax", [](T a, Dims axes, bool keep) { return amax(a, axes, keep); }, Values::kDistinct, false);
  Operator& smallest = all.add("amin").types(kNumbers);
  over_axes(smallest, "amin", [](T a, Dims axes, bool keep) { return amin(a, axes, keep); }, Values::kDistinct, false);
  for (Operator* op : {&largest, &smallest}) {
    for (Sample& s : op->samples) {  // torch.amax has () and no None for all axes
      if (const auto at = s.torch.find("None"); at != std::string::npos) s.torch.replace(at, 4, "()");
    }
  }
  largest.sample("torch.amax(a, 0)", [](T a) { return amax(a, {0}); }, special());
  largest.sample("torch.amax(torch.round(a), 1)", [](T a) { return amax(round(a), {1}); }, normal({3, 40}).constant());
  largest.error("torch.amax(a, 0)", [](T a) { return amax(a, {0}); }, normal({0, 3}));
  const auto with_index = [&](const char* name, auto along, auto whole) {
    Operator& op = all.add(name).types(kNumbers);
    const std::string torch = "torch." + std::string(name);
    for (const std::int64_t axis : {0, 1, -1}) {
      const std::string argument = std::to_string(axis);
      op.sample(
          "tuple(" + torch + "(a, " + argument + "))", [=](T a) { return along(a, axis, false); }, distinct({5, 33}));
      op.sample(
          "tuple(" + torch + "(a, " + argument + ", keepdim=True))", [=](T a) { return along(a, axis, true); },
          distinct({2, 3, 4, 5}));
      op.sample(
          "tuple(" + torch + "(a, " + argument + "))", [=](T a) { return along(a, axis, false); },
          normal({4, 9}).constant().of(DType::kInt32));
    }
    op.sample("tuple(" + torch + "(a, 0))", [=](T a) { return along(a, 0, false); }, special());
    op.sample("tuple(" + torch + "(a, 0))", [=](T a) { return along(a, 0, false); }, distinct({}));
    op.sample(torch + "(a)", [=](T a) { return whole(a); }, distinct({2, 3, 4, 5}));
    op.sample(torch + "(a)", [=](T a) { return whole(a); }, distinct({}));
    op.error("tuple(" + torch + "(a, 0))", [=](T a) { return along(a, 0, false); }, distinct({0, 3}));
    op.error(torch + "(a)", [=](T a) { return whole(a); }, distinct({0}));
  };
  with_index("max", [](T a, std::int64_t axis, bool keep) { return max(a, axis, keep); }, [](T a) { return max(a); });
  with_index("min", [](T a, std::int64_t axis, bool keep) { return min(a, axis, keep); }, [](T a) { return min(a); });
  const auto argument = [&](const char* name, auto fn) {
    Operator& op = all.add(name).types(kNumbers);
    const std::string torch = "torch." + std::string(name);
    op.sample(torch + "(a)", [=](T a) { return fn(a, std::nullopt, false); }, distinct({2, 3, 4, 5}));
    op.sample(torch + "(a, 1)", [=](T a) { return fn(a, 1, false); }, distinct({2, 3, 4, 5}));
    op.sample(torch + "(a, -1, keepdim=True)", [=](T a) { return fn(a, -1, true); }, distinct({5, 33}));
    op.sample(torch + "(a, 0)", [=](T a) { return fn(a, 0, false); }, special());
    op.sample(torch + "(torch.round(a), 1)", [=](T a) { return fn(round(a), 1, false); }, normal({4, 70}));
    op.error(torch + "(a)", [=](T a) { return fn(a, std::nullopt, false); }, distinct({0}));
  };
  using Axis = std::optional<std::int64_t>;
  argument("argmax", [](T a, Axis axis, bool keep) { return argmax(a, axis, keep); });
  argument("argmin", [](T a, Axis axis, bool keep) { return argmin(a, axis, keep); });
  Operator& all_op = all.add("all").types(kEverything);
  over_axes(all_op, "all", [](T a, Dims axes, bool keep) { return lamella::all(a, axes, keep); }, Values::kNormal);
  Operator& any_op = all.add("any").types(kEverything);
  over_axes(any_op, "any", [](T a, Dims axes, bool keep) { return any(a, axes, keep); }, Values::kNormal);
}

inline void add_reduce_samples(Operators& all) {
  add_sum_samples(all);
  add_extreme_samples(all);
}

}  // namespace lamella::testing
