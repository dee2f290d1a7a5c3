// How a Winograd convolution is cut into units of work, and the shapes of its buffers.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/parallel.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/correlation.h"

namespace lamella::kernels {

inline constexpr std::int64_t kWinogradOut = 4;                             // outputs of a tile along an axis
inline constexpr std::int64_t kWinogradIn = 6;                              // inputs of a tile along an axis
inline constexpr std::int64_t kWinogradPoints = kWinogradIn * kWinogradIn;  // products of a tile and a pair of channels

struct WinogradBlocks {
  static constexpr std::int64_t kTransformedBytes = 640 * 1024;  // of a block's input: in L2, beside the products
  static constexpr std::int64_t kFewBlocks = 4;

  std::int64_t tile_rows, tile_columns, tiles;  // of an image; of the batch (and of all depths)
  std::int64_t pitch;                           // elements from a transformed tile to the next
  std::int64_t blocks, block_tiles;             // block_tiles: of the largest block
  std::int64_t panels;
  bool shared;  // few tiles: the input is transformed first, then panels of weights are shared out

  WinogradBlocks(const Correlation& c, const ConvTile& tile) {
    tile_rows = ceil_div(c.axis[1].positions, kWinogradOut);
    tile_columns = ceil_div(c.axis[2].positions, kWinogradOut);
    tiles = c.batch * c.axis[0].positions * tile_rows * tile_columns;
    // 16 more than a multiple of the vector, lest 14 tiles or 36 points meet in one set of the L1 cache.
    pitch = ceil_div(c.in_channels, 16) * 16 + 16;
    const std::int64_t fitting = kTransformedBytes / (kWinogradPoints * pitch * 4);
    const std::int64_t wanted = std::clamp<std::int64_t>(fitting, 2 * tile.pixels, 4 * tile.pixels);
    blocks = std::max<std::int64_t>(1, ceil_div(tiles, wanted));
    panels = ceil_div(ceil_div(c.out_channels, tile.lanes), tile.vectors);
    shared = blocks < kFewBlocks;
    if (shared) blocks = ceil_div(tiles, 4 * tile.pixels);
    block_tiles = ceil_div(tiles, blocks);
  }

  TaskRange block(std::int64_t index) const { return task_range(tiles, blocks, index); }
  std::int64_t input_elements() const { return kWinogradPoints * block_tiles * pitch; }

 private:
  static std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
};

}  // namespace lamella::kernels
