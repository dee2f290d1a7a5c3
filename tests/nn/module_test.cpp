// Modules: what they are made of, how they print, copy, move and say where an error happened.
#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include <lamella/autograd.h>
#include <lamella/nn/all.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

using namespace lamella;

namespace {

struct Net : nn::Module {
  nn::Linear first{4, 3};
  nn::BatchNorm1d norm{3};
  nn::Linear last{3, 2, {.bias = false}};
  void members(nn::Members& m) override { m("first", first)("norm", norm)("last", last); }
  Tensor forward(const Tensor& x) override { return last(relu(norm(first(x)))); }
};

struct Scale : nn::Module {
  nn::Parameter factor{full({1}, 2.0)};
  Tensor offset = zeros({1});
  void members(nn::Members& m) override { m("factor", factor).buffer("offset", offset, {.persistent = false}); }
  Tensor forward(const Tensor& x) override { return x * factor + offset; }
};

std::vector<std::string> names(const std::vector<nn::NamedTensor>& named) {
  std::vector<std::string> list;
  for (const auto& [name, tensor] : named) list.push_back(name);
  return list;
}

std::vector<std::string> names(const nn::StateDict& state) { return names(state.items()); }

template <typename Fn>
std::string error_of(Fn&& fn) {
  try {
    fn();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST(Module, NamesItsParametersAndBuffersInTorchsOrder) {
  Net net;
  EXPECT_EQ(names(net.named_parameters()),
            (std::vector<std::string>{"first.weight", "first.bias", "norm.weight", "norm.bias", "last.weight"}));
  EXPECT_EQ(names(net.named_buffers()),
            (std::vector<std::string>{"norm.running_mean", "norm.running_var", "norm.num_batches_tracked"}));
  EXPECT_EQ(names(net.state_dict()),
            (std::vector<std::string>{"first.weight", "first.bias", "norm.weight", "norm.bias", "norm.running_mean",
                                      "norm.running_var", "norm.num_batches_tracked", "last.weight"}));
  EXPECT_EQ(net.state_dict()["norm.num_batches_tracked"].dtype(), DType::kInt64);
  EXPECT_EQ(net.state_dict()["norm.num_batches_tracked"].dim(), 0);
  EXPECT_EQ(net.parameter_count(), 4 * 3 + 3 + 3 + 3 + 3 * 2);
  EXPECT_TRUE(net.parameters(false).empty());
  EXPECT_EQ(names(net.named_parameters("net"))[0], "net.first.weight");
}

TEST(Module, ListsItselfAndAllBelow) {
  Net net;
  std::vector<std::string> paths;
  for (const nn::NamedModule& item : net.named_modules()) paths.push_back(item.name);
  EXPECT_EQ(paths, (std::vector<std::string>{"", "first", "norm", "last"}));
  EXPECT_EQ(net.children().size(), 3u);
  EXPECT_EQ(&net.get_submodule("norm"), &net.norm);
  EXPECT_EQ(&net.get_submodule(""), &net);
  EXPECT_TRUE(net.get_parameter("last.weight").is_same(net.last.weight));
  EXPECT_EQ(error_of([&] { net.get_submodule("middle"); }),
            "Net has no module \"middle\"; there are: first, norm, last");
}

TEST(Module, ListsWhatIsSharedOnceButSavesItUnderEachName) {
  struct Tied : nn::Module {
    nn::Linear a{2, 2};
    nn::Linear b{2, 2};
    Tied() { b.weight = a.weight; }
    void members(nn::Members& m) override { m("a", a)("b", b)("again", a); }
  } tied;
  EXPECT_EQ(names(tied.named_parameters()), (std::vector<std::string>{"a.weight", "a.bias", "b.bias"}));
  EXPECT_EQ(names(tied.state_dict()),
            (std::vector<std::string>{"a.weight", "a.bias", "b.weight", "b.bias", "again.weight", "again.bias"}));
  EXPECT_EQ(tied.children().size(), 2u);
}

TEST(Module, RefusesNamesThatNoStateDictCouldHold) {
  struct Twice : nn::Module {
    nn::ReLU a, b;
    void members(nn::Members& m) override { m("x", a)("x", b); }
  } twice;
  EXPECT_EQ(error_of([&] { twice.children(); }), "Twice: members() names \"x\" twice");
  struct Dotted : nn::Module {
    nn::ReLU a;
    void members(nn::Members& m) override { m("x.y", a); }
  } dotted;
  EXPECT_NE(error_of([&] { dotted.children(); }).find("contain a dot"), std::string::npos);
}

TEST(Module, LeavesBuffersThatDoNotPersistOutOfTheStateDict) {
  Scale scale;
  EXPECT_EQ(names(scale.state_dict()), std::vector<std::string>{"factor"});
  EXPECT_EQ(names(scale.named_buffers()), std::vector<std::string>{"offset"});
}

TEST(Module, SetsTheModeOfAllBelow) {
  Net net;
  net.eval();
  EXPECT_FALSE(net.training());
  EXPECT_FALSE(net.norm.training());
  net.train();
  EXPECT_TRUE(net.norm.training());
}

TEST(Module, AppliesAFunctionToTheChildrenFirst) {
  Net net;
  std::string order;
  net.apply([&](nn::Module& module) { order += std::string(module.type_name()) + " "; });
  EXPECT_EQ(order, "Linear BatchNorm1d Linear Net ");
}

TEST(Module, ConvertsFloatingPointPartsInTheirPlace) {
  Net net;
  const Tensor held = net.first.weight;
  net.to(DType::kFloat64);
  EXPECT_EQ(held.dtype(), DType::kFloat64);
  EXPECT_TRUE(held.is_same(net.first.weight));
  EXPECT_TRUE(held.requires_grad());
  EXPECT_EQ(net.norm.running_mean.dtype(), DType::kFloat64);
  EXPECT_EQ(net.norm.num_batches_tracked.dtype(), DType::kInt64);
  net(ones({2, 4}, {.dtype = DType::kFloat64})).sum().backward();
  EXPECT_EQ(held.grad().dtype(), DType::kFloat64);
  net.to(DType::kFloat32);
  EXPECT_EQ(held.grad().dtype(), DType::kFloat32);
  EXPECT_THROW(net.to(DType::kInt64), TypeError);
}

TEST(Module, FreezesAndClearsGradients) {
  Net net;
  net(ones({2, 4})).sum().backward();
  EXPECT_TRUE(net.last.weight.grad().defined());
  net.zero_grad(false);
  EXPECT_TRUE(equal(net.last.weight.grad(), zeros({2, 3})));
  net.zero_grad();
  EXPECT_FALSE(net.last.weight.grad().defined());
  net.requires_grad_(false);
  EXPECT_FALSE(net(ones({2, 4})).requires_grad());
}

// Printing. The expected texts are those of torch 2.13 for the same modules.

TEST(Print, ShowsTheTreeOfAUsersModule) {
  EXPECT_EQ(Net().to_string(),
            "Net(\n"
            "  (first): Linear(in_features=4, out_features=3, bias=True)\n"
            "  (norm): BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)\n"
            "  (last): Linear(in_features=3, out_features=2, bias=False)\n"
            ")");
  std::ostringstream out;
  out << nn::ReLU();
  EXPECT_EQ(out.str(), "ReLU()");
}

TEST(Print, IndentsContainersAndJoinsEqualNeighboursOfAList) {
  nn::Sequential inner{nn::ReLU()};
  nn::Sequential outer;
  EXPECT_EQ(outer.to_string(), "Sequential()");
  outer.push_back(inner);
  outer.push_back(nn::Identity());
  EXPECT_EQ(outer.to_string(),
            "Sequential(\n"
            "  (0): Sequential(\n"
            "    (0): ReLU()\n"
            "  )\n"
            "  (1): Identity()\n"
            ")");
  const nn::ModuleList list({nn::ReLU(), nn::ReLU(), nn::Linear(1, 1), inner, inner});
  EXPECT_EQ(list.to_string(),
            "ModuleList(\n"
            "  (0-1): 2 x ReLU()\n"
            "  (2): Linear(in_features=1, out_features=1, bias=True)\n"
            "  (3-4): 2 x Sequential(\n"
            "    (0): ReLU()\n"
            "  )\n"
            ")");
}

TEST(Print, ShowsAParameterAsTorchDoes) {
  const nn::Parameter parameter(tensor({1.0, 2.0}));
  EXPECT_EQ(parameter.to_string(), "Parameter containing:\ntensor([1., 2.], requires_grad=True)");
  std::ostringstream out;
  out << parameter;
  EXPECT_EQ(out.str(), parameter.to_string());
}

TEST(Print, NamesTemplatesWithTheirArguments) {
  EXPECT_EQ(nn::Conv2d(1, 1, 1).type_name(), "Conv2d");
  EXPECT_EQ(Net().type_name(), "Net");
  EXPECT_EQ((nn::ConvNd<2>(1, 1, 1).type_name()), "ConvNd<2>");
}

// Copies and moves.

TEST(Copy, SharesTheParametersMemory) {
  Net net;
  Net copy = net;
  EXPECT_TRUE(copy.first.weight.is_same(net.first.weight));
  copy.eval();
  EXPECT_TRUE(net.training());
}

TEST(Copy, LivesInAVectorThatGrows) {
  std::vector<Net> nets;
  for (int i = 0; i < 5; ++i) nets.emplace_back();
  for (Net& net : nets) {
    EXPECT_EQ(&net.get_submodule("first"), &net.first);
    EXPECT_EQ(net(ones({2, 4})).shape(), (Dims{2, 2}));
  }
  static_assert(std::is_nothrow_move_constructible_v<Net>);
  static_assert(std::is_nothrow_move_constructible_v<nn::Sequential>);
}

TEST(DeepCopy, SharesNothing) {
  Net net;
  net.eval();
  net(ones({2, 4})).sum().backward();
  Net copy = nn::deep_copy(net);
  const auto theirs = net.state_dict();
  for (const auto& [name, tensor] : copy.state_dict()) {
    EXPECT_TRUE(equal(tensor, theirs[name])) << name;
    EXPECT_NE(tensor.data_ptr(), theirs[name].data_ptr()) << name;
  }
  EXPECT_TRUE(copy.first.weight.is_leaf());
  EXPECT_TRUE(copy.first.weight.requires_grad());
  EXPECT_TRUE(equal(copy.first.weight.grad(), net.first.weight.grad()));
  EXPECT_FALSE(copy.first.weight.grad().is_same(net.first.weight.grad()));
  EXPECT_FALSE(copy.training());
  nn::init::zeros_(copy.first.weight);
  EXPECT_FALSE(equal(copy.first.weight, net.first.weight));
}

TEST(DeepCopy, KeepsTiesAndFrozenParameters) {
  struct Tied : nn::Module {
    nn::Linear a{2, 2}, b{2, 2};
    Tied() {
      b.weight = a.weight;
      b.bias.requires_grad_(false);
    }
    void members(nn::Members& m) override { m("a", a)("b", b); }
  } tied;
  const Tied copy = nn::deep_copy(tied);
  EXPECT_TRUE(copy.a.weight.is_same(copy.b.weight));
  EXPECT_FALSE(copy.a.weight.is_same(tied.a.weight));
  EXPECT_FALSE(copy.b.bias.requires_grad());
}

TEST(DeepCopy, CopiesWhatContainersAndSharedPointersHold) {
  struct Holder : nn::Module {
    nn::Sequential body{nn::Linear(2, 2), std::make_unique<Net>()};
    std::shared_ptr<nn::Linear> head = std::make_shared<nn::Linear>(2, 1);
    std::shared_ptr<nn::Module> same = head;
    void members(nn::Members& m) override { m("body", body)("head", head)("same", same); }
  } holder;
  EXPECT_EQ(names(holder.named_parameters()).size(), 2u + 5u + 2u);
  Holder copy = nn::deep_copy(holder);
  EXPECT_NE(copy.head, holder.head);
  EXPECT_EQ(copy.head, copy.same);
  EXPECT_FALSE(copy.head->weight.is_same(holder.head->weight));
  EXPECT_FALSE(copy.body.at<nn::Linear>(0).weight.is_same(holder.body.at<nn::Linear>(0).weight));
}

TEST(DeepCopy, SaysWhatItCannotCopy) {
  struct Referrer : nn::Module {
    nn::ReLU& other;
    explicit Referrer(nn::ReLU& o) : other(o) {}
    void members(nn::Members& m) override { m("other", other); }
  };
  nn::ReLU relu;
  EXPECT_NE(error_of([&] { nn::deep_copy(Referrer(relu)); }).find("\"other\" (ReLU) is held by reference"),
            std::string::npos);
  std::unique_ptr<nn::Module> net = std::make_unique<Net>();
  EXPECT_NE(error_of([&] { nn::deep_copy(*net); }).find("Net is held by a pointer to a base class"), std::string::npos);
  const nn::Conv2d conv(1, 1, 1);
  const nn::ConvNd<2>& base = conv;
  EXPECT_THROW(nn::deep_copy(base), TypeError);
  EXPECT_EQ(nn::deep_copy(static_cast<const nn::Module&>(conv))->type_name(), "Conv2d");
}

// Paths in error texts.

namespace {

struct Failing : nn::Module {
  Tensor forward(const Tensor&) override { throw ValueError("failed"); }
};

}  // namespace

TEST(Path, SaysWhereInTheModelAnErrorHappened) {
  struct Outer : nn::Module {
    nn::Sequential features{nn::ReLU(), Failing()};
    bool direct = false;
    void members(nn::Members& m) override { m("features", features); }
    Tensor forward(const Tensor& x) override { return direct ? features[1](x) : features(x); }
  } net;
  const Tensor x = ones({1});
  EXPECT_EQ(error_of([&] { net(x); }), "features.1 (Failing): failed");
  net.direct = true;  // called past its parent
  EXPECT_EQ(error_of([&] { net(x); }), "features.1 (Failing): failed");
  EXPECT_EQ(error_of([&] { net.forward(x); }), "Failing: failed");
  EXPECT_EQ(error_of([&] { Failing()(x); }), "Failing: failed");
  EXPECT_EQ(error_of([] { throw ValueError("outside"); }), "outside");
}

TEST(Path, FollowsAModuleThatIsSharedOrReplaced) {
  struct Shared : nn::Module {
    std::shared_ptr<nn::Module> part = std::make_shared<Failing>();
    std::string_view name = "a";
    void members(nn::Members& m) override { m(name, part); }
    Tensor forward(const Tensor& x) override { return (*part)(x); }
  } one, two;
  two.part = one.part;
  two.name = "b";
  EXPECT_EQ(error_of([&] { one(ones({1})); }), "a (Failing): failed");
  EXPECT_EQ(error_of([&] { two(ones({1})); }), "b (Failing): failed");
  two.part = std::make_shared<nn::ReLU>();
  EXPECT_EQ(error_of([&] { two(ones({1})); }), "no error");
}

TEST(Path, IsEachThreadsOwn) {
  Net net;
  net.eval();
  const NoGradGuard no_grad;
  const Tensor expected = net(ones({2, 4}));
  std::vector<std::thread> threads;
  std::vector<int> good(4, 0);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const NoGradGuard quiet;
      for (int k = 0; k < 20; ++k) good[static_cast<std::size_t>(i)] += equal(net(ones({2, 4})), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 20));
}

TEST(Module, SaysThatItHasNoForward) {
  struct Bare : nn::Module {
  } bare;
  EXPECT_NE(error_of([&] { bare(ones({1})); }).find("Bare has no forward of one tensor"), std::string::npos);
}
