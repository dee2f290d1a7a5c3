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

/// Elements from a point of `tiles` tiles to the next, `pitch` elements a tile: an odd number of cache lines, lest the
/// 36 points of a tile, written together, meet in a few sets of the L1 cache (twice as slow).
constexpr std::int64_t winograd_point_step(std::int64_t tiles, std::int64_t pitch) {
  return (((tiles * pitch + 15) / 16) | 1) * 16;
}

/// The tiles of all images and depths, rows of tiles of one image after another.
struct WinogradTiles {
  std::int64_t tile_rows, tile_columns, tiles;  // of an image; in all
  std::int64_t in_pitch, out_pitch;             // elements from a transformed tile of the input (output) to the next

  explicit WinogradTiles(const Correlation& c)
      : tile_rows(ceil_div(c.axis[1].positions, kWinogradOut)),
        tile_columns(ceil_div(c.axis[2].positions, kWinogradOut)),
        tiles(c.batch * c.axis[0].positions * tile_rows * tile_columns),
        in_pitch(pitch(c.in_channels)),
        out_pitch(pitch(c.out_channels)) {}

  static std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

 private:
  // 16 more than a multiple of the vector, lest the tiles of a register tile meet in one set of the L1 cache.
  static std::int64_t pitch(std::int64_t channels) { return ceil_div(channels, 16) * 16 + 16; }
};

/// Forward and input gradient with packed weights.
struct WinogradBlocks {
  static constexpr std::int64_t kTransformedBytes = 640 * 1024;  // of a block's input: in L2, beside the products

  WinogradTiles all;
  std::int64_t blocks, block_tiles;  // block_tiles: of the largest block
  std::int64_t panels;

  WinogradBlocks(const Correlation& c, const ConvTile& tile) : all(c) {
    const std::int64_t fitting = kTransformedBytes / (kWinogradPoints * all.in_pitch * 4);
    const std::int64_t wanted = std::clamp<std::int64_t>(fitting, 2 * tile.pixels, 4 * tile.pixels);
    blocks = std::max<std::int64_t>(1, all.ceil_div(all.tiles, wanted));
    panels = all.ceil_div(all.ceil_div(c.out_channels, tile.lanes), tile.vectors);
    block_tiles = all.ceil_div(all.tiles, blocks);
  }

  TaskRange block(std::int64_t index) const { return task_range(all.tiles, blocks, index); }
  std::int64_t input_elements() const { return kWinogradPoints * winograd_point_step(block_tiles, all.in_pitch); }
};

/// Forward and input gradient with weights that are transformed on the way.
struct FusedWinogradBlocks {
  static constexpr std::int64_t kProductBytes = 300 * 1024;     // of a block of tiles and a panel: in L2
  static constexpr std::int64_t kChunkBytes = 592 * 1024;       // of transformed weights: in L2, beside them
  static constexpr std::int64_t kTransformedBytes = 16L << 20;  // of the input of all tiles: in L3

  WinogradTiles all;
  std::int64_t panels;
  std::int64_t blocks, block_tiles;
  std::int64_t chunks, chunk_channels;  // of the channels; in the largest chunk

  FusedWinogradBlocks(const Correlation& c, const ConvTile& tile) : all(c) {
    const std::int64_t width = tile.vectors * tile.lanes, point_bytes = kWinogradPoints * width * 4;
    panels = all.ceil_div(all.ceil_div(c.out_channels, tile.lanes), tile.vectors);
    blocks = std::max<std::int64_t>(1, all.ceil_div(all.tiles, kProductBytes / point_bytes));
    block_tiles = all.ceil_div(all.tiles, blocks);
    chunks = all.ceil_div(c.in_channels, kChunkBytes / point_bytes);
    chunk_channels = all.ceil_div(c.in_channels, chunks);
  }

  /// Whether they are faster than packing: each pair of channels meets few tiles.
  static bool pay(const Correlation& c) {
    const WinogradTiles all(c);
    return all.tiles * 512 <= c.in_channels * c.out_channels &&
           all.tiles * kWinogradPoints * all.in_pitch * 4 <= kTransformedBytes;
  }
};

/// Weight gradient. A panel's sums are [36][channel][vectors][lanes], of all channels or of a chunk of them, a point
/// being winograd_point_step elements on.
struct WinogradGradientBlocks {
  static constexpr std::int64_t kBlockBytes = 448 * 1024;  // of transformed tiles in L2, beside private sums
  static constexpr std::int64_t kCacheBytes = 960 * 1024;  // of both together
  static constexpr std::int64_t kSharedBytes = 8 << 20;    // of them in L3, beside the one set of sums
  static constexpr std::int64_t kChunkBytes = 260 * 1024;  // of the sums of a chunk, in L2
  static constexpr std::int64_t kFewBytes = 12 << 20;      // of all tiles, which stay in L3 while sums come and go

  WinogradTiles all;
  TaskRange channels;
  std::int64_t width;  // elements of a panel's row
  std::int64_t panels, panel_elements, sum_elements;
  std::int64_t parts;        // with sums of their own; 1: there is one set
  std::int64_t chunks;       // of the channels, if one set is as large as all tiles; else 1
  std::int64_t block_tiles;  // transformed at a time, by one part or by all threads

  /// Up to here, parts of the tiles have sums of their own, which stay in L2: machines of AVX-512 have a megabyte of
  /// it.
  static constexpr std::int64_t private_sum_bytes(const ConvTile& tile) {
    return (tile.lanes >= 16 ? 640 : 352) * 1024;
  }

  WinogradGradientBlocks(const Correlation& c, const ConvTile& tile) : all(c), channels{0, c.in_channels} {
    width = tile.vectors * tile.lanes;
    panels = all.ceil_div(all.ceil_div(c.out_channels, tile.lanes), tile.vectors);
    panel_elements = kWinogradPoints * winograd_point_step(c.in_channels, width);
    sum_elements = panels * panel_elements;
    parts = sum_elements * 4 <= private_sum_bytes(tile) ? std::clamp<std::int64_t>(all.tiles / 32, 1, 8) : 1;
    const std::int64_t tile_elements = kWinogradPoints * (all.in_pitch + all.out_pitch);
    const std::int64_t transformed = all.tiles * tile_elements;
    const bool few = parts == 1 && transformed * 4 <= kFewBytes && transformed <= sum_elements * 5 / 4;
    const std::int64_t chunk_channels = kChunkBytes / (kWinogradPoints * width * 4) / tile.pixels * tile.pixels;
    chunks = few ? all.ceil_div(c.in_channels, chunk_channels) : 1;
    const std::int64_t most =
        (parts > 1 ? std::min(kBlockBytes, kCacheBytes - sum_elements * 4) : kSharedBytes) / (tile_elements * 4);
    const std::int64_t mine = std::max<std::int64_t>(1, all.ceil_div(all.tiles, parts));
    block_tiles = chunks > 1 ? all.tiles : all.ceil_div(mine, all.ceil_div(mine, std::max<std::int64_t>(most, 16)));
  }
};

}  // namespace lamella::kernels
