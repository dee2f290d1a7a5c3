// Normalisation against float64 formulas, on every instruction set and memory layout.
#include "kernels/norm/norm.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/kernel_testing.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

enum Layout { kPlain, kChannelsLast, kGaps };
constexpr Layout kLayouts[] = {kPlain, kChannelsLast, kGaps};

template <typename T>
struct Data {
  NormShape shape;
  NormStrides strides{};
  std::vector<T> values;

  Data(const NormShape& s, Layout layout, unsigned seed, double mean = 0.0) : shape(s) {
    const int64_t gap = layout == kGaps ? 3 : 1;
    strides = layout == kChannelsLast ? NormStrides{s.channels * s.spatial, 1, s.channels}
                                      : NormStrides{s.channels * s.spatial * gap, s.spatial * gap, gap};
    values.assign(static_cast<std::size_t>(s.batch * s.channels * s.spatial * gap), T(-1000));
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(mean, 1.0);
    for (int64_t n = 0; n < s.batch; ++n)
      for (int64_t c = 0; c < s.channels; ++c)
        for (int64_t i = 0; i < s.spatial; ++i) (*this)(n, c, i) = static_cast<T>(normal(random));
  }
  T& operator()(int64_t n, int64_t c, int64_t i) {
    return values[static_cast<std::size_t>(n * strides.batch + c * strides.channel + i * strides.spatial)];
  }
  T* data() { return values.data(); }
};

const std::vector<NormShape>& shapes() {
  static const std::vector<NormShape> list = {{3, 5, 7},    {1, 1, 9},   {64, 10, 1}, {2, 16, 49}, {4, 37, 23},
                                              {2, 3, 5000}, {9, 1, 100}, {1, 70, 33}, {5, 4, 1},   {700, 16, 3}};
  return list;
}

template <typename T>
struct Reference {
  std::vector<double> mean, variance;
  explicit Reference(Data<T>& x) {
    const auto [batch, channels, spatial] = x.shape;
    const double count = static_cast<double>(batch * spatial);
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0, squares = 0;
      for (int64_t n = 0; n < batch; ++n)
        for (int64_t i = 0; i < spatial; ++i) sum += static_cast<double>(x(n, c, i));
      for (int64_t n = 0; n < batch; ++n)
        for (int64_t i = 0; i < spatial; ++i) squares += std::pow(static_cast<double>(x(n, c, i)) - sum / count, 2);
      mean.push_back(sum / count);
      variance.push_back(squares / count);
    }
  }
};

template <typename T>
constexpr double kEpsilon = static_cast<double>(std::numeric_limits<T>::epsilon());

template <typename T>
class BatchNormTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(BatchNormTest, Types);

TYPED_TEST(BatchNormTest, MomentsAndRunningMomentsAreTorchs) {
  using T = TypeParam;
  on_every_target([] {
    for (const NormShape& shape : shapes()) {
      for (const Layout layout : kLayouts) {
        Data<T> x(shape, layout, 3, 10.0);
        const Reference<T> reference(x);
        const std::size_t channels = static_cast<std::size_t>(shape.channels);
        std::vector<T> mean(channels), variance(channels), inverse(channels), running_mean(channels, T(2)),
            running_variance(channels, T(3));
        batch_norm_moments<T>(shape, x.data(), x.strides, 1e-5, {mean.data(), variance.data(), inverse.data()},
                              {running_mean.data(), running_variance.data(), 0.25});
        const double n = static_cast<double>(shape.batch * shape.spatial);
        for (std::size_t c = 0; c < channels; ++c) {
          const double m = reference.mean[c], v = reference.variance[c];
          // Blocks of at most 2048 elements about their own means: a few roundings, relative to |x| and to the
          // variance.
          EXPECT_NEAR(static_cast<double>(mean[c]), m, 16 * kEpsilon<T> * (std::abs(m) + 1));
          EXPECT_NEAR(static_cast<double>(variance[c]), v, 64 * kEpsilon<T> * (v + 1e-3));
          EXPECT_NEAR(static_cast<double>(inverse[c]), 1 / std::sqrt(v + 1e-5), 64 * kEpsilon<T> / std::sqrt(v + 1e-5));
          EXPECT_NEAR(static_cast<double>(running_mean[c]), 0.25 * m + 0.75 * 2, 16 * kEpsilon<T> * (std::abs(m) + 3));
          EXPECT_NEAR(static_cast<double>(running_variance[c]), 0.25 * v * n / (n - 1) + 0.75 * 3,
                      64 * kEpsilon<T> * (v + 3));
        }
        if (testing::Test::HasFailure()) return;
      }
    }
  });
}

