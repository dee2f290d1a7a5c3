#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include <lamella/error.h>

#include "kernel_testing.h"
#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/ternary.h"
#include "kernels/elementwise/unary.h"
#include "strided_testing.h"

namespace lamella::kernels {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
using Function = std::function<double(double)>;
using Function2 = std::function<double(double, double)>;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double apply(UnaryOp op, double x, double p0 = 0, double p1 = 0) {
  const std::int64_t stride = 1;
  double y = 0;
  unary(op, DType::kFloat64, {}, {&y, DType::kFloat64, &stride}, {&x, DType::kFloat64, &stride}, p0, p1);
  return y;
}
template <typename T>
T apply(BinaryOp op, T a, T b, double p0 = 1, double p1 = 0) {
  const std::int64_t stride = 1;
  T y{};
  EXPECT_EQ(binary(op, dtype_of<T>, {}, {&y, dtype_of<T>, &stride}, {&a, dtype_of<T>, &stride},
                   {&b, dtype_of<T>, &stride}, p0, p1),
            MapStatus::kOk);
  return y;
}

struct FloatCase {
  UnaryOp op;
  Function reference;
  double p0 = 0;
  double p1 = 0;
};
const FloatCase kFloatCases[] = {
    {UnaryOp::kNeg, [](double x) { return -x; }},
    {UnaryOp::kAbs, [](double x) { return std::fabs(x); }},
    {UnaryOp::kRelu, [](double x) { return std::max(x, 0.0); }},
    {UnaryOp::kRelu6, [](double x) { return std::clamp(x, 0.0, 6.0); }},
    {UnaryOp::kClamp, [](double x) { return std::clamp(x, -1.0, 2.5); }, -1, 2.5},
    {UnaryOp::kFloor, [](double x) { return std::floor(x); }},
    {UnaryOp::kRound, [](double x) { return std::nearbyint(x); }},
    {UnaryOp::kExp, [](double x) { return std::exp(x); }},
    {UnaryOp::kExpm1, [](double x) { return std::expm1(x); }},
    {UnaryOp::kSin, [](double x) { return std::sin(x); }},
    {UnaryOp::kTanh, [](double x) { return std::tanh(x); }},
    {UnaryOp::kErf, [](double x) { return std::erf(x); }},
    {UnaryOp::kSigmoid, sigmoid},
    {UnaryOp::kLogSigmoid, [](double x) { return -std::log1p(std::exp(-x)); }},
    {UnaryOp::kGelu, [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
    {UnaryOp::kSilu, [](double x) { return x * sigmoid(x); }},
    {UnaryOp::kMish, [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
    {UnaryOp::kHardswish, [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }},
    {UnaryOp::kHardsigmoid, [](double x) { return std::clamp(x + 3, 0.0, 6.0) / 6; }},
    {UnaryOp::kSoftplus, [](double x) { return std::log1p(std::exp(2 * x)) / 2; }, 2, 20},
    {UnaryOp::kElu, [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); }, 1.5},
    {UnaryOp::kLeakyRelu, [](double x) { return x > 0 ? x : x * 0.125; }, 0.125},
};

TEST(Unary, FollowsItsFormulaForEveryFloatInAnyLayout) {
  on_every_target([] {
    Dice dice(11);
    for (const FloatCase& c : kFloatCases) {
      for (const DType dtype : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64}) {
        const Extents shape = dice.shape();
        const Array in = dice.repeating(dtype, shape);
        Array out(dtype, shape, dice.layout(shape));
        unary(c.op, dtype, shape, out.out(), in.in(), c.p0, c.p1);
        // Two units in the last place of a formula's result, with one of its intermediate values lost to cancellation
        // (gelu of -8 is the difference of 1 and erf(-5.7)): relative to max(|y|, |x| / 8).
        const double eps = dtype == DType::kFloat16    ? 0x1p-11
                           : dtype == DType::kBFloat16 ? 0x1p-8
                           : dtype == DType::kFloat32  ? 0x1p-21
                                                       : 0x1p-50;
        for (std::int64_t i = 0; i < in.size(); ++i) {
          const double y = c.reference(in[i]);
          ASSERT_NEAR(out[i], y,
                      eps * std::max(std::fabs(y), std::fabs(in[i]) / 8) + (dtype == DType::kFloat16 ? 0x1p-25 : 0))
              << "op " << static_cast<int>(c.op) << ' ' << name_of(dtype) << " x = " << in[i];
        }
      }
    }
  });
}

TEST(Unary, Float32FunctionsAreWithinTwoUnitsInTheLastPlace) {
  struct Case {
    UnaryOp op;
    Function exact;
    double ulps;
  };
  const Case cases[] = {
      {UnaryOp::kExp, [](double x) { return std::exp(x); }, 1},
      {UnaryOp::kExpm1, [](double x) { return std::expm1(x); }, 2},
      {UnaryOp::kLog, [](double x) { return std::log(x); }, 1},
      {UnaryOp::kLog1p, [](double x) { return std::log1p(x); }, 2},
      {UnaryOp::kTanh, [](double x) { return std::tanh(x); }, 2},
      {UnaryOp::kSigmoid, sigmoid, 2.5},
      {UnaryOp::kErf, [](double x) { return std::erf(x); }, 2},
  };
  Dice dice(12);
  std::vector<float> x;
  for (int i = 0; i < 40000; ++i) x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(dice.engine()())));
  for (int i = 0; i < 40000; ++i) x.push_back(static_cast<float>(dice.uniform(-20, 20)));
  const auto n = static_cast<std::int64_t>(x.size());
  const std::int64_t stride = 1;
  on_every_target([&] {
    for (const Case& c : cases) {
      std::vector<float> y(x.size());
      unary(c.op, DType::kFloat32, {&n, 1}, {y.data(), DType::kFloat32, &stride}, {x.data(), DType::kFloat32, &stride});
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double exact = c.exact(static_cast<double>(x[i]));
        if (std::isnan(exact)) {
          ASSERT_TRUE(std::isnan(y[i])) << x[i];
          continue;
        }
        const float nearest = static_cast<float>(exact);
        if (std::isinf(nearest)) {
          ASSERT_EQ(y[i], nearest) << x[i];
          continue;
        }
        // 1 / (1 + exp(-x)) is 0 where exp(-x) overflows: below the smallest normal number only absolute error counts.
        const double size = std::max(std::fabs(exact), c.op == UnaryOp::kSigmoid ? 0x1p-124 : 0x1p-126);
        const double ulp = std::exp2(std::floor(std::log2(size)) - 23);
        const double slack = c.op == UnaryOp::kSigmoid && size <= 0x1p-124 ? 0x1p-124 : 0;
        ASSERT_LE(std::fabs(y[i] - exact), c.ulps * ulp + slack) << "op " << static_cast<int>(c.op) << " of " << x[i];
      }
    }
  });
}

