// The weight gradient. dw[tap][c][k] = sum over pixels of x[pixel at tap][c] * dy[pixel][k]: broadcast x, vectors of
// dy, and accumulators for M channels (or elements of a window) times 2 vectors of k that live over a whole block of
// pixels.
//
//   for each block of lines (about 256 KiB of x and dy, read from memory once):
//     for each tap, panel of 2 vectors of k, M channels: walk the block
//
// Sums are kept as panels of packed weights and unpacked at the end. The batch is cut into a fixed number of parts with
// sums of their own where these are small; otherwise units share out the weights, and no sum is added twice.
#include "kernels/conv/weight_gradient.h"

#include <algorithm>
#include <type_traits>

#include "core/parallel.h"
#include "kernels/conv/pack.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/tile.h"
#include "kernels/conv/weight_gradient_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/weight_gradient.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/conv/reduce-inl.h"
#include "kernels/conv/rows-inl.h"
#include "kernels/dispatch.h"

namespace lamella::kernels {

#ifndef LAMELLA_KERNELS_CONV_WEIGHT_GRADIENT_ONCE_
#define LAMELLA_KERNELS_CONV_WEIGHT_GRADIENT_ONCE_
template <typename T>
struct WeightGradientCall {
  const Correlation& correlation;
  const WeightGradientBlocks& blocks;
  const T* x;
  const T* dy;
};

/// Adds the products of lines [begin, end) to the items [begin, end) of `sums`.
template <typename T>
using WeightGradientUnit = void (*)(const WeightGradientCall<T>& call, TaskRange lines, TaskRange items, T* sums);

template <typename T>
struct WeightGradientFunctions {
  WeightGradientUnit<T> pixels, window;
  ConvTile tile;
};

struct WeightGradientTable {
  WeightGradientFunctions<float> f32;
  WeightGradientFunctions<double> f64;
};
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct WeightGradientKernels;

namespace HWY_NAMESPACE {

/// What the two organisations share: a panel of dy's channels and the tiles that cover it.
template <typename T>
struct PanelOfSums {
  std::int64_t vectors, last_lanes, first_channel;
  T* sums;

  PanelOfSums(const Correlation& c, std::int64_t group, std::int64_t panel, T* all) {
    const std::int64_t vectors_in_all = (c.out_channels + kLanes<T> - 1) / kLanes<T>;
    vectors = std::min<std::int64_t>(kTileVectors, vectors_in_all - panel * kTileVectors);
    first_channel = panel * kTileVectors * kLanes<T>;
    last_lanes = std::min(kLanes<T>, c.out_channels - first_channel - (vectors - 1) * kLanes<T>);
    sums = all + (group * vectors_in_all + panel * kTileVectors) * kLanes<T> * c.taps() * c.in_channels;
  }

