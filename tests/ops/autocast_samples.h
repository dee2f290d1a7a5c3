// Samples of include/lamella/autocast.h: what each operator computes in. Gradients stand in ops/autocast_test.cpp,
// where the numbers are exact in 16 bits.
#pragma once

#include <lamella/autocast.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/conv.h>
#include <lamella/ops/index.h>
#include <lamella/ops/interpolate.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/norm.h>
#include <lamella/ops/pad.h>
#include <lamella/ops/pool.h>
#include <lamella/ops/reduce.h>

#include "ops/sample.h"

namespace lamella::testing {

class AutocastSamples {
 public:
  explicit AutocastSamples(Operators& all) : all_(all) {}

  /// One call with bfloat16 and one with float16 as the lower precision, on float32, 16-bit and float64 inputs.
  template <typename Fn, typename... Inputs>
  void add(const std::string& name, const std::string& torch, Fn function, Inputs... inputs) {
    Operator& op = all_.add(name + " (autocast)")
                       .types(kFloats)
                       .within(4, "sums of up to 100 terms in another order")
                       .plain_only()
                       .without_differences();
    for (const DType lower : {DType::kBFloat16, DType::kFloat16}) {
      op.sample(
          "autocast(lambda: " + torch + ", torch." + std::string(name_of(lower)) + ")",
          [=](const auto&... x) {
            const AutocastGuard guard(true, lower);
            return function(x...);
          },
          inputs.constant()...);
    }
  }