TEST(Unary, IntegersWrapAndBoolsNegate) {
  std::int8_t least = -128, result = 0;
  const std::int64_t stride = 1;
  for (const UnaryOp op : {UnaryOp::kNeg, UnaryOp::kAbs}) {
    unary(op, DType::kInt8, {}, {&result, DType::kInt8, &stride}, {&least, DType::kInt8, &stride});
    EXPECT_EQ(result, -128);
  }
  bool yes = true, answer = true;
  unary(UnaryOp::kBitwiseNot, DType::kBool, {}, {&answer, DType::kBool, &stride}, {&yes, DType::kBool, &stride});
  EXPECT_FALSE(answer);
  EXPECT_FALSE(supports(UnaryOp::kNeg, DType::kBool));
  EXPECT_THROW(
      unary(UnaryOp::kExp, DType::kInt32, {}, {&result, DType::kInt8, &stride}, {&least, DType::kInt8, &stride}),
      NotImplementedError);
}

TEST(Unary, NanStaysAndRoundingIsHalfToEven) {
  for (const UnaryOp op : {UnaryOp::kRelu, UnaryOp::kRelu6, UnaryOp::kClamp, UnaryOp::kHardswish, UnaryOp::kElu}) {
    EXPECT_TRUE(std::isnan(apply(op, kNan, -1, 1)));
  }
  EXPECT_EQ(apply(UnaryOp::kSign, kNan), 0);  // torch.sign(torch.tensor(math.nan))
  EXPECT_TRUE(std::isnan(apply(UnaryOp::kClampMin, 1, kNan)));
  EXPECT_EQ(apply(UnaryOp::kClamp, 0, 3, 1), 1);
  EXPECT_EQ(apply(UnaryOp::kRound, 2.5), 2);
  EXPECT_EQ(apply(UnaryOp::kRound, -3.5), -4);
  EXPECT_TRUE(std::signbit(apply(UnaryOp::kNeg, 0.0)));
}

