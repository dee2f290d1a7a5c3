// Resizing: torch's numbers for small maps, a dense float64 product of weights for random ones, and the gradient as the
// transpose of the forward.
#include "kernels/interpolate/interpolate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/kernel_testing.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;
using Extents = std::array<int64_t, 3>;

InterpolateStrides strides_of(int64_t channels, const Extents& e, bool channels_last) {
  const int64_t plane = e[0] * e[1] * e[2];
  if (channels_last) return {plane * channels, 1, {e[1] * e[2] * channels, e[2] * channels, channels}};
  return {plane * channels, plane, {e[1] * e[2], e[2], 1}};
}
std::size_t size_of(int64_t batch, int64_t channels, const Extents& e) {
  return static_cast<std::size_t>(batch * channels * e[0] * e[1] * e[2]);
}

template <typename T>
std::vector<T> resized(const InterpolateShape& shape, const std::vector<T>& x, bool channels_last = false) {
  std::vector<T> y(size_of(shape.batch, shape.channels, shape.output));
  interpolate_forward(shape, x.data(), strides_of(shape.channels, shape.input, channels_last), y.data(),
                      strides_of(shape.channels, shape.output, channels_last));
  return y;
}

/// What one axis of `input` elements does, as a dense matrix [output][input]: the images of the unit vectors.
std::vector<std::vector<double>> matrix_of(InterpolateShape shape, std::size_t axis) {
  const int64_t input = shape.input[axis], output = shape.output[axis];
  const double factor = shape.scale_factors[axis];
  shape = {.input = {1, 1, input},
           .output = {1, 1, output},
           .mode = shape.mode,
           .align_corners = shape.align_corners,
           .antialias = shape.antialias,
           .scale_factors = {0, 0, factor}};
  std::vector<std::vector<double>> matrix(static_cast<std::size_t>(output),
                                          std::vector<double>(static_cast<std::size_t>(input)));
  for (std::size_t i = 0; i < static_cast<std::size_t>(input); ++i) {
    std::vector<float> unit(static_cast<std::size_t>(input));  // float: so are the coordinates of all types but double
    unit[i] = 1;
    const std::vector<float> y = resized(shape, unit);
    for (std::size_t o = 0; o < y.size(); ++o) matrix[o][i] = static_cast<double>(y[o]);
  }
  return matrix;
}

std::vector<InterpolateShape> shapes() {
  std::mt19937 random(17);
  const auto upto = [&](int most) { return static_cast<int64_t>(random() % static_cast<unsigned>(most)) + 1; };
  std::vector<InterpolateShape> list;
  for (int trial = 0; trial < 60; ++trial) {
    InterpolateShape s;
    s.mode = static_cast<Interpolation>(trial % 5);
    s.batch = upto(2);
    s.channels = trial % 4 == 0 ? upto(3) : upto(40);
    s.align_corners = random() % 2 == 0;
    for (std::size_t a = static_cast<std::size_t>(trial / 5 % 3); a < 3; ++a) {
      s.input[a] = upto(7);
      s.output[a] = upto(9);
    }
    s.antialias = trial % 7 == 2 && s.mode != Interpolation::kArea;
    if (s.mode == Interpolation::kNearest || s.mode == Interpolation::kNearestExact)
      s.antialias = s.align_corners = false;
    if (trial % 3 == 1 && s.mode != Interpolation::kArea) s.scale_factors[2] = 1.3;
    list.push_back(s);
  }
  return list;
}

double number(double v) { return v; }
template <typename T>
double number(T v) {
  return static_cast<double>(static_cast<float>(v));
}

template <typename T>
constexpr double kEpsilon = std::is_same_v<T, bfloat16>  ? 0x1p-8
                            : std::is_same_v<T, float16> ? 0x1p-11
                                                         : 0x1p-23;

template <typename T>
class InterpolateTest : public testing::Test {};
using Types = testing::Types<float, double, bfloat16, float16>;
TYPED_TEST_SUITE(InterpolateTest, Types);

TYPED_TEST(InterpolateTest, AxesMultiplyAndTheGradientIsTheTranspose) {
  using T = TypeParam;
  on_every_target([] {
    std::mt19937 random(4);
    std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
    for (const InterpolateShape& s : shapes()) {
      const std::vector<std::vector<double>> d = matrix_of(s, 0), h = matrix_of(s, 1), w = matrix_of(s, 2);
      for (const bool channels_last : {false, true}) {
        const InterpolateStrides xs = strides_of(s.channels, s.input, channels_last),
                                 ys = strides_of(s.channels, s.output, channels_last);
        std::vector<T> x(size_of(s.batch, s.channels, s.input)), dy(size_of(s.batch, s.channels, s.output)),
            dx(x.size());
        for (T& v : x) v = T(uniform(random));
        for (T& v : dy) v = T(uniform(random));
        const std::vector<T> y = resized(s, x, channels_last);
        interpolate_backward(s, dy.data(), ys, dx.data(), xs);
        std::vector<double> expected_y(y.size()), expected_dx(x.size()), y_scale(y.size()), dx_scale(x.size());
        const auto each = [](const Extents& e, auto fn) {
          for (int64_t i = 0; i < e[0]; ++i)
            for (int64_t j = 0; j < e[1]; ++j)
              for (int64_t k = 0; k < e[2]; ++k)
                fn(static_cast<std::size_t>(i), static_cast<std::size_t>(j), static_cast<std::size_t>(k));
        };
        const auto at = [](const InterpolateStrides& t, int64_t n, int64_t c, std::size_t i, std::size_t j,
                           std::size_t k) {
          return static_cast<std::size_t>(n * t.batch + c * t.channel) + i * static_cast<std::size_t>(t.axis[0]) +
                 j * static_cast<std::size_t>(t.axis[1]) + k * static_cast<std::size_t>(t.axis[2]);
        };
        for (int64_t n = 0; n < s.batch; ++n) {
          for (int64_t c = 0; c < s.channels; ++c) {
            each(s.output, [&](std::size_t oi, std::size_t oj, std::size_t ok) {
              const std::size_t to = at(ys, n, c, oi, oj, ok);
              each(s.input, [&](std::size_t i, std::size_t j, std::size_t k) {
                const double weight = d[oi][i] * h[oj][j] * w[ok][k];
                const std::size_t from = at(xs, n, c, i, j, k);
                expected_y[to] += weight * number(x[from]);
                y_scale[to] += std::abs(weight);
                expected_dx[from] += weight * number(dy[to]);
                dx_scale[from] += std::abs(weight);
              });
            });
          }
        }
        // Weights carry a float32 coordinate's rounding (a few eps of an extent below 16), sums a few eps more.
        for (std::size_t i = 0; i < y.size(); ++i) {
          ASSERT_NEAR(number(y[i]), expected_y[i], 64 * 0x1p-23 * (1 + y_scale[i]) + kEpsilon<T> * y_scale[i]);
        }
        for (std::size_t i = 0; i < dx.size(); ++i) {
          ASSERT_NEAR(number(dx[i]), expected_dx[i], 64 * 0x1p-23 * (1 + dx_scale[i]) + kEpsilon<T> * dx_scale[i]);
        }
      }
    }
  });
}

