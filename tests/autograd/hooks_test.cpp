// Hooks on gradients, retained gradients, and gradient sinks.
#include "autograd/autograd_testing.h"
#include "core/tensor_impl.h"

namespace lamella {
namespace {

using namespace testing;

TEST(Hook, SeesTheGradientOfALeafOnceAndMayReplaceIt) {
  const Tensor x = leaf({1, 2});
  int calls = 0;
  HookHandle handle = x.register_hook([&](const Tensor& g) {
    ++calls;
    EXPECT_EQ(numbers(g), (Numbers{5, 5}));  // the sum over both uses
    return g * 2;
  });
  (x * 2 + x * 3).sum().backward();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(numbers(x.grad()), (Numbers{10, 10}));
  handle.remove();
  (x * 1).sum().backward();
  EXPECT_EQ(calls, 1);
}

TEST(Hook, OfAnInnerTensorChangesWhatGoesFurther) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  y.register_hook([](const Tensor& g) { return g + 1; });
  y.register_hook([](const Tensor&) { return Tensor(); });  // an undefined result leaves it
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{6, 6}));
}

TEST(Hook, MayRemoveItselfAndKeepsItsState) {
  for (const bool inner : {false, true}) {
    const Tensor x = leaf({1, 2});
    const Tensor watched = inner ? x * 1 : x;
    HookHandle once;
    once = watched.register_hook([&](const Tensor& g) {
      once.remove();
      return g * 5;
    });
    watched.register_hook([calls = 0](const Tensor& g) mutable { return g * ++calls; });
    for (const Numbers& expected : {Numbers{5, 5}, Numbers{2, 2}}) {
      x.set_grad({});
      watched.sum().backward({}, {.retain_graph = true});
      EXPECT_EQ(numbers(x.grad()), expected);
    }
  }
}

TEST(Hook, NeedsATensorThatRequiresGrad) {
  EXPECT_THROW(ones({1}).register_hook([](const Tensor& g) { return g; }), Error);
}

TEST(Hook, AHandleThatGoesOutOfScopeLeavesItInPlace) {
  const Tensor x = leaf({1});
  {
    const HookHandle handle = x.register_hook([](const Tensor& g) { return g * 7; });
  }
  (x * 1).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{7}));
}

TEST(RetainGrad, KeepsTheGradientOfAnInnerTensor) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  y.register_hook([](const Tensor& g) { return g * 10; });
  y.retain_grad();
  y.retain_grad();  // a second time changes nothing
  EXPECT_TRUE(y.retains_grad());
  (y * y).sum().backward({}, {.retain_graph = true});
  EXPECT_EQ(numbers(y.grad()), (Numbers{60, 120}));  // after the other hooks, as in torch
  (y * y).sum().backward();
  EXPECT_EQ(numbers(y.grad()), (Numbers{120, 240}));
  EXPECT_THROW(ones({1}).retain_grad(), Error);
}

TEST(RetainGrad, DoesNotKeepTheTensorAlive) {
  const Tensor x = leaf({1});
  Tensor y = x * 3;
  y.retain_grad();
  const Tensor z = y.sum();
  y = Tensor();
  z.backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{3}));
}

TEST(PostAccumulateHook, RunsAfterTheGradientIsThere) {
  const Tensor x = leaf({1, 2});
  Numbers seen;
  HookHandle handle = x.register_post_accumulate_grad_hook([&](const Tensor& self) {
    EXPECT_TRUE(self.is_same(x));
    seen = numbers(self.grad());
  });
  (x * 2 + x).sum().backward();
  EXPECT_EQ(seen, (Numbers{3, 3}));
  handle.remove();
  EXPECT_THROW((x * 2).register_post_accumulate_grad_hook([](const Tensor&) {}), Error);
}

// A step inside of the hook frees each gradient before the next is computed.
TEST(PostAccumulateHook, AllowsAStepInsideOfBackward) {
  const Tensor x = leaf({1});
  const Tensor w = leaf({4});
  for (const Tensor& p : {x, w}) {
    p.register_post_accumulate_grad_hook([](const Tensor& self) {
      const NoGradGuard guard;
      self.sub_(self.grad(), 0.5);
      self.set_grad({});
    });
  }
  (x * 2 + w * 4).sum().backward();
  EXPECT_EQ(numbers(x), (Numbers{0}));
  EXPECT_EQ(numbers(w), (Numbers{2}));
  EXPECT_FALSE(w.grad().defined());
}

TEST(GradSink, ReceivesTheGradientInPlaceAndTheReadyHookFollows) {
  const Tensor bucket = zeros({4});
  const Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, 4});
  x.set_grad_sink(bucket.narrow(0, 0, 2));
  w.set_grad_sink(bucket.narrow(0, 2, 2));
  int ready = 0;
  for (const Tensor& p : {x, w}) p.register_post_accumulate_grad_hook([&](const Tensor&) { ++ready; });
  (x * w).sum().backward();
  EXPECT_EQ(numbers(bucket), (Numbers{3, 4, 1, 2}));
  EXPECT_EQ(ready, 2);
  (x * w).sum().backward();
  EXPECT_EQ(numbers(bucket), (Numbers{6, 8, 2, 4}));
  EXPECT_EQ(impl(x.grad()).storage, impl(bucket).storage);
  bucket.zero_();
  (x * w).sum().backward();
  EXPECT_EQ(numbers(w.grad()), (Numbers{1, 2}));
}

TEST(GradSink, MustFit) {
  const Tensor x = leaf({1, 2});
  EXPECT_THROW(x.set_grad_sink(zeros({3})), ValueError);
  EXPECT_THROW(x.set_grad_sink(zeros({2}, {.dtype = DType::kFloat64})), ValueError);
  EXPECT_THROW(leaf({{1, 2}, {3, 4}}).set_grad_sink(zeros({2, 2}).t()), ValueError);
}

TEST(SetGrad, ChecksShapeAndDtype) {
  const Tensor x = leaf({1, 2});
  x.set_grad(tensor({7.0, 8.0}));
  EXPECT_EQ(numbers(x.grad()), (Numbers{7, 8}));
  EXPECT_TRUE(contains(error_of([&] { x.set_grad(zeros({3})); }), "[3]"));
  EXPECT_THROW(x.set_grad(zeros({2}, {.dtype = DType::kFloat64})), Error);
}

}  // namespace
}  // namespace lamella
