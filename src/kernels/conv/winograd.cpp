// Winograd's F(4x4, 3x3) after Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015):
//
//   Y = A^T [sum over channels of (G g G^T) * (B^T d B)] A        d: 6x6 inputs, g: 3x3 weights, Y: 4x4 outputs
//
// with the points 0, +-sqrt(1/2), +-sqrt(2), infinity: a largest error of 1.4 to 2.5 times that of direct summation for
// 16 to 512 channels of values in [-1, 1), where the textbook's 0, +-1, +-2, infinity have 6 to 9 times.
//
// Loop nest of a unit (a block of 28 to 56 tiles; the whole path from x to y stays in the L2 cache):
//
//   V[36][tile][c] = B^T d B                                  vectors over channels
//   for each panel of 2 vectors of output channels:
//     M[36][tile][2 vectors] = V * U                           36 products with the register tile of the direct kernel
//     y = A^T M A, bias, residual, ReLU
//
// Where there are too few tiles for that (small maps, small batches), V of all tiles comes first and units share out
// the panels, so that U, which is then the largest operand, is read once.
#include "kernels/conv/winograd.h"

#include <algorithm>

#include "core/parallel.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/tile.h"
#include "kernels/conv/winograd_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/conv/tile-inl.h"
#include "kernels/conv/winograd-inl.h"
#include "kernels/dispatch.h"

namespace lamella::kernels {

#ifndef LAMELLA_KERNELS_CONV_WINOGRAD_ONCE_
#define LAMELLA_KERNELS_CONV_WINOGRAD_ONCE_
struct WinogradCall {
  const Correlation& correlation;
  const WinogradBlocks& blocks;
  const float* in;
  const float* packed;  // U[panel][36][c][vectors][lanes]
  float* out;
  ConvEpilogue<float> epilogue;
};

struct WinogradFunctions {
  /// Transforms the inputs of tiles [begin, end) into V[36][tile][pitch], a point being point_step elements on.
  void (*transform_input)(const WinogradCall& call, TaskRange tiles, std::int64_t point_step, float* transformed);
  /// Multiplies tiles [begin, end) with panels [begin, end) and writes their outputs; `products` holds
  /// products_elements.
  void (*multiply)(const WinogradCall& call, TaskRange tiles, TaskRange panels, std::int64_t point_step,
                   const float* transformed, float* products);
  /// U of one panel.
  void (*transform_weights)(const Correlation& correlation, const float* weight, std::int64_t panel, float* packed);
  ConvTile tile;
};
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct WinogradKernels;

namespace HWY_NAMESPACE {

void TransformInput(const WinogradCall& call, TaskRange tiles, std::int64_t point_step, float* transformed) {
  transform_input(call.correlation, call.blocks.all, call.in, tiles, point_step, transformed);
}

// One vector of the outputs of one tile from M[36][tile][vector].
void transform_output(const float* products, std::int64_t point_step, const TilePlace& place, float* out,
                      std::int64_t row_step, std::int64_t pixel_step, const float* bias, const float* residual,
                      bool relu, std::int64_t lanes) {
  const F f;
  VF columns[4][6];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) {
    VF m[6], t[4];
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) m[i] = hn::LoadU(f, products + (i * 6 + j) * point_step);
    transform_to_four(m, t);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) columns[i][j] = t[i];
  }
  const auto mask = hn::FirstN(f, static_cast<std::size_t>(lanes));
  const VF bias_vector = bias == nullptr ? hn::Zero(f) : hn::MaskedLoad(mask, f, bias);
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    VF t[4];
    transform_to_four(columns[i], t);
    if (i >= place.rows) return;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      if (j >= place.columns) break;
      const std::int64_t at = i * row_step + j * pixel_step;
      VF sum = hn::Add(t[j], bias_vector);
      if (residual != nullptr) sum = hn::Add(sum, hn::MaskedLoad(mask, f, residual + at));
      if (relu) sum = hn::IfThenZeroElse(hn::Lt(sum, hn::Zero(f)), sum);
      if (lanes < kLanes<float>) {
        hn::BlendedStore(sum, mask, f, out + at);
      } else {
        hn::StoreU(sum, f, out + at);
      }
    }
  }
}

