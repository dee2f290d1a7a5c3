// The elementary functions of the elementwise kernels, once a target. The float32 ones are straight-line code without
// tables, so that loops over them become vector code for every instruction set; float64 takes the C library's.
//
// Largest errors of the float32 functions against float64, over all floats (tests/kernels/elementwise_test.cpp samples
// them): exp 1, expm1 2, log 1, log1p 2, tanh 2, sigmoid 2, erf 2 units in the last place.
// Sources: exp, log and tanh have the polynomials of Cephes (Moshier, netlib.org/cephes, single/expf.c, logf.c,
// tanhf.c); erf is N. Juffa's single-precision minimax pair (public domain, split at 475/512).
#if defined(LAMELLA_KERNELS_ELEMENTWISE_FUNCTIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMELLA_KERNELS_ELEMENTWISE_FUNCTIONS_INL_H_
#undef LAMELLA_KERNELS_ELEMENTWISE_FUNCTIONS_INL_H_
#else
#define LAMELLA_KERNELS_ELEMENTWISE_FUNCTIONS_INL_H_
#endif

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
namespace HWY_NAMESPACE {

/// What the C library's functions without a vector form are called with. On x86 a long double is within the last digit
/// of float64 and costs a few instructions (fpatan), where glibc has its tables of float64 once for each of four
/// instruction sets: a quarter of a megabyte in a static program.
template <typename T>
using LibraryReal =
    std::conditional_t<std::is_same_v<T, double> && std::numeric_limits<long double>::digits == 64, long double, T>;

inline float mul_add(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;  // a call of fmaf() would cost more than all the rest
#endif
}

// x = n * ln(2) + r with |r| <= ln(2) / 2; `fraction` is exp(r) - 1.
struct ExpParts {
  float fraction;
  std::int32_t n;
};
inline ExpParts exp_parts(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const float shifted = x * 1.44269504F + kRound;
  const float n = shifted - kRound;
  const float r = mul_add(n, 2.12194440e-4F, mul_add(n, -0.693359375F, x));
  float p = mul_add(r, 1.9875691500e-4F, 1.3981999507e-3F);
  p = mul_add(p, r, 8.3334519073e-3F);
  p = mul_add(p, r, 4.1665795894e-2F);
  p = mul_add(p, r, 1.6666665459e-1F);
  p = mul_add(p, r, 5.0000001201e-1F);
  return {mul_add(p, r * r, r), std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound)};
}
inline float power_of_two(std::int32_t n) { return std::bit_cast<float>((n + 127) << 23); }
template <typename T>
inline T clamp_keeping_nan(T x, T low, T high) {
  return x < low ? low : x > high ? high : x;
}

inline float exp_of(float x) {
  const ExpParts e = exp_parts(clamp_keeping_nan(x, -104.0F, 89.0F));
  const std::int32_t half = e.n >> 1;  // in two steps, for subnormal results and n = 128
  return (1.0F + e.fraction) * power_of_two(half) * power_of_two(e.n - half);
}
inline float expm1_of(float x) {
  const ExpParts e = exp_parts(clamp_keeping_nan(x, -30.0F, 89.0F));
  const std::int32_t half = e.n >> 1;
  const float a = power_of_two(half), b = power_of_two(e.n - half);
  const float small = mul_add(e.fraction, a * b, a * b - 1.0F);
  const float value = e.n > 120 ? (1.0F + e.fraction) * a * b : small;  // a * b is infinite for n = 128
  return x == 0.0F ? x : value;
}