  std::int64_t row_elements() const { return vectors * kLanes<T>; }
};

// Covers `rows` kernel rows of `elements` elements with tiles of nearly equal width.
template <typename T>
void reduce_elements(ReduceCall<T> call, const PanelOfSums<T>& panel, std::int64_t rows, std::int64_t elements) {
  const std::int64_t tiles = (elements + kTilePixels - 1) / kTilePixels;
  const std::int64_t x_offset = call.x_offset;
  T* const sums = call.sums;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const TaskRange range = task_range(elements, tiles, i);
    call.x_offset = x_offset + range.begin;
    call.sums = sums + range.begin * panel.row_elements();
    kReduceTiles<T>.of[rows - 1][panel.vectors - 1][range.end - range.begin - 1](call);
  }
}

/// The lines of a block at one tap, cut to the pixels whose tap lies inside of the input.
template <typename T>
std::int64_t place_lines(const WeightGradientCall<T>& call, TaskRange block, std::int64_t tap, ReduceLine<T>* lines) {
  const Correlation& c = call.correlation;
  const CorrelationAxis &d = c.axis[0], &h = c.axis[1], &w = c.axis[2];
  const std::int64_t x_channels = c.groups * c.in_channels, dy_channels = c.groups * c.out_channels;
  const std::int64_t s = tap % w.taps, r = tap / w.taps % h.taps, t = tap / w.taps / h.taps;
  const std::int64_t offset = w.first_offset + s * w.offset_step;
  const std::int64_t first = offset < 0 ? (-offset + w.in_step - 1) / w.in_step : 0;
  const std::int64_t end = w.in_extent > offset ? (w.in_extent - offset + w.in_step - 1) / w.in_step : 0;
  ReduceLine<T>* next = lines;
  for (std::int64_t index = block.begin; index < block.end; ++index) {
    const WeightGradientBlocks::Line line = call.blocks.line(c, index);
    const std::int64_t depth = line.depth * d.in_step + d.first_offset + t * d.offset_step;
    const std::int64_t row = line.row * h.in_step + h.first_offset + r * h.offset_step;
    if (depth < 0 || depth >= d.in_extent || row < 0 || row >= h.in_extent) continue;
    const std::int64_t from = std::max(first, line.columns.begin), to = std::min(end, line.columns.end);
    if (from >= to) continue;
    const std::int64_t x_pixel =
        ((line.image * d.in_extent + depth) * h.in_extent + row) * w.in_extent + from * w.in_step + offset;
    const std::int64_t dy_pixel =
        ((line.image * d.positions + line.depth) * h.positions + line.row) * w.positions + from;
    *next++ = {call.x + x_pixel * x_channels, call.dy + dy_pixel * dy_channels, to - from};
  }
  return next - lines;
}

// Item: (tap, group, panel), the panel fastest.
template <typename T>
void PixelsUnit(const WeightGradientCall<T>& call, TaskRange lines, TaskRange items, T* sums) {
  const Correlation& c = call.correlation;
  const WeightGradientBlocks& b = call.blocks;
  ReduceLine<T>* const list = scratch_for<ReduceLine<T>>(ScratchSlot::kTask, static_cast<std::size_t>(b.block_lines));
  ReduceCall<T> tile{};
  tile.lines = list;
  tile.x_step = c.axis[2].in_step * c.groups * c.in_channels;
  tile.dy_step = c.groups * c.out_channels;
  const std::int64_t per_tap = c.groups * b.panels;
  const auto sums_of = [&](std::int64_t item, const PanelOfSums<T>& panel) {
    return panel.sums + item / per_tap * c.in_channels * panel.row_elements();
  };
  for (TaskRange block{lines.begin, lines.begin}; block.begin < lines.end; block.begin = block.end) {
    block.end = std::min(block.begin + b.block_lines, lines.end);
    tile.fresh = block.begin == lines.begin;
    for (std::int64_t item = items.begin; item < items.end; ++item) {
      if (item == items.begin || item % per_tap == 0) {
        tile.line_count = place_lines(call, block, item / per_tap, list);
      }
      const std::int64_t group = item % per_tap / b.panels;
      const PanelOfSums<T> panel(c, group, item % b.panels, sums);
      tile.x_offset = group * c.in_channels;
      tile.dy_offset = group * c.out_channels + panel.first_channel;
      tile.last_lanes = panel.last_lanes;
      tile.sums = sums_of(item, panel);
      reduce_elements(tile, panel, 1, c.in_channels);
    }
  }
}

// The kernel rows that one tile takes together: as many as fit.
template <typename T>
std::int64_t rows_together(std::int64_t vectors, std::int64_t elements, std::int64_t rows) {
  std::int64_t together = 1;
  if (elements > kTilePixels) return 1;
  while (together < std::min<std::int64_t>(kReduceRows, rows) &&
         kReduceTiles<T>.of[together][vectors - 1][elements - 1] != nullptr) {
    ++together;
  }
  return together;
}

// Item: (depth tap, panel), the panel fastest; one group. A block is rows of one image at one depth.
template <typename T>
void WindowUnit(const WeightGradientCall<T>& call, TaskRange lines, TaskRange items, T* sums) {
  const Correlation& c = call.correlation;
  const WeightGradientBlocks& b = call.blocks;
  const CorrelationAxis &h = c.axis[1], &w = c.axis[2];
  const std::int64_t elements = w.taps * c.in_channels;
  for (std::int64_t item = items.begin; item < items.end; ++item) {
    const PanelOfSums<T> panel(c, 0, item % b.panels, sums);
    const std::int64_t rows = h.taps * elements;
    zero_elements(panel.sums + item / b.panels * rows * panel.row_elements(), rows * panel.row_elements());
  }
  for (TaskRange block{lines.begin, lines.begin}; block.begin < lines.end; block.begin = block.end) {
    const WeightGradientBlocks::Line start = b.line(c, block.begin);
    const std::int64_t rows =
        b.column_blocks > 1 ? 1 : std::min({b.block_lines, lines.end - block.begin, h.positions - start.row});
    block.end = block.begin + rows;
    InputRows<T> in(c, start.depth, {start.row, start.row + rows}, start.columns, true);
    const std::int64_t list_bytes = (rows * static_cast<std::int64_t>(sizeof(ReduceLine<T>)) + 63) / 64 * 64;
    const std::int64_t copied_bytes = in.copied_elements(c.in_channels) * static_cast<std::int64_t>(sizeof(T));
    char* const memory = scratch_for<char>(ScratchSlot::kTask, static_cast<std::size_t>(list_bytes + copied_bytes));
    ReduceLine<T>* const list = reinterpret_cast<ReduceLine<T>*>(memory);
    in.copy(c, call.x, start.image, start.depth, c.in_channels, reinterpret_cast<T*>(memory + list_bytes));
    const std::int64_t dy_row = w.positions * c.out_channels;
    const T* const dy = call.dy +
                        ((start.image * c.axis[0].positions + start.depth) * h.positions + start.row) * dy_row +
                        start.columns.begin * c.out_channels;
    for (std::int64_t row = 0; row < rows; ++row) {
      list[row] = {in.first + row * h.in_step * in.row_step, dy + row * dy_row,
                   start.columns.end - start.columns.begin};
    }
    ReduceCall<T> tile{};
    tile.lines = list;
    tile.line_count = rows;
    tile.x_step = w.in_step * c.in_channels;
    tile.dy_step = c.out_channels;
    tile.row_step = h.offset_step * in.row_step;
    for (std::int64_t item = items.begin; item < items.end; ++item) {
      const std::int64_t t = item / b.panels;
      if (t < in.depth_taps[0] || t >= in.depth_taps[1]) continue;
      const PanelOfSums<T> panel(c, 0, item % b.panels, sums);
      tile.dy_offset = panel.first_channel;
      tile.last_lanes = panel.last_lanes;
      tile.sums_row_step = elements * panel.row_elements();
      for (std::int64_t r = 0, together = 0; r < h.taps; r += together) {
        together = rows_together<T>(panel.vectors, elements, h.taps - r);
        tile.x_offset = (t - in.depth_taps[0]) * in.depth_step + r * tile.row_step;
        tile.sums = panel.sums + (t * h.taps + r) * tile.sums_row_step;
        reduce_elements(tile, panel, together, elements);
      }
    }
  }
}

template <typename T>
constexpr WeightGradientFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {&PixelsUnit<T>, &WindowUnit<T>, {kTilePixels, kTileVectors, kLanes<T>}};
}

}  // namespace HWY_NAMESPACE

