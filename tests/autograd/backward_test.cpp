// backward() and grad(): what is accumulated where, what is freed, and what is refused. Values are worked out by hand.
#include <thread>

#include "autograd/autograd_testing.h"
#include "core/tensor_impl.h"

namespace lamella {
namespace {

using namespace testing;

TEST(Backward, AccumulatesIntoLeaves) {
  const Tensor x = leaf({1, 2, 3});
  EXPECT_FALSE(x.grad().defined());
  (x * x).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{2, 4, 6}));
  (x * 10).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{12, 14, 16}));
  x.set_grad({});
  EXPECT_FALSE(x.grad().defined());
}

TEST(Backward, TakesAGradientOfTheResult) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 3;
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "grad can be implicitly created only for scalar outputs"));
  EXPECT_TRUE(contains(error_of([&] { y.backward(ones({3})); }), "Mismatch in shape"));
  y.backward(tensor({10.0, 100.0}));
  EXPECT_EQ(numbers(x.grad()), (Numbers{30, 300}));
}

TEST(Backward, SumsOverAllPaths) {
  const Tensor x = leaf({2});
  const Tensor y = x * x;
  (y + y * x + x).sum().backward();  // 2x + 3x^2 + 1
  EXPECT_EQ(numbers(x.grad()), (Numbers{17}));
}

TEST(Backward, ASecondTimeIsAnErrorUnlessTheGraphWasKept) {
  const Tensor x = leaf({3});
  const Tensor y = (x * x).sum();
  y.backward({}, {.retain_graph = true});
  y.backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{12}));
  const std::string error = error_of([&] { y.backward(); });
  EXPECT_TRUE(contains(error, "Trying to backward through the graph a second time"));
  EXPECT_TRUE(contains(error, "Specify retain_graph"));
}

TEST(Backward, NeedsAGraph) {
  EXPECT_TRUE(contains(error_of([] { ones({1}).backward(); }), "does not require grad"));
  const Tensor x = leaf({1});
  Tensor y;
  {
    const NoGradGuard guard;
    y = x * 2;
  }
  EXPECT_FALSE(y.requires_grad());
  EXPECT_THROW(y.backward(), Error);
}

TEST(Backward, DifferentiatesSeveralTensorsAtOnce) {
  const Tensor x = leaf({2});
  backward({(x * 3).sum(), (x * x).sum()});
  EXPECT_EQ(numbers(x.grad()), (Numbers{7}));
}

TEST(Backward, FreesWhatItSavedAsItPasses) {
  const Tensor x = leaf({1, 2});
  Tensor hidden = x * 2;
  const TensorImpl* object = hidden.impl();
  const Tensor y = (hidden * hidden).sum();
  EXPECT_GT(object->use_count(), 1u);
  y.backward();
  EXPECT_EQ(object->use_count(), 1u);
}

TEST(Grad, ReturnsGradientsAndAccumulatesNothing) {
  const Tensor x = leaf({2});
  const Tensor w = leaf({5});
  const Tensor y = x * x * w;
  const TensorList g = grad({y}, {x, w});
  EXPECT_EQ(numbers(g[0]), (Numbers{20}));
  EXPECT_EQ(numbers(g[1]), (Numbers{4}));
  EXPECT_FALSE(x.grad().defined());
}

TEST(Grad, OfAnInnerTensor) {
  const Tensor x = leaf({2});
  const Tensor h = x * x;
  EXPECT_EQ(numbers(grad({h * h}, {h})[0]), (Numbers{8}));
}

TEST(Grad, SaysWhatWasNotUsed) {
  const Tensor x = leaf({2});
  const Tensor other = leaf({2});
  EXPECT_NE(error_of([&] { grad({x * 2}, {other}); }), "no error");
  const TensorList g = grad({x * 2}, {x, other}, {}, {.allow_unused = true});
  EXPECT_TRUE(g[0].defined());
  EXPECT_FALSE(g[1].defined());
}

TEST(Grad, OfAGradient) {
  const Tensor x = leaf({2});
  const Tensor y = x * x * x;
  const Tensor first = grad({y}, {x}, {}, {.create_graph = true})[0];       // 3 x^2
  const Tensor second = grad({first}, {x}, {}, {.create_graph = true})[0];  // 6 x
  const Tensor third = grad({second}, {x})[0];
  EXPECT_EQ(numbers(first), (Numbers{12}));
  EXPECT_EQ(numbers(second), (Numbers{12}));
  EXPECT_EQ(numbers(third), (Numbers{6}));
}

TEST(Grad, GoesOnThroughABackwardThatCreatedAGraph) {
  const Tensor x = leaf({3});
  (x * x).sum().backward({}, {.create_graph = true});
  EXPECT_TRUE(x.grad().requires_grad());
  EXPECT_EQ(numbers(grad({x.grad()}, {x})[0]), (Numbers{2}));
  x.set_grad(Tensor());  // as in torch, such a gradient holds the graph, which holds x
}

TEST(Backward, BroadcastAxesAreSummed) {
  const Tensor x = leaf({{1, 2, 3}, {4, 5, 6}});
  const Tensor row = leaf({1, 1, 1});
  const Tensor one = leaf(2);
  (x * row * one).sum().backward();
  EXPECT_EQ(numbers(row.grad()), (Numbers{10, 14, 18}));
  EXPECT_EQ(row.grad().shape(), (Dims{3}));
  EXPECT_EQ(one.grad().shape(), (Dims{}));
  EXPECT_EQ(one.grad().item<float>(), 21.0F);
}

// 200,000 operators: with recursion over nodes of some hundred bytes of stack each, 8 MiB would not do.
TEST(Backward, AChainOfAnyLengthNeedsNoStack) {
  const Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 200000; ++i) y = y + 1;
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{1}));
}

TEST(Backward, AChainIsFreedWithoutBackwardToo) {
  const Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 200000; ++i) y = y * x;
  y = Tensor();
  EXPECT_EQ(impl(x).use_count(), 1u + (x.grad().defined() ? 1u : 0u));
}

TEST(Backward, AGraphIsFreedAfterItsThreadsOtherObjects) {
  std::thread([] {
    thread_local Tensor last;  // made first, so destroyed last
    const Tensor x = leaf({1});
    last = x;
    for (int i = 0; i < 100; ++i) last = last * 1;
    (x * 2 * 2).sum();  // a graph that is freed before
  }).join();
}

TEST(Backward, RunsOnAnyThread) {
  const Tensor x = leaf({2});
  const Tensor y = (x * x).sum();
  std::thread([&] { y.backward(); }).join();
  EXPECT_EQ(numbers(x.grad()), (Numbers{4}));
}

}  // namespace
}  // namespace lamella
