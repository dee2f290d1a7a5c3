// Optimisers and schedules against their formulas; tests/parity holds whole trajectories against PyTorch.
#include <lamella/optim.h>

#include <cmath>

#include <gtest/gtest.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>

namespace lamella {
namespace {

Tensor parameter(double value) { return tensor({value}, {.dtype = DType::kFloat64, .requires_grad = true}); }

/// One step on a loss whose gradient is `slope`.
void step(optim::Optimizer& optimizer, const Tensor& p, double slope) {
  optimizer.zero_grad();
  (p * slope).sum().backward();
  optimizer.step();
}

TEST(SGD, SubtractsTheGradientTimesTheLearningRate) {
  const Tensor p = parameter(1);
  optim::SGD optimizer({p}, {.lr = 0.1});
  step(optimizer, p, 2);
  EXPECT_DOUBLE_EQ(p.item<double>(), 1 - 0.1 * 2);
}

TEST(SGD, KeepsAVelocityWithMomentum) {
  const Tensor p = parameter(1);
  optim::SGD optimizer({p}, {.lr = 0.1, .momentum = 0.5});
  step(optimizer, p, 2);  // v = 2
  step(optimizer, p, 2);  // v = 0.5 * 2 + 2 = 3
  EXPECT_DOUBLE_EQ(p.item<double>(), 1 - 0.1 * 2 - 0.1 * 3);
}

TEST(SGD, LooksAheadWithNesterov) {
  const Tensor p = parameter(1);
  optim::SGD optimizer({p}, {.lr = 0.1, .momentum = 0.5, .nesterov = true});
  step(optimizer, p, 2);  // v = 2, g + 0.5 v = 3
  EXPECT_DOUBLE_EQ(p.item<double>(), 1 - 0.1 * 3);
}

TEST(SGD, AddsWeightDecayToTheGradient) {
  const Tensor p = parameter(4);
  optim::SGD optimizer({p}, {.lr = 0.1, .weight_decay = 0.5});
  step(optimizer, p, 1);
  EXPECT_DOUBLE_EQ(p.item<double>(), 4 - 0.1 * (1 + 0.5 * 4));
}

TEST(SGD, LeavesParametersWithoutAGradientAlone) {
  const Tensor used = parameter(1);
  const Tensor unused = parameter(7);
  optim::SGD optimizer({used, unused}, {.lr = 0.1, .weight_decay = 0.5});
  step(optimizer, used, 1);
  EXPECT_DOUBLE_EQ(unused.item<double>(), 7);
}

TEST(SGD, StepsEachGroupWithItsOwnRate) {
  const Tensor slow = parameter(1);
  const Tensor fast = parameter(1);
  optim::SGD optimizer({slow}, {.lr = 0.1});
  optimizer.add_group({fast}, {.lr = 0.5});
  (slow + fast).sum().backward();
  optimizer.step();
  EXPECT_DOUBLE_EQ(slow.item<double>(), 0.9);
  EXPECT_DOUBLE_EQ(fast.item<double>(), 0.5);
}

TEST(SGD, StepsAParameterWhoseMemoryIsNotOneRun) {
  const Tensor whole = zeros({2, 3}, {.dtype = DType::kFloat64});
  const Tensor p = whole.transpose(0, 1).detach().requires_grad_();
  optim::SGD optimizer({p}, {.lr = 1});
  (p * tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}, {.dtype = DType::kFloat64})).sum().backward();
  optimizer.step();
  EXPECT_EQ(p.to_vector<double>(), (std::vector<double>{-1, -2, -3, -4, -5, -6}));
}

// m and v after one step are (1 - beta) g and (1 - beta2) g^2; corrected for the bias both are g and g^2.
TEST(Adam, MovesByTheLearningRateInItsFirstStep) {
  const Tensor p = parameter(1);
  optim::Adam optimizer({p}, {.lr = 0.01});
  step(optimizer, p, 3);
  EXPECT_NEAR(p.item<double>(), 1 - 0.01 * 3 / (3 + 1e-8), 1e-15);
}

