// Layers: arguments, printing and what they compute. Printed forms are those of torch 2.13.
#include <gtest/gtest.h>

#include <cmath>

#include <lamella/autograd.h>
#include <lamella/nn/all.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/conv.h>
#include <lamella/ops/create.h>
#include <lamella/ops/dropout.h>
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

template <typename M, typename... Args>
std::string printed(Args&&... args) {
  return M(std::forward<Args>(args)...).to_string();
}

}  // namespace

// How arguments may be written: this test is that it compiles, and means what torch means.
TEST(Conv, TakesItsArgumentsByPositionAndByName) {
  nn::Conv2d layer(1, 3, 3, 1, 0);
  EXPECT_EQ(layer.stride, nn::PerAxis<2>(1));
  EXPECT_EQ(layer.padding.values(), nn::PerAxis<2>(0));
  nn::Conv2d pair(1, 3, 3, {2, 2});  // a stride, as in torch
  EXPECT_EQ(pair.stride, nn::PerAxis<2>(2));
  nn::Conv2d both(1, 3, {3, 5}, {2, 1}, {1, 2});
  EXPECT_EQ(both.padding.values(), nn::PerAxis<2>(1, 2));
  nn::Conv2d named(1, 3, 3, {.stride = {2, 1}, .padding = {1, 0}, .dilation = 2, .bias = false});
  EXPECT_EQ(named.stride, nn::PerAxis<2>(2, 1));
  EXPECT_FALSE(named.bias.defined());
  nn::Conv2d one_option(1, 3, 3, {.padding = 1});
  EXPECT_EQ(one_option.padding.values(), nn::PerAxis<2>(1));
  nn::Conv2d word(1, 3, 3, {.padding = "same"});
  EXPECT_TRUE(word.padding.same());
  nn::Conv2d from_list(1, 3, Dims{3, 5}, {.stride = Dims{2}});
  EXPECT_EQ(from_list.kernel_size, nn::PerAxis<2>(3, 5));
  nn::Conv1d(1, 2, 3, {.stride = 2});
  nn::Conv3d(1, 2, {1, 2, 3}, {.padding = {0, 1, 1}});
}

TEST(Conv, PrintsWhatDiffersFromTheDefaults) {
  EXPECT_EQ(nn::Conv2d(1, 16, 3, {.padding = 1}).to_string(),
            "Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))");
  EXPECT_EQ(
      nn::Conv2d(4, 8, 3, {.padding = "same", .dilation = 2, .groups = 2, .bias = false, .padding_mode = "reflect"})
          .to_string(),
      "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=same, dilation=(2, 2), groups=2, bias=False, "
      "padding_mode=reflect)");
  EXPECT_EQ(nn::ConvTranspose2d(3, 8, 3, {.stride = 2, .output_padding = 1}).to_string(),
            "ConvTranspose2d(3, 8, kernel_size=(3, 3), stride=(2, 2), output_padding=(1, 1))");
  EXPECT_EQ(nn::Conv1d(1, 2, 3).to_string(), "Conv1d(1, 2, kernel_size=(3,), stride=(1,))");
}

