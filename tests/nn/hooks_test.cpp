// Hooks of modules: what they see, what they may replace, and when they are gone.
#include <gtest/gtest.h>

#include <lamella/autograd.h>
#include <lamella/nn/all.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

using namespace lamella;

namespace {

/// y = 3 x
struct Triple : nn::Module {
  Tensor forward(const Tensor& x) override { return x * 3; }
};

struct Join : nn::ModuleOf<Tensor(const Tensor&, const Tensor&, double)> {
  Tensor forward(const Tensor& a, const Tensor& b, double factor) override { return a + b * factor; }
};

struct Both : nn::ModuleOf<TensorList(const TensorList&)> {
  TensorList forward(const TensorList& x) override { return {x[0] * 2, x[0] * 5}; }
};

Tensor leaf(double value) { return full({1}, value, {.requires_grad = true}); }

}  // namespace

TEST(ForwardHook, RunsOnACallAndNotOnForward) {
  Triple triple;
  int calls = 0;
  HookHandle handle = triple.register_forward_hook([&](nn::Module& module, const Tensor& in, const Tensor& out) {
    ++calls;
    EXPECT_EQ(&module, &triple);
    EXPECT_EQ(in.item<float>(), 2);
    EXPECT_EQ(out.item<float>(), 6);
  });
  triple(full({1}, 2.0));
  EXPECT_EQ(calls, 1);
  triple.forward(full({1}, 2.0));
  EXPECT_EQ(calls, 1);
  handle.remove();
  triple(full({1}, 2.0));
  EXPECT_EQ(calls, 1);
  handle.remove();  // a second time does nothing
}

TEST(ForwardHook, ReplacesTheOutputAndPreHooksTheInput) {
  Triple triple;
  triple.register_forward_pre_hook([](nn::Module&, const Tensor& x) { return x + 1; });
  triple.register_forward_hook([](nn::Module&, const Tensor&, const Tensor& y) { return y * 10; });
  EXPECT_EQ(triple(full({1}, 2.0)).item<float>(), 90);
}

TEST(ForwardHook, RunsInOrderUnlessItIsPrepended) {
  Triple triple;
  std::string order;
  triple.register_forward_pre_hook([&](nn::Module&, const Tensor&) { order += "b"; });
  triple.register_forward_pre_hook([&](nn::Module&, const Tensor&) { order += "c"; });
  triple.register_forward_pre_hook([&](nn::Module&, const Tensor&) { order += "a"; }, {.prepend = true});
  triple(ones({1}));
  EXPECT_EQ(order, "abc");
}

TEST(ForwardHook, MayRemoveItself) {
  Triple triple;
  int calls = 0;
  HookHandle handle;
  handle = triple.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor&) {
    ++calls;
    handle.remove();
  });
  triple(ones({1}));
  triple(ones({1}));
  EXPECT_EQ(calls, 1);
}

TEST(ForwardHook, KeepsItsState) {
  Triple triple;
  triple.register_forward_hook(
      [calls = 0](nn::Module&, const Tensor&, const Tensor& y) mutable { return y + ++calls; });
  EXPECT_EQ(triple(ones({1})).item<float>(), 4);
  EXPECT_EQ(triple(ones({1})).item<float>(), 5);
}

TEST(ForwardHook, SeesSeveralInputsAndOutputsAsLists) {
  Join join;
  join.register_forward_pre_hook([](nn::Module&, const TensorList& in) {
    EXPECT_EQ(in.size(), 2u);
    return TensorList{in[0], in[1] + 1};
  });
  EXPECT_EQ(join(full({1}, 1.0), full({1}, 2.0), 10.0).item<float>(), 31);
  Both both;
  both.register_forward_hook(
      [](nn::Module&, const TensorList&, const TensorList& out) { return TensorList{out[1], out[0]}; });
  EXPECT_EQ(both({ones({1})})[0].item<float>(), 5);
}

TEST(ForwardHook, RaisesWhereItsFormDoesNotFit) {
  Join join;
  join.register_forward_pre_hook([](nn::Module&, const Tensor&) {});
  EXPECT_THROW(join(ones({1}), ones({1}), 1.0), Error);
  Triple triple;
  triple.register_forward_hook(
      [](nn::Module&, const TensorList&, const TensorList& out) { return TensorList{out[0], out[0]}; });
  EXPECT_THROW(triple(ones({1})), Error);
}

