// Winograd's F(4x4, 3x3) after Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015):
//
//   Y = A^T [sum over channels of (G g G^T) * (B^T d B)] A        d: 6x6 inputs, g: 3x3 weights, Y: 4x4 outputs
//
// with the points 0, +-sqrt(1/2), +-sqrt(2), infinity: a largest error of 1.4 to 2.5 times that of direct summation for
// 16 to 512 channels of values in [-1, 1), where the textbook's 0, +-1, +-2, infinity have 6 to 9 times.
//
// Two organisations, a row each:
//
// "winograd": U = G g G^T of all weights is packed once. A unit is a block of 28 to 56 tiles, whose whole path from x
// to y stays in the L2 cache:
//
//   V[36][tile][c] = B^T d B                                  vectors over channels
//   for each panel of 2 vectors of output channels:
//     M[36][tile][2 vectors] = V * U                           36 products with the register tile of the direct kernel
//     y = A^T M A, bias, residual, ReLU
//
// "winograd-fused": for many channels and few tiles (small maps, small batches), where U, four times the weights, would
// be the largest operand and spend longer on its way to memory and back than in products. V of all tiles comes first,
// then a unit is a panel:
//
//   for each block of tiles, for each chunk of channels:
//     U of the chunk, in the L2 cache, from the weights themselves
//     M += V * U
//   y = A^T M A, bias, residual, ReLU
#include "kernels/conv/winograd.h"

#include <algorithm>

#include "core/parallel.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/winograd_blocks.h"
#include "kernels/conv/winograd_kernels.h"

namespace lamella::kernels {
namespace {

std::size_t elements(std::int64_t count) { return static_cast<std::size_t>(count); }

// U of `count` channels of a panel, or M of `count` tiles.
std::int64_t points_elements(std::int64_t count, const ConvTile& tile) {
  return kWinogradPoints * winograd_point_step(count, tile.vectors * tile.lanes);
}

// Weights that will not stay in a cache are written past it: they come in 36 streams a power of two apart, which would
// evict one another before their lines are full.
bool streams(std::int64_t packed_elements, const float* packed, const ConvTile& tile) {
  constexpr std::int64_t kStreamedElements = 1 << 20;
  return packed_elements >= kStreamedElements &&
         reinterpret_cast<std::uintptr_t>(packed) % (sizeof(float) * elements(tile.lanes)) == 0;
}

// The weights are four times as large as those of the direct kernel: they must pay over enough tiles.
constexpr std::int64_t kFewestTiles = 32;

}  // namespace

bool WinogradConv::applies(const ConvPlan<float>& plan) {
  const ConvShape& s = plan.shape;
  return plan.precision == ConvPrecision::kFast && s.groups == 1 && s.kernel == std::array<std::int64_t, 3>{1, 3, 3} &&
         s.stride == std::array<std::int64_t, 3>{1, 1, 1} && s.dilation[1] == 1 && s.dilation[2] == 1 &&
         s.padding[0] == 0 && s.output[0] == s.input[0] && s.in_channels >= 16 && s.out_channels >= 16 &&
         WinogradTiles(correlation_of(s, plan.direction, 0)).tiles >= kFewestTiles;
}

ConvTile WinogradConv::tile(CpuTarget target) { return winograd_functions(target).tile; }

std::int64_t WinogradConv::packed_elements(const ConvPlan<float>& plan) {
  const Correlation c = correlation_of(plan.shape, plan.direction, 0);
  const ConvTile shape = tile(plan.target);
  return WinogradBlocks(c, shape).panels * points_elements(c.in_channels, shape);
}

void WinogradConv::pack(const ConvPlan<float>& plan, const float* weight, float* packed) {
  const WinogradFunctions& functions = winograd_functions(plan.target);
  const Correlation c = correlation_of(plan.shape, plan.direction, 0);
  const std::int64_t panel_elements = points_elements(c.in_channels, functions.tile);
  const std::int64_t all = packed_elements(plan), panels = all / panel_elements;
  const std::int64_t tasks = std::min(panels, tasks_for(all, 1 << 15));
  const bool stream = streams(all, packed, functions.tile);
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange range = task_range(panels, tasks, task);
    for (std::int64_t panel = range.begin; panel < range.end; ++panel) {
      functions.transform_weights(c, weight, panel, {0, c.in_channels}, stream, packed + panel * panel_elements);
    }
  });
}