TEST(Conv, SaysWhichArgumentDoesNotFit) {
  EXPECT_EQ(error_of([] { nn::Conv2d(4, 9, 3, {.groups = 3}); }),
            "Conv2d: in_channels must be divisible by groups, but in_channels=4 and groups=3 leave a rest of 1");
  EXPECT_EQ(error_of([] { nn::Conv2d(4, 9, 3, {.groups = 2}); }),
            "Conv2d: out_channels must be divisible by groups, but out_channels=9 and groups=2 leave a rest of 1");
  EXPECT_EQ(error_of([] { nn::Conv2d(4, 8, 3, {.groups = 0}); }), "Conv2d: groups must be a positive integer, got 0");
  EXPECT_EQ(error_of([] { nn::Conv2d(4, 8, {0, 3}); }), "Conv2d: kernel_size must be at least 1, got (0, 3)");
  EXPECT_EQ(error_of([] { nn::Conv2d(4, 8, 3, 0); }), "Conv2d: stride must be at least 1, got 0");
  EXPECT_EQ(error_of([] { nn::Conv2d(4, 8, 3, 1, -1); }), "Conv2d: padding must be at least 0, got -1");
  EXPECT_EQ(error_of([] { nn::Conv2d(3, 8, Dims{3, 3, 3}); }),
            "expected 1 number or 2 (one an axis), got 3: [3, 3, 3]");
  EXPECT_EQ(error_of([] { nn::Conv2d(3, 8, 3, {.padding = "full"}); }),
            "Invalid padding string 'full', should be one of 'valid', 'same', or numbers");
  EXPECT_NE(error_of([] { nn::Conv2d(3, 8, 3, {.stride = 2, .padding = "same"}); }).find("not supported for strided"),
            std::string::npos);
  EXPECT_NE(error_of([] { nn::Conv2d(3, 8, 3, {.padding_mode = "mirror"}); }).find("but got padding_mode='mirror'"),
            std::string::npos);
  EXPECT_NE(error_of([] {
              nn::ConvTranspose2d(3, 8, 3, {.stride = 2, .output_padding = 2});
            }).find("smaller than either stride"),
            std::string::npos);
}

TEST(Conv, ComputesWhatTheFunctionDoes) {
  nn::Conv2d conv(2, 3, 3, {.stride = 2, .padding = 1});
  const Tensor x = rand({2, 2, 7, 6});
  EXPECT_TRUE(equal(conv(x), conv2d(x, conv.weight, conv.bias, {.stride = {2}, .padding = {1}})));
  EXPECT_EQ(nn::Conv2d(1, 16, 3, 1, 0)(rand({1, 1, 28, 28})).shape(), (Dims{1, 16, 26, 26}));
  EXPECT_EQ(nn::Conv2d(1, 16, {3, 4}, {.padding = "same"})(rand({1, 1, 28, 28})).shape(), (Dims{1, 16, 28, 28}));
  EXPECT_EQ(nn::ConvTranspose2d(2, 3, 3, {.stride = 2, .output_padding = 1})(x).shape(), (Dims{2, 3, 16, 14}));
}

TEST(Conv, PadsInEveryMode) {
  // One row 0 1 2 3 and a kernel of three ones: the border says what stands beyond it.
  const Tensor x = arange(4).to(DType::kFloat32).view({1, 1, 4});
  const auto ends = [&](const char* mode) {
    nn::Conv1d conv(1, 1, 3, {.padding = 1, .bias = false, .padding_mode = mode});
    nn::init::ones_(conv.weight);
    const std::vector<float> y = conv(x).to_vector<float>();
    return std::pair(y.front(), y.back());
  };
  EXPECT_EQ(ends("zeros"), std::pair(1.0f, 5.0f));
  EXPECT_EQ(ends("reflect"), std::pair(2.0f, 7.0f));
  EXPECT_EQ(ends("replicate"), std::pair(1.0f, 8.0f));
  EXPECT_EQ(ends("circular"), std::pair(4.0f, 5.0f));
  nn::Conv2d same(1, 1, {2, 3}, {.padding = "same", .padding_mode = "replicate"});
  EXPECT_EQ(same(rand({1, 1, 5, 6})).shape(), (Dims{1, 1, 5, 6}));
}

