// The weighted taps of a resizing. Private to this folder.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/interpolate/interpolate.h"

namespace lamella::kernels {

struct InterpolateTap {
  std::int64_t position;  // on the axis read from; in row lists, the offset in elements
  double weight;
};

/// For each of `size` positions a list of taps.
struct InterpolateAxis {
  std::vector<std::int64_t> start;  // size + 1
  std::vector<InterpolateTap> taps;
  std::span<const InterpolateTap> of(std::int64_t i) const {
    return {taps.data() + start[static_cast<std::size_t>(i)], taps.data() + start[static_cast<std::size_t>(i) + 1]};
  }
};

using InterpolateAxes = std::array<InterpolateAxis, 3>;

/// Taps of every output, in coordinates of type Real (float or double).
template <typename Real>
InterpolateAxes interpolate_axes(const InterpolateShape& shape);

/// For every input position the outputs that it feeds, in order.
InterpolateAxes inverted(const InterpolateAxes& axes, const std::array<std::int64_t, 3>& input);

}  // namespace lamella::kernels