TYPED_TEST(BatchNormTest, VarianceSurvivesAMeanThatDwarfsIt) {
  using T = TypeParam;
  on_every_target([] {
    const NormShape shape{100, 16, 49};
    Data<T> x(shape, kChannelsLast, 5, 1000.0);
    const Reference<T> reference(x);
    std::vector<T> mean(16), variance(16);
    batch_norm_moments<T>(shape, x.data(), x.strides, 1e-5, {mean.data(), variance.data(), nullptr});
    for (std::size_t c = 0; c < 16; ++c) {
      EXPECT_NEAR(static_cast<double>(variance[c]), reference.variance[c], 64 * kEpsilon<T>)
          << "E[x^2] - E[x]^2 would be off by 1e6 eps";
    }
  });
}

TYPED_TEST(BatchNormTest, ForwardAndBackwardFollowTheFormulas) {
  using T = TypeParam;
  on_every_target([] {
    for (const NormShape& shape : shapes()) {
      for (int variant = 0; variant < 12; ++variant) {
        const Layout layout = kLayouts[variant % 3];
        const bool relu = variant / 3 % 2 == 1, training = variant < 6;
        Data<T> x(shape, layout, 7, 0.5), dy(shape, kLayouts[variant == 4 ? 1 : variant % 3], 8), y(shape, layout, 9),
            dx(shape, layout, 10);
        const Reference<T> reference(x);
        const std::size_t channels = static_cast<std::size_t>(shape.channels);
        std::vector<T> mean(channels), inverse(channels), gamma(channels), beta(channels), dgamma(channels),
            dbeta(channels);
        for (std::size_t c = 0; c < channels; ++c) {
          mean[c] = static_cast<T>(reference.mean[c]);
          inverse[c] = static_cast<T>(1 / std::sqrt(reference.variance[c] + 1e-5));
          gamma[c] = static_cast<T>(0.5 + 0.1 * static_cast<double>(c % 7));
          beta[c] = static_cast<T>(0.3 - 0.1 * static_cast<double>(c % 5));
        }
        const ChannelAffine<T> affine{mean.data(), inverse.data(), gamma.data(), beta.data(), relu};
        batch_norm_forward(shape, affine, x.data(), x.strides, y.data(), y.strides);
        batch_norm_backward(shape, affine, training, dy.data(), dy.strides, x.data(), x.strides, dx.data(), dx.strides,
                            dgamma.data(), dbeta.data());
        const double count = static_cast<double>(shape.batch * shape.spatial);
        for (int64_t c = 0; c < shape.channels; ++c) {
          const std::size_t at = static_cast<std::size_t>(c);
          const double m = mean[at], r = inverse[at], g = gamma[at], b = beta[at];
          double sum = 0, product = 0, magnitude = 1e-30;
          const auto gradient = [&](int64_t n, int64_t i) {
            // Whether y > 0 is decided on the rounded value, as everywhere.
            return relu && !(y(n, c, i) > T(0)) ? 0.0 : static_cast<double>(dy(n, c, i));
          };
          for (int64_t n = 0; n < shape.batch; ++n) {
            for (int64_t i = 0; i < shape.spatial; ++i) {
              const double xhat = (static_cast<double>(x(n, c, i)) - m) * r;
              double expected = g * xhat + b;
              if (relu) expected = std::max(expected, 0.0);
              ASSERT_NEAR(
                  static_cast<double>(y(n, c, i)), expected,
                  4 * kEpsilon<T> * (g * r * (std::abs(static_cast<double>(x(n, c, i))) + std::abs(m)) + std::abs(b)));
              sum += gradient(n, i);
              product += gradient(n, i) * xhat;
              magnitude += std::abs(gradient(n, i)) * (1 + std::abs(xhat));
            }
          }
          ASSERT_NEAR(static_cast<double>(dbeta[at]), sum, 32 * kEpsilon<T> * magnitude);
          ASSERT_NEAR(static_cast<double>(dgamma[at]), product, 32 * kEpsilon<T> * magnitude);
          for (int64_t n = 0; n < shape.batch; ++n) {
            for (int64_t i = 0; i < shape.spatial; ++i) {
              const double xhat = (static_cast<double>(x(n, c, i)) - m) * r;
              const double expected =
                  g * r * (gradient(n, i) - (training ? sum / count + xhat * product / count : 0.0));
              const double scale = g * r * (std::abs(gradient(n, i)) + (1 + xhat * xhat) * magnitude / count);
              ASSERT_NEAR(static_cast<double>(dx(n, c, i)), expected, 64 * kEpsilon<T> * scale);
            }
          }
        }
      }
    }
  });
}

