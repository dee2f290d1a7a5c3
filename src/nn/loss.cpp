#include <lamella/nn/loss.h>

#include <fmt/format.h>

#include <lamella/ops/loss.h>

#include "nn/check.h"

namespace lamella::nn {

CrossEntropyLoss::CrossEntropyLoss(CrossEntropyLossOptions options)
    : weight(options.weight),
      ignore_index(options.ignore_index),
      reduction(checked_reduction("CrossEntropyLoss", std::move(options.reduction))),
      label_smoothing(options.label_smoothing) {
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    throw ValueError(
        fmt::format("CrossEntropyLoss: label_smoothing must be between 0.0 and 1.0. Got: {}", label_smoothing));
  }
}

Tensor CrossEntropyLoss::forward(const Tensor& input, const Tensor& target) {
  return cross_entropy(input, target, {weight, ignore_index, reduction, label_smoothing});
}

NLLLoss::NLLLoss(NLLLossOptions options)
    : weight(options.weight),
      ignore_index(options.ignore_index),
      reduction(checked_reduction("NLLLoss", std::move(options.reduction))) {}

Tensor NLLLoss::forward(const Tensor& input, const Tensor& target) {
  return nll_loss(input, target, {weight, ignore_index, reduction});
}

MSELoss::MSELoss(LossOptions options) : reduction(checked_reduction("MSELoss", std::move(options.reduction))) {}
Tensor MSELoss::forward(const Tensor& input, const Tensor& target) { return mse_loss(input, target, reduction); }

L1Loss::L1Loss(LossOptions options) : reduction(checked_reduction("L1Loss", std::move(options.reduction))) {}
Tensor L1Loss::forward(const Tensor& input, const Tensor& target) { return l1_loss(input, target, reduction); }

SmoothL1Loss::SmoothL1Loss(SmoothL1LossOptions options)
    : reduction(checked_reduction("SmoothL1Loss", std::move(options.reduction))), beta(options.beta) {}
Tensor SmoothL1Loss::forward(const Tensor& input, const Tensor& target) {
  return smooth_l1_loss(input, target, reduction, beta);
}

HuberLoss::HuberLoss(HuberLossOptions options)
    : reduction(checked_reduction("HuberLoss", std::move(options.reduction))), delta(options.delta) {}
Tensor HuberLoss::forward(const Tensor& input, const Tensor& target) {
  return huber_loss(input, target, reduction, delta);
}

KLDivLoss::KLDivLoss(KLDivLossOptions options)
    : reduction(std::move(options.reduction)), log_target(options.log_target) {
  check_word("KLDivLoss", "reduction", reduction, {"none", "batchmean", "mean", "sum"});
}
Tensor KLDivLoss::forward(const Tensor& input, const Tensor& target) {
  return kl_div(input, target, reduction, log_target);
}

BCELoss::BCELoss(BCELossOptions options)
    : weight(options.weight), reduction(checked_reduction("BCELoss", std::move(options.reduction))) {}
Tensor BCELoss::forward(const Tensor& input, const Tensor& target) {
  return binary_cross_entropy(input, target, weight, reduction);
}

BCEWithLogitsLoss::BCEWithLogitsLoss(BCEWithLogitsLossOptions options)
    : weight(options.weight),
      reduction(checked_reduction("BCEWithLogitsLoss", std::move(options.reduction))),
      pos_weight(options.pos_weight) {}

Tensor BCEWithLogitsLoss::forward(const Tensor& input, const Tensor& target) {
  return binary_cross_entropy_with_logits(input, target, weight, reduction, pos_weight);
}

}  // namespace lamella::nn
