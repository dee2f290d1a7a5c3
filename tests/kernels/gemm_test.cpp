// The matrix product against a float64 sum written naively, on every instruction set of this machine.
#include "kernels/gemm/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/kernel_testing.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

/// An operand in a buffer of its own with room for any layout, the gaps filled with NaN so that a stray read shows.
template <typename T>
struct Matrix {
  enum Layout { kRows, kColumns, kRowsApart, kStrided, kLayouts };
  Matrix(int64_t rows_in, int64_t columns_in, int layout, std::mt19937& random) : rows(rows_in), columns(columns_in) {
    row = layout == kRows ? columns : layout == kColumns ? 1 : layout == kRowsApart ? columns + 3 : 2 * columns + 5;
    column = layout == kColumns ? rows + 2 : layout == kStrided ? 2 : 1;
    data.assign(static_cast<std::size_t>(rows * row + columns * column + 1),
                T(std::numeric_limits<float>::quiet_NaN()));
    std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) (*this)(i, j) = T(uniform(random));
    }
  }
  T& operator()(int64_t i, int64_t j) { return data[static_cast<std::size_t>(i * row + j * column)]; }
  int64_t rows, columns, row, column;
  std::vector<T> data;
};

double number(double value) { return value; }
template <typename T>
double number(T value) {
  return static_cast<double>(static_cast<float>(value));
}

template <typename T>
constexpr double kEpsilon = std::numeric_limits<T>::epsilon();
template <>
constexpr double kEpsilon<bfloat16> = 0x1p-8;
template <>
constexpr double kEpsilon<float16> = 0x1p-11;

struct Case {
  int64_t m, n, k;
  int a, b, c;
  double alpha = 1, beta = 0;
  bool row_bias = false, column_bias = false, relu = false;
};

/// Runs one case (by the plan of `path`, or the natural one) and compares every element of C, and what lies between.
template <typename T, typename Run>
void check(const Case& shape, Run run) {
  std::mt19937 random(static_cast<unsigned>(shape.m * 10007 + shape.n * 101 + shape.k));
  Matrix<T> a(shape.m, shape.k, shape.a, random), b(shape.k, shape.n, shape.b, random),
      c(shape.m, shape.n, shape.c, random);
  Matrix<T> row_bias(shape.m, 1, Matrix<T>::kRows, random), column_bias(1, shape.n, Matrix<T>::kRows, random);
  Matrix<T> before = c;
  if (shape.beta == 0) {
    for (int64_t i = 0; i < shape.m; ++i) {
      for (int64_t j = 0; j < shape.n; ++j) c(i, j) = T(std::numeric_limits<float>::quiet_NaN());  // must not be read
    }
  }
  Gemm<T> p{.m = shape.m,
            .n = shape.n,
            .k = shape.k,
            .a = a.data.data(),
            .a_row = a.row,
            .a_col = a.column,
            .b = b.data.data(),
            .b_row = b.row,
            .b_col = b.column,
            .c = c.data.data(),
            .c_row = c.row,
            .c_col = c.column,
            .alpha = T(static_cast<float>(shape.alpha)),
            .beta = T(static_cast<float>(shape.beta)),
            .row_bias = shape.row_bias ? row_bias.data.data() : nullptr,
            .column_bias = shape.column_bias ? column_bias.data.data() : nullptr,
            .relu = shape.relu};
  run(p);
  for (int64_t i = 0; i < shape.m; ++i) {
    for (int64_t j = 0; j < shape.n; ++j) {
      double sum = 0, magnitude = 0;
      for (int64_t q = 0; q < shape.k; ++q) {
        sum += number(a(i, q)) * number(b(q, j));
        magnitude += std::abs(number(a(i, q)) * number(b(q, j)));
      }
      double expected = shape.alpha * sum, scale = std::abs(shape.alpha) * magnitude;
      const auto add = [&](double term) {
        expected += term;
        scale += std::abs(term);
      };
      if (shape.beta != 0) add(shape.beta * number(before(i, j)));
      if (shape.row_bias) add(number(row_bias(i, 0)));
      if (shape.column_bias) add(number(column_bias(0, j)));
      if (shape.relu) expected = std::max(expected, 0.0);
      // Each of k + 8 roundings is at most eps/2 of what has been summed; 16-bit types round once to their own eps.
      const double sum_epsilon = std::min(kEpsilon<T>, static_cast<double>(std::numeric_limits<float>::epsilon()));
      const double bound = static_cast<double>(shape.k + 8) * sum_epsilon * scale + kEpsilon<T> * std::abs(expected);
      ASSERT_NEAR(number(c(i, j)), expected, bound)
          << "at " << i << ',' << j << " of m=" << shape.m << " n=" << shape.n << " k=" << shape.k << " layouts "
          << shape.a << shape.b << shape.c << " alpha=" << shape.alpha << " beta=" << shape.beta;
      c(i, j) = T(std::numeric_limits<float>::quiet_NaN());
    }
  }
  for (const T& rest : c.data) ASSERT_TRUE(std::isnan(number(rest))) << "wrote between the elements of C";
}

