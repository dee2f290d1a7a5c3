// The gate, the recorder, and memory, seen from the operators.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include <lamella/error.h>
#include <lamella/memory.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/conv.h>
#include <lamella/ops/create.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/pool.h>
#include <lamella/ops/view.h>
#include <lamella/threads.h>

#include "ops/recording.h"

namespace lamella {
namespace {

bool lies_channels_last(const Tensor& tensor) { return !impl(tensor).storage->is_plain(); }

struct LeNet {
  Tensor conv1, bias1, conv2, bias2, fc1, bias3, fc2, bias4;

  LeNet() {
    Generator generator(1);
    const auto weights = [&](Dims shape) {
      return (randn(std::move(shape), {.generator = &generator}) * 0.1).detach().requires_grad_();
    };
    conv1 = weights({6, 1, 5, 5});
    bias1 = weights({6});
    conv2 = weights({16, 6, 5, 5});
    bias2 = weights({16});
    fc1 = weights({84, 400});
    bias3 = weights({84});
    fc2 = weights({10, 84});
    bias4 = weights({10});
  }
  TensorList parameters() const { return {conv1, bias1, conv2, bias2, fc1, bias3, fc2, bias4}; }
  Tensor forward(const Tensor& images) const {
    const Tensor first = max_pool2d(relu(conv2d(images, conv1, bias1, {.padding = 2})), {2});
    const Tensor second = max_pool2d(relu(conv2d(first, conv2, bias2)), {2});
    return linear(relu(linear(flatten(second, 1), fc1, bias3)), fc2, bias4);
  }
};

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.detach().contiguous().data_ptr(), b.detach().contiguous().data_ptr(),
                     static_cast<std::size_t>(a.numel()) * size_of(a.dtype())) == 0;
}

Tensor images(std::int64_t count) {
  Generator generator(2);
  return rand({count, 1, 28, 28}, {.generator = &generator});
}

TEST(Call, RefusesAnUndefinedTensorWhereOneIsNeeded) {
  const Tensor none;
  EXPECT_THROW(relu(none), Error);
  EXPECT_THROW(relu_(none), Error);
  EXPECT_THROW(exp(none), Error);
  EXPECT_THROW(add(none, ones({2})), Error);
  EXPECT_THROW(add(ones({2}), none), Error);
  EXPECT_THROW(none.sum(), Error);
  EXPECT_THROW(none.clone(), Error);
  EXPECT_THROW(none.backward(), Error);
  EXPECT_THROW(ones({2}).copy_(none), Error);
  EXPECT_THROW(conv2d(none, ones({1, 1, 3, 3})), Error);
  EXPECT_THROW(linear(ones({2, 3}), none), Error);
  EXPECT_THROW(max_pool2d(none, 2), Error);
  EXPECT_THROW(cross_entropy(none, none), Error);
}

TEST(Call, RefusesWindowsBeyondArithmetic) {
  const Tensor x = ones({1, 1, 5, 5});
  const std::int64_t huge = std::int64_t{1} << 62;
  for (const ConvOptions& options : {ConvOptions{.stride = huge}, {.padding = huge}, {.dilation = huge}}) {
    EXPECT_THROW(conv2d(x, ones({1, 1, 3, 3}), {}, options), ValueError);
  }
  EXPECT_THROW(max_pool2d(x, 3, {.dilation = huge}), ValueError);
  EXPECT_THROW(avg_pool2d(x, huge), ValueError);
  EXPECT_EQ(conv2d(x, ones({1, 1, 3, 3}), {}, {.stride = 1000000000}).shape(), (Dims{1, 1, 1, 1}));
}

TEST(Recorder, ReplaysLeNetsForwardWithEqualBits) {
  const LeNet net;
  testing::Recording recording;
  {
    const RecorderScope scope(&recording);
    net.forward(images(3));
  }
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < recording.size(); ++i) names.push_back(recording.op(i).name);
  EXPECT_EQ(std::count(names.begin(), names.end(), "convolution"), 2);
  EXPECT_EQ(std::count(names.begin(), names.end(), "linear"), 2);
  const auto again = recording.replay();
  ASSERT_EQ(again.size(), recording.size());
  for (std::size_t i = 0; i < again.size(); ++i)
    EXPECT_TRUE(same_bits(again[i][0], recording.outputs(i)[0])) << names[i];
}

TEST(Recorder, SeesAlsoWhatABackwardRuns) {
  const LeNet net;
  const Tensor loss = cross_entropy(net.forward(images(2)), tensor({1, 2}));
  testing::Recording recording;
  const RecorderScope scope(&recording);
  loss.backward();
  EXPECT_GT(recording.size(), 8u);
}

