// Samples of the writes and the advanced indexing of include/lamella/ops/index.h.
#pragma once

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>

#include "ops/sample.h"

namespace lamella::testing {

// Indices without repeats: which of several values wins is PyTorch's choice from run to run. `b % k` of a draw from
// 0 … would repeat, so they are made of a range.
inline Tensor rows(std::initializer_list<std::int64_t> list) { return tensor(std::vector<std::int64_t>(list)); }

inline void add_writing_samples(Operators& all) {
  const Tensor places = rows({3, 0, 2});
  const std::string three = "torch.tensor([3, 0, 2])";
  const auto table = [] { return rows({3, 0, 2, 1, 2, 3}).view({2, 3}); };
  const std::string two = "torch.tensor([[3, 0, 2], [1, 2, 3]])";
  all.add("scatter")
      .types(kEverything)
      .sample(
          "torch.scatter(a, 1, " + two + ", b)", [=](T a, T b) { return scatter(a, 1, table(), b); }, normal({2, 4}),
          normal({2, 3}))
      .sample(
          "torch.scatter(a, -1, " + two + ", b)", [=](T a, T b) { return scatter(a, -1, table(), b); }, normal({3, 5}),
          normal({2, 3}))
      .sample(
          "torch.scatter(a, 1, b, 2)", [](T a, T b) { return scatter(a, 1, b, 2); }, normal({4, 5}), index(5, {3, 2}))
      .sample(
          "torch.scatter(a, 0, b, 2)", [](T a, T b) { return scatter(a, 0, b, 2); }, normal({}), index(1, {}))
      .error(
          "torch.scatter(a, 1, b + 5, 2)", [](T a, T b) { return scatter(a, 1, b + 5, 2); }, normal({4, 5}),
          index(5, {3, 2}))
      .error(
          "torch.scatter(a, 1, b, c)", [](T a, T b, T c) { return scatter(a, 1, b, c); }, normal({4, 5}),
          index(5, {3, 2}), normal({2, 2}))
      .error(
          "torch.scatter(a, 2, b, 2)", [](T a, T b) { return scatter(a, 2, b, 2); }, normal({4, 5}), index(5, {3, 2}));
  all.add("scatter_")
      .types(kEverything)
      .sample(
          "a.clone().scatter_(1, " + two + ", b)", [=](T a, T b) { return scatter_(a.clone(), 1, table(), b); },
          normal({2, 4}), normal({2, 3}))
      .sample(
          "a.clone().scatter_(1, b, 2.5)", [](T a, T b) { return scatter_(a.clone(), 1, b, 2.5); }, normal({4, 5}),
          index(5, {3, 2}))
      .error(
          "a.scatter_(1, b, 2.5)", [](T a, T b) { return scatter_(a, 1, b, 2.5); }, normal({4, 5}), index(5, {3, 2}));
  all.add("index_copy")
      .types(kEverything)
      .sample(
          "torch.index_copy(a, 0, " + three + ", b)", [=](T a, T b) { return index_copy(a, 0, places, b); },
          normal({4, 5}), normal({3, 5}))
      .sample(
          "torch.index_copy(a, -2, " + three + ", b)", [=](T a, T b) { return index_copy(a, -2, places, b); },
          normal({2, 3, 4, 5}), normal({2, 3, 3, 5}))
      .error(
          "torch.index_copy(a, 0, " + three + ", b)", [=](T a, T b) { return index_copy(a, 0, places, b); },
          normal({3, 5}), normal({3, 5}))
      .error(
          "torch.index_copy(a, 0, " + three + ", b)", [=](T a, T b) { return index_copy(a, 0, places, b); },
          normal({4, 5}), normal({2, 5}));
  all.add("index_copy_")
      .types(kEverything)
      .sample(
          "a.clone().index_copy_(0, " + three + ", b)", [=](T a, T b) { return index_copy_(a.clone(), 0, places, b); },
          normal({4, 5}), normal({3, 5}));
  all.add("index_fill")
      .types(kEverything)
      .sample(
          "torch.index_fill(a, 1, b, 2)", [](T a, T b) { return index_fill(a, 1, b, 2); }, normal({2, 3, 4, 5}),
          index(3, {2}))
      .sample(
          "torch.index_fill(a, 0, b, 2)", [](T a, T b) { return index_fill(a, 0, b, 2); }, normal({}), index(1, {1}))
      .error(
          "torch.index_fill(a, 0, b + 2, 2)", [](T a, T b) { return index_fill(a, 0, b + 2, 2); }, normal({2}),
          index(1, {1}));
  all.add("index_fill_")
      .types(kEverything)
      .sample(
          "a.clone().index_fill_(1, b, 2)", [](T a, T b) { return index_fill_(a.clone(), 1, b, 2); }, normal({2, 3}),
          index(3, {2}));
  all.add("masked_scatter")
      .types(kEverything)
      .sample(
          "torch.masked_scatter(a, b, c)", [](T a, T b, T c) { return masked_scatter(a, b, c); }, normal({4, 5}),
          boolean({4, 5}), normal({5, 5}))
      .sample(
          "torch.masked_scatter(a, b, c)", [](T a, T b, T c) { return masked_scatter(a, b, c); }, normal({5}),
          boolean({4, 5}), normal({21}))
      .error(
          "torch.masked_scatter(a, b, c)", [](T a, T b, T c) { return masked_scatter(a, b, c); }, normal({40}),
          boolean({40}), normal({2}));
  all.add("masked_scatter_")
      .types(kEverything)
      .sample(
          "a.clone().masked_scatter_(b, c)", [](T a, T b, T c) { return masked_scatter_(a.clone(), b, c); },
          normal({4, 5}), boolean({5}), normal({20}));
}

inline void add_advanced_index_samples(Operators& all) {
  const Tensor none;
  all.add("index")
      .types(kEverything)
      .within(2, "gradients of repeated indices are added in another order")
      .sample(
          "a[b]", [](T a, T b) { return index(a, {b}); }, normal({4, 3}), index(4, {6}))
      .sample(
          "a[b]", [](T a, T b) { return index(a, {b - 4}); }, normal({4, 3}), index(4, {2, 3}))
      .sample(
          "a[:, b]", [=](T a, T b) { return index(a, {none, b}); }, normal({2, 3, 4, 5}), index(3, {7}))
      .sample(
          "a[b, c]", [](T a, T b, T c) { return index(a, {b, c}); }, normal({4, 3, 2}), index(4, {6}), index(3, {6}))
      .sample(
          "a[b, c]", [](T a, T b, T c) { return index(a, {b, c}); }, normal({4, 3, 2}), index(4, {6, 1}), index(3, {5}))
      .sample(
          "a[:, b, c]", [=](T a, T b, T c) { return index(a, {none, b, c}); }, normal({2, 3, 4, 5}), index(3, {6}),
          index(4, {6}))
      .sample(
          "a[b, :, c]", [=](T a, T b, T c) { return index(a, {b, none, c}); }, normal({2, 3, 4, 5}), index(2, {6}),
          index(4, {6}))
      .sample(
          "a[:, b, :, c]", [=](T a, T b, T c) { return index(a, {none, b, none, c}); }, normal({2, 3, 4, 5}),
          index(3, {6}), index(5, {2, 6}))
      .sample(
          "a[b]", [](T a, T b) { return index(a, {b}); }, normal({4, 5}), boolean({4, 5}))
      .sample(
          "a[b]", [](T a, T b) { return index(a, {b}); }, normal({4, 5, 2}), boolean({4}))
      .sample(
          "a[:, b]", [=](T a, T b) { return index(a, {none, b}); }, normal({2, 3, 4}), boolean({3}))
      .sample(
          "a[b]", [](T a, T b) { return index(a, {b}); }, normal({4, 3}), index(4, {0}))
      .sample(
          "torch.ops.aten.index(a, [b])", [](T a, T b) { return index(a, {b}); }, normal({4, 3}), index(4, {}))
      .error(
          "a[b + 4]", [](T a, T b) { return index(a, {b + 4}); }, normal({4, 3}), index(4, {6}))
      .error(
          "a[b, c]", [](T a, T b, T c) { return index(a, {b, c}); }, normal({4, 3}), index(3, {6}), index(3, {5}))
      .error(
          "a[b, b]", [](T a, T b) { return index(a, {b, b}); }, normal({4}), index(3, {6}))
      .error(
          "a[b]", [](T a, T b) { return index(a, {b}); }, normal({4}), boolean({5}))
      .error("a[c]", [](T a, T, T c) { return index(a, {c}); }, normal({4}), normal({4}), normal({4}));
  const Tensor two = rows({3, 0});
  const std::string torch = "torch.index_put(a, ";
  const std::string pair = "torch.tensor([3, 0])";
  all.add("index_put")
      .types(kEverything)
      .within(2, "repeated indices are added in another order")
      .sample(
          torch + "(" + pair + ",), b)", [=](T a, T b) { return index_put(a, {two}, b); }, normal({4, 3}),
          normal({2, 3}))
      .sample(
          torch + "(" + pair + ",), b)", [=](T a, T b) { return index_put(a, {two}, b); }, normal({4, 3}), normal({}))
      .sample(
          torch + "(" + pair + ", " + pair + "), b)", [=](T a, T b) { return index_put(a, {two, two}, b); },
          normal({4, 5, 2, 3}), normal({2, 1, 3}))
      .sample(
          torch + "(b,), c, accumulate=True)", [](T a, T b, T c) { return index_put(a, {b}, c, true); }, normal({4, 3}),
          index(4, {7}), normal({7, 3}))
      .sample(
          torch + "(b,), c)", [](T a, T b, T c) { return index_put(a, {b}, c); }, normal({4, 3}), boolean({4, 3}),
          normal({}))
      .error(
          torch + "(b,), c)", [](T a, T b, T c) { return index_put(a, {b}, c); }, normal({4, 3}), index(4, {7}),
          normal({6, 3}))
      .error(
          torch + "(b + 4,), c)", [](T a, T b, T c) { return index_put(a, {b + 4}, c); }, normal({4, 3}), index(4, {7}),
          normal({7, 3}));
  all.add("index_put_")
      .types(kEverything)
      .within(2, "repeated indices are added in another order")
      .sample(
          "a.clone().index_put_((" + pair + ",), b)", [=](T a, T b) { return index_put_(a.clone(), {two}, b); },
          normal({4, 3}), normal({2, 3}))
      .sample(
          "a.clone().index_put_((b, c), d, accumulate=True)",
          [](T a, T b, T c, T d) { return index_put_(a.clone(), {b, c}, d, true); }, normal({4, 3}), index(4, {7}),
          index(3, {7}), normal({}))
      .sample(
          "a.clone().t().index_put_((" + pair + ",), b)", [=](T a, T b) { return index_put_(a.clone().t(), {two}, b); },
          normal({3, 4}), normal({2, 3}))
      .error(
          "a.index_put_((" + pair + ",), b)", [=](T a, T b) { return index_put_(a, {two}, b); }, normal({4, 3}),
          normal({2, 3}));
  all.add("take_along_dim")
      .types(kEverything)
      .plain_only()
      .sample(
          "torch.take_along_dim(a, b, 1)", [](T a, T b) { return take_along_dim(a, b, 1); }, normal({4, 5}),
          index(5, {1, 3}))
      .sample(
          "torch.take_along_dim(a, b, 0)", [](T a, T b) { return take_along_dim(a, b, 0); }, normal({4, 1, 2}),
          index(4, {6, 3, 2}))
      .sample(
          "torch.take_along_dim(a, b)", [](T a, T b) { return take_along_dim(a, b); }, normal({4, 5}), index(20, {7}))
      .error(
          "torch.take_along_dim(a, b, 1)", [](T a, T b) { return take_along_dim(a, b, 1); }, normal({4, 5}),
          index(5, {3}));
  all.add("take")
      .types(kEverything)
      .sample(
          "torch.take(a, b)", [](T a, T b) { return take(a, b); }, normal({4, 5}), index(20, {2, 3}))
      .sample(
          "torch.take(a, b - 20)", [](T a, T b) { return take(a, b - 20); }, normal({4, 5}), index(20, {2, 3}))
      .error("torch.take(a, b + 20)", [](T a, T b) { return take(a, b + 20); }, normal({4, 5}), index(20, {2, 3}));
}

inline void add_scatter_samples(Operators& all) {
  add_writing_samples(all);
  add_advanced_index_samples(all);
}

}  // namespace lamella::testing
