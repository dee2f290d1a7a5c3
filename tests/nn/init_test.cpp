// Initialisers against torch's numbers. All come from one program in torch 2.13:
//   torch.manual_seed(0); c = nn.Conv2d(1, 2, 3); l = nn.Linear(3, 2); torch.manual_seed(1); t = nn.ConvTranspose2d(2,
//   1, 2) torch.manual_seed(7); w = torch.empty(2, 3); nn.init.xavier_uniform_(w, gain=2.0)     # and so on
#include <gtest/gtest.h>

#include <cmath>

#include <lamella/nn/all.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/reduce.h>

using namespace lamella;

namespace {

/// Uniform numbers are equal to the last bit; normal ones to the rounding of log, sin and cos.
void expect_near(const Tensor& tensor, const std::vector<double>& expected, double tolerance) {
  const std::vector<float> values = tensor.to_vector<float>();
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (tolerance == 0) {
      EXPECT_EQ(values[i], static_cast<float>(expected[i])) << i;
    } else {
      EXPECT_NEAR(values[i], expected[i], tolerance) << i;
    }
  }
}

constexpr double kExact = 0;
constexpr double kRounding = 1e-6;

Tensor seeded() {
  manual_seed(7);
  return empty({2, 3});
}

}  // namespace

TEST(DefaultInit, IsTorchsNumberForNumber) {
  manual_seed(0);
  const nn::Conv2d conv(1, 2, 3);
  const nn::Linear linear(3, 2);
  expect_near(conv.weight,
              {-0.0024956069, 0.17881453, -0.274348378, -0.245313019, -0.128384799, 0.0893857926, -0.00660439348,
               0.264296502, -0.0295813493, 0.0882041901, -0.100737691, -0.065521799, -0.318449497, -0.220760703,
               -0.137407705, 0.0123478575, 0.131778404, 0.200007603},
              kExact);
  expect_near(conv.bias, {-0.225980371, -0.145154282}, kExact);
  expect_near(linear.weight, {0.20970349, 0.479424685, -0.118818782, 0.432037979, -0.0930592567, 0.0610917993}, kExact);
  expect_near(linear.bias, {0.522776902, -0.535590708}, kExact);
  manual_seed(1);
  const nn::ConvTranspose2d transposed(2, 1, 2);
  expect_near(
      transposed.weight,
      {0.2576316, -0.220689118, -0.0969307423, 0.234684467, -0.470718443, 0.29985863, -0.102862656, 0.254371941},
      kExact);
  expect_near(transposed.bias, {0.0695084929}, kExact);
}

TEST(Init, DrawsTorchsNumbers) {
  using namespace nn::init;
  expect_near(xavier_uniform_(seeded(), 2.0),
              {0.153022915, -1.31977832, 0.697630703, 0.687458754, -1.17098022, -0.328364491}, kExact);
  expect_near(kaiming_uniform_(seeded(), {.nonlinearity = "relu"}),
              {0.0987758562, -0.851913214, 0.450318664, 0.443752706, -0.755864441, -0.211958349}, kExact);
  expect_near(xavier_normal_(seeded()),
              {-0.0928413719, 0.497199416, 0.598822594, -0.704773068, 1.06934953, -0.56593883}, kRounding);
  expect_near(kaiming_normal_(seeded(), {.mode = "fan_out", .nonlinearity = "relu"}),
              {-0.146795094, 0.786141276, 0.94682163, -1.114344, 1.69079018, -0.894827902}, kRounding);
  manual_seed(7);
  expect_near(kaiming_normal_(empty({4, 5})),
              {-0.518698633, 0.250219107,  0.568519652,  -0.878103733, 0.125507668, 0.494626164, 0.657189369,
               -0.45822081,  -0.536896944, -0.769653738, -0.051242549, 0.861078799, -1.30379307, 0.426338702,
               -0.836957335, -0.859993398, -0.548150241, -0.356709152, -1.30062115, -0.225611135},
              kRounding);
}