TEST(Binary, BroadcastsAndCastsInAnyLayout) {
  on_every_target([] {
    Dice dice(13);
    for (int round = 0; round < 200; ++round) {
      const Extents shape = dice.shape();
      const DType compute = kAllDTypes[1 + dice.below(kDTypeCount - 1)];
      const Array a = dice.repeating(dice.chance(50) ? compute : DType::kBool, shape);
      const Array b = dice.repeating(dice.chance(50) ? compute : DType::kUInt8, shape);
      Array out(dice.chance(70) ? compute : DType::kFloat32, shape, dice.layout(shape));
      if (compute == DType::kUInt8 && out.dtype() != compute) continue;
      ASSERT_EQ(binary(BinaryOp::kAdd, compute, shape, out.out(), a.in(), b.in(), 2), MapStatus::kOk);
      for (std::int64_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], a[i] + 2 * b[i]) << name_of(compute);
      Array less(DType::kBool, shape, dice.layout(shape));
      ASSERT_EQ(binary(BinaryOp::kLt, DType::kFloat64, shape, less.out(), a.in(), b.in()), MapStatus::kOk);
      for (std::int64_t i = 0; i < less.size(); ++i) ASSERT_EQ(less[i] != 0, a[i] < b[i]);
    }
  });
}

TEST(Binary, OutputMayBeAnInput) {
  on_every_target([] {
    Dice dice(14);
    const Extents shape = {7, 300};
    Array a = dice.array(DType::kFloat32, shape, {300, 1});
    const Array before = a;
    const Array b = dice.array(DType::kFloat32, shape, {1, 7});
    ASSERT_EQ(binary(BinaryOp::kMul, DType::kFloat32, shape, a.out(), a.in(), b.in()), MapStatus::kOk);
    for (std::int64_t i = 0; i < a.size(); ++i) ASSERT_EQ(a[i], before[i] * b[i]);
  });
}

TEST(Binary, GivesEqualBitsForAnyThreads) {
  Dice dice(15);
  const Extents shape = {16, 30, 500};
  const Array a = dice.array(DType::kFloat32, shape, Array::row_major(shape));
  const Array b = dice.array(DType::kBFloat16, shape, {0, 1, 0});
  expect_equal_bits_for_any_threads([&] {
    Array out(DType::kFloat32, shape);
    EXPECT_EQ(binary(BinaryOp::kDiv, DType::kFloat32, shape, out.out(), a.in(), b.in()), MapStatus::kOk);
    return out.memory();
  });
}

TEST(Binary, DividesByPythonsRules) {
  on_every_target([] {
    for (std::int32_t a = -7; a <= 7; ++a) {
      for (const std::int32_t b : {-3, -2, -1, 1, 2, 3}) {
        const double quotient = static_cast<double>(a) / b;
        EXPECT_EQ(apply(BinaryOp::kFloorDivide, a, b), static_cast<int>(std::floor(quotient)));
        EXPECT_EQ(apply(BinaryOp::kTruncDivide, a, b), a / b);
        EXPECT_EQ(apply(BinaryOp::kFmod, a, b), a % b);
        EXPECT_EQ(apply(BinaryOp::kRemainder, a, b), a - b * static_cast<int>(std::floor(quotient)));
        EXPECT_EQ(apply<double>(BinaryOp::kFloorDivide, a, b), std::floor(quotient));
        EXPECT_EQ(apply<double>(BinaryOp::kRemainder, a, b), a - b * std::floor(quotient));
      }
    }
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    EXPECT_EQ(apply<std::int64_t>(BinaryOp::kFloorDivide, kLeast, -1), kLeast);
    EXPECT_EQ(apply<std::int64_t>(BinaryOp::kRemainder, kLeast, -1), 0);
    EXPECT_TRUE(std::isinf(apply<double>(BinaryOp::kFloorDivide, 1, 0)));
    EXPECT_EQ(apply<std::int32_t>(BinaryOp::kPow, 3, 5), 243);
    EXPECT_EQ(apply<std::int32_t>(BinaryOp::kPow, 3, -1), 0);
    EXPECT_EQ(apply<std::int32_t>(BinaryOp::kPow, -1, -3), -1);
    EXPECT_EQ(apply<std::int8_t>(BinaryOp::kMul, 100, 100), static_cast<std::int8_t>(10000 & 255));
    EXPECT_EQ(apply<std::int16_t>(BinaryOp::kLeftShift, 1, 16), 0);
    EXPECT_EQ(apply<std::int16_t>(BinaryOp::kRightShift, -5, 99), -1);
  });
}

TEST(Binary, ReportsAnIntegerDivisionByZero) {
  on_every_target([] {
    const std::vector<std::int32_t> a(3000, 5);
    std::vector<std::int32_t> b(3000, 2), out(3000);
    const std::int64_t n = 3000, stride = 1;
    const auto run = [&](BinaryOp op) {
      return binary(op, DType::kInt32, {&n, 1}, {out.data(), DType::kInt32, &stride},
                    {a.data(), DType::kInt32, &stride}, {b.data(), DType::kInt32, &stride});
    };
    for (const BinaryOp op : {BinaryOp::kFloorDivide, BinaryOp::kTruncDivide, BinaryOp::kRemainder, BinaryOp::kFmod}) {
      b[2999] = 2;
      EXPECT_EQ(run(op), MapStatus::kOk);
      b[2999] = 0;
      EXPECT_EQ(run(op), MapStatus::kDivisionByZero);
    }
  });
}