TEST(Layout, AConvolutionsResultHasPyTorchsStridesWhateverLiesInMemory) {
  Generator generator(3);
  const Tensor x = randn({2, 16, 9, 9}, {.generator = &generator});
  const Tensor w = randn({32, 16, 3, 3}, {.generator = &generator});
  const Tensor y = relu(conv2d(x, w));
  EXPECT_TRUE(lies_channels_last(y));
  EXPECT_EQ(y.strides(), (Dims{32 * 49, 49, 7, 1}));
  EXPECT_TRUE(y.is_contiguous());
  const std::vector<float> before = y.to_vector<float>();
  EXPECT_TRUE(lies_channels_last(y));  // reading through the gate reorders nothing
  const float* data = y.data<float>();
  EXPECT_FALSE(lies_channels_last(y));
  EXPECT_EQ(std::vector<float>(data, data + y.numel()), before);
  EXPECT_EQ(y.data<float>(), data);
}

TEST(Layout, WritesThroughAViewMadeBeforeTheReorderAreSeenByAllAliases) {
  const Tensor y = conv2d(ones({1, 16, 4, 4}), ones({16, 16, 1, 1}));
  ASSERT_TRUE(lies_channels_last(y));
  const Tensor channel = y.select(1, 3);  // maps onto the order
  const Tensor flat = y.view({-1});       // does not
  channel.fill_(5);
  EXPECT_TRUE(lies_channels_last(y));
  EXPECT_EQ(flat.to_vector<float>()[3 * 16], 5.0F);
  EXPECT_FALSE(lies_channels_last(y));
  channel.add_(1);
  flat.narrow(0, 0, 1).fill_(-1);
  const std::vector<float> all = y.to_vector<float>();
  EXPECT_EQ(all[3 * 16 + 15], 6.0F);
  EXPECT_EQ(all[0], -1.0F);
  EXPECT_EQ(all[1], 16.0F);
}

TEST(Layout, AnExposedStorageIsNeverReordered) {
  const Tensor y = conv2d(ones({1, 16, 4, 4}), ones({16, 16, 1, 1}));
  float* data = y.data<float>();
  relu_(y);
  conv2d(y, ones({16, 16, 1, 1}));
  data[0] = 42;
  EXPECT_EQ(y.to_vector<float>()[0], 42.0F);
  EXPECT_EQ(y.data<float>(), data);
}

// A packed weight is kept under the write epoch: every way to write must make the next convolution pack again.
TEST(Layout, AWriteToAWeightIsSeenByTheNextConvolutionWhateverTheHandle) {
  const Tensor x = ones({1, 16, 6, 6});
  const auto result = [&](const Tensor& w) { return conv2d(x, w).to_vector<float>()[0]; };
  const Tensor w = ones({16, 16, 3, 3});
  EXPECT_EQ(result(w), 144.0F);
  w.mul_(2);
  EXPECT_EQ(result(w), 288.0F);
  w.variable_data().fill_(3);
  EXPECT_EQ(result(w), 432.0F);
  w.detach().select(0, 0).zero_();
  EXPECT_EQ(result(w), 0.0F);
  w.data<float>()[0] = 7;
  EXPECT_EQ(result(w), 7.0F);
  w.data<float>()[0] = 8;  // exposed: nothing is kept
  EXPECT_EQ(result(w), 8.0F);
}

TEST(Layout, EightThreadsReadOneTensorThroughViewsThatDoNotMap) {
  for (int round = 0; round < 20; ++round) {
    const Tensor y = conv2d(full({1, 16, 5, 5}, 0.5), ones({16, 16, 1, 1}));
    ASSERT_TRUE(lies_channels_last(y));
    std::vector<int> wrong(8, 0);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < wrong.size(); ++i) {
      threads.emplace_back([&, i] {
        const Tensor view = i % 2 == 0 ? y.view({400}) : y.permute({0, 2, 3, 1});
        for (const float value : (view + 1).to_vector<float>()) wrong[i] += value != 9.0F ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(8, 0));
  }
}

TEST(Determinism, ATrainingStepGivesTheSameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  std::vector<TensorList> gradients;
  for (const int threads : {1, 2, 3, 7}) {
    set_num_threads(threads);
    const LeNet net;
    cross_entropy(net.forward(images(16)), arange(16).to(DType::kInt64) * 0).backward();
    TensorList list;
    for (const Tensor& p : net.parameters()) list.push_back(p.grad());
    gradients.push_back(list);
  }
  set_num_threads(before);
  for (const TensorList& list : gradients) {
    for (std::size_t i = 0; i < list.size(); ++i) EXPECT_TRUE(same_bits(list[i], gradients[0][i])) << "parameter " << i;
  }
}

TEST(Memory, ASettledTrainingLoopTakesNoBlockFromTheSystem) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer is on: nothing is cached";
#endif
  const LeNet net;
  const Tensor batch = images(8);
  const Tensor classes = tensor({0, 1, 2, 3, 4, 5, 6, 7});
  const auto step = [&] {
    cross_entropy(net.forward(batch), classes).backward();
    const NoGradGuard guard;
    for (const Tensor& p : net.parameters()) {
      p.sub_(p.grad(), 0.01);
      p.set_grad({});
    }
  };
  for (int i = 0; i < 3; ++i) step();
  const std::uint64_t settled = memory_stats().system_allocations;
  const std::size_t in_use = memory_stats().in_use;
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(memory_stats().system_allocations, settled);
  EXPECT_EQ(memory_stats().in_use, in_use);
}

}  // namespace
}  // namespace lamella
