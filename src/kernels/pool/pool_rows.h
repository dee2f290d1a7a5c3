// One output row of a pooling (its last axis, all channels): what the drivers in pool.cpp call. Private to this folder.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/pool/pool_taps.h"

namespace lamella::kernels {

/// The window of output w is every pair of a tap of `outer` (positions: offsets in elements of `in`, ids, counts of the
/// first two axes together) and a tap of axis->of(w). Channels are contiguous in all tensors when there are several.
template <typename T, typename Index>
struct PoolRow {
  std::span<const PoolTap> outer;
  const std::int64_t* outer_index_offset;  // backward: for each outer tap its offset in the index tensor
  const PoolAxis* axis;
  std::int64_t width;  // outputs of the row
  std::int64_t channels;
  const T* in;
  std::int64_t in_step;  // stride of `in` along the row
  T* out;
  std::int64_t out_step;
  Index* index;  // forward: written (may be null); backward: read, addressed as `in` is
  std::int64_t index_step;
  std::int64_t divisor;  // averages: in place of the windows' counts unless 0
};

template <typename T, typename Index>
using PoolRowFunction = void (*)(const PoolRow<T, Index>&);

template <typename T>
struct PoolRowFunctions {
  PoolRowFunction<T, std::uint8_t> max_tap;
  PoolRowFunction<T, std::int64_t> max_place;
  PoolRowFunction<T, std::uint8_t> max_tap_backward;
  PoolRowFunction<T, std::int64_t> max_place_backward;
  PoolRowFunction<T, std::int64_t> average;
  PoolRowFunction<T, std::int64_t> average_backward;
};

/// A row of outputs of a maximum over 2 x 2 windows that tile the input: forward, y and index are written; backward, y
/// is dy, and x is dx, which is written. Channels are contiguous; steps are from a pixel to the next.
struct PoolHalvingRow {
  float* y;
  std::int64_t y_step;
  std::uint8_t* index;
  std::int64_t index_step;
  float* x;  // of the windows' first row
  std::int64_t x_step, x_row;
  std::int64_t width, channels;  // outputs of the row
};
using PoolHalvingFunction = void (*)(const PoolHalvingRow&);

struct PoolHalvingFunctions {
  PoolHalvingFunction forward, backward;
};

struct PoolRowTable {
  PoolRowFunctions<float> f32;
  PoolRowFunctions<double> f64;
  PoolHalvingFunctions halving;
};

/// The functions of the target in use for float and double, plain loops for the other types.
template <typename T>
const PoolRowFunctions<T>& pool_row_functions();

const PoolHalvingFunctions& pool_halving_functions();

}  // namespace lamella::kernels
