// Sequential and ModuleList.
#include <gtest/gtest.h>

#include <lamella/nn/all.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

using namespace lamella;

namespace {

struct Add : nn::Module {
  double amount;
  explicit Add(double value) : amount(value) {}
  Tensor forward(const Tensor& x) override { return x + amount; }
};

struct MoveOnly : nn::Module {
  std::unique_ptr<nn::Linear> inner = std::make_unique<nn::Linear>(1, 1);
  void members(nn::Members& m) override { m("inner", inner); }
  Tensor forward(const Tensor& x) override { return (*inner)(x); }
};

}  // namespace

TEST(Sequential, RunsItsModulesInOrder) {
  nn::Sequential net(Add(1), Add(10), nn::ReLU());
  EXPECT_EQ(net.size(), 3u);
  EXPECT_EQ(net(zeros({1})).item<float>(), 11);
  net.push_back(Add(100));
  EXPECT_EQ(net(zeros({1})).item<float>(), 111);
  net.replace(-1, Add(200));
  EXPECT_EQ(net(zeros({1})).item<float>(), 211);
  EXPECT_EQ(nn::Sequential()(zeros({1})).item<float>(), 0);
}

TEST(Sequential, TakesNamesVectorsAndPointers) {
  nn::Sequential named({{"one", Add(1)}, {"ten", Add(10)}});
  EXPECT_EQ(static_cast<Add&>(named["ten"]).amount, 10);
  EXPECT_EQ(named.named_children()[0].name, "one");
  std::vector<std::unique_ptr<nn::Module>> list;
  list.push_back(std::make_unique<Add>(2));
  list.push_back(std::make_unique<nn::ReLU>());
  nn::Sequential from_vector(std::move(list));
  EXPECT_EQ(from_vector(zeros({1})).item<float>(), 2);
  auto shared = std::make_shared<Add>(3);
  nn::Sequential twice(shared, shared);
  shared->amount = 4;
  EXPECT_EQ(twice(zeros({1})).item<float>(), 8);
  EXPECT_EQ(twice.children().size(), 1u);
  EXPECT_THROW(nn::Sequential(std::shared_ptr<Add>()), ValueError);
}

TEST(Sequential, FindsItsModules) {
  nn::Sequential net(nn::Conv2d(1, 2, 3), nn::ReLU());
  EXPECT_EQ(net.at<nn::Conv2d>(0).weight.shape(), (Dims{2, 1, 3, 3}));
  EXPECT_EQ(net[-1].type_name(), "ReLU");
  EXPECT_THROW(net[2], IndexError);
  EXPECT_THROW(net["conv"], IndexError);
  try {
    net.at<nn::Linear>(0);
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(error.what(), "module 0 of the Sequential is a Conv2d, not a Linear");
  }
  EXPECT_THROW(net.push_back("0", nn::ReLU()), ValueError);
  EXPECT_THROW(net.push_back("a.b", nn::ReLU()), ValueError);
}

TEST(Sequential, CopiesItsModulesButSharesTheirMemory) {
  auto tied = std::make_shared<Add>(1);
  nn::Sequential net(nn::Linear(1, 1), tied, tied);
  nn::Sequential copy = net;
  EXPECT_NE(&copy[0], &net[0]);
  EXPECT_TRUE(copy.at<nn::Linear>(0).weight.is_same(net.at<nn::Linear>(0).weight));
  EXPECT_EQ(&copy[1], &copy[2]);
  copy.eval();
  EXPECT_TRUE(net[0].training());
  nn::Sequential independent = nn::deep_copy(net);
  EXPECT_FALSE(independent.at<nn::Linear>(0).weight.is_same(net.at<nn::Linear>(0).weight));
}

TEST(Sequential, HoldsWhatCanOnlyBeMoved) {
  nn::Sequential net{MoveOnly()};
  nn::Sequential moved = std::move(net);
  EXPECT_EQ(moved.state_dict().begin()->first, "0.inner.weight");
  EXPECT_EQ(moved(ones({1, 1})).shape(), (Dims{1, 1}));
  EXPECT_THROW(nn::Sequential(static_cast<const nn::Sequential&>(moved)), NotImplementedError);
}