template <typename T>
class GemmTest : public testing::Test {};
using Floating = testing::Types<float, double, bfloat16, float16>;
TYPED_TEST_SUITE(GemmTest, Floating);

TYPED_TEST(GemmTest, EqualsTheNaiveSumForEveryTailAndLayout) {
  on_every_target([] {
    std::mt19937 random(1);
    const auto upto = [&](int most) { return static_cast<int64_t>(random() % static_cast<unsigned>(most)) + 1; };
    for (int trial = 0; trial < 48; ++trial) {
      const Case shape{.m = upto(40),
                       .n = upto(trial % 3 ? 70 : 150),
                       .k = upto(trial % 5 ? 40 : 700),
                       .a = trial % 4,
                       .b = trial / 4 % 4,
                       .c = static_cast<int>(random() % 4),
                       .alpha = trial % 3 == 1 ? -0.5 : 1,
                       .beta = trial % 4 == 2   ? 0.75
                               : trial % 4 == 3 ? 1
                                                : 0,
                       .row_bias = random() % 2 == 0,
                       .column_bias = random() % 2 == 0,
                       .relu = random() % 3 == 0};
      check<TypeParam>(shape, [](const auto& p) { gemm(p); });
      if (testing::Test::HasFatalFailure()) return;
    }
  });
}

TYPED_TEST(GemmTest, EqualsTheNaiveSumForThinOperands) {
  on_every_target([] {
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 10, 128},
                                  {1, 1, 1},
                                  {1, 1, 77},
                                  {50, 1, 33},
                                  {1, 50, 33},
                                  {64, 10, 128},
                                  {2, 3, 0},
                                  {7, 16, 0},
                                  {3, 2, 5000},
                                  {5, 2, 20000}}) {
      for (int layouts = 0; layouts < 64; ++layouts) {
        check<TypeParam>({.m = m,
                          .n = n,
                          .k = k,
                          .a = layouts % 4,
                          .b = layouts / 4 % 4,
                          .c = layouts / 16,
                          .beta = 0.5,
                          .column_bias = true},
                         [](const auto& p) { gemm(p); });
        if (testing::Test::HasFatalFailure()) return;
        if (m * n * k > 10000) layouts += 6;
      }
    }
  });
}

template <typename T>
class GemmPlanTest : public testing::Test {};
using Tiled = testing::Types<float, double>;
TYPED_TEST_SUITE(GemmPlanTest, Tiled);