void WinogradConv::run(const ConvPlan<float>& plan, const float* in, const float* packed, float* out,
                       const ConvEpilogue<float>& epilogue) {
  const WinogradFunctions& functions = winograd_functions(plan.target);
  const Correlation c = correlation_of(plan.shape, plan.direction, 0);
  if (c.batch == 0 || c.positions() == 0) return;
  const WinogradBlocks b(c, functions.tile);
  const WinogradCall call{c, b.all, in, out, epilogue};
  const std::int64_t panel_elements = points_elements(c.in_channels, functions.tile);
  parallel_for(b.blocks, [&](std::int64_t block) {
    const TaskRange tiles = b.block(block);
    const std::int64_t count = tiles.end - tiles.begin;
    float* const v = scratch_for<float>(ScratchSlot::kTask,
                                        elements(b.input_elements() + points_elements(b.block_tiles, functions.tile)));
    float* const m = v + b.input_elements();
    const std::int64_t point_step = winograd_point_step(count, b.all.in_pitch);
    functions.transform_input(call, tiles, point_step, v);
    for (std::int64_t panel = 0; panel < b.panels; ++panel) {
      functions.multiply(call, panel, {0, c.in_channels}, count, point_step, v, packed + panel * panel_elements, m);
      functions.transform_output(call, panel, tiles, m);
    }
  });
}

bool FusedWinogradConv::applies(const ConvPlan<float>& plan) {
  return WinogradConv::applies(plan) && FusedWinogradBlocks::pay(correlation_of(plan.shape, plan.direction, 0));
}

ConvTile FusedWinogradConv::tile(CpuTarget target) { return winograd_functions(target).tile; }

std::int64_t FusedWinogradConv::packed_elements(const ConvPlan<float>& plan) { return plan.shape.weights(); }

void FusedWinogradConv::pack(const ConvPlan<float>& plan, const float* weight, float* packed) {
  std::copy_n(weight, plan.shape.weights(), packed);
}

void FusedWinogradConv::run(const ConvPlan<float>& plan, const float* in, const float* weight, float* out,
                            const ConvEpilogue<float>& epilogue) {
  const WinogradFunctions& functions = winograd_functions(plan.target);
  const Correlation c = correlation_of(plan.shape, plan.direction, 0);
  if (c.batch == 0 || c.positions() == 0) return;
  const FusedWinogradBlocks b(c, functions.tile);
  const WinogradCall call{c, b.all, in, out, epilogue};
  const std::int64_t point_step = winograd_point_step(b.all.tiles, b.all.in_pitch);
  float* const v = scratch_for<float>(ScratchSlot::kShared, elements(kWinogradPoints * point_step));
  const std::int64_t tasks = std::min<std::int64_t>(b.all.tiles, 16);
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange tiles = task_range(b.all.tiles, tasks, task);
    functions.transform_input(call, tiles, point_step, v + tiles.begin * b.all.in_pitch);
  });
  const std::int64_t chunk_elements = points_elements(b.chunk_channels, functions.tile);
  parallel_for(b.panels, [&](std::int64_t panel) {
    float* const u = scratch_for<float>(ScratchSlot::kTask,
                                        elements(chunk_elements + points_elements(b.block_tiles, functions.tile)));
    float* const m = u + chunk_elements;
    for (std::int64_t block = 0; block < b.blocks; ++block) {
      const TaskRange tiles = task_range(b.all.tiles, b.blocks, block);
      for (std::int64_t chunk = 0; chunk < b.chunks; ++chunk) {
        const TaskRange channels = task_range(c.in_channels, b.chunks, chunk);
        functions.transform_weights(c, weight, panel, channels, false, u);
        functions.multiply(call, panel, channels, tiles.end - tiles.begin, point_step, v + tiles.begin * b.all.in_pitch,
                           u, m);
      }
      functions.transform_output(call, panel, tiles, m);
    }
  });
}

}  // namespace lamella::kernels
