// Padding element by element against its definition, forward and backward.
#include "kernels/pad/pad.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "kernels/kernel_testing.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;
using Extents = std::array<int64_t, kMaxPadRank>;

/// Contiguous strides with `axis` innermost.
PadStrides strides_of(int rank, const Extents& extents, int axis) {
  PadStrides strides{};
  strides[static_cast<std::size_t>(axis)] = 1;
  int64_t next = extents[static_cast<std::size_t>(axis)];
  for (int a = rank - 1; a >= 0; --a) {
    if (a == axis) continue;
    strides[static_cast<std::size_t>(a)] = next;
    next *= extents[static_cast<std::size_t>(a)];
  }
  return strides;
}

std::size_t size_of(int rank, const Extents& extents) {
  int64_t size = 1;
  for (int a = 0; a < rank; ++a) size *= extents[static_cast<std::size_t>(a)];
  return static_cast<std::size_t>(size);
}

template <typename Fn>
void each(int rank, const Extents& extents, Fn fn) {
  Extents at{};
  for (std::size_t i = 0; i < size_of(rank, extents); ++i) {
    fn(at);
    for (int a = rank - 1; a >= 0 && ++at[static_cast<std::size_t>(a)] == extents[static_cast<std::size_t>(a)]; --a) {
      at[static_cast<std::size_t>(a)] = 0;
    }
  }
}

std::size_t offset(const Extents& at, const PadStrides& strides) {
  int64_t sum = 0;
  for (std::size_t a = 0; a < at.size(); ++a) sum += at[a] * strides[a];
  return static_cast<std::size_t>(sum);
}

/// The definition, with walls and mirrors walked one step at a time.
int64_t source(PadMode mode, int64_t i, int64_t n) {
  switch (mode) {
    case PadMode::kConstant:
      return i < 0 || i >= n ? -1 : i;
    case PadMode::kReplicate:
      return i < 0 ? 0 : i >= n ? n - 1 : i;
    case PadMode::kReflect:
      if (i < 0) return -i;
      return i >= n ? n - 1 - (i - (n - 1)) : i;
    case PadMode::kCircular:
      break;
  }
  while (i < 0) i += n;
  while (i >= n) i -= n;
  return i;
}

struct Sample {
  PadShape shape;
  PadStrides x, y;
};

std::vector<Sample> samples() {
  std::mt19937 random(23);
  const auto below = [&](int64_t most) { return static_cast<int64_t>(random() % static_cast<unsigned>(most)); };
  std::vector<Sample> list;
  for (int trial = 0; trial < 120; ++trial) {
    Sample sample;
    PadShape& s = sample.shape;
    s.rank = 1 + trial % 5;
    s.mode = static_cast<PadMode>(trial % 4);
    for (std::size_t a = 0; a < static_cast<std::size_t>(s.rank); ++a) {
      const int64_t n = s.input[a] = 1 + below(a + 1 == static_cast<std::size_t>(s.rank) ? 40 : 5);
      const int64_t most = s.mode == PadMode::kReflect ? n - 1 : s.mode == PadMode::kCircular ? n : 3;
      const int64_t crop = n > 2 && trial % 7 == 0 ? -1 : 0;  // negative padding crops
      s.before[a] = below(3) == 0 ? crop : below(most + 1);
      s.output[a] = s.before[a] + n + (below(3) == 0 ? crop : below(most + 1));
    }
    sample.x = strides_of(s.rank, s.input, static_cast<int>(below(s.rank)));
    sample.y = strides_of(s.rank, s.output, static_cast<int>(below(s.rank)));
    list.push_back(sample);
  }
  return list;
}

template <typename T>
class PadTest : public testing::Test {};
using All = testing::Types<bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, int64_t, float, double,
                           bfloat16, float16>;
TYPED_TEST_SUITE(PadTest, All);

template <typename T>
T element(int64_t value) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(value);
  } else {
    return T(static_cast<float>(value));
  }
}

