// The weight gradient of 3x3 convolutions of stride 1 by the adjoint of Winograd's F(4x4, 3x3):
//
//   dw = G^T [sum over tiles of (A dY A^T) * (B^T d B)] G        d: 6x6 inputs, dY: 4x4 output gradients of a tile
//
// The sum over tiles is 36 products V^T W, reduced over tiles as the direct weight gradient is over pixels, with a
// quarter of the multiplications; the sums stay in the transformed domain over the whole batch.
//
// Small weights (sums that fit in L2): a fixed number of parts of the tiles transform and reduce block by block in
// their own L2 cache into sums of their own, added in order. Larger ones: all threads transform a block of tiles (8
// MiB), then share out the points and panels of one set of sums.
#include <algorithm>

#include "core/parallel.h"
#include "kernels/conv/correlation.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/tile.h"
#include "kernels/conv/winograd.h"
#include "kernels/conv/winograd_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd_weight_gradient.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/conv/reduce-inl.h"
#include "kernels/conv/transpose-inl.h"
#include "kernels/conv/winograd-inl.h"
#include "kernels/dispatch.h"

namespace lamella::kernels {

#ifndef LAMELLA_KERNELS_CONV_WINOGRAD_WEIGHT_GRADIENT_ONCE_
#define LAMELLA_KERNELS_CONV_WINOGRAD_WEIGHT_GRADIENT_ONCE_
struct WinogradGradientCall {
  const Correlation& correlation;
  const WinogradGradientBlocks& blocks;
  const float* x;
  const float* dy;
};

struct WinogradGradientFunctions {
  /// V[36][tile][in_pitch] and W[36][tile][out_pitch] of tiles [begin, end); a point holds `point_tiles` tiles.
  void (*transform)(const WinogradGradientCall& call, TaskRange tiles, std::int64_t point_tiles, float* v, float* w);
  /// Adds V^T W of `tiles` tiles to the sums [36][channels of the chunk][vectors][lanes] of a chunk of one panel, a
  /// point being winograd_point_step elements on, or sets them where they are fresh.
  void (*reduce)(const WinogradGradientCall& call, std::int64_t panel, TaskRange channels, TaskRange points,
                 std::int64_t tiles, const float* v, const float* w, float* sums, bool fresh);
  /// dw of a chunk from `parts` sums, part_step elements apart.
  void (*finish)(const WinogradGradientCall& call, std::int64_t panel, TaskRange channels, const float* sums,
                 std::int64_t parts, std::int64_t part_step, float* dw, bool accumulate);
  ConvTile tile;
};
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct WinogradGradientKernels;

namespace HWY_NAMESPACE {

void Transform(const WinogradGradientCall& call, TaskRange tiles, std::int64_t point_tiles, float* v, float* w) {
  transform_input(call.correlation, call.blocks.all, call.x, tiles,
                  winograd_point_step(point_tiles, call.blocks.all.in_pitch), v);
  transform_output_gradient(call.correlation, call.blocks.all, call.dy, tiles,
                            winograd_point_step(point_tiles, call.blocks.all.out_pitch), w);
}

std::int64_t panel_vectors(const Correlation& c, std::int64_t panel) {
  const std::int64_t vectors_in_all = (c.out_channels + kLanes<float> - 1) / kLanes<float>;
  return std::min<std::int64_t>(kTileVectors, vectors_in_all - panel * kTileVectors);
}

void Reduce(const WinogradGradientCall& call, std::int64_t panel, TaskRange channels, TaskRange points,
            std::int64_t tiles, const float* v, const float* w, float* sums, bool fresh) {
  const WinogradTiles& all = call.blocks.all;
  const std::int64_t vectors = panel_vectors(call.correlation, panel), width = vectors * kLanes<float>;
  const std::int64_t count = channels.end - channels.begin, groups = (count + kTilePixels - 1) / kTilePixels;
  ReduceCall<float> tile{};
  tile.line_count = 1;
  tile.x_step = all.in_pitch;
  tile.dy_step = all.out_pitch;
  tile.last_lanes = kLanes<float>;
  tile.fresh = fresh;
  for (std::int64_t point = points.begin; point < points.end; ++point) {
    const ReduceLine<float> line{
        v + point * winograd_point_step(tiles, all.in_pitch) + channels.begin,
        w + point * winograd_point_step(tiles, all.out_pitch) + panel * kTileVectors * kLanes<float>, tiles};
    tile.lines = &line;
    for (std::int64_t group = 0; group < groups; ++group) {
      const TaskRange range = task_range(count, groups, group);
      tile.x_offset = range.begin;
      tile.sums = sums + point * winograd_point_step(count, width) + range.begin * width;
      kReduceTiles<float>.of[0][vectors - 1][range.end - range.begin - 1](tile);
    }
  }
}

// G^T S G for one vector of output channels, the sums of all parts added in order, to taps[9][lanes].
HWY_INLINE void transform_sums(const float* sums, std::int64_t point_step, std::int64_t parts, std::int64_t part_step,
                               float* taps) {
  const F f;
  VF columns[3][6];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) {
    VF s[6], t[3];
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) {
      const float* at = sums + (i * 6 + j) * point_step;
      s[i] = hn::LoadU(f, at);
      for (std::int64_t part = 1; part < parts; ++part) s[i] = hn::Add(s[i], hn::LoadU(f, at + part * part_step));
    }
    transform_to_three(s, t);
#pragma GCC unroll 3
    for (int i = 0; i < 3; ++i) columns[i][j] = t[i];
  }
#pragma GCC unroll 3
  for (int i = 0; i < 3; ++i) {
    VF t[3];
    transform_to_three(columns[i], t);
#pragma GCC unroll 3
    for (int j = 0; j < 3; ++j) hn::StoreU(t[j], f, taps + (i * 3 + j) * kLanes<float>);
  }
}

