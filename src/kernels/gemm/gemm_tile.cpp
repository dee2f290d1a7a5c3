// The register tiles of the matrix product.
//
// Outer tile: 6 rows of A broadcast against 4 vectors of B (2 where there are 16 registers): 24 + 4 + 1 registers of
// 32, or 12 + 2 + 1 of 16. On Zen 4, 6x4 and 6x2 run at 99 % of the FMA peak, 14x2 too, 28x1 at 75 %; 6 rows for every
// width keep the number of instantiations small, and leave A unpacked: six row pointers fit the general registers.
// Dot tile: 4 x 4 sums (3 x 3 with 16 registers), vectors along k, each added up once at the end.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/gemm_tile.cpp"
#include "kernels/foreach_target.h"

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "kernels/dispatch.h"
#include "kernels/gemm/gemm_tile.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct GemmTileKernels;
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;
using std::int64_t;

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
constexpr int kOuterVectors = 4;
constexpr int kDotRows = 4, kDotColumns = 4;
#else
constexpr int kOuterVectors = 2;
constexpr int kDotRows = HWY_TARGET == HWY_SCALAR ? 2 : 3, kDotColumns = kDotRows;
#endif
constexpr int kOuterRows = HWY_TARGET == HWY_SCALAR ? 3 : 6;

template <typename T>
HWY_INLINE T finish(T sum, T old, T row_bias, T column_bias, const GemmEpilogue<T>& e) {
  T value = e.alpha * sum;
  if (e.beta != T(0)) value += e.beta * old;
  value += row_bias;
  value += column_bias;
  return e.relu && value < T(0) ? T(0) : value;
}

template <int kRows, int kVectors, typename T>
HWY_NOINLINE void outer_tile(int64_t k, const T* HWY_RESTRICT a, int64_t a_row, int64_t a_col, const T* HWY_RESTRICT b,
                             int64_t b_row, T* HWY_RESTRICT c, int64_t c_row, const GemmEpilogue<T>& e) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  using V = hn::Vec<decltype(d)>;
  V sum[kRows][kVectors];
  const T* row[kRows];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
    row[i] = a + i * a_row;
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[i][v] = hn::Zero(d);
  }
  for (int64_t p = 0, at = 0; p < k; ++p, at += a_col, b += b_row) {
    V right[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) right[v] = hn::LoadU(d, b + v * lanes);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const V left = hn::Set(d, row[i][at]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[i][v] = hn::MulAdd(left, right[v], sum[i][v]);
    }
  }
  const V alpha = hn::Set(d, e.alpha), beta = hn::Set(d, e.beta), zero = hn::Zero(d);
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      T* out = c + i * c_row + v * lanes;
      V value = hn::Mul(alpha, sum[i][v]);
      if (e.beta != T(0)) value = hn::MulAdd(beta, hn::LoadU(d, out), value);
      if (e.row_bias) value = hn::Add(value, hn::Set(d, e.row_bias[i]));
      if (e.column_bias) value = hn::Add(value, hn::LoadU(d, e.column_bias + v * lanes));
      if (e.relu) value = hn::IfThenZeroElse(hn::Lt(value, zero), value);
      hn::StoreU(value, d, out);
    }
  }
}

template <typename T>
using OuterTile = void (*)(int64_t, const T*, int64_t, int64_t, const T*, int64_t, T*, int64_t, const GemmEpilogue<T>&);

template <typename T, int kVectors, int... kRow>
constexpr std::array<OuterTile<T>, sizeof...(kRow)> outer_tiles(std::integer_sequence<int, kRow...>) {
  return {&outer_tile<kRow + 1, kVectors, T>...};
}