TEST(Hooks, FollowAMoveAndAreCopiedApart) {
  int calls = 0;
  Triple triple;
  HookHandle handle = triple.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor&) { ++calls; });
  Triple copy = triple;
  Triple moved = std::move(triple);
  moved(ones({1}));
  copy(ones({1}));
  EXPECT_EQ(calls, 2);
  handle.remove();
  moved(ones({1}));
  EXPECT_EQ(calls, 2);
  copy(ones({1}));  // has a list of its own
  EXPECT_EQ(calls, 3);
  Triple independent = nn::deep_copy(copy);
  independent(ones({1}));
  EXPECT_EQ(calls, 3);
}

TEST(Hooks, OutliveNothing) {
  HookHandle handle;
  {
    Triple triple;
    handle = triple.register_forward_hook([](nn::Module&, const Tensor&, const Tensor&) {});
  }
  handle.remove();
}

TEST(BackwardHook, SeesTheGradientsOfInputAndOutput) {
  Triple triple;
  float in = 0;
  float out = 0;
  HookHandle handle =
      triple.register_full_backward_hook([&](nn::Module&, const Tensor& grad_in, const Tensor& grad_out) {
        in = grad_in.item<float>();
        out = grad_out.item<float>();
      });
  const Tensor x = leaf(2);
  (triple(x) * 7).backward();
  EXPECT_EQ(out, 7);
  EXPECT_EQ(in, 21);
  EXPECT_EQ(x.grad().item<float>(), 21);
  handle.remove();
  in = 0;
  (triple(x) * 7).backward();
  EXPECT_EQ(in, 0);
}

TEST(BackwardHook, ReplacesGradients) {
  Triple triple;
  triple.register_full_backward_pre_hook([](nn::Module&, const Tensor& grad_out) { return grad_out * 2; });
  triple.register_full_backward_hook([](nn::Module&, const Tensor& grad_in, const Tensor& grad_out) {
    EXPECT_EQ(grad_out.item<float>(), 2);
    return grad_in + 100;
  });
  const Tensor x = leaf(1);
  triple(x).backward();
  EXPECT_EQ(x.grad().item<float>(), 106);
}

TEST(BackwardHook, RunsWithoutGradientsOfInputsWhereNoneIsWanted) {
  nn::Linear linear(1, 1);
  int calls = 0;
  linear.register_full_backward_hook([&](nn::Module&, const Tensor& grad_in, const Tensor& grad_out) {
    ++calls;
    EXPECT_FALSE(grad_in.defined());
    EXPECT_EQ(grad_out.item<float>(), 1);
  });
  linear(ones({1, 1})).sum().backward();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(linear.weight.grad().item<float>(), 1);
}

TEST(BackwardHook, SeesEachInputOfSeveral) {
  Join join;
  join.register_full_backward_hook([](nn::Module&, const TensorList& grad_in, const TensorList& grad_out) {
    EXPECT_EQ(grad_out.size(), 1u);
    EXPECT_EQ(grad_in[0].item<float>(), 1);
    EXPECT_EQ(grad_in[1].item<float>(), 4);
  });
  const Tensor a = leaf(1);
  const Tensor b = leaf(1);
  join(a, b, 4.0).backward();
  EXPECT_EQ(b.grad().item<float>(), 4);
}

TEST(BackwardHook, DoesNothingWhereNothingIsRecorded) {
  Triple triple;
  triple.register_full_backward_hook([](nn::Module&, const Tensor&, const Tensor&) { FAIL(); });
  const NoGradGuard no_grad;
  EXPECT_FALSE(triple(leaf(1)).requires_grad());
}

TEST(BackwardHook, IsNotRunForAModuleThatIsGone) {
  Tensor y;
  {
    Triple triple;
    triple.register_full_backward_hook([](nn::Module&, const Tensor&, const Tensor&) { FAIL(); });
    y = triple(leaf(1));
  }
  y.backward();
}

TEST(BackwardHook, LetsALaterLayerWorkInPlace) {
  Triple triple;
  int calls = 0;
  triple.register_full_backward_hook([&](nn::Module&, const Tensor&, const Tensor&) { ++calls; });
  nn::ReLU relu(true);
  const Tensor x = leaf(1);
  relu(triple(x)).backward();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(x.grad().item<float>(), 3);
}

TEST(BackwardHook, RefusesAModuleThatWritesToItsInput) {
  nn::ReLU relu(true);
  HookHandle handle = relu.register_full_backward_hook([](nn::Module&, const Tensor&, const Tensor&) {});
  EXPECT_THROW(relu(leaf(1) * 1), Error);
  handle.remove();
  relu(leaf(1) * 1);
}