 private:
  Operators& all_;
};

inline void add_lower_precision_samples(AutocastSamples& all) {
  all.add(
      "conv1d", "F.conv1d(a, b, c)", [](T a, T b, T c) { return conv1d(a, b, c); }, normal({2, 3, 8}),
      normal({4, 3, 3}), normal({4}));
  all.add("conv2d", "F.conv2d(a, b)", [](T a, T b) { return conv2d(a, b); }, normal({3, 6, 6}), normal({4, 3, 3, 3}));
  all.add(
      "conv_transpose2d", "F.conv_transpose2d(a, b)", [](T a, T b) { return conv_transpose2d(a, b); },
      normal({2, 3, 4, 4}), normal({3, 4, 3, 3}));
  all.add(
      "linear", "F.linear(a, b, c)", [](T a, T b, T c) { return linear(a, b, c); }, normal({2, 5, 7}), normal({3, 7}),
      normal({3}));
  all.add("mm", "torch.mm(a, b)", [](T a, T b) { return mm(a, b); }, normal({5, 7}), normal({7, 3}));
  all.add("bmm", "torch.bmm(a, b)", [](T a, T b) { return bmm(a, b); }, normal({2, 5, 7}), normal({2, 7, 3}));
  all.add(
      "addmm", "torch.addmm(a, b, c)", [](T a, T b, T c) { return addmm(a, b, c); }, normal({3}), normal({5, 7}),
      normal({7, 3}));
  all.add("matmul", "torch.matmul(a, b)", [](T a, T b) { return matmul(a, b); }, normal({7}), normal({7}));
}

inline void add_float32_samples(AutocastSamples& all) {
  const auto loss = [&](const std::string& name, auto fn) {
    all.add(name, "F." + name + "(a, b)", fn, unit({4, 5}), unit({4, 5}));
  };
  loss("mse_loss", [](T a, T b) { return mse_loss(a, b); });
  loss("l1_loss", [](T a, T b) { return l1_loss(a, b); });
  loss("smooth_l1_loss", [](T a, T b) { return smooth_l1_loss(a, b); });
  loss("huber_loss", [](T a, T b) { return huber_loss(a, b); });
  loss("binary_cross_entropy", [](T a, T b) { return binary_cross_entropy(a, b); });
  loss("binary_cross_entropy_with_logits", [](T a, T b) { return binary_cross_entropy_with_logits(a, b); });
  loss("cross_entropy", [](T a, T b) { return cross_entropy(a, b); });
  all.add(
      "cross_entropy of classes", "F.cross_entropy(a, torch.tensor([0, 2, 4, 1]), b)",
      [](T a, T b) { return cross_entropy(a, tensor(std::vector<std::int64_t>{0, 2, 4, 1}), {.weight = b}); },
      normal({4, 5}), positive({5}));
  all.add(
      "nll_loss", "F.nll_loss(a, torch.tensor([0, 2, 4, 1]))",
      [](T a) { return nll_loss(a, tensor(std::vector<std::int64_t>{0, 2, 4, 1})); }, normal({4, 5}));
  all.add("prod", "a.prod()", [](T a) { return prod(a); }, positive({5}));
  const Dims volume = {2, 3, 4, 4, 4};
  all.add("max_pool3d", "F.max_pool3d(a, 2)", [](T a) { return max_pool3d(a, 2); }, normal(volume));
  all.add("avg_pool3d", "F.avg_pool3d(a, 2)", [](T a) { return avg_pool3d(a, 2); }, normal({3, 4, 4, 4}));
  all.add(
      "adaptive_avg_pool3d", "F.adaptive_avg_pool3d(a, 2)", [](T a) { return adaptive_avg_pool3d(a, 2); },
      normal(volume));
  all.add(
      "adaptive_max_pool3d", "F.adaptive_max_pool3d(a, 2)", [](T a) { return adaptive_max_pool3d(a, 2); },
      normal(volume));
  all.add(
      "interpolate area", "F.interpolate(a, size=2, mode='area')",
      [](T a) { return interpolate(a, {.size = {2}, .mode = "area"}); }, normal(volume));
  all.add(
      "pad reflect", "F.pad(a, (1, 1, 1, 1), mode='reflect')", [](T a) { return pad(a, {1, 1, 1, 1}, "reflect"); },
      normal({2, 3, 4, 4}));
  all.add(
      "pad replicate", "F.pad(a, (1,) * 6, mode='replicate')",
      [](T a) { return pad(a, {1, 1, 1, 1, 1, 1}, "replicate"); }, normal(volume));
  all.add(
      "max_unpool2d", "F.max_unpool2d(a, torch.tensor([[[0, 3], [8, 11]]]), 2)",
      [](T a) { return max_unpool2d(a, tensor(NestedList{{{0, 3}, {8, 11}}}).to(DType::kInt64), 2); },
      normal({1, 2, 2}));
}

inline void add_unchanged_samples(AutocastSamples& all) {
  all.add("dot", "torch.dot(a, b)", [](T a, T b) { return dot(a, b); }, normal({7}), normal({7}));
  all.add("max_pool2d", "F.max_pool2d(a, 2)", [](T a) { return max_pool2d(a, 2); }, normal({2, 3, 4, 4}));
  all.add(
      "pad", "F.pad(a, (1,) * 6, mode='reflect')", [](T a) { return pad(a, {1, 1, 1, 1, 1, 1}, "reflect"); },
      normal({2, 3, 4, 4, 4}));
  all.add(
      "pad circular", "F.pad(a, (1, 1), mode='circular')", [](T a) { return pad(a, {1, 1}, "circular"); },
      normal({2, 3, 4}));
  all.add(
      "interpolate", "F.interpolate(a, scale_factor=2, mode='bilinear')",
      [](T a) { return interpolate(a, {.scale_factor = {2}, .mode = "bilinear"}); }, normal({2, 3, 4, 4}));
  all.add("softmax", "F.softmax(a, 1)", [](T a) { return softmax(a, 1); }, normal({3, 5}));
  all.add("sum", "a.sum()", [](T a) { return sum(a); }, normal({3, 5}));
  all.add("layer_norm", "F.layer_norm(a, (5,))", [](T a) { return layer_norm(a, {5}); }, normal({3, 5}));
  all.add(
      "cat", "torch.cat([a, b])", [](T a, T b) { return cat({a, b}); }, normal({3}),
      Input{Values::kNormal, {4}, 0, false, DType::kFloat32});
  all.add(
      "index_copy", "torch.index_copy(a, 0, torch.tensor([1]), b)",
      [](T a, T b) { return index_copy(a, 0, tensor(std::vector<std::int64_t>{1}), b); }, normal({3, 4}),
      normal({1, 4}));
}

inline void add_autocast_samples(Operators& operators) {
  AutocastSamples all(operators);
  add_lower_precision_samples(all);
  add_float32_samples(all);
  add_unchanged_samples(all);
}

}  // namespace lamella::testing
