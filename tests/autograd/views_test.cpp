// In-place writes: version checks, and the histories of views and their bases. Values are those of torch 2.13, worked
// out by hand where they are that simple.
#include "autograd/autograd_testing.h"

#include <lamella/ops/activation.h>

namespace lamella {
namespace {

using namespace testing;

TEST(InPlace, RefusesLeavesThatRequireGradAndTheirViews) {
  const Tensor x = leaf({1, 2});
  EXPECT_TRUE(contains(error_of([&] { x.add_(1); }), "a leaf tensor"));
  EXPECT_TRUE(contains(error_of([&] { x[0].add_(1); }), "a view of a leaf tensor"));
  EXPECT_EQ(numbers(x), (Numbers{1, 2}));
}

TEST(InPlace, RefusesAnExpandedTensorAndAnotherShape) {
  EXPECT_TRUE(contains(error_of([] { zeros({1, 3}).expand({2, 3}).add_(1); }), "single memory location"));
  EXPECT_TRUE(contains(error_of([] { zeros({3}).add_(ones({2, 3})); }), "broadcast shape"));
  EXPECT_TRUE(contains(error_of([] { tensor({1, 2}).add_(0.5); }), "can't be cast"));
}

TEST(InPlace, AWriteToWhatABackwardNeedsIsNoticed) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  const Tensor z = (y * y).sum();
  y.add_(1);
  const std::string error = error_of([&] { z.backward(); });
  EXPECT_TRUE(contains(error, "modified by an inplace operation"));
  EXPECT_TRUE(contains(error, "at version 1; expected version 0"));
}

TEST(InPlace, AWriteToWhatNoBackwardNeedsIsAllowed) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x + 1;  // the sum needs neither operand
  const Tensor z = (y * 3).sum();
  y.mul_(100);
  z.backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{3, 3}));
}

TEST(InPlace, DifferentiatesTheNewValues) {
  const Tensor x = leaf({1, -2});
  const Tensor y = x * 2;
  y.mul_(y);  // 4 x^2
  relu_(y);
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{8, -16}));
}

TEST(InPlace, OfAnotherTensorsValuesReachesBoth) {
  const Tensor x = leaf({1, 2});
  const Tensor w = leaf({5, 7});
  const Tensor y = x * 1;
  y.mul_(w);
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{5, 7}));
  EXPECT_EQ(numbers(w.grad()), (Numbers{1, 2}));
}

TEST(View, AWriteToItIsPartOfItsBasesHistory) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = x * 1;
  y[1].mul_(10);
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{1, 10, 1}));
  EXPECT_EQ(y.grad_fn(), "CopySlices");
}

TEST(View, AWriteToTheBaseIsPartOfTheViewsHistory) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = x * 1;
  const Tensor view = y.narrow(0, 1, 2);
  y.mul_(5);
  view.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 5, 5}));
}

TEST(View, AWriteToItMakesAConstantBaseDifferentiable) {
  const Tensor base = zeros({3});
  const Tensor x = leaf({7});
  base.narrow(0, 1, 1).copy_(x);
  EXPECT_TRUE(base.requires_grad());
  (base * tensor({1.0, 10.0, 100.0})).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{10}));
}

TEST(View, OfAViewWritesToTheSameBase) {
  const Tensor x = leaf({{1, 2}, {3, 4}});
  const Tensor y = x * 1;
  const Tensor row = y[1];
  const Tensor element = row.narrow(0, 0, 1);
  element.mul_(6);
  (y * 1).sum().backward({}, {.retain_graph = true});
  EXPECT_EQ(numbers(x.grad()), (Numbers{1, 1, 6, 1}));
  x.set_grad({});
  row.sum().backward();  // the row sees the write to its element
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 0, 6, 1}));
}

TEST(View, OverwrittenElementsHaveNoGradient) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = x * 2;
  y.narrow(0, 0, 2).zero_();
  (y * y).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 0, 24}));
}

TEST(View, TransposedAndSteppedWrites) {
  const Tensor x = leaf({{1, 2, 3}, {4, 5, 6}});
  const Tensor y = x * 1;
  y.t()[0].mul_(10);                                            // the first column
  y.slice(1, {.start = 0, .step = 2}).add_(x.narrow(1, 0, 2));  // columns 0 and 2 get x's columns 0 and 1
  (y * tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}})).sum().backward();
  // d/dx[i][0] = w[i][0] (10 + 1); d/dx[i][1] = w[i][1] + w[i][2]; d/dx[i][2] = w[i][2]
  EXPECT_EQ(numbers(x.grad()), (Numbers{11, 5, 3, 44, 11, 6}));
}

// torch refuses this; here every one of several views is a select, and its write is recorded as one.
TEST(View, OneOfSeveralMayBeWrittenTo) {
  const Tensor x = leaf({{1, 2}, {3, 4}});
  const Tensor y = x * 1;
  unbind(y)[0].mul_(2);
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{2, 2, 1, 1}));
}

TEST(View, MadeUnderNoGradIsNotWrittenToOutsideOfIt) {
  const Tensor x = leaf({{1, 2}, {3, 4}});
  const Tensor y = x * 1;
  const Tensor constant = zeros({2, 2});
  Tensor of_variable, of_constant;
  {
    const NoGradGuard guard;
    of_variable = y[0].view({2});
    of_constant = constant[0];
    of_variable.mul_(1);
  }
  EXPECT_TRUE(contains(error_of([&] { of_variable.mul_(2); }), "created in no_grad mode"));
  EXPECT_TRUE(contains(error_of([&] { of_constant.copy_(x[0]); }), "created in no_grad mode"));
  of_constant.add_(1);  // nothing to record
  EXPECT_EQ(numbers(constant), (Numbers{1, 1, 0, 0}));
}

TEST(View, MadeUnderNoGradSharesVersions) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 1;
  const Tensor z = (y * y).sum();
  {
    const NoGradGuard guard;
    y[0].zero_();
  }
  EXPECT_TRUE(contains(error_of([&] { z.backward(); }), "modified by an inplace operation"));
}

TEST(View, SecondDerivativesPassThroughWrites) {
  const Tensor x = tensor({0.5, -1.5, 2.0}, {.dtype = DType::kFloat64, .requires_grad = true});
  const auto fn = [](const TensorList& in) {
    const Tensor y = in[0] * in[0];
    y.narrow(0, 1, 2).mul_(in[0].narrow(0, 0, 2));
    return TensorList{y};
  };
  EXPECT_EQ(gradcheck(fn, {x}), "");
  EXPECT_EQ(gradgradcheck(fn, {x}), "");
}

}  // namespace
}  // namespace lamella
