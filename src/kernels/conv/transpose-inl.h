// Rows of memory as columns of vectors.
#if defined(LAMELLA_KERNELS_CONV_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMELLA_KERNELS_CONV_TRANSPOSE_INL_H_
#undef LAMELLA_KERNELS_CONV_TRANSPOSE_INL_H_
#else
#define LAMELLA_KERNELS_CONV_TRANSPOSE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "kernels/conv/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR
/// Four elements each of rows 0, 4, 8, ...: block b of the vector is row 4 b.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const float* from, std::int64_t stride) {
  constexpr std::int64_t kRows = hn::MaxLanes(D());
  if constexpr (kRows <= 4) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, load_blocks(half, from + kRows / 2 * stride, stride), load_blocks(half, from, stride));
  }
}

/// to[column][lane] = from[lane * stride + column] for four columns.
HWY_INLINE void transpose_four(const float* from, std::int64_t stride, float* to) {
  const hn::ScalableTag<float> f;
  const hn::RepartitionToWide<hn::ScalableTag<std::int32_t>> pairs;
  const auto r0 = load_blocks(f, from, stride), r1 = load_blocks(f, from + stride, stride);
  const auto r2 = load_blocks(f, from + 2 * stride, stride), r3 = load_blocks(f, from + 3 * stride, stride);
  const auto low_01 = hn::BitCast(pairs, hn::InterleaveLower(f, r0, r1));
  const auto low_23 = hn::BitCast(pairs, hn::InterleaveLower(f, r2, r3));
  const auto high_01 = hn::BitCast(pairs, hn::InterleaveUpper(f, r0, r1));
  const auto high_23 = hn::BitCast(pairs, hn::InterleaveUpper(f, r2, r3));
  constexpr std::int64_t kVector = kLanes<float>;
  hn::StoreU(hn::BitCast(f, hn::InterleaveLower(pairs, low_01, low_23)), f, to);
  hn::StoreU(hn::BitCast(f, hn::InterleaveUpper(pairs, low_01, low_23)), f, to + kVector);
  hn::StoreU(hn::BitCast(f, hn::InterleaveLower(pairs, high_01, high_23)), f, to + 2 * kVector);
  hn::StoreU(hn::BitCast(f, hn::InterleaveUpper(pairs, high_01, high_23)), f, to + 3 * kVector);
}

/// The inverse of load_blocks.
template <class D>
HWY_INLINE void store_blocks(D d, hn::Vec<D> blocks, float* to, std::int64_t stride) {
  constexpr std::int64_t kRows = hn::MaxLanes(D());
  if constexpr (kRows <= 4) {
    hn::StoreU(blocks, d, to);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, blocks), to, stride);
    store_blocks(half, hn::UpperHalf(half, blocks), to + kRows / 2 * stride, stride);
  }
}

/// to[lane * stride + column] = from[column][lane] for four columns.
HWY_INLINE void untranspose_four(const float* from, float* to, std::int64_t stride) {
  const hn::ScalableTag<float> f;
  const hn::RepartitionToWide<hn::ScalableTag<std::int32_t>> pairs;
  constexpr std::int64_t kVector = kLanes<float>;
  const auto c0 = hn::LoadU(f, from), c1 = hn::LoadU(f, from + kVector);
  const auto c2 = hn::LoadU(f, from + 2 * kVector), c3 = hn::LoadU(f, from + 3 * kVector);
  const auto low_01 = hn::BitCast(pairs, hn::InterleaveLower(f, c0, c1));
  const auto low_23 = hn::BitCast(pairs, hn::InterleaveLower(f, c2, c3));
  const auto high_01 = hn::BitCast(pairs, hn::InterleaveUpper(f, c0, c1));
  const auto high_23 = hn::BitCast(pairs, hn::InterleaveUpper(f, c2, c3));
  store_blocks(f, hn::BitCast(f, hn::InterleaveLower(pairs, low_01, low_23)), to, stride);
  store_blocks(f, hn::BitCast(f, hn::InterleaveUpper(pairs, low_01, low_23)), to + stride, stride);
  store_blocks(f, hn::BitCast(f, hn::InterleaveLower(pairs, high_01, high_23)), to + 2 * stride, stride);
  store_blocks(f, hn::BitCast(f, hn::InterleaveUpper(pairs, high_01, high_23)), to + 3 * stride, stride);
}
#endif

/// to[lane * stride + column] = from[column][lane] for the first `rows` lanes, or that added.
inline void untranspose_rows(const float* from, std::int64_t rows, std::int64_t columns, bool add, float* to,
                             std::int64_t stride) {
  constexpr std::int64_t kVector = kLanes<float>;
#if HWY_TARGET != HWY_SCALAR
  if (rows == kVector && columns >= 4 && !add) {
    for (std::int64_t column = 0; column + 4 <= columns; column += 4) {
      untranspose_four(from + column * kVector, to + column, stride);
    }
    if (columns % 4 != 0) untranspose_four(from + (columns - 4) * kVector, to + columns - 4, stride);
    return;
  }
#endif
  for (std::int64_t lane = 0; lane < rows; ++lane) {
    for (std::int64_t column = 0; column < columns; ++column) {
      float& element = to[lane * stride + column];
      const float value = from[column * kVector + lane];
      element = add ? element + value : value;
    }
  }
}

/// to[column][lane] = from[lane * stride + column] for the lanes of a vector, zero for those from `rows` on.
inline void transpose_rows(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns, float* to) {
  constexpr std::int64_t kVector = kLanes<float>;
#if HWY_TARGET != HWY_SCALAR
  if (rows == kVector && columns >= 4) {
    for (std::int64_t column = 0; column + 4 <= columns; column += 4) {
      transpose_four(from + column, stride, to + column * kVector);
    }
    if (columns % 4 != 0) transpose_four(from + columns - 4, stride, to + (columns - 4) * kVector);
    return;
  }
#endif
  for (std::int64_t column = 0; column < columns; ++column) {
    for (std::int64_t lane = 0; lane < kVector; ++lane) {
      to[column * kVector + lane] = lane < rows ? from[lane * stride + column] : 0.0F;
    }
  }
}

}  // namespace lamella::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
