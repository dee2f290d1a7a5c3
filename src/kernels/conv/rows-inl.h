// The input rows that a block of output rows reads: in place, or copied to scratch with zeros beside them so that no
// inner loop has an edge.
#if defined(LAMELLA_KERNELS_CONV_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMELLA_KERNELS_CONV_ROWS_INL_H_
#undef LAMELLA_KERNELS_CONV_ROWS_INL_H_
#else
#define LAMELLA_KERNELS_CONV_ROWS_INL_H_
#endif

#include <hwy/cache_control.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/parallel.h"
#include "kernels/conv/correlation.h"
#include "kernels/conv/direct_blocks.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels::HWY_NAMESPACE {

template <typename T>
HWY_INLINE void copy_elements(const T* HWY_RESTRICT from, std::int64_t count, T* HWY_RESTRICT to) {
  const hn::ScalableTag<T> d;
  std::int64_t i = 0;
  for (; i + kLanes<T> <= count; i += kLanes<T>) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  for (; i < count; ++i) to[i] = from[i];
}

template <typename T>
HWY_INLINE void zero_elements(T* to, std::int64_t count) {
  const hn::ScalableTag<T> d;
  std::int64_t i = 0;
  for (; i + kLanes<T> <= count; i += kLanes<T>) hn::StoreU(hn::Zero(d), d, to + i);
  for (; i < count; ++i) to[i] = T{0};
}

/// Brings elements that are about to be walked in large strides (a few channels of every pixel) into the cache:
/// hardware prefetchers follow a sequence, not such strides.
template <typename T>
HWY_INLINE void prefetch_elements(const T* from, std::int64_t count) {
  constexpr std::int64_t kLine = 64 / sizeof(T);
  for (std::int64_t i = 0; i < count; i += kLine) hwy::Prefetch(from + i);
}

/// Columns [begin, end) of one input row to `to`, zeros where they lie outside of it.
template <typename T>
void copy_row(const T* row, std::int64_t extent, std::int64_t channels, std::int64_t begin, std::int64_t end,
              std::int64_t pitch, T* to) {
  const std::int64_t first = std::clamp<std::int64_t>(begin, 0, extent);
  const std::int64_t last = std::clamp<std::int64_t>(end, first, extent);
  const std::int64_t zeros = begin < first ? std::min(end, first) - begin : 0;
  zero_elements(to, zeros * pitch);
  T* const pixels = to + zeros * pitch;
  if (pitch == channels) {
    copy_elements(row + first * channels, (last - first) * channels, pixels);
  } else {
    for (std::int64_t i = first; i < last; ++i) {
      copy_elements(row + i * channels, channels, pixels + (i - first) * pitch);
    }
  }
  zero_elements(pixels + (last - first) * pitch, (end - begin - zeros - (last - first)) * pitch);
}

/// The rows that output rows `rows`, columns `columns` of one depth of one image read. `first` is the pixel of depth
/// tap depth_taps[0], input row first_row and the first column; a depth tap is depth_step, an input row row_step
/// elements on.
template <typename T>
struct InputRows {
  std::array<std::int64_t, 2> depth_taps;
  std::int64_t first_row, row_count;
  std::int64_t first_column, column_count;
  std::int64_t row_step, depth_step;
  const T* first;

  /// With `whole`, rows outside of the input are wanted too, as zeros (and must be copied).
  InputRows(const Correlation& c, std::int64_t depth, TaskRange rows, TaskRange columns, bool whole) {
    const CorrelationAxis &h = c.axis[1], &w = c.axis[2];
    depth_taps = c.axis[0].taps_inside(depth);
    first_column = columns.begin * w.in_step + w.first_offset;
    column_count = (columns.end - columns.begin - 1) * w.in_step + w.last_offset() - w.first_offset + 1;
    first_row = rows.begin * h.in_step + h.first_offset;
    std::int64_t end_row = (rows.end - 1) * h.in_step + h.last_offset() + 1;
    if (!whole) {
      first_row = std::clamp<std::int64_t>(first_row, 0, h.in_extent);
      end_row = std::clamp<std::int64_t>(end_row, first_row, h.in_extent);
    }
    row_count = end_row - first_row;
  }

  std::int64_t copied_elements(std::int64_t pitch) const {
    return (depth_taps[1] - depth_taps[0]) * row_count * column_count * pitch;
  }