TEST(AdamW, ShrinksTheParameterBesideTheStep) {
  const Tensor p = parameter(1);
  optim::AdamW optimizer({p}, {.lr = 0.01, .weight_decay = 0.1});
  step(optimizer, p, 3);
  EXPECT_NEAR(p.item<double>(), 1 * (1 - 0.01 * 0.1) - 0.01 * 3 / (3 + 1e-8), 1e-15);
}

TEST(Optimizer, RefusesWhatCannotBeOptimised) {
  const Tensor p = parameter(1);
  EXPECT_THROW(optim::SGD({}, {.lr = 0.1}), ValueError);
  EXPECT_THROW(optim::SGD({p * 2}, {.lr = 0.1}), ValueError);
  EXPECT_THROW(optim::SGD({p}, {.lr = -1}), ValueError);
  EXPECT_THROW(optim::SGD({p}, {.lr = 0.1, .nesterov = true}), ValueError);
  EXPECT_THROW(optim::Adam({p}, {.beta1 = 1.0}), ValueError);
  optim::SGD optimizer({p}, {.lr = 0.1});
  EXPECT_THROW(optimizer.add_group({p}, {.lr = 0.1}), ValueError);
  EXPECT_EQ(optimizer.groups(), 1U);
}

TEST(Optimizer, ZeroGradDropsOrZeroesTheGradient) {
  const Tensor p = parameter(1);
  optim::SGD optimizer({p}, {.lr = 0.1});
  (p * 2).sum().backward();
  optimizer.zero_grad(false);
  EXPECT_DOUBLE_EQ(p.grad().item<double>(), 0);
  optimizer.zero_grad();
  EXPECT_FALSE(p.grad().defined());
}

TEST(StepLR, MultipliesAfterEveryStepSize) {
  const Tensor p = parameter(1);
  optim::SGD optimizer({p}, {.lr = 1});
  optim::StepLR schedule(optimizer, 2, 0.1);
  std::vector<double> rates;
  for (int i = 0; i < 5; ++i) {
    rates.push_back(optimizer.lr());
    schedule.step();
  }
  const std::vector<double> expected{1, 1, 0.1, 0.1, 0.1 * 0.1};
  for (std::size_t i = 0; i < rates.size(); ++i) EXPECT_DOUBLE_EQ(rates[i], expected[i]);
}

TEST(OneCycleLR, RisesToItsPeakAndFallsBelowItsStart) {
  const Tensor p = parameter(1);
  optim::SGD optimizer({p}, {.lr = 1, .momentum = 0.9});
  optim::OneCycleLR schedule(optimizer, {.max_lr = 1, .total_steps = 10});
  EXPECT_NEAR(optimizer.lr(), 1 / 25.0, 1e-15);  // torch's cosine rounds the same way
  EXPECT_DOUBLE_EQ(optimizer.momentum(), 0.95);
  schedule.step();
  schedule.step();  // step 2 = 0.3 * 10 - 1: the top
  EXPECT_DOUBLE_EQ(optimizer.lr(), 1);
  EXPECT_DOUBLE_EQ(optimizer.momentum(), 0.85);
  for (int i = 0; i < 7; ++i) schedule.step();
  EXPECT_NEAR(optimizer.lr(), 1 / 25.0 / 1e4, 1e-12);
  EXPECT_THROW(schedule.step(), ValueError);
}

TEST(ClipGradNorm, ScalesToTheLimitAndSaysWhatItWas) {
  const Tensor p = tensor({0.0, 0.0}, {.dtype = DType::kFloat64, .requires_grad = true});
  (p * tensor({3.0, 4.0}, {.dtype = DType::kFloat64})).sum().backward();
  EXPECT_DOUBLE_EQ(optim::clip_grad_norm({p}, 1), 5);
  EXPECT_NEAR(norm(p.grad()).item<double>(), 1, 1e-6);
}

}  // namespace
}  // namespace lamella
