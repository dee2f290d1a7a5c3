// Direct convolution. Loop nest of a unit (one image, a block of output rows):
//
//   copy the input rows of the block to scratch, with zeros beside them   (only where the kernel leaves the row)
//   for each group, panel of 2 vectors of output channels, output row, tile of M pixels:
//     registers[M][2] = sum over kernel rows inside of the input, taps and channels of pixel * weights
//
// Accumulators live over the whole sum, so y is written once and never read. Kernel rows outside of the input are
// skipped, not multiplied by zeros. The panel (taps * C * 2 vectors) is read once a tile from L1 or L2: at 14x2 that is
// 9 bytes a cycle. Panels are the outer loop, since all weights seldom fit the L2 cache and a block of rows is made to.
#include "kernels/conv/direct.h"

#include <utility>

#include "core/parallel.h"
#include "kernels/conv/direct_blocks.h"
#include "kernels/conv/pack.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/direct.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/conv/rows-inl.h"
#include "kernels/conv/tile-inl.h"
#include "kernels/dispatch.h"

namespace lamella::kernels {

#ifndef LAMELLA_KERNELS_CONV_DIRECT_ONCE_
#define LAMELLA_KERNELS_CONV_DIRECT_ONCE_
template <typename T>
struct DirectCall {
  const Correlation& correlation;
  const DirectBlocks& blocks;
  const T* in;
  const T* packed;
  T* out;
  ConvEpilogue<T> epilogue;
};

template <typename T>
struct DirectFunctions {
  void (*run_unit)(const DirectCall<T>& call, std::int64_t unit);
  ConvTile tile;
};

struct DirectTable {
  DirectFunctions<float> f32;
  DirectFunctions<double> f64;
};
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct DirectKernels;

namespace HWY_NAMESPACE {

/// One unit of work: where its input rows stand, and the loops over them.
template <typename T>
class DirectUnit {
 public:
  DirectUnit(const DirectCall<T>& call, std::int64_t unit) : DirectUnit(call, place_of(call, unit)) {}

  void run() {
    segments_ = in_.place(c_, b_, call_.in, image_, depth_);
    for (std::int64_t group = 0; group < c_.groups; ++group) {
      for (std::int64_t panel = panels_.begin; panel < panels_.end; ++panel) {
        for (std::int64_t row = rows_.begin; row < rows_.end; ++row) run_row(group, panel, row);
      }
    }
  }

 private:
  DirectUnit(const DirectCall<T>& call, const DirectBlocks::Place& place)
      : call_(call),
        c_(call.correlation),
        b_(call.blocks),
        image_(place.image),
        depth_(place.depth),
        rows_(place.rows),
        columns_(place.columns),
        panels_(place.panels),
        in_(c_, depth_, rows_, columns_, false) {}

  static DirectBlocks::Place place_of(const DirectCall<T>& call, std::int64_t unit) {
    return call.blocks.place(call.correlation, unit);
  }

  void run_row(std::int64_t group, std::int64_t panel, std::int64_t row) {
    const CorrelationAxis& w = c_.axis[2];
    const std::int64_t vectors_in_all = ceil_div(c_.out_channels, kLanes<T>);
    const std::int64_t vectors = std::min<std::int64_t>(kTileVectors, vectors_in_all - panel * kTileVectors);
    const std::int64_t channel = panel * kTileVectors * kLanes<T>;
    const std::int64_t out_channels = c_.groups * c_.out_channels;
    const std::int64_t at = out_pixel(c_, image_, depth_, row) * out_channels + group * c_.out_channels + channel;
    const ConvEpilogue<T>& epilogue = call_.epilogue;
    TileCall<T> tile;
    tile.segments = segments_;
    tile.segment_length = (b_.merged ? w.taps : 1) * c_.in_channels;
    tile.segment_count = in_.place_segments(c_, b_, group, row, tile.segment_length, segments_);
    tile.pixel_step = w.in_step * b_.pitch;
    tile.panel =
        call_.packed + (group * vectors_in_all + panel * kTileVectors) * kLanes<T> * c_.taps() * c_.in_channels;
    tile.out_step = w.out_step * out_channels;
    tile.last_lanes = std::min(kLanes<T>, c_.out_channels - channel - (vectors - 1) * kLanes<T>);
    tile.bias = epilogue.bias == nullptr ? nullptr : epilogue.bias + group * c_.out_channels + channel;
    tile.relu = epilogue.relu;
    // Tiles of nearly equal width: 30 pixels are 10 + 10 + 10, not 14 + 14 + 2.
    const std::int64_t tiles = ceil_div(columns_.end - columns_.begin, kTilePixels);
    for (std::int64_t i = 0; i < tiles; ++i) {
      const TaskRange pixels = task_range(columns_.end - columns_.begin, tiles, i);
      const std::int64_t out = at + (columns_.begin + pixels.begin) * tile.out_step;
      tile.offset = pixels.begin * tile.pixel_step;
      tile.out = call_.out + out;
      tile.residual = epilogue.residual == nullptr ? nullptr : epilogue.residual + out;
      kDirectTiles<T>.of[vectors - 1][pixels.end - pixels.begin - 1](tile);
    }
  }

