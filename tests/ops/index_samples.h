// Samples of include/lamella/ops/index.h.
#pragma once

#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/index.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_joining_samples(Operators& all) {
  const auto join = [](std::int64_t axis) { return [axis](T a, T b, T c) { return cat({a, b, c}, axis); }; };
  all.add("cat")
      .types(kEverything)
      .sample("torch.cat([a, b, c])", join(0), normal({2, 3}), normal({1, 3}), normal({4, 3}))
      .sample("torch.cat([a, b, c], 1)", join(1), normal({2, 3, 4, 5}), normal({2, 1, 4, 5}), normal({2, 2, 4, 5}))
      .sample("torch.cat([a, b, c], -1)", join(-1), normal({2, 3}), normal({2, 0}), normal({2, 1}))
      .sample("torch.cat([a, b, c])", join(0), normal({3}), normal({0}), normal({2}).of(DType::kInt32))
      .sample("torch.cat([a, b, c])", join(0), normal({3, 2}), normal({0}), normal({2, 2}))
      .error("torch.cat([a, b, c])", join(0), normal({2, 3}), normal({1, 4}), normal({4, 3}))
      .error("torch.cat([a, b, c])", join(0), normal({}), normal({}), normal({}))
      .error("torch.cat([])", [] { return cat({}); });
  const auto pile = [](std::int64_t axis) { return [axis](T a, T b) { return stack({a, b}, axis); }; };
  all.add("stack")
      .types(kNumbers)
      .sample("torch.stack([a, b])", pile(0), normal({2, 3}), normal({2, 3}))
      .sample("torch.stack([a, b], -1)", pile(-1), normal({2, 3, 4}), normal({2, 3, 4}))
      .sample("torch.stack([a, b])", pile(0), normal({}), normal({}))
      .error("torch.stack([a, b])", pile(0), normal({2, 3}), normal({3}));
}