template <typename T>
void outer_panel(int64_t m, int64_t k, int64_t vectors, const T* a, int64_t a_row, int64_t a_col, const T* b,
                 int64_t b_row, T* c, int64_t c_row, const GemmEpilogue<T>& epilogue) {
  constexpr auto rows = std::make_integer_sequence<int, kOuterRows>();
  static constexpr auto one = outer_tiles<T, 1>(rows), two = outer_tiles<T, 2>(rows),
                        four = outer_tiles<T, kOuterVectors>(rows);
  const auto& tiles = vectors == 1 ? one : vectors == 2 ? two : four;
  const int64_t count = (m + kOuterRows - 1) / kOuterRows;
  GemmEpilogue<T> e = epilogue;
  for (int64_t t = 0, i = 0; t < count; ++t) {
    const int64_t height = m / count + (t < m % count ? 1 : 0);  // even tiles: 64 rows are 9 sixes and 2 fives
    tiles[height - 1](k, a + i * a_row, a_row, a_col, b, b_row, c + i * c_row, c_row, e);
    if (e.row_bias) e.row_bias += height;
    i += height;
  }
}

/// dst[c * width + r] = src[r * stride + c] for one square of 128-bit rows (4x4 floats, 2x2 doubles).
#if HWY_TARGET == HWY_SCALAR
template <typename T>
void transpose_square(const T* src, int64_t stride, T* dst, int64_t width) {
  constexpr int64_t kSquare = 16 / sizeof(T);
  for (int64_t c = 0; c < kSquare; ++c) {
    for (int64_t r = 0; r < kSquare; ++r) dst[c * width + r] = src[r * stride + c];
  }
}
#else
HWY_INLINE void transpose_square(const float* src, int64_t stride, float* dst, int64_t width) {
  const hn::FixedTag<float, 4> d;
  const hn::FixedTag<double, 2> wide;
  const auto r0 = hn::LoadU(d, src), r1 = hn::LoadU(d, src + stride), r2 = hn::LoadU(d, src + 2 * stride),
             r3 = hn::LoadU(d, src + 3 * stride);
  const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(wide, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, low01, low23)), d, dst);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, low01, low23)), d, dst + width);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, high01, high23)), d, dst + 2 * width);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, high01, high23)), d, dst + 3 * width);
}
HWY_INLINE void transpose_square(const double* src, int64_t stride, double* dst, int64_t width) {
  const hn::FixedTag<double, 2> d;
  const auto r0 = hn::LoadU(d, src), r1 = hn::LoadU(d, src + stride);
  hn::StoreU(hn::InterleaveLower(d, r0, r1), d, dst);
  hn::StoreU(hn::InterleaveUpper(d, r0, r1), d, dst + width);
}
#endif

template <typename T>
void pack_panel(int64_t k, int64_t n, const T* HWY_RESTRICT b, int64_t b_row, int64_t b_col, T* HWY_RESTRICT dst,
                int64_t width) {
  constexpr int64_t kSquare = 16 / sizeof(T);
  if (b_col == 1) {
    for (int64_t p = 0; p < k; ++p)
      std::memcpy(dst + p * width, b + p * b_row, static_cast<std::size_t>(n) * sizeof(T));
  } else {
    const int64_t n_squares = b_row == 1 ? n / kSquare * kSquare : 0;
    const int64_t k_squares = k / kSquare * kSquare;
    for (int64_t j = 0; j < n_squares; j += kSquare) {
      for (int64_t p = 0; p < k_squares; p += kSquare) {
        transpose_square(b + p + j * b_col, b_col, dst + p * width + j, width);
      }
      for (int64_t p = k_squares; p < k; ++p) {
        for (int64_t q = j; q < j + kSquare; ++q) dst[p * width + q] = b[p + q * b_col];
      }
    }
    for (int64_t p = 0; p < k; ++p) {
      for (int64_t j = n_squares; j < n; ++j) dst[p * width + j] = b[p * b_row + j * b_col];
    }
  }
  if (n < width) {
    for (int64_t p = 0; p < k; ++p) std::fill(dst + p * width + n, dst + (p + 1) * width, T(0));
  }
}

/// The first n < lanes elements at p, zeros above; never reads past them.
template <class D, typename T>
HWY_INLINE hn::Vec<D> load_first(D d, const T* p, int64_t n) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(n)), d, p);
#else
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)] = {};
  for (int64_t i = 0; i < n; ++i) lanes[i] = p[i];
  return hn::Load(d, lanes);
