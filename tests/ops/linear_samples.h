// Samples of include/lamella/ops/linear.h.
#pragma once

#include <lamella/ops/linear.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_linear_samples(Operators& all) {
  const std::string order = "sums of up to 200 products in another order";
  const auto affine = [](T a, T b, T c) { return linear(a, b, c); };
  all.add("linear")
      .types(kFloats)
      .within(4, order)
      .sample("F.linear(a, b, c)", affine, normal({5, 7}), normal({3, 7}), normal({3}))
      .sample("F.linear(a, b, c)", affine, normal({33, 200}), normal({17, 200}), normal({17}))
      .sample("F.linear(a, b, c)", affine, normal({2, 3, 7}), normal({4, 7}), normal({4}))
      .sample("F.linear(a, b, c)", affine, normal({7}), normal({4, 7}), normal({4}))
      .sample(
          "F.linear(a, b)", [](T a, T b) { return linear(a, b); }, normal({5, 7}), normal({3, 7}))
      .sample(
          "F.linear(a, b)", [](T a, T b) { return linear(a, b); }, normal({0, 7}), normal({3, 7}))
      .error(
          "F.linear(a, b)", [](T a, T b) { return linear(a, b); }, normal({5, 6}), normal({3, 7}))
      .error("F.linear(a, b, c)", affine, normal({5, 7}), normal({3, 7}), normal({4}))
      .error("F.linear(a, b)", [](T a, T b) { return linear(a, b); }, normal({5, 7}), normal({3, 7}).of(DType::kInt32));
  const auto product = [](T a, T b) { return mm(a, b); };
  all.add("mm")
      .types(kFloats)
      .within(4, order)
      .sample("torch.mm(a, b)", product, normal({5, 7}), normal({7, 3}))
      .sample("torch.mm(a, b)", product, normal({65, 130}), normal({130, 34}))
      .sample("torch.mm(a, b)", product, normal({1, 1}), normal({1, 1}))
      .sample("torch.mm(a, b)", product, normal({3, 0}), normal({0, 4}))
      .sample(
          "torch.mm(a, b.t())", [](T a, T b) { return mm(a, b.t()); }, normal({5, 7}), normal({3, 7}))
      .error("torch.mm(a, b)", product, normal({5, 7}), normal({6, 3}))
      .error("torch.mm(a, b)", product, normal({5, 7}), normal({7}));
  all.add("bmm")
      .types(kFloats)
      .within(4, order)
      .sample(
          "torch.bmm(a, b)", [](T a, T b) { return bmm(a, b); }, normal({3, 5, 7}), normal({3, 7, 4}))
      .sample(
          "torch.bmm(a, b)", [](T a, T b) { return bmm(a, b); }, normal({0, 5, 7}), normal({0, 7, 4}))
      .error("torch.bmm(a, b)", [](T a, T b) { return bmm(a, b); }, normal({3, 5, 7}), normal({2, 7, 4}));
  Operator& any = all.add("matmul").types(kFloats).within(4, order);
  const std::pair<Dims, Dims> shapes[] = {
      {{7}, {7}},          {{5, 7}, {7}},         {{7}, {7, 3}},    {{5, 7}, {7, 3}},
      {{2, 5, 7}, {7, 3}}, {{2, 5, 7}, {7}},      {{7}, {2, 7, 3}}, {{2, 1, 5, 7}, {3, 7, 4}},
      {{5, 7}, {2, 7, 3}}, {{2, 5, 7}, {2, 7, 3}}};
  for (const auto& [a, b] : shapes)
    any.sample("torch.matmul(a, b)", [](T x, T y) { return matmul(x, y); }, normal(a), normal(b));
  any.error("torch.matmul(a, b)", [](T x, T y) { return matmul(x, y); }, normal({}), normal({3}));
  any.error("torch.matmul(a, b)", [](T x, T y) { return matmul(x, y); }, normal({2, 5, 7}), normal({3, 7, 3}));
  all.add("dot")
      .types(kFloats)
      .within(4, order)
      .sample(
          "torch.dot(a, b)", [](T a, T b) { return dot(a, b); }, normal({7}), normal({7}))
      .error(
          "torch.dot(a, b)", [](T a, T b) { return dot(a, b); }, normal({7}), normal({6}))
      .error("torch.dot(a, b)", [](T a, T b) { return dot(a, b); }, normal({7, 1}), normal({7}));
  const auto sum = [](T a, T b, T c) { return addmm(a, b, c); };
  all.add("addmm")
      .types(kFloats)
      .within(4, order)
      .sample("torch.addmm(a, b, c)", sum, normal({5, 3}), normal({5, 7}), normal({7, 3}))
      .sample("torch.addmm(a, b, c)", sum, normal({3}), normal({5, 7}), normal({7, 3}))
      .sample(
          "torch.addmm(a, b, c, beta=0.5, alpha=2)", [](T a, T b, T c) { return addmm(a, b, c, 0.5, 2); },
          normal({5, 1}), normal({5, 7}), normal({7, 3}))
      .sample(
          "torch.addmm(a / 0, b, c, beta=0)", [](T a, T b, T c) { return addmm(a / 0, b, c, 0); },
          normal({3}).constant(), normal({5, 7}), normal({7, 3}))
      .error("torch.addmm(a, b, c)", sum, normal({4}), normal({5, 7}), normal({7, 3}));
}

}  // namespace lamella::testing
