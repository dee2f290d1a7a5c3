// Pooling against naive loops in float64, on every instruction set of this machine.
#include "kernels/pool/pool.h"

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
using Extents = std::array<int64_t, 3>;

enum Layout { kPlain, kChannelsLast, kGaps };

struct Grid {
  int64_t batch, channels;
  Extents extents;
  Layout layout;

  PoolStrides strides() const {
    const auto [d, h, w] = extents;
    if (layout == kChannelsLast) return {d * h * w * channels, 1, {h * w * channels, w * channels, channels}};
    const int64_t gap = layout == kGaps ? 2 : 1;
    return {channels * d * h * w * gap, d * h * w * gap, {h * w * gap, w * gap, gap}};
  }
  std::size_t size() const {
    return static_cast<std::size_t>(batch * channels * extents[0] * extents[1] * extents[2] *
                                    (layout == kGaps ? 2 : 1));
  }
  std::size_t at(int64_t n, int64_t c, int64_t i, int64_t j, int64_t k) const {
    const PoolStrides s = strides();
    return static_cast<std::size_t>(n * s.batch + c * s.channel + i * s.axis[0] + j * s.axis[1] + k * s.axis[2]);
  }
  template <typename Fn>
  void each(Fn fn) const {
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t i = 0; i < extents[0]; ++i)
          for (int64_t j = 0; j < extents[1]; ++j)
            for (int64_t k = 0; k < extents[2]; ++k) fn(n, c, i, j, k);
  }
};

struct Window {
  int64_t begin, end, step, padded;  // padded: the extent with the padding that it covers
};

Window window_of(const PoolShape& s, bool adaptive, std::size_t a, int64_t o) {
  if (adaptive) {
    const int64_t begin = o * s.input[a] / s.output[a];
    const int64_t end = ((o + 1) * s.input[a] + s.output[a] - 1) / s.output[a];
    return {begin, end, 1, end - begin};
  }
  const int64_t begin = o * s.stride[a] - s.padding[a];
  return {begin, begin + s.kernel[a] * s.dilation[a], s.dilation[a],
          std::min(begin + s.kernel[a], s.input[a] + s.padding[a]) - begin};
}

/// Calls fn(tap, i, j, k) for the taps of an output that lie inside of the input.
template <typename Fn>
void each_tap(const PoolShape& s, bool adaptive, const Extents& o, Fn fn) {
  const Window a = window_of(s, adaptive, 0, o[0]), b = window_of(s, adaptive, 1, o[1]),
               c = window_of(s, adaptive, 2, o[2]);
  int64_t tap = 0;
  for (int64_t i = a.begin; i < a.end; i += a.step)
    for (int64_t j = b.begin; j < b.end; j += b.step)
      for (int64_t k = c.begin; k < c.end; k += c.step, ++tap)
        if (i >= 0 && i < s.input[0] && j >= 0 && j < s.input[1] && k >= 0 && k < s.input[2]) fn(tap, i, j, k);
}

struct Sample {
  PoolShape shape;
  bool adaptive = false;
  Grid input(Layout layout) const { return {shape.batch, shape.channels, shape.input, layout}; }
  Grid output(Layout layout) const { return {shape.batch, shape.channels, shape.output, layout}; }
};

std::vector<Sample> samples() {
  std::mt19937 random(11);
  const auto upto = [&](int most) { return static_cast<int64_t>(random() % static_cast<unsigned>(most)) + 1; };
  std::vector<Sample> list;
  for (int trial = 0; trial < 45; ++trial) {
    Sample sample;
    PoolShape& s = sample.shape;
    sample.adaptive = trial % 5 == 4;
    s.batch = upto(3);
    s.channels = trial % 3 == 0 ? upto(3) : upto(70);
    for (std::size_t a = static_cast<std::size_t>(trial % 3); a < 3; ++a) {
      s.kernel[a] = upto(3);
      s.stride[a] = upto(3);
      s.padding[a] = static_cast<int64_t>(random() % static_cast<unsigned>(s.kernel[a] / 2 + 1));
      s.dilation[a] = upto(2);
      s.input[a] = s.dilation[a] * (s.kernel[a] - 1) + upto(6);
      s.output[a] = sample.adaptive ? upto(9)
                                    : pool_output_size(s.input[a], s.kernel[a], s.stride[a], s.padding[a],
                                                       s.dilation[a], trial % 2 == 0);
    }
    list.push_back(sample);
  }
  return list;
}

