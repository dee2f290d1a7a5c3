// Samples of include/lamella/ops/pool.h.
#pragma once

#include <lamella/ops/pool.h>

#include "ops/sample.h"

namespace lamella::testing {

template <typename Pool, typename WithIndices>
void add_max_pool(Operators& all, int axes, Pool pool, WithIndices with_indices, const Dims& spatial) {
  const std::string name = "max_pool" + std::to_string(axes) + "d";
  struct Case {
    const char* torch;
    Dims kernel;
    MaxPoolOptions options;
  };
  const Case cases[] = {
      {"2", {2}, {}},
      {"3, stride=2, padding=1", {3}, {.stride = {2}, .padding = {1}}},
      {"2, stride=1, dilation=2", {2}, {.stride = {1}, .dilation = {2}}},
      {"2, ceil_mode=True", {2}, {.ceil_mode = true}},
      {"3, stride=2, padding=1, ceil_mode=True", {3}, {.stride = {2}, .padding = {1}, .ceil_mode = true}}};
  Dims batched = {2, 3};
  batched.append(spatial.begin(), spatial.end());
  Dims unbatched = {3};
  unbatched.append(spatial.begin(), spatial.end());
  Dims empty = batched;
  empty[0] = 0;
  Operator& op = all.add(name).types(kFloats);
  for (const Case& c : cases) {
    const std::string torch = "F." + name + "(a, " + c.torch + ")";
    const auto call = [=](T a) { return pool(a, c.kernel, c.options); };
    op.sample(torch, call, distinct(batched)).sample(torch, call, distinct(unbatched));
  }
  op.sample("F." + name + "(a, 2)", [=](T a) { return pool(a, {2}, {}); }, distinct(empty));
  op.sample(
      "F." + name + "(a / 0 * 0, 2)", [=](T a) { return pool(a / 0 * 0, {2}, {}); }, distinct(batched).constant());
  op.error("F." + name + "(a, 2, padding=2)", [=](T a) { return pool(a, {2}, {.padding = {2}}); }, distinct(batched));
  op.error("F." + name + "(a, 0)", [=](T a) { return pool(a, {0}, {}); }, distinct(batched));
  op.error("F." + name + "(a, 50)", [=](T a) { return pool(a, {50}, {}); }, distinct(batched));
  op.error("F." + name + "(a, 2)", [=](T a) { return pool(a, {2}, {}); }, distinct({3}));
  Operator& indexed = all.add(name + "_with_indices").types(kFloats);
  for (const Case& c : cases) {
    indexed.sample(
        "F." + name + "(a, " + c.torch + ", return_indices=True)",
        [=](T a) { return with_indices(a, c.kernel, c.options); }, distinct(batched));
  }
}

template <typename Pool>
void add_avg_pool(Operators& all, int axes, Pool pool, const Dims& spatial) {
  const std::string name = "avg_pool" + std::to_string(axes) + "d";
  struct Case {
    const char* torch;
    Dims kernel;
    AvgPoolOptions options;
  };
  std::vector<Case> cases = {
      {"2", {2}, {}},
      {"3, stride=2, padding=1", {3}, {.stride = {2}, .padding = {1}}},
      {"3, stride=2, padding=1, count_include_pad=False",
       {3},
       {.stride = {2}, .padding = {1}, .count_include_pad = false}},
      {"2, ceil_mode=True", {2}, {.ceil_mode = true}},
      {"3, 2, 1, True, False", {3}, {.stride = {2}, .padding = {1}, .ceil_mode = true, .count_include_pad = false}}};
  if (axes > 1) cases.push_back({"2, divisor_override=3", {2}, {.divisor_override = 3}});
  Dims batched = {2, 3};
  batched.append(spatial.begin(), spatial.end());
  Operator& op = all.add(name).types(kFloats);
  for (const Case& c : cases) {
    op.sample("F." + name + "(a, " + c.torch + ")", [=](T a) { return pool(a, c.kernel, c.options); }, normal(batched));
  }
  Dims unbatched = {3};
  unbatched.append(spatial.begin(), spatial.end());
  op.sample("F." + name + "(a, 2)", [=](T a) { return pool(a, {2}, {}); }, normal(unbatched));
  op.error("F." + name + "(a, 2, padding=2)", [=](T a) { return pool(a, {2}, {.padding = {2}}); }, normal(batched));
  op.error("F." + name + "(a, 50)", [=](T a) { return pool(a, {50}, {}); }, normal(batched));
}

template <typename Average, typename Maximum, typename WithIndices>
void add_adaptive_pools(Operators& all, int axes, Average average, Maximum maximum, WithIndices with_indices,
                        const Dims& spatial) {
  Dims batched = {2, 3};
  batched.append(spatial.begin(), spatial.end());
  Dims unbatched = {3};
  unbatched.append(spatial.begin(), spatial.end());
  const std::string suffix = "_pool" + std::to_string(axes) + "d";
  Operator& mean = all.add("adaptive_avg" + suffix).types(kFloats);
  Operator& most = all.add("adaptive_max" + suffix).types(kFloats);
  for (const std::int64_t size : {1, 2, 3, 5}) {
    const std::string rest = suffix + "(a, " + std::to_string(size) + ")";
    mean.sample("F.adaptive_avg" + rest, [=](T a) { return average(a, {size}); }, normal(batched));
    most.sample("F.adaptive_max" + rest, [=](T a) { return maximum(a, {size}); }, distinct(batched));
  }
  Operator& indexed = all.add("adaptive_max" + suffix + "_with_indices").types(kFloats);
  for (const Dims& shape : {batched, unbatched}) {
    indexed.sample(
        "F.adaptive_max" + suffix + "(a, 3, return_indices=True)", [=](T a) { return with_indices(a, {3}); },
        distinct(shape));
  }
  mean.sample("F.adaptive_avg" + suffix + "(a, 2)", [=](T a) { return average(a, {2}); }, normal(unbatched));
  most.sample("F.adaptive_max" + suffix + "(a, 2)", [=](T a) { return maximum(a, {2}); }, distinct(unbatched));
  if (axes == 2) {
    mean.sample("F.adaptive_avg_pool2d(a, (None, 2))", [=](T a) { return average(a, {-1, 2}); }, normal(batched));
    most.sample("F.adaptive_max_pool2d(a, (3, None))", [=](T a) { return maximum(a, {3, -1}); }, distinct(batched));
  }
}

/// Back to where the maxima were: the indices come from pooling itself.
template <typename Pool, typename Unpool>
void add_unpool(Operators& all, int axes, Pool pool, Unpool unpool, const Dims& even) {
  const std::string suffix = std::to_string(axes) + "d(";
  Operator& op = all.add("max_unpool" + std::to_string(axes) + "d").types(kFloats);
  if (axes == 3) op.plain_only();  // of a channels-last input without a batch PyTorch raises
  Dims batched = {2, 3};
  batched.append(even.begin(), even.end());
  Dims unbatched = {3};
  unbatched.append(even.begin(), even.end());
  Dims odd = batched;  // pooling leaves a rest, which the output's size says
  for (std::size_t i = 2; i < odd.size(); ++i) ++odd[i];
  const std::string torch = "(lambda v, i: F.max_unpool" + suffix + "v, i, 2";
  const std::string pooled = "))(*F.max_pool" + suffix + "a, 2, return_indices=True))";
  const auto call = [=](MaxUnpoolOptions options) {
    return [=](T a) {
      const PooledIndices p = pool(a, {2}, {});
      return unpool(p.values, p.indices, {2}, options);
    };
  };
  op.sample(torch + pooled, call({}), distinct(batched)).sample(torch + pooled, call({}), distinct(unbatched));
  op.sample(torch + ", output_size=a.shape" + pooled, call({.output_size = Dims(odd.begin() + 2, odd.end())}),
            distinct(odd));
  op.error(torch + ", output_size=(50,) * " + std::to_string(axes) + pooled,
           call({.output_size = Dims(even.size(), 50)}), distinct(batched));
  op.error(
      torch.substr(0, torch.size() - 6) + "v, i + 99, 2" + pooled,
      [=](T a) {
        const PooledIndices p = pool(a, {2}, {});
        return unpool(p.values, p.indices + 99, {2}, {});
      },
      distinct(batched));
}

inline void add_pool_samples(Operators& all) {
  using M = MaxPoolOptions;
  using A = AvgPoolOptions;
  add_max_pool(
      all, 1, [](T a, Dims k, M o) { return max_pool1d(a, k, o); },
      [](T a, Dims k, M o) { return max_pool1d_with_indices(a, k, o); }, {9});
  add_max_pool(
      all, 2, [](T a, Dims k, M o) { return max_pool2d(a, k, o); },
      [](T a, Dims k, M o) { return max_pool2d_with_indices(a, k, o); }, {7, 5});
  add_max_pool(
      all, 3, [](T a, Dims k, M o) { return max_pool3d(a, k, o); },
      [](T a, Dims k, M o) { return max_pool3d_with_indices(a, k, o); }, {5, 4, 5});
  using U = MaxUnpoolOptions;
  add_unpool(
      all, 1, [](T a, Dims k, M o) { return max_pool1d_with_indices(a, k, o); },
      [](T a, T i, Dims k, U o) { return max_unpool1d(a, i, k, o); }, {8});
  add_unpool(
      all, 2, [](T a, Dims k, M o) { return max_pool2d_with_indices(a, k, o); },
      [](T a, T i, Dims k, U o) { return max_unpool2d(a, i, k, o); }, {6, 4});
  add_unpool(
      all, 3, [](T a, Dims k, M o) { return max_pool3d_with_indices(a, k, o); },
      [](T a, T i, Dims k, U o) { return max_unpool3d(a, i, k, o); }, {4, 2, 4});
  add_avg_pool(all, 1, [](T a, Dims k, A o) { return avg_pool1d(a, k, o); }, {9});
  add_avg_pool(all, 2, [](T a, Dims k, A o) { return avg_pool2d(a, k, o); }, {7, 5});
  add_avg_pool(all, 3, [](T a, Dims k, A o) { return avg_pool3d(a, k, o); }, {5, 4, 5});
  add_adaptive_pools(
      all, 1, [](T a, Dims s) { return adaptive_avg_pool1d(a, s); },
      [](T a, Dims s) { return adaptive_max_pool1d(a, s); },
      [](T a, Dims s) { return adaptive_max_pool1d_with_indices(a, s); }, {7});
  add_adaptive_pools(
      all, 2, [](T a, Dims s) { return adaptive_avg_pool2d(a, s); },
      [](T a, Dims s) { return adaptive_max_pool2d(a, s); },
      [](T a, Dims s) { return adaptive_max_pool2d_with_indices(a, s); }, {7, 5});
  add_adaptive_pools(
      all, 3, [](T a, Dims s) { return adaptive_avg_pool3d(a, s); },
      [](T a, Dims s) { return adaptive_max_pool3d(a, s); },
      [](T a, Dims s) { return adaptive_max_pool3d_with_indices(a, s); }, {5, 4, 3});
}

}  // namespace lamella::testing
