// Samples of the products and distances of include/lamella/ops/linear.h that are made of mm and bmm.
#pragma once

#include <lamella/ops/linear.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_product_samples(Operators& all) {
  const std::string order = "sums of products in another order";
  const auto add = [&](const char* name) -> Operator& {
    return all.add(name).types({DType::kFloat32, DType::kFloat64}).within(10, order);
  };
  add("outer")
      .sample(
          "torch.outer(a, b)", [](T a, T b) { return outer(a, b); }, normal({3}), normal({4}))
      .error("torch.outer(a, b)", [](T a, T b) { return outer(a, b); }, normal({3}), normal({4, 1}));
  add("mv")
      .sample(
          "torch.mv(a, b)", [](T a, T b) { return mv(a, b); }, normal({3, 4}), normal({4}))
      .error("torch.mv(a, b)", [](T a, T b) { return mv(a, b); }, normal({3, 4}), normal({3}));
  add("addmv").sample(
      "torch.addmv(a, b, c, beta=0.5, alpha=2)", [](T a, T b, T c) { return addmv(a, b, c, 0.5, 2); }, normal({3}),
      normal({3, 4}), normal({4}));
  add("baddbmm")
      .sample(
          "torch.baddbmm(a, b, c, beta=0.5, alpha=2)", [](T a, T b, T c) { return baddbmm(a, b, c, 0.5, 2); },
          normal({2, 3, 5}), normal({2, 3, 4}), normal({2, 4, 5}))
      .sample(
          "torch.baddbmm(a, b, c)", [](T a, T b, T c) { return baddbmm(a, b, c); }, normal({5}), normal({2, 3, 4}),
          normal({2, 4, 5}))
      .error(
          "torch.baddbmm(a, b, c)", [](T a, T b, T c) { return baddbmm(a, b, c); }, normal({4}), normal({2, 3, 4}),
          normal({2, 4, 5}));
  add("addbmm").sample(
      "torch.addbmm(a, b, c)", [](T a, T b, T c) { return addbmm(a, b, c); }, normal({3, 5}), normal({2, 3, 4}),
      normal({2, 4, 5}));
  add("tensordot")
      .sample(
          "torch.tensordot(a, b, 2)", [](T a, T b) { return tensordot(a, b, 2); }, normal({2, 3, 4}), normal({3, 4, 5}))
      .sample(
          "torch.tensordot(a, b, ((1, 0), (0, 2)))", [](T a, T b) { return tensordot(a, b, {1, 0}, {0, 2}); },
          normal({2, 3, 4}), normal({3, 5, 2}))
      .error("torch.tensordot(a, b, 1)", [](T a, T b) { return tensordot(a, b, 1); }, normal({2, 3}), normal({2, 3}));
  add("bilinear")
      .sample(
          "F.bilinear(a, b, c, d)", [](T a, T b, T c, T d) { return bilinear(a, b, c, d); }, normal({6, 3}),
          normal({6, 4}), normal({5, 3, 4}), normal({5}))
      .error(
          "F.bilinear(a, b, c)", [](T a, T b, T c) { return bilinear(a, b, c); }, normal({6, 3}), normal({6, 3}),
          normal({5, 3, 4}));
}

inline void add_einsum_samples(Operators& all) {
  Operator& op = all.add("einsum").within(10, "sums of products in another order").plain_only();
  const auto one = [&](const char* equation, Dims a) {
    op.sample(
        "torch.einsum('" + std::string(equation) + "', a)", [=](T x) { return einsum(equation, {x}); }, normal(a));
  };
  const auto two = [&](const char* equation, Dims a, Dims b) {
    op.sample(
        "torch.einsum('" + std::string(equation) + "', a, b)", [=](T x, T y) { return einsum(equation, {x, y}); },
        normal(a), normal(b));
  };
  one("ij->ji", {2, 3});
  one("ii->i", {3, 3});
  one("ii", {3, 3});
  one("ij->", {2, 3});
  one("...ij->...ji", {2, 3, 4, 5});
  one("ba", {2, 3});
  two("ij,jk->ik", {2, 3}, {3, 4});
  two("ij,jk", {2, 3}, {3, 4});
  two("bij,bjk->bik", {2, 3, 4}, {2, 4, 5});
  two("bhqd,bhkd->bhqk", {2, 2, 3, 4}, {2, 2, 5, 4});
  two("i,j->ij", {3}, {4});
  two("i,i->", {3}, {3});
  two("...i,...i->...", {2, 3, 4}, {3, 4});
  two("nchw,c->nhw", {2, 3, 4, 5}, {3});
  two("ij,kj->ik", {2, 1}, {4, 3});
  op.sample(
      "torch.einsum('ij,jk,kl->il', a, b, c)", [](T a, T b, T c) { return einsum("ij,jk,kl->il", {a, b, c}); },
      normal({2, 3}), normal({3, 4}), normal({4, 2}));
  op.sample(
      "torch.einsum('bn,anm,bm->ba', a, b, c)", [](T a, T b, T c) { return einsum("bn,anm,bm->ba", {a, b, c}); },
      normal({2, 5}), normal({3, 5, 4}), normal({2, 4}));
  const auto wrong = [&](const char* equation, Dims a, Dims b) {
    op.error(
        "torch.einsum('" + std::string(equation) + "', a, b)", [=](T x, T y) { return einsum(equation, {x, y}); },
        normal(a), normal(b));
  };
  wrong("ij,jk->iz", {2, 3}, {3, 4});
  wrong("ij,jk->ii", {2, 3}, {3, 4});
  wrong("ij,jk->ik", {2, 3}, {2, 4});
  wrong("ij->i", {2, 3}, {2, 4});
  wrong("i,jk->ik", {2, 3}, {2, 4});
  wrong("i1,jk->ik", {2, 3}, {2, 4});
}

inline void add_metric_samples(Operators& all) {
  const std::string order = "sums of squares in another order";
  const auto add = [&](const char* name) -> Operator& {
    return all.add(name).types({DType::kFloat32, DType::kFloat64}).within(10, order);
  };
  add("pairwise_distance")
      .sample(
          "F.pairwise_distance(a, b)", [](T a, T b) { return pairwise_distance(a, b); }, normal({4, 5}), normal({4, 5}))
      .sample(
          "F.pairwise_distance(a, b, p=1, keepdim=True)",
          [](T a, T b) { return pairwise_distance(a, b, 1, 1e-6, true); }, normal({4, 5}), normal({5}));
  add("cosine_similarity")
      .sample(
          "F.cosine_similarity(a, b)", [](T a, T b) { return cosine_similarity(a, b); }, normal({4, 5}), normal({4, 5}))
      .sample(
          "F.cosine_similarity(a, b, dim=-1)", [](T a, T b) { return cosine_similarity(a, b, -1); },
          normal({2, 3, 4, 5}), normal({5}));
  add("normalize")
      .sample(
          "F.normalize(a)", [](T a) { return normalize(a); }, normal({4, 5}))
      .sample("F.normalize(a, p=1, dim=0)", [](T a) { return normalize(a, 1, 0); }, normal({2, 3, 4, 5}));
  add("cdist")
      .sample(
          "torch.cdist(a, b)", [](T a, T b) { return cdist(a, b); }, normal({4, 5}), normal({3, 5}))
      .sample(
          "torch.cdist(a, b, p=1)", [](T a, T b) { return cdist(a, b, 1); }, normal({2, 4, 5}), normal({2, 3, 5}))
      .without_differences()
      .error("torch.cdist(a, b)", [](T a, T b) { return cdist(a, b); }, normal({4, 5}), normal({3, 4}));
}

}  // namespace lamella::testing
