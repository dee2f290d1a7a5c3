#include "core/random_transform.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace lamella {
namespace {

// Results do not depend on the instruction set: every fused operation is written as one, and a CPU without it has a
// slower function that rounds the same way. Where there is one, the loops below are compiled for it.
#if defined(__x86_64__)
#define LAMELLA_FMA_TARGET __attribute__((target("avx2,fma")))
bool has_fma() {
  static const bool has = (__builtin_cpu_init(), __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  return has;
}
#else
#define LAMELLA_FMA_TARGET
bool has_fma() { return false; }
#endif
#define LAMELLA_INLINE __attribute__((always_inline)) inline

constexpr int kLanes = 8;

// The natural logarithm of a normal positive number: Cephes' logf (Moshier), in the operations of PyTorch's AVX2 code.
LAMELLA_INLINE float log_of(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  float m = std::bit_cast<float>((bits & 0x007fffffU) | 0x3f000000U);  // [0.5, 1)
  float e = static_cast<float>(static_cast<std::int32_t>(bits >> 23) - 126);
  const bool low = m < 0.707106781186547524F;
  const float again = low ? m : 0.0F;
  e -= low ? 1.0F : 0.0F;
  m = (m - 1.0F) + again;
  const float z = m * m;
  float y = 7.0376836292E-2F;
  y = std::fma(y, m, -1.1514610310E-1F);
  y = std::fma(y, m, 1.1676998740E-1F);
  y = std::fma(y, m, -1.2420140846E-1F);
  y = std::fma(y, m, 1.4249322787E-1F);
  y = std::fma(y, m, -1.6668057665E-1F);
  y = std::fma(y, m, 2.0000714765E-1F);
  y = std::fma(y, m, -2.4999993993E-1F);
  y = std::fma(y, m, 3.3333331174E-1F);
  y = std::fma(y * m, z, e * -2.12194440e-4F);
  y = y - z * 0.5F;
  return std::fma(e, 0.693359375F, m + y);
}

// Sine and cosine of 0 <= x < 8192: Cephes' sinf and cosf, in the operations of PyTorch's AVX2 code.
LAMELLA_INLINE void sine_cosine(float x, float& sine, float& cosine) {
  const std::int32_t octant = (static_cast<std::int32_t>(x * 1.27323954473516F) + 1) & ~1;
  const float y = static_cast<float>(octant);
  x = std::fma(y, -0.78515625F, x);  // x - y pi/4, in three parts
  x = std::fma(y, -2.4187564849853515625e-4F, x);
  x = std::fma(y, -3.77489497744594108e-8F, x);
  const float z = x * x;
  float c = 2.443315711809948E-005F;
  c = std::fma(c, z, -1.388731625493765E-003F);
  c = std::fma(c, z, 4.166664568298827E-002F);
  c = std::fma(c * z, z, -(z * 0.5F)) + 1.0F;
  float s = -1.9515295891E-4F;
  s = std::fma(s, z, 8.3321608736E-3F);
  s = std::fma(s, z, -1.6666654611E-1F);
  s = std::fma(s * z, x, x);
  const bool straight = (octant & 2) == 0;
  const std::uint32_t sine_sign = static_cast<std::uint32_t>(octant & 4) << 29;
  const std::uint32_t cosine_sign = static_cast<std::uint32_t>(~(octant - 2) & 4) << 29;
  sine = std::bit_cast<float>(std::bit_cast<std::uint32_t>(straight ? s : c) ^ sine_sign);
  cosine = std::bit_cast<float>(std::bit_cast<std::uint32_t>(straight ? c : s) ^ cosine_sign);
}

LAMELLA_INLINE void box_muller_blocks(float* x, std::int64_t blocks, float mean, float std) {
  constexpr float kTwoPi = static_cast<float>(2 * std::numbers::pi);
  for (; blocks > 0; --blocks, x += 2 * kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const float radius = __builtin_sqrtf(-2.0F * log_of(1.0F - x[lane]));
      float sine = 0;
      float cosine = 0;
      sine_cosine(kTwoPi * x[lane + kLanes], sine, cosine);
      x[lane] = std::fma(radius * cosine, std, mean);
      x[lane + kLanes] = std::fma(radius * sine, std, mean);
    }
  }
}

template <typename T>
LAMELLA_INLINE void scale_shift_all(T* x, std::int64_t n, T scale, T shift) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = std::fma(x[i], scale, shift);
}

LAMELLA_FMA_TARGET void box_muller_fma(float* x, std::int64_t blocks, float mean, float std) {
  box_muller_blocks(x, blocks, mean, std);
}
LAMELLA_FMA_TARGET void scale_shift_fma(float* x, std::int64_t n, float scale, float shift) {
  scale_shift_all(x, n, scale, shift);
}
LAMELLA_FMA_TARGET void scale_shift_fma(double* x, std::int64_t n, double scale, double shift) {
  scale_shift_all(x, n, scale, shift);
}

}  // namespace

void scale_shift(float* x, std::int64_t n, float scale, float shift) {
  has_fma() ? scale_shift_fma(x, n, scale, shift) : scale_shift_all(x, n, scale, shift);
}

void scale_shift(double* x, std::int64_t n, double scale, double shift) {
  has_fma() ? scale_shift_fma(x, n, scale, shift) : scale_shift_all(x, n, scale, shift);
}

void box_muller16(float* x, std::int64_t blocks, float mean, float std) {
  has_fma() ? box_muller_fma(x, blocks, mean, std) : box_muller_blocks(x, blocks, mean, std);
}

void box_muller16(double* x, std::int64_t blocks, double mean, double std) {
  for (; blocks > 0; --blocks, x += 2 * kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const double radius = std::sqrt(-2 * std::log(1 - x[lane]));
      const double theta = 2 * std::numbers::pi * x[lane + kLanes];
      x[lane] = std::fma(radius * std::cos(theta), std, mean);
      x[lane + kLanes] = std::fma(radius * std::sin(theta), std, mean);
    }
  }
}

}  // namespace lamella
