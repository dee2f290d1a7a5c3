// set_conv_precision() reaches all three operators of a convolution: each gives the bits of the kernel that it allows.
#include <gtest/gtest.h>

#include <lamella/lamella.h>

#include <string>
#include <vector>

#include "kernels/conv/conv.h"

namespace lamella {
namespace {

using kernels::ConvDirection;
using kernels::ConvPrecision;

// 16 channels and 32 tiles of 4x4 outputs: the least that Winograd is chosen for.
constexpr std::int64_t kBatch = 8, kChannels = 16, kExtent = 8;

kernels::ConvShape shape() {
  kernels::ConvShape s;
  s.batch = kBatch;
  s.in_channels = s.out_channels = kChannels;
  s.input = s.output = {1, kExtent, kExtent};
  s.kernel = {1, 3, 3};
  s.padding = {0, 1, 1};
  return s;
}

std::vector<float> numbers(const Tensor& tensor) {
  const Tensor plain = tensor.detach().clone();
  return std::vector<float>(plain.data<float>(), plain.data<float>() + plain.numel());
}

/// A tensor [N, C, H, W] as the kernels want it, and back.
std::vector<float> channels_last(const Tensor& tensor) { return numbers(tensor.permute({0, 2, 3, 1}).contiguous()); }

struct Gradients {
  Tensor y, dx, dw;
};

Gradients run_operators(const Tensor& x, const Tensor& w, const Tensor& dy) {
  const Tensor input = x.detach().clone().requires_grad_(), weight = w.detach().clone().requires_grad_();
  const Tensor y = conv2d(input, weight, {}, {.padding = 1});
  y.backward(dy);
  return {y, input.grad(), weight.grad()};
}

std::vector<float> run_correlation(ConvDirection direction, ConvPrecision precision, const std::vector<float>& in,
                                   const std::vector<float>& weight) {
  const auto plan = kernels::make_conv_plan<float>(shape(), direction, precision);
  std::vector<float> packed(static_cast<std::size_t>(packed_elements(plan))), out(in.size());
  pack(plan, weight.data(), packed.data());
  const auto run = direction == ConvDirection::kForward ? &kernels::forward<float> : &kernels::input_gradient<float>;
  run(plan, in.data(), packed.data(), out.data(), {});
  return out;
}

class ConvPrecisionTest : public testing::TestWithParam<std::string> {
 protected:
  ConvPrecisionTest() { set_conv_precision(GetParam()); }
  ~ConvPrecisionTest() override { set_conv_precision("fast"); }
  static ConvPrecision precision() { return GetParam() == "fast" ? ConvPrecision::kFast : ConvPrecision::kExact; }
};

TEST_P(ConvPrecisionTest, IsThatOfForwardAndBothGradients) {
  manual_seed(0);
  const Tensor x = randn({kBatch, kChannels, kExtent, kExtent}), w = randn({kChannels, kChannels, 3, 3});
  const Tensor dy = randn({kBatch, kChannels, kExtent, kExtent});
  const Gradients got = run_operators(x, w, dy);
  const std::vector<float> in = channels_last(x), gradient = channels_last(dy), weight = numbers(w);
  EXPECT_EQ(channels_last(got.y), run_correlation(ConvDirection::kForward, precision(), in, weight));
  EXPECT_EQ(channels_last(got.dx), run_correlation(ConvDirection::kInputGradient, precision(), gradient, weight));
  std::vector<float> dw(weight.size());
  const auto plan = kernels::make_conv_plan<float>(shape(), ConvDirection::kWeightGradient, precision());
  EXPECT_EQ(plan.row_name() == "winograd", GetParam() == "fast");
  weight_gradient(plan, in.data(), gradient.data(), dw.data());
  EXPECT_EQ(numbers(got.dw), dw);
}

// What is packed of a weight is kept from its second use on, and dropped when something writes to it.
TEST_P(ConvPrecisionTest, GivesTheSameBitsForWeightsPackedAnewAndKept) {
  manual_seed(0);
  const Tensor x = randn({kBatch, kChannels, kExtent, kExtent}), w = randn({kChannels, kChannels, 3, 3});
  const auto run = [&](const Tensor& weight) { return numbers(conv2d(x, weight, {}, {.padding = 1})); };
  for (int writes = 0; writes < 2; ++writes) {
    const std::vector<float> expected = run(w.clone());
    for (int use = 0; use < 4; ++use) EXPECT_EQ(run(w), expected) << use;
    w.add_(1.0);
  }
}

INSTANTIATE_TEST_SUITE_P(Words, ConvPrecisionTest, testing::Values("fast", "exact"),
                         [](const auto& word) { return word.param; });

}  // namespace
}  // namespace lamella
