// The weight gradient of 3x3 convolutions of stride 1 by the adjoint of Winograd's F(4x4, 3x3):
//
//   dw = G^T [sum over tiles of (A dY A^T) * (B^T d B)] G        d: 6x6 inputs, dY: 4x4 output gradients of a tile
//
// The sum over tiles is 36 products V^T W, reduced over tiles as the direct weight gradient is over pixels, with a
// quarter of the multiplications; the sums stay in the transformed domain over the whole batch.
//
// Small weights (sums up to 320 KiB): a fixed number of parts of the tiles transform and reduce block by block in their
// own L2 cache into sums of their own, added in order. Larger ones: all threads transform a block of tiles (8 MiB),
// then share out the points and panels of one set of sums.
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
  /// Adds V^T W of `tiles` tiles to the sums of one panel and point.
  void (*reduce)(const WinogradGradientCall& call, std::int64_t panel, std::int64_t point, std::int64_t tiles,
                 const float* v, const float* w, float* sums);
  /// dw of one panel from `parts` sums, part_step elements apart.
  void (*finish)(const WinogradGradientCall& call, std::int64_t panel, const float* sums, std::int64_t parts,
                 std::int64_t part_step, float* dw, bool accumulate);
  ConvTile tile;
};
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct WinogradGradientKernels;

namespace HWY_NAMESPACE {

// A dY A^T of tiles [begin, end).
void transform_output_gradient(const WinogradGradientCall& call, TaskRange tiles, std::int64_t point_step, float* w) {
  const F f;
  const Correlation& c = call.correlation;
  const std::int64_t channels = c.out_channels, lanes = kLanes<float>;
  const float zeros[kLanes<float>] = {};
  for (std::int64_t index = tiles.begin; index < tiles.end; ++index) {
    const TilePlace place(c, call.blocks.all, index);
    const float* pixel[4][4];
    std::int64_t step[4][4];
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) {
        const bool inside = i < place.rows && j < place.columns;
        const std::int64_t at =
            ((place.plane * c.axis[1].positions + place.row + i) * c.axis[2].positions + place.column + j) * channels;
        pixel[i][j] = inside ? call.dy + at : zeros;
        step[i][j] = inside ? 1 : 0;
      }
    }
    float* const out = w + (index - tiles.begin) * call.blocks.all.out_pitch;
    for (std::int64_t channel = 0; channel < channels; channel += lanes) {
      const bool partial = channels - channel < lanes;
      const auto mask = hn::FirstN(f, static_cast<std::size_t>(std::min(lanes, channels - channel)));
      VF columns[6][4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        VF y[4], t[6];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          const float* from = pixel[i][j] + channel * step[i][j];
          y[i] = partial ? hn::MaskedLoad(mask, f, from) : hn::LoadU(f, from);
        }
        transform_from_four(y, t);
#pragma GCC unroll 6
        for (int i = 0; i < 6; ++i) columns[i][j] = t[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < 6; ++i) {
        VF t[6];
        transform_from_four(columns[i], t);
#pragma GCC unroll 6
        for (int j = 0; j < 6; ++j) hn::StoreU(t[j], f, out + (i * 6 + j) * point_step + channel);
      }
    }
  }
}

void Transform(const WinogradGradientCall& call, TaskRange tiles, std::int64_t point_tiles, float* v, float* w) {
  transform_input(call.correlation, call.blocks.all, call.x, tiles, point_tiles * call.blocks.all.in_pitch, v);
  transform_output_gradient(call, tiles, point_tiles * call.blocks.all.out_pitch, w);
}

// The vectors of a panel, and where its sums begin.
struct GradientPanel {
  std::int64_t first_channel, vectors, sums;
  GradientPanel(const Correlation& c, std::int64_t panel)
      : first_channel(panel * kTileVectors * kLanes<float>),
        vectors(
            std::min<std::int64_t>(kTileVectors, (c.out_channels - first_channel + kLanes<float> - 1) / kLanes<float>)),
        sums(first_channel * kWinogradPoints * c.in_channels) {}
};

void Reduce(const WinogradGradientCall& call, std::int64_t panel, std::int64_t point, std::int64_t tiles,
            const float* v, const float* w, float* sums) {
  const Correlation& c = call.correlation;
  const WinogradTiles& all = call.blocks.all;
  const GradientPanel p(c, panel);
  const std::int64_t width = p.vectors * kLanes<float>;
  const ReduceLine<float> line{v, w + p.first_channel, tiles};
  ReduceCall<float> tile{};
  tile.lines = &line;
  tile.line_count = 1;
  tile.x_step = all.in_pitch;
  tile.dy_step = all.out_pitch;
  tile.last_lanes = kLanes<float>;
  const std::int64_t groups = (c.in_channels + kTilePixels - 1) / kTilePixels;
  for (std::int64_t group = 0; group < groups; ++group) {
    const TaskRange range = task_range(c.in_channels, groups, group);
    tile.x_offset = range.begin;
    tile.sums = sums + p.sums + (point * c.in_channels + range.begin) * width;
    kReduceTiles<float>.of[0][p.vectors - 1][range.end - range.begin - 1](tile);
  }
}

