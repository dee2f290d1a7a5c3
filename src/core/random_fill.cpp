// The fills of core/random.h: which draws become which element.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include <lamella/error.h>

#include "core/random.h"
#include "core/random_transform.h"

namespace lamella {
namespace {

constexpr std::int64_t kChunk = 512;  // a multiple of Box and Muller's 16; small enough for the stack and the L1 cache
constexpr std::int64_t kBlock = 16;

// PyTorch computes in double for float64 and in float for the others.
template <typename T>
using Compute = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <typename T>
constexpr int digits_of() {
  if constexpr (std::is_same_v<T, bfloat16>) return 8;
  if constexpr (std::is_same_v<T, float16>) return 11;
  return std::numeric_limits<T>::digits;
}

// double to a 16-bit type goes by way of float, as in PyTorch.
template <typename T, typename From>
T narrow(From value) {
  if constexpr (std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>) {
    return T(static_cast<float>(value));
  } else {
    return static_cast<T>(value);
  }
}

template <typename T>
double widen(T value) {
  if constexpr (std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>) {
    return static_cast<double>(static_cast<float>(value));
  } else {
    return static_cast<double>(value);
  }
}

void check_floating(const char* name, DType dtype) {
  if (!is_floating_point(dtype)) {
    throw TypeError(fmt::format("{}: got a tensor of {}, expects a floating-point dtype", name, name_of(dtype)));
  }
}

// fn.operator()<T>() for a floating-point dtype.
template <typename Fn>
void visit_floating(DType dtype, Fn&& fn) {
  visit_dtype(dtype, [&]<typename T>() {
    if constexpr (dtype_of<T> >= DType::kFloat16) fn.template operator()<T>();
  });
}

// n <= kChunk numbers of [0, 1): 24 bits of a draw, or 53 bits of two.
void draw_uniform(RandomDraws& draws, float* out, std::int64_t n) {
  std::array<std::uint32_t, kChunk> bits;
  draws.next32(std::span(bits).first(static_cast<std::size_t>(n)));
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(static_cast<std::int32_t>(bits[static_cast<std::size_t>(i)] & 0xffffffU)) * 0x1p-24F;
  }
}

void draw_uniform(RandomDraws& draws, double* out, std::int64_t n) {
  std::array<std::uint32_t, 2 * kChunk> bits;
  draws.next32(std::span(bits).first(2 * static_cast<std::size_t>(n)));
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint64_t high = bits[2 * static_cast<std::size_t>(i)] & 0x1fffffU;
    const std::uint64_t whole = high << 32 | bits[2 * static_cast<std::size_t>(i) + 1];
    out[i] = static_cast<double>(static_cast<std::int64_t>(whole)) * 0x1p-53;
  }
}

// Calls use(values, first, count) for chunks of n uniform numbers.
template <typename Number, typename Use>
void for_uniform_chunks(RandomDraws& draws, std::int64_t n, Use&& use) {
  std::array<Number, kChunk> values;
  for (std::int64_t first = 0; first < n; first += kChunk) {
    const std::int64_t count = std::min(kChunk, n - first);
    draw_uniform(draws, values.data(), count);
    use(values.data(), first, count);
  }
}

template <typename T>
void uniform_all(RandomDraws& draws, T* data, std::int64_t n, double from, double to) {
  using Number = Compute<T>;
  const Number low = static_cast<Number>(from);
  const Number scale = static_cast<Number>(to) - low;
  const double excluded = widen(narrow<T>(to));
  const T replacement = narrow<T>(from);
  for_uniform_chunks<Number>(draws, n, [&](Number* values, std::int64_t first, std::int64_t count) {
    if (low != 0 || scale != 1) scale_shift(values, count, scale, low);
    for (std::int64_t i = 0; i < count; ++i) {
      const T value = narrow<T>(values[i]);
      data[first + i] = widen(value) == excluded ? replacement : value;  // rounding may reach the open end
    }
  });
}

// One block of 16 of its own draws.
template <typename T>
void normal_block(RandomDraws& draws, T* data, double mean, double std) {
  using Number = Compute<T>;
  std::array<Number, kBlock> values;
  draw_uniform(draws, values.data(), kBlock);
  box_muller16(values.data(), 1, static_cast<Number>(mean), static_cast<Number>(std));
  for (std::int64_t i = 0; i < kBlock; ++i) data[i] = narrow<T>(values[static_cast<std::size_t>(i)]);
}