/// Small whole numbers, so that sums are exact and equal maxima are common; a few NaN.
template <typename T>
std::vector<T> values(std::size_t size, bool with_nan) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::vector<T> x(size);
  for (T& v : x) v = T(static_cast<float>(static_cast<int>(random() % 21) - 10));
  if (with_nan) {
    for (std::size_t i = 7; i < size; i += 53) x[i] = T(std::numeric_limits<float>::quiet_NaN());
  }
  return x;
}

double number(double v) { return v; }
template <typename T>
double number(T v) {
  return static_cast<double>(static_cast<float>(v));
}

template <typename T, typename Index>
void check_max(const Sample& sample, Layout layout) {
  const PoolShape& s = sample.shape;
  const Grid in = sample.input(layout), out = sample.output(layout);
  const std::vector<T> x = values<T>(in.size(), std::is_floating_point_v<T>), dy = values<T>(out.size(), false);
  std::vector<T> y(out.size()), dx(in.size(), T(77.0F));
  std::vector<Index> index(out.size());
  if constexpr (sizeof(Index) == 8) {
    if (sample.adaptive) {
      adaptive_max_pool_forward(s, x.data(), in.strides(), y.data(), out.strides(), index.data(), out.strides());
      adaptive_max_pool_backward(s, dy.data(), out.strides(), index.data(), out.strides(), dx.data(), in.strides());
    }
  }
  if (!sample.adaptive) {
    max_pool_forward(s, x.data(), in.strides(), y.data(), out.strides(), index.data(), out.strides());
    max_pool_backward(s, dy.data(), out.strides(), index.data(), out.strides(), dx.data(), in.strides());
  }
  std::vector<double> expected_dx(in.size(), 0.0);
  out.each([&](int64_t n, int64_t c, int64_t i, int64_t j, int64_t k) {
    double best = -std::numeric_limits<double>::infinity();
    int64_t best_tap = -1, best_place = -1;
    std::size_t best_at = 0;
    each_tap(s, sample.adaptive, {i, j, k}, [&](int64_t tap, int64_t p, int64_t q, int64_t r) {
      const double value = number(x[in.at(n, c, p, q, r)]);
      if (best_tap >= 0 && !(value > best) && !std::isnan(value)) return;
      best = value;
      best_tap = tap;
      best_place = (p * s.input[1] + q) * s.input[2] + r;
      best_at = in.at(n, c, p, q, r);
    });
    if (best_tap < 0) return;
    const std::size_t o = out.at(n, c, i, j, k);
    if (std::isnan(best)) {
      EXPECT_TRUE(std::isnan(number(y[o])));
    } else {
      EXPECT_EQ(number(y[o]), best);
    }
    EXPECT_EQ(static_cast<int64_t>(index[o]), sizeof(Index) == 1 ? best_tap : best_place);
    expected_dx[best_at] += number(dy[o]);
  });
  in.each([&](int64_t n, int64_t c, int64_t i, int64_t j, int64_t k) {
    const std::size_t at = in.at(n, c, i, j, k);
    EXPECT_EQ(number(dx[at]), expected_dx[at]);
  });
}