TEST(Binary, NanSpreadsThroughMaximumAndMinimum) {
  for (const BinaryOp op : {BinaryOp::kMaximum, BinaryOp::kMinimum}) {
    EXPECT_TRUE(std::isnan(apply(op, kNan, 1.0)));
    EXPECT_TRUE(std::isnan(apply(op, 1.0, kNan)));
  }
  EXPECT_EQ(apply(BinaryOp::kMaximum, -kInf, 2.0), 2);
}

TEST(Gradients, AreTheSlopesOfTheirFunctions) {
  struct Case {
    BinaryOp gradient;
    UnaryOp function;
    bool of_output;
    double p0 = 0;
    double p1 = 0;
  };
  const Case cases[] = {
      {BinaryOp::kReluBackward, UnaryOp::kRelu, true},
      {BinaryOp::kRelu6Backward, UnaryOp::kRelu6, false},
      {BinaryOp::kHardtanhBackward, UnaryOp::kClamp, false, -1, 2},
      {BinaryOp::kHardsigmoidBackward, UnaryOp::kHardsigmoid, false},
      {BinaryOp::kHardswishBackward, UnaryOp::kHardswish, false},
      {BinaryOp::kSigmoidBackward, UnaryOp::kSigmoid, true},
      {BinaryOp::kTanhBackward, UnaryOp::kTanh, true},
      {BinaryOp::kGeluBackward, UnaryOp::kGelu, false},
      {BinaryOp::kGeluTanhBackward, UnaryOp::kGeluTanh, false},
      {BinaryOp::kSiluBackward, UnaryOp::kSilu, false},
      {BinaryOp::kSoftplusBackward, UnaryOp::kSoftplus, false, 2, 20},
      {BinaryOp::kEluBackward, UnaryOp::kElu, false, 1.5},
      {BinaryOp::kEluBackwardOfOutput, UnaryOp::kElu, true, 1.5},
      {BinaryOp::kLeakyReluBackward, UnaryOp::kLeakyRelu, false, 0.1},
  };
  for (const Case& c : cases) {
    for (double x = -7.13; x < 8; x += 0.37) {  // never at a kink
      const double h = 1e-5;
      const double slope = (apply(c.function, x + h, c.p0, c.p1) - apply(c.function, x - h, c.p0, c.p1)) / (2 * h);
      const double saved = c.of_output ? apply(c.function, x, c.p0, c.p1) : x;
      // Rounding of the difference (1e-16 / 1e-5) and the h^2 term (1e-10), with room.
      EXPECT_NEAR(apply(c.gradient, 3.0, saved, c.p0, c.p1), 3 * slope, 1e-8)
          << static_cast<int>(c.gradient) << " at " << x;
    }
  }
}

TEST(Ternary, ChoosesClampsAndInterpolates) {
  on_every_target([] {
    Dice dice(16);
    for (int round = 0; round < 100; ++round) {
      const Extents shape = dice.shape();
      const DType dtype = kAllDTypes[1 + dice.below(kDTypeCount - 1)];
      const Array condition = dice.repeating(DType::kBool, shape);
      const Array a = dice.repeating(dtype, shape), b = dice.array(dtype, shape), c = dice.repeating(dtype, shape);
      Array out(dtype, shape, dice.layout(shape));
      ternary(TernaryOp::kWhere, dtype, shape, out.out(), condition.in(), a.in(), b.in());
      for (std::int64_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], condition[i] != 0 ? a[i] : b[i]);
      ternary(TernaryOp::kClamp, dtype, shape, out.out(), a.in(), b.in(), c.in());
      for (std::int64_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], std::min(std::max(a[i], b[i]), c[i]));
      if (!is_floating_point(dtype)) continue;
      ternary(TernaryOp::kAddcmul, dtype, shape, out.out(), a.in(), b.in(), c.in(), 0.5);
      for (std::int64_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], rounded(dtype, a[i] + 0.5 * b[i] * c[i]));
    }
  });
  const float a = 0.1F, b = 0.7F, one = 1.0F;
  float out = 0;
  const std::int64_t stride = 1;
  ternary(TernaryOp::kLerp, DType::kFloat32, {}, {&out, DType::kFloat32, &stride}, {&a, DType::kFloat32, &stride},
          {&b, DType::kFloat32, &stride}, {&one, DType::kFloat32, &stride});
  EXPECT_EQ(out, b);
}

}  // namespace
}  // namespace lamella::kernels