TEST(Pool, PrintsAndPools) {
  EXPECT_EQ(nn::MaxPool2d(2).to_string(), "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
  EXPECT_EQ(nn::MaxPool2d({3, 2}, {2, 1}).to_string(),
            "MaxPool2d(kernel_size=(3, 2), stride=(2, 1), padding=0, dilation=1, ceil_mode=False)");
  EXPECT_EQ(nn::MaxPool3d(2, {.ceil_mode = true}).to_string(),
            "MaxPool3d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=True)");
  EXPECT_EQ(nn::AvgPool2d(2).to_string(), "AvgPool2d(kernel_size=2, stride=2, padding=0)");
  EXPECT_EQ(nn::AvgPool1d(2).to_string(), "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))");
  EXPECT_EQ(nn::AdaptiveAvgPool2d(1).to_string(), "AdaptiveAvgPool2d(output_size=1)");
  EXPECT_EQ(nn::AdaptiveMaxPool2d({1, 2}).to_string(), "AdaptiveMaxPool2d(output_size=(1, 2))");

  const Tensor x = arange(16).to(DType::kFloat32).view({1, 1, 4, 4});
  EXPECT_EQ(nn::MaxPool2d(2)(x).to_vector<float>(), (std::vector<float>{5, 7, 13, 15}));
  EXPECT_EQ(nn::AvgPool2d(2, 2)(x).to_vector<float>(), (std::vector<float>{2.5, 4.5, 10.5, 12.5}));
  EXPECT_EQ(nn::MaxPool2d(3, 1)(x).shape(), (Dims{1, 1, 2, 2}));
  EXPECT_EQ(nn::MaxPool2d(3, {.stride = 2, .padding = 1})(x).shape(), (Dims{1, 1, 2, 2}));
  EXPECT_EQ(nn::AdaptiveAvgPool2d(1)(x).item<float>(), 7.5f);
  EXPECT_EQ(nn::AdaptiveMaxPool2d(1)(x).item<float>(), 15);
  EXPECT_NE(error_of([] { nn::MaxPool2d(2, 2, 2); }).find("at most half of the effective kernel size"),
            std::string::npos);
  EXPECT_NE(error_of([] { nn::AvgPool2d(2, 0); }).find("stride must be at least 1"), std::string::npos);
}

TEST(Upsample, TakesASizeOrAFactor) {
  EXPECT_EQ(nn::Upsample({.scale_factor = 2}).to_string(), "Upsample(scale_factor=2.0, mode='nearest')");
  EXPECT_EQ(nn::Upsample({.scale_factor = {2, 3}, .mode = "bilinear", .align_corners = true}).to_string(),
            "Upsample(scale_factor=(2.0, 3.0), mode='bilinear')");
  EXPECT_EQ(nn::Upsample(14).to_string(), "Upsample(size=14, mode='nearest')");
  EXPECT_EQ(nn::Upsample({.size = {7, 8}}).to_string(), "Upsample(size=(7, 8), mode='nearest')");
  const Tensor x = rand({1, 2, 7, 7});
  EXPECT_EQ(nn::Upsample({.scale_factor = 2})(x).shape(), (Dims{1, 2, 14, 14}));
  EXPECT_EQ(nn::Upsample({.size = {9, 10}, .mode = "bilinear"})(x).shape(), (Dims{1, 2, 9, 10}));
  EXPECT_EQ(error_of([] { nn::Upsample(nn::UpsampleOptions{}); }),
            "Upsample: pass exactly one of size and scale_factor, got neither");
  EXPECT_EQ(error_of([] { nn::Upsample({.size = 3, .scale_factor = 2}); }),
            "Upsample: pass exactly one of size and scale_factor, got both");
}

TEST(BatchNorm, FollowsTheBatchesInTrainingAndItsMemoryInEval) {
  nn::BatchNorm1d norm(1);
  // Mean 2, biased variance 1, unbiased 2.
  const Tensor x = tensor({1.0, 3.0}).view({2, 1});
  const std::vector<float> y = norm(x).to_vector<float>();
  EXPECT_NEAR(y[0], -1, 1e-5);  // 1 / sqrt(1 + eps)
  EXPECT_NEAR(y[1], 1, 1e-5);
  EXPECT_FLOAT_EQ(norm.running_mean.item<float>(), 0.2f);  // 0.9 * 0 + 0.1 * 2
  EXPECT_FLOAT_EQ(norm.running_var.item<float>(), 1.1f);   // 0.9 * 1 + 0.1 * 2
  EXPECT_EQ(norm.num_batches_tracked.item<std::int64_t>(), 1);
  norm.eval();
  EXPECT_NEAR(norm(x).to_vector<float>()[1], 2.8 / std::sqrt(1.1 + 1e-5), 1e-6);
  EXPECT_EQ(norm.num_batches_tracked.item<std::int64_t>(), 1);
}

TEST(BatchNorm, AveragesAllBatchesWithoutMomentum) {
  nn::BatchNorm1d norm(1, {.momentum = std::nullopt});
  norm(tensor({1.0, 3.0}).view({2, 1}));
  norm(tensor({5.0, 7.0}).view({2, 1}));
  EXPECT_FLOAT_EQ(norm.running_mean.item<float>(), 4);  // of 2 and 6
}

TEST(BatchNorm, LearnsNothingFromAnEmptyBatch) {
  nn::BatchNorm2d norm(2);
  EXPECT_EQ(norm(zeros({0, 2, 3, 3})).shape(), (Dims{0, 2, 3, 3}));
  EXPECT_EQ(norm.running_mean.to_vector<float>(), (std::vector<float>{0, 0}));
  EXPECT_EQ(norm.running_var.to_vector<float>(), (std::vector<float>{1, 1}));
}

TEST(BatchNorm, HasTorchsStateAndText) {
  nn::BatchNorm2d plain(3, {.eps = 1e-3, .momentum = std::nullopt, .affine = false, .track_running_stats = false});
  EXPECT_TRUE(plain.state_dict().empty());
  EXPECT_EQ(plain.to_string(),
            "BatchNorm2d(3, eps=0.001, momentum=None, affine=False, bias=False, track_running_stats=False)");
  EXPECT_EQ(error_of([] { nn::BatchNorm2d(3)(rand({2, 4, 5, 5})); }),
            "BatchNorm2d: the input has 4 channels (shape [2, 4, 5, 5]), but num_features is 3");
  EXPECT_EQ(error_of([] { nn::BatchNorm2d(3)(rand({2, 3, 5})); }),
            "BatchNorm2d: expected 4D input (got 3D input of shape [2, 3, 5])");
}

TEST(Activation, PrintsAsInTorch) {
  EXPECT_EQ(printed<nn::ReLU>(), "ReLU()");
  EXPECT_EQ(printed<nn::ReLU>(true), "ReLU(inplace=True)");
  EXPECT_EQ(nn::ReLU({.inplace = true}).to_string(), "ReLU(inplace=True)");
  EXPECT_EQ(printed<nn::LeakyReLU>(), "LeakyReLU(negative_slope=0.01)");
  EXPECT_EQ(printed<nn::LeakyReLU>(0.2, true), "LeakyReLU(negative_slope=0.2, inplace=True)");
  EXPECT_EQ(printed<nn::ELU>(), "ELU(alpha=1.0)");
  EXPECT_EQ(printed<nn::GELU>("tanh"), "GELU(approximate='tanh')");
  EXPECT_EQ(printed<nn::SiLU>(true), "SiLU(inplace=True)");
  EXPECT_EQ(printed<nn::Hardswish>(true), "Hardswish()");
  EXPECT_EQ(printed<nn::Softplus>(), "Softplus(beta=1.0, threshold=20.0)");
  EXPECT_EQ(printed<nn::Softmax>(1), "Softmax(dim=1)");
  EXPECT_EQ(printed<nn::Tanh>(), "Tanh()");
}

TEST(Activation, ComputesWhatTheFunctionDoes) {
  const Tensor x = tensor({-2.0, -0.5, 0.0, 1.5});
  EXPECT_EQ(nn::ReLU()(x).to_vector<float>(), (std::vector<float>{0, 0, 0, 1.5}));
  EXPECT_EQ(nn::ReLU6()(x * 10).to_vector<float>(), (std::vector<float>{0, 0, 0, 6}));
  EXPECT_TRUE(equal(nn::LeakyReLU(0.1)(x), leaky_relu(x, 0.1)));
  EXPECT_TRUE(equal(nn::ELU()(x), elu(x)));
  EXPECT_TRUE(equal(nn::GELU()(x), gelu(x)));
  EXPECT_TRUE(equal(nn::SiLU()(x), silu(x)));
  EXPECT_TRUE(equal(nn::Hardswish()(x), hardswish(x)));
  EXPECT_TRUE(equal(nn::Hardsigmoid()(x), hardsigmoid(x)));
  EXPECT_TRUE(equal(nn::Sigmoid()(x), sigmoid(x)));
  EXPECT_TRUE(equal(nn::Tanh()(x), lamella::tanh(x)));
  EXPECT_TRUE(equal(nn::Softplus()(x), softplus(x)));
  EXPECT_TRUE(equal(nn::Softmax(0)(x), softmax(x, 0)));
  EXPECT_TRUE(equal(nn::LogSoftmax(0)(x), log_softmax(x, 0)));
}

TEST(Activation, WritesInPlaceWhereAsked) {
  for (const auto& layer : std::vector<std::shared_ptr<nn::Module>>{
           std::make_shared<nn::ReLU>(true), std::make_shared<nn::ReLU6>(true),
           std::make_shared<nn::LeakyReLU>(0.01, true), std::make_shared<nn::ELU>(1.0, true),
           std::make_shared<nn::SiLU>(true), std::make_shared<nn::Hardswish>(true)}) {
    const Tensor x = tensor({-2.0, 1.0});
    const Tensor y = (*layer)(x);
    EXPECT_TRUE(y.is_same(x)) << *layer;
    EXPECT_NE(x.to_vector<float>()[0], -2) << *layer;
    const Tensor leaf = full({1}, 1.0, {.requires_grad = true});
    const Tensor inner = leaf * 2;
    (*layer)(inner).backward();
    EXPECT_EQ(inner.item<float>(), layer->forward(full({1}, 2.0)).item<float>()) << *layer;
    const Tensor fresh = full({1}, 2.0, {.requires_grad = true});
    (*layer)(fresh * 1).backward();
    EXPECT_FLOAT_EQ(leaf.grad().item<float>(), 2 * fresh.grad().item<float>()) << *layer;
  }
}

TEST(Linear, MultipliesAndPrints) {
  nn::Linear linear(3, 2);
  EXPECT_EQ(linear.to_string(), "Linear(in_features=3, out_features=2, bias=True)");
  nn::init::constant_(linear.weight, 2);
  nn::init::constant_(linear.bias, 1);
  EXPECT_EQ(linear(ones({1, 3})).to_vector<float>(), (std::vector<float>{7, 7}));
  EXPECT_FALSE(nn::Linear(3, 2, {.bias = false}).bias.defined());
}

TEST(Linear, SaysWhereItsFeaturesCameFrom) {
  nn::Sequential net({{"flatten", nn::Flatten()}, {"fc", nn::Linear(3136, 10)}});
  const std::string error = error_of([&] { net(rand({2, 32, 7, 7})); });
  EXPECT_EQ(error, "fc (Linear): got 1568 features (= 32·7·7 after flatten), expects 3136");
}

TEST(Linear, SaysSoBehindWhateverKeepsTheShape) {
  const Tensor x = rand({2, 32, 7, 7}, {.requires_grad = true});
  nn::Linear fc(3136, 10);
  const auto says_so = [&](const Tensor& features) {
    const std::string error = error_of([&] { fc(features); });
    return error.find("got 1568 features (= 32·7·7 after flatten), expects 3136") != std::string::npos;
  };
  for (const bool grad : {true, false}) {
    const NoGradGuard mode(grad);
    EXPECT_TRUE(says_so(relu(x.flatten(1))));
    EXPECT_TRUE(says_so(dropout(x.flatten(1), 0.5, true)));
    EXPECT_TRUE(says_so(x.flatten(1) * 2 + 1));
    EXPECT_TRUE(says_so(nn::BatchNorm1d(1568)(x.flatten(1))));
    EXPECT_TRUE(says_so(x.permute({0, 1, 3, 2}).flatten(1))) << "copied, since no view exists";
    EXPECT_TRUE(says_so(x.view({2, -1})));
    EXPECT_TRUE(says_so(reshape(x, {x.size(0), -1})));
    const Tensor other_branch = rand({2, 8, 3, 3}).flatten(1);
    const Tensor features = relu(x.flatten(1));
    EXPECT_TRUE(says_so(features)) << "whatever was flattened before and after it";
  }
}

TEST(Linear, DoesNotInventAnOriginForItsFeatures) {
  const Tensor features = rand({2, 32, 7, 7}).flatten(1);
  nn::Linear fc(3136, 10);
  const auto error = [&](const Tensor& input) { return error_of([&] { fc(input); }); };
  EXPECT_TRUE(error(rand({2, 1567})).ends_with("got 1567 features, expects 3136"));
  EXPECT_TRUE(error(rand({3, 1568})).ends_with("got 1568 features, expects 3136")) << "another batch";
  EXPECT_TRUE(error(nn::Linear(1568, 1568)(features)).ends_with("got 1568 features, expects 3136")) << "a layer's own";
  EXPECT_NE(error_of([] { rand({2, 3, 4, 4}).view({2, 5}); }), "");
  EXPECT_TRUE(error(rand({2, 5})).ends_with("got 5 features, expects 3136")) << "a view that was refused";
}

TEST(Shape, FlattensAndUnflattens) {
  EXPECT_EQ(nn::Flatten().to_string(), "Flatten(start_dim=1, end_dim=-1)");
  EXPECT_EQ(nn::Unflatten(1, {2, 3}).to_string(), "Unflatten(dim=1, unflattened_size=(2, 3))");
  EXPECT_EQ(nn::Flatten()(ones({2, 3, 4})).shape(), (Dims{2, 12}));
  EXPECT_EQ(nn::Flatten(0, 1)(ones({2, 3, 4})).shape(), (Dims{6, 4}));
  EXPECT_EQ(nn::Unflatten(1, {2, 3})(ones({4, 6})).shape(), (Dims{4, 2, 3}));
  const Tensor x = ones({1});
  EXPECT_TRUE(nn::Identity()(x).is_same(x));
}

TEST(Dropout, WorksInTrainingOnly) {
  EXPECT_EQ(nn::Dropout().to_string(), "Dropout(p=0.5, inplace=False)");
  EXPECT_EQ(nn::Dropout2d(0.2, true).to_string(), "Dropout2d(p=0.2, inplace=True)");
  EXPECT_EQ(error_of([] { nn::Dropout(1.5); }), "Dropout: dropout probability has to be between 0 and 1, but got 1.5");
  nn::Dropout dropout(0.5);
  const Tensor x = ones({1000});
  for (const float value : dropout(x).to_vector<float>()) EXPECT_TRUE(value == 0 || value == 2);
  dropout.eval();
  EXPECT_TRUE(equal(dropout(x), x));
  nn::Dropout in_place(1.0, true);
  EXPECT_TRUE(in_place(x).is_same(x));
  EXPECT_TRUE(equal(x, zeros({1000})));
}

TEST(Loss, ComputesWhatTheFunctionDoes) {
  const Tensor scores = tensor({{0.0, 0.0}, {0.0, 0.0}});
  const Tensor classes = tensor({0, 1});
  EXPECT_NEAR(nn::CrossEntropyLoss()(scores, classes).item<double>(), std::log(2.0), 1e-6);
  EXPECT_NEAR(nn::CrossEntropyLoss({.reduction = "sum"})(scores, classes).item<double>(), 2 * std::log(2.0), 1e-6);
  EXPECT_NEAR(nn::NLLLoss()(log_softmax(scores, 1), classes).item<double>(), std::log(2.0), 1e-6);
  EXPECT_EQ(nn::MSELoss()(tensor({1.0, 3.0}), tensor({0.0, 0.0})).item<float>(), 5);
  EXPECT_EQ(nn::L1Loss()(tensor({1.0, -3.0}), tensor({0.0, 0.0})).item<float>(), 2);
  EXPECT_EQ(nn::L1Loss({.reduction = "none"})(tensor({1.0, -3.0}), tensor({0.0, 0.0})).shape(), (Dims{2}));
  EXPECT_NEAR(nn::BCEWithLogitsLoss()(tensor({0.0}), tensor({1.0})).item<double>(), std::log(2.0), 1e-6);
  EXPECT_EQ(nn::CrossEntropyLoss().to_string(), "CrossEntropyLoss()");
  EXPECT_EQ(nn::CrossEntropyLoss({.weight = ones({2})}).state_dict().size(), 1u);
  EXPECT_EQ(error_of([] { nn::MSELoss({.reduction = "avg"}); }),
            "MSELoss: reduction must be one of 'none', 'mean', 'sum', but got reduction='avg'");
  EXPECT_NE(error_of([] { nn::CrossEntropyLoss({.label_smoothing = 2}); }).find("between 0.0 and 1.0"),
            std::string::npos);
}