  /// Points into the input itself: nothing that is wanted may lie outside of it.
  void use(const Correlation& c, const T* in, std::int64_t image, std::int64_t depth) {
    const std::int64_t channels = c.groups * c.in_channels;
    row_step = c.axis[2].in_extent * channels;
    depth_step = c.axis[0].offset_step * c.axis[1].in_extent * row_step;
    first = plane_of(c, in, image, depth, depth_taps[0]) + first_row * row_step + first_column * channels;
  }

  /// Copies to `to` (copied_elements of them), `pitch` elements a pixel.
  void copy(const Correlation& c, const T* in, std::int64_t image, std::int64_t depth, std::int64_t pitch, T* to) {
    const std::int64_t channels = c.groups * c.in_channels;
    const std::int64_t extent = c.axis[2].in_extent;
    row_step = column_count * pitch;
    depth_step = row_count * row_step;
    first = to;
    for (std::int64_t t = depth_taps[0]; t < depth_taps[1]; ++t) {
      const T* const plane = plane_of(c, in, image, depth, t);
      for (std::int64_t row = first_row; row < first_row + row_count; ++row, to += row_step) {
        if (row < 0 || row >= c.axis[1].in_extent) {
          zero_elements(to, row_step);
        } else {
          copy_row(plane + row * extent * channels, extent, channels, first_column, first_column + column_count, pitch,
                   to);
        }
      }
    }
  }

  /// Copies or uses the rows, as `blocks` says; returns room for the segments of a row, in the task's scratch.
  TileSegment<T>* place(const Correlation& c, const DirectBlocks& blocks, const T* in, std::int64_t image,
                        std::int64_t depth) {
    const std::int64_t segment_bytes = ceil_div(c.taps() * static_cast<std::int64_t>(sizeof(TileSegment<T>)), 64) * 64;
    const std::int64_t copied_bytes =
        blocks.copied ? copied_elements(blocks.pitch) * static_cast<std::int64_t>(sizeof(T)) : 0;
    char* const memory = scratch_for<char>(ScratchSlot::kTask, static_cast<std::size_t>(segment_bytes + copied_bytes));
    if (blocks.copied) {
      copy(c, in, image, depth, blocks.pitch, reinterpret_cast<T*>(memory + segment_bytes));
    } else {
      use(c, in, image, depth);
    }
    return reinterpret_cast<TileSegment<T>*>(memory);
  }

  /// The segments of output row `row`, of kernel rows inside of the input only; a segment's weights take
  /// `rows_a_segment` rows of the panel. Returns how many there are.
  std::int64_t place_segments(const Correlation& c, const DirectBlocks& blocks, std::int64_t group, std::int64_t row,
                              std::int64_t rows_a_segment, TileSegment<T>* segments) const {
    const CorrelationAxis &h = c.axis[1], &w = c.axis[2];
    if (w.taps == 0) return 0;
    const auto [first_tap, end_tap] = h.taps_inside(row);
    const std::int64_t pieces = blocks.merged ? 1 : w.taps;
    TileSegment<T>* next = segments;
    for (std::int64_t t = depth_taps[0]; t < depth_taps[1]; ++t) {
      for (std::int64_t r = first_tap; r < end_tap; ++r) {
        const std::int64_t in_row = row * h.in_step + h.first_offset + r * h.offset_step - first_row;
        const T* pixels = first + (t - depth_taps[0]) * depth_step + in_row * row_step + group * c.in_channels;
        for (std::int64_t s = 0; s < pieces; ++s) {
          *next++ = {pixels + s * w.offset_step * blocks.pitch, ((t * h.taps + r) * pieces + s) * rows_a_segment};
        }
      }
    }
    return next - segments;
  }

 private:
  static const T* plane_of(const Correlation& c, const T* in, std::int64_t image, std::int64_t depth,
                           std::int64_t tap) {
    const std::int64_t at = depth * c.axis[0].in_step + c.axis[0].first_offset + tap * c.axis[0].offset_step;
    return in +
           (image * c.axis[0].in_extent + at) * c.axis[1].in_extent * c.axis[2].in_extent * c.groups * c.in_channels;
  }
};

/// The pixel of the output that position (depth, row, 0) of an image writes.
inline std::int64_t out_pixel(const Correlation& c, std::int64_t image, std::int64_t depth, std::int64_t row) {
  const auto& [d, h, w] = c.axis;
  return ((image * d.out_extent + d.out_begin + depth * d.out_step) * h.out_extent + h.out_begin + row * h.out_step) *
             w.out_extent +
         w.out_begin;
}

}  // namespace lamella::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