template <>
struct WeightGradientKernels<HWY_TARGET> {
  static constexpr WeightGradientTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                                    HWY_NAMESPACE::functions_for<double>()};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

template <typename T>
const WeightGradientFunctions<T>& functions_for(CpuTarget target) {
  const WeightGradientTable& table = dispatch<WeightGradientKernels>(target_for(dtype_of<T>, target));
  if constexpr (std::is_same_v<T, float>) {
    return table.f32;
  } else {
    return table.f64;
  }
}

template <typename T>
void run_units(const ConvPlan<T>& plan, WeightGradientUnit<T> unit, const ConvTile& tile, std::int64_t items_per_panel,
               const T* x, const T* dy, T* dw, bool accumulate) {
  const Correlation c = correlation_of(plan.shape, ConvDirection::kForward, 0);
  const WeightGradientBlocks blocks(c, tile, sizeof(T), items_per_panel);
  if (blocks.lines == 0) {
    if (!accumulate) std::fill(dw, dw + plan.shape.weights(), T{0});
    return;
  }
  T* const sums = scratch_for<T>(ScratchSlot::kShared, static_cast<std::size_t>(blocks.parts * blocks.sum_elements));
  const WeightGradientCall<T> call{c, blocks, x, dy};
  parallel_for(blocks.parts * blocks.ranges, [&](std::int64_t task) {
    const std::int64_t part = task / blocks.ranges;
    unit(call, task_range(blocks.lines, blocks.parts, part),
         task_range(blocks.items, blocks.ranges, task % blocks.ranges), sums + part * blocks.sum_elements);
  });
  unpack_panels(plan.shape, tile.lanes, tile.vectors, sums, blocks.parts, dw, accumulate);
}

}  // namespace

template <typename T>
bool PixelsWeightGradient<T>::applies(const ConvPlan<T>&) {
  return true;
}

template <typename T>
ConvTile PixelsWeightGradient<T>::tile(CpuTarget target) {
  return functions_for<T>(target).tile;
}

template <typename T>
void PixelsWeightGradient<T>::run(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate) {
  const WeightGradientFunctions<T>& functions = functions_for<T>(plan.target);
  run_units(plan, functions.pixels, functions.tile, plan.shape.taps(), x, dy, dw, accumulate);
}

template <typename T>
bool WindowWeightGradient<T>::applies(const ConvPlan<T>& plan) {
  const ConvShape& s = plan.shape;
  return s.groups == 1 && s.in_channels < 8 && s.dilation[2] == 1 && s.taps() > 1;
}

template <typename T>
ConvTile WindowWeightGradient<T>::tile(CpuTarget target) {
  return functions_for<T>(target).tile;
}

template <typename T>
void WindowWeightGradient<T>::run(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate) {
  const WeightGradientFunctions<T>& functions = functions_for<T>(plan.target);
  run_units(plan, functions.window, functions.tile, plan.shape.kernel[0], x, dy, dw, accumulate);
}

template struct PixelsWeightGradient<float>;
template struct PixelsWeightGradient<double>;
template struct WindowWeightGradient<float>;
template struct WindowWeightGradient<double>;

}  // namespace lamella::kernels
#endif
