// Depthwise convolution, forward and input gradient. Loop nest of a unit (a block of rows of one image):
//
//   for each phase, output row, tile of 8 pixels and 2 vectors of channels: sum over the taps inside of the input
//
// Every product needs one load of x, so two loads a cycle are the limit; weights are loaded once a tile. Pixels whose
// taps leave the row are taken one by one, many vectors at a time, with the taps that remain; nothing is copied or
// padded.
#include "kernels/conv/depthwise.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "core/parallel.h"
#include "kernels/conv/correlation.h"
#include "kernels/conv/pack.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/depthwise.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/conv/rows-inl.h"
#include "kernels/conv/tile-inl.h"
#include "kernels/dispatch.h"

namespace lamella::kernels {

#ifndef LAMELLA_KERNELS_CONV_DEPTHWISE_ONCE_
#define LAMELLA_KERNELS_CONV_DEPTHWISE_ONCE_
template <typename T>
struct DepthwiseCall {
  const Correlation& correlation;
  const T* in;
  const T* packed;  // [tap in order of rising offsets][channels rounded up to lanes]
  T* out;
  ConvEpilogue<T> epilogue;
};

struct DepthwiseBlock {
  std::int64_t image, depth;
  TaskRange rows, columns;
};

template <typename T>
struct DepthwiseFunctions {
  void (*run)(const DepthwiseCall<T>& call, const DepthwiseBlock& block);
  ConvTile tile;
};

struct DepthwiseTable {
  DepthwiseFunctions<float> f32;
  DepthwiseFunctions<double> f64;
};
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct DepthwiseKernels;

namespace HWY_NAMESPACE {

// A tile has up to kDepthwiseSums sums: many pixels where all have the same taps, many vectors at the edges.
inline constexpr int kDepthwiseSums = HWY_TARGET == HWY_AVX3 ? 16 : HWY_TARGET == HWY_SCALAR ? 2 : 8;
inline constexpr int kDepthwisePixels = 8;

// M pixels, N vectors of channels from `channel` on. TileCall as for the direct tile: segments are taps, panel_row the
// element of `panel` where a tap's weights begin. With kPartial, N is 1.
template <typename T, int M, int N, bool kPartial>
HWY_NOINLINE void depthwise_tile(const TileCall<T>& call) {
  const hn::ScalableTag<T> d;
  constexpr int kVector = static_cast<int>(kLanes<T>);
  const std::int64_t step = call.pixel_step;
  Vec<T> acc[M][N];
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) {
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) acc[m][v] = hn::Zero(d);
  }
  for (std::int64_t s = 0; s < call.segment_count; ++s) {
    const T* x = call.segments[s].pixels + call.offset;
    const T* w = call.panel + call.segments[s].panel_row;
    Vec<T> weight[N];
#pragma GCC unroll 8
    for (int v = 0; v < N; ++v) weight[v] = hn::LoadU(d, w + v * kVector);
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
#pragma GCC unroll 8
      for (int v = 0; v < N; ++v) {
        acc[m][v] =
            hn::MulAdd(load_lanes<kPartial, T>(x + m * step + v * kVector, call.last_lanes), weight[v], acc[m][v]);
      }
    }
  }
  store_tile<kPartial>(call, acc);
}