// PyTorch draws n numbers, transforms the whole blocks of 16, and draws the last 16 elements anew if there is a rest.
// Of the 16-bit types it does not draw the rest before.
template <typename T>
void normal_blocks(RandomDraws& draws, T* data, std::int64_t n, double mean, double std) {
  using Number = Compute<T>;
  const std::int64_t rest = n % kBlock;
  for_uniform_chunks<Number>(draws, n - rest, [&](Number* values, std::int64_t first, std::int64_t count) {
    box_muller16(values, count / kBlock, static_cast<Number>(mean), static_cast<Number>(std));
    for (std::int64_t i = 0; i < count; ++i) data[first + i] = narrow<T>(values[i]);
  });
  if (rest == 0) return;
  if (sizeof(T) >= sizeof(float)) {
    std::array<Number, kBlock> unused;
    draw_uniform(draws, unused.data(), rest);
  }
  normal_block(draws, data + n - kBlock, mean, std);
}

template <typename T>
void normal_scalar(RandomDraws& draws, T* data, std::int64_t n, double mean, double std) {
  for (std::int64_t i = 0; i < n; ++i) data[i] = narrow<T>(std::fma(draws.normal(), std, mean));
}

void check_std(double std) {
  if (!(std >= 0)) throw ValueError(fmt::format("normal_: got std = {}, expects std >= 0", std));
}

// The ends of random_(low, high), moved inwards until they survive rounding to a floating-point T.
template <typename T>
void round_inwards(std::int64_t& low, std::int64_t& high) {
  const auto spacing = [](std::int64_t value) {
    const std::uint64_t magnitude =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    const int exponent = magnitude == 0 ? 0 : std::bit_width(magnitude) - 1;
    return std::int64_t{1} << std::max(exponent - digits_of<T>() + 1, 0);
  };
  const auto rounded = [](std::int64_t value) {
    const double wide = widen(narrow<T>(static_cast<Compute<T>>(value)));
    return wide >= 0x1p63 ? std::numeric_limits<std::int64_t>::max() : static_cast<std::int64_t>(wide);
  };
  if (low < std::numeric_limits<std::int64_t>::max() && rounded(low + 1) < low)
    low = rounded(low + 1) + spacing(low + 1);
  if (high > std::numeric_limits<std::int64_t>::min() && rounded(high - 1) >= high) {
    high = rounded(high - 1) - spacing(high - 1);
  }
}

template <typename T>
bool fits(std::int64_t value) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    return true;
  } else if constexpr (std::is_same_v<T, float16>) {
    return value >= -65504 && value <= 65504;
  } else if constexpr (std::is_floating_point_v<T>) {
    return true;
  } else {
    return value >= static_cast<std::int64_t>(std::numeric_limits<T>::lowest()) &&
           value <= static_cast<std::int64_t>(std::numeric_limits<T>::max());
  }
}

template <typename T>
T from_int(std::int64_t value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else {
    return narrow<T>(value);
  }
}

template <typename T>
void randint_all(Generator& generator, T* data, std::int64_t n, std::int64_t low, std::int64_t high) {
  if constexpr (dtype_of<T> >= DType::kFloat16) {
    round_inwards<T>(low, high);
    if (low >= high)
      throw ValueError(fmt::format("random_: {} holds no whole number of that range", name_of(dtype_of<T>)));
  }
  if (!fits<T>(low) || !fits<T>(high - 1)) {
    throw ValueError(fmt::format("random_: the range [{}, {}) does not fit {}", low, high, name_of(dtype_of<T>)));
  }
  RandomDraws draws(generator);
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const std::uint64_t base = static_cast<std::uint64_t>(low);
  const bool wide = range >= std::uint64_t{1} << 28;  // below, the modulo's bias is at most 5 %
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint64_t bits = wide ? draws.next64() : draws.next32();
    data[i] = from_int<T>(static_cast<std::int64_t>(bits % range + base));
  }
}

template <typename T>
void random_all(RandomDraws& draws, T* data, std::int64_t n) {
  constexpr bool kWide = std::is_same_v<T, double> || std::is_same_v<T, std::int64_t>;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint64_t bits = kWide ? draws.next64() : draws.next32();
    if constexpr (dtype_of<T> >= DType::kFloat16) {
      data[i] = narrow<T>(bits % ((std::uint64_t{1} << digits_of<T>()) + 1));
    } else {
      data[i] = static_cast<T>(bits & static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
    }
  }
}

}  // namespace

void fill_uniform(Generator& generator, void* data, std::int64_t n, DType dtype, double from, double to) {
  check_floating("uniform_", dtype);
  visit_floating(dtype, [&]<typename T>() {
    const double difference = widen(narrow<T>(to - from));
    if (!(from <= to) || !std::isfinite(widen(narrow<T>(from))) || !std::isfinite(widen(narrow<T>(to))) ||
        !std::isfinite(difference)) {
      throw ValueError(fmt::format("uniform_: got from = {}, to = {}, expects from <= to and a finite to - from in {}",
                                   from, to, name_of(dtype)));
    }
    RandomDraws draws(generator);
    uniform_all(draws, static_cast<T*>(data), n, from, to);
  });
}

