// How a weight gradient is cut into units of work: a fixed number of parts of the pixels, each with sums of its own
// that are added in order at the end, times a number of ranges of the weights.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/parallel.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/correlation.h"
#include "kernels/conv/pack.h"

namespace lamella::kernels {

struct WeightGradientBlocks {
  /// Private sums of all parts together stay below this, unless one set alone is larger.
  static constexpr std::int64_t kSumBytes = 1024 * 1024;
  /// Pixels of x and dy that are walked once for each tap and tile should stay in a part of the L2 cache.
  static constexpr std::int64_t kBlockBytes = 256 * 1024;
  static constexpr std::int64_t kShortestLine = 48, kLongestLine = 256;
  static constexpr std::int64_t kUnitsWanted = 16;

  std::int64_t column_block, column_blocks;  // an output row is cut into lines of this many pixels
  std::int64_t lines;                        // in the whole batch
  std::int64_t block_lines;                  // walked together
  std::int64_t panels;                       // of the weights of a group
  std::int64_t items;                        // pieces that a unit's share of the weights is counted in
  std::int64_t parts, ranges;
  std::int64_t sum_elements;  // of one part

  /// `items_per_panel`: taps or rows of taps, as the kernel takes them.
  WeightGradientBlocks(const Correlation& c, const ConvTile& tile, std::int64_t element_bytes,
                       std::int64_t items_per_panel) {
    const CorrelationAxis& w = c.axis[2];
    const std::int64_t pixel_bytes =
        c.groups * (c.in_channels * w.in_step * c.axis[1].in_step + c.out_channels) * element_bytes;
    const std::int64_t longest =
        std::clamp(kBlockBytes / std::max<std::int64_t>(1, pixel_bytes), kShortestLine, kLongestLine);
    column_blocks = (w.positions + longest - 1) / longest;
    column_block = column_blocks > 0 ? (w.positions + column_blocks - 1) / column_blocks : 1;
    lines = c.batch * c.axis[0].positions * c.axis[1].positions * column_blocks;
    block_lines = std::max<std::int64_t>(1, kBlockBytes / std::max<std::int64_t>(1, column_block * pixel_bytes));
    const std::int64_t vectors = (c.out_channels + tile.lanes - 1) / tile.lanes;
    panels = (vectors + tile.vectors - 1) / tile.vectors;
    items = items_per_panel * c.groups * panels;
    sum_elements = panel_elements(c, tile.lanes);
    const std::int64_t wanted = tasks_for(c.multiply_adds(), 1 << 19, kUnitsWanted);
    const std::int64_t affordable = std::max<std::int64_t>(1, kSumBytes / (sum_elements * element_bytes + 1));
    parts = std::clamp<std::int64_t>(std::min(affordable, lines), 1, wanted);
    ranges = std::clamp<std::int64_t>((wanted + parts - 1) / parts, 1, std::max<std::int64_t>(1, items));
  }

  struct Line {
    std::int64_t image, depth, row;
    TaskRange columns;
  };
  Line line(const Correlation& c, std::int64_t index) const {
    const std::int64_t block = index % column_blocks;
    index /= column_blocks;
    const std::int64_t row = index % c.axis[1].positions;
    index /= c.axis[1].positions;
    return {index / c.axis[0].positions,
            index % c.axis[0].positions,
            row,
            {block * column_block, std::min((block + 1) * column_block, c.axis[2].positions)}};
  }
};

}  // namespace lamella::kernels