TYPED_TEST(BatchNormTest, ThreadsDoNotChangeABit) {
  using T = TypeParam;
  on_every_target([] {
    for (const Layout layout : kLayouts) {
      const NormShape shape{64, 16, 200};
      Data<T> x(shape, layout, 1), dy(shape, layout, 2);
      expect_equal_bits_for_any_threads([&] {
        Data<T> dx(shape, layout, 3);
        std::vector<T> out(64);
        batch_norm_moments<T>(shape, x.data(), x.strides, 1e-5, {out.data(), nullptr, out.data() + 16});
        batch_norm_backward(shape, ChannelAffine<T>{out.data(), out.data() + 16}, true, dy.data(), dy.strides, x.data(),
                            x.strides, dx.data(), dx.strides, out.data() + 32, out.data() + 48);
        out.insert(out.end(), dx.values.begin(), dx.values.end());
        return out;
      });
    }
  });
}

TYPED_TEST(BatchNormTest, OneValueAChannelHasNoUnbiasedVariance) {
  using T = TypeParam;
  std::vector<T> x{5}, mean(1), running(1, T(1));
  batch_norm_moments<T>({1, 1, 1}, x.data(), {1, 1, 1}, 1e-5, {mean.data(), nullptr, nullptr},
                        {nullptr, running.data(), 0.1});
  EXPECT_TRUE(std::isnan(running[0])) << "torch's number too, where it lets such a batch through";
}

template <typename T>
class GroupNormTest : public testing::Test {};
TYPED_TEST_SUITE(GroupNormTest, Types);

