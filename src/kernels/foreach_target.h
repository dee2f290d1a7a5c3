// Highway's foreach_target.h with the targets that we compile for: AVX-512, AVX2 and a baseline. Included
// once a kernel file, after HWY_TARGET_INCLUDE is defined; deliberately without an include guard of its own.
#ifndef HWY_DISABLED_TARGETS
#if defined(__x86_64__) || defined(_M_X64)
// SSSE3 and SSE4 would cost as much text as AVX2 for machines older than 2013; what Highway numbers below AVX3 (1 << 8)
// are newer refinements of it that only later versions have: their dot products stand in a file of their own.
// The baseline is scalar for the same reason: Highway 1.2 would take SSE2 (bit 14, which older versions do not name),
// 170 KB more, and without it, with g++ 14, vectors emulated by arrays.
#define HWY_DISABLED_TARGETS (0xffLL | HWY_SSSE3 | HWY_SSE4 | (1LL << 14))
#define HWY_BROKEN_EMU128 1
#else
// Arrays of vectors do not compile for the sizeless types of SVE.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif
#endif
#include <hwy/foreach_target.h>
