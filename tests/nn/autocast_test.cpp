#include <lamella/autocast.h>

#include <gtest/gtest.h>

#include <lamella/nn/all.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/reduce.h>

namespace lamella::nn {
namespace {

TEST(Autocast, TrainsANetworkWithFloat32ParametersAndStatistics) {
  manual_seed(1);
  Sequential net{Conv2d(1, 4, 3), BatchNorm2d(4), ReLU(), Flatten(), Linear(64, 3)};
  const Tensor classes = tensor(std::vector<std::int64_t>{0, 1, 2, 0});
  Tensor loss;
  {
    const AutocastGuard guard;
    const Tensor scores = net(randn({4, 1, 6, 6}));
    EXPECT_EQ(scores.dtype(), DType::kBFloat16);
    loss = cross_entropy(scores, classes);
  }
  loss.backward();
  for (const auto& [name, parameter] : net.named_parameters()) {
    EXPECT_EQ(parameter.dtype(), DType::kFloat32) << name;
    EXPECT_EQ(parameter.grad().dtype(), DType::kFloat32) << name;
    EXPECT_TRUE(all(isfinite(parameter.grad())).item<bool>()) << name;
  }
}

}  // namespace
}  // namespace lamella::nn