  const DirectCall<T>& call_;
  const Correlation& c_;
  const DirectBlocks& b_;
  std::int64_t image_, depth_;
  TaskRange rows_, columns_, panels_;
  InputRows<T> in_;
  TileSegment<T>* segments_ = nullptr;
};

template <typename T>
void RunUnit(const DirectCall<T>& call, std::int64_t unit) {
  DirectUnit<T>(call, unit).run();
}

template <typename T>
constexpr DirectFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {&RunUnit<T>, {kTilePixels, kTileVectors, kLanes<T>}};
}

}  // namespace HWY_NAMESPACE

template <>
struct DirectKernels<HWY_TARGET> {
  static constexpr DirectTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                            HWY_NAMESPACE::functions_for<double>()};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

template <typename T>
const DirectFunctions<T>& functions_for(CpuTarget target) {
  const DirectTable& table = dispatch<DirectKernels>(target_for(dtype_of<T>, target));
  if constexpr (std::is_same_v<T, float>) {
    return table.f32;
  } else {
    return table.f64;
  }
}

}  // namespace

template <typename T>
bool DirectConv<T>::applies(const ConvPlan<T>&) {
  return true;
}

template <typename T>
ConvTile DirectConv<T>::tile(CpuTarget target) {
  return functions_for<T>(target).tile;
}

template <typename T>
std::int64_t DirectConv<T>::packed_elements(const ConvPlan<T>& plan) {
  return panel_elements(plan.shape, plan.direction, tile(plan.target).lanes);
}

template <typename T>
void DirectConv<T>::pack(const ConvPlan<T>& plan, const T* weight, T* packed) {
  pack_panels(plan.shape, plan.direction, tile(plan.target).lanes, tile(plan.target).vectors, weight, packed);
}

template <typename T>
void DirectConv<T>::run(const ConvPlan<T>& plan, const T* in, const T* packed, T* out,
                        const ConvEpilogue<T>& epilogue) {
  const DirectFunctions<T>& functions = functions_for<T>(plan.target);
  const std::int64_t phases = phase_count(plan.shape, plan.direction);
  for (std::int64_t phase = 0; phase < phases; ++phase) {
    const Correlation correlation = correlation_of(plan.shape, plan.direction, phase);
    const T* const panels = packed;
    packed += panel_elements(correlation, functions.tile.lanes);
    if (correlation.batch == 0 || correlation.positions() == 0 || correlation.out_channels == 0) continue;
    const DirectBlocks blocks(correlation, functions.tile, sizeof(T));
    const DirectCall<T> call{correlation, blocks, in, panels, out, epilogue};
    const std::int64_t tasks = std::min(blocks.units, tasks_for(correlation.multiply_adds(), 1 << 20));
    parallel_for(tasks, [&](std::int64_t task) {
      const TaskRange units = task_range(blocks.units, tasks, task);
      for (std::int64_t unit = units.begin; unit < units.end; ++unit) functions.run_unit(call, unit);
    });
  }
}

template struct DirectConv<float>;
template struct DirectConv<double>;

}  // namespace lamella::kernels
#endif