template <typename T>
void check_average(const Sample& sample, Layout layout, const AveragePool& options) {
  PoolShape s = sample.shape;
  const Grid in = sample.input(layout), out = sample.output(layout);
  const std::vector<T> x = values<T>(in.size(), false), dy = values<T>(out.size(), false);
  std::vector<T> y(out.size()), dx(in.size(), T(77.0F));
  if (sample.adaptive) {
    adaptive_average_pool_forward(s, x.data(), in.strides(), y.data(), out.strides());
    adaptive_average_pool_backward(s, dy.data(), out.strides(), dx.data(), in.strides());
  } else {
    average_pool_forward(s, options, x.data(), in.strides(), y.data(), out.strides());
    average_pool_backward(s, options, dy.data(), out.strides(), dx.data(), in.strides());
  }
  const double epsilon = std::is_same_v<T, bfloat16>  ? 0x1p-8
                         : std::is_same_v<T, float16> ? 0x1p-11
                                                      : number(std::numeric_limits<T>::epsilon());
  std::vector<double> expected_dx(in.size(), 0.0), magnitude(in.size(), 0.0);
  out.each([&](int64_t n, int64_t c, int64_t i, int64_t j, int64_t k) {
    double sum = 0;
    int64_t taps = 0;
    each_tap(s, sample.adaptive, {i, j, k}, [&](int64_t, int64_t p, int64_t q, int64_t r) {
      sum += number(x[in.at(n, c, p, q, r)]);
      ++taps;
    });
    const bool adaptive = sample.adaptive;
    const int64_t padded =
        window_of(s, adaptive, 0, i).padded * window_of(s, adaptive, 1, j).padded * window_of(s, adaptive, 2, k).padded;
    const double divisor = static_cast<double>(options.divisor_override && !adaptive ? options.divisor_override
                                               : options.count_include_pad           ? padded
                                                                                     : taps);
    const std::size_t o = out.at(n, c, i, j, k);
    // The sum of small integers is exact; one division rounds.
    EXPECT_NEAR(number(y[o]), taps ? sum / divisor : 0.0, epsilon * std::abs(sum / divisor));
    each_tap(s, adaptive, {i, j, k}, [&](int64_t, int64_t p, int64_t q, int64_t r) {
      expected_dx[in.at(n, c, p, q, r)] += number(dy[o]) / divisor;
      magnitude[in.at(n, c, p, q, r)] += 1.0 + std::abs(number(dy[o]) / divisor);
    });
  });
  in.each([&](int64_t n, int64_t c, int64_t i, int64_t j, int64_t k) {
    const std::size_t at = in.at(n, c, i, j, k);
    // Each of at most 27 terms rounds twice; 16-bit types round once more at the end.
    EXPECT_NEAR(number(dx[at]), expected_dx[at],
                28 * std::min(epsilon, 0x1p-23) * magnitude[at] + epsilon * magnitude[at]);
  });
}

template <typename T>
class PoolTest : public testing::Test {};
using Floating = testing::Types<float, double, bfloat16, float16>;
TYPED_TEST_SUITE(PoolTest, Floating);

TYPED_TEST(PoolTest, MaximumItsIndexAndItsGradientAreTheNaiveOnes) {
  on_every_target([] {
    for (const Sample& sample : samples()) {
      for (const Layout layout : {kPlain, kChannelsLast, kGaps}) {
        check_max<TypeParam, int64_t>(sample, layout);
        if (!sample.adaptive) check_max<TypeParam, std::uint8_t>(sample, layout);
        if (testing::Test::HasFailure()) return;
      }
    }
  });
}

TYPED_TEST(PoolTest, AverageAndItsGradientAreTheNaiveOnes) {
  on_every_target([] {
    for (Sample sample : samples()) {
      if (!sample.adaptive) {
        for (std::size_t a = 0; a < 3; ++a) sample.shape.dilation[a] = 1;
        for (std::size_t a = 0; a < 3; ++a) {
          sample.shape.output[a] = pool_output_size(sample.shape.input[a], sample.shape.kernel[a],
                                                    sample.shape.stride[a], sample.shape.padding[a], 1, true);
        }
      }
      for (const Layout layout : {kPlain, kChannelsLast, kGaps}) {
        check_average<TypeParam>(sample, layout, {});
        check_average<TypeParam>(sample, layout, {.count_include_pad = false});
        check_average<TypeParam>(sample, layout, {.divisor_override = 5});
        if (testing::Test::HasFailure()) return;
      }
    }
  });
}