inline void add_picking_samples(Operators& all) {
  const auto pick = [](std::int64_t axis) { return [axis](T a, T b) { return index_select(a, axis, b); }; };
  all.add("index_select")
      .types(kEverything)
      .sample("torch.index_select(a, 0, b)", pick(0), normal({4, 3}), index(4, {6}))
      .sample("torch.index_select(a, -2, b)", pick(-2), normal({2, 3, 4, 5}), index(4, {2}))
      .sample("torch.index_select(a, 1, b)", pick(1), normal({2, 3}), index(3, {0}))
      .error(
          "torch.index_select(a, 0, b + 3)", [](T a, T b) { return index_select(a, 0, b + 3); }, normal({2, 3}),
          index(2, {4}))
      .error("torch.index_select(a, 0, b)", pick(0), normal({2, 3}), index(2, {2, 2}));
  const auto collect = [](std::int64_t axis) { return [axis](T a, T b) { return gather(a, axis, b); }; };
  all.add("gather")
      .types(kEverything)
      .sample("torch.gather(a, 1, b)", collect(1), normal({4, 5}), index(5, {3, 7}))
      .sample("torch.gather(a, 0, b)", collect(0), normal({4, 5, 2}), index(4, {6, 5, 1}))
      .sample("torch.gather(a, -1, b)", collect(-1), normal({4}), index(4, {2}))
      .error(
          "torch.gather(a, 1, b + 5)", [](T a, T b) { return gather(a, 1, b + 5); }, normal({4, 5}), index(5, {3, 7}))
      .error("torch.gather(a, 1, b)", collect(1), normal({4, 5}), index(5, {3}))
      .error("torch.gather(a, 1, b)", collect(1), normal({4, 5}), index(5, {5, 2}));
  all.add("scatter_add")
      .types(kNumbers)
      .within(2, "repeated indices are added in another order")
      .sample(
          "torch.scatter_add(a, 1, b, c)", [](T a, T b, T c) { return scatter_add(a, 1, b, c); }, normal({4, 5}),
          index(5, {3, 7}), normal({4, 8}))
      .sample(
          "torch.scatter_add(a, 0, b, c)", [](T a, T b, T c) { return scatter_add(a, 0, b, c); }, normal({4}),
          index(4, {6}), normal({6}))
      .error(
          "torch.scatter_add(a, 1, b + 5, c)", [](T a, T b, T c) { return scatter_add(a, 1, b + 5, c); },
          normal({4, 5}), index(5, {3, 7}), normal({4, 8}))
      .error(
          "torch.scatter_add(a, 1, b, c)", [](T a, T b, T c) { return scatter_add(a, 1, b, c); }, normal({4, 5}),
          index(5, {3, 7}), normal({3, 6}));
  const auto add_in_place = [](T a, T b, T c) { return scatter_add_(a.clone(), 1, b, c); };
  all.add("scatter_add_")
      .types(kNumbers)
      .within(2, "repeated indices are added in another order")
      .sample("a.clone().scatter_add_(1, b, c)", add_in_place, normal({4, 5}), index(5, {3, 7}), normal({3, 7}))
      .error(
          "a.clone().scatter_add_(1, b + 5, c)", [](T a, T b, T c) { return scatter_add_(a.clone(), 1, b + 5, c); },
          normal({4, 5}), index(5, {3, 7}), normal({3, 7}))
      .error(
          "a.scatter_add_(1, b, c)", [](T a, T b, T c) { return scatter_add_(a, 1, b, c); }, normal({4, 5}),
          index(5, {3, 7}), normal({3, 7}));
  all.add("index_add_")
      .types(kNumbers)
      .within(2, "repeated indices are added in another order")
      .sample(
          "a.clone().index_add_(0, b, c, alpha=2)", [](T a, T b, T c) { return index_add_(a.clone(), 0, b, c, 2); },
          normal({4, 5}), index(4, {6}), normal({6, 5}));
  all.add("index_add")
      .types(kNumbers)
      .within(2, "repeated indices are added in another order")
      .sample(
          "torch.index_add(a, 0, b, c)", [](T a, T b, T c) { return index_add(a, 0, b, c); }, normal({4, 5}),
          index(4, {6}), normal({6, 5}))
      .sample(
          "torch.index_add(a, -1, b, c)", [](T a, T b, T c) { return index_add(a, -1, b, c); }, normal({2, 3, 4, 5}),
          index(5, {3}), normal({2, 3, 4, 3}))
      .error(
          "torch.index_add(a, 0, b + 4, c)", [](T a, T b, T c) { return index_add(a, 0, b + 4, c); }, normal({4, 5}),
          index(4, {6}), normal({6, 5}))
      .error(
          "torch.index_add(a, 0, b, c)", [](T a, T b, T c) { return index_add(a, 0, b, c); }, normal({4, 5}),
          index(4, {6}), normal({5, 5}));
  all.add("masked_select")
      .types(kEverything)
      .sample(
          "torch.masked_select(a, b)", [](T a, T b) { return masked_select(a, b); }, normal({4, 5}), boolean({4, 5}))
      .sample(
          "torch.masked_select(a, b)", [](T a, T b) { return masked_select(a, b); }, normal({2, 3, 4, 5}),
          boolean({4, 5}))
      .sample(
          "torch.masked_select(a, b)", [](T a, T b) { return masked_select(a, b); }, normal({3}), boolean({2, 3}))
      .error("torch.masked_select(a, b)", [](T a, T b) { return masked_select(a, b); }, normal({3}), index(2, {3}));
  all.add("nonzero")
      .types(kEverything)
      .sample(
          "torch.nonzero(torch.relu(a.float()))", [](T a) { return nonzero(relu(a.to(DType::kFloat32))); },
          normal({4, 5}).constant())
      .sample(
          "torch.nonzero(a)", [](T a) { return nonzero(a); }, normal({2, 3, 4}))
      .sample(
          "torch.nonzero(a)", [](T a) { return nonzero(a); }, boolean({7}))
      .sample(
          "torch.nonzero(a)", [](T a) { return nonzero(a); }, normal({}))
      .sample("torch.nonzero(a)", [](T a) { return nonzero(a); }, normal({0, 2}));
  all.add("one_hot")
      .sample(
          "F.one_hot(a, 5)", [](T a) { return one_hot(a, 5); }, index(5, {2, 3}))
      .sample(
          "F.one_hot(a)", [](T a) { return one_hot(a); }, index(5, {7}))
      .error(
          "F.one_hot(a + 3, 3)", [](T a) { return one_hot(a + 3, 3); }, index(5, {7}))
      .error("F.one_hot(a - 9)", [](T a) { return one_hot(a - 9); }, index(5, {7}));
  all.add("embedding_with_padding")
      .types(kFloats)
      .without_differences()  // the padding row has a slope, but no gradient
      .sample(
          "F.embedding(a, b, padding_idx=1)", [](T a, T b) { return embedding(a, b, 1); }, index(5, {2, 7}),
          normal({5, 4}))
      .sample(
          "F.embedding(a, b, padding_idx=-2)", [](T a, T b) { return embedding(a, b, -2); }, index(5, {9}),
          normal({5, 4}));
  all.add("embedding")
      .types(kFloats)
      .sample(
          "F.embedding(a, b)", [](T a, T b) { return embedding(a, b); }, index(5, {2, 3}), normal({5, 4}))
      .error("F.embedding(a + 5, b)", [](T a, T b) { return embedding(a + 5, b); }, index(5, {2, 3}), normal({5, 4}));
}

