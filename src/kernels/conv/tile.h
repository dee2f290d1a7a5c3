// The arguments of the register tiles (tile-inl.h, reduce-inl.h).
#pragma once

#include <cstdint>

namespace lamella::kernels {

/// `pixels` points to the first element that the tile's first pixel (before TileCall::offset) takes from the segment;
/// panel_row is the row of the packed panel with that element's weights.
template <typename T>
struct TileSegment {
  const T* pixels;
  std::int64_t panel_row;
};

template <typename T>
struct TileCall {
  const TileSegment<T>* segments;
  std::int64_t segment_count, segment_length;  // in segments; in elements
  std::int64_t offset;                         // added to every segment's pixels
  std::int64_t pixel_step;                     // elements from a pixel of the tile to the next
  const T* panel;                              // [panel_row][vectors of the tile][lanes]
  T* out;
  std::int64_t out_step;    // elements from an output pixel to the next
  std::int64_t last_lanes;  // lanes of the last vector that exist in `out`
  const T* bias;            // of the tile's first channel, or null
  const T* residual;        // laid out as `out`, or null
  bool relu;
};

/// A run of output pixels and what one tap (or one row of taps) meets there.
template <typename T>
struct ReduceLine {
  const T* x;
  const T* dy;
  std::int64_t pixels;
};

template <typename T>
struct ReduceCall {
  const ReduceLine<T>* lines;
  std::int64_t line_count;
  std::int64_t x_offset, dy_offset;  // added to every line's pointers
  std::int64_t x_step, dy_step;      // elements from a pixel to the next
  std::int64_t row_step;             // elements from a kernel row's input row to the next one's
  bool fresh;                        // sums are set, not added to
  T* sums;                           // [rows][elements][vectors][lanes], rows sums_row_step apart
  std::int64_t sums_row_step;
  std::int64_t last_lanes;  // lanes of the last vector that exist in dy
};

}  // namespace lamella::kernels