void Multiply(const WinogradCall& call, TaskRange tiles, TaskRange panels, std::int64_t point_step,
              const float* transformed, float* products) {
  const Correlation& c = call.correlation;
  const ConvEpilogue<float>& epilogue = call.epilogue;
  const std::int64_t lanes = kLanes<float>, count = tiles.end - tiles.begin, channels = c.out_channels;
  const std::int64_t vectors_in_all = (channels + lanes - 1) / lanes;
  const std::int64_t groups = (count + kTilePixels - 1) / kTilePixels;
  for (std::int64_t panel = panels.begin; panel < panels.end; ++panel) {
    const std::int64_t vectors = std::min<std::int64_t>(kTileVectors, vectors_in_all - panel * kTileVectors);
    const std::int64_t width = vectors * lanes, product_step = winograd_point_step(count, width);
    const float* const weights = call.packed + panel * kTileVectors * lanes * kWinogradPoints * c.in_channels;
    TileSegment<float> segment{nullptr, 0};
    TileCall<float> tile{};
    tile.segments = &segment;
    tile.segment_count = 1;
    tile.segment_length = c.in_channels;
    tile.pixel_step = call.blocks.all.in_pitch;
    tile.out_step = width;
    tile.last_lanes = lanes;
    for (std::int64_t point = 0; point < kWinogradPoints; ++point) {
      segment.pixels = transformed + point * point_step;
      tile.panel = weights + point * c.in_channels * width;
      for (std::int64_t group = 0; group < groups; ++group) {
        const TaskRange range = task_range(count, groups, group);
        tile.offset = range.begin * tile.pixel_step;
        tile.out = products + point * product_step + range.begin * width;
        kDirectTiles<float>.of[vectors - 1][range.end - range.begin - 1](tile);
      }
    }
    const std::int64_t pixel_step = channels, row_step = c.axis[2].out_extent * channels;
    for (std::int64_t index = tiles.begin; index < tiles.end; ++index) {
      const TilePlace place(c, call.blocks.all, index);
      for (std::int64_t v = 0; v < vectors; ++v) {
        const std::int64_t channel = (panel * kTileVectors + v) * lanes;
        const std::int64_t at =
            ((place.plane * c.axis[1].out_extent + place.row) * c.axis[2].out_extent + place.column) * channels +
            channel;
        transform_output(products + (index - tiles.begin) * width + v * lanes, product_step, place, call.out + at,
                         row_step, pixel_step, epilogue.bias == nullptr ? nullptr : epilogue.bias + channel,
                         epilogue.residual == nullptr ? nullptr : epilogue.residual + at, epilogue.relu,
                         std::min(lanes, channels - channel));
      }
    }
  }
}

inline constexpr std::int64_t kStreamedElements = 1 << 20;

void TransformWeights(const Correlation& c, const float* weight, std::int64_t panel, float* packed) {
  const F f;
  const std::int64_t lanes = kLanes<float>;
  const std::int64_t vectors_in_all = (c.out_channels + lanes - 1) / lanes;
  const std::int64_t vectors = std::min<std::int64_t>(kTileVectors, vectors_in_all - panel * kTileVectors);
  packed += panel * kTileVectors * lanes * kWinogradPoints * c.in_channels;
  // Weights that will not stay in a cache are written past it: they come in 36 streams a power of two apart, which
  // would evict one another before their lines are full.
  const bool stream = vectors_in_all * lanes * kWinogradPoints * c.in_channels >= kStreamedElements &&
                      reinterpret_cast<std::uintptr_t>(packed) % (sizeof(float) * static_cast<std::size_t>(lanes)) == 0;
  float gathered[9][kLanes<float>];
  for (std::int64_t v = 0; v < vectors; ++v) {
    const std::int64_t first = (panel * kTileVectors + v) * lanes;
    const std::int64_t count = std::min(lanes, c.out_channels - first);
    for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
      for (std::int64_t lane = 0; lane < lanes; ++lane) {
        const float* from = weight + (first + lane) * c.weight_out_step + channel * c.weight_in_step;
        for (std::int64_t r = 0; r < 3; ++r) {
          for (std::int64_t s = 0; s < 3; ++s) {
            const std::int64_t index = (c.axis[1].first_index + r * c.axis[1].index_step) * 3 + c.axis[2].first_index +
                                       s * c.axis[2].index_step;
            gathered[r * 3 + s][lane] = lane < count ? from[index] : 0.0F;
          }
        }
      }
      VF columns[6][3];
#pragma GCC unroll 3
      for (int s = 0; s < 3; ++s) {
        const VF g[3] = {hn::LoadU(f, gathered[s]), hn::LoadU(f, gathered[3 + s]), hn::LoadU(f, gathered[6 + s])};
        VF t[6];
        transform_three(g, t);
#pragma GCC unroll 6
        for (int i = 0; i < 6; ++i) columns[i][s] = t[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < 6; ++i) {
        VF t[6];
        transform_three(columns[i], t);
#pragma GCC unroll 6
        for (int j = 0; j < 6; ++j) {
          float* const to = packed + (((i * 6 + j) * c.in_channels + channel) * vectors + v) * lanes;
          stream ? hn::Stream(t[j], f, to) : hn::StoreU(t[j], f, to);
        }
      }
    }
  }
  if (stream) hwy::FlushStream();
}

}  // namespace HWY_NAMESPACE

