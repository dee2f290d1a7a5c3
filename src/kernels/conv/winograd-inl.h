// The transforms of Winograd's F(4x4, 3x3) on vectors of channels, with the points 0, +-a, +-b, infinity where a^2 =
// 1/2 and b^2 = 2 (winograd.cpp says why).
#if defined(LAMELLA_KERNELS_CONV_WINOGRAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMELLA_KERNELS_CONV_WINOGRAD_INL_H_
#undef LAMELLA_KERNELS_CONV_WINOGRAD_INL_H_
#else
#define LAMELLA_KERNELS_CONV_WINOGRAD_INL_H_
#endif

#include <hwy/cache_control.h>

#include <algorithm>
#include <cstdint>

#include "core/parallel.h"
#include "kernels/conv/correlation.h"
#include "kernels/conv/tile-inl.h"
#include "kernels/conv/winograd_blocks.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels::HWY_NAMESPACE {

using F = hn::ScalableTag<float>;
using VF = hn::Vec<F>;

inline constexpr float kA = 0.70710678118654752F;  // the points +-a and +-b: a^2 = 1/2, b^2 = 2, a b = 1
inline constexpr float kB = 1.41421356237309505F;

// B^T d for one column (or row) of six.
HWY_INLINE void transform_six(const VF (&d)[6], VF (&out)[6]) {
  const F f;
  const VF a = hn::Set(f, kA), b = hn::Set(f, kB), half = hn::Set(f, 0.5F), two = hn::Set(f, 2.0F);
  const VF five_halves = hn::Set(f, 2.5F);
  const VF even_a = hn::NegMulAdd(two, d[2], d[4]), odd_a = hn::NegMulAdd(two, d[1], d[3]);
  const VF even_b = hn::NegMulAdd(half, d[2], d[4]), odd_b = hn::NegMulAdd(half, d[1], d[3]);
  out[0] = hn::NegMulAdd(five_halves, d[2], hn::Add(d[0], d[4]));
  out[1] = hn::MulAdd(a, odd_a, even_a);
  out[2] = hn::NegMulAdd(a, odd_a, even_a);
  out[3] = hn::MulAdd(b, odd_b, even_b);
  out[4] = hn::NegMulAdd(b, odd_b, even_b);
  out[5] = hn::NegMulAdd(five_halves, d[3], hn::Add(d[1], d[5]));
}

// A^T m for one column (or row) of six.
HWY_INLINE void transform_to_four(const VF (&m)[6], VF (&out)[4]) {
  const F f;
  const VF a = hn::Set(f, kA), b = hn::Set(f, kB), half = hn::Set(f, 0.5F), two = hn::Set(f, 2.0F);
  const VF a_cubed = hn::Set(f, 0.5F * kA), b_cubed = hn::Set(f, 2.0F * kB);
  const VF sum_a = hn::Add(m[1], m[2]), difference_a = hn::Sub(m[1], m[2]);
  const VF sum_b = hn::Add(m[3], m[4]), difference_b = hn::Sub(m[3], m[4]);
  out[0] = hn::Add(hn::Add(m[0], sum_a), sum_b);
  out[1] = hn::MulAdd(a, difference_a, hn::Mul(b, difference_b));
  out[2] = hn::MulAdd(half, sum_a, hn::Mul(two, sum_b));
  out[3] = hn::MulAdd(a_cubed, difference_a, hn::MulAdd(b_cubed, difference_b, m[5]));
}

// G g for one column (or row) of three: rows (1, 0, 0), -(1, a, a^2) 2/3, ..., (1, b, b^2)/6, ..., (0, 0, 1).
HWY_INLINE void transform_three(const VF (&g)[3], VF (&out)[6]) {
  const F f;
  const VF na = hn::Set(f, -2.0F / 3.0F), nb = hn::Set(f, 1.0F / 6.0F);
  const VF even_a = hn::Mul(na, hn::MulAdd(hn::Set(f, 0.5F), g[2], g[0])),
           odd_a = hn::Mul(hn::Set(f, kA * (-2.0F / 3.0F)), g[1]);
  const VF even_b = hn::Mul(nb, hn::MulAdd(hn::Set(f, 2.0F), g[2], g[0])), odd_b = hn::Mul(hn::Set(f, kB / 6.0F), g[1]);
  out[0] = g[0];
  out[1] = hn::Add(even_a, odd_a);
  out[2] = hn::Sub(even_a, odd_a);
  out[3] = hn::Add(even_b, odd_b);
  out[4] = hn::Sub(even_b, odd_b);
  out[5] = g[2];
}

