// Tensor: handles, geometry, values, and the count that a foreign owner can take over.
#include <lamella/tensor.h>

#include <gtest/gtest.h>

#include <vector>

#include <lamella/error.h>

#include "core/tensor_impl.h"

namespace lamella {
namespace {

Tensor make(Dims shape, Dims strides = {}, DType dtype = DType::kFloat32) {
  return allocate({std::move(shape), std::move(strides), dtype, {}}, PhysicalOrder::plain());
}

template <typename Fn>
std::string error_of(Fn&& fn) {
  try {
    fn();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Tensor, CopiesAreHandlesOfOneArray) {
  const Tensor a = make({2, 3});
  Tensor b = a;  // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tested
  EXPECT_TRUE(a.is_same(b));
  EXPECT_EQ(impl(a).use_count(), 2u);
  const Tensor c = std::move(b);
  EXPECT_FALSE(b.defined());  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(c.is_same(a));
  EXPECT_EQ(impl(a).use_count(), 2u);
}

TEST(Tensor, AnUndefinedOneSaysSo) {
  const Tensor none;
  EXPECT_FALSE(none.defined());
  EXPECT_THROW(none.shape(), Error);
  EXPECT_THROW(none.data_ptr(), Error);
}

TEST(Tensor, HasAtMost64Axes) {
  EXPECT_EQ(make(Dims(64, 1)).dim(), 64);
  EXPECT_EQ(error_of([] { make(Dims(65, 1)); }),
            "a tensor has at most 64 axes, but this one would have 65; join some with reshape()");
  EXPECT_THROW(alias(make({1}), Dims(65, 1), Dims(65, 1), 0), ValueError);
}

TEST(Tensor, AxesMayBeCountedFromTheEnd) {
  const Tensor t = make({2, 3, 4});
  EXPECT_EQ(t.size(-1), 4);
  EXPECT_EQ(t.stride(-3), 12);
  EXPECT_EQ(t.dim(), 3);
  EXPECT_EQ(t.numel(), 24);
  EXPECT_THROW(t.size(3), IndexError);
  EXPECT_THROW(t.stride(-4), IndexError);
}

TEST(Tensor, ContiguityIsPyTorchs) {
  EXPECT_TRUE(make({2, 3}).is_contiguous());
  EXPECT_TRUE(make({}).is_contiguous());
  EXPECT_TRUE(make({0, 3}, {7, 9}).is_contiguous());   // no elements
  EXPECT_TRUE(make({1, 3}, {99, 1}).is_contiguous());  // the stride of one element does not matter
  EXPECT_FALSE(make({2, 3}, {1, 2}).is_contiguous());
  const Tensor nhwc = make({2, 3, 4, 5}, {60, 1, 15, 3});
  EXPECT_FALSE(nhwc.is_contiguous());
  EXPECT_TRUE(nhwc.is_contiguous(MemoryFormat::kChannelsLast));
  EXPECT_FALSE(make({2, 3, 4, 5}).is_contiguous(MemoryFormat::kChannelsLast));
  EXPECT_TRUE(make({2, 1, 4, 5}).is_contiguous(MemoryFormat::kChannelsLast));  // one channel: both
  EXPECT_FALSE(make({2, 0, 4, 5}).is_contiguous(MemoryFormat::kChannelsLast));
}

TEST(Tensor, DataIsTypedAndFollowsTheOffset) {
  const Tensor t = make({4});
  float* data = t.data<float>();
  for (int i = 0; i < 4; ++i) data[i] = static_cast<float>(i);
  const Tensor tail = alias(t, {2}, {1}, 2);
  EXPECT_EQ(tail.data<float>(), data + 2);
  EXPECT_EQ(tail.to_vector<float>(), (std::vector<float>{2, 3}));
  EXPECT_EQ(tail.storage_offset(), 2);
  EXPECT_THROW(t.data<double>(), TypeError);
  EXPECT_EQ(t.to_vector<int>(), (std::vector<int>{0, 1, 2, 3}));
}

TEST(Tensor, ItemTakesOneElementOfAnyShape) {
  const Tensor t = make({1, 1}, {}, DType::kInt64);
  t.data<std::int64_t>()[0] = 7;
  EXPECT_EQ(t.item<int>(), 7);
  EXPECT_EQ(t.item<double>(), 7.0);
  EXPECT_THROW(make({2}).item(), ValueError);
  EXPECT_THROW(make({0}).item(), ValueError);
}

TEST(Tensor, ViewsShareTheVersionCounter) {
  const Tensor t = make({4});
  const Tensor view = alias(t, {2}, {1}, 1);
  EXPECT_EQ(view.version(), 0u);
  t.bump_version();
  EXPECT_EQ(view.version(), 1u);
}

TEST(Tensor, RefusesExtentsThatCannotBe) {
  EXPECT_NE(error_of([] { make({-1}); }).find("-1"), std::string::npos);
  EXPECT_NE(error_of([] { make({std::int64_t{1} << 40, std::int64_t{1} << 40}); }), "no error");
}

// --- A foreign owner ------------------------------------------------------------------------------------------------

/// What a Python object would be: it counts references, and owns the tensor's object when it is gone.
struct Owner {
  int references = 0;
  int retained = 0;
};

struct ForeignOwner : ::testing::Test {
  void SetUp() override {
    set_foreign_owner_hooks({[](void* owner) {
                               ++static_cast<Owner*>(owner)->references;
                               ++static_cast<Owner*>(owner)->retained;
                             },
                             [](void* owner) { --static_cast<Owner*>(owner)->references; }});
  }
  void TearDown() override { set_foreign_owner_hooks({}); }
};

TEST_F(ForeignOwner, IsHeldOnceFromTheFirstHandleToTheLast) {
  alignas(8) Owner owner;
  TensorImpl* object = nullptr;
  {
    const Tensor a = make({2});
    const Tensor b = a;  // NOLINT(performance-unnecessary-copy-initialization)
    object = a.impl();
    object->set_foreign_owner(&owner);
    EXPECT_EQ(object->foreign_owner(), &owner);
    EXPECT_EQ(object->use_count(), 0u);
    EXPECT_EQ(owner.references, 1);
    {
      const Tensor c = b;            // NOLINT(performance-unnecessary-copy-initialization)
      EXPECT_EQ(owner.retained, 1);  // a copy of a handle does not trouble the owner
    }
    EXPECT_EQ(owner.references, 1);
    EXPECT_EQ(a.shape(), (Dims{2}));
  }
  EXPECT_EQ(owner.references, 0);  // no handle is left, and the object lives: the owner deletes
  EXPECT_EQ(object->meta.shape, (Dims{2}));
  {
    const Tensor again = make_tensor(RefPtr<TensorImpl>(object));
    EXPECT_EQ(owner.references, 1);
    EXPECT_EQ(owner.retained, 2);
  }
  EXPECT_EQ(owner.references, 0);
  delete object;
}

}  // namespace
}  // namespace lamella