inline float log_of(float x) {
  const bool subnormal = x < std::numeric_limits<float>::min();
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(subnormal ? x * 8388608.0F : x);
  constexpr std::uint32_t kSqrtHalf = 0x3f3504f3U;  // the mantissa is brought to [sqrt(1/2), sqrt(2))
  const std::uint32_t shifted = bits + (0x3f800000U - kSqrtHalf);
  const float e = static_cast<float>(static_cast<std::int32_t>(shifted >> 23) - (subnormal ? 150 : 127));
  const float f = std::bit_cast<float>((shifted & 0x007fffffU) + kSqrtHalf) - 1.0F;
  float p = mul_add(f, 7.0376836292e-2F, -1.1514610310e-1F);
  p = mul_add(p, f, 1.1676998740e-1F);
  p = mul_add(p, f, -1.2420140846e-1F);
  p = mul_add(p, f, 1.4249322787e-1F);
  p = mul_add(p, f, -1.6668057665e-1F);
  p = mul_add(p, f, 2.0000714765e-1F);
  p = mul_add(p, f, -2.4999993993e-1F);
  p = mul_add(p, f, 3.3333331174e-1F);
  const float z = f * f;
  float y = mul_add(e, -2.12194440e-4F, f * z * p);
  y = mul_add(z, -0.5F, y);
  const float value = mul_add(e, 0.693359375F, f + y);
  const float special = x == 0.0F  ? -std::numeric_limits<float>::infinity()
                        : x > 0.0F ? x  // infinity
                                   : std::numeric_limits<float>::quiet_NaN();
  return x > 0.0F && x < std::numeric_limits<float>::infinity() ? value : special;
}
inline float log1p_of(float x) {  // log of the rounded 1 + x, corrected by what the rounding lost
  const float u = 1.0F + x;
  const float lost = x - (u - 1.0F);
  const float value = log_of(u) + lost / u;
  const float special = u == 1.0F ? x : log_of(u);
  return u > 0.0F && u != 1.0F && u < std::numeric_limits<float>::infinity() ? value : special;
}

inline float tanh_of(float x) {
  const float a = std::fabs(x);
  const float z = x * x;
  float p = mul_add(z, -5.70498872745e-3F, 2.06390887954e-2F);
  p = mul_add(p, z, -5.37397155531e-2F);
  p = mul_add(p, z, 1.33314422036e-1F);
  p = mul_add(p, z, -3.33332819422e-1F);
  const float small = mul_add(p * z, x, x);
  const float large = std::copysign(1.0F - 2.0F / (exp_of(2.0F * a) + 1.0F), x);
  return a < 0.625F ? small : large;
}
inline float sigmoid_of(float x) { return 1.0F / (1.0F + exp_of(-x)); }

inline float erf_of(float x) {
  const float t = std::fabs(x);
  const float s = x * x;
  float r = mul_add(mul_add(-1.72853470e-5F, t, 3.83197126e-4F), s, mul_add(-3.88396438e-3F, t, 2.42546219e-2F));
  r = mul_add(r, t, -1.06777877e-1F);
  r = mul_add(r, t, -6.34846687e-1F);
  r = mul_add(r, t, -1.28717512e-1F);
  r = mul_add(r, t, -t);
  const float large = std::copysign(1.0F - exp_of(t > 4.0F ? -104.0F : r), x);
  float q = mul_add(-5.96761703e-4F, s, 4.99119423e-3F);
  q = mul_add(q, s, -2.67681349e-2F);
  q = mul_add(q, s, 1.12819925e-1F);
  q = mul_add(q, s, -3.76125336e-1F);
  q = mul_add(q, s, 1.28379166e-1F);
  const float small = mul_add(q, x, x);
  return t > 0.927734375F ? large : small;
}

inline double exp_of(double x) { return std::exp(x); }
inline double expm1_of(double x) { return std::expm1(x); }
inline double log_of(double x) { return std::log(x); }
inline double log1p_of(double x) { return std::log1p(x); }
inline double tanh_of(double x) { return std::tanh(x); }
inline double sigmoid_of(double x) { return 1.0 / (1.0 + std::exp(-x)); }
inline double erf_of(double x) { return std::erf(x); }

}  // namespace HWY_NAMESPACE
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();
#endif
