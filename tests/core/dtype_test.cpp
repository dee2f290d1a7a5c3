#include <lamella/dtype.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace lamella {
namespace {

TEST(DType, NamesAndSizesAreThoseOfTheCppTypes) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const DType dtype = static_cast<DType>(i);
    visit_dtype(dtype, [&]<typename T>() {
      EXPECT_EQ(dtype_of<T>, dtype);
      EXPECT_EQ(size_of(dtype), sizeof(T)) << name_of(dtype);
    });
  }
  EXPECT_EQ(name_of(DType::kFloat32), "float32");
  EXPECT_EQ(name_of(DType::kBFloat16), "bfloat16");
  EXPECT_EQ(name_of(DType::kBool), "bool");
}

TEST(DType, CategoriesArePyTorchs) {
  EXPECT_TRUE(is_floating_point(DType::kFloat16) && is_floating_point(DType::kBFloat16));
  EXPECT_TRUE(is_integral(DType::kUInt8) && is_integral(DType::kInt64));
  EXPECT_FALSE(is_integral(DType::kBool) || is_floating_point(DType::kBool) || is_integral(DType::kFloat64));
}

// Every pattern of 16 bits is a value whose conversion to float and back must give the pattern again (NaNs stay NaNs).
template <typename T>
void expect_round_trips() {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    T value;
    value.bits = static_cast<std::uint16_t>(bits);
    const float wide = static_cast<float>(value);
    const T back(wide);
    if (std::isnan(wide)) {
      ASSERT_TRUE(std::isnan(static_cast<float>(back))) << std::hex << bits;
    } else {
      ASSERT_EQ(back.bits, value.bits) << std::hex << bits;
    }
  }
}

TEST(Float16, EveryValueSurvivesTheWayThroughFloat) { expect_round_trips<float16>(); }
TEST(BFloat16, EveryValueSurvivesTheWayThroughFloat) { expect_round_trips<bfloat16>(); }

// Between two neighbours a and b: what lies nearer to a becomes a, the middle becomes the one with an even last bit.
template <typename T>
void expect_nearest_even(std::uint32_t last_finite) {
  for (std::uint32_t bits = 0; bits < last_finite; ++bits) {
    T lower;
    T upper;
    lower.bits = static_cast<std::uint16_t>(bits);
    upper.bits = static_cast<std::uint16_t>(bits + 1);
    const float a = static_cast<float>(lower);
    const float b = static_cast<float>(upper);
    const float middle = static_cast<float>((static_cast<double>(a) + static_cast<double>(b)) / 2);  // exact
    const T even = bits % 2 == 0 ? lower : upper;
    ASSERT_EQ(T(middle).bits, even.bits) << std::hex << bits;
    ASSERT_EQ(T(std::nextafter(middle, a)).bits, lower.bits) << std::hex << bits;
    ASSERT_EQ(T(std::nextafter(middle, b)).bits, upper.bits) << std::hex << bits;
    ASSERT_EQ(T(-middle).bits, even.bits | 0x8000U) << std::hex << bits;
  }
}

TEST(Float16, RoundsToTheNearestAndToEven) { expect_nearest_even<float16>(0x7bff); }
TEST(BFloat16, RoundsToTheNearestAndToEven) { expect_nearest_even<bfloat16>(0x7f7f); }

TEST(Float16, KnownValues) {
  EXPECT_EQ(float16(1.0F).bits, 0x3c00);
  EXPECT_EQ(float16(-2.0F).bits, 0xc000);
  EXPECT_EQ(float16(65504.0F).bits, 0x7bff);    // the largest
  EXPECT_EQ(float16(65519.996F).bits, 0x7bff);  // rounds down to it
  EXPECT_EQ(float16(65520.0F).bits, 0x7c00);    // rounds up to infinity
  EXPECT_EQ(float16(std::numeric_limits<float>::infinity()).bits, 0x7c00);
  EXPECT_EQ(float16(0x1p-24F).bits, 0x0001);  // the smallest
  EXPECT_EQ(float16(0x1p-25F).bits, 0x0000);  // halfway to zero: even
  EXPECT_EQ(float16(-0.0F).bits, 0x8000);
  EXPECT_TRUE(std::isnan(static_cast<float>(float16(std::nanf("")))));
}

TEST(BFloat16, KnownValues) {
  EXPECT_EQ(bfloat16(1.0F).bits, 0x3f80);
  EXPECT_EQ(bfloat16(std::numeric_limits<float>::max()).bits, 0x7f80);  // rounds up to infinity
  EXPECT_EQ(bfloat16(-std::numeric_limits<float>::infinity()).bits, 0xff80);
  EXPECT_EQ(bfloat16(std::nanf("")).bits, 0x7fc0);  // PyTorch's NaN
  EXPECT_EQ(bfloat16(std::numeric_limits<float>::denorm_min()).bits, 0x0000);
}

}  // namespace
}  // namespace lamella
