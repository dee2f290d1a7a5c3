// Weights in the order in which register tiles read them.
//
// A panel is [tap][channel][vectors][lanes] for up to `vectors` vectors of output channels, zero where there is none;
// the panels of a group follow one another, then groups, then the phases of a correlation. Taps are in the order of
// rising offsets. The weight gradient sums into panels of the forward order and unpacks them.
#pragma once

#include <cstdint>

#include "kernels/conv/correlation.h"

namespace lamella::kernels {

/// Calls fn(tap in the order of rising offsets, linear kernel index) for every tap of a phase.
template <typename Fn>
void for_each_tap(const Correlation& c, Fn&& fn) {
  const auto index = [&c](std::size_t axis, std::int64_t tap) {
    return c.axis[axis].first_index + tap * c.axis[axis].index_step;
  };
  std::int64_t tap = 0;
  for (std::int64_t t = 0; t < c.axis[0].taps; ++t) {
    for (std::int64_t r = 0; r < c.axis[1].taps; ++r) {
      for (std::int64_t s = 0; s < c.axis[2].taps; ++s) {
        fn(tap++, (index(0, t) * c.kernel[1] + index(1, r)) * c.kernel[2] + index(2, s));
      }
    }
  }
}

/// Elements of the panels of one phase, and of all phases.
std::int64_t panel_elements(const Correlation& correlation, std::int64_t lanes);
std::int64_t panel_elements(const ConvShape& shape, ConvDirection direction, std::int64_t lanes);

/// PyTorch's weights to panels, all phases.
template <typename T>
void pack_panels(const ConvShape& shape, ConvDirection direction, std::int64_t lanes, std::int64_t vectors,
                 const T* weight, T* packed);

/// The sum of `parts` sets of panels (of the forward order, one after another) to PyTorch's weights, or added to them.
template <typename T>
void unpack_panels(const ConvShape& shape, std::int64_t lanes, std::int64_t vectors, const T* panels,
                   std::int64_t parts, T* weight, bool accumulate);

}  // namespace lamella::kernels
