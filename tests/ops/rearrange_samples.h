// Samples of the repeats, joins, diagonals and shuffles of include/lamella/ops/view.h.
#pragma once

#include <lamella/ops/view.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_repeating_samples(Operators& all) {
  all.add("repeat")
      .types(kEverything)
      .sample(
          "a.repeat(2, 3)", [](T a) { return repeat(a, {2, 3}); }, normal({2, 3}))
      .sample(
          "a.repeat(2, 1, 3)", [](T a) { return repeat(a, {2, 1, 3}); }, normal({2, 3}))
      .sample(
          "a.repeat(1, 2, 1, 2)", [](T a) { return repeat(a, {1, 2, 1, 2}); }, normal({2, 3, 4, 5}))
      .sample(
          "a.repeat(3)", [](T a) { return repeat(a, {3}); }, normal({}))
      .sample(
          "a.repeat(0, 2)", [](T a) { return repeat(a, {0, 2}); }, normal({2, 3}))
      .error(
          "a.repeat(2)", [](T a) { return repeat(a, {2}); }, normal({2, 3}))
      .error("a.repeat(2, -1)", [](T a) { return repeat(a, {2, -1}); }, normal({2, 3}));
  all.add("tile")
      .types(kEverything)
      .sample(
          "torch.tile(a, (2,))", [](T a) { return tile(a, {2}); }, normal({2, 3}))
      .sample("torch.tile(a, (2, 1, 2))", [](T a) { return tile(a, {2, 1, 2}); }, normal({2, 3}));
  all.add("broadcast_to")
      .sample(
          "torch.broadcast_to(a, (4, 2, 3))", [](T a) { return broadcast_to(a, {4, 2, 3}); }, normal({2, 1}))
      .error("torch.broadcast_to(a, (4, 2))", [](T a) { return broadcast_to(a, {4, 2}); }, normal({3}));
  all.add("broadcast_tensors")
      .sample(
          "torch.broadcast_tensors(a, b)", [](T a, T b) { return broadcast_tensors({a, b}); }, normal({2, 1}),
          normal({3}))
      .error(
          "torch.broadcast_tensors(a, b)", [](T a, T b) { return broadcast_tensors({a, b}); }, normal({2}),
          normal({3}));
  const auto grid = [](const char* indexing) { return [=](T a, T b) { return meshgrid({a, b}, indexing); }; };
  all.add("meshgrid")
      .types(kEverything)
      .sample("torch.meshgrid(a, b, indexing='ij')", grid("ij"), normal({2}), normal({3}))
      .sample("torch.meshgrid(a, b, indexing='xy')", grid("xy"), normal({2}), normal({3}))
      .error("torch.meshgrid(a, b, indexing='zz')", grid("zz"), normal({2}), normal({3}))
      .error("torch.meshgrid(a, b, indexing='ij')", grid("ij"), normal({2, 1}), normal({3}));
}

inline void add_stacking_samples(Operators& all) {
  const auto stacks = [&](const char* name, auto fn) {
    Operator& op = all.add(name).types(kEverything);
    const std::string torch = "torch." + std::string(name) + "([a, b])";
    const auto call = [=](T a, T b) { return fn({a, b}); };
    op.sample(torch, call, normal({3}), normal({3})).sample(torch, call, normal({2, 3}), normal({2, 3}));
    op.sample(torch, call, normal({2, 3, 2}), normal({2, 3, 2})).sample(torch, call, normal({}), normal({}));
    op.error(torch, call, normal({2, 3, 2}), normal({3, 2, 1}));
  };
  stacks("hstack", [](const TensorList& list) { return hstack(list); });
  stacks("vstack", [](const TensorList& list) { return vstack(list); });
  stacks("dstack", [](const TensorList& list) { return dstack(list); });
  all.add("tensor_split")
      .sample(
          "torch.tensor_split(a, 3)", [](T a) { return tensor_split(a, 3); }, normal({7, 2}))
      .sample(
          "torch.tensor_split(a, (1, 3), dim=1)", [](T a) { return tensor_split(a, {1, 3}, 1); }, normal({2, 5, 2}))
      .error("torch.tensor_split(a, 0)", [](T a) { return tensor_split(a, 0); }, normal({7, 2}));
}