inline void add_order_samples(Operators& all) {
  all.add("flip")
      .types(kEverything)
      .sample(
          "torch.flip(a, (1, -1))", [](T a) { return flip(a, {1, -1}); }, normal({2, 3, 4, 5}))
      .sample(
          "torch.flip(a, (0,))", [](T a) { return flip(a, {0}); }, normal({7}))
      .error("torch.flip(a, (0, 0))", [](T a) { return flip(a, {0, 0}); }, normal({7}));
  all.add("roll")
      .types(kEverything)
      .sample(
          "torch.roll(a, 2, 1)", [](T a) { return roll(a, 2, 1); }, normal({2, 3, 4, 5}))
      .sample(
          "torch.roll(a, -8, 0)", [](T a) { return roll(a, -8, 0); }, normal({5}))
      .sample(
          "torch.roll(a, (1, -2), (0, -1))", [](T a) { return roll(a, Dims{1, -2}, Dims{0, -1}); },
          normal({2, 3, 4, 5}))
      .sample(
          "torch.roll(a, 3)", [](T a) { return roll(a, Dims{3}, Dims{}); }, normal({3, 4}))
      .error("torch.roll(a, 1, 2)", [](T a) { return roll(a, 1, 2); }, normal({2, 3}));
  Operator& sorted = all.add("sort").types(kNumbers);
  for (const bool descending : {false, true}) {
    const std::string tail = descending ? ", descending=True, stable=True))" : ", stable=True))";
    sorted.sample("tuple(torch.sort(a, dim=-1" + tail, [=](T a) { return sort(a, -1, descending); }, distinct({3, 40}));
    sorted.sample(
        "tuple(torch.sort(a, dim=1" + tail, [=](T a) { return sort(a, 1, descending); }, distinct({2, 3, 4, 5}));
    sorted.sample(
        "tuple(torch.sort(torch.round(a), dim=-1" + tail, [=](T a) { return sort(round(a), -1, descending); },
        normal({60}).constant());
    sorted.sample("tuple(torch.sort(a, dim=0" + tail, [=](T a) { return sort(a, 0, descending); }, special());
    sorted.sample("tuple(torch.sort(a, dim=0" + tail, [=](T a) { return sort(a, 0, descending); }, distinct({}));
  }
  sorted.error("tuple(torch.sort(a, dim=1))", [](T a) { return sort(a, 1); }, normal({3}));
  Operator& top = all.add("topk").types(kNumbers);
  for (const bool largest : {true, false}) {
    const std::string tail = largest ? "))" : ", largest=False))";
    top.sample("tuple(torch.topk(a, 3, -1" + tail, [=](T a) { return topk(a, 3, -1, largest); }, distinct({4, 20}));
    top.sample("tuple(torch.topk(a, 2, 1" + tail, [=](T a) { return topk(a, 2, 1, largest); }, distinct({2, 3, 4, 5}));
  }
  top.sample("tuple(torch.topk(a, 0))", [](T a) { return topk(a, 0); }, distinct({5}));
  top.error("tuple(torch.topk(a, 6))", [](T a) { return topk(a, 6); }, distinct({5}));
}

inline void add_repeat_samples(Operators& all) {
  const auto whole = [](T a) { return repeat_interleave(a, 3); };
  const auto along = [](T a) { return repeat_interleave(a, 2, 1); };
  const auto each = [](T a, T b) { return repeat_interleave(a, b, 0); };
  all.add("repeat_interleave")
      .types(kEverything)
      .sample("torch.repeat_interleave(a, 3)", whole, normal({2, 3}))
      .sample("torch.repeat_interleave(a, 3)", whole, normal({}))
      .sample("torch.repeat_interleave(a, 2, dim=1)", along, normal({2, 3, 4, 5}))
      .sample("torch.repeat_interleave(a, b, dim=0)", each, normal({4, 3}), index(4, {4}))
      .sample(
          "torch.repeat_interleave(a, b)", [](T a, T b) { return repeat_interleave(a, b); }, normal({2, 2}),
          index(4, {4}))
      .error("torch.repeat_interleave(a, b, dim=0)", each, normal({4, 3}), index(4, {3}))
      .error("torch.repeat_interleave(a, -1)", [](T a) { return repeat_interleave(a, -1); }, normal({3}));
  all.add("argsort")
      .types(kNumbers)
      .sample(
          "torch.argsort(a)", [](T a) { return argsort(a); }, distinct({3, 40}))
      .sample(
          "torch.argsort(a, dim=1, descending=True)", [](T a) { return argsort(a, 1, true); }, distinct({2, 3, 4, 5}));
}

inline void add_index_samples(Operators& all) {
  add_joining_samples(all);
  add_picking_samples(all);
  add_order_samples(all);
  add_repeat_samples(all);
}

}  // namespace lamella::testing
