// Saving and loading by name.
#include <gtest/gtest.h>

#include <lamella/nn/all.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

using namespace lamella;

namespace {

nn::Sequential make_net() { return nn::Sequential(nn::Conv2d(3, 8, 3), nn::BatchNorm2d(8), nn::Linear(2, 1)); }

std::string load_error(nn::Module& module, const nn::StateDict& state, nn::LoadOptions options = {}) {
  try {
    module.load_state_dict(state, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST(StateDict, GoesFromOneModelToAnother) {
  nn::Sequential from = make_net();
  nn::Sequential to = make_net();
  from.at<nn::BatchNorm2d>(1).num_batches_tracked.fill_(7);
  EXPECT_FALSE(equal(from.at<nn::Conv2d>(0).weight, to.at<nn::Conv2d>(0).weight));
  const nn::LoadReport report = to.load_state_dict(from.state_dict());
  EXPECT_TRUE(report.missing_keys.empty() && report.unexpected_keys.empty());
  for (const auto& [name, tensor] : to.state_dict()) EXPECT_TRUE(equal(tensor, from.state_dict()[name])) << name;
  EXPECT_TRUE(to.at<nn::Conv2d>(0).weight.requires_grad());
  EXPECT_TRUE(to.at<nn::Conv2d>(0).weight.is_leaf());
}

TEST(StateDict, SharesTheModelsMemoryOutsideAutograd) {
  nn::Linear linear(1, 1);
  const nn::StateDict state = linear.state_dict();
  EXPECT_FALSE(state["weight"].requires_grad());
  state["weight"].fill_(5);
  EXPECT_EQ(linear.weight.item<float>(), 5);
}

TEST(StateDict, ConvertsDtypes) {
  nn::Linear linear(2, 1);
  linear.load_state_dict(
      {{"weight", full({1, 2}, 0.5, {.dtype = DType::kFloat64})}, {"bias", zeros({1}, {.dtype = DType::kFloat16})}});
  EXPECT_EQ(linear.weight.dtype(), DType::kFloat32);
  EXPECT_EQ(linear.weight.to_vector<float>(), (std::vector<float>{0.5, 0.5}));
}

TEST(StateDict, ReportsAllThatDoesNotFitAtOnceAndChangesNothing) {
  nn::Sequential net = make_net();
  nn::StateDict state = make_net().state_dict();
  const Tensor before = net.at<nn::Linear>(2).weight.detach().clone();
  state.erase("0.bias");
  state.set("9.weight", ones({1}));
  state.set("0.weight", ones({8, 4, 3, 3}));
  EXPECT_EQ(load_error(net, state),
            "Error(s) in loading state_dict for Sequential:\n"
            "\tMissing key(s) in state_dict: \"0.bias\". \n"
            "\tUnexpected key(s) in state_dict: \"9.weight\". \n"
            "\tsize mismatch for 0.weight: copying a param with shape [8, 4, 3, 3] from checkpoint, the shape in "
            "current model is "
            "[8, 3, 3, 3].");
  EXPECT_TRUE(equal(net.at<nn::Linear>(2).weight, before));
}

TEST(StateDict, OnlyReportsNamesWithoutStrict) {
  nn::Linear linear(2, 1);
  const nn::LoadReport report =
      linear.load_state_dict({{"weight", ones({1, 2})}, {"scale", ones({1})}}, {.strict = false});
  EXPECT_EQ(report.missing_keys, std::vector<std::string>{"bias"});
  EXPECT_EQ(report.unexpected_keys, std::vector<std::string>{"scale"});
  EXPECT_TRUE(equal(linear.weight, ones({1, 2})));
  EXPECT_NE(load_error(linear, {{"weight", ones({2, 2})}}, {.strict = false}).find("size mismatch for weight"),
            std::string::npos);
}

TEST(StateDict, SaysThatAllNamesHaveAPrefix) {
  nn::Linear linear(2, 1);
  const nn::StateDict wrapped = nn::Linear(2, 1).state_dict("module");
  EXPECT_EQ(
      load_error(linear, wrapped),
      "Error(s) in loading state_dict for Linear: every name begins with \"module.\" (saved from DataParallel); load "
      "state_dict.without_prefix(\"module.\") instead");
  linear.load_state_dict(wrapped.without_prefix("module."));
}

TEST(StateDict, LoadsOldFilesWithoutACountOfBatches) {
  nn::BatchNorm2d norm(2);
  nn::StateDict state = norm.state_dict();
  EXPECT_TRUE(state.erase("num_batches_tracked"));
  norm.load_state_dict(state);
  state.set("num_batches_tracked", full({1}, 3));  // one element, from before 0-d tensors
  norm.load_state_dict(state);
  EXPECT_EQ(norm.num_batches_tracked.item<std::int64_t>(), 3);
  EXPECT_EQ(norm.num_batches_tracked.dim(), 0);
}

TEST(StateDict, IsAnOrderedListByName) {
  nn::StateDict state;
  state.set("b", ones({1}));
  state.set("a", ones({2}));
  state.set("b", ones({3}));
  EXPECT_EQ(state.size(), 2u);
  EXPECT_EQ(state.begin()->first, "b");
  EXPECT_EQ(state["b"].numel(), 3);
  EXPECT_THROW(state["c"], IndexError);
  EXPECT_EQ(state.find("c"), nullptr);
  const std::vector<std::pair<std::string, Tensor>>& plain = state;
  EXPECT_EQ(nn::StateDict(plain).size(), 2u);
}
