// Storage and the gate to it: logical strides stay PyTorch's whatever lies in memory.
#include "core/storage.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

#include "core/tensor_impl.h"

namespace lamella {
namespace {

/// [2, 3, 2, 2] float32, element i holds i, in channels-last memory.
Tensor channels_last_numbers() {
  const Dims shape{2, 3, 2, 2};
  const Tensor tensor = allocate({shape, {}, DType::kFloat32, {}}, PhysicalOrder::channels_last(shape));
  const Physical p = physical_for_write(tensor);
  auto* data = reinterpret_cast<float*>(p.data);
  for (int i = 0; i < 24; ++i) {
    const std::int64_t index[] = {i / 12, i / 4 % 3, i / 2 % 2, i % 2};
    std::int64_t offset = 0;
    for (std::size_t axis = 0; axis < 4; ++axis) offset += index[axis] * p.strides[axis];
    data[offset] = static_cast<float>(i);
  }
  return tensor;
}

std::vector<float> numbers(int from, int count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), static_cast<float>(from));
  return values;
}

const Storage& storage_of(const Tensor& tensor) { return *impl(tensor).storage; }

TEST(PhysicalOrder, IsPlainWhereBothOrdersAreTheSameBytes) {
  const auto plain = [](Dims shape) { return PhysicalOrder::channels_last(shape).is_plain(); };
  EXPECT_TRUE(plain({2, 1, 4, 4}));        // one channel
  EXPECT_TRUE(plain({2, 8, 1, 1}));        // one pixel
  EXPECT_TRUE(plain({0, 3, 4, 4}));        // nothing
  EXPECT_TRUE(plain({3, 4}));              // no spatial axis
  EXPECT_TRUE(plain({1, 2, 3, 4, 5, 6}));  // too many
  EXPECT_FALSE(plain({1, 2, 3}));
  EXPECT_FALSE(plain({1, 2, 3, 4, 5}));
}

TEST(Storage, KeepsLogicalStridesWhateverLiesInMemory) {
  const Tensor tensor = channels_last_numbers();
  EXPECT_EQ(tensor.strides(), (Dims{12, 4, 2, 1}));
  EXPECT_TRUE(tensor.is_contiguous());
  EXPECT_EQ(physical(tensor).strides, (Dims{12, 1, 6, 3}));
  EXPECT_EQ(tensor.to_vector<float>(), numbers(0, 24));
}

TEST(Physical, TranslatesViewsThatWalkAlongAxes) {
  const Tensor tensor = channels_last_numbers();
  const Tensor second = alias(tensor, {3, 2, 2}, {4, 2, 1}, 12);        // tensor[1]
  const Tensor channel = alias(tensor, {2, 2, 2}, {12, 2, 1}, 4);       // tensor[:, 1]
  const Tensor turned = alias(tensor, {2, 2, 2, 3}, {12, 2, 1, 4}, 0);  // permute(0, 2, 3, 1)
  const Tensor column = alias(tensor, {2, 3, 2, 1}, {12, 4, 2, 1}, 1);  // tensor[..., 1:]
  EXPECT_EQ(physical(second).strides, (Dims{1, 6, 3}));
  EXPECT_EQ(physical(channel).strides, (Dims{12, 6, 3}));
  EXPECT_EQ(physical(turned).strides, (Dims{12, 6, 3, 1}));
  EXPECT_EQ(second.to_vector<float>(), numbers(12, 12));
  EXPECT_EQ(channel.to_vector<float>(), (std::vector<float>{4, 5, 6, 7, 16, 17, 18, 19}));
  EXPECT_EQ(column.to_vector<float>(), (std::vector<float>{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23}));
  EXPECT_FALSE(storage_of(tensor).is_plain());
}

TEST(Physical, MakesTheStoragePlainOnceForAllAliases) {
  const Tensor tensor = channels_last_numbers();
  const Tensor before = alias(tensor, {3, 2, 2}, {4, 2, 1}, 12);
  const Tensor flat = alias(tensor, {24}, {1}, 0);  // walks across axes
  const std::byte* plain = physical(flat).data;
  EXPECT_TRUE(storage_of(tensor).is_plain());
  EXPECT_EQ(physical(tensor).data, plain);
  EXPECT_EQ(physical(before).data, plain + 12 * sizeof(float));
  EXPECT_EQ(physical(tensor).strides, tensor.strides());
  EXPECT_EQ(flat.to_vector<float>(), numbers(0, 24));
  EXPECT_EQ(tensor.to_vector<float>(), numbers(0, 24));
}

