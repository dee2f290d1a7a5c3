#include "kernels/index/index.h"

#include <gtest/gtest.h>

#include "kernel_testing.h"
#include "strided_testing.h"

namespace lamella::kernels {
namespace {

Extents position_of(const Extents& shape, std::int64_t i) {
  Extents position(shape.size());
  for (std::size_t a = shape.size(); a-- > 0;) {
    position[a] = i % shape[a];
    i /= shape[a];
  }
  return position;
}
std::int64_t flat(const Extents& shape, const Extents& position) {
  std::int64_t i = 0;
  for (std::size_t a = 0; a < shape.size(); ++a) i = i * shape[a] + position[a];
  return i;
}

struct Case {
  Extents base;      // the indexed array's shape
  Extents selected;  // the index's shape
  std::size_t axis;
};
Case random_case(Dice& dice) {
  Case c;
  do {
    c.base = dice.shape();
  } while (c.base.empty() || numel(c.base) == 0);
  c.axis = static_cast<std::size_t>(dice.below(static_cast<std::int64_t>(c.base.size())));
  c.selected = c.base;
  for (std::int64_t& extent : c.selected) extent = 1 + dice.below(extent);
  c.selected[c.axis] = 1 + dice.below(9);
  return c;
}
Array random_index(Dice& dice, const Extents& shape, std::size_t axis, std::int64_t extent, bool broadcast) {
  Extents strides = dice.layout(shape);
  for (std::size_t a = 0; a < shape.size(); ++a) {
    if (broadcast && a != axis) strides[a] = 0;
  }
  Array index(dice.chance(70) ? DType::kInt64 : DType::kInt32, shape, strides);
  for (std::int64_t i = 0; i < index.size(); ++i) index.set(i, static_cast<double>(dice.below(extent)));
  return index;
}

TEST(Gather, TakesTheElementAtEachIndex) {
  Dice dice(31);
  for (int round = 0; round < 300; ++round) {
    const Case c = random_case(dice);
    const Array in = dice.array(dice.dtype(), c.base);
    const Array index = random_index(dice, c.selected, c.axis, c.base[c.axis], dice.chance(50));
    Array out(in.dtype(), c.selected, dice.layout(c.selected));
    ASSERT_TRUE(gather(c.selected, static_cast<int>(c.axis), c.base[c.axis], out.out(), in.in(), index.in()).ok);
    for (std::int64_t i = 0; i < out.size(); ++i) {
      Extents position = position_of(c.selected, i);
      position[c.axis] = static_cast<std::int64_t>(index[i]);
      ASSERT_EQ(out[i], in[flat(c.base, position)]);
    }
  }
}

TEST(Scatter, CombinesIntoTheElementAtEachIndex) {
  Dice dice(32);
  for (int round = 0; round < 300; ++round) {
    const Case c = random_case(dice);
    const auto op = static_cast<ScatterOp>(1 + dice.below(4));
    const DType dtype = kAllDTypes[1 + dice.below(kDTypeCount - 1)];
    const Array src = dice.array(dtype, c.selected);
    const Array index = random_index(dice, c.selected, c.axis, c.base[c.axis], dice.chance(50));
    Array out = dice.array(dtype, c.base);
    std::vector<double> expected;
    for (std::int64_t i = 0; i < out.size(); ++i) expected.push_back(out[i]);
    bool exact = true;  // small enough for any order, in any dtype
    for (std::int64_t i = 0; i < src.size(); ++i) {
      Extents position = position_of(c.selected, i);
      position[c.axis] = static_cast<std::int64_t>(index[i]);
      double& y = expected[static_cast<std::size_t>(flat(c.base, position))];
      const double x = src[i];
      y = op == ScatterOp::kAdd        ? y + 2 * x
          : op == ScatterOp::kMultiply ? y * x
          : op == ScatterOp::kMax      ? std::max(y, x)
                                       : std::min(y, x);
      exact = exact && y > -100 && y < 100 && y == rounded(dtype, y);
    }
    ASSERT_TRUE(
        scatter(op, c.selected, static_cast<int>(c.axis), c.base[c.axis], out.out(), src.in(), index.in(), 2).ok);
    if (!exact) continue;
    for (std::int64_t i = 0; i < out.size(); ++i) {
      ASSERT_EQ(out[i], expected[static_cast<std::size_t>(i)]) << name_of(dtype) << " op " << static_cast<int>(op);
    }
  }
}

TEST(Scatter, EmbeddingBackwardHasEqualBitsForAnyThreads) {
  Dice dice(33);
  const Extents shape = {500, 300};
  Array src(DType::kFloat32, shape);
  for (std::int64_t i = 0; i < src.size(); ++i) src.set(i, dice.uniform(-1, 1));
  const Array index = random_index(dice, shape, 0, 20, true);
  expect_equal_bits_for_any_threads([&] {
    Array out(DType::kFloat32, {20, 300});
    EXPECT_TRUE(scatter(ScatterOp::kAdd, shape, 0, 20, out.out(), src.in(), index.in()).ok);
    return out.memory();
  });
}

TEST(Indices, OutOfRangeAreNamedAndNothingIsWritten) {
  const Extents shape = {2, 3}, base = {4, 3};
  Array index(DType::kInt64, shape), in(DType::kFloat32, base), out(DType::kFloat32, shape);
  index.set(4, 4);
  index.set(5, -9);
  const std::vector<std::byte> before = out.memory();
  IndexStatus status = gather(shape, 0, 4, out.out(), in.in(), index.in());
  EXPECT_FALSE(status.ok);
  EXPECT_EQ(status.position, 4);
  EXPECT_EQ(status.value, 4);
  EXPECT_EQ(out.memory(), before);
  index.set(4, -1);
  EXPECT_FALSE(scatter(ScatterOp::kAdd, shape, 0, 4, in.out(), out.in(), index.in()).ok);
  index.set(5, -4);
  EXPECT_FALSE(check_indices(shape, index.in(), 4, false).ok);
  EXPECT_TRUE(check_indices(shape, index.in(), 4, true).ok);
  EXPECT_FALSE(check_indices(shape, index.in(), 0, true).ok);
  const IndexedAxis axes[] = {{index.in(), 4, 3}, {index.in(), 2, 1}};
  status = index_get(shape, out.out(), in.in(), axes);
  EXPECT_FALSE(status.ok);
  EXPECT_EQ(status.operand, 1);
  EXPECT_EQ(status.value, -4);
}

// x[i, :, j] with i of shape [2, 1] and j of shape [4] that may be negative: the result is [2, 4, C].
TEST(AdvancedIndexing, ReadsAndAccumulatesAtBroadcastIndices) {
  Dice dice(34);
  for (const DType dtype : kAllDTypes) {
    const Extents base = {3, 5, 7}, result = {2, 4, 5};
    Array x = dice.array(dtype, base);
    Array i(DType::kInt64, {2, 4, 5}, {1, 0, 0}), j(DType::kInt64, {2, 4, 5}, {0, 1, 0});
    for (std::int64_t k = 0; k < i.size(); ++k) i.set(k, static_cast<double>(k / 20 == 0 ? 2 : -3));
    for (std::int64_t k = 0; k < j.size(); ++k)
      j.set(k, static_cast<double>(std::vector<int>{0, -1, 3, 0}[static_cast<std::size_t>(k / 5 % 4)]));
    const Extents strides = {0, 0, x.strides()[1]};
    const IndexedAxis axes[] = {{i.in(), 3, x.strides()[0]}, {j.in(), 7, x.strides()[2]}};
    const auto source = [&](std::int64_t k) {
      const auto at = [](double value, std::int64_t extent) {
        return static_cast<std::int64_t>(value) + (value < 0 ? extent : 0);
      };
      return flat(base, {at(i[k], 3), k % 5, at(j[k], 7)});
    };
    Array out(dtype, result, dice.layout(result));
    ASSERT_TRUE(index_get(result, out.out(), {x.memory().data(), dtype, strides.data()}, axes).ok);
    for (std::int64_t k = 0; k < out.size(); ++k) ASSERT_EQ(out[k], x[source(k)]);

    if (dtype == DType::kBool) continue;
    const Array src = dice.array(dtype, result);
    std::vector<double> expected;
    for (std::int64_t k = 0; k < x.size(); ++k) expected.push_back(x[k]);
    for (std::int64_t k = 0; k < src.size(); ++k) expected[static_cast<std::size_t>(source(k))] += src[k];
    ASSERT_TRUE(index_put(ScatterOp::kAdd, result, {x.memory().data(), dtype, strides.data()}, src.in(), axes).ok);
    for (std::int64_t k = 0; k < x.size(); ++k) ASSERT_EQ(x[k], expected[static_cast<std::size_t>(k)]);
  }
}

TEST(Masks, SelectAndScatterInOrder) {
  Dice dice(35);
  for (int round = 0; round < 100; ++round) {
    const Extents shape = dice.shape();
    const Array in = dice.array(dice.dtype(), shape), mask = dice.repeating(DType::kBool, shape);
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < in.size(); ++i) {
      if (mask[i] != 0) chosen.push_back(i);
    }
    const auto count = static_cast<std::int64_t>(chosen.size());
    Array out(in.dtype(), {count});
    masked_select(shape, out.memory().data(), in.in(), mask.in());
    Array back(in.dtype(), shape, dice.layout(shape));
    masked_scatter(shape, back.out(), mask.in(), out.memory().data());
    std::vector<std::int64_t> rows(chosen.size() * shape.size());
    nonzero(shape, rows.data(), mask.in());
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t i = chosen[static_cast<std::size_t>(k)];
      ASSERT_EQ(out[k], in[i]);
      ASSERT_EQ(back[i], in[i]);
      const auto row = rows.begin() + k * static_cast<std::int64_t>(shape.size());
      ASSERT_EQ(Extents(row, row + static_cast<std::int64_t>(shape.size())), position_of(shape, i));
    }
  }
}

