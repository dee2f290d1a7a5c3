// Samples of include/lamella/ops/search.h, scatter_reduce.h and embedding.h.
#pragma once

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/embedding.h>
#include <lamella/ops/scatter_reduce.h>
#include <lamella/ops/search.h>

#include "ops/sample.h"

namespace lamella::testing {

inline TensorList all_three(const UniqueElements& u) { return {u.values, u.inverse, u.counts}; }

inline void add_running_samples(Operators& all) {
  for (const bool largest : {true, false}) {
    const std::string name = largest ? "cummax" : "cummin";
    const auto fn = [=](std::int64_t axis) { return [=](T a) { return largest ? cummax(a, axis) : cummin(a, axis); }; };
    all.add(name)
        .types(kEverything)
        .sample("tuple(torch." + name + "(a, 0))", fn(0), distinct({4, 9}))
        .sample("tuple(torch." + name + "(a, -1))", fn(-1), distinct({2, 3, 4, 5}))
        .sample("tuple(torch." + name + "(a, -3))", fn(-3), distinct({2, 3, 4, 5}))
        .sample("tuple(torch." + name + "(a, 0))", fn(0), distinct({}))
        .error("torch." + name + "(a, 2)", fn(2), distinct({4, 9}));
    all.add(name + " (NaN)").types(kFloats).sample("tuple(torch." + name + "(a, 0))", fn(0), special());
  }
  Operator& most = all.add("mode").types(kNumbers);
  most.sample(
      "torch.mode(torch.round(a)).values", [](T a) { return mode(round(a)).values; }, normal({4, 9}).constant());
  most.sample("tuple(torch.mode(a, 1, keepdim=True))", [](T a) { return mode(a, 1, true); }, distinct({2, 3, 4}));
  most.sample("tuple(torch.mode(a))", [](T a) { return mode(a); }, distinct({}));
  most.error("torch.mode(a, 0)", [](T a) { return mode(a, 0); }, normal({0, 3}));
}

inline void add_search_samples(Operators& all) {
  const std::string sorted = "torch.sort(a).values";
  const auto in_order = [](T a) { return sort(a).values; };
  all.add("searchsorted")
      .types(kNumbers)
      .sample(
          "torch.searchsorted(" + sorted + ", b)", [=](T a, T b) { return searchsorted(in_order(a), b); },
          normal({9}).constant(), normal({3, 4}).constant())
      .sample(
          "torch.searchsorted(" + sorted + ", b, right=True, out_int32=True)",
          [=](T a, T b) { return searchsorted(in_order(a), b, {.out_int32 = true, .right = true}); },
          normal({2, 3, 9}).constant(), normal({2, 3, 4}).constant())
      .sample(
          "torch.searchsorted(a, b, sorter=torch.argsort(a, stable=True))",
          [](T a, T b) { return searchsorted(a, b, {.sorter = argsort(a)}); }, normal({9}).constant(),
          normal({4}).constant())
      .error(
          "torch.searchsorted(a, b)", [](T a, T b) { return searchsorted(a, b); }, normal({2, 9}).constant(),
          normal({3, 4}).constant())
      .sample(
          "torch.searchsorted(" + sorted + ", b)", [=](T a, T b) { return searchsorted(in_order(a), b); },
          normal({9}).constant(), normal({3, 4}).of(DType::kInt16));
  all.add("bucketize")
      .types(kNumbers)
      .sample(
          "torch.bucketize(b, " + sorted + ")", [=](T a, T b) { return bucketize(b, in_order(a)); },
          normal({9}).constant(), normal({3, 4}).constant())
      .error(
          "torch.bucketize(b, a)", [](T a, T b) { return bucketize(b, a); }, normal({2, 9}).constant(),
          normal({3, 4}).constant());
  all.add("isin")
      .plain_only()  // of a transposed tensor PyTorch makes a view that it refuses
      .types({DType::kFloat32, DType::kFloat64, DType::kInt64, DType::kInt32, DType::kUInt8})
      .sample(
          "torch.isin(torch.round(a), torch.round(b))", [](T a, T b) { return isin(round(a), round(b)); },
          normal({4, 9}).constant(), normal({2, 2}).constant())
      .sample(
          "torch.isin(torch.round(a), torch.round(b), invert=True)",
          [](T a, T b) { return isin(round(a), round(b), true); }, normal({4, 9}).constant(), normal({2}).constant())
      .sample("torch.isin(a, b)", [](T a, T b) { return isin(a, b); }, normal({4}).constant(), normal({0}).constant());
  const std::string options = ", return_inverse=True, return_counts=True, dim=";
  all.add("unique (dim)")
      .types(kNumbers)
      .sample(
          "torch.unique(torch.sign(a)" + options + "0)", [](T a) { return all_three(unique(sign(a), 0)); },
          normal({20, 2}).constant())
      .sample(
          "torch.unique(torch.sign(a)" + options + "1)", [](T a) { return all_three(unique(sign(a), 1)); },
          normal({2, 9, 1}).constant())
      .error("torch.unique(a, dim=0)", [](T a) { return all_three(unique(a, 0)); }, normal({3, 0}));
  all.add("unique_consecutive (dim)")
      .types(kNumbers)
      .sample(
          "torch.unique_consecutive(torch.sign(a)" + options + "0)",
          [](T a) { return all_three(unique_consecutive(sign(a), 0)); }, normal({20, 1}).constant());
}

inline void add_scatter_reduce_samples(Operators& all) {
  for (const char* how : {"sum", "prod", "mean", "amax", "amin"}) {
    for (const bool self : {true, false}) {
      const std::string tail = ", b, c, '" + std::string(how) + (self ? "')" : "', include_self=False)");
      Operator& op = all.add("scatter_reduce (" + std::string(how) + (self ? ")" : ", source alone)"));
      op.types(kNumbers).within(4, "of 16 bits PyTorch rounds each step");
      op.sample(
          "torch.scatter_reduce(a, 1" + tail, [=](T a, T b, T c) { return scatter_reduce(a, 1, b, c, how, self); },
          positive({3, 4}), index(4, {3, 9}), positive({3, 9}));
      op.sample(
          "torch.scatter_reduce(a, 0" + tail, [=](T a, T b, T c) { return scatter_reduce(a, 0, b, c, how, self); },
          positive({3, 4, 5}), index(3, {4, 2, 3}), positive({4, 2, 3}));
    }
  }
  Operator& op = all.add("scatter_reduce");
  op.sample(
      "torch.scatter_reduce(a, 0, b, c * b, 'prod')",
      [](T a, T b, T c) { return scatter_reduce(a, 0, b, c * b, "prod"); }, positive({5}), index(5, {9}),
      positive({9}));
  op.sample(
      "torch.scatter_reduce(a, 0, b, c, 'amax')", [](T a, T b, T c) { return scatter_reduce(a, 0, b, c, "amax"); },
      normal({}), index(1, {}), normal({}));
  op.error(
      "torch.scatter_reduce(a, 0, b, c, 'median')", [](T a, T b, T c) { return scatter_reduce(a, 0, b, c, "median"); },
      normal({3}), index(3, {3}), normal({3}));
  op.error(
      "torch.scatter_reduce(a, 0, b + 3, c, 'amax')",
      [](T a, T b, T c) { return scatter_reduce(a, 0, b + 3, c, "amax"); }, normal({3}), index(3, {3}), normal({3}));
  all.add("scatter_reduce_")
      .sample(
          "a.clone().scatter_reduce_(1, b, c, 'amin')",
          [](T a, T b, T c) { return scatter_reduce_(a.clone(), 1, b, c, "amin"); }, distinct({3, 4}), index(4, {3, 9}),
          distinct({3, 9}))
      .error(
          "a.scatter_reduce_(1, b, c, 'amin')", [](T a, T b, T c) { return scatter_reduce_(a, 1, b, c, "amin"); },
          distinct({3, 4}), index(4, {3, 9}), distinct({3, 9}));
  const auto places = [] { return tensor(std::vector<std::int64_t>{7, 0, -1, 3}); };
  const std::string four = "torch.tensor([7, 0, -1, 3])";
  all.add("put")
      .types(kEverything)
      .sample(
          "torch.put(a, " + four + ", b)", [=](T a, T b) { return put(a, places(), b); }, normal({3, 4}),
          normal({2, 2}));
  all.add("put_")
      .types(kNumbers)
      .sample(
          "a.clone().put_(b, c, accumulate=True)", [](T a, T b, T c) { return put_(a.clone(), b, c, true); },
          normal({3, 4}), index(12, {5}), normal({5}))
      .error(
          "a.clone().put_(b, c)", [](T a, T b, T c) { return put_(a.clone(), b, c); }, normal({3, 4}), index(12, {5}),
          normal({4}));
  const auto filled = [](bool wrap) { return [=](T a) { return fill_diagonal_(a.clone(), 7, wrap); }; };
  all.add("fill_diagonal_")
      .plain_only()  // wrapped in a transposed matrix PyTorch reaches beyond the memory
      .types(kEverything)
      .sample("a.clone().fill_diagonal_(7)", filled(false), normal({4, 9}))
      .sample("a.clone().fill_diagonal_(7)", filled(false), normal({9, 2}))
      .sample("a.clone().fill_diagonal_(7, wrap=True)", filled(true), normal({9, 2}))
      .sample("a.clone().fill_diagonal_(7)", filled(false), normal({3, 3, 3}))
      .error("a.clone().fill_diagonal_(7)", filled(false), normal({3, 3, 2}))
      .error("a.clone().fill_diagonal_(7)", filled(false), normal({3}));
}

inline void add_embedding_samples(Operators& all) {
  Operator& op = all.add("embedding (options)").types({DType::kFloat32, DType::kFloat64});
  op.sample(
      "F.embedding(a, b.clone(), max_norm=1.5)", [](T a, T b) { return embedding(a, b.clone(), {.max_norm = 1.5}); },
      index(5, {3, 4}), normal({5, 6}).constant());
  op.sample(
      "F.embedding(a, b.clone(), max_norm=1.5, norm_type=1.0)",
      [](T a, T b) { return embedding(a, b.clone(), {.max_norm = 1.5, .norm_type = 1}); }, index(5, {3, 4}),
      normal({5, 6}).constant());
  all.add("embedding (by frequency)")
      .without_differences()  // the gradient is not that of the values, on purpose
      .sample(
          "F.embedding(a, b, padding_idx=-1, scale_grad_by_freq=True)",
          [](T a, T b) { return embedding(a, b, {.padding_idx = -1, .scale_grad_by_freq = true}); }, index(5, {3, 4}),
          normal({5, 6}));
}

}  // namespace lamella::testing
