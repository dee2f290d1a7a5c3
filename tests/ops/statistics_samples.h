// Samples of the statistics of include/lamella/ops/reduce.h.
#pragma once

#include <cmath>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/reduce.h>

#include "ops/sample.h"

namespace lamella::testing {

inline TensorList pair_of(const MeanAndSpread& p) { return {p.spread, p.mean}; }
inline TensorList pair_of(const Extremes& p) { return {p.min, p.max}; }
inline TensorList three_of(const UniqueElements& u) { return {u.values, u.inverse, u.counts}; }

inline void add_moment_samples(Operators& all) {
  const std::string order = "sums in another order";
  all.add("var_mean")
      .types(kFloats)
      .within(4, order)
      .sample(
          "torch.var_mean(a, 1)", [](T a) { return pair_of(var_mean(a, {1})); }, normal({4, 9}))
      .sample(
          "torch.var_mean(a, (0, 2, 3), correction=0, keepdim=True)",
          [](T a) { return pair_of(var_mean(a, {0, 2, 3}, 0, true)); }, normal({2, 3, 4, 5}));
  all.add("std_mean")
      .types(kFloats)
      .within(4, order)
      .sample("torch.std_mean(a)", [](T a) { return pair_of(std_mean(a)); }, normal({4, 9}));
  all.add("aminmax")
      .types(kNumbers)
      .sample(
          "torch.aminmax(a)", [](T a) { return pair_of(aminmax(a)); }, distinct({4, 9}))
      .sample(
          "torch.aminmax(a, dim=1, keepdim=True)", [](T a) { return pair_of(aminmax(a, 1, true)); },
          distinct({2, 3, 4, 5}));
  all.add("nansum")
      .types(kFloats)
      .within(4, order)
      .sample(
          "torch.nansum(a, 1)", [](T a) { return nansum(a, {1}); }, normal({4, 9}))
      .sample(
          "torch.nansum(torch.where(b > 0, a, torch.nan))",
          [](T a, T b) { return nansum(masked_fill(a, le(b, wrapped(0)), NAN)); }, normal({4, 9}).constant(),
          normal({4, 9}).constant());
  all.add("nanmean").types(kFloats).within(4, order).sample(
      "torch.nanmean(torch.where(b > 0, a, torch.nan), 1)",
      [](T a, T b) { return nanmean(where(gt(b, wrapped(0)), a, NAN), {1}); }, normal({4, 9}),
      normal({4, 9}).constant());
  all.add("count_nonzero")
      .types(kEverything)
      .sample(
          "torch.count_nonzero(a)", [](T a) { return count_nonzero(a); }, normal({4, 9}).constant())
      .sample(
          "torch.count_nonzero(a, (0, 2))", [](T a) { return count_nonzero(a, {0, 2}); },
          normal({2, 3, 4, 5}).constant())
      .sample("torch.count_nonzero(a)", [](T a) { return count_nonzero(a); }, boolean({9}));
  all.add("cumprod")
      .types(kNumbers)
      .within(8, "products of up to 9 factors in another order")
      .sample(
          "torch.cumprod(a, 0)", [](T a) { return cumprod(a, 0); }, positive({4, 9}))
      .sample(
          "torch.cumprod(a, -1)", [](T a) { return cumprod(a, -1); }, positive({2, 3, 4, 5}))
      .sample(
          "torch.cumprod(a, 0)", [](T a) { return cumprod(a, 0); }, normal({}))
      .sample(
          "torch.cumprod(a * b, 0)", [](T a, T b) { return cumprod(a * b, 0); }, positive({5, 4}), index(3, {5, 4}))
      .sample(
          "torch.cumprod(a, 0, dtype=torch.float64)", [](T a) { return cumprod(a, 0, DType::kFloat64); },
          normal({4}).of(DType::kInt32));
}

inline void add_rank_samples(Operators& all) {
  Operator& med = all.add("median").types(kNumbers).plain_only();  // PyTorch reads beyond expanded inputs
  med.sample("torch.median(a)", [](T a) { return median(a); }, distinct({4, 9}));
  med.sample("torch.median(a)", [](T a) { return median(a); }, distinct({}));
  med.sample("torch.median(a)", [](T a) { return median(a); }, special());
  med.sample("tuple(torch.median(a, 1))", [](T a) { return median(a, 1); }, distinct({4, 9}));
  med.sample(
      "tuple(torch.median(a, -2, keepdim=True))", [](T a) { return median(a, -2, true); }, distinct({2, 3, 4, 5}));
  med.error("torch.median(a, 0)", [](T a) { return median(a, 0); }, normal({0, 3}));
  Operator& nan = all.add("nanmedian").types(kFloats).plain_only();
  nan.sample("torch.nanmedian(a)", [](T a) { return nanmedian(a); }, special());
  nan.sample("tuple(torch.nanmedian(a, 0))", [](T a) { return nanmedian(a, 0); }, distinct({4, 9}));
  all.add("kthvalue")
      .types(kNumbers)
      .sample(
          "tuple(torch.kthvalue(a, 3))", [](T a) { return kthvalue(a, 3); }, distinct({4, 9}))
      .sample(
          "tuple(torch.kthvalue(a, 1, 1, keepdim=True))", [](T a) { return kthvalue(a, 1, 1, true); },
          distinct({2, 3, 4, 5}))
      .error(
          "torch.kthvalue(a, 10)", [](T a) { return kthvalue(a, 10); }, distinct({4, 9}))
      .error("torch.kthvalue(a, 0)", [](T a) { return kthvalue(a, 0); }, distinct({4, 9}));
  Operator& q = all.add("quantile").within(2, "ranks are products of another order");
  for (const char* mode : {"linear", "lower", "higher", "midpoint", "nearest"}) {
    const std::string tail = ", interpolation='" + std::string(mode) + "')";
    q.sample(
        "torch.quantile(a, 0.3, 1" + tail, [=](T a) { return quantile(a, 0.3, 1, false, mode); }, distinct({4, 9}));
  }
  q.sample(
      "torch.quantile(a, b, 0, keepdim=True)", [](T a, T b) { return quantile(a, b, 0, true); }, distinct({4, 9}),
      unit({3}).constant());
  q.sample("torch.quantile(a, b)", [](T a, T b) { return quantile(a, b); }, distinct({2, 3, 4}), unit({3}).constant());
  q.sample("torch.quantile(a, 0.5)", [](T a) { return quantile(a, 0.5); }, special());
  q.error("torch.quantile(a, 1.5)", [](T a) { return quantile(a, 1.5); }, distinct({4}));
}

inline void add_counting_samples(Operators& all) {
  all.add("bincount")
      .sample(
          "torch.bincount(a)", [](T a) { return bincount(a); }, index(7, {30}))
      .sample(
          "torch.bincount(a, b, minlength=9)", [](T a, T b) { return bincount(a, b, 9); }, index(7, {30}),
          normal({30}).constant())
      .error(
          "torch.bincount(a - 3)", [](T a) { return bincount(a - 3); }, index(2, {5}))
      .error("torch.bincount(a)", [](T a) { return bincount(a); }, index(2, {5, 2}));
  all.add("histc")
      .sample(
          "torch.histc(a, 7)", [](T a) { return histc(a, 7); }, distinct({40}).constant())
      .sample(
          "torch.histc(a, 5, -1, 1)", [](T a) { return histc(a, 5, -1, 1); }, distinct({4, 9}).constant())
      .error("torch.histc(a, 0)", [](T a) { return histc(a, 0); }, normal({3}));
  all.add("unique")
      .types(kNumbers)
      .sample(
          "torch.unique(torch.round(a), return_inverse=True, return_counts=True)",
          [](T a) { return three_of(unique(round(a))); }, normal({4, 9}).constant())
      .sample(
          "torch.unique(a, return_inverse=True, return_counts=True)", [](T a) { return three_of(unique(a)); },
          boolean({5}))
      .sample(
          "torch.unique(a, return_inverse=True, return_counts=True)", [](T a) { return three_of(unique(a)); },
          normal({0}).constant());
  all.add("unique_consecutive")
      .types(kNumbers)
      .sample(
          "torch.unique_consecutive(torch.round(a), return_inverse=True, return_counts=True)",
          [](T a) { return three_of(unique_consecutive(round(a))); }, normal({4, 9}).constant());
  all.add("diff")
      .types(kEverything)
      .sample(
          "torch.diff(a)", [](T a) { return diff(a); }, normal({4, 9}))
      .sample("torch.diff(a, 2, 1)", [](T a) { return diff(a, 2, 1); }, normal({2, 3, 4, 5}));
}

inline void add_statistics_samples(Operators& all) {
  add_moment_samples(all);
  add_rank_samples(all);
  add_counting_samples(all);
}

}  // namespace lamella::testing
