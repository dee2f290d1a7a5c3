// Layers that normalise, bend, drop, look up and compare numbers.
#include <gtest/gtest.h>

#include <cmath>

#include <lamella/autograd.h>
#include <lamella/nn/all.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

using namespace lamella;

namespace {

template <typename Fn>
std::string error_of(Fn&& fn) {
  try {
    fn();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// The largest distance of a mean from 0 and of a mean square from 1, over the last axis.
double distance_from_normal(const Tensor& rows) {
  const double off = amax(abs(mean(rows, {-1}))).item<double>();
  return std::max(off, amax(abs(mean(square(rows), {-1}) - 1)).item<double>());
}

}  // namespace

// 1e-3: eps is 1e-5 of variances near 1/12.
TEST(InstanceNorm, NormalisesEachChannelOfEachSample) {
  nn::InstanceNorm2d norm(3);
  const Tensor x = rand({2, 3, 8, 8});
  EXPECT_LT(distance_from_normal(norm(x).flatten(2)), 1e-3);
  EXPECT_TRUE(equal(norm(x[1]), norm(x)[1])) << "without a batch";
  EXPECT_TRUE(equal(norm.eval()(x), norm.train()(x))) << "there are no running statistics";
  EXPECT_TRUE(norm.state_dict().empty());
  EXPECT_EQ(norm(rand({1, 5, 4, 4})).shape(), (Dims{1, 5, 4, 4})) << "nothing of it depends on num_features";
}

TEST(InstanceNorm, TracksStatisticsWhereAsked) {
  nn::InstanceNorm1d norm(1, {.momentum = 0.5, .affine = true, .track_running_stats = true});
  norm(tensor({1.0, 3.0}).view({1, 1, 2}));
  EXPECT_FLOAT_EQ(norm.running_mean.item<float>(), 1.0f);  // 0.5 * 0 + 0.5 * 2
  EXPECT_FLOAT_EQ(norm.running_var.item<float>(), 1.5f);   // 0.5 * 1 + 0.5 * 2, unbiased
  EXPECT_EQ(norm.num_batches_tracked.item<std::int64_t>(), 0) << "as in torch, only batch norm counts";
  norm.eval();
  EXPECT_NEAR(norm(full({1, 1, 2}, 1.0)).to_vector<float>()[0], 0, 1e-6);
  EXPECT_EQ(error_of([&] { norm(rand({2, 3, 4})); }),
            "InstanceNorm1d: the input has 3 channels (shape [2, 3, 4]), but num_features is 1");
  EXPECT_EQ(error_of([&] { norm(rand({2, 3, 4, 4})); }),
            "InstanceNorm1d: expected 2D or 3D input (got 4D input of shape [2, 3, 4, 4])");
}

TEST(BatchNorm, TakesVolumes) {
  nn::BatchNorm3d norm(2, {.momentum = std::nullopt, .bias = false});
  EXPECT_EQ(norm.to_string(),
            "BatchNorm3d(2, eps=1e-05, momentum=None, affine=True, bias=False, track_running_stats=True)");
  const Tensor y = norm(rand({2, 2, 3, 4, 5}));
  EXPECT_LT(distance_from_normal(y.transpose(0, 1).reshape({2, -1})), 1e-3);
  EXPECT_EQ(error_of([] { nn::BatchNorm3d(-1); }), "BatchNorm3d: num_features must be at least 0, got -1");
}

TEST(GroupNorm, NormalisesGroupsOfChannels) {
  nn::GroupNorm norm(2, 6);
  EXPECT_EQ(norm.to_string(), "GroupNorm(2, 6, eps=1e-05, affine=True, bias=True)");
  EXPECT_LT(distance_from_normal(norm(rand({3, 6, 5, 5})).reshape({3, 2, -1})), 1e-3);
  EXPECT_EQ(error_of([] { nn::GroupNorm(2, 5); }), "num_channels (5) must be divisible by num_groups (2)");
  EXPECT_EQ(nn::GroupNorm(1, 4, {.affine = false}).parameter_count(), 0);
}

TEST(LayerNorm, NormalisesTheLastAxes) {
  nn::LayerNorm one(8);
  EXPECT_EQ(one.to_string(), "LayerNorm((8,), eps=1e-05, elementwise_affine=True, bias=True)");
  EXPECT_LT(distance_from_normal(one(rand({3, 4, 8}))), 1e-3);
  nn::LayerNorm two({4, 8}, {.eps = 1e-3, .bias = false});
  EXPECT_EQ(two.to_string(), "LayerNorm((4, 8), eps=0.001, elementwise_affine=True, bias=False)");
  EXPECT_EQ(two.weight.shape(), (Dims{4, 8}));
  EXPECT_EQ(nn::LayerNorm({3, 2}).normalized_shape, (Dims{3, 2})) << "one list is the shape";
  EXPECT_EQ(error_of([] { nn::LayerNorm(-1); }), "LayerNorm: normalized_shape must be at least 0, got -1");
}

TEST(RMSNorm, DividesByTheRoot) {
  nn::RMSNorm norm(2, {.eps = 0.0});
  const std::vector<float> y = norm(tensor({3.0, 4.0})).to_vector<float>();  // sqrt((9 + 16) / 2) = 3.5355
  EXPECT_NEAR(y[0], 3 / 3.5355339, 1e-6);
  EXPECT_EQ(nn::RMSNorm(4).to_string(), "RMSNorm((4,), eps=None, elementwise_affine=True)");
}

TEST(LocalResponseNorm, DividesByItsNeighbours) {
  nn::LocalResponseNorm norm(1, {.alpha = 1, .beta = 1, .k = 1});
  EXPECT_FLOAT_EQ(norm(full({1, 1, 1}, 3.0)).item<float>(), 0.3f);  // 3 / (1 + 9)
  EXPECT_EQ(norm.to_string(), "LocalResponseNorm(1, alpha=1.0, beta=1.0, k=1.0)");
}

// This test is that it compiles, and means what torch means.
TEST(Activation, TakesItsArgumentsByPositionAndByName) {
  EXPECT_EQ(nn::LeakyReLU({.negative_slope = 0.2}).negative_slope, 0.2);
  EXPECT_TRUE(nn::LeakyReLU({.inplace = true}).inplace);
  EXPECT_EQ(nn::ELU({.alpha = 2.0}).alpha, 2.0);
  EXPECT_EQ(nn::CELU(2.0, true).to_string(), "CELU(alpha=2.0, inplace=True)");
  EXPECT_EQ(nn::Hardtanh(-2, 2.5).to_string(), "Hardtanh(min_val=-2.0, max_val=2.5)");
  EXPECT_EQ(nn::Hardtanh({.max_val = 0.5}).min_val, -1.0);
  EXPECT_EQ(nn::Threshold(0.1, 20, {.inplace = true}).to_string(),
            "Threshold(threshold=0.1, value=20.0, inplace=True)");
  EXPECT_TRUE(nn::Threshold(0.1, 20, true).inplace);
  EXPECT_EQ(nn::PReLU({.init = 0.1}).weight.item<float>(), 0.1f);
  EXPECT_EQ(nn::PReLU(3).to_string(), "PReLU(num_parameters=3)");
  EXPECT_EQ(nn::RReLU({.lower = 0.25}).upper, 1.0 / 3);
  EXPECT_EQ(nn::GELU({.approximate = "tanh"}).approximate, "tanh");
  EXPECT_EQ(nn::Softplus({.threshold = 10}).beta, 1.0);
  EXPECT_EQ(nn::Hardshrink().to_string(), "Hardshrink(0.5)");
  EXPECT_EQ(nn::GLU().dim, -1);
  EXPECT_EQ(nn::Dropout({.inplace = true}).p, 0.5);
  EXPECT_EQ(error_of([] { nn::GELU("erf"); }),
            "GELU: approximate must be one of 'none', 'tanh', but got approximate='erf'");
  EXPECT_EQ(error_of([] { nn::Hardtanh(1, 1); }), "Hardtanh: max_val must be greater than min_val, got 1.0 and 1.0");
}

TEST(Activation, ComputesWhatItsFunctionDoesToo) {
  const Tensor x = tensor({-2.0, -0.25, 0.5, 1.5});
  const auto same = [&](auto layer, const Tensor& expected) {
    EXPECT_TRUE(equal(layer(x.clone()), expected)) << layer;
    if constexpr (requires { layer.inplace; }) {
      layer.inplace = true;
      const Tensor own = x.clone();
      EXPECT_TRUE(layer(own).is_same(own)) << layer;
      EXPECT_TRUE(equal(own, expected)) << layer;
    }
  };
  same(nn::SELU(), selu(x));
  same(nn::CELU(0.5), celu(x, 0.5));
  same(nn::Mish(), mish(x));
  same(nn::Hardtanh(-0.5, 1), hardtanh(x, -0.5, 1));
  same(nn::Threshold(0.1, 3), threshold(x, 0.1, 3));
  same(nn::RReLU(0.5, 0.5), leaky_relu(x, 0.5));
  same(nn::Hardshrink(), hardshrink(x));
  same(nn::Softshrink(), softshrink(x));
  same(nn::LogSigmoid(), logsigmoid(x));
  same(nn::Tanhshrink(), tanhshrink(x));
  same(nn::Softsign(), softsign(x));
  same(nn::Softmin(0), softmin(x, 0));
  same(nn::GLU(), glu(x));
  same(nn::PReLU(), prelu(x, full({1}, 0.25)));
  EXPECT_TRUE(equal(nn::Softmax2d()(x.view({4, 1, 1})), softmax(x, 0).view({4, 1, 1})));
  EXPECT_NE(error_of([&] { nn::Softmax2d()(x); }).find("expected input to be 3D or 4D"), std::string::npos);
}

TEST(Activation, HasGradientsInPlace) {
  const Tensor x = tensor({-2.0, 1.0}).requires_grad_();
  const Tensor inner = x * 1;
  sum(nn::RReLU({.lower = 0.5, .upper = 0.5, .inplace = true})(inner)).backward();
  EXPECT_EQ(inner.to_vector<float>(), (std::vector<float>{-1, 1}));
  EXPECT_EQ(x.grad().to_vector<float>(), (std::vector<float>{0.5, 1}));
}

TEST(Dropout, DropsWholeChannels) {
  const auto whole = [](auto layer, const Tensor& input) {
    const Tensor y = layer(input).flatten(2);
    return equal(amax(y, {2}), amin(y, {2})) && !equal(y, ones(y.shape()));
  };
  EXPECT_TRUE(whole(nn::Dropout1d(), ones({8, 4, 9})));
  EXPECT_TRUE(whole(nn::Dropout3d(), ones({8, 4, 2, 2, 2})));
  EXPECT_TRUE(whole(nn::FeatureAlphaDropout(), ones({8, 4, 3, 3})));
  EXPECT_EQ(nn::AlphaDropout(0.2).to_string(), "AlphaDropout(p=0.2, inplace=False)");
  EXPECT_EQ(error_of([] { nn::Dropout3d(-0.5); }),
            "Dropout3d: dropout probability has to be between 0 and 1, but got -0.5");
}

TEST(Embedding, LooksRowsUp) {
  nn::Embedding table(5, 3, {.padding_idx = -1});
  EXPECT_EQ(table.to_string(), "Embedding(5, 3, padding_idx=4)");
  EXPECT_EQ(table.weight[4].to_vector<float>(), (std::vector<float>{0, 0, 0}));
  const Tensor words = tensor({{0, 4}, {2, 0}});
  const Tensor rows = table(words);
  EXPECT_EQ(rows.shape(), (Dims{2, 2, 3}));
  EXPECT_TRUE(equal(rows[1][0], table.weight[2]));
  sum(rows).backward();
  EXPECT_EQ(table.weight.grad().select(1, 0).to_vector<float>(), (std::vector<float>{2, 0, 1, 0, 0}));
  EXPECT_EQ(error_of([] { nn::Embedding(5, 3, {.padding_idx = 5}); }),
            "Embedding: padding_idx must be within num_embeddings=5, got 5");
}

TEST(Embedding, ShortensRowsAndScalesGradientsWhereAsked) {
  nn::Embedding table = nn::Embedding::from_pretrained(tensor({{3.0, 4.0}, {0.3, 0.4}, {6.0, 8.0}}), false,
                                                       {.max_norm = 1.0, .scale_grad_by_freq = true});
  sum(table(tensor({0, 1, 0}))).backward();
  const std::vector<float> rows = table.weight.to_vector<float>();
  EXPECT_NEAR(rows[0], 0.6, 1e-6);
  EXPECT_FLOAT_EQ(rows[2], 0.3f) << "short enough";
  EXPECT_EQ(rows[4], 6) << "not used";
  EXPECT_EQ(table.weight.grad().to_vector<float>(), (std::vector<float>{1, 1, 1, 1, 0, 0}));
  EXPECT_FALSE(nn::Embedding::from_pretrained(ones({2, 2})).weight.requires_grad());
}

TEST(Distance, ComparesVectors) {
  const Tensor a = tensor({{3.0, 4.0}});
  const Tensor b = tensor({{4.0, 3.0}});
  EXPECT_NEAR(nn::CosineSimilarity()(a, b).item<double>(), 24.0 / 25, 1e-6);
  EXPECT_NEAR(nn::PairwiseDistance({.p = 1.0, .eps = 0})(a, b).item<double>(), 2, 1e-6);
  nn::Bilinear product(2, 2, 1, {.bias = false});
  EXPECT_EQ(product.to_string(), "Bilinear(in1_features=2, in2_features=2, out_features=1, bias=False)");
  nn::init::ones_(product.weight);
  EXPECT_FLOAT_EQ(product(a, b).item<float>(), 49);  // 7 * 7
}

TEST(Loss, HasTheRestOfTorchs) {
  const Tensor x = tensor({0.5, 3.0});
  const Tensor zero = zeros({2});
  EXPECT_FLOAT_EQ(nn::SmoothL1Loss({.reduction = "sum", .beta = 2})(x, zero).item<float>(), 0.0625f + 2);
  EXPECT_FLOAT_EQ(nn::HuberLoss({.reduction = "sum", .delta = 2})(x, zero).item<float>(), 0.125f + 4);
  EXPECT_NEAR(nn::BCELoss()(tensor({0.5}), tensor({1.0})).item<double>(), std::log(2.0), 1e-6);
  const Tensor logs = log(tensor({{0.5, 0.5}, {0.25, 0.75}}));
  const Tensor truth = tensor({{1.0, 0.0}, {0.25, 0.75}});
  nn::KLDivLoss divergence({.reduction = "batchmean"});
  EXPECT_NEAR(divergence(logs, truth).item<double>(), std::log(2.0) / 2, 1e-6);
  EXPECT_NEAR(nn::KLDivLoss({.reduction = "sum", .log_target = true})(logs, logs).item<double>(), 0, 1e-7);
  EXPECT_EQ(error_of([] { nn::KLDivLoss({.reduction = "avg"}); }),
            "KLDivLoss: reduction must be one of 'none', 'batchmean', 'mean', 'sum', but got reduction='avg'");
}

TEST(KlDiv, HasGradients) {
  const Tensor input = rand({3, 4}, {.dtype = DType::kFloat64, .requires_grad = true});
  const Tensor target = rand({3, 4}, {.dtype = DType::kFloat64, .requires_grad = true});
  for (const bool logs : {false, true}) {
    const auto fn = [logs](const TensorList& x) { return TensorList{kl_div(x[0], x[1], "sum", logs)}; };
    EXPECT_EQ(gradcheck(fn, {input, target}), "");
    EXPECT_EQ(gradgradcheck(fn, {input, target}), "");
  }
}