/// One output row of one depth of one image.
template <typename T>
class DepthwiseRow {
 public:
  DepthwiseRow(const DepthwiseCall<T>& call, std::int64_t image, std::int64_t depth, TileSegment<T>* segments)
      : call_(call), c_(call.correlation), image_(image), depth_(depth), segments_(segments) {
    padded_channels_ = (c_.groups + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
    depth_taps_ = c_.axis[0].taps_inside(depth);
    tile_.segments = segments;
    tile_.pixel_step = c_.axis[2].in_step * c_.groups;
    tile_.out_step = c_.axis[2].out_step * c_.groups;
    tile_.relu = call.epilogue.relu;
  }

  void run(std::int64_t row, TaskRange columns) {
    const CorrelationAxis& w = c_.axis[2];
    const auto inside = [&w](std::int64_t column) {
      const auto [begin, end] = w.taps_inside(column);
      return end - begin == w.taps;
    };
    TaskRange whole = columns;  // the columns whose taps are all inside
    while (whole.begin < whole.end && !inside(whole.begin)) ++whole.begin;
    while (whole.end > whole.begin && !inside(whole.end - 1)) --whole.end;
    for (std::int64_t i = columns.begin; i < whole.begin; ++i) run_columns(row, {i, i + 1});
    if (whole.begin < whole.end) run_columns(row, whole);
    for (std::int64_t i = whole.end; i < columns.end; ++i) run_columns(row, {i, i + 1});
  }

 private:
  // All columns of `columns` have the same taps inside.
  void run_columns(std::int64_t row, TaskRange columns) {
    const CorrelationAxis& w = c_.axis[2];
    place_segments(row, columns.begin);
    const std::int64_t first_pixel = out_pixel(c_, image_, depth_, row) + columns.begin * w.out_step;
    std::int64_t x = 0, out = first_pixel * c_.groups;
    const auto run_pixels = [&](std::int64_t pixels, auto&& run) {
      run(x, out);
      x += pixels * tile_.pixel_step;
      out += pixels * tile_.out_step;
    };
    std::int64_t left = columns.end - columns.begin;
    for (; left >= 8; left -= 8) run_pixels(8, [&](auto... at) { run_channels<8>(at...); });
    if (left & 4) run_pixels(4, [&](auto... at) { run_channels<4>(at...); });
    if (left & 2) run_pixels(2, [&](auto... at) { run_channels<2>(at...); });
    if (left & 1) run_pixels(1, [&](auto... at) { run_channels<1>(at...); });
  }

  // All channels of M pixels, the first at elements x and out of their rows.
  template <int M>
  void run_channels(std::int64_t x, std::int64_t out) {
    constexpr int kWidest = std::clamp(kDepthwiseSums / M, 1, 8);
    std::int64_t channel = 0;
    const auto run = [&](TileFunction<T> tile, std::int64_t channels) {
      tile_.last_lanes = std::min(kLanes<T>, channels);
      tile_.panel = call_.packed + channel;
      tile_.bias = call_.epilogue.bias == nullptr ? nullptr : call_.epilogue.bias + channel;
      tile_.offset = x + channel;
      tile_.out = call_.out + out + channel;
      tile_.residual = call_.epilogue.residual == nullptr ? nullptr : call_.epilogue.residual + out + channel;
      tile(tile_);
      channel += channels;
    };
    constexpr std::int64_t kVector = kLanes<T>;
    while (c_.groups - channel >= kWidest * kVector) run(&depthwise_tile<T, M, kWidest, false>, kWidest * kVector);
    if constexpr (kWidest > 2) {
      while (c_.groups - channel >= 2 * kVector) run(&depthwise_tile<T, M, 2, false>, 2 * kVector);
    }
    if constexpr (kWidest > 1) {
      while (c_.groups - channel >= kVector) run(&depthwise_tile<T, M, 1, false>, kVector);
    }
    if constexpr (kVector > 1) {
      if (channel < c_.groups) run(&depthwise_tile<T, M, 1, true>, c_.groups - channel);
    }
  }

  void place_segments(std::int64_t row, std::int64_t column) {
    const CorrelationAxis &d = c_.axis[0], &h = c_.axis[1], &w = c_.axis[2];
    const auto [first_row, end_row] = h.taps_inside(row);
    const auto [first_column, end_column] = w.taps_inside(column);
    TileSegment<T>* next = segments_;
    for (std::int64_t t = depth_taps_[0]; t < depth_taps_[1]; ++t) {
      const std::int64_t in_depth = image_ * d.in_extent + depth_ * d.in_step + d.first_offset + t * d.offset_step;
      for (std::int64_t r = first_row; r < end_row; ++r) {
        const std::int64_t in_row = in_depth * h.in_extent + row * h.in_step + h.first_offset + r * h.offset_step;
        for (std::int64_t s = first_column; s < end_column; ++s) {
          const std::int64_t pixel = in_row * w.in_extent + column * w.in_step + w.first_offset + s * w.offset_step;
          *next++ = {call_.in + pixel * c_.groups, ((t * h.taps + r) * w.taps + s) * padded_channels_};
        }
      }
    }
    tile_.segment_count = next - segments_;
  }

  const DepthwiseCall<T>& call_;
  const Correlation& c_;
  std::int64_t image_, depth_, padded_channels_;
  std::array<std::int64_t, 2> depth_taps_;
  TileSegment<T>* segments_;
  TileCall<T> tile_{};
};

template <typename T>
void RunBlock(const DepthwiseCall<T>& call, const DepthwiseBlock& block) {
  const std::int64_t taps = std::max<std::int64_t>(1, call.correlation.taps());
  auto* const segments = scratch_for<TileSegment<T>>(ScratchSlot::kTask, static_cast<std::size_t>(taps));
  DepthwiseRow<T> row(call, block.image, block.depth, segments);
  for (std::int64_t i = block.rows.begin; i < block.rows.end; ++i) row.run(i, block.columns);
}

template <typename T>
constexpr DepthwiseFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {&RunBlock<T>, {kDepthwisePixels, std::max(1, kDepthwiseSums / kDepthwisePixels), kLanes<T>}};
}

}  // namespace HWY_NAMESPACE