TYPED_TEST(GemmPlanTest, EveryPathCutAndTranspositionGivesTheSameProduct) {
  on_every_target([] {
    for (const GemmPath path : {GemmPath::kOuter, GemmPath::kDot}) {
      for (const bool transposed : {false, true}) {
        for (const auto& [m_tasks, n_tasks, k_tasks] :
             {std::array<int64_t, 3>{1, 1, 1}, {3, 2, 1}, {1, 5, 1}, {1, 1, 4}}) {
          check<TypeParam>({.m = 29,
                            .n = 83,
                            .k = 1100,
                            .a = Matrix<TypeParam>::kRowsApart,
                            .b = Matrix<TypeParam>::kColumns,
                            .c = Matrix<TypeParam>::kRows,
                            .alpha = 2,
                            .beta = -1,
                            .row_bias = true,
                            .column_bias = true,
                            .relu = true},
                           [&](const auto& p) { gemm(p, {path, transposed, m_tasks, n_tasks, k_tasks}); });
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
  });
}

TYPED_TEST(GemmPlanTest, ThreadsDoNotChangeABit) {
  on_every_target([] {
    for (const auto& [m, n, k] :
         {std::array<int64_t, 3>{64, 128, 1568}, {128, 1568, 64}, {64, 1568, 128}, {9, 7, 30000}}) {
      for (const int b_layout : {0, 1}) {
        std::mt19937 random(7);
        Matrix<TypeParam> a(m, k, 0, random), b(k, n, b_layout, random), c(m, n, 0, random);
        const Gemm<TypeParam> p{.m = m,
                                .n = n,
                                .k = k,
                                .a = a.data.data(),
                                .a_row = a.row,
                                .b = b.data.data(),
                                .b_row = b.row,
                                .b_col = b.column,
                                .c = c.data.data(),
                                .c_row = c.row};
        expect_equal_bits_for_any_threads([&] {
          gemm(p);
          return c.data;
        });
      }
    }
  });
}

TYPED_TEST(GemmPlanTest, NanAndInfinityPass) {
  on_every_target([] {
    const TypeParam nan = std::numeric_limits<TypeParam>::quiet_NaN();
    std::vector<TypeParam> a{1, nan, 2, 3}, b{1, 0, 0, 1}, c(4);
    gemm(Gemm<TypeParam>{.m = 2,
                         .n = 2,
                         .k = 2,
                         .a = a.data(),
                         .a_row = 2,
                         .b = b.data(),
                         .b_row = 2,
                         .c = c.data(),
                         .c_row = 2,
                         .relu = true});
    EXPECT_TRUE(std::isnan(c[0])) << "0 * NaN is NaN, and ReLU keeps it";
    EXPECT_TRUE(std::isnan(c[1]));
    EXPECT_EQ(c[2], TypeParam(2));
    EXPECT_EQ(c[3], TypeParam(3));
  });
}

TYPED_TEST(GemmPlanTest, ABatchIsItsProductsOneByOne) {
  on_every_target([] {
    for (const auto& [m, n, k, batch] : {std::array<int64_t, 4>{3, 5, 7, 200}, {40, 33, 65, 9}, {1, 4, 4, 1}}) {
      std::mt19937 random(3);
      Matrix<TypeParam> a(batch * m, k, 0, random), b(k, n, 0, random), c(batch * m, n, 0, random);
      Matrix<TypeParam> one_by_one = c;
      Gemm<TypeParam> p{.m = m,
                        .n = n,
                        .k = k,
                        .a = a.data.data(),
                        .a_row = k,
                        .b = b.data.data(),
                        .b_row = n,
                        .c = c.data.data(),
                        .c_row = n};
      batched_gemm(p, batch, m * k, 0, m * n);
      p.c = one_by_one.data.data();
      for (int64_t i = 0; i < batch; ++i, p.a += m * k, p.c += m * n) gemm(p);
      EXPECT_TRUE(same_bits(c.data, one_by_one.data));
    }
  });
}

template <typename T>
class IntegerGemmTest : public testing::Test {};
using Integers = testing::Types<std::uint8_t, std::int8_t, std::int16_t, std::int32_t, int64_t>;
TYPED_TEST_SUITE(IntegerGemmTest, Integers);

TYPED_TEST(IntegerGemmTest, WrapsModuloItsWidth) {
  using T = TypeParam;
  std::mt19937_64 random(5);
  const int64_t m = 13, n = 17, k = 29;
  std::vector<T> a(m * k), b(k * n), c(m * n), bias(n);
  for (auto* x : {&a, &b, &c, &bias}) {
    for (T& v : *x) v = static_cast<T>(random());
  }
  const std::vector<T> before = c;
  gemm(Gemm<T>{.m = m,
               .n = n,
               .k = k,
               .a = a.data(),
               .a_row = 1,
               .a_col = m,
               .b = b.data(),
               .b_row = n,
               .c = c.data(),
               .c_row = n,
               .alpha = T(3),
               .beta = T(2),
               .column_bias = bias.data()});
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      std::uint64_t sum = 0;
      for (int64_t q = 0; q < k; ++q)
        sum += static_cast<std::uint64_t>(a[q * m + i]) * static_cast<std::uint64_t>(b[q * n + j]);
      sum = 3 * sum + 2 * static_cast<std::uint64_t>(before[i * n + j]) + static_cast<std::uint64_t>(bias[j]);
      ASSERT_EQ(c[i * n + j], static_cast<T>(sum));
    }
  }
}

}  // namespace
}  // namespace lamella::kernels