// torch.nn.functional.interpolate(torch.tensor([[[1., 2., 4.]]]), …), torch 2.13.0; the bicubic and antialiased ones
// with a second axis of extent 1 or 2.
struct Golden {
  const char* name;
  InterpolateShape shape;
  std::vector<float> expected;
};

InterpolateShape line(int64_t output, Interpolation mode, bool align_corners = false, double factor = 0,
                      bool antialias = false) {
  return {.input = {1, 1, 3},
          .output = {1, 1, output},
          .mode = mode,
          .align_corners = align_corners,
          .antialias = antialias,
          .scale_factors = {0, 0, factor}};
}

TEST(InterpolateGoldenTest, IsTorchs) {
  const Golden cases[] = {
      {"nearest", line(5, Interpolation::kNearest, false, 0, false), {1.0F, 1.0F, 2.0F, 2.0F, 4.0F}},
      {"nearest by 1.7", line(5, Interpolation::kNearest, false, 1.7, false), {1.0F, 1.0F, 2.0F, 2.0F, 4.0F}},
      {"nearest-exact", line(5, Interpolation::kNearestExact, false, 0, false), {1.0F, 1.0F, 2.0F, 4.0F, 4.0F}},
      {"linear", line(5, Interpolation::kLinear, false, 0, false), {1.0F, 1.4000001F, 2.0F, 3.2000003F, 4.0F}},
      {"linear, corners", line(5, Interpolation::kLinear, true, 0, false), {1.0F, 1.5F, 2.0F, 3.0F, 4.0F}},
      {"linear by 2.5",
       line(7, Interpolation::kLinear, false, 2.5, false),
       {1.0F, 1.1F, 1.5F, 1.9000001F, 2.6000001F, 3.4000001F, 4.0F}},
      {"cubic",
       line(5, Interpolation::kCubic, false, 0, false),
       {0.9040002F, 1.2440007F, 2.0F, 3.2960002F, 4.1920004F}},
      {"cubic, corners", line(4, Interpolation::kCubic, true, 0, false), {1.0F, 1.462963F, 2.7407398F, 4.0F}},
      {"area", line(2, Interpolation::kArea, false, 0, false), {1.5F, 3.0F}},
      {"area up", line(4, Interpolation::kArea, false, 0, false), {1.0F, 1.5F, 3.0F, 4.0F}},
      {"antialiased linear", line(2, Interpolation::kLinear, false, 0, true), {1.375F, 3.25F}},
      {"antialiased cubic", line(2, Interpolation::kCubic, false, 0, true), {1.2696626F, 3.3402889F}},
      {"antialiased linear, corners", line(5, Interpolation::kLinear, true, 0, true), {1.0F, 1.25F, 1.75F, 2.5F, 3.5F}},
  };
  for (const Golden& golden : cases) {
    const std::vector<float> y = resized<float>(golden.shape, {1, 2, 4});
    ASSERT_EQ(y.size(), golden.expected.size());
    for (std::size_t i = 0; i < y.size(); ++i)
      EXPECT_NEAR(y[i], golden.expected[i], 2e-6) << golden.name << " at " << i;
  }
}

template <typename T>
class NearestTest : public testing::Test {};
using All =
    testing::Types<float, double, bfloat16, float16, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, int64_t>;
TYPED_TEST_SUITE(NearestTest, All);

TYPED_TEST(NearestTest, CopiesEveryType) {
  const std::vector<TypeParam> x{TypeParam(1), TypeParam(2), TypeParam(4)};
  const std::vector<TypeParam> y = resized(line(6, Interpolation::kNearest), x);
  EXPECT_TRUE(same_bits(y, {x[0], x[0], x[1], x[1], x[2], x[2]}));
}

TEST(InterpolateThreadsTest, DoNotChangeABit) {
  const InterpolateShape shape{
      .batch = 4, .channels = 24, .input = {1, 20, 20}, .output = {1, 33, 47}, .mode = Interpolation::kLinear};
  std::vector<float> x(size_of(4, 24, shape.input));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
  on_every_target([&] { expect_equal_bits_for_any_threads([&] { return resized(shape, x, true); }); });
}

}  // namespace
}  // namespace lamella::kernels