// A y for one column (or row) of four: the adjoint of transform_to_four.
HWY_INLINE void transform_from_four(const VF (&y)[4], VF (&out)[6]) {
  const F f;
  const VF a = hn::Set(f, kA), b = hn::Set(f, kB), half = hn::Set(f, 0.5F), two = hn::Set(f, 2.0F);
  const VF even_a = hn::MulAdd(half, y[2], y[0]), odd_a = hn::MulAdd(half, y[3], y[1]);
  const VF even_b = hn::MulAdd(two, y[2], y[0]), odd_b = hn::MulAdd(two, y[3], y[1]);
  out[0] = y[0];
  out[1] = hn::MulAdd(a, odd_a, even_a);
  out[2] = hn::NegMulAdd(a, odd_a, even_a);
  out[3] = hn::MulAdd(b, odd_b, even_b);
  out[4] = hn::NegMulAdd(b, odd_b, even_b);
  out[5] = y[3];
}

// G^T s for one column (or row) of six: the adjoint of transform_three.
HWY_INLINE void transform_to_three(const VF (&s)[6], VF (&out)[3]) {
  const F f;
  const VF sum_a = hn::Mul(hn::Set(f, -2.0F / 3.0F), hn::Add(s[1], s[2]));
  const VF sum_b = hn::Mul(hn::Set(f, 1.0F / 6.0F), hn::Add(s[3], s[4]));
  const VF difference_a = hn::Sub(s[1], s[2]), difference_b = hn::Sub(s[3], s[4]);
  out[0] = hn::Add(s[0], hn::Add(sum_a, sum_b));
  out[1] = hn::MulAdd(hn::Set(f, kA * (-2.0F / 3.0F)), difference_a, hn::Mul(hn::Set(f, kB / 6.0F), difference_b));
  out[2] = hn::MulAdd(hn::Set(f, 0.5F), sum_a, hn::MulAdd(hn::Set(f, 2.0F), sum_b, s[5]));
}

/// Where tile `index` of the batch stands: its first output position, and how many of its outputs exist.
struct TilePlace {
  std::int64_t plane, row, column, rows, columns;  // plane: image and depth together
  TilePlace(const Correlation& c, const WinogradTiles& b, std::int64_t index) {
    column = index % b.tile_columns * kWinogradOut;
    row = index / b.tile_columns % b.tile_rows * kWinogradOut;
    plane = index / b.tile_columns / b.tile_rows;
    rows = std::min(kWinogradOut, c.axis[1].positions - row);
    columns = std::min(kWinogradOut, c.axis[2].positions - column);
  }
};

/// A window of up to N x N pixels of an image, some of which may lie outside of it: those read as zero. Rows outside
/// point to a vector of zeros and have a mask of no bits, which keeps the pointer there; columns outside are not read.
template <int N>
struct Window {
  const float* rows[N];
  std::int64_t masks[N];
  std::int64_t first_column, end_column;

  /// The window's top left pixel is (row, column) of `plane`, of `height` x `width` pixels.
  HWY_INLINE Window(const float* plane, std::int64_t height, std::int64_t width, std::int64_t channels,
                    std::int64_t row, std::int64_t column, const float* zeros) {
#pragma GCC unroll 6
    for (int i = 0; i < N; ++i) {
      const bool inside = row + i >= 0 && row + i < height;
      rows[i] = inside ? plane + ((row + i) * width + column) * channels : zeros;
      masks[i] = inside ? -1 : 0;
    }
    first_column = std::max<std::int64_t>(0, -column);
    end_column = std::min<std::int64_t>(N, width - column);
  }

  HWY_INLINE bool has_column(int j) const { return j >= first_column && j < end_column; }

  /// Brings a vector of every pixel in columns [begin, N) into the cache: a window's rows are too short for hardware
  /// prefetchers to follow.
  HWY_INLINE void prefetch(int begin, std::int64_t channels, std::int64_t channel) const {
    for (std::int64_t j = std::max<std::int64_t>(begin, first_column); j < end_column; ++j) {
#pragma GCC unroll 6
      for (int i = 0; i < N; ++i) hwy::Prefetch(rows[i] + ((j * channels + channel) & masks[i]));
    }
  }
};

HWY_INLINE VF load_channels(const float* from, bool partial, hn::Mask<F> mask) {
  const F f;
  return partial ? hn::MaskedLoad(mask, f, from) : hn::LoadU(f, from);
}