TYPED_TEST(PadTest, EveryElementComesFromItsSource) {
  using T = TypeParam;
  for (const auto& [s, xs, ys] : samples()) {
    std::vector<std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>> x_data(size_of(s.rank, s.input)),
        y_data(size_of(s.rank, s.output));
    for (std::size_t i = 0; i < x_data.size(); ++i) {
      x_data[i] = element<std::decay_t<decltype(x_data[0])>>(std::is_same_v<T, bool> ? static_cast<int64_t>(i % 2)
                                                                                     : static_cast<int64_t>(i % 100));
    }
    const T constant = element<T>(1);
    T* x = reinterpret_cast<T*>(x_data.data());
    T* y = reinterpret_cast<T*>(y_data.data());
    pad_forward(s, constant, x, xs, y, ys);
    each(s.rank, s.output, [&](const Extents& o) {
      Extents i{};
      bool inside = true;
      for (std::size_t a = 0; a < static_cast<std::size_t>(s.rank); ++a) {
        i[a] = source(s.mode, o[a] - s.before[a], s.input[a]);
        inside = inside && i[a] >= 0;
      }
      const T expected = inside ? x[offset(i, xs)] : constant;
      EXPECT_EQ(static_cast<float>(y[offset(o, ys)]), static_cast<float>(expected));
    });
    if (testing::Test::HasFailure()) return;
  }
}

template <typename T>
class PadGradientTest : public testing::Test {};
using Floating = testing::Types<float, double, bfloat16, float16>;
TYPED_TEST_SUITE(PadGradientTest, Floating);

TYPED_TEST(PadGradientTest, EveryOutputAddsToItsSource) {
  using T = TypeParam;
  for (const auto& [s, xs, ys] : samples()) {
    std::vector<T> dy(size_of(s.rank, s.output)), dx(size_of(s.rank, s.input), element<T>(77));
    for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = element<T>(static_cast<int64_t>(i % 3));  // sums stay exact
    pad_backward(s, dy.data(), ys, dx.data(), xs);
    std::vector<float> expected(dx.size(), 0.0F);
    each(s.rank, s.output, [&](const Extents& o) {
      Extents i{};
      bool inside = true;
      for (std::size_t a = 0; a < static_cast<std::size_t>(s.rank); ++a) {
        i[a] = source(s.mode, o[a] - s.before[a], s.input[a]);
        inside = inside && i[a] >= 0;
      }
      if (inside) expected[offset(i, xs)] += static_cast<float>(dy[offset(o, ys)]);
    });
    for (std::size_t i = 0; i < dx.size(); ++i)
      ASSERT_EQ(static_cast<float>(dx[i]), static_cast<float>(T(expected[i])));
  }
}

TEST(PadThreadsTest, DoNotChangeABit) {
  PadShape s{.rank = 4,
             .input = {8, 16, 20, 20},
             .output = {8, 16, 24, 26},
             .before = {0, 0, 2, 3},
             .mode = PadMode::kReflect};
  const PadStrides xs = strides_of(4, s.input, 1), ys = strides_of(4, s.output, 1);
  std::vector<float> dy(size_of(4, s.output));
  for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = 1.0F / static_cast<float>(i + 1);
  expect_equal_bits_for_any_threads([&] {
    std::vector<float> dx(size_of(4, s.input));
    pad_backward(s, dy.data(), ys, dx.data(), xs);
    return dx;
  });
}

TEST(PadEmptyTest, ConstantPaddingOfNothingIsTheConstant) {
  const PadShape s{.rank = 2, .input = {2, 0}, .output = {2, 3}, .before = {0, 1}};
  std::vector<float> y(6, 0.0F);
  pad_forward<float>(s, 5.0F, nullptr, {1, 1}, y.data(), {3, 1});
  EXPECT_EQ(y, std::vector<float>(6, 5.0F));
}

}  // namespace
}  // namespace lamella::kernels
