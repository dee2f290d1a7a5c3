// Schedules against their formulas; tests/parity holds 100 steps of each against PyTorch.
#include <lamella/optim.h>

#include <cmath>

#include <gtest/gtest.h>

#include <lamella/error.h>
#include <lamella/ops/create.h>

namespace lamella {
namespace {

using Rates = std::vector<double>;

class Schedule : public ::testing::Test {
 protected:
  optim::SGD optimizer_{{zeros({1}, {.requires_grad = true})}, {.lr = 1, .momentum = 0.9}};

  /// The rates of the first steps, the one that construction set included.
  Rates rates(optim::Scheduler& schedule, int steps) {
    Rates result{optimizer_.lr()};
    for (int i = 1; i < steps; ++i) {
      schedule.step();
      result.push_back(optimizer_.lr());
    }
    return result;
  }
};

void expect_rates(const Rates& given, const Rates& expected) {
  ASSERT_EQ(given.size(), expected.size());
  // Recursive formulas round once a step.
  for (std::size_t i = 0; i < given.size(); ++i) EXPECT_NEAR(given[i], expected[i], 1e-14) << "step " << i;
}

TEST_F(Schedule, StepMultipliesAfterEveryStepSize) {
  optim::StepLR schedule(optimizer_, 2, 0.1);
  expect_rates(rates(schedule, 5), {1, 1, 0.1, 0.1, 0.01});
}

TEST_F(Schedule, MultiStepMultipliesAtMilestonesTwiceWhereGivenTwice) {
  optim::MultiStepLR schedule(optimizer_, {1, 3, 3}, 0.5);
  expect_rates(rates(schedule, 5), {1, 0.5, 0.5, 0.125, 0.125});
}

TEST_F(Schedule, ConstantHoldsDownTheFirstSteps) {
  optim::ConstantLR schedule(optimizer_, {.factor = 0.25, .total_iters = 2});
  expect_rates(rates(schedule, 4), {0.25, 0.25, 1, 1});
}

TEST_F(Schedule, LinearRisesToItsEnd) {
  optim::LinearLR schedule(optimizer_, {.start_factor = 0.2, .end_factor = 1, .total_iters = 4});
  expect_rates(rates(schedule, 7), {0.2, 0.4, 0.6, 0.8, 1, 1, 1});
}

TEST_F(Schedule, PolynomialFallsToZero) {
  optim::PolynomialLR schedule(optimizer_, {.total_iters = 4, .power = 2});
  expect_rates(rates(schedule, 6), {1, 0.5625, 0.25, 0.0625, 0, 0});
}

TEST_F(Schedule, CosineFallsAndRisesAgain) {
  optim::CosineAnnealingLR schedule(optimizer_, 2, 0.2);
  expect_rates(rates(schedule, 5), {1, 0.6, 0.2, 0.6, 1});
}

TEST_F(Schedule, WarmRestartsBeginAnewInLongerPeriods) {
  optim::CosineAnnealingWarmRestarts schedule(optimizer_, 2, {.t_mult = 2});
  const double a = (1 + std::sqrt(0.5)) / 2, b = (1 - std::sqrt(0.5)) / 2;
  expect_rates(rates(schedule, 7), {1, 0.5, 1, a, 0.5, b, 1});
}

TEST_F(Schedule, LambdaMultipliesTheFirstRate) {
  optim::LambdaLR schedule(optimizer_, [](std::int64_t step) { return 1.0 / static_cast<double>(1 + step); });
  expect_rates(rates(schedule, 3), {1, 0.5, 1.0 / 3});
}

TEST_F(Schedule, TwoSchedulesMultiply) {
  optim::ExponentialLR fall(optimizer_, 0.5);
  optim::ConstantLR hold(optimizer_, {.factor = 0.1, .total_iters = 2});
  Rates given{optimizer_.lr()};
  for (int i = 0; i < 2; ++i) {
    fall.step();
    hold.step();
    given.push_back(optimizer_.lr());
  }
  expect_rates(given, {0.1, 0.05, 0.25});
}

TEST_F(Schedule, KeepsARateThatWasSetByHand) {
  optim::StepLR schedule(optimizer_, 2);
  schedule.step();
  optimizer_.set_lr(8);
  schedule.step();
  EXPECT_NEAR(optimizer_.lr(), 0.8, 1e-15);
}

TEST_F(Schedule, AGroupThatJoinsLaterIsScheduledToo) {
  optim::CosineAnnealingLR schedule(optimizer_, 2);
  optimizer_.add_group({zeros({1}, {.requires_grad = true})}, {.lr = 4});
  schedule.step();
  EXPECT_NEAR(optimizer_.lr(1), 2, 1e-15);
}

TEST_F(Schedule, SequentialRunsOneAfterTheOther) {
  optim::SequentialLR schedule(optimizer_,
                               {std::make_shared<optim::ConstantLR>(optimizer_, optim::ConstantOptions{.factor = 0.1}),
                                std::make_shared<optim::ExponentialLR>(optimizer_, 0.5)},
                               {2});
  expect_rates(rates(schedule, 5), {0.1, 0.1, 1, 0.5, 0.25});
}

TEST_F(Schedule, SequentialRefusesWhatDoesNotFit) {
  optim::SGD other({zeros({1}, {.requires_grad = true})}, {.lr = 1});
  EXPECT_THROW(optim::SequentialLR(optimizer_, {}, {}), ValueError);
  EXPECT_THROW(optim::SequentialLR(optimizer_, {std::make_shared<optim::StepLR>(optimizer_, 1)}, {3}), ValueError);
  EXPECT_THROW(optim::SequentialLR(optimizer_, {std::make_shared<optim::StepLR>(other, 1)}, {}), ValueError);
}

TEST_F(Schedule, PlateauReducesAfterItsPatience) {
  optim::ReduceLROnPlateau schedule(optimizer_, {.factor = 0.5, .patience = 1, .cooldown = 1});
  Rates given;
  for (const double metric : {1.0, 1.0, 1.0, 1.0, 1.0, 1.0}) {
    schedule.step(metric);
    given.push_back(optimizer_.lr());
  }
  // Bad epochs: 0, 1, 2 (reduced), 0 in the cooldown, 1, 2 (reduced).
  expect_rates(given, {1, 1, 0.5, 0.5, 0.5, 0.25});
}

TEST_F(Schedule, PlateauStopsAtItsMinimum) {
  optim::ReduceLROnPlateau schedule(optimizer_, {.mode = "max", .patience = 0, .min_lr = 0.05});
  for (int i = 0; i < 5; ++i) schedule.step(-i);
  EXPECT_DOUBLE_EQ(optimizer_.lr(), 0.05);
}

TEST_F(Schedule, OneCycleRisesToItsPeakAndFallsBelowItsStart) {
  optim::OneCycleLR schedule(optimizer_, {.max_lr = 1, .total_steps = 10});
  EXPECT_NEAR(optimizer_.lr(), 1 / 25.0, 1e-15);  // torch's cosine rounds the same way
  EXPECT_DOUBLE_EQ(optimizer_.momentum(), 0.95);
  schedule.step();
  schedule.step();  // step 2 = 0.3 * 10 - 1: the top
  EXPECT_DOUBLE_EQ(optimizer_.lr(), 1);
  EXPECT_DOUBLE_EQ(optimizer_.momentum(), 0.85);
  for (int i = 0; i < 7; ++i) schedule.step();
  EXPECT_NEAR(optimizer_.lr(), 1 / 25.0 / 1e4, 1e-12);
  schedule.step();  // a loop of total_steps that steps at its end takes this one too
  EXPECT_THROW(schedule.step(), ValueError);
}

TEST(Schedules, OneCycleMovesAdamsFirstBeta) {
  optim::Adam optimizer({zeros({1}, {.requires_grad = true})});
  optim::OneCycleLR schedule(optimizer, {.max_lr = 1, .total_steps = 10});
  EXPECT_DOUBLE_EQ(optimizer.options().beta1, 0.95);
}

TEST_F(Schedule, RefusesOptionsThatDoNotFit) {
  EXPECT_THROW(optim::StepLR(optimizer_, 0), ValueError);
  EXPECT_THROW(optim::CosineAnnealingLR(optimizer_, 0), ValueError);
  EXPECT_THROW(optim::LinearLR(optimizer_, {.start_factor = 0}), ValueError);
  EXPECT_THROW(optim::ConstantLR(optimizer_, {.factor = 2}), ValueError);
  EXPECT_THROW(optim::ReduceLROnPlateau(optimizer_, {.factor = 1}), ValueError);
  EXPECT_THROW(optim::ReduceLROnPlateau(optimizer_, {.mode = "low"}), ValueError);
  EXPECT_THROW(optim::OneCycleLR(optimizer_, {.max_lr = 1}), ValueError);
}

}  // namespace
}  // namespace lamella
