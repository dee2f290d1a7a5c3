#include "kernels/copy/copy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernel_testing.h"
#include "kernels/copy/cast.h"
#include "kernels/copy/patterns.h"
#include "strided_testing.h"

namespace lamella::kernels {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Copy, CastsBetweenAllDTypesInAnyLayout) {
  on_every_target([] {
    Dice dice(1);
    for (int round = 0; round < 150; ++round) {
      const Extents shape = dice.shape();
      const Array in = dice.repeating(dice.dtype(), shape);
      Array out(dice.dtype(), shape, dice.layout(shape));
      copy(shape, out.out(), in.in());
      for (std::int64_t i = 0; i < in.size(); ++i) {
        // Negative numbers wrap in uint8, by way of a wide integer.
        const double x =
            out.dtype() == DType::kUInt8 && in[i] < 0 ? std::trunc(in[i]) + (std::trunc(in[i]) < 0 ? 256 : 0) : in[i];
        ASSERT_EQ(out[i], rounded(out.dtype(), x))
            << name_of(in.dtype()) << " to " << name_of(out.dtype()) << " at " << i;
      }
    }
  });
}

TEST(Copy, TurnsFloatsOutOfRangeIntoWhatX86Does) {
  // torch.tensor([nan, inf, -inf, 3e9, -3e9, 300.7, -1.5, 1e19], dtype=torch.float64).to(dtype)
  const std::vector<double> values = {kNan, kInf, -kInf, 3e9, -3e9, 300.7, -1.5, 1e19};
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int32_t kLeast32 = std::numeric_limits<std::int32_t>::min();
  on_every_target([&] {
    std::vector<std::int64_t> wide(8);
    std::vector<std::int32_t> narrow(8);
    std::vector<std::int8_t> small(8);
    std::vector<std::uint8_t> bytes(8);
    load_strided(wide.data(), DType::kInt64, values.data(), DType::kFloat64, 1, 8);
    load_strided(narrow.data(), DType::kInt32, values.data(), DType::kFloat64, 1, 8);
    load_strided(small.data(), DType::kInt8, values.data(), DType::kFloat64, 1, 8);
    load_strided(bytes.data(), DType::kUInt8, values.data(), DType::kFloat64, 1, 8);
    EXPECT_EQ(wide, (std::vector<std::int64_t>{kLeast, kLeast, kLeast, 3000000000, -3000000000, 300, -1, kLeast}));
    EXPECT_EQ(narrow, (std::vector<std::int32_t>{kLeast32, kLeast32, kLeast32, kLeast32, kLeast32, 300, -1, kLeast32}));
    EXPECT_EQ(small, (std::vector<std::int8_t>{0, 0, 0, 0, 0, 44, -1, 0}));
    EXPECT_EQ(bytes, (std::vector<std::uint8_t>{0, 0, 0, 0, 0, 44, 255, 0}));
  });
}

TEST(Copy, RoundsSixteenBitFloatsToNearestEven) {
  on_every_target([] {
    std::vector<float> values;  // halfway cases, subnormal halves, overflow, NaN
    for (const float x : {1.00390625F, 1.01171875F, 1.00048828125F, 1.00146484375F, 65519.0F, 65520.0F, 3e-8F, 2.9e-8F,
                          6.1e-5F, -0.0F, 1e-40F, 3.4e38F}) {
      values.push_back(x);
    }
    while (values.size() < 40) values.push_back(values[values.size() % 12] * -1.5F);
    const auto n = static_cast<std::int64_t>(values.size());
    std::vector<float16> half(values.size());
    std::vector<bfloat16> brain(values.size());
    load_strided(half.data(), DType::kFloat16, values.data(), DType::kFloat32, 1, n);
    load_strided(brain.data(), DType::kBFloat16, values.data(), DType::kFloat32, 1, n);
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(half[i].bits, float16(values[i]).bits) << values[i];
      EXPECT_EQ(brain[i].bits, bfloat16(values[i]).bits) << values[i];
    }
  });
}