TYPED_TEST(GroupNormTest, ForwardAndBackwardFollowTheFormulas) {
  using T = TypeParam;
  struct Case {
    NormShape shape;
    int64_t groups;
  };
  on_every_target([] {
    for (const auto& [shape, groups] : {Case{{2, 6, 35}, 3}, Case{{3, 16, 49}, 1}, Case{{2, 5, 17}, 5},
                                        Case{{7, 100, 1}, 1}, Case{{1, 48, 2100}, 4}, Case{{40, 3000, 1}, 1}}) {
      for (const Layout layout : kLayouts) {
        Data<T> x(shape, layout, 21, 2.0), dy(shape, layout, 22), y(shape, layout, 23), dx(shape, layout, 24);
        const int64_t cg = shape.channels / groups;
        const std::size_t channels = static_cast<std::size_t>(shape.channels),
                          units = static_cast<std::size_t>(shape.batch * groups);
        std::vector<T> mean(units), inverse(units), gamma(channels), beta(channels), dgamma(channels), dbeta(channels);
        for (std::size_t c = 0; c < channels; ++c) {
          gamma[c] = static_cast<T>(static_cast<double>(c % 5) * 0.25 - 0.25);  // 0 and negative ones too
          beta[c] = static_cast<T>(0.1 * static_cast<double>(c % 3));
        }
        group_norm_forward(shape, groups, 1e-5, x.data(), x.strides, gamma.data(), beta.data(), y.data(), y.strides,
                           mean.data(), inverse.data());
        group_norm_backward(shape, groups, dy.data(), dy.strides, x.data(), x.strides, mean.data(), inverse.data(),
                            gamma.data(), dx.data(), dx.strides, dgamma.data(), dbeta.data());
        std::vector<double> expected_dgamma(channels), expected_dbeta(channels), magnitude(channels);
        for (int64_t n = 0; n < shape.batch; ++n) {
          for (int64_t g = 0; g < groups; ++g) {
            const double count = static_cast<double>(cg * shape.spatial);
            const auto each = [&](auto fn) {
              for (int64_t c = g * cg; c < (g + 1) * cg; ++c)
                for (int64_t i = 0; i < shape.spatial; ++i) fn(c, i);
            };
            long double total = 0, squares = 0;  // a naive float64 sum of 25,200 terms is no reference for float64
            double sum = 0, product = 0, size = 0;
            each([&](int64_t c, int64_t i) { total += static_cast<long double>(x(n, c, i)); });
            const double m = static_cast<double>(total / static_cast<long double>(count));
            each([&](int64_t c, int64_t i) { squares += std::pow(static_cast<long double>(x(n, c, i)) - m, 2); });
            const double v = static_cast<double>(squares) / count;
            const double r = 1 / std::sqrt(v + 1e-5);
            const std::size_t unit = static_cast<std::size_t>(n * groups + g);
            EXPECT_NEAR(static_cast<double>(mean[unit]), m, 16 * kEpsilon<T> * (std::abs(m) + 1));
            EXPECT_NEAR(static_cast<double>(inverse[unit]), r, 64 * kEpsilon<T> * r);
            each([&](int64_t c, int64_t i) {
              const std::size_t at = static_cast<std::size_t>(c);
              const double xhat = (static_cast<double>(x(n, c, i)) - m) * r, d = dy(n, c, i), w = gamma[at];
              ASSERT_NEAR(static_cast<double>(y(n, c, i)), w * xhat + static_cast<double>(beta[at]),
                          64 * kEpsilon<T> * (std::abs(w) * (std::abs(xhat) + r * (2 + std::abs(m))) + 1));
              sum += d * w / count;
              product += d * w * xhat / count;
              size += std::abs(d * w) * (1 + std::abs(xhat)) / count;
              expected_dgamma[at] += d * xhat;
              expected_dbeta[at] += d;
              magnitude[at] += std::abs(d) * (1 + std::abs(xhat));
            });
            each([&](int64_t c, int64_t i) {
              const double xhat = (static_cast<double>(x(n, c, i)) - m) * r, d = dy(n, c, i);
              const double w = gamma[static_cast<std::size_t>(c)];
              ASSERT_NEAR(static_cast<double>(dx(n, c, i)), r * (d * w - sum - xhat * product),
                          128 * kEpsilon<T> * r * (std::abs(d * w) + (1 + xhat * xhat) * size));
            });
          }
        }
        for (std::size_t c = 0; c < channels; ++c) {
          ASSERT_NEAR(static_cast<double>(dgamma[c]), expected_dgamma[c], 64 * kEpsilon<T> * magnitude[c]);
          ASSERT_NEAR(static_cast<double>(dbeta[c]), expected_dbeta[c], 64 * kEpsilon<T> * magnitude[c]);
        }
      }
    }
  });
}

}  // namespace
}  // namespace lamella::kernels
