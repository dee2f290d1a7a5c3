// Samples of include/lamella/ops/view.h and of Tensor's own views and copies.
#pragma once

#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_shape_samples(Operators& all) {
  Operator& reshape_op = all.add("reshape").types(kEverything);
  reshape_op.sample(
                "a.reshape(6, 20)", [](T a) { return reshape(a, {6, 20}); }, normal({2, 3, 4, 5}))
      .sample(
          "a.reshape(-1)", [](T a) { return reshape(a, {-1}); }, normal({2, 3, 4, 5}))
      .sample(
          "a.reshape(2, 3, 2, 2, 5)", [](T a) { return reshape(a, {2, 3, 2, 2, 5}); }, normal({2, 3, 4, 5}))
      .sample(
          "a.reshape(())", [](T a) { return reshape(a, {}); }, normal({1}))
      .sample(
          "a.reshape(0, 5)", [](T a) { return reshape(a, {0, 5}); }, normal({0, 3}))
      .error(
          "a.reshape(7)", [](T a) { return reshape(a, {7}); }, normal({2, 3}))
      .error(
          "a.reshape(-1, -1)", [](T a) { return reshape(a, {-1, -1}); }, normal({2, 3}))
      .error("a.reshape(-1, 0)", [](T a) { return reshape(a, {-1, 0}); }, normal({0, 3}));
  all.add("Tensor.view")
      .sample(
          "a.view(6, 20)", [](T a) { return a.view({6, 20}); }, normal({2, 3, 4, 5}))
      .sample(
          "a.view(2, 3, 2, 2, 5)", [](T a) { return a.view({2, 3, 2, 2, 5}); }, normal({2, 3, 4, 5}))
      .plain_only()
      .error("a.t().view(6)", [](T a) { return a.t().view({6}); }, normal({2, 3}));
  Operator& flatten_op = all.add("flatten").types(kEverything);
  flatten_op.sample(
                "torch.flatten(a, 1)", [](T a) { return flatten(a, 1); }, normal({2, 3, 4, 5}))
      .sample(
          "torch.flatten(a)", [](T a) { return flatten(a); }, normal({2, 3, 4}))
      .sample(
          "torch.flatten(a)", [](T a) { return flatten(a); }, normal({}))
      .sample(
          "torch.flatten(a, 1, 2)", [](T a) { return flatten(a, 1, 2); }, normal({2, 3, 4, 5}))
      .error(
          "torch.flatten(a, 2, 1)", [](T a) { return flatten(a, 2, 1); }, normal({2, 3, 4}))
      .error("torch.flatten(a, 3)", [](T a) { return flatten(a, 3); }, normal({2, 3, 4}));
  all.add("unflatten")
      .sample(
          "torch.unflatten(a, 1, (2, -1))", [](T a) { return unflatten(a, 1, {2, -1}); }, normal({3, 8, 2}))
      .sample(
          "torch.unflatten(a, -1, (2, 2))", [](T a) { return unflatten(a, -1, {2, 2}); }, normal({3, 4}))
      .error("torch.unflatten(a, 1, (3, 3))", [](T a) { return unflatten(a, 1, {3, 3}); }, normal({3, 8}));
  Operator& permute_op = all.add("permute").types(kEverything);
  permute_op.sample(
                "a.permute(0, 2, 3, 1)", [](T a) { return permute(a, {0, 2, 3, 1}); }, normal({2, 3, 4, 5}))
      .sample(
          "a.permute(-1, 0, 1)", [](T a) { return permute(a, {-1, 0, 1}); }, normal({2, 3, 4}))
      .sample(
          "a.permute(())", [](T a) { return permute(a, {}); }, normal({}))
      .error(
          "a.permute(0, 0)", [](T a) { return permute(a, {0, 0}); }, normal({2, 3}))
      .error("a.permute(0)", [](T a) { return permute(a, {0}); }, normal({2, 3}));
  all.add("transpose")
      .sample(
          "a.transpose(1, -1)", [](T a) { return transpose(a, 1, -1); }, normal({2, 3, 4, 5}))
      .sample(
          "a.transpose(0, 0)", [](T a) { return transpose(a, 0, 0); }, normal({}))
      .sample(
          "a.t()", [](T a) { return a.t(); }, normal({3, 4}))
      .sample(
          "a.t()", [](T a) { return a.t(); }, normal({4}))
      .error(
          "a.t()", [](T a) { return a.t(); }, normal({2, 3, 4}))
      .error("a.transpose(0, 2)", [](T a) { return transpose(a, 0, 2); }, normal({2, 3}));
  all.add("movedim")
      .sample(
          "torch.movedim(a, 1, -1)", [](T a) { return movedim(a, 1, -1); }, normal({2, 3, 4, 5}))
      .sample(
          "torch.movedim(a, 2, 0)", [](T a) { return movedim(a, 2, 0); }, normal({2, 3, 4}))
      .error("torch.movedim(a, 3, 0)", [](T a) { return movedim(a, 3, 0); }, normal({2, 3, 4}));
  all.add("squeeze")
      .sample(
          "a.squeeze()", [](T a) { return squeeze(a); }, normal({1, 3, 1, 2}))
      .sample(
          "a.squeeze(0)", [](T a) { return squeeze(a, 0); }, normal({1, 3, 1, 2}))
      .sample(
          "a.squeeze(1)", [](T a) { return squeeze(a, 1); }, normal({1, 3, 1, 2}))
      .sample(
          "a.squeeze(0)", [](T a) { return squeeze(a, 0); }, normal({}))
      .error("a.squeeze(4)", [](T a) { return squeeze(a, 4); }, normal({1, 3, 1, 2}));
  all.add("unsqueeze")
      .sample(
          "a.unsqueeze(0)", [](T a) { return unsqueeze(a, 0); }, normal({3, 4}))
      .sample(
          "a.unsqueeze(-1)", [](T a) { return unsqueeze(a, -1); }, normal({2, 3, 4, 5}))
      .sample(
          "a.unsqueeze(0)", [](T a) { return unsqueeze(a, 0); }, normal({}))
      .error("a.unsqueeze(4)", [](T a) { return unsqueeze(a, 4); }, normal({3, 4}));
}

