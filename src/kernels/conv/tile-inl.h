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
#elif HWY_TARGET == HWY_SCALAR
inline constexpr int kTilePixels = 4;
#else
inline constexpr int kTilePixels = 6;
#endif
inline constexpr int kTileVectors = 2;

template <typename T>
inline constexpr std::int64_t kLanes = HWY_LANES(T);
template <typename T>
using Vec = hn::Vec<hn::ScalableTag<T>>;

/// Adds bias and residual, applies ReLU, stores one vector; `lanes` of it where kPartial.
template <bool kPartial, typename T>
HWY_INLINE void store_sum(Vec<T> sum, T* out, const T* bias, const T* residual, bool relu, std::int64_t lanes) {
  const hn::ScalableTag<T> d;
  if constexpr (kPartial) {
    const auto mask = hn::FirstN(d, static_cast<std::size_t>(lanes));
    if (bias != nullptr) sum = hn::Add(sum, hn::MaskedLoad(mask, d, bias));
    if (residual != nullptr) sum = hn::Add(sum, hn::MaskedLoad(mask, d, residual));
    if (relu) sum = hn::IfThenZeroElse(hn::Lt(sum, hn::Zero(d)), sum);
    hn::BlendedStore(sum, mask, d, out);
  } else {
    if (bias != nullptr) sum = hn::Add(sum, hn::LoadU(d, bias));
    if (residual != nullptr) sum = hn::Add(sum, hn::LoadU(d, residual));
    if (relu) sum = hn::IfThenZeroElse(hn::Lt(sum, hn::Zero(d)), sum);
    hn::StoreU(sum, d, out);
  }
}

template <typename T, int M, int N>
HWY_NOINLINE void direct_tile(const TileCall<T>& call) {
  const hn::ScalableTag<T> d;
  constexpr int kVector = static_cast<int>(kLanes<T>);
  // x86 addresses base + {0, 1, 2} * step in one instruction: a third of the pointers keeps all in registers.
  constexpr int kBases = (M + 2) / 3;
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
    for (int b = 0; b < kBases; ++b) base[b] = call.segments[s].pixels + call.offset + 3 * b * step;
    const auto multiply = [&](int e) HWY_ATTR __attribute__((always_inline)) {
      Vec<T> weight[N];
#pragma GCC unroll 4
      for (int v = 0; v < N; ++v) weight[v] = hn::LoadU(d, w + (e * N + v) * kVector);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) {
        const Vec<T> a = hn::Set(d, base[m / 3][(m % 3) * step + e]);
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
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) {
      const std::int64_t at = m * call.out_step + v * kVector;
      const T* bias = call.bias == nullptr ? nullptr : call.bias + v * kVector;
      const T* residual = call.residual == nullptr ? nullptr : call.residual + at;
      if (v == N - 1 && call.last_lanes < kVector) {
        store_sum<true, T>(acc[m][v], call.out + at, bias, residual, call.relu, call.last_lanes);
      } else {
        store_sum<false, T>(acc[m][v], call.out + at, bias, residual, call.relu, kVector);
      }
    }
  }
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