void fill_normal(Generator& generator, void* data, std::int64_t n, DType dtype, double mean, double std) {
  if (n < kBlock) return fill_normal_scalar(generator, data, n, dtype, mean, std);
  check_floating("normal_", dtype);
  check_std(std);
  RandomDraws draws(generator);
  visit_floating(dtype, [&]<typename T>() { normal_blocks(draws, static_cast<T*>(data), n, mean, std); });
}

void fill_normal_scalar(Generator& generator, void* data, std::int64_t n, DType dtype, double mean, double std) {
  check_floating("normal_", dtype);
  check_std(std);
  RandomDraws draws(generator);
  visit_floating(dtype, [&]<typename T>() { normal_scalar(draws, static_cast<T*>(data), n, mean, std); });
}

void fill_exponential(Generator& generator, void* data, std::int64_t n, DType dtype, double lambda) {
  check_floating("exponential_", dtype);
  if (!(lambda > 0)) throw ValueError(fmt::format("exponential_: got lambda = {}, expects lambda > 0", lambda));
  RandomDraws draws(generator);
  visit_floating(dtype, [&]<typename T>() {
    for_uniform_chunks<double>(draws, n, [&](const double* values, std::int64_t first, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) {
        static_cast<T*>(data)[first + i] = narrow<T>(-1 / lambda * std::log1p(-values[i]));
      }
    });
  });
}

void fill_bernoulli(Generator& generator, void* data, std::int64_t n, DType dtype, double p) {
  if (!(p >= 0 && p <= 1)) throw ValueError(fmt::format("bernoulli_: got p = {}, expects 0 <= p <= 1", p));
  RandomDraws draws(generator);
  visit_dtype(dtype, [&]<typename T>() {
    for_uniform_chunks<double>(draws, n, [&](const double* values, std::int64_t first, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) static_cast<T*>(data)[first + i] = from_int<T>(values[i] < p);
    });
  });
}

void fill_bernoulli(Generator& generator, void* data, std::int64_t n, DType dtype, const void* p, DType p_dtype) {
  check_floating("bernoulli", p_dtype);
  visit_floating(p_dtype, [&]<typename P>() {
    const P* const probabilities = static_cast<const P*>(p);
    for (std::int64_t i = 0; i < n; ++i) {
      const double chance = widen(probabilities[i]);
      if (!(chance >= 0 && chance <= 1)) {
        throw ValueError(fmt::format("bernoulli: got a probability of {}, expects all in [0, 1]", chance));
      }
    }
    RandomDraws draws(generator);
    visit_dtype(dtype, [&]<typename T>() {
      using Number = Compute<P>;
      for_uniform_chunks<Number>(draws, n, [&](const Number* values, std::int64_t first, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
          static_cast<T*>(data)[first + i] = from_int<T>(widen(values[i]) < widen(probabilities[first + i]));
        }
      });
    });
  });
}

void fill_randint(Generator& generator, void* data, std::int64_t n, DType dtype, std::int64_t low, std::int64_t high) {
  if (low >= high) {
    throw ValueError(fmt::format("random_: got low = {}, high = {}, expects low < high", low, high));
  }
  visit_dtype(dtype, [&]<typename T>() { randint_all(generator, static_cast<T*>(data), n, low, high); });
}

void fill_random(Generator& generator, void* data, std::int64_t n, DType dtype) {
  RandomDraws draws(generator);
  visit_dtype(dtype, [&]<typename T>() { random_all(draws, static_cast<T*>(data), n); });
}

void fill_randperm(Generator& generator, std::int64_t* data, std::int64_t n) {
  RandomDraws draws(generator);
  if (n < std::numeric_limits<std::uint32_t>::max() / 20) {  // Fisher and Yates's shuffle
    for (std::int64_t i = 0; i < n; ++i) data[i] = i;
    for (std::int64_t i = 0; i < n - 1; ++i) {
      std::swap(data[i], data[i + static_cast<std::int64_t>(draws.next32() % static_cast<std::uint64_t>(n - i))]);
    }
    return;
  }
  // The modulo of 32 bits would be biased: 64 bits, and the "inside-out" variant.
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t other = static_cast<std::int64_t>(draws.next64() % static_cast<std::uint64_t>(i + 1));
    data[i] = i;
    std::swap(data[i], data[other]);
  }
}

}  // namespace lamella
