// Rows of float and double for every instruction set. Averages and backwards are plain loops that vectorise as they
// stand; the maximum keeps value and id of a vector of channels in registers, which the compiler does not find for ids
// of another width.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/pool_rows.cpp"
#include "kernels/foreach_target.h"

#include <hwy/highway.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "kernels/dispatch.h"
#include "kernels/pool/pool_rows.h"
#include "lamella/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct PoolRowKernels;
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr bool kWholeBlocks = true;
#include "kernels/pool/pool_rows-inl.h"

template <class DI, class VI>
HWY_INLINE void store_ids(DI, VI id, std::uint8_t* index) {
  const hn::Rebind<std::uint8_t, DI> narrow;
  hn::StoreU(hn::TruncateTo(narrow, id), narrow, index);
}
template <class DI, class VI>
HWY_INLINE void store_ids(DI di, VI id, std::int64_t* index) {
  HWY_ALIGN hn::TFromD<DI> ids[HWY_MAX_BYTES / sizeof(hn::TFromD<DI>)];
  hn::Store(id, di, ids);
  for (std::size_t q = 0; q < hn::Lanes(di); ++q) index[q] = static_cast<std::int64_t>(ids[q]);
}

template <typename T, typename Index>
void max_row_vector(const PoolRow<T, Index>& row) {
  const hn::ScalableTag<T> d;
  const hn::RebindToUnsigned<decltype(d)> di;
  using Id = hn::TFromD<decltype(di)>;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if (row.channels < lanes || row.outer.empty()) return max_row(row, 0);
  for (std::int64_t w = 0; w < row.width; ++w) {
    const std::span<const PoolTap> taps = row.axis->of(w);
    const Id first = taps.empty() ? Id{0} : static_cast<Id>(row.outer[0].id + taps[0].id);
    for (std::int64_t c = 0; c < row.channels; c += lanes) {
      c = std::min(c, row.channels - lanes);  // the last vector overlaps the one before it
      auto best = hn::Set(d, lowest_of<T>());
      auto id = hn::Set(di, first);
      for (const PoolTap& outer : row.outer) {
        const T* x = row.in + outer.position + c;
        for (const PoolTap& tap : taps) {
          const auto value = hn::LoadU(d, x + tap.position * row.in_step);
          const auto take = hn::Or(hn::Gt(value, best), hn::IsNaN(value));
          best = hn::IfThenElse(take, value, best);
          id = hn::IfThenElse(hn::RebindMask(di, take), hn::Set(di, static_cast<Id>(outer.id + tap.id)), id);
        }
      }
      hn::StoreU(best, d, row.out + w * row.out_step + c);
      if (row.index) store_ids(di, id, row.index + w * row.index_step + c);
    }
  }
}

/// The float gradient with one-byte taps, that of every training step: half the time of the plain loop on Zen 5.
void max_row_backward_vector(const PoolRow<float, std::uint8_t>& row) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> di;
  const hn::Rebind<std::uint8_t, decltype(d)> narrow;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if (row.channels < lanes) return max_row_backward(row);
  for (std::int64_t w = 0; w < row.width; ++w) {
    const std::span<const PoolTap> taps = row.axis->of(w);
    for (std::int64_t c = 0; c < row.channels; c += lanes) {
      c = std::min(c, row.channels - lanes);
      auto sum = hn::Zero(d);
      for (std::size_t o = 0; o < row.outer.size(); ++o) {
        const float* dy = row.in + row.outer[o].position + c;
        const std::uint8_t* index = row.index + row.outer_index_offset[o] + c;
        for (const PoolTap& tap : taps) {
          const auto here = hn::Set(di, static_cast<std::uint32_t>(row.outer[o].id + tap.id));
          const auto id = hn::PromoteTo(di, hn::LoadU(narrow, index + tap.position * row.index_step));
          const auto value = hn::LoadU(d, dy + tap.position * row.in_step);
          sum = hn::Add(sum, hn::IfThenElseZero(hn::RebindMask(d, hn::Eq(id, here)), value));
        }
      }
      hn::StoreU(sum, d, row.out + w * row.out_step + c);
    }
  }
}