TEST(Copy, TransposesBlocksWithAnyEdge) {
  for (const DType dtype : {DType::kUInt8, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
    for (const auto& [channels, pixels] :
         {std::pair<std::int64_t, std::int64_t>{3, 200}, {64, 49}, {5, 7}, {130, 67}, {2, 1030}}) {
      const Extents shape = {2, channels, pixels};
      const Extents channels_last = {channels * pixels, 1, channels};
      Dice dice(3);
      const Array in = dice.array(dtype, shape, Array::row_major(shape));
      Array last(dtype, shape, channels_last), back(dtype, shape);
      copy(shape, last.out(), in.in());
      copy(shape, back.out(), last.in());
      for (std::int64_t i = 0; i < in.size(); ++i) {
        ASSERT_EQ(last[i], in[i]) << name_of(dtype) << ' ' << channels << 'x' << pixels;
        ASSERT_EQ(back[i], in[i]);
      }
    }
  }
}

TEST(Copy, GivesEqualBitsForAnyThreads) {
  Dice dice(4);
  const Extents shape = {8, 40, 50, 30};
  const Array in = dice.array(DType::kFloat32, shape, Array::row_major(shape));
  expect_equal_bits_for_any_threads([&] {
    Array out(DType::kFloat32, shape, {60000, 1, 1200, 40});
    copy(shape, out.out(), in.in());
    return out.memory();
  });
}

TEST(Fill, WritesTheElementsAndNothingBetween) {
  Dice dice(5);
  for (int round = 0; round < 100; ++round) {
    const Extents shape = dice.shape();
    Array out(dice.dtype(), shape, dice.layout(shape));
    const std::vector<std::byte> before = out.memory();
    Array value(out.dtype(), {});
    value.set(0, 1);
    fill(shape, out.out(), value.memory().data());
    for (std::int64_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], 1);
    const auto written = static_cast<std::int64_t>(
        std::count_if(out.memory().begin(), out.memory().end(), [](std::byte b) { return b != std::byte{0}; }));
    const auto once = static_cast<std::int64_t>(
        std::count_if(value.memory().begin(), value.memory().end(), [](std::byte b) { return b != std::byte{0}; }));
    EXPECT_EQ(written, once * out.size());
  }
}

TEST(Patterns, ArangeAndLinspaceUseTorchsArithmetic) {
  Array a(DType::kFloat32, {10});
  arange(10, a.out(), 0.0, 0.1);
  for (std::int64_t i = 0; i < 8; ++i) EXPECT_EQ(a[i], static_cast<float>(static_cast<double>(i) * 0.1));
  Array b(DType::kInt16, {5}, {2});
  arange(5, b.out(), std::int64_t{7}, std::int64_t{-3});
  EXPECT_EQ(b[4], -5);
  // torch.linspace(-3, 9, 8, dtype=torch.int64)
  Array c(DType::kInt64, {8});
  linspace(8, c.out(), -3, 9);
  const std::vector<double> expected = {-3, -1, 0, 2, 3, 5, 7, 9};
  for (std::int64_t i = 0; i < 8; ++i) EXPECT_EQ(c[i], expected[static_cast<std::size_t>(i)]);
  Array one(DType::kFloat32, {1});
  linspace(1, one.out(), 5, 9);
  EXPECT_EQ(one[0], 5);
}

TEST(Patterns, TriangleKeepsOneSideOfADiagonal) {
  Dice dice(6);
  for (const std::int64_t diagonal : {-9, -1, 0, 2, 9}) {
    const Extents shape = {2, 5, 7};
    const Array in = dice.array(DType::kInt32, shape);
    Array lower(DType::kInt32, shape, dice.layout(shape)), upper(DType::kInt32, shape);
    triangle(Triangle::kLower, shape, lower.out(), in.in(), diagonal);
    triangle(Triangle::kUpper, shape, upper.out(), in.in(), diagonal);
    for (std::int64_t i = 0; i < in.size(); ++i) {
      const std::int64_t above = i % 7 - i / 7 % 5;
      EXPECT_EQ(lower[i], above <= diagonal ? in[i] : 0);
      EXPECT_EQ(upper[i], above >= diagonal ? in[i] : 0);
    }
  }
  Array identity(DType::kBFloat16, {3, 4});
  eye(identity.shape(), identity.out());
  for (std::int64_t i = 0; i < 12; ++i) EXPECT_EQ(identity[i], i / 4 == i % 4 ? 1 : 0);
}

}  // namespace
}  // namespace lamella::kernels
