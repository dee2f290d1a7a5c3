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

// v = 0.5 * 0 + 0.5 * 9, the step lr g / sqrt(v).
TEST(RMSprop, DividesByTheRootOfTheMeanSquare) {
  const Tensor p = parameter(1);
  optim::RMSprop optimizer({p}, {.lr = 0.01, .alpha = 0.5, .eps = 0});
  step(optimizer, p, 3);
  EXPECT_NEAR(p.item<double>(), 1 - 0.01 * 3 / std::sqrt(4.5), 1e-15);
}

// v - a^2 = 4.5 - 1.5^2
TEST(RMSprop, TakesTheVarianceWhereCentered) {
  const Tensor p = parameter(1);
  optim::RMSprop optimizer({p}, {.lr = 0.01, .alpha = 0.5, .eps = 0, .centered = true});
  step(optimizer, p, 3);
  EXPECT_NEAR(p.item<double>(), 1 - 0.01 * 3 / std::sqrt(4.5 - 2.25), 1e-15);
}

TEST(RMSprop, AddsUpStepsWithMomentum) {
  const Tensor p = parameter(1);
  optim::RMSprop optimizer({p}, {.lr = 0.01, .alpha = 0, .eps = 0, .momentum = 0.5});
  step(optimizer, p, 3);  // b = 3 / 3
  step(optimizer, p, 3);  // b = 0.5 + 1
  EXPECT_NEAR(p.item<double>(), 1 - 0.01 - 0.015, 1e-15);
}

TEST(Optimizer, StepsChannelsLastParametersAsOthers) {
  const Tensor values = rand({2, 3, 4, 5});
  const Tensor slopes = rand({2, 3, 4, 5});
  std::vector<std::vector<float>> results;
  for (const MemoryFormat format : {MemoryFormat::kContiguous, MemoryFormat::kChannelsLast}) {
    const Tensor p = values.clone().to(format).requires_grad_();
    optim::Adam optimizer({p}, {.lr = 0.1});
    for (int i = 0; i < 3; ++i) {
      p.set_grad(slopes);
      optimizer.step();
    }
    EXPECT_TRUE(p.is_contiguous(format));
    results.push_back(p.to_vector<float>());
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST(Optimizer, StepsSixteenBitParametersInFloat32) {
  const Tensor p = ones({3}, {.dtype = DType::kBFloat16, .requires_grad = true});
  optim::SGD optimizer({p}, {.lr = 0.5, .momentum = 0.9});
  p.set_grad(ones({3}, {.dtype = DType::kBFloat16}));
  optimizer.step();
  EXPECT_EQ(p.to(DType::kFloat32).to_vector<float>(), (std::vector<float>{0.5F, 0.5F, 0.5F}));
}

TEST(Optimizer, RefusesAGroupThatIsNotThere) {
  optim::SGD optimizer({parameter(1)}, {.lr = 0.1});
  EXPECT_THROW(optimizer.set_lr(1, 1), IndexError);
  EXPECT_THROW(static_cast<void>(optimizer.parameters(1)), IndexError);
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

}  // namespace
}  // namespace lamella
