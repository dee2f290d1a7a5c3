// Softmax and class losses against float64 formulas, on every instruction set of this machine.
#include "kernels/softmax/softmax.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/kernel_testing.h"
#include "kernels/softmax/softmax_slab.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

double number(double v) { return v; }
template <typename T>
double number(T v) {
  return static_cast<double>(static_cast<float>(v));
}
template <typename T>
constexpr double kEpsilon = std::is_same_v<T, double>     ? 0x1p-52
                            : std::is_same_v<T, bfloat16> ? 0x1p-8
                            : std::is_same_v<T, float16>  ? 0x1p-11
                                                          : 0x1p-23;

const std::vector<SoftmaxShape>& shapes() {
  static const std::vector<SoftmaxShape> list = {{1, 1, 1},   {64, 10, 1}, {3, 17, 1},  {2, 1000, 1}, {5, 2, 3},
                                                 {2, 10, 49}, {3, 5, 300}, {1, 33, 16}, {2, 1, 5}};
  return list;
}

std::size_t size_of(const SoftmaxShape& s) { return static_cast<std::size_t>(s.outer * s.axis * s.inner); }
std::size_t at(const SoftmaxShape& s, int64_t o, int64_t c, int64_t i) {
  return static_cast<std::size_t>((o * s.axis + c) * s.inner + i);
}
template <typename Fn>
void each_line(const SoftmaxShape& s, Fn fn) {
  for (int64_t o = 0; o < s.outer; ++o)
    for (int64_t i = 0; i < s.inner; ++i) fn(o, i, static_cast<std::size_t>(o * s.inner + i));
}

template <typename T>
std::vector<T> values(std::size_t n, unsigned seed, double spread = 4.0) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, spread);
  std::vector<T> x(n);
  for (T& v : x) v = T(static_cast<float>(normal(random)));
  return x;
}

template <typename T>
double log_sum_exp(const SoftmaxShape& s, const std::vector<T>& x, int64_t o, int64_t i) {
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  for (int64_t c = 0; c < s.axis; ++c) most = std::max(most, number(x[at(s, o, c, i)]));
  for (int64_t c = 0; c < s.axis; ++c) sum += std::exp(number(x[at(s, o, c, i)]) - most);
  return most + std::log(sum);
}

template <typename T>
class SoftmaxTest : public testing::Test {};
using Types = testing::Types<float, double, bfloat16, float16>;
TYPED_TEST_SUITE(SoftmaxTest, Types);

TYPED_TEST(SoftmaxTest, ForwardAndBackwardFollowTheFormulas) {
  using T = TypeParam;
  on_every_target([] {
    for (const SoftmaxShape& s : shapes()) {
      for (const SoftmaxKind kind : {SoftmaxKind::kSoftmax, SoftmaxKind::kLogSoftmax}) {
        const bool log = kind == SoftmaxKind::kLogSoftmax;
        const std::vector<T> x = values<T>(size_of(s), 1), dy = values<T>(size_of(s), 2, 1.0);
        std::vector<T> y(x.size()), dx = dy;
        softmax_forward(kind, s, x.data(), y.data());
        softmax_backward(kind, s, y.data(), dx.data(), dx.data());  // dx in place of dy
        each_line(s, [&](int64_t o, int64_t i, std::size_t) {
          const double lse = log_sum_exp(s, x, o, i);
          double sum = 0, magnitude = 0;
          for (int64_t c = 0; c < s.axis; ++c) {
            const std::size_t k = at(s, o, c, i);
            const double logp = number(x[k]) - lse, p = std::exp(logp);
            // x - max and exp's argument round relative to |x|; that is the relative error of p.
            const double bound =
                4 * 0x1p-23 * (std::is_same_v<T, double> ? 0x1p-29 : 1.0) * (40 + static_cast<double>(s.axis) / 16);
            ASSERT_NEAR(number(y[k]), log ? logp : p,
                        (log ? bound : bound * p) + kEpsilon<T> * std::abs(log ? logp : p) +
                            (std::is_same_v<T, float16> ? 0x1p-24 : 0));
            sum += log ? number(dy[k]) : number(dy[k]) * number(y[k]);
            magnitude += std::abs(log ? number(dy[k]) : number(dy[k]) * number(y[k]));
          }
          for (int64_t c = 0; c < s.axis; ++c) {
            const std::size_t k = at(s, o, c, i);
            const double out = number(y[k]), p = log ? std::exp(out) : out;
            const double expected = log ? number(dy[k]) - p * sum : out * (number(dy[k]) - sum);
            const double eps = std::min(kEpsilon<T>, 0x1p-23);
            ASSERT_NEAR(number(dx[k]), expected,
                        (16 + static_cast<double>(s.axis) / 8) * eps * (std::abs(number(dy[k])) + p * magnitude) +
                            kEpsilon<T> * std::abs(expected) + (std::is_same_v<T, float16> ? 0x1p-24 : 0));
          }
        });
      }
    }
  });
}