void Finish(const WinogradGradientCall& call, std::int64_t panel, const float* sums, std::int64_t parts,
            std::int64_t part_step, float* dw, bool accumulate) {
  const F f;
  const Correlation& c = call.correlation;
  const GradientPanel p(c, panel);
  const std::int64_t lanes = kLanes<float>;
  float taps[9][kLanes<float>];
  for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
    for (std::int64_t vector = 0; vector < p.vectors; ++vector) {
      const float* const from = sums + p.sums + (channel * p.vectors + vector) * lanes;
      const std::int64_t point_step = c.in_channels * p.vectors * lanes;
      VF columns[3][6];
#pragma GCC unroll 6
      for (int j = 0; j < 6; ++j) {
        VF s[6], t[3];
#pragma GCC unroll 6
        for (int i = 0; i < 6; ++i) {
          const float* at = from + (i * 6 + j) * point_step;
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
        for (int j = 0; j < 3; ++j) hn::StoreU(t[j], f, taps[i * 3 + j]);
      }
      const std::int64_t first = p.first_channel + vector * lanes;
      const std::int64_t count = std::min(lanes, c.out_channels - first);
      for (std::int64_t lane = 0; lane < count; ++lane) {
        float* const out = dw + ((first + lane) * c.in_channels + channel) * 9;
        for (int tap = 0; tap < 9; ++tap) out[tap] = accumulate ? out[tap] + taps[tap][lane] : taps[tap][lane];
      }
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

// Every part has sums of its own and takes its tiles block by block.
void reduce_parts(const WinogradGradientFunctions& functions, const WinogradGradientCall& call, float* sums) {
  const WinogradGradientBlocks& b = call.blocks;
  parallel_for(b.parts, [&](std::int64_t part) {
    const TaskRange mine = task_range(b.all.tiles, b.parts, part);
    float* const own = sums + part * b.sum_elements;
    std::fill(own, own + b.sum_elements, 0.0F);
    const std::int64_t v_elements = kWinogradPoints * b.block_tiles * b.all.in_pitch;
    float* const v = scratch_for<float>(ScratchSlot::kTask,
                                        elements(v_elements + kWinogradPoints * b.block_tiles * b.all.out_pitch));
    float* const w = v + v_elements;
    for (std::int64_t first = mine.begin; first < mine.end; first += b.block_tiles) {
      const std::int64_t tiles = std::min(b.block_tiles, mine.end - first);
      functions.transform(call, {first, first + tiles}, tiles, v, w);
      for (std::int64_t panel = 0; panel < b.panels; ++panel) {
        for (std::int64_t point = 0; point < kWinogradPoints; ++point) {
          functions.reduce(call, panel, point, tiles, v + point * tiles * b.all.in_pitch,
                           w + point * tiles * b.all.out_pitch, own);
        }
      }
    }
  });
}

// One set of sums: all threads transform a block of tiles, then share out points and panels.
void reduce_shared(const WinogradGradientFunctions& functions, const WinogradGradientCall& call, float* sums,
                   float* transformed) {
  const WinogradGradientBlocks& b = call.blocks;
  float* const v = transformed;
  float* const w = v + kWinogradPoints * b.block_tiles * b.all.in_pitch;
  std::fill(sums, sums + b.sum_elements, 0.0F);
  for (std::int64_t first = 0; first < b.all.tiles; first += b.block_tiles) {
    const std::int64_t tiles = std::min(b.block_tiles, b.all.tiles - first);
    const std::int64_t tasks = std::min<std::int64_t>(tiles, 16);
    parallel_for(tasks, [&](std::int64_t task) {
      const TaskRange range = task_range(tiles, tasks, task);
      functions.transform(call, {first + range.begin, first + range.end}, tiles, v + range.begin * b.all.in_pitch,
                          w + range.begin * b.all.out_pitch);
    });
    parallel_for(kWinogradPoints * b.panels, [&](std::int64_t unit) {
      const std::int64_t point = unit / b.panels;
      functions.reduce(call, unit % b.panels, point, tiles, v + point * tiles * b.all.in_pitch,
                       w + point * tiles * b.all.out_pitch, sums);
    });
  }
}

}  // namespace

bool WinogradWeightGradient::applies(const ConvPlan<float>& plan) { return WinogradConv::applies(plan); }

ConvTile WinogradWeightGradient::tile(CpuTarget target) { return functions_for(target).tile; }

void WinogradWeightGradient::run(const ConvPlan<float>& plan, const float* x, const float* dy, float* dw,
                                 bool accumulate) {
  const WinogradGradientFunctions& functions = functions_for(plan.target);
  const Correlation c = correlation_of(plan.shape, ConvDirection::kForward, 0);
  const WinogradGradientBlocks b(c, functions.tile);
  const WinogradGradientCall call{c, b, x, dy};
  const std::int64_t transformed =
      b.parts > 1 ? 0 : kWinogradPoints * b.block_tiles * (b.all.in_pitch + b.all.out_pitch);
  float* const sums = scratch_for<float>(ScratchSlot::kShared, elements(b.parts * b.sum_elements + transformed));
  if (b.parts > 1) {
    reduce_parts(functions, call, sums);
  } else {
    reduce_shared(functions, call, sums, sums + b.sum_elements);
  }
  parallel_for(b.panels, [&](std::int64_t panel) {
    functions.finish(call, panel, sums, b.parts, b.sum_elements, dw, accumulate);
  });
}

}  // namespace lamella::kernels
#endif
