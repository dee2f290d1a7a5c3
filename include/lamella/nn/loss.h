// Losses: modules of (input, target). `reduction` is "mean", "sum" or "none"; ValueError for another word.
#pragma once

#include <string>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

using Loss = ModuleOf<Tensor(const Tensor&, const Tensor&)>;

/// In torch's argument order; given by name.
struct CrossEntropyLossOptions {
  ByName by_name = ByName();
  Tensor weight = {};  ///< of each class, [C]
  std::int64_t ignore_index = -100;
  std::string reduction = "mean";
  double label_smoothing = 0.0;  ///< in [0, 1]
};

/// -log softmax(input)[target]: input [N, C, …] of raw scores, target [N, …] of class indices or probabilities of
/// input's shape.
class CrossEntropyLoss : public Layer<CrossEntropyLoss, Loss> {
 public:
  explicit CrossEntropyLoss(CrossEntropyLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  void members(Members& m) override { m.buffer("weight", weight); }

  Tensor weight;
  std::int64_t ignore_index;
  std::string reduction;
  double label_smoothing;
};

struct NLLLossOptions {
  ByName by_name = ByName();
  Tensor weight = {};
  std::int64_t ignore_index = -100;
  std::string reduction = "mean";
};

/// -input[target]: input [N, C, …] of log-probabilities.
class NLLLoss : public Layer<NLLLoss, Loss> {
 public:
  explicit NLLLoss(NLLLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  void members(Members& m) override { m.buffer("weight", weight); }

  Tensor weight;
  std::int64_t ignore_index;
  std::string reduction;
};

struct LossOptions {
  ByName by_name = ByName();
  std::string reduction = "mean";
};

/// (input - target)^2; the shapes must be equal.
class MSELoss : public Layer<MSELoss, Loss> {
 public:
  explicit MSELoss(LossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  std::string reduction;
};

/// |input - target|; the shapes must be equal.
class L1Loss : public Layer<L1Loss, Loss> {
 public:
  explicit L1Loss(LossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  std::string reduction;
};

struct SmoothL1LossOptions {
  ByName by_name = ByName();
  std::string reduction = "mean";
  double beta = 1.0;
};

/// 0.5 d^2 / beta for d = |input - target| < beta, d - 0.5 beta elsewhere.
class SmoothL1Loss : public Layer<SmoothL1Loss, Loss> {
 public:
  explicit SmoothL1Loss(SmoothL1LossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  std::string reduction;
  double beta;
};

struct HuberLossOptions {
  ByName by_name = ByName();
  std::string reduction = "mean";
  double delta = 1.0;
};

/// 0.5 d^2 for d = |input - target| < delta, delta (d - 0.5 delta) elsewhere.
class HuberLoss : public Layer<HuberLoss, Loss> {
 public:
  explicit HuberLoss(HuberLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  std::string reduction;
  double delta;
};

struct KLDivLossOptions {
  ByName by_name = ByName();
  std::string reduction = "mean";  ///< or "batchmean", the sum over the batch's size: the divergence of mathematics
  bool log_target = false;         ///< whether the target holds log-probabilities too
};

/// target (log(target) - input) for log-probabilities as input.
class KLDivLoss : public Layer<KLDivLoss, Loss> {
 public:
  explicit KLDivLoss(KLDivLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  std::string reduction;
  bool log_target;
};

struct BCELossOptions {
  ByName by_name = ByName();
  Tensor weight = {};  ///< of each element
  std::string reduction = "mean";
};

/// -(target log(input) + (1 - target) log(1 - input)) for probabilities.
class BCELoss : public Layer<BCELoss, Loss> {
 public:
  explicit BCELoss(BCELossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  void members(Members& m) override { m.buffer("weight", weight); }

  Tensor weight;
  std::string reduction;
};

struct BCEWithLogitsLossOptions {
  ByName by_name = ByName();
  Tensor weight = {};  ///< of each element
  std::string reduction = "mean";
  Tensor pos_weight = {};  ///< of the positive examples of each class
};

/// Binary cross entropy of sigmoid(input), computed so that large scores do not overflow.
class BCEWithLogitsLoss : public Layer<BCEWithLogitsLoss, Loss> {
 public:
  explicit BCEWithLogitsLoss(BCEWithLogitsLossOptions options = {});
  Tensor forward(const Tensor& input, const Tensor& target) override;
  void members(Members& m) override { m.buffer("weight", weight).buffer("pos_weight", pos_weight); }

  Tensor weight;
  std::string reduction;
  Tensor pos_weight;
};

}  // namespace lamella::nn