inline void add_part_samples(Operators& all) {
  all.add("select")
      .sample(
          "a.select(1, -1)", [](T a) { return select(a, 1, -1); }, normal({2, 3, 4, 5}))
      .sample(
          "a[1]", [](T a) { return a[1]; }, normal({2, 3}))
      .error(
          "a.select(0, 2)", [](T a) { return select(a, 0, 2); }, normal({2, 3}))
      .error("a.select(0, 0)", [](T a) { return select(a, 0, 0); }, normal({}));
  all.add("narrow")
      .sample(
          "a.narrow(1, 1, 2)", [](T a) { return narrow(a, 1, 1, 2); }, normal({2, 3, 4, 5}))
      .sample(
          "a.narrow(-1, -3, 2)", [](T a) { return narrow(a, -1, -3, 2); }, normal({2, 5}))
      .sample(
          "a.narrow(0, 2, 0)", [](T a) { return narrow(a, 0, 2, 0); }, normal({2, 5}))
      .error(
          "a.narrow(0, 1, 2)", [](T a) { return narrow(a, 0, 1, 2); }, normal({2, 5}))
      .error("a.narrow(0, 0, -1)", [](T a) { return narrow(a, 0, 0, -1); }, normal({2, 5}));
  all.add("Tensor.slice")
      .sample(
          "a[:, 1:4:2]", [](T a) { return a.slice(1, {1, 4, 2}); }, normal({2, 5, 3}))
      .sample(
          "a[-1:]", [](T a) { return a[{.start = -1}]; }, normal({4, 3}))
      .sample(
          "a[5:2]", [](T a) { return a[{5, 2}]; }, normal({4, 3}))
      .sample(
          "a[..., ::3]", [](T a) { return a.slice(-1, {.step = 3}); }, normal({2, 3, 4, 5}))
      .error("a[::0]", [](T a) { return a.slice(0, {.step = 0}); }, normal({4}));
  all.add("expand")
      .sample(
          "a.expand(4, -1)", [](T a) { return expand(a, {4, -1}); }, normal({1, 3}))
      .sample(
          "a.expand(2, 3, 4)", [](T a) { return expand(a, {2, 3, 4}); }, normal({3, 1}))
      .sample(
          "a.expand(2, 3)", [](T a) { return expand(a, {2, 3}); }, normal({}))
      .error(
          "a.expand(4, 3)", [](T a) { return expand(a, {4, 3}); }, normal({2, 3}))
      .error("a.expand(3)", [](T a) { return expand(a, {3}); }, normal({1, 3}));
  all.add("expand_as")
      .sample("a.expand_as(b)", [](T a, T b) { return expand_as(a, b); }, normal({3, 1}), normal({2, 3, 4}).constant());
  all.add("split")
      .sample(
          "a.split(2, 1)", [](T a) { return split(a, 2, 1); }, normal({2, 5, 3}))
      .sample(
          "a.split([1, 4], 1)", [](T a) { return split(a, Dims{1, 4}, 1); }, normal({2, 5, 3}))
      .sample(
          "a.split(3)", [](T a) { return split(a, 3); }, normal({0, 2}))
      .error(
          "a.split([1, 3], 1)", [](T a) { return split(a, Dims{1, 3}, 1); }, normal({2, 5}))
      .error("a.split(-1)", [](T a) { return split(a, -1); }, normal({2, 5}));
  all.add("chunk")
      .sample(
          "a.chunk(3, 1)", [](T a) { return chunk(a, 3, 1); }, normal({2, 5, 3}))
      .sample(
          "a.chunk(4)", [](T a) { return chunk(a, 4); }, normal({6}))
      .error("a.chunk(0)", [](T a) { return chunk(a, 0); }, normal({6}));
  all.add("unbind")
      .sample(
          "a.unbind(1)", [](T a) { return unbind(a, 1); }, normal({2, 3, 4}))
      .error("a.unbind(0)", [](T a) { return unbind(a, 0); }, normal({}));
  all.add("sum_to_size")
      .sample(
          "a.sum_to_size(3, 1)", [](T a) { return sum_to_size(a, {3, 1}); }, normal({2, 3, 4}))
      .sample(
          "a.sum_to_size(4)", [](T a) { return sum_to_size(a, {4}); }, normal({2, 3, 4}))
      .sample(
          "a.sum_to_size(2, 3)", [](T a) { return sum_to_size(a, {2, 3}); }, normal({2, 3}))
      .error("a.sum_to_size(2)", [](T a) { return sum_to_size(a, {2}); }, normal({3, 4}));
  all.add("Tensor.as_strided")
      .plain_only()
      .sample(
          "a.as_strided((2, 3), (1, 2), 1)", [](T a) { return a.as_strided({2, 3}, {1, 2}, 1); }, normal({12}))
      .sample(
          "a.as_strided((3, 3), (1, 1), 0)", [](T a) { return a.as_strided({3, 3}, {1, 1}, 0); }, normal({2, 6}))
      .error("a.as_strided((4, 3), (4, 1), 0)", [](T a) { return a.as_strided({4, 3}, {4, 1}, 0); }, normal({12}));
}