template <typename T>
class LossTest : public testing::Test {};
using Losses = testing::Types<float, double>;
TYPED_TEST_SUITE(LossTest, Losses);

TYPED_TEST(LossTest, CrossEntropyAndItsGradientFollowTheFormulas) {
  using T = TypeParam;
  on_every_target([] {
    for (const SoftmaxShape& s : shapes()) {
      for (int variant = 0; variant < 8; ++variant) {
        const LossOptions options{.ignore_index = variant % 2 ? -100 : 1, .label_smoothing = variant & 2 ? 0.1 : 0};
        const std::vector<T> x = values<T>(size_of(s), 3);
        const std::size_t lines = static_cast<std::size_t>(s.outer * s.inner);
        std::vector<int64_t> target(lines);
        for (std::size_t l = 0; l < lines; ++l) target[l] = static_cast<int64_t>(l * 7) % s.axis;
        if (lines > 2 && variant % 2) target[1] = -100;
        std::vector<T> weight(static_cast<std::size_t>(s.axis)), loss(lines), lse(lines), dx(x.size());
        for (std::size_t c = 0; c < weight.size(); ++c)
          weight[c] = static_cast<T>(0.5 + 0.25 * static_cast<double>(c % 4));
        const T* weights = variant & 4 ? weight.data() : nullptr;
        const std::vector<T> gradient = values<T>(lines, 5, 1.0);
        const LossSums sums =
            cross_entropy_forward(s, options, x.data(), target.data(), weights, loss.data(), lse.data());
        cross_entropy_backward(s, options, x.data(), target.data(), weights, lse.data(), gradient.data(), 1, 0.5,
                               dx.data());
        ASSERT_EQ(sums.bad_target, -1);
        double total = 0, total_weight = 0, all_weights = 0;
        const auto w = [&](int64_t c) { return weights ? static_cast<double>(weights[c]) : 1.0; };
        for (int64_t c = 0; c < s.axis; ++c) all_weights += w(c);
        const double smoothing = options.label_smoothing, classes = static_cast<double>(s.axis);
        const double eps = 64 * kEpsilon<T> * (1 + classes / 64);
        each_line(s, [&](int64_t o, int64_t i, std::size_t line) {
          const int64_t t = target[line];
          const double exact = log_sum_exp(s, x, o, i);
          double expected = 0, scale = 0;
          if (t != options.ignore_index) {
            for (int64_t c = 0; c < s.axis; ++c) {
              const double share = (c == t ? (1 - smoothing) * w(t) : 0.0) + smoothing / classes * w(c);
              expected += share * (exact - number(x[at(s, o, c, i)]));
              scale += share * (std::abs(exact) + std::abs(number(x[at(s, o, c, i)])));
            }
            total_weight += w(t);
          }
          ASSERT_NEAR(number(loss[line]), expected, eps * scale);
          total += expected;
          for (int64_t c = 0; c < s.axis; ++c) {
            const double p = std::exp(number(x[at(s, o, c, i)]) - exact), g = 0.5 * number(gradient[line]);
            const double slope =
                t == options.ignore_index
                    ? 0.0
                    : g * ((1 - smoothing) * w(t) * (p - (c == t)) + smoothing / classes * (p * all_weights - w(c)));
            // The error of log_sum_exp (relative to |x|, up to 20) is p's relative error.
            ASSERT_NEAR(number(dx[at(s, o, c, i)]), slope, eps * std::abs(g) * 2);
          }
        });
        EXPECT_NEAR(sums.loss, total, eps * (1 + std::abs(total)) * 20);
        EXPECT_NEAR(sums.weight, total_weight, 1e-9 * (1 + total_weight));
      }
    }
  });
}

