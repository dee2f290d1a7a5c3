#include <lamella/autograd.h>
#include <lamella/models.h>
#include <lamella/nn/all.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

#include "data/data_testing.h"

namespace lamella {
namespace {

struct Net : nn::Module {
  nn::Conv2d conv{1, 4, 3};
  nn::Linear fc{4, 2};
  void members(nn::Members& m) override { m("conv", conv)("fc", fc); }
};

std::string architecture_of(const std::filesystem::path& path) {
  return load(path).metadata.at("lamella.architecture");
}

std::vector<float> scores(nn::Module& module, const Tensor& input) {
  module.eval();
  const NoGradGuard no_grad;
  return module(input).to_vector<float>();
}

TEST(ModelFile, RebuildsABuiltInModel) {
  const TemporaryFolder folder;
  models::LeNet net = models::lenet({.classes = 3, .width = 2});
  save(folder / "m", net,
       {.classes = {"a", "b", "c"}, .normalization = data::Normalization{{0.5}, {0.25}}, .other = {{"epochs", "2"}}});
  EXPECT_EQ(architecture_of(folder / "m"),
            R"({"builder":"lenet","arguments":{"in_channels":1,"classes":3,"width":2}})");
  const LoadedModel loaded = load_model(folder / "m");
  EXPECT_FALSE(loaded.module->training());
  EXPECT_EQ(loaded.module->to_string(), net.to_string());
  const Tensor input = rand({2, 1, 28, 28});
  EXPECT_EQ(scores(*loaded.module, input), scores(net, input));
  EXPECT_EQ(loaded.info.input, (Dims{1, 28, 28}));
  EXPECT_EQ(loaded.info.classes, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(loaded.info.normalization->std, std::vector<double>{0.25});
  EXPECT_EQ(loaded.info.other, (Metadata{{"epochs", "2"}}));
  EXPECT_EQ(read_model_info(folder / "m").classes.size(), 3U);
}

TEST(ModelFile, ListsTheLayersOfABuiltInModelThatWasChanged) {
  const TemporaryFolder folder;
  models::Mlp net = models::mlp({.hidden = {5}});
  net.replace(-1, nn::Linear(5, 2));
  save(folder / "m", net);
  expect_contains(architecture_of(folder / "m"),
                  R"({"type":"Sequential","layers":[{"name":"flatten","type":"Flatten")");
  EXPECT_EQ((*load_model(folder / "m").module)(zeros({1, 1, 28, 28})).shape(), (Dims{1, 2}));
}

TEST(ModelFile, RebuildsEveryLayerWithItsOptions) {
  const TemporaryFolder folder;
  nn::Sequential inner({{"pool", nn::MaxPool2d(3, 2, 1)}, {"drop", nn::Dropout(0.25)}});
  nn::Sequential net;
  net.push_back(
      "a",
      nn::Conv2d(
          2, 4, {3, 5},
          {.stride = {1, 2}, .padding = {1, 2}, .dilation = 2, .groups = 2, .bias = false, .padding_mode = "reflect"}));
  net.push_back("b", nn::Conv2d(4, 4, 3, {.padding = "same"}));
  net.push_back("c", nn::BatchNorm2d(4, {.eps = 0.1, .momentum = std::nullopt, .affine = false}));
  net.push_back("inner", std::move(inner));
  net.push_back("d", nn::ConvTranspose2d(4, 2, 3, {.stride = 2, .output_padding = 1}));
  net.push_back("e", nn::AvgPool2d(2, {.ceil_mode = true, .divisor_override = 3}));
  net.push_back("f", nn::AdaptiveAvgPool2d({2, 3}));
  net.push_back("g", nn::Upsample({.scale_factor = 2, .mode = "bilinear", .align_corners = true}));
  net.push_back("h", nn::Upsample({.size = {5, 7}}));
  net.push_back("i", nn::LeakyReLU(0.3, true));
  net.push_back("j", nn::ReLU6(true));
  net.push_back("k", nn::GELU("tanh"));
  net.push_back("l", nn::ELU(2.0));
  net.push_back("m", nn::Softplus(2.0, 5.0));
  net.push_back("n", nn::Sigmoid());
  net.push_back("o", nn::Flatten(1, -1));
  net.push_back("p", nn::Linear(70, 6, {.bias = false}));
  net.push_back("q", nn::Unflatten(1, {2, 3}));
  net.push_back("r", nn::Softmax(-1));
  ASSERT_TRUE(has_architecture(net));
  save(folder / "m", net);
  const LoadedModel loaded = load_model(folder / "m");
  EXPECT_EQ(loaded.module->to_string(), net.to_string());
  const Tensor input = rand({1, 2, 16, 20});
  EXPECT_EQ(scores(*loaded.module, input), scores(net, input));
}

TEST(ModelFile, RebuildsLayersOfEveryFamily) {
  const TemporaryFolder folder;
  const std::pair<nn::AnyModule, Dims> cases[] = {
      {nn::Conv1d(4, 2, 3, {.padding = "same"}), {2, 4, 8}},
      {nn::ConvTranspose3d(4, 2, {1, 2, 3}), {2, 4, 3, 3, 3}},
      {nn::MaxPool3d({1, 2, 2}), {2, 4, 4, 4, 4}},
      {nn::AvgPool1d(3, {.stride = 1, .padding = 1, .count_include_pad = false}), {2, 4, 8}},
      {nn::AdaptiveMaxPool2d({nn::kLikeInput, 2}), {2, 4, 6, 6}},
      {nn::ZeroPad2d({1, 2, 0, -1}), {2, 4, 6, 6}},
      {nn::ConstantPad3d(1, 2.5), {2, 4, 3, 3, 3}},
      {nn::ReflectionPad1d({2, 1}), {2, 4, 8}},
      {nn::ReplicationPad2d(1), {2, 4, 6, 6}},
      {nn::CircularPad2d({1, 2, 3, 0}), {2, 4, 6, 6}},
      {nn::Upsample({.scale_factor = 1.7, .mode = "bilinear", .recompute_scale_factor = true}), {2, 4, 6, 6}},
      {nn::UpsamplingBilinear2d({.size = {7, 9}}), {2, 4, 6, 6}},
      {nn::UpsamplingNearest2d({.scale_factor = 2}), {2, 4, 6, 6}},
      {nn::PixelShuffle(2), {2, 4, 6, 6}},
      {nn::PixelUnshuffle(3), {2, 4, 6, 6}},
      {nn::ChannelShuffle(2), {2, 4, 6, 6}},
      {nn::Unfold({2, 3}, {.padding = {1, 0}, .stride = 2}), {2, 4, 6, 6}},
      {nn::Fold({4, 5}, 2, {.padding = 1}), {2, 8, 30}},
      {nn::InstanceNorm2d(4, {.eps = 0.1, .affine = true, .track_running_stats = true, .bias = false}), {2, 4, 6, 6}},
      {nn::GroupNorm(2, 4, {.eps = 0.1}), {2, 4, 6, 6}},
      {nn::LayerNorm({6, 6}, {.eps = 0.1, .bias = false}), {2, 4, 6, 6}},
      {nn::RMSNorm(6, {.eps = 0.1, .elementwise_affine = false}), {2, 4, 6}},
      {nn::LocalResponseNorm(3, {.alpha = 0.5, .beta = 0.5, .k = 2}), {2, 4, 6, 6}},
      {nn::PReLU(4, 0.1), {2, 4, 6}},
      {nn::RReLU(0.1, 0.2), {2, 4}},
      {nn::CELU(2.0), {2, 4}},
      {nn::SELU(), {2, 4}},
      {nn::Mish(), {2, 4}},
      {nn::Hardtanh(-0.5, 0.25, true), {2, 4}},
      {nn::Threshold(0.5, -1), {2, 4}},
      {nn::Hardshrink(0.3), {2, 4}},
      {nn::LogSigmoid(), {2, 4}},
      {nn::Softmin(1), {2, 4}},
      {nn::Softmax2d(), {4, 3, 3}},
      {nn::GLU(0), {2, 4}},
      {nn::Dropout3d(0.3), {2, 4}},
      {nn::FeatureAlphaDropout(0.3), {2, 4}},
  };
  for (const auto& [layer, shape] : cases) {
    nn::Sequential net{layer};
    save(folder / "m", net);
    const LoadedModel loaded = load_model(folder / "m");
    EXPECT_EQ(loaded.module->to_string(), net.to_string());
    const Tensor input = randn(shape);
    net.eval();
    loaded.module->eval();
    EXPECT_TRUE(equal((*loaded.module)(input.clone()), net(input.clone()))) << net;
  }
  nn::Sequential words{nn::Embedding(7, 3, {.padding_idx = 2, .max_norm = 1.0, .norm_type = 1.0})};
  save(folder / "m", words);
  EXPECT_EQ(load_model(folder / "m").module->to_string(), words.to_string());
}

TEST(ModelFile, KeepsTheDtypeOfTheWeights) {
  const TemporaryFolder folder;
  nn::Sequential net(nn::Linear(3, 2), nn::Tanh());
  net.to(DType::kBFloat16);
  save(folder / "m", net);
  EXPECT_EQ(load_model(folder / "m").module->get_parameter("0.weight").dtype(), DType::kBFloat16);
}

TEST(ModelFile, DrawsNoRandomNumbers) {
  const TemporaryFolder folder;
  const models::Mlp net = models::mlp({.hidden = {5}});
  manual_seed(1);
  const auto before = default_generator().get_state();
  save(folder / "m", net);
  load_model(folder / "m");
  EXPECT_EQ(default_generator().get_state(), before);
}

// --- A user's own class ----------------------------------------------------------------------------------------------

TEST(ModelFile, CarriesTheWeightsOfAUsersClassAndSaysSo) {
  const TemporaryFolder folder;
  Net net, other;
  EXPECT_FALSE(has_architecture(net));
  save(folder / "m", net);
  EXPECT_EQ(architecture_of(folder / "m"), R"({"class":"Net"})");
  const std::string text = error_of<FileError>([&] { load_model(folder / "m"); });
  expect_contains(text, "the weights of Net, a class of the user's own");
  expect_one_line(text);
  const nn::LoadReport report = load(folder / "m", other);
  EXPECT_TRUE(report.missing_keys.empty());
  EXPECT_EQ(other.conv.weight.to_vector<float>(), net.conv.weight.to_vector<float>());
}

TEST(ModelFile, ReportsAllThatDoesNotFitInOneLine) {
  const TemporaryFolder folder;
  save(folder / "m", {{"conv.weight", zeros({4, 2, 3, 3})}, {"conv.bias", zeros({4})}, {"fc.weights", zeros({2, 4})}});
  Net net;
  const auto before = net.conv.bias.to_vector<float>();
  const std::string text = error_of<FileError>([&] { load(folder / "m", net); });
  expect_contains(text, (folder / "m").string());
  for (const char* part : {"fc.weights", "fc.weight\"", "fc.bias", "conv.weight", "[4, 2, 3, 3]"})
    expect_contains(text, part);
  expect_one_line(text);
  EXPECT_EQ(net.conv.bias.to_vector<float>(), before) << "a failed load changed the module";
}

TEST(ModelFile, OfPlainTensorsHasNoArchitecture) {
  const TemporaryFolder folder;
  save(folder / "m", {{"w", zeros({1})}});
  expect_contains(error_of<FileError>([&] { load_model(folder / "m"); }), "call load(path, module)");
}

// --- Files that lie --------------------------------------------------------------------------------------------------

std::string refusal(const std::string& key, const std::string& value) {
  const TemporaryFolder folder;
  save(folder / "m", {{"weight", zeros({2, 3})}, {"bias", zeros({2})}}, {{key, value}});
  const std::string text = error_of<FileError>([&] { load_model(folder / "m"); });
  expect_contains(text, (folder / "m").string());
  expect_one_line(text);
  return text;
}
std::string refused(const std::string& architecture) { return refusal("lamella.architecture", architecture); }

TEST(ModelFile, RefusesMoreWeightsThanItHoldsBeforeTakingMemory) {
  expect_contains(refused(R"({"type":"Linear","in_features":1000000000,"out_features":1000000000,"bias":true})"),
                  "8 numbers in all");
  expect_contains(refused(R"({"builder":"lenet","arguments":{"in_channels":1,"classes":10,"width":60000}})"),
                  "8 numbers in all");
  expect_contains(
      refused(
          R"({"type":"BatchNorm2d","num_features":1000000000,"eps":1e-5,"momentum":0.1,"affine":false,"track_running_stats":true,"bias":true})"),
      "8 numbers in all");
  expect_contains(
      refused(
          R"({"type":"Conv2d","in_channels":1,"out_channels":1,"kernel_size":3,"stride":1,"padding":0,"dilation":1,"groups":0,"bias":true,"padding_mode":"zeros"})"),
      "8 numbers in all");
}

TEST(ModelFile, RefusesAnArchitectureThatIsNone) {
  expect_contains(refused("{"), "is no JSON");
  expect_contains(refused("[]"), "expected an object");
  expect_contains(refused("{}"), "\"type\" is missing");
  expect_contains(refused(R"({"type":"Magic"})"), "\"Magic\" is not known");
  expect_contains(refused(R"({"builder":"resnet","arguments":{}})"), "\"resnet\" is not known");
  expect_contains(refused(R"({"type":"Linear","in_features":"3","out_features":2,"bias":true})"),
                  "expected a whole number");
  expect_contains(refused(R"({"type":"Linear","in_features":3,"out_features":2})"), "\"bias\" is missing");
  expect_contains(refused(R"({"type":"ReLU","inplace":true,"slope":2})"), "\"slope\" is not known");
  expect_contains(refused(R"({"type":"Linear","in_features":-3,"out_features":2,"bias":true})"), "");
  expect_contains(refused(std::string(100000, '[')), "nested deeper");
  std::string nested = R"({"name":"x","type":"ReLU","inplace":true})";
  for (int i = 0; i < 40; ++i) nested = R"({"name":"x","type":"Sequential","layers":[)" + nested + "]}";
  expect_contains(refused(R"({"type":"Sequential","layers":[)" + nested + "]}"), "nested deeper than 32");
}

TEST(ModelFile, RefusesWeightsOfAnotherArchitecture) {
  expect_contains(refused(R"({"type":"Linear","in_features":2,"out_features":2,"bias":true})"), "[2, 3]");
}

TEST(ModelFile, RefusesMetadataThatCannotBe) {
  expect_contains(refusal("lamella.version", "2"), "version 2");
  expect_contains(refusal("lamella.input", "[1,0,28]"), "above 0");
  expect_contains(refusal("lamella.classes", "[1]"), "a list of names");
  expect_contains(refusal("lamella.normalization", R"({"mean":[0],"std":[0]})"), "above 0");
  EXPECT_THROW(save("unused", Net(), {.other = {{"lamella.x", ""}}}), ValueError);
}

}  // namespace
}  // namespace lamella
