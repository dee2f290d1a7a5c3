// Limits on gradients.
#include <lamella/optim/clip.h>

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <lamella/error.h>
#include <lamella/ops/create.h>

namespace lamella {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Tensor> with_gradients(std::vector<std::vector<float>> gradients) {
  std::vector<Tensor> parameters;
  for (const auto& g : gradients) {
    const auto size = static_cast<std::int64_t>(g.size());
    parameters.push_back(zeros({size}, {.requires_grad = true}));
    const Tensor gradient = empty({size});
    std::copy(g.begin(), g.end(), gradient.data<float>());
    parameters.back().set_grad(gradient);
  }
  return parameters;
}

TEST(ClipGradNorm, ScalesToTheLimitAndSaysWhatItWas) {
  const auto p = with_gradients({{3}, {0, 4}});
  EXPECT_FLOAT_EQ(optim::clip_grad_norm_(p, 1), 5);
  EXPECT_NEAR(p[0].grad().item<float>(), 0.6, 1e-6);
}

TEST(ClipGradNorm, LeavesSmallGradientsAlone) {
  const auto p = with_gradients({{3}, {0, 4}});
  optim::clip_grad_norm_(p, 10);
  EXPECT_EQ(p[0].grad().item<float>(), 3);
}

TEST(ClipGradNorm, TakesTheLargestElementForInfinity) {
  EXPECT_EQ(optim::clip_grad_norm_(with_gradients({{3}, {0, -4}}), 1, kInfinity), 4);
}

TEST(ClipGradNorm, SpreadsWhatIsNoNumberUnlessAskedToRaise) {
  const auto p = with_gradients({{3}, {NAN, 4}});
  EXPECT_THROW(optim::clip_grad_norm_(p, 1, 2, true), Error);
  EXPECT_EQ(p[0].grad().item<float>(), 3);
  EXPECT_TRUE(std::isnan(optim::clip_grad_norm_(p, 1)));
  EXPECT_TRUE(std::isnan(p[0].grad().item<float>()));
}

TEST(ClipGradNorm, IsZeroWithoutGradients) {
  EXPECT_EQ(optim::clip_grad_norm_({}, 1), 0);
  EXPECT_EQ(optim::clip_grad_norm_({zeros({2}, {.requires_grad = true})}, 1), 0);
}

TEST(ClipGradNorm, RefusesUndefinedTensors) {
  EXPECT_THROW(optim::get_total_norm({Tensor()}), ValueError);
  EXPECT_THROW(optim::clip_grad_norm_({Tensor()}, 1), ValueError);
  EXPECT_THROW(optim::clip_grads_with_norm_({}, 1, Tensor()), ValueError);
}

TEST(ClipGradValue, LimitsEachElement) {
  const auto p = with_gradients({{3, -0.5F, -7}});
  optim::clip_grad_value_(p, 1);
  EXPECT_EQ(p[0].grad().to_vector<float>(), (std::vector<float>{1, -0.5F, -1}));
}

}  // namespace
}  // namespace lamella