TEST(Init, TruncatesTheNormalDistribution) {
  using namespace nn::init;
  expect_near(trunc_normal_(seeded()), {-0.146795094, 0.786141276, 0.94682163, -1.114344, 1.69079018, -0.894827902},
              kRounding);
  // A narrow interval goes another way.
  expect_near(trunc_normal_(seeded(), 0.0, 1.0, 0.5, 0.7),
              {0.606984496, 0.539760649, 0.631842315, 0.631378055, 0.5465523, 0.585012257}, kRounding);
  for (const float value : trunc_normal_(empty({1000}), 0.0, 1.0, -0.5, 1.0).to_vector<float>()) {
    EXPECT_TRUE(value >= -0.5f && value <= 1.0f);
  }
  EXPECT_THROW(trunc_normal_(empty({2}), 0.0, 1.0, 1.0, 1.0), ValueError);
}

TEST(Init, FillsParametersOutsideOfAutograd) {
  nn::Linear linear(2, 2);
  nn::init::eye_(linear.weight);
  EXPECT_EQ(linear.weight.to_vector<float>(), (std::vector<float>{1, 0, 0, 1}));
  nn::init::constant_(linear.bias, 0.5);
  EXPECT_TRUE(linear.weight.is_leaf() && linear.weight.requires_grad());
}

TEST(Init, CountsFans) {
  const nn::init::Fan fan = nn::init::calculate_fan_in_and_fan_out(empty({16, 3, 5, 5}));
  EXPECT_EQ(fan.in, 75);
  EXPECT_EQ(fan.out, 400);
  EXPECT_THROW(nn::init::calculate_fan_in_and_fan_out(empty({3})), ValueError);
  EXPECT_THROW(nn::init::kaiming_uniform_(empty({3, 3}), {.mode = "fan"}), ValueError);
}

TEST(Init, KnowsTheGains) {
  using nn::init::calculate_gain;
  EXPECT_EQ(calculate_gain("conv2d"), 1);
  EXPECT_EQ(calculate_gain("sigmoid"), 1);
  EXPECT_EQ(calculate_gain("tanh"), 5.0 / 3);
  EXPECT_EQ(calculate_gain("relu"), std::sqrt(2.0));
  EXPECT_EQ(calculate_gain("leaky_relu", 0.2), std::sqrt(2.0 / 1.04));
  EXPECT_EQ(calculate_gain("selu"), 0.75);
  EXPECT_THROW(calculate_gain("swish"), ValueError);
}

TEST(Init, HandsChannelsThroughWithDirac) {
  nn::Conv2d conv(4, 4, 3, {.padding = 1, .groups = 2, .bias = false});
  nn::init::dirac_(conv.weight, 2);
  const Tensor x = rand({1, 4, 5, 5});
  EXPECT_TRUE(equal(conv(x), x));
  EXPECT_EQ(sum(conv.weight).item<float>(), 4);
  EXPECT_THROW(nn::init::dirac_(zeros({3, 3})), ValueError);
  EXPECT_THROW(nn::init::dirac_(zeros({3, 3, 3}), 2), ValueError);
}

// 1e-5: float32 holds the products of rows of some dozen numbers to about 1e-7 each.
TEST(Init, MakesRowsOrColumnsOrthonormal) {
  const Tensor wide = nn::init::orthogonal_(zeros({8, 3, 3, 3}), 2.0).reshape({8, 27});
  EXPECT_TRUE(allclose(mm(wide, wide.t()), eye(8) * 4, 0, 1e-5));
  const Tensor tall = nn::init::orthogonal_(zeros({12, 5}));
  EXPECT_TRUE(allclose(mm(tall.t(), tall), eye(5), 0, 1e-5));
  EXPECT_THROW(nn::init::orthogonal_(zeros({3})), ValueError);
  // python -c "import torch; torch.manual_seed(0); print(torch.nn.init.orthogonal_(torch.empty(2, 3)))"
  manual_seed(0);
  const std::vector<float> torchs = {0.5740f, -0.1093f, -0.8115f, -0.3454f, -0.9309f, -0.1189f};
  const std::vector<float> ours = nn::init::orthogonal_(zeros({2, 3})).to_vector<float>();
  for (std::size_t i = 0; i < torchs.size(); ++i) EXPECT_NEAR(ours[i], torchs[i], 1e-4);  // as printed
}

TEST(Init, LeavesZerosInEachColumn) {
  const Tensor w = nn::init::sparse_(zeros({10, 4}), 0.25);
  EXPECT_EQ(count_nonzero(w, {0}).to_vector<std::int64_t>(), (std::vector<std::int64_t>(4, 7)));  // 10 - ceil(2.5)
  EXPECT_THROW(nn::init::sparse_(zeros({3}), 0.5), ValueError);
}