inline void add_diagonal_samples(Operators& all) {
  all.add("diagonal")
      .types(kEverything)
      .sample(
          "torch.diagonal(a)", [](T a) { return diagonal(a); }, normal({3, 5}))
      .sample(
          "torch.diagonal(a, 1)", [](T a) { return diagonal(a, 1); }, normal({3, 5}))
      .sample(
          "torch.diagonal(a, -2, 1, 3)", [](T a) { return diagonal(a, -2, 1, 3); }, normal({2, 3, 4, 5}))
      .sample(
          "torch.diagonal(a, 7)", [](T a) { return diagonal(a, 7); }, normal({3, 5}))
      .error(
          "torch.diagonal(a, 0, 1, 1)", [](T a) { return diagonal(a, 0, 1, 1); }, normal({3, 5}))
      .error("torch.diagonal(a)", [](T a) { return diagonal(a); }, normal({3}));
  all.add("diag")
      .types(kEverything)
      .sample(
          "torch.diag(a)", [](T a) { return diag(a); }, normal({3}))
      .sample(
          "torch.diag(a, -1)", [](T a) { return diag(a, -1); }, normal({3}))
      .sample(
          "torch.diag(a, 1)", [](T a) { return diag(a, 1); }, normal({3, 5}))
      .error("torch.diag(a)", [](T a) { return diag(a); }, normal({3, 3, 3}));
  all.add("diag_embed")
      .types(kEverything)
      .sample(
          "torch.diag_embed(a)", [](T a) { return diag_embed(a); }, normal({2, 3}))
      .sample("torch.diag_embed(a, 1, 0, 2)", [](T a) { return diag_embed(a, 1, 0, 2); }, normal({2, 3}));
  for (const bool lower : {true, false}) {
    const std::string name = lower ? "tril" : "triu";
    const auto fn = [=](std::int64_t k) { return [=](T a) { return lower ? tril(a, k) : triu(a, k); }; };
    all.add(name)
        .types(kEverything)
        .sample("torch." + name + "(a)", fn(0), normal({4, 5}))
        .sample("torch." + name + "(a, -1)", fn(-1), normal({2, 3, 4, 5}))
        .sample("torch." + name + "(a, 2)", fn(2), normal({5, 4}))
        .error("torch." + name + "(a)", fn(0), normal({4}));
  }
  all.add("movedim_of_several")
      .sample(
          "torch.movedim(a, (0, 1), (-1, 0))", [](T a) { return movedim(a, Dims{0, 1}, Dims{-1, 0}); },
          normal({2, 3, 4, 5}))
      .error(
          "torch.movedim(a, (0, 0), (1, 0))", [](T a) { return movedim(a, Dims{0, 0}, Dims{1, 0}); },
          normal({2, 3, 4}));
  all.add("squeeze_of_several")
      .sample(
          "a.squeeze((0, 2, 3))", [](T a) { return squeeze(a, Dims{0, 2, 3}); }, normal({1, 3, 1, 2}))
      .error("a.squeeze((0, 0))", [](T a) { return squeeze(a, Dims{0, 0}); }, normal({1, 3, 1, 2}));
  all.add("unfold_axis")
      .sample(
          "a.unfold(0, 3, 2)", [](T a) { return unfold_axis(a, 0, 3, 2); }, normal({8}))
      .sample(
          "a.unfold(-1, 2, 1)", [](T a) { return unfold_axis(a, -1, 2, 1); }, normal({2, 3, 4, 5}))
      .error("a.unfold(0, 9, 2)", [](T a) { return unfold_axis(a, 0, 9, 2); }, normal({8}));
}

inline void add_shuffle_samples(Operators& all) {
  all.add("pixel_shuffle")
      .types(kEverything)
      .sample(
          "F.pixel_shuffle(a, 2)", [](T a) { return pixel_shuffle(a, 2); }, normal({2, 8, 3, 4}))
      .sample(
          "F.pixel_shuffle(a, 3)", [](T a) { return pixel_shuffle(a, 3); }, normal({9, 2, 2}))
      .error(
          "F.pixel_shuffle(a, 2)", [](T a) { return pixel_shuffle(a, 2); }, normal({2, 6, 3, 4}))
      .error("F.pixel_shuffle(a, 2)", [](T a) { return pixel_shuffle(a, 2); }, normal({8, 3}));
  all.add("pixel_unshuffle")
      .types(kEverything)
      .sample(
          "F.pixel_unshuffle(a, 2)", [](T a) { return pixel_unshuffle(a, 2); }, normal({2, 3, 4, 6}))
      .error("F.pixel_unshuffle(a, 2)", [](T a) { return pixel_unshuffle(a, 2); }, normal({2, 3, 4, 5}));
  all.add("channel_shuffle")
      .types(kEverything)
      .sample(
          "F.channel_shuffle(a, 3)", [](T a) { return channel_shuffle(a, 3); }, normal({2, 6, 3, 4}))
      .error("F.channel_shuffle(a, 4)", [](T a) { return channel_shuffle(a, 4); }, normal({2, 6, 3, 4}));
  const std::string order = "overlapping windows are added in another order";
  using O = UnfoldOptions;
  all.add("unfold")
      .types(kFloats)
      .within(2, order)
      .sample(
          "F.unfold(a, 2)", [](T a) { return unfold(a, {2}); }, normal({2, 3, 4, 5}))
      .sample(
          "F.unfold(a, (2, 3), dilation=(2, 1), padding=1, stride=(1, 2))",
          [](T a) { return unfold(a, {2, 3}, O{.dilation = {2, 1}, .padding = {1}, .stride = {1, 2}}); },
          normal({3, 6, 5}))
      .error("F.unfold(a, 7)", [](T a) { return unfold(a, {7}); }, normal({2, 3, 4, 5}));
  all.add("fold")
      .types(kFloats)
      .within(2, order)
      .sample(
          "F.fold(a, (4, 5), 2)", [](T a) { return fold(a, {4, 5}, {2}); }, normal({2, 12, 12}))
      .sample(
          "F.fold(a, (6, 5), (2, 3), padding=1, stride=(2, 1))",
          [](T a) { return fold(a, {6, 5}, {2, 3}, O{.padding = {1}, .stride = {2, 1}}); }, normal({12, 20}))
      .error(
          "F.fold(a, (4, 5), 2)", [](T a) { return fold(a, {4, 5}, {2}); }, normal({2, 12, 11}))
      .error("F.fold(a, (4, 5), 2)", [](T a) { return fold(a, {4, 5}, {2}); }, normal({2, 11, 12}));
}

inline void add_rearrange_samples(Operators& all) {
  add_repeating_samples(all);
  add_stacking_samples(all);
  add_diagonal_samples(all);
  add_shuffle_samples(all);
}

}  // namespace lamella::testing
