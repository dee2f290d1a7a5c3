#include "kernels/dropout/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/kernel_testing.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

template <typename T>
class DropoutTest : public testing::Test {};
using Types = testing::Types<float, double, bfloat16, float16>;
TYPED_TEST_SUITE(DropoutTest, Types);

TYPED_TEST(DropoutTest, KeepsAndScalesWhereTheMaskSays) {
  using T = TypeParam;
  on_every_target([] {
    for (const std::size_t n : {0, 1, 15, 16, 17, 100, 70000}) {
      std::vector<T> x(n);
      std::vector<std::uint8_t> mask(n);
      for (std::size_t i = 0; i < n; ++i) {
        x[i] = T(static_cast<float>(i % 64) - 31.0F);
        mask[i] = i % 3 == 0;
      }
      dropout_apply(static_cast<std::int64_t>(n), x.data(), mask.data(), 2.0, x.data());  // in place
      for (std::size_t i = 0; i < n; ++i) {
        const float kept = 2.0F * (static_cast<float>(i % 64) - 31.0F);
        ASSERT_EQ(static_cast<float>(x[i]), i % 3 == 0 ? kept : 0.0F) << i << " of " << n;
      }
    }
  });
}

TEST(DropoutNanTest, ADroppedNanStaysNan) {
  std::vector<float> x{std::numeric_limits<float>::quiet_NaN()};
  const std::uint8_t mask = 0;
  dropout_apply(1, x.data(), &mask, 2.0, x.data());
  EXPECT_TRUE(std::isnan(x[0]));
}

}  // namespace
}  // namespace lamella::kernels
