// How a direct correlation is cut into units of work, and where its rows come from.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/parallel.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/correlation.h"

namespace lamella::kernels {

/// Bytes of input rows that a unit works on: they are read once for each panel of weights and should stay in a part of
/// the L2 cache, beside the panel.
inline constexpr std::int64_t kUnitBytes = 128 * 1024;
/// Units wanted at least, so that several threads have work of equal size.
inline constexpr std::int64_t kUnitsWanted = 16;

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// A unit of work is one image, one depth, a block of output rows, a block of columns and a block of weight panels.
struct DirectBlocks {
  bool copied;                            // rows are copied to scratch, with zeros where they leave the input
  bool merged;                            // the taps of a kernel row are contiguous: one segment
  std::int64_t pitch;                     // elements from a pixel of a row to the next
  std::int64_t column_begin, column_end;  // input columns that output column 0 .. begins at and the last one ends at
  std::int64_t panels;                    // of weights in a group: vectors / vectors of a tile
  std::int64_t row_block, row_blocks, column_block, column_blocks, panel_block, panel_blocks;
  std::int64_t units;

  DirectBlocks(const Correlation& c, const ConvTile& tile, std::int64_t element_bytes) {
    const CorrelationAxis& w = c.axis[2];
    const CorrelationAxis& h = c.axis[1];
    const std::int64_t channels = c.groups * c.in_channels;
    column_begin = w.first_offset;
    column_end = (w.positions - 1) * w.in_step + w.last_offset() + 1;
    // Pixels a multiple of 2 KiB apart meet in at most two sets of the L1 cache: give the copy another pitch.
    const bool aliased = tile.pixels > 8 && channels * w.in_step * element_bytes % 2048 == 0;
    copied = w.taps > 0 && (column_begin < 0 || column_end > w.in_extent || aliased);
    pitch = channels + (aliased ? 64 / element_bytes : 0);
    merged = w.offset_step == 1 && pitch == c.in_channels;
    panels = ceil_div(ceil_div(c.out_channels, tile.lanes), tile.vectors);

    const std::int64_t row_bytes = (column_end - column_begin) * pitch * element_bytes;
    column_block = h.positions > 1 ? w.positions : columns_within(w, tile, row_bytes);
    column_blocks = ceil_div(w.positions, column_block);
    row_block = std::clamp<std::int64_t>(kUnitBytes / std::max<std::int64_t>(1, row_bytes * h.in_step), 1, h.positions);
    const std::int64_t images = c.batch * c.axis[0].positions;
    while (images * ceil_div(h.positions, row_block) * column_blocks < kUnitsWanted && row_block > 4) row_block /= 2;
    row_blocks = ceil_div(h.positions, row_block);
    row_block = ceil_div(h.positions, row_blocks);
    panel_blocks = std::clamp<std::int64_t>(kUnitsWanted / (images * row_blocks * column_blocks), 1, panels);
    panel_block = ceil_div(panels, panel_blocks);
    panel_blocks = ceil_div(panels, panel_block);
    units = images * row_blocks * column_blocks * panel_blocks;
  }

  /// What unit `unit` of `units` works on.
  struct Place {
    std::int64_t image, depth;
    TaskRange rows, columns, panels;
  };
  Place place(const Correlation& c, std::int64_t unit) const {
    const auto next = [&unit](std::int64_t count) {
      const std::int64_t index = unit % count;
      unit /= count;
      return index;
    };
    const auto range = [](std::int64_t index, std::int64_t block, std::int64_t end) {
      return TaskRange{index * block, std::min((index + 1) * block, end)};
    };
    const TaskRange panel_range = range(next(panel_blocks), panel_block, panels);
    const TaskRange column_range = range(next(column_blocks), column_block, c.axis[2].positions);
    const TaskRange row_range = range(next(row_blocks), row_block, c.axis[1].positions);
    const std::int64_t depth = next(c.axis[0].positions);
    return {unit, depth, row_range, column_range, panel_range};
  }

 private:
  // A single long row (a signal, or the pixels of a pointwise convolution) is cut into columns, in whole tiles.
  static std::int64_t columns_within(const CorrelationAxis& w, const ConvTile& tile, std::int64_t row_bytes) {
    const std::int64_t wanted =
        std::max(ceil_div(row_bytes, kUnitBytes), std::min(kUnitsWanted, w.positions / (4 * tile.pixels)));
    const std::int64_t columns = ceil_div(w.positions, std::max<std::int64_t>(1, wanted));
    return ceil_div(columns, tile.pixels) * tile.pixels;
  }
};

}  // namespace lamella::kernels
