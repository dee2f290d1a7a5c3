// The floating-point control state of the calling thread: rounding, masks and denormal handling.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lamella {

#if defined(__x86_64__)
inline constexpr std::uint64_t kFlushDenormalBits = 0x8040;              // MXCSR: flush to zero, denormals are zero
inline std::uint64_t float_control() { return _mm_getcsr() & 0xffc0U; }  // without the sticky exception flags
inline void set_float_control(std::uint64_t bits) { _mm_setcsr(static_cast<unsigned>(bits)); }
#elif defined(__aarch64__)
inline constexpr std::uint64_t kFlushDenormalBits = std::uint64_t{1} << 24;  // FPCR.FZ
inline std::uint64_t float_control() {
  std::uint64_t bits = 0;
  asm volatile("mrs %0, fpcr" : "=r"(bits));
  return bits;
}
inline void set_float_control(std::uint64_t bits) { asm volatile("msr fpcr, %0" : : "r"(bits)); }
#else
inline constexpr std::uint64_t kFlushDenormalBits = 0;  // this machine has no such thing
inline std::uint64_t float_control() { return 0; }
inline void set_float_control(std::uint64_t) {}
#endif

}  // namespace lamella