template <>
struct WinogradKernels<HWY_TARGET> {
  static constexpr WinogradFunctions functions = {
      &HWY_NAMESPACE::TransformInput,
      &HWY_NAMESPACE::Multiply,
      &HWY_NAMESPACE::TransformWeights,
      {HWY_NAMESPACE::kTilePixels, HWY_NAMESPACE::kTileVectors, HWY_NAMESPACE::kLanes<float>}};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

const WinogradFunctions& functions_for(CpuTarget target) { return dispatch<WinogradKernels>(target); }

std::int64_t products_elements(const WinogradBlocks& blocks, const ConvTile& tile) {
  return kWinogradPoints * winograd_point_step(blocks.block_tiles, tile.vectors * tile.lanes);
}

std::size_t elements(std::int64_t count) { return static_cast<std::size_t>(count); }

// Every unit transforms the inputs of its block and takes all panels.
void run_blocks(const WinogradFunctions& functions, const WinogradCall& call) {
  const WinogradBlocks& b = call.blocks;
  parallel_for(b.blocks, [&](std::int64_t block) {
    const TaskRange tiles = b.block(block);
    float* const transformed =
        scratch_for<float>(ScratchSlot::kTask, elements(b.input_elements() + products_elements(b, functions.tile)));
    const std::int64_t point_step = winograd_point_step(tiles.end - tiles.begin, b.all.in_pitch);
    functions.transform_input(call, tiles, point_step, transformed);
    functions.multiply(call, tiles, {0, b.panels}, point_step, transformed, transformed + b.input_elements());
  });
}

// The inputs of all tiles are transformed first; then every unit takes its panels over all blocks.
void run_panels(const WinogradFunctions& functions, const WinogradCall& call) {
  const WinogradBlocks& b = call.blocks;
  const std::int64_t point_step = winograd_point_step(b.all.tiles, b.all.in_pitch);
  float* const transformed = scratch_for<float>(ScratchSlot::kShared, elements(kWinogradPoints * point_step));
  const std::int64_t tasks = std::min<std::int64_t>(b.all.tiles, 8);
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange tiles = task_range(b.all.tiles, tasks, task);
    functions.transform_input(call, tiles, point_step, transformed + tiles.begin * b.all.in_pitch);
  });
  parallel_for(b.panels, [&](std::int64_t panel) {
    float* const products = scratch_for<float>(ScratchSlot::kTask, elements(products_elements(b, functions.tile)));
    for (std::int64_t block = 0; block < b.blocks; ++block) {
      const TaskRange tiles = b.block(block);
      functions.multiply(call, tiles, {panel, panel + 1}, point_step, transformed + tiles.begin * b.all.in_pitch,
                         products);
    }
  });
}

std::int64_t tiles_of(const ConvPlan<float>& plan) {
  return WinogradTiles(correlation_of(plan.shape, plan.direction, 0)).tiles;
}

// The weights are four times as large as those of the direct kernel: they must pay over enough tiles.
constexpr std::int64_t kFewestTiles = 32;

}  // namespace

bool WinogradConv::applies(const ConvPlan<float>& plan) {
  const ConvShape& s = plan.shape;
  return plan.precision == ConvPrecision::kFast && s.groups == 1 && s.kernel == std::array<std::int64_t, 3>{1, 3, 3} &&
         s.stride == std::array<std::int64_t, 3>{1, 1, 1} && s.dilation[1] == 1 && s.dilation[2] == 1 &&
         s.padding[0] == 0 && s.output[0] == s.input[0] && s.in_channels >= 16 && s.out_channels >= 16 &&
         tiles_of(plan) >= kFewestTiles;
}

ConvTile WinogradConv::tile(CpuTarget target) { return functions_for(target).tile; }

std::int64_t WinogradConv::packed_elements(const ConvPlan<float>& plan) {
  const Correlation c = correlation_of(plan.shape, plan.direction, 0);
  const std::int64_t lanes = tile(plan.target).lanes;
  return kWinogradPoints * c.in_channels * ((c.out_channels + lanes - 1) / lanes * lanes);
}

void WinogradConv::pack(const ConvPlan<float>& plan, const float* weight, float* packed) {
  const WinogradFunctions& functions = functions_for(plan.target);
  const Correlation c = correlation_of(plan.shape, plan.direction, 0);
  const std::int64_t panel_channels = functions.tile.lanes * functions.tile.vectors;
  const std::int64_t panels = (c.out_channels + panel_channels - 1) / panel_channels;
  const std::int64_t tasks = std::min(panels, tasks_for(packed_elements(plan), 1 << 15));
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange range = task_range(panels, tasks, task);
    for (std::int64_t panel = range.begin; panel < range.end; ++panel) {
      functions.transform_weights(c, weight, panel, packed);
    }
  });
}

void WinogradConv::run(const ConvPlan<float>& plan, const float* in, const float* packed, float* out,
                       const ConvEpilogue<float>& epilogue) {
  const WinogradFunctions& functions = functions_for(plan.target);
  const Correlation c = correlation_of(plan.shape, plan.direction, 0);
  if (c.batch == 0 || c.positions() == 0) return;
  const WinogradBlocks blocks(c, functions.tile);
  const WinogradCall call{c, blocks, in, packed, out, epilogue};
  blocks.shared ? run_panels(functions, call) : run_blocks(functions, call);
}

}  // namespace lamella::kernels
#endif