TYPED_TEST(LossTest, NllPicksTheTarget) {
  using T = TypeParam;
  const SoftmaxShape s{2, 3, 2};
  const std::vector<T> x{-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12}, weight{1, 2, 4}, gradient{T(0.5)};
  const std::vector<int64_t> target{0, 2, -100, 1};
  std::vector<T> loss(4), dx(12);
  const LossSums sums = nll_forward(s, {}, x.data(), target.data(), weight.data(), loss.data());
  EXPECT_EQ(loss, (std::vector<T>{1, 24, 0, 20}));
  EXPECT_EQ(sums.loss, 45.0);
  EXPECT_EQ(sums.weight, 7.0);
  nll_backward(s, {}, target.data(), weight.data(), gradient.data(), 0, 2.0, dx.data());
  EXPECT_EQ(dx, (std::vector<T>{-1, 0, 0, 0, 0, -4, 0, 0, 0, -2, 0, 0}));
}

TYPED_TEST(LossTest, ALabelOutOfRangeIsNamed) {
  using T = TypeParam;
  const SoftmaxShape s{4, 3, 1};
  const std::vector<T> x(12, T(0));
  std::vector<T> loss(4), lse(4);
  for (const int64_t bad : {int64_t{3}, int64_t{-1}}) {
    const std::vector<int64_t> target{0, -100, bad, 7};
    EXPECT_EQ(cross_entropy_forward<T>(s, {}, x.data(), target.data(), nullptr, loss.data(), lse.data()).bad_target, 2);
    EXPECT_EQ(nll_forward<T>(s, {}, x.data(), target.data(), nullptr, nullptr).bad_target, 2);
  }
}

TYPED_TEST(LossTest, SpecialValuesAreTorchs) {
  using T = TypeParam;
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  on_every_target([&] {
    const std::vector<T> x{1, -inf, nan, 2, 1, 2, -inf, -inf, -inf, 3, 3, -1000};
    std::vector<T> y(12);
    softmax_forward(SoftmaxKind::kSoftmax, {4, 3, 1}, x.data(), y.data());
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(y[i])) << "NaN spreads over its row";
    for (std::size_t i = 6; i < 9; ++i) EXPECT_TRUE(std::isnan(y[i])) << "a row of -infinity has no softmax";
    EXPECT_EQ(y[9], T(0.5));
    EXPECT_EQ(y[11], T(0));
    softmax_forward(SoftmaxKind::kLogSoftmax, {1, 2, 1}, x.data(), y.data());
    EXPECT_EQ(y[0], T(0));
    EXPECT_EQ(y[1], -inf);
  });
}

TYPED_TEST(LossTest, TheExponentialIsWithinTwoUnitsInTheLastPlace) {
  using T = TypeParam;
  on_every_target([] {
    const int64_t n = 20001;
    std::vector<T> x(static_cast<std::size_t>(n)), y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(-80.0 + 0.008 * static_cast<double>(i));
    const T zero = 0, one = 1;
    softmax_functions<T>().gradient({n, 1, 1}, x.data(), nullptr, &zero, &one, &zero, y.data());  // exp(x - 0) 1 - 0
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const long double exact = std::exp(static_cast<long double>(x[i]));
      int exponent = 0;
      std::frexp(exact, &exponent);
      const long double ulp = std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits);
      worst = std::max(worst, static_cast<double>(std::abs(static_cast<long double>(y[i]) - exact) / ulp));
    }
    EXPECT_LE(worst, 2.0);
  });
}

TYPED_TEST(LossTest, ThreadsDoNotChangeABit) {
  using T = TypeParam;
  on_every_target([] {
    const SoftmaxShape s{8, 21, 3000};
    const std::vector<T> x = values<T>(size_of(s), 9);
    std::vector<int64_t> target(24000);
    for (std::size_t i = 0; i < target.size(); ++i) target[i] = static_cast<int64_t>(i % 21);
    expect_equal_bits_for_any_threads([&] {
      std::vector<T> lse(24000);
      const LossSums sums =
          cross_entropy_forward<T>(s, {.label_smoothing = 0.1}, x.data(), target.data(), nullptr, nullptr, lse.data());
      lse.push_back(static_cast<T>(sums.loss));
      return lse;
    });
  });
}

}  // namespace
}  // namespace lamella::kernels