inline void add_copy_samples(Operators& all) {
  all.add("Tensor.contiguous")
      .types(kEverything)
      .sample(
          "a.contiguous()", [](T a) { return a.contiguous(); }, normal({2, 3, 4, 5}))
      .sample(
          "a.contiguous(memory_format=torch.channels_last)",
          [](T a) { return a.contiguous(MemoryFormat::kChannelsLast); }, normal({2, 3, 4, 5}))
      .sample("a.t().contiguous()", [](T a) { return a.t().contiguous(); }, normal({3, 4}));
  all.add("Tensor.clone")
      .types(kEverything)
      .sample(
          "a.clone()", [](T a) { return a.clone(); }, normal({2, 3, 4, 5}))
      .sample(
          "a.clone(memory_format=torch.channels_last)", [](T a) { return a.clone(MemoryFormat::kChannelsLast); },
          normal({2, 3, 4, 5}))
      .sample(
          "a.clone(memory_format=torch.contiguous_format)", [](T a) { return a.clone(MemoryFormat::kContiguous); },
          normal({2, 3, 4, 5}))
      .error(
          "a.clone(memory_format=torch.channels_last)", [](T a) { return a.clone(MemoryFormat::kChannelsLast); },
          normal({2, 3, 4}));
  Operator& cast = all.add("Tensor.to").types(kEverything).without_differences();
  const std::pair<const char*, DType> types[] = {
      {"a.to(torch.float32)", DType::kFloat32},   {"a.to(torch.float64)", DType::kFloat64},
      {"a.to(torch.bfloat16)", DType::kBFloat16}, {"a.to(torch.float16)", DType::kFloat16},
      {"a.to(torch.int64)", DType::kInt64},       {"a.to(torch.int32)", DType::kInt32},
      {"a.to(torch.bool)", DType::kBool}};
  for (const auto& [torch, type] : types) {
    cast.sample(torch, [type = type](T a) { return a.to(type); }, positive({2, 3, 4, 5}));
    if (is_floating_point(type) || type == DType::kBool)
      cast.sample(torch, [type = type](T a) { return a.to(type); }, special());
  }
}

inline void add_view_samples(Operators& all) {
  add_shape_samples(all);
  add_part_samples(all);
  add_copy_samples(all);
  all.add("broadcast_shapes")
      .sample(
          "torch.empty(torch.broadcast_shapes(a.shape, b.shape)).fill_(0)",
          [](T a, T b) { return zeros(broadcast_shapes(a.shape(), b.shape()), {.dtype = DType::kFloat32}); },
          normal({2, 1, 4}).constant(), normal({3, 1}).constant())
      .error(
          "torch.broadcast_shapes(a.shape, b.shape)",
          [](T a, T b) { return zeros(broadcast_shapes(a.shape(), b.shape())); }, normal({2, 3}), normal({2}));
}

}  // namespace lamella::testing
