// The figure that explains convolution: the kernel's window slides over the padded input, its products are summed, the
// feature map grows. One SVG document, moved by CSS alone (no script, no external resource).
#pragma once

#include <array>
#include <string>

#include "cli/present/number_grid.h"

namespace lamella::cli {

struct Animation {
  std::string title = "Convolution";
  std::string kernel_name;  // "edge"; may be empty
  NumberGrid input;         // H x W
  NumberGrid kernel;        // R x S
  std::array<int, 2> stride{1, 1};
  std::array<int, 2> padding{0, 0};  // zeros above and below, left and right
  double seconds_per_step = 1.2;
};

/// The most steps (cells of the feature map), products over all steps, and cells of the padded input that a figure of
/// readable size can have.
inline constexpr int kMostSteps = 400;
inline constexpr int kMostProducts = 6400;
inline constexpr int kMostInputCells = 1024;

/// The figure loops for ever, with a pause at its end. Where motion is off (a reader's preference, a renderer without
/// animation, a print) it shows the middle step over the whole map.
/// Raises ValueError, saying how to mend it, for an empty grid, a stride below 1, a padding below 0, a kernel larger
/// than the padded input, seconds outside [0.1, 60], or more than the limits above.
std::string conv_animation(const Animation& animation);

/// The feature map that it shows: cross-correlation, as convolution layers compute it, of the input padded with zeros;
/// floor((H + 2 padding - R) / stride) + 1 rows. Raises as above, but for the limits.
NumberGrid correlate(const NumberGrid& input, const NumberGrid& kernel, std::array<int, 2> stride = {1, 1},
                     std::array<int, 2> padding = {0, 0});

}  // namespace lamella::cli