void Finish(const WinogradGradientCall& call, std::int64_t panel, TaskRange channels, const float* sums,
            std::int64_t parts, std::int64_t part_step, float* dw, bool accumulate) {
  constexpr std::int64_t kTaps = 9, kTogether = 8;  // channels whose taps are brought into rows together
  const Correlation& c = call.correlation;
  const std::int64_t lanes = kLanes<float>, vectors = panel_vectors(c, panel), row = c.in_channels * kTaps;
  const std::int64_t point_step = winograd_point_step(channels.end - channels.begin, vectors * lanes);
  HWY_ALIGN float taps[kTogether * kTaps * kLanes<float>];
  for (std::int64_t vector = 0; vector < vectors; ++vector) {
    const std::int64_t first = (panel * kTileVectors + vector) * lanes;
    for (std::int64_t begin = channels.begin; begin < channels.end; begin += kTogether) {
      const std::int64_t count = std::min(kTogether, channels.end - begin);
      for (std::int64_t i = 0; i < count; ++i) {
        transform_sums(sums + ((begin - channels.begin + i) * vectors + vector) * lanes, point_step, parts, part_step,
                       taps + i * kTaps * lanes);
      }
      untranspose_rows(taps, std::min(lanes, c.out_channels - first), count * kTaps, accumulate,
                       dw + first * row + begin * kTaps, row);
    }
  }
}

}  // namespace HWY_NAMESPACE

template <>
struct WinogradGradientKernels<HWY_TARGET> {
  static constexpr WinogradGradientFunctions functions = {
      &HWY_NAMESPACE::Transform,
      &HWY_NAMESPACE::Reduce,
      &HWY_NAMESPACE::Finish,
      {HWY_NAMESPACE::kTilePixels, HWY_NAMESPACE::kTileVectors, HWY_NAMESPACE::kLanes<float>}};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

const WinogradGradientFunctions& functions_for(CpuTarget target) { return dispatch<WinogradGradientKernels>(target); }

std::size_t elements(std::int64_t count) { return static_cast<std::size_t>(count); }

constexpr TaskRange kAllPoints{0, kWinogradPoints};

/// The buffers of one block of transformed tiles.
struct TransformedTiles {
  std::int64_t v_elements, w_elements;
  explicit TransformedTiles(const WinogradGradientBlocks& b)
      : v_elements(kWinogradPoints * winograd_point_step(b.block_tiles, b.all.in_pitch)),
        w_elements(kWinogradPoints * winograd_point_step(b.block_tiles, b.all.out_pitch)) {}
  std::int64_t elements() const { return v_elements + w_elements; }
};

// All threads transform tiles [first, first + tiles).
void transform_block(const WinogradGradientFunctions& functions, const WinogradGradientCall& call, std::int64_t first,
                     std::int64_t tiles, float* v, float* w) {
  const WinogradTiles& all = call.blocks.all;
  const std::int64_t tasks = std::min<std::int64_t>(tiles, 16);
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange range = task_range(tiles, tasks, task);
    functions.transform(call, {first + range.begin, first + range.end}, tiles, v + range.begin * all.in_pitch,
                        w + range.begin * all.out_pitch);
  });
}