/// Transforms the N x N pixels of a window to 6x6 points, first columns, then rows, for all channels, and prefetches
/// `next`. The points of a vector are point_step elements apart.
template <int N, typename Transform>
HWY_INLINE void transform_window(const Window<N>& window, const Window<N>& next, std::int64_t channels,
                                 std::int64_t point_step, float* out, Transform&& transform) {
  const F f;
  constexpr std::int64_t kLine = 64 / sizeof(float);
  // Longer pixels are streams that the hardware follows, and two windows of them would meet in too few sets of L1.
  constexpr std::int64_t kPrefetched = 256;
  const std::int64_t lanes = kLanes<float>;
  for (std::int64_t channel = 0; channel < channels; channel += lanes) {
    const bool partial = channels - channel < lanes;
    const auto mask = hn::FirstN(f, static_cast<std::size_t>(std::min(lanes, channels - channel)));
    if (channels <= kPrefetched && channel % kLine == 0) next.prefetch(N - kWinogradOut, channels, channel);
    VF half_way[6][N];
#pragma GCC unroll 6
    for (int j = 0; j < N; ++j) {
      if (!window.has_column(j)) {
#pragma GCC unroll 6
        for (int i = 0; i < 6; ++i) half_way[i][j] = hn::Zero(f);
        continue;
      }
      VF d[N], t[6];
#pragma GCC unroll 6
      for (int i = 0; i < N; ++i) {
        d[i] = load_channels(window.rows[i] + ((j * channels + channel) & window.masks[i]), partial, mask);
      }
      transform(d, t);
#pragma GCC unroll 6
      for (int i = 0; i < 6; ++i) half_way[i][j] = t[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) {
      VF t[6];
      transform(half_way[i], t);
#pragma GCC unroll 6
      for (int j = 0; j < 6; ++j) hn::StoreU(t[j], f, out + (i * 6 + j) * point_step + channel);
    }
  }
}

/// Calls transform(tile, window, next window) for tiles [begin, end); the last one's next is itself.
template <int N, typename WindowOf, typename Transform>
HWY_INLINE void for_windows(TaskRange tiles, WindowOf&& window_of, Transform&& transform) {
  if (tiles.begin == tiles.end) return;
  Window<N> window = window_of(tiles.begin);
  for (std::int64_t index = tiles.begin; index < tiles.end; ++index) {
    const Window<N> next = window_of(std::min(index + 1, tiles.end - 1));
    transform(index, window, next);
    window = next;
  }
}

/// B^T d B of tiles [begin, end), to [36][tile][in_pitch], a point being point_step elements on.
inline void transform_input(const Correlation& c, const WinogradTiles& all, const float* in, TaskRange tiles,
                            std::int64_t point_step, float* transformed) {
  const CorrelationAxis &h = c.axis[1], &w = c.axis[2];
  const float zeros[kLanes<float>] = {};
  const auto window_of = [&](std::int64_t index) {
    const TilePlace place(c, all, index);
    return Window<6>(in + place.plane * h.in_extent * w.in_extent * c.in_channels, h.in_extent, w.in_extent,
                     c.in_channels, place.row + h.first_offset, place.column + w.first_offset, zeros);
  };
  for_windows<6>(tiles, window_of, [&](std::int64_t index, const Window<6>& window, const Window<6>& next) HWY_ATTR {
    transform_window(window, next, c.in_channels, point_step, transformed + (index - tiles.begin) * all.in_pitch,
                     [](const VF(&d)[6], VF(&t)[6]) HWY_ATTR __attribute__((always_inline)) { transform_six(d, t); });
  });
}

/// A y A^T of tiles [begin, end) of the output's gradient, to [36][tile][out_pitch].
inline void transform_output_gradient(const Correlation& c, const WinogradTiles& all, const float* dy, TaskRange tiles,
                                      std::int64_t point_step, float* transformed) {
  const CorrelationAxis &h = c.axis[1], &w = c.axis[2];
  const float zeros[kLanes<float>] = {};
  const auto window_of = [&](std::int64_t index) {
    const TilePlace place(c, all, index);
    return Window<4>(dy + place.plane * h.positions * w.positions * c.out_channels, h.positions, w.positions,
                     c.out_channels, place.row, place.column, zeros);
  };
  for_windows<4>(tiles, window_of, [&](std::int64_t index, const Window<4>& window, const Window<4>& next) HWY_ATTR {
    transform_window(window, next, c.out_channels, point_step, transformed + (index - tiles.begin) * all.out_pitch,
                     [](const VF(&y)[4], VF(&t)[6]) HWY_ATTR
                     __attribute__((always_inline)) { transform_from_four(y, t); });
  });
}

}  // namespace lamella::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
