// The register tile of the direct convolution: M pixels times N vectors of output channels.
//
//   acc[m][v] = sum over segments s and elements e of a_s[m * pixel_step + e] * w_s[e][v]
//
// A segment is one kernel row (its taps and channels are contiguous in a channels-last row) or one tap. Every a is
// broadcast, every w is a vector of a packed panel, M * N accumulators stay in registers: 14x2 uses 28 of the 32
// registers of AVX-512, 6x2 uses 12 of the 16 of AVX2; both run at 96 to 99 % of the FMA peak.
#if defined(LAMELLA_KERNELS_CONV_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMELLA_KERNELS_CONV_TILE_INL_H_
#undef LAMELLA_KERNELS_CONV_TILE_INL_H_
#else
#define LAMELLA_KERNELS_CONV_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "kernels/conv/tile.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3
inline constexpr int kTilePixels = 14;
#elif HWY_TARGET == HWY_NEON
inline constexpr int kTilePixels = 12;
#elif HWY_TARGET == HWY_SCALAR  // for machines older than 2013: right and small, not fast
inline constexpr int kTilePixels = 2;
#else
inline constexpr int kTilePixels = 6;
#endif
inline constexpr int kTileVectors = 2;

template <typename T>
inline constexpr std::int64_t kLanes = HWY_LANES(T);
template <typename T>
using Vec = hn::Vec<hn::ScalableTag<T>>;

/// Loads one vector, zeros beyond `lanes` where kPartial.
template <bool kPartial, typename T>
HWY_INLINE Vec<T> load_lanes(const T* from, std::int64_t lanes) {
  const hn::ScalableTag<T> d;
  if constexpr (kPartial) {
    return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(lanes)), d, from);
  } else {
    return hn::LoadU(d, from);
  }
}

/// Adds bias and residual, applies ReLU and stores a tile of sums, of whose last vector `last_lanes` exist (all where
/// not kMayBePartial). Each step is a block of its own: branches within the loops would be unswitched into eight copies
/// of them.
template <bool kMayBePartial, typename T, int M, int N>
HWY_INLINE void store_tile(const TileCall<T>& call, Vec<T> (&acc)[M][N]) {
  const hn::ScalableTag<T> d;
  constexpr int kVector = static_cast<int>(kLanes<T>);
  constexpr bool kMasked = kMayBePartial && kVector > 1;
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(call.last_lanes));
  const auto load = [&](const T* from, int v) HWY_ATTR __attribute__((always_inline)) {
    return kMasked && v == N - 1 ? hn::MaskedLoad(mask, d, from + v * kVector) : hn::LoadU(d, from + v * kVector);
  };
  if (call.bias != nullptr) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) {
      const Vec<T> bias = load(call.bias, v);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) acc[m][v] = hn::Add(acc[m][v], bias);
    }
  }
  if (call.residual != nullptr) {
#pragma GCC unroll 16
    for (int m = 0; m < M; ++m) {
#pragma GCC unroll 4
      for (int v = 0; v < N; ++v) acc[m][v] = hn::Add(acc[m][v], load(call.residual + m * call.out_step, v));
    }
  }
  if (call.relu) {
#pragma GCC unroll 16
    for (int m = 0; m < M; ++m) {
#pragma GCC unroll 4
      for (int v = 0; v < N; ++v) acc[m][v] = hn::IfThenZeroElse(hn::Lt(acc[m][v], hn::Zero(d)), acc[m][v]);
    }
  }
  const bool partial = kMasked && call.last_lanes < kVector;
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m) {
    T* const out = call.out + m * call.out_step;
#pragma GCC unroll 4
    for (int v = 0; v < N - 1; ++v) hn::StoreU(acc[m][v], d, out + v * kVector);
    if (!partial) hn::StoreU(acc[m][N - 1], d, out + (N - 1) * kVector);
  }
  if (!partial) return;
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m) {
    hn::BlendedStore(acc[m][N - 1], mask, d, call.out + m * call.out_step + (N - 1) * kVector);
  }
}

template <typename T, int M, int N>
HWY_NOINLINE void direct_tile(const TileCall<T>& call) {
  const hn::ScalableTag<T> d;
  constexpr int kVector = static_cast<int>(kLanes<T>);
  // Up to six pointers stay in registers. For more pixels, x86 addresses base + {0, 1, 2} * step in one instruction.
  constexpr int kEach = M <= 6 ? 1 : 3;
  constexpr int kBases = (M + kEach - 1) / kEach;
  const std::int64_t step = call.pixel_step;
  Vec<T> acc[M][N];
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) acc[m][v] = hn::Zero(d);
  }
  for (std::int64_t s = 0; s < call.segment_count; ++s) {
    const T* w = call.panel + call.segments[s].panel_row * (N * kVector);
    const T* base[kBases];
#pragma GCC unroll 16
    for (int b = 0; b < kBases; ++b) base[b] = call.segments[s].pixels + call.offset + kEach * b * step;
    const auto multiply = [&](int e) HWY_ATTR __attribute__((always_inline)) {
      Vec<T> weight[N];
#pragma GCC unroll 4
      for (int v = 0; v < N; ++v) weight[v] = hn::LoadU(d, w + (e * N + v) * kVector);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) {
        const Vec<T> a = hn::Set(d, base[m / kEach][(m % kEach) * step + e]);
#pragma GCC unroll 4
        for (int v = 0; v < N; ++v) acc[m][v] = hn::MulAdd(a, weight[v], acc[m][v]);
      }
    };
    const auto advance = [&](int e) HWY_ATTR __attribute__((always_inline)) {
      w += e * N * kVector;
#pragma GCC unroll 16
      for (int b = 0; b < kBases; ++b) base[b] += e;
    };
    std::int64_t e = call.segment_length;
    for (; e >= 4; e -= 4) {
      multiply(0);
      multiply(1);
      multiply(2);
      multiply(3);
      advance(4);
    }
    for (; e > 0; --e) {
      multiply(0);
      advance(1);
    }
  }
  store_tile<true>(call, acc);
}

template <typename T>
using TileFunction = void (*)(const TileCall<T>& call);

template <typename T>
struct DirectTiles {
  TileFunction<T> of[kTileVectors][kTilePixels];
};

template <typename T, int N, std::size_t... kPixels>
constexpr void fill_tiles(TileFunction<T> (&row)[kTilePixels], std::index_sequence<kPixels...>) {
  ((row[kPixels] = &direct_tile<T, static_cast<int>(kPixels) + 1, N>), ...);
}

template <typename T>
constexpr DirectTiles<T> make_direct_tiles() {
  DirectTiles<T> tiles{};
  fill_tiles<T, 1>(tiles.of[0], std::make_index_sequence<kTilePixels>());
  fill_tiles<T, 2>(tiles.of[1], std::make_index_sequence<kTilePixels>());
  return tiles;
}

/// direct_tile<T, pixels, vectors>, as kDirectTiles<T>.of[vectors - 1][pixels - 1].
template <typename T>
inline constexpr DirectTiles<T> kDirectTiles = make_direct_tiles<T>();

}  // namespace lamella::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