TEST(Physical, AReaderKeepsItsBufferThroughAReorder) {
  const Tensor tensor = channels_last_numbers();
  const Physical reader = physical(tensor);
  impl(tensor).storage->make_plain();
  EXPECT_NE(physical(tensor).data, reader.data);
  const auto* data = reinterpret_cast<const float*>(reader.data);
  EXPECT_EQ(data[1], 4.0F);  // still [0, 1, 0, 0] in channels-last memory
  EXPECT_EQ(data[reader.strides[0]], 12.0F);
}

TEST(Physical, AWriteThroughAViewMadeBeforeTheReorderIsSeenByAll) {
  const Tensor tensor = channels_last_numbers();
  const Tensor view = alias(tensor, {2}, {1}, 12);
  impl(tensor).storage->make_plain();
  reinterpret_cast<float*>(physical_for_write(view).data)[1] = 100;
  EXPECT_EQ(tensor.to_vector<float>()[13], 100.0F);
}

TEST(Storage, AnExposedOneIsPlainForGood) {
  const Tensor tensor = channels_last_numbers();
  EXPECT_FALSE(storage_of(tensor).exposed());
  auto* data = static_cast<float*>(tensor.data_ptr());
  EXPECT_TRUE(storage_of(tensor).exposed());
  EXPECT_TRUE(storage_of(tensor).is_plain());
  EXPECT_EQ(std::vector<float>(data, data + 24), numbers(0, 24));
  data[7] = -1;
  EXPECT_EQ(tensor.to_vector<float>()[7], -1.0F);
  EXPECT_EQ(tensor.data_ptr(), data);
}

TEST(Storage, EveryWriteRaisesTheEpochWhateverTheHandle) {
  const Tensor tensor = channels_last_numbers();
  const std::uint64_t before = storage_of(tensor).write_epoch();
  physical(tensor);
  EXPECT_EQ(storage_of(tensor).write_epoch(), before);
  physical_for_write(alias(tensor, {2}, {1}, 0));
  EXPECT_GT(storage_of(tensor).write_epoch(), before);
}

TEST(Storage, DerivedValuesAreFoundForOneEpochAndNeverOnceExposed) {
  const Tensor tensor = channels_last_numbers();
  Storage& storage = *impl(tensor).storage;
  const int key = 0;
  const auto packed = make_ref<Buffer>(64);
  storage.keep_derived(&key, 1, storage.write_epoch(), packed);
  EXPECT_EQ(storage.find_derived(&key, 1), packed);
  EXPECT_FALSE(storage.find_derived(&key, 2));
  storage.bump_epoch();
  EXPECT_FALSE(storage.find_derived(&key, 1));
  storage.keep_derived(&key, 1, storage.write_epoch(), packed);
  storage.expose();
  EXPECT_FALSE(storage.find_derived(&key, 1));
}

// Half of the views map onto the axes and half bring the storage to plain order: every reader sees the same numbers.
TEST(Storage, EightThreadsReadOneTensorWhileItIsReordered) {
  for (int round = 0; round < 50; ++round) {
    const Tensor tensor = channels_last_numbers();
    std::vector<std::vector<float>> seen(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      threads.emplace_back([&, i] {
        const Tensor view = i % 2 == 0 ? tensor : alias(tensor, {24}, {1}, 0);
        for (int again = 0; again < 3; ++again) seen[i] = view.to_vector<float>();
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& values : seen) ASSERT_EQ(values, numbers(0, 24));
  }
}

TEST(Buffer, GivesForeignMemoryBackWhenTheLastUserIsGone) {
  int released = 0;
  float memory[4] = {1, 2, 3, 4};
  {
    auto storage = make_ref<Storage>(make_ref<Buffer>(memory, sizeof(memory), [&] { ++released; }), DType::kFloat32);
    EXPECT_TRUE(storage->exposed());
    const Tensor tensor =
        make_tensor(make_ref<TensorImpl>(storage, TensorMeta{{2, 2}, {2, 1}, DType::kFloat32, {}}, 0));
    storage = nullptr;
    EXPECT_EQ(tensor.data_ptr(), memory);
    EXPECT_EQ(released, 0);
  }
  EXPECT_EQ(released, 1);
}

}  // namespace
}  // namespace lamella
