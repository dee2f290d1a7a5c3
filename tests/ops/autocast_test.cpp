// What autocast promises besides the dtypes of results, which ops/autocast_samples.h has: scopes, gradients, the cache.
#include <gtest/gtest.h>

#include <string>

#include <lamella/autocast.h>
#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/reduce.h>

#include "ops/recording.h"

namespace lamella::testing {
namespace {

Tensor weight_of_ones() { return ones({2, 2}).requires_grad_(); }

/// How often `call` converts a tensor: a conversion is a clone.
template <typename Fn>
int casts_in(Fn&& call) {
  Recording recording;
  {
    const RecorderScope scope(&recording);
    call();
  }
  int casts = 0;
  for (std::size_t i = 0; i < recording.size(); ++i) casts += recording.op(i).name == "clone" ? 1 : 0;
  return casts;
}

TEST(Autocast, IsOffOutsideOfItsScopesAndBFloat16Inside) {
  EXPECT_FALSE(autocast_enabled());
  {
    const AutocastGuard guard;
    EXPECT_TRUE(autocast_enabled());
    EXPECT_EQ(autocast_dtype(), DType::kBFloat16);
    EXPECT_EQ(mm(ones({2, 2}), ones({2, 2})).dtype(), DType::kBFloat16);
  }
  EXPECT_FALSE(autocast_enabled());
  EXPECT_EQ(mm(ones({2, 2}), ones({2, 2})).dtype(), DType::kFloat32);
}

TEST(Autocast, ScopesNest) {
  const Tensor a = ones({2, 2});
  const AutocastGuard outer;
  {
    const AutocastGuard inner(true, DType::kFloat16);
    EXPECT_EQ(mm(a, a).dtype(), DType::kFloat16);
    const AutocastGuard off(false);
    EXPECT_EQ(mm(a, a).dtype(), DType::kFloat32);
  }
  EXPECT_EQ(mm(a, a).dtype(), DType::kBFloat16);
}

TEST(Autocast, TakesNoOtherDtype) {
  EXPECT_THROW(AutocastGuard(true, DType::kFloat32), ValueError);
  EXPECT_FALSE(autocast_enabled());
}

TEST(Autocast, LeavesFloat64Alone) {
  const Tensor a = ones({2, 2}, {.dtype = DType::kFloat64});
  const AutocastGuard guard;
  EXPECT_EQ(mm(a, a).dtype(), DType::kFloat64);
}

TEST(Autocast, BringsInputsOfTwoDtypesTogether) {
  const Tensor a = ones({2, 2}, {.dtype = DType::kBFloat16});
  const Tensor b = ones({2, 2});
  EXPECT_THROW(linear(a, b), Error);
  const AutocastGuard guard;
  EXPECT_EQ(linear(a, b).dtype(), DType::kBFloat16);
}

// x w^T with ones: every number is a small integer, exact in 8 bits.
TEST(Autocast, GradientsArriveInTheLeavesDtype) {
  const Tensor x = ones({3, 2}).requires_grad_();
  const Tensor w = weight_of_ones();
  Tensor loss;
  {
    const AutocastGuard guard;
    const Tensor y = relu(linear(x, w));
    EXPECT_EQ(y.dtype(), DType::kBFloat16);
    loss = mse_loss(y, zeros({3, 2}), "sum");
  }
  EXPECT_EQ(loss.dtype(), DType::kFloat32);
  EXPECT_EQ(loss.item<float>(), 24.F);  // 6 elements of 2^2
  loss.backward();
  EXPECT_EQ(w.grad().dtype(), DType::kFloat32);
  EXPECT_EQ(x.grad().dtype(), DType::kFloat32);
  EXPECT_TRUE(equal(w.grad(), full({2, 2}, 12)));  // 3 rows of 2 * 2
  EXPECT_TRUE(equal(x.grad(), full({3, 2}, 8)));   // 2 features of 2 * 2
}

TEST(AutocastCache, CastsALeafOnceAScope) {
  const Tensor w = weight_of_ones();
  const Tensor x = ones({1, 2}, {.dtype = DType::kBFloat16});
  const AutocastGuard guard;
  EXPECT_EQ(casts_in([&] { linear(linear(x, w), w); }), 1);
  EXPECT_EQ(casts_in([&] { linear(x, w); }), 0);
  clear_autocast_cache();
  EXPECT_EQ(casts_in([&] { linear(x, w); }), 1);
}

TEST(AutocastCache, LastsUntilTheOutermostScopeEnds) {
  const Tensor w = weight_of_ones();
  const Tensor x = ones({1, 2}, {.dtype = DType::kBFloat16});
  const auto references = w.impl()->use_count();
  {
    const AutocastGuard outer;
    {
      const AutocastGuard inner;
      linear(x, w);
    }
    EXPECT_EQ(casts_in([&] { linear(x, w); }), 0);
  }
  EXPECT_EQ(w.impl()->use_count(), references);
  const AutocastGuard again;
  EXPECT_EQ(casts_in([&] { linear(x, w); }), 1);
}

TEST(AutocastCache, IsOptional) {
  const Tensor w = weight_of_ones();
  const Tensor x = ones({1, 2}, {.dtype = DType::kBFloat16});
  const AutocastGuard guard(true, DType::kBFloat16, false);
  EXPECT_FALSE(autocast_cache_enabled());
  EXPECT_EQ(casts_in([&] { linear(linear(x, w), w); }), 2);
}

TEST(AutocastCache, SeesAnUpdateOfTheLeaf) {
  const Tensor w = weight_of_ones();
  const Tensor x = ones({1, 2});
  const AutocastGuard guard;
  linear(x, w);
  {
    const NoGradGuard no_grad;
    w.mul_(3);
  }
  EXPECT_EQ(linear(x, w)[0][0].item<float>(), 6.F);
}

TEST(AutocastCache, GivesGradientsAfterAUseUnderNoGrad) {
  const Tensor w = weight_of_ones();
  const Tensor x = ones({1, 2});
  const AutocastGuard guard;
  {
    const NoGradGuard no_grad;
    EXPECT_FALSE(linear(x, w).requires_grad());
  }
  sum(linear(x, w)).backward();
  EXPECT_TRUE(equal(w.grad(), ones({2, 2})));
}

// The cast that both graphs share saves nothing, so the first backward leaves it usable.
TEST(AutocastCache, ServesSeveralBackwards) {
  const Tensor w = weight_of_ones();
  const Tensor x = ones({1, 2});
  const AutocastGuard guard;
  for (int step = 0; step < 2; ++step) sum(linear(x, w)).backward();
  EXPECT_TRUE(equal(w.grad(), full({2, 2}, 2)));
}

}  // namespace
}  // namespace lamella::testing
