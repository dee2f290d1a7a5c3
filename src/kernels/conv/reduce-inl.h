// The register tile of the weight gradient: R kernel rows of M elements of x times N vectors of dy, reduced over
// pixels.
//
//   sums[r * M + m][v] += sum over lines and pixels p of x_line[r * row_step + p * x_step + m] * dy_line[p * dy_step +
//   v]
//
// Accumulators live over all pixels of a block; x is broadcast, dy is read in vectors.
#if defined(LAMELLA_KERNELS_CONV_REDUCE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMELLA_KERNELS_CONV_REDUCE_INL_H_
#undef LAMELLA_KERNELS_CONV_REDUCE_INL_H_
#else
#define LAMELLA_KERNELS_CONV_REDUCE_INL_H_
#endif

#include <cstdint>
#include <utility>

#include "kernels/conv/tile-inl.h"
#include "kernels/conv/tile.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels::HWY_NAMESPACE {

// dy has no elements after its last channel: where the last vector is partial it is loaded under a mask.
template <bool kPartial, typename T, int R, int M, int N>
HWY_INLINE void reduce(const ReduceCall<T>& call) {
  const hn::ScalableTag<T> d;
  constexpr int kVector = static_cast<int>(kLanes<T>);
  const std::int64_t x_step = call.x_step, dy_step = call.dy_step;
  T* const sums = call.sums;
  const bool fresh = call.fresh;
  Vec<T> acc[R * M][N];
#pragma GCC unroll 16
  for (int m = 0; m < R * M; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v)
      acc[m][v] = fresh ? hn::Zero(d) : hn::LoadU(d, sums + (m / M * call.sums_row_step) + (m % M * N + v) * kVector);
  }
  for (std::int64_t line = 0; line < call.line_count; ++line) {
    const T* x[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) x[r] = call.lines[line].x + call.x_offset + r * call.row_step;
    const T* dy = call.lines[line].dy + call.dy_offset;
    for (std::int64_t p = call.lines[line].pixels; p > 0; --p) {
      Vec<T> gradient[N];
#pragma GCC unroll 4
      for (int v = 0; v < N; ++v) {
        gradient[v] =
            v == N - 1 ? load_lanes<kPartial, T>(dy + v * kVector, call.last_lanes) : hn::LoadU(d, dy + v * kVector);
      }
#pragma GCC unroll 16
      for (int m = 0; m < R * M; ++m) {
        const Vec<T> a = hn::Set(d, x[m / M][m % M]);
#pragma GCC unroll 4
        for (int v = 0; v < N; ++v) acc[m][v] = hn::MulAdd(a, gradient[v], acc[m][v]);
      }
      dy += dy_step;
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) x[r] += x_step;
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < R * M; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v)
      hn::StoreU(acc[m][v], d, sums + (m / M * call.sums_row_step) + (m % M * N + v) * kVector);
  }
}

template <typename T, int R, int M, int N>
HWY_NOINLINE void reduce_tile(const ReduceCall<T>& call) {
  if constexpr (kLanes<T> == 1) {
    reduce<false, T, R, M, N>(call);
  } else {
    call.last_lanes < kLanes<T> ? reduce<true, T, R, M, N>(call) : reduce<false, T, R, M, N>(call);
  }
}

template <typename T>
using ReduceFunction = void (*)(const ReduceCall<T>& call);

/// The tallest tile: how many kernel rows of `elements` elements fit.
inline constexpr int kReduceRows = 3;

template <typename T>
struct ReduceTiles {
  ReduceFunction<T> of[kReduceRows][kTileVectors][kTilePixels];  // null where rows * elements do not fit
};

template <typename T, int R, int M, int N>
constexpr ReduceFunction<T> reduce_function() {
  if constexpr (R == 1 || (R <= 4 && R * M <= kTilePixels && M <= 4) ||
                (R * M <= 2 * kTilePixels - 3 && N == 1 && M <= 4)) {
    return &reduce_tile<T, R, M, N>;
  } else {
    return nullptr;
  }
}

template <typename T, int R, int N, std::size_t... kElements>
constexpr void fill_reduce(ReduceFunction<T> (&row)[kTilePixels], std::index_sequence<kElements...>) {
  ((row[kElements] = reduce_function<T, R, static_cast<int>(kElements) + 1, N>()), ...);
}

template <typename T>
constexpr ReduceTiles<T> make_reduce_tiles() {
  ReduceTiles<T> tiles{};
  constexpr auto elements = std::make_index_sequence<kTilePixels>();
  fill_reduce<T, 1, 1>(tiles.of[0][0], elements);
  fill_reduce<T, 1, 2>(tiles.of[0][1], elements);
  fill_reduce<T, 2, 1>(tiles.of[1][0], elements);
  fill_reduce<T, 2, 2>(tiles.of[1][1], elements);
  fill_reduce<T, 3, 1>(tiles.of[2][0], elements);
  fill_reduce<T, 3, 2>(tiles.of[2][1], elements);
  return tiles;
}

/// reduce_tile<T, rows, elements, vectors>, as kReduceTiles<T>.of[rows - 1][vectors - 1][elements - 1].
template <typename T>
inline constexpr ReduceTiles<T> kReduceTiles = make_reduce_tiles<T>();

}  // namespace lamella::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