/// Calls vector(x, y, index, c) for every vector of channels c of every output of the row and scalar(…) for each
/// channel of what is less than a vector; x are the four inputs of the window.
template <typename Vector, typename Scalar>
HWY_INLINE void for_windows(const PoolHalvingRow& row, Vector vector, Scalar scalar) {
  constexpr std::int64_t lanes = HWY_LANES(float);
  for (std::int64_t w = 0; w < row.width; ++w) {
    float* const x = row.x + 2 * w * row.x_step;
    float* const taps[4] = {x, x + row.x_step, x + row.x_row, x + row.x_row + row.x_step};
    float* const y = row.y + w * row.y_step;
    std::uint8_t* const index = row.index + w * row.index_step;
    std::int64_t c = 0;
    for (; c + lanes <= row.channels; c += lanes) vector(taps, y, index, c);
    for (; c < row.channels; ++c) scalar(taps, y, index, c);
  }
}

void halving_forward(const PoolHalvingRow& row) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> di;
  for_windows(
      row,
      [&](float* const* x, float* y, std::uint8_t* index, std::int64_t c) HWY_ATTR {
        auto best = hn::LoadU(d, x[0] + c);
        auto id = hn::Zero(di);
#pragma GCC unroll 3
        for (std::uint32_t tap = 1; tap < 4; ++tap) {
          const auto value = hn::LoadU(d, x[tap] + c);
          const auto take = hn::Or(hn::Gt(value, best), hn::IsNaN(value));
          best = hn::IfThenElse(take, value, best);
          id = hn::IfThenElse(hn::RebindMask(di, take), hn::Set(di, tap), id);
        }
        hn::StoreU(best, d, y + c);
        store_ids(di, id, index + c);
      },
      [](float* const* x, float* y, std::uint8_t* index, std::int64_t c) HWY_ATTR {
        std::uint8_t id = 0;
        for (std::uint8_t tap = 1; tap < 4; ++tap) {
          if (x[tap][c] > x[id][c] || is_nan(x[tap][c])) id = tap;
        }
        y[c] = x[id][c];
        index[c] = id;
      });
}

/// dy and index are read once, dx is written once.
void halving_backward(const PoolHalvingRow& row) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> di;
  const hn::Rebind<std::uint8_t, decltype(d)> narrow;
  for_windows(
      row,
      [&](float* const* dx, const float* dy, const std::uint8_t* index, std::int64_t c) HWY_ATTR {
        const auto id = hn::PromoteTo(di, hn::LoadU(narrow, index + c));
        const auto value = hn::LoadU(d, dy + c);
#pragma GCC unroll 4
        for (std::uint32_t tap = 0; tap < 4; ++tap) {
          const auto here = hn::RebindMask(d, hn::Eq(id, hn::Set(di, tap)));
          hn::StoreU(hn::IfThenElseZero(here, value), d, dx[tap] + c);
        }
      },
      [](float* const* dx, const float* dy, const std::uint8_t* index, std::int64_t c) HWY_ATTR {
        for (std::uint8_t tap = 0; tap < 4; ++tap) dx[tap][c] = index[c] == tap ? dy[c] : 0.0F;
      });
}

template <typename T>
constexpr PoolRowFunction<T, std::uint8_t> max_tap_backward() {
  if constexpr (std::is_same_v<T, float>)
    return &max_row_backward_vector;
  else
    return &max_row_backward<T, std::uint8_t>;
}

template <typename T>
constexpr PoolRowFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {&max_row_vector<T, std::uint8_t>,
            &max_row_vector<T, std::int64_t>,
            max_tap_backward<T>(),
            &max_row_backward<T, std::int64_t>,
            &average_row<T>,
            &average_row_backward<T>};
}

}  // namespace
}  // namespace HWY_NAMESPACE
template <>
struct PoolRowKernels<HWY_TARGET> {
  static constexpr PoolRowTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                             HWY_NAMESPACE::functions_for<double>(),
                                             {&HWY_NAMESPACE::halving_forward, &HWY_NAMESPACE::halving_backward}};
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

template <>
const PoolRowFunctions<float>& pool_row_functions<float>() {
  return dispatch<PoolRowKernels>().f32;
}
template <>
const PoolRowFunctions<double>& pool_row_functions<double>() {
  return dispatch<PoolRowKernels>(target_for(DType::kFloat64)).f64;
}
const PoolHalvingFunctions& pool_halving_functions() { return dispatch<PoolRowKernels>().halving; }

}  // namespace lamella::kernels
#endif  // HWY_ONCE