TYPED_TEST(PoolTest, ThreadsDoNotChangeABit) {
  Sample sample;
  sample.shape = {.batch = 4,
                  .channels = 16,
                  .input = {1, 28, 28},
                  .output = {1, 14, 14},
                  .kernel = {1, 2, 2},
                  .stride = {1, 2, 2}};
  const Grid in = sample.input(kChannelsLast), out = sample.output(kChannelsLast);
  const std::vector<TypeParam> x = values<TypeParam>(in.size(), false);
  on_every_target([&] {
    expect_equal_bits_for_any_threads([&] {
      std::vector<TypeParam> y(out.size());
      std::vector<std::uint8_t> index(out.size());
      max_pool_forward(sample.shape, x.data(), in.strides(), y.data(), out.strides(), index.data(), out.strides());
      return y;
    });
  });
}

template <typename T>
class IntegerPoolTest : public testing::Test {};
using Integers = testing::Types<std::uint8_t, std::int8_t, std::int16_t, std::int32_t, int64_t>;
TYPED_TEST_SUITE(IntegerPoolTest, Integers);

TYPED_TEST(IntegerPoolTest, MaximumOfIntegers) {
  const PoolShape shape{.input = {1, 1, 5}, .output = {1, 1, 2}, .kernel = {1, 1, 3}, .stride = {1, 1, 2}};
  const std::vector<TypeParam> x{3, 9, 9, 1, 100};
  std::vector<TypeParam> y(2);
  std::vector<int64_t> index(2);
  max_pool_forward(shape, x.data(), {5, 5, {5, 5, 1}}, y.data(), {2, 2, {2, 2, 1}}, index.data(), {2, 2, {2, 2, 1}});
  EXPECT_EQ(y, (std::vector<TypeParam>{9, 100}));
  EXPECT_EQ(index, (std::vector<int64_t>{1, 4}));
}

TEST(PoolOutputSizeTest, FollowsTorchsRule) {
  EXPECT_EQ(pool_output_size(28, 2, 2, 0, 1, false), 14);
  EXPECT_EQ(pool_output_size(7, 2, 2, 0, 1, false), 3);
  EXPECT_EQ(pool_output_size(7, 2, 2, 0, 1, true), 4);
  EXPECT_EQ(pool_output_size(112, 3, 2, 1, 1, false), 56);
  EXPECT_EQ(pool_output_size(5, 2, 3, 1, 1, true), 2) << "a third window would start in the right padding";
  EXPECT_EQ(pool_output_size(10, 3, 1, 0, 4, false), 2);
  EXPECT_LE(pool_output_size(2, 5, 1, 0, 1, false), 0) << "the kernel does not fit";
}

TEST(MaxPoolTest, AWindowOfMinusInfinitiesHasTheFirstPlace) {
  const float least = -std::numeric_limits<float>::infinity();
  const PoolShape shape{.input = {1, 1, 4}, .output = {1, 1, 2}, .kernel = {1, 1, 2}, .stride = {1, 1, 2}};
  const std::vector<float> x(4, least);
  std::vector<float> y(2);
  std::vector<int64_t> index(2);
  max_pool_forward(shape, x.data(), {4, 4, {4, 4, 1}}, y.data(), {2, 2, {2, 2, 1}}, index.data(), {2, 2, {2, 2, 1}});
  EXPECT_EQ(y, (std::vector<float>{least, least}));
  EXPECT_EQ(index, (std::vector<int64_t>{0, 2}));
}

TEST(MaxPoolTest, NeedsNoIndex) {
  const PoolShape shape{.channels = 20, .input = {1, 1, 2}, .output = {1, 1, 1}, .kernel = {1, 1, 2}};
  std::vector<float> x(40), y(20);
  for (std::size_t i = 0; i < 40; ++i) x[i] = static_cast<float>(i);
  max_pool_forward<float, std::uint8_t>(shape, x.data(), {40, 1, {40, 40, 20}}, y.data(), {20, 1, {20, 20, 20}},
                                        nullptr, {0, 1, {0, 0, 0}});
  for (std::size_t c = 0; c < 20; ++c) EXPECT_EQ(y[c], static_cast<float>(20 + c));
}

}  // namespace
}  // namespace lamella::kernels
