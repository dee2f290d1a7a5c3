// no_grad, inference mode, detaching, anomaly mode.
#include <cmath>

#include <lamella/ops/activation.h>

#include "autograd/autograd_testing.h"

namespace lamella {
namespace {

using namespace testing;

TEST(NoGrad, RecordsNothingForItsScope) {
  const Tensor x = leaf({1});
  {
    const NoGradGuard guard;
    EXPECT_FALSE(grad_enabled());
    EXPECT_FALSE((x * 2).requires_grad());
    {
      const EnableGradGuard inner;
      EXPECT_TRUE((x * 2).requires_grad());
    }
    EXPECT_FALSE(grad_enabled());
    x.add_(1);  // a leaf may be written to here
  }
  EXPECT_TRUE(grad_enabled());
  EXPECT_EQ(numbers(x), (Numbers{2}));
}

TEST(NoGrad, IsRestoredWhenAnErrorLeavesTheScope) {
  try {
    const NoGradGuard guard;
    throw ValueError("out");
  } catch (const ValueError&) {
  }
  EXPECT_TRUE(grad_enabled());
}

TEST(InferenceMode, MakesTensorsThatCannotBeSaved) {
  const Tensor x = leaf({1});
  Tensor y;
  {
    const InferenceModeGuard guard;
    EXPECT_TRUE(inference_mode_enabled());
    y = x * 2;
  }
  EXPECT_FALSE(inference_mode_enabled());
  EXPECT_FALSE(y.requires_grad());
  EXPECT_TRUE(contains(error_of([&] { x* y; }), "Inference tensors cannot be saved for backward"));
  EXPECT_EQ(numbers(x * y.clone()), (Numbers{2}));
}

TEST(RequiresGrad, IsForLeavesOfFloatingPoint) {
  EXPECT_TRUE(contains(error_of([] { tensor({1, 2}).requires_grad_(); }),
                       "only Tensors of floating point dtype can require gradients"));
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  EXPECT_TRUE(x.is_leaf());
  EXPECT_FALSE(y.is_leaf());
  EXPECT_TRUE(contains(error_of([&] { y.requires_grad_(false); }), "leaf variables"));
  EXPECT_EQ(y.grad_fn(), "MulBackward0");
  EXPECT_EQ(x.grad_fn(), "");
}

TEST(Detach, SharesMemoryAndVersionWithoutTheHistory) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  const Tensor d = y.detach();
  EXPECT_FALSE(d.requires_grad());
  d.mul_(10);
  EXPECT_EQ(numbers(y), (Numbers{20, 40}));
  EXPECT_EQ(y.version(), d.version());
}

TEST(Detach, AWriteToASavedTensorThroughItIsSeen) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 1;
  const Tensor loss = (y * y).sum();
  y.detach().zero_();
  EXPECT_TRUE(contains(error_of([&] { loss.backward(); }), "modified by an inplace operation"));
}

TEST(VariableData, IsOutsideOfAutogradsSight) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 1;
  const Tensor loss = (y * y).sum();
  y.variable_data().fill_(5);
  loss.backward();  // with the new values, as torch's .data
  EXPECT_EQ(numbers(x.grad()), (Numbers{10, 10}));
}

TEST(Detach, InPlaceCutsTheGraph) {
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  y.detach_();
  EXPECT_TRUE(y.is_leaf());
  EXPECT_FALSE(y.requires_grad());
  EXPECT_TRUE(contains(error_of([&] { (x * 1).view({1}).detach_(); }), "Can't detach views in-place"));
}

TEST(Anomaly, NamesTheOperatorThatMadeTheNan) {
  const Tensor x = leaf({-1});
  const AnomalyGuard guard;
  const Tensor y = sqrt(x);
  const std::string error = error_of([&] { y.sum().backward(); });
  EXPECT_TRUE(contains(error, "SqrtBackward0"));
  EXPECT_TRUE(contains(error, "nan"));
}

TEST(Anomaly, WithoutTheModeANanPasses) {
  const Tensor x = leaf({-1});
  sqrt(x).sum().backward();
  EXPECT_TRUE(std::isnan(x.grad().item<float>()));
}

TEST(Gradcheck, FindsAWrongDerivativeAndSaysWhere) {
  const Tensor x = tensor({0.3, 0.7}, {.dtype = DType::kFloat64, .requires_grad = true});
  const auto right = [](const TensorList& in) { return TensorList{exp(in[0])}; };
  EXPECT_EQ(gradcheck(right, {x}), "");
  EXPECT_EQ(gradgradcheck(right, {x}), "");
  const auto wrong = [](const TensorList& in) { return TensorList{exp(in[0]) + in[0].detach()}; };
  EXPECT_TRUE(contains(gradcheck(wrong, {x}), "input 0 of shape [2], element 0"));
  EXPECT_THROW(gradcheck(right, {leaf({1})}), ValueError);
  EXPECT_THROW(gradcheck(right, {x.detach()}), ValueError);
}

}  // namespace
}  // namespace lamella
