// Samples of include/lamella/ops/loss.h.
#pragma once

#include <string>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/loss.h>

#include "ops/sample.h"

namespace lamella::testing {

inline constexpr const char* kReductions[] = {"mean", "sum", "none"};

inline void add_class_loss_samples(Operators& all) {
  Operator& cross =
      all.add("cross_entropy").types(kFloats).within(4, "sums over up to 20 classes and 40 samples in another order");
  Operator& nll = all.add("nll_loss").types(kFloats).within(4, "sums over up to 40 samples in another order");
  for (const char* reduction : kReductions) {
    const std::string tail = "reduction='" + std::string(reduction) + "')";
    const auto plain = [=](T a, T b) { return cross_entropy(a, b, {.reduction = reduction}); };
    cross.sample("F.cross_entropy(a, b, " + tail, plain, normal({6, 20}), index(20, {6}));
    cross.sample("F.cross_entropy(a, b, " + tail, plain, normal({2, 5, 3, 4}), index(5, {2, 3, 4}));
    cross.sample("F.cross_entropy(a, b, " + tail, plain, normal({5}), index(5, {}));
    cross.sample(
        "F.cross_entropy(a, b, c, " + tail,
        [=](T a, T b, T c) { return cross_entropy(a, b, {.weight = c, .reduction = reduction}); }, normal({6, 5}),
        index(5, {6}), positive({5}).constant());
    cross.sample(
        "F.cross_entropy(a, b, ignore_index=1, " + tail,
        [=](T a, T b) { return cross_entropy(a, b, {.ignore_index = 1, .reduction = reduction}); }, normal({9, 3}),
        index(3, {9}));
    cross.sample(
        "F.cross_entropy(a, b, label_smoothing=0.2, " + tail,
        [=](T a, T b) { return cross_entropy(a, b, {.reduction = reduction, .label_smoothing = 0.2}); }, normal({9, 3}),
        index(3, {9}));
    cross.sample(
        "F.cross_entropy(a, b, c, label_smoothing=0.2, ignore_index=1, " + tail,
        [=](T a, T b, T c) { return cross_entropy(a, b, {c, 1, reduction, 0.2}); }, normal({9, 3}), index(3, {9}),
        positive({3}).constant());
    cross.sample("F.cross_entropy(a, b, " + tail, plain, normal({6, 5}), unit({6, 5}));
    cross.sample(
        "F.cross_entropy(a, b, c, label_smoothing=0.1, " + tail,
        [=](T a, T b, T c) { return cross_entropy(a, b, {c, -100, reduction, 0.1}); }, normal({6, 5}), unit({6, 5}),
        positive({5}).constant());
    const auto likelihood = [=](T a, T b) { return nll_loss(a, b, {.reduction = reduction}); };
    nll.sample("F.nll_loss(a, b, " + tail, likelihood, normal({6, 20}), index(20, {6}));
    nll.sample("F.nll_loss(a, b, " + tail, likelihood, normal({2, 5, 3, 4}), index(5, {2, 3, 4}));
    nll.sample(
        "F.nll_loss(a, b, c, ignore_index=1, " + tail, [=](T a, T b, T c) { return nll_loss(a, b, {c, 1, reduction}); },
        normal({9, 3}), index(3, {9}), positive({3}).constant());
  }
  const auto cross_plain = [](T a, T b) { return cross_entropy(a, b); };
  cross.sample(
      "F.cross_entropy(a * 1000, b)", [](T a, T b) { return cross_entropy(a * 1000, b); }, normal({6, 5}),
      index(5, {6}));
  cross.sample("F.cross_entropy(a, b)", cross_plain, normal({0, 5}), index(5, {0}));
  cross.error(
      "F.cross_entropy(a, b + 4)", [](T a, T b) { return cross_entropy(a, b + 4); }, normal({6, 3}), index(3, {6}));
  cross.error("F.cross_entropy(a, b)", cross_plain, normal({6, 3}), index(3, {5}));
  cross.error("F.cross_entropy(a, b)", cross_plain, normal({6, 3}), index(3, {6, 3}));
  cross.error(
      "F.cross_entropy(a, b, reduction='average')",
      [](T a, T b) { return cross_entropy(a, b, {.reduction = "average"}); }, normal({6, 3}), index(3, {6}));
  cross.error(
      "F.cross_entropy(a, b, c)", [](T a, T b, T c) { return cross_entropy(a, b, {.weight = c}); }, normal({6, 3}),
      index(3, {6}), positive({4}).constant());
  cross.error(
      "F.cross_entropy(a, b, c)", [](T a, T b, T c) { return cross_entropy(a, b, {.weight = c}); }, normal({6, 3}),
      index(3, {6}), positive({3}).of(DType::kFloat64));
  nll.error("F.nll_loss(a, b + 4)", [](T a, T b) { return nll_loss(a, b + 4); }, normal({6, 3}), index(3, {6}));
}

inline void add_distance_samples(Operators& all) {
  const std::string order = "sums of up to 120 terms in another order";
  const auto distance = [&](const char* name, const std::string& extra, auto fn, Values left, Values right) {
    Operator& op = all.add(name).types(kFloats).within(4, order);
    for (const char* reduction : kReductions) {
      const std::string torch = "F." + std::string(name) + "(a, b, reduction='" + reduction + "'" + extra + ")";
      const auto call = [=](T a, T b) { return fn(a, b, reduction); };
      op.sample(torch, call, Input{left, {7, 9}}, Input{right, {7, 9}})
          .sample(torch, call, Input{left, {2, 3, 4, 5}}, Input{right, {2, 3, 4, 5}});
      op.sample(torch, call, Input{left, {}}, Input{right, {}})
          .sample(torch, call, Input{left, {0}}, Input{right, {0}});
    }
    op.error(
        "F." + std::string(name) + "(a, b, reduction='average')", [=](T a, T b) { return fn(a, b, "average"); },
        Input{left, {3}}, Input{right, {3}});
    op.error(
        "F." + std::string(name) + "(a, b)", [=](T a, T b) { return fn(a, b, "mean"); }, Input{left, {3}},
        Input{right, {4}});
  };
  distance("mse_loss", "", [](T a, T b, const char* r) { return mse_loss(a, b, r); }, Values::kNormal, Values::kNormal);
  all.add("mse_loss (broadcast)")
      .types(kFloats)
      .sample("F.mse_loss(a, b)", [](T a, T b) { return mse_loss(a, b); }, normal({3, 4}), normal({4}));
  distance("l1_loss", "", [](T a, T b, const char* r) { return l1_loss(a, b, r); }, Values::kNormal, Values::kNormal);
  distance(
      "smooth_l1_loss", ", beta=0.5", [](T a, T b, const char* r) { return smooth_l1_loss(a, b, r, 0.5); },
      Values::kNormal, Values::kNormal);
  distance(
      "huber_loss", ", delta=0.7", [](T a, T b, const char* r) { return huber_loss(a, b, r, 0.7); }, Values::kNormal,
      Values::kNormal);
  distance(
      "binary_cross_entropy", "", [](T a, T b, const char* r) { return binary_cross_entropy(a, b, {}, r); },
      Values::kUnit, Values::kUnit);
  distance(
      "binary_cross_entropy_with_logits", "",
      [](T a, T b, const char* r) { return binary_cross_entropy_with_logits(a, b, {}, r); }, Values::kNormal,
      Values::kUnit);
  auto& divergence = all.add("kl_div").types(kFloats);
  for (const char* reduction : {"none", "sum", "mean", "batchmean"}) {
    const std::string call = "F.kl_div(a, b, reduction='" + std::string(reduction) + "'";
    divergence
        .sample(
            call + ")", [reduction](T a, T b) { return kl_div(a, b, reduction); }, normal({4, 5}), positive({4, 5}))
        .sample(
            call + ", log_target=True)", [reduction](T a, T b) { return kl_div(a, b, reduction, true); },
            normal({3, 2, 4}), normal({3, 2, 4}));
  }
  all.add("binary_cross_entropy (weighted)")
      .types(kFloats)
      .sample(
          "F.binary_cross_entropy(a, b, c)", [](T a, T b, T c) { return binary_cross_entropy(a, b, c); }, unit({4, 5}),
          unit({4, 5}), positive({5}).constant())
      .sample(
          "F.binary_cross_entropy(a.round(), b)", [](T a, T b) { return binary_cross_entropy(round(a), b); },
          unit({4, 5}).constant(), unit({4, 5}).constant())
      .error(
          "F.binary_cross_entropy(a + 2, b)", [](T a, T b) { return binary_cross_entropy(a + 2, b); }, unit({4}),
          unit({4}));
  all.add("binary_cross_entropy_with_logits (weighted)")
      .types(kFloats)
      .sample(
          "F.binary_cross_entropy_with_logits(a, b, c, pos_weight=d)",
          [](T a, T b, T c, T d) { return binary_cross_entropy_with_logits(a, b, c, "mean", d); }, normal({4, 5}),
          unit({4, 5}), positive({5}).constant(), positive({5}).constant())
      .sample(
          "F.binary_cross_entropy_with_logits(a * 100, b)",
          [](T a, T b) { return binary_cross_entropy_with_logits(a * 100, b); }, normal({4, 5}), unit({4, 5}));
}

/// Two dtypes: the losses differ in what they make of them.
inline void add_mixed_loss_samples(Operators& all) {
  const auto mixed = [&](const std::string& name, auto fn) {
    Operator& op = all.add(name + " (mixed)").types(kFloats).without_differences();
    for (const DType target : {DType::kFloat32, DType::kFloat64}) {
      op.sample(
          "F." + name + "(a, b)", [=](T a, T b) { return fn(a, b); }, unit({4, 5}).constant(), unit({4, 5}).of(target));
    }
  };
  mixed("mse_loss", [](T a, T b) { return mse_loss(a, b); });
  mixed("l1_loss", [](T a, T b) { return l1_loss(a, b); });
  mixed("smooth_l1_loss", [](T a, T b) { return smooth_l1_loss(a, b); });
  mixed("huber_loss", [](T a, T b) { return huber_loss(a, b); });
  mixed("binary_cross_entropy_with_logits", [](T a, T b) { return binary_cross_entropy_with_logits(a, b); });
  mixed("cross_entropy", [](T a, T b) { return cross_entropy(a, b); });
  all.add("binary_cross_entropy (mixed)")
      .error(
          "F.binary_cross_entropy(a, b)", [](T a, T b) { return binary_cross_entropy(a, b); }, unit({4, 5}),
          unit({4, 5}).of(DType::kFloat64));
}

inline void add_loss_samples(Operators& all) {
  add_class_loss_samples(all);
  add_distance_samples(all);
  add_mixed_loss_samples(all);
}

}  // namespace lamella::testing