template <>
struct DepthwiseKernels<HWY_TARGET> {
  static constexpr DepthwiseTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                               HWY_NAMESPACE::functions_for<double>()};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

template <typename T>
const DepthwiseFunctions<T>& functions_for(CpuTarget target) {
  const DepthwiseTable& table = dispatch<DepthwiseKernels>(target_for(dtype_of<T>, target));
  if constexpr (std::is_same_v<T, float>) {
    return table.f32;
  } else {
    return table.f64;
  }
}

std::int64_t round_up(std::int64_t value, std::int64_t to) { return ceil_div(value, to) * to; }

}  // namespace

template <typename T>
bool DepthwiseConv<T>::applies(const ConvPlan<T>& plan) {
  return plan.shape.groups > 1 && plan.shape.group_in_channels() == 1 && plan.shape.group_out_channels() == 1;
}

template <typename T>
ConvTile DepthwiseConv<T>::tile(CpuTarget target) {
  return functions_for<T>(target).tile;
}

template <typename T>
std::int64_t DepthwiseConv<T>::packed_elements(const ConvPlan<T>& plan) {
  return plan.shape.taps() * round_up(plan.shape.groups, tile(plan.target).lanes);
}

template <typename T>
void DepthwiseConv<T>::pack(const ConvPlan<T>& plan, const T* weight, T* packed) {
  const std::int64_t channels = plan.shape.groups, padded = round_up(channels, tile(plan.target).lanes);
  const std::int64_t phases = phase_count(plan.shape, plan.direction);
  for (std::int64_t phase = 0; phase < phases; ++phase) {
    const Correlation c = correlation_of(plan.shape, plan.direction, phase);
    for_each_tap(c, [&](std::int64_t, std::int64_t index) {
      for (std::int64_t k = 0; k < channels; ++k) packed[k] = weight[k * plan.shape.taps() + index];
      for (std::int64_t k = channels; k < padded; ++k) packed[k] = T{0};
      packed += padded;
    });
  }
}

template <typename T>
void DepthwiseConv<T>::run(const ConvPlan<T>& plan, const T* in, const T* packed, T* out,
                           const ConvEpilogue<T>& epilogue) {
  const DepthwiseFunctions<T>& functions = functions_for<T>(plan.target);
  const std::int64_t padded = round_up(plan.shape.groups, functions.tile.lanes);
  const std::int64_t phases = phase_count(plan.shape, plan.direction);
  const Correlation first = correlation_of(plan.shape, plan.direction, 0);  // no other phase has more positions
  const std::int64_t depths = first.axis[0].positions, rows = first.axis[1].positions,
                     columns = first.axis[2].positions;
  if (first.batch == 0 || first.positions() == 0) return;
  // About eight rows a block, so that neighbours share what they read in the L2 cache; a single row is cut by columns.
  const bool by_columns = rows == 1;
  const std::int64_t blocks = by_columns ? ceil_div(columns, 512) : ceil_div(rows, 8);
  const std::int64_t units = first.batch * depths * blocks;
  const std::int64_t work = phases * first.batch * first.positions() * plan.shape.groups * (first.taps() + 1);
  const std::int64_t tasks = std::min(units, tasks_for(work, 1 << 16));
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange range = task_range(units, tasks, task);
    for (std::int64_t unit = range.begin; unit < range.end; ++unit) {
      // All phases of a block, so that the pixels that they write in turn are still in the cache.
      const T* weights = packed;
      for (std::int64_t phase = 0; phase < phases; ++phase) {
        const Correlation c = correlation_of(plan.shape, plan.direction, phase);
        const std::int64_t depth = unit / blocks % depths;
        if (depth < c.axis[0].positions) {
          const TaskRange all_rows{0, c.axis[1].positions}, all_columns{0, c.axis[2].positions};
          functions.run({c, in, weights, out, epilogue},
                        {unit / blocks / depths, depth,
                         by_columns ? all_rows : task_range(c.axis[1].positions, blocks, unit % blocks),
                         by_columns ? task_range(c.axis[2].positions, blocks, unit % blocks) : all_columns});
        }
        weights += c.taps() * padded;
      }
    }
  });
}

template struct DepthwiseConv<float>;
template struct DepthwiseConv<double>;

}  // namespace lamella::kernels
#endif