TEST(Rearrange, FlipsAndRolls) {
  Dice dice(36);
  for (int round = 0; round < 100; ++round) {
    const Extents shape = dice.shape();
    if (shape.empty() || numel(shape) == 0) continue;
    const Array in = dice.array(dice.dtype(), shape);
    Array flipped(in.dtype(), shape, dice.layout(shape)), rolled(in.dtype(), shape, dice.layout(shape));
    bool axes[4];
    for (bool& axis : axes) axis = dice.chance(50);
    flip(shape, {axes, shape.size()}, flipped.out(), in.in());
    const auto axis = static_cast<std::size_t>(dice.below(static_cast<std::int64_t>(shape.size())));
    const std::int64_t shift = dice.below(100) - 50;
    roll(shape, static_cast<int>(axis), shift, rolled.out(), in.in());
    for (std::int64_t i = 0; i < in.size(); ++i) {
      Extents mirrored = position_of(shape, i), moved = mirrored;
      for (std::size_t a = 0; a < shape.size(); ++a) mirrored[a] = axes[a] ? shape[a] - 1 - mirrored[a] : mirrored[a];
      moved[axis] = ((moved[axis] + shift) % shape[axis] + shape[axis]) % shape[axis];
      ASSERT_EQ(flipped[flat(shape, mirrored)], in[i]);
      ASSERT_EQ(rolled[flat(shape, moved)], in[i]);
    }
  }
}

TEST(RepeatIndices, CountsOutEachIndex) {
  const std::int64_t repeats[] = {2, 0, 3};
  std::vector<std::int64_t> out(5);
  repeat_indices(repeats, 3, out.data());
  EXPECT_EQ(out, (std::vector<std::int64_t>{0, 0, 2, 2, 2}));
}

}  // namespace
}  // namespace lamella::kernels