#endif
}

template <int kRows, int kColumns, typename T>
HWY_NOINLINE void dot_tile(int64_t k, const T* HWY_RESTRICT a, int64_t a_row, const T* HWY_RESTRICT b, int64_t b_row,
                           T* HWY_RESTRICT sums) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  using V = hn::Vec<decltype(d)>;
  V sum[kRows][kColumns];
  const T *row[kRows], *column[kColumns];
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
    row[i] = a + i * a_row;
#pragma GCC unroll 4
    for (int j = 0; j < kColumns; ++j) sum[i][j] = hn::Zero(d);
  }
#pragma GCC unroll 4
  for (int j = 0; j < kColumns; ++j) column[j] = b + j * b_row;
  const auto accumulate = [&](auto load) HWY_ATTR {
    V left[kRows];
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) left[i] = load(row[i]);
#pragma GCC unroll 4
    for (int j = 0; j < kColumns; ++j) {
      const V right = load(column[j]);
#pragma GCC unroll 4
      for (int i = 0; i < kRows; ++i) sum[i][j] = hn::MulAdd(left[i], right, sum[i][j]);
    }
  };
  int64_t p = 0;
  for (; p + lanes <= k; p += lanes) accumulate([&](const T* x) HWY_ATTR { return hn::LoadU(d, x + p); });
  if (p < k) accumulate([&](const T* x) HWY_ATTR { return load_first(d, x + p, k - p); });
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kColumns; ++j) sums[i * kColumns + j] = hn::GetLane(hn::SumOfLanes(d, sum[i][j]));
  }
}

template <typename T>
using DotTile = void (*)(int64_t, const T*, int64_t, const T*, int64_t, T*);

template <typename T, int... kIndex>
constexpr std::array<DotTile<T>, sizeof...(kIndex)> dot_tiles(std::integer_sequence<int, kIndex...>) {
  return {&dot_tile<kIndex / kDotColumns + 1, kIndex % kDotColumns + 1, T>...};
}

template <typename T>
void dot_block(int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, const T* b, int64_t b_row, T* c,
               int64_t c_row, int64_t c_col, const GemmEpilogue<T>& e) {
  static constexpr auto tiles = dot_tiles<T>(std::make_integer_sequence<int, kDotRows * kDotColumns>());
  for (int64_t j = 0; j < n; j += kDotColumns) {
    const int64_t width = std::min<int64_t>(kDotColumns, n - j);
    for (int64_t i = 0; i < m; i += kDotRows) {
      const int64_t height = std::min<int64_t>(kDotRows, m - i);
      T sums[kDotRows * kDotColumns];
      tiles[(height - 1) * kDotColumns + width - 1](k, a + i * a_row, a_row, b + j * b_row, b_row, sums);
#pragma GCC unroll 1
      for (int64_t r = 0; r < height; ++r) {
#pragma GCC unroll 1
        for (int64_t s = 0; s < width; ++s) {
          T& out = c[(i + r) * c_row + (j + s) * c_col];
          out = finish(sums[r * width + s], e.beta != T(0) ? out : T(0), e.row_bias ? e.row_bias[i + r] : T(0),
                       e.column_bias ? e.column_bias[j + s] : T(0), e);
        }
      }
    }
  }
}

template <typename T>
constexpr GemmTileFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>())), kOuterVectors, &outer_panel<T>, &pack_panel<T>,
            &dot_block<T>};
}

}  // namespace

}  // namespace HWY_NAMESPACE
template <>
struct GemmTileKernels<HWY_TARGET> {
  static constexpr GemmTileTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                              HWY_NAMESPACE::functions_for<double>()};
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

template <>
const GemmTileFunctions<float>& gemm_tile_functions<float>() {
  return dispatch<GemmTileKernels>().f32;
}
template <>
const GemmTileFunctions<double>& gemm_tile_functions<double>() {
  return dispatch<GemmTileKernels>(target_for(DType::kFloat64)).f64;
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
