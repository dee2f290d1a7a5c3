// Tensors print as in PyTorch 2.13: every text is what str() gave for the expression beside it. The parity suite
// compares some hundred more.
#include <gtest/gtest.h>

#include <limits>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

namespace lamella {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string printed(const NestedList& values, TensorOptions options = {}) {
  return tensor(values, options).to_string();
}

TEST(Print, ColumnsHaveOneWidthAndFourDigits) {
  // torch.tensor([[1., 2.5], [-3., 1000.]])
  EXPECT_EQ(printed({{1.0, 2.5}, {-3.0, 1000.0}}), "tensor([[   1.0000,    2.5000],\n        [  -3.0000, 1000.0000]])");
  // torch.arange(6).reshape(2, 3)
  EXPECT_EQ(arange(6).reshape({2, 3}).to_string(), "tensor([[0, 1, 2],\n        [3, 4, 5]])");
  EXPECT_EQ(printed({true, false}), "tensor([ True, False])");
}

TEST(Print, WholeNumbersHaveAPointAndInfinitiesNone) {
  // torch.tensor([1., 2., inf, nan])
  EXPECT_EQ(printed({1.0, 2.0, kInf, kNan}), "tensor([1., 2., inf, nan])");
}

TEST(Print, AWideRangeIsScientific) {
  EXPECT_EQ(printed({1e-5, 1.0}), "tensor([1.0000e-05, 1.0000e+00])");
  EXPECT_EQ(printed({0.5, 1e10}), "tensor([5.0000e-01, 1.0000e+10])");
}

TEST(Print, TheDtypeIsSaidWhereItIsNotTheDefault) {
  EXPECT_EQ(printed(2.5, {.dtype = DType::kFloat64}), "tensor(2.5000, dtype=torch.float64)");
  EXPECT_EQ(printed({1, 2}, {.dtype = DType::kInt32}), "tensor([1, 2], dtype=torch.int32)");
  // torch.ones(2, 2, 2, dtype=torch.bfloat16)
  EXPECT_EQ(
      ones({2, 2, 2}, {.dtype = DType::kBFloat16}).to_string(),
      "tensor([[[1., 1.],\n         [1., 1.]],\n\n        [[1., 1.],\n         [1., 1.]]], dtype=torch.bfloat16)");
}

TEST(Print, EmptyTensorsSayTheirShape) {
  EXPECT_EQ(zeros({0}).to_string(), "tensor([])");
  EXPECT_EQ(zeros({0, 3}).to_string(), "tensor([], size=(0, 3))");
}

TEST(Print, HistoryIsSaid) {
  const Tensor x = ones({2}, {.requires_grad = true});
  EXPECT_EQ(x.to_string(), "tensor([1., 1.], requires_grad=True)");
  EXPECT_EQ((x * 2).to_string(), "tensor([2., 2.], grad_fn=<MulBackward0>)");
}

TEST(Print, LongAxesAreCutAndLinesBroken) {
  EXPECT_EQ(arange(2000).to_string(), "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])");
  // torch.zeros(40, 40)
  const std::string row = "[0., 0., 0.,  ..., 0., 0., 0.]";
  const std::string rows = row + ",\n        " + row + ",\n        " + row;
  EXPECT_EQ(zeros({40, 40}).to_string(), "tensor([" + rows + ",\n        ...,\n        " + rows + "])");
  // torch.arange(10) / 7
  EXPECT_EQ((arange(10) / 7).to_string(),
            "tensor([0.0000, 0.1429, 0.2857, 0.4286, 0.5714, 0.7143, 0.8571, 1.0000, 1.1429,\n        1.2857])");
}

}  // namespace
}  // namespace lamella
