// bfloat16 and float16 mean rounded inputs, float32 throughout, and one rounding of the result.
#include <gtest/gtest.h>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/norm.h>
#include <lamella/ops/reduce.h>

namespace lamella::testing {
namespace {

TEST(HalfPrecision, RunningStatisticsOf16BitsAreRoundedOnce) {
  const Tensor x = tensor(NestedList{{1.0, 2.0}, {3.0, 4.0}}).to(DType::kBFloat16);
  const Tensor mean = zeros({2}, {.dtype = DType::kBFloat16});
  const Tensor var = ones({2}, {.dtype = DType::kBFloat16});
  batch_norm(x, mean, var, {}, {}, true, 0.5);
  EXPECT_TRUE(equal(mean, tensor(NestedList{1.0, 1.5}).to(DType::kBFloat16)));  // half of 2 and 3
  EXPECT_TRUE(equal(var, full({2}, 1.5, {.dtype = DType::kBFloat16})));         // (1 + 2) / 2, unbiased
}

// 1 + 2^-8 is not a bfloat16 number: added one by one, the small terms would be lost.
TEST(HalfPrecision, SumsByIndexAreRoundedOnce) {
  const Tensor start = ones({1}, {.dtype = DType::kBFloat16});
  const Tensor terms = full({256}, 1.0 / 256, {.dtype = DType::kBFloat16});
  const Tensor index = zeros({256}, {.dtype = DType::kInt64});
  EXPECT_EQ(index_add(start, 0, index, terms).item<float>(), 2.F);
  EXPECT_EQ(scatter_add(start, 0, index, terms).item<float>(), 2.F);
  EXPECT_EQ(index_put(start, {index}, terms, true).item<float>(), 2.F);
  EXPECT_EQ(index_add_(start.clone(), 0, index, terms).item<float>(), 2.F);
}

// The differences' squares, 1 + 2^-7 apart from their rounding, would each lose their last bits.
TEST(HalfPrecision, LossesAreRoundedOnce) {
  const Tensor a = full({512}, 1 + 1.0 / 128, {.dtype = DType::kBFloat16});
  const Tensor loss = mse_loss(a, zeros({512}, {.dtype = DType::kBFloat16}), "sum");
  const double exact = 512 * (1 + 1.0 / 128) * (1 + 1.0 / 128);  // 520.03…, between the bfloat16 numbers 520 and 524
  EXPECT_EQ(loss.dtype(), DType::kBFloat16);
  EXPECT_NEAR(loss.item<float>(), exact, 2.0);  // half a unit in the last place
}

}  // namespace
}  // namespace lamella::testing
