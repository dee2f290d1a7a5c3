// The windows of a pooling as lists, so that one driver serves strided, dilated, padded, adaptive, forward and
// backward: forward, the taps of output o are the input positions that its window covers; backward, those of input i
// are the outputs whose window covers it. Private to this folder.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/pool/pool.h"

namespace lamella::kernels {

/// One tap on one axis, or on the product of several.
struct PoolTap {
  std::int64_t position;  // on the axis read from; in row lists, the offset in elements
  std::int64_t id;        // what an index holds for this tap (summed over the axes)
  std::int64_t count;     // the divisor of the window (multiplied over the axes)
};

/// For each of `size` positions a list of taps.
struct PoolAxis {
  std::vector<std::int64_t> start;  // size + 1
  std::vector<PoolTap> taps;
  std::span<const PoolTap> of(std::int64_t i) const {
    return {taps.data() + start[static_cast<std::size_t>(i)], taps.data() + start[static_cast<std::size_t>(i) + 1]};
  }
};

enum class PoolIds { kTap, kPlace };

struct PoolWindows {
  std::array<PoolAxis, 3> axis;
};

/// The taps of every output. count: window extents clipped to the input, or to the padded input if `count_padding`.
PoolWindows pool_windows(const PoolShape& shape, PoolIds ids, bool count_padding = false);
PoolWindows adaptive_windows(const PoolShape& shape);

/// For every input position the outputs whose windows cover it, in order, with the ids and counts of those taps.
PoolWindows inverted(const PoolWindows& windows, const std::array<std::int64_t, 3>& input);

}  // namespace lamella::kernels