TEST(Sequential, NestsByPushBack) {
  nn::Sequential outer;
  outer.push_back(nn::Sequential(Add(1)));
  outer.push_back("more", nn::Sequential(Add(2), Add(3)));
  EXPECT_EQ(outer(zeros({1})).item<float>(), 6);
  EXPECT_EQ(&outer.get_submodule("more.1"), &static_cast<nn::Sequential&>(outer[1])[1]);
}

TEST(ModuleList, HoldsModulesForAForwardOfTheUsers) {
  struct Net : nn::Module {
    nn::ModuleList blocks;
    Net() {
      for (int i = 1; i <= 3; ++i) blocks.push_back(Add(i));
    }
    void members(nn::Members& m) override { m("blocks", blocks); }
    Tensor forward(const Tensor& x) override {
      Tensor y = x;
      for (std::size_t i = 0; i < blocks.size(); ++i) y = blocks[static_cast<std::int64_t>(i)](y);
      return y;
    }
  } net;
  EXPECT_EQ(net(zeros({1})).item<float>(), 6);
  EXPECT_EQ(net.named_modules().back().name, "blocks.2");
  EXPECT_THROW(net.blocks(zeros({1})), NotImplementedError);
}

TEST(ModuleDict, HoldsModulesByName) {
  nn::ModuleDict dict({{"left", nn::Linear(2, 3)}, {"right", nn::Identity()}});
  EXPECT_EQ(dict.to_string(),
            "ModuleDict(\n  (left): Linear(in_features=2, out_features=3, bias=True)\n  (right): Identity()\n)");
  EXPECT_EQ(dict["left"](ones({1, 2})).shape(), (Dims{1, 3}));
  EXPECT_EQ(dict.at<nn::Linear>("left").out_features, 3);
  EXPECT_THROW(dict.at<nn::Linear>("right"), TypeError);
  EXPECT_THROW(dict["middle"], IndexError);
  dict.set("left", nn::ReLU());
  dict.set("last", nn::Tanh());
  std::string names;
  for (const auto& [name, module] : dict.items()) names += name + " ";
  EXPECT_EQ(names, "left right last ");
  EXPECT_TRUE(dict.erase("right"));
  EXPECT_FALSE(dict.erase("right"));
  EXPECT_FALSE(dict.contains("right"));
  EXPECT_THROW(dict.set("a.b", nn::ReLU()), ValueError);
  EXPECT_THROW(nn::ModuleDict()(ones({1})), NotImplementedError);
}

TEST(ParameterList, LearnsWhatItHolds) {
  nn::ParameterList list({nn::Parameter(ones({2, 3})), nn::Parameter(zeros({}))});
  list.push_back(nn::Parameter(ones({4}), false));
  EXPECT_EQ(list.to_string(),
            "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2x3]\n"
            "    (1): Parameter containing: [torch.float32 of size ]\n"
            "    (2): Parameter containing: [torch.float32 of size 4]\n)");
  EXPECT_EQ(list.parameters().size(), 3u);
  EXPECT_TRUE(list[-1].is_same(list.parameters()[2]));
  EXPECT_FALSE(list[2].requires_grad());
  EXPECT_THROW(list[3], IndexError);
  const nn::ParameterList copy = nn::deep_copy(list);
  EXPECT_FALSE(copy.items()[0].parameter.is_same(list[0]));
  EXPECT_EQ(copy.state_dict().items()[1].first, "1");
}

TEST(ParameterDict, LearnsWhatItHolds) {
  nn::ParameterDict dict({{"scale", nn::Parameter(ones({2}))}});
  EXPECT_EQ(dict.to_string(), "ParameterDict(  (scale): Parameter containing: [torch.FloatTensor of size 2])");
  dict.set("shift", nn::Parameter(zeros({2}, {.dtype = DType::kFloat64})));
  EXPECT_EQ(dict["shift"].dtype(), DType::kFloat64);
  EXPECT_EQ(dict.named_parameters()[1].first, "shift");
  EXPECT_TRUE(dict.contains("scale"));
  EXPECT_TRUE(dict.erase("scale"));
  EXPECT_THROW(dict["scale"], IndexError);
  EXPECT_THROW(dict.set("", nn::Parameter(ones({1}))), ValueError);
}