// Small weights: every part has sums of its own and takes its tiles block by block.
void run_parts(const WinogradGradientFunctions& functions, const WinogradGradientCall& call, float* dw,
               bool accumulate) {
  const WinogradGradientBlocks& b = call.blocks;
  const TransformedTiles sizes(b);
  float* const sums = scratch_for<float>(ScratchSlot::kShared, elements(b.parts * b.sum_elements));
  parallel_for(b.parts, [&](std::int64_t part) {
    const TaskRange mine = task_range(b.all.tiles, b.parts, part);
    float* const v = scratch_for<float>(ScratchSlot::kTask, elements(sizes.elements()));
    float* const w = v + sizes.v_elements;
    for (std::int64_t first = mine.begin; first < mine.end; first += b.block_tiles) {
      const std::int64_t tiles = std::min(b.block_tiles, mine.end - first);
      functions.transform(call, {first, first + tiles}, tiles, v, w);
      for (std::int64_t panel = 0; panel < b.panels; ++panel) {
        functions.reduce(call, panel, b.channels, kAllPoints, tiles, v, w,
                         sums + part * b.sum_elements + panel * b.panel_elements, first == mine.begin);
      }
    }
  });
  parallel_for(b.panels, [&](std::int64_t panel) {
    functions.finish(call, panel, b.channels, sums + panel * b.panel_elements, b.parts, b.sum_elements, dw, accumulate);
  });
}

// Larger weights: units share out the points and panels of one set of sums.
void run_points(const WinogradGradientFunctions& functions, const WinogradGradientCall& call, float* dw,
                bool accumulate) {
  const WinogradGradientBlocks& b = call.blocks;
  const TransformedTiles sizes(b);
  float* const v = scratch_for<float>(ScratchSlot::kShared, elements(sizes.elements() + b.sum_elements));
  float* const w = v + sizes.v_elements;
  float* const sums = w + sizes.w_elements;
  for (std::int64_t first = 0; first < b.all.tiles; first += b.block_tiles) {
    const std::int64_t tiles = std::min(b.block_tiles, b.all.tiles - first);
    transform_block(functions, call, first, tiles, v, w);
    parallel_for(kWinogradPoints * b.panels, [&](std::int64_t unit) {
      const std::int64_t point = unit / b.panels, panel = unit % b.panels;
      functions.reduce(call, panel, b.channels, {point, point + 1}, tiles, v, w, sums + panel * b.panel_elements,
                       first == 0);
    });
  }
  parallel_for(b.panels, [&](std::int64_t panel) {
    functions.finish(call, panel, b.channels, sums + panel * b.panel_elements, 1, 0, dw, accumulate);
  });
}

// Few tiles of many channels: a unit takes all points of a chunk of channels and makes dw of its sums at once.
void run_chunks(const WinogradGradientFunctions& functions, const WinogradGradientCall& call, float* dw,
                bool accumulate) {
  const WinogradGradientBlocks& b = call.blocks;
  const TransformedTiles sizes(b);
  float* const v = scratch_for<float>(ScratchSlot::kShared, elements(sizes.elements()));
  float* const w = v + sizes.v_elements;
  transform_block(functions, call, 0, b.all.tiles, v, w);
  parallel_for(b.panels * b.chunks, [&](std::int64_t unit) {
    const std::int64_t panel = unit / b.chunks;
    const TaskRange chunk = task_range(b.channels.end, b.chunks, unit % b.chunks);
    const std::int64_t chunk_elements = kWinogradPoints * winograd_point_step(chunk.end - chunk.begin, b.width);
    float* const sums = scratch_for<float>(ScratchSlot::kTask, elements(chunk_elements));
    functions.reduce(call, panel, chunk, kAllPoints, b.all.tiles, v, w, sums, true);
    functions.finish(call, panel, chunk, sums, 1, 0, dw, accumulate);
  });
}

}  // namespace

bool WinogradWeightGradient::applies(const ConvPlan<float>& plan) {
  ConvPlan<float> forward = plan;
  forward.direction = ConvDirection::kForward;
  return WinogradConv::applies(forward);
}

ConvTile WinogradWeightGradient::tile(CpuTarget target) { return functions_for(target).tile; }

void WinogradWeightGradient::run(const ConvPlan<float>& plan, const float* x, const float* dy, float* dw,
                                 bool accumulate) {
  const WinogradGradientFunctions& functions = functions_for(plan.target);
  const Correlation c = correlation_of(plan.shape, ConvDirection::kForward, 0);
  const WinogradGradientBlocks b(c, functions.tile);
  const WinogradGradientCall call{c, b, x, dy};
  if (b.parts > 1) {
    run_parts(functions, call, dw, accumulate);
  } else if (b.chunks > 1) {
    run_chunks(functions, call, dw, accumulate);
  } else {
    run_points(functions, call, dw, accumulate);
  }
}

}  // namespace lamella::kernels
#endif
