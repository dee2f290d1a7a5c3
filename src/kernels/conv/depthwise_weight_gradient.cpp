// The weight gradient of a depthwise convolution: dw[tap][c] = sum over pixels of x[pixel at tap][c] * dy[pixel][c].
//
//   for each block of rows of one image (about 192 KiB of x and dy), x copied with zeros beside it:
//     for each vector (or two) of channels: walk the block with the sums of all nine taps of a 3x3 kernel in registers;
//     of other kernels: of up to three neighbouring taps of a kernel row, for up to four vectors
//
// A fixed number of parts of the rows have sums of their own, which are added in order.
#include <algorithm>
#include <type_traits>

#include "core/parallel.h"
#include "kernels/conv/correlation.h"
#include "kernels/conv/depthwise.h"
#include "kernels/conv/pack.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/depthwise_weight_gradient.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/conv/rows-inl.h"
#include "kernels/conv/tile-inl.h"
#include "kernels/dispatch.h"

namespace lamella::kernels {

#ifndef LAMELLA_KERNELS_CONV_DEPTHWISE_WEIGHT_GRADIENT_ONCE_
#define LAMELLA_KERNELS_CONV_DEPTHWISE_WEIGHT_GRADIENT_ONCE_
template <typename T>
struct DepthwiseGradientCall {
  const Correlation& correlation;
  const T* x;
  const T* dy;
};

template <typename T>
struct DepthwiseGradientFunctions {
  /// Output rows [begin, end) of the batch, counted over images and depths; sets sums[tap][channels rounded up to
  /// lanes].
  void (*run_rows)(const DepthwiseGradientCall<T>& call, TaskRange rows, T* sums);
  ConvTile tile;
};

struct DepthwiseGradientTable {
  DepthwiseGradientFunctions<float> f32;
  DepthwiseGradientFunctions<double> f64;
};
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct DepthwiseGradientKernels;

namespace HWY_NAMESPACE {

inline constexpr int kGradientTaps = 3;
inline constexpr int kGradientVectors = HWY_TARGET == HWY_AVX3 ? 4 : 3;  // of one kernel row
inline constexpr int kSquareVectors = HWY_TARGET == HWY_AVX3 ? 2 : 1;    // of three kernel rows
inline constexpr std::int64_t kGradientBlockBytes = 192 * 1024;

template <typename T>
struct DepthwiseGradientTile {
  const ReduceLine<T>* lines;
  std::int64_t line_count;
  std::int64_t x_offset, channel;       // added to every line's x; to its x and dy
  std::int64_t x_step, dy_step;         // from a pixel to the next
  std::int64_t x_tap_step, x_row_step;  // from a tap to the next; from a kernel row to the next
  T* sums;
  std::int64_t sums_tap_step, sums_row_step;
  std::int64_t last_lanes;
};

// R kernel rows of S taps, times N vectors of channels; with kPartial, N is 1.
template <typename T, int R, int S, int N, bool kPartial>
HWY_NOINLINE void depthwise_gradient_tile(const DepthwiseGradientTile<T>& tile) {
  const hn::ScalableTag<T> d;
  constexpr int kVector = static_cast<int>(kLanes<T>);
  const std::int64_t x_step = tile.x_step, dy_step = tile.dy_step, tap_step = tile.x_tap_step;
  Vec<T> acc[R * S][N];
#pragma GCC unroll 9
  for (int t = 0; t < R * S; ++t) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) {
      acc[t][v] = hn::LoadU(d, tile.sums + t / S * tile.sums_row_step + t % S * tile.sums_tap_step + v * kVector);
    }
  }
  for (std::int64_t line = 0; line < tile.line_count; ++line) {
    const T* x[R];
#pragma GCC unroll 3
    for (int r = 0; r < R; ++r) x[r] = tile.lines[line].x + tile.x_offset + tile.channel + r * tile.x_row_step;
    const T* dy = tile.lines[line].dy + tile.channel;
    for (std::int64_t p = tile.lines[line].pixels; p > 0; --p) {
#pragma GCC unroll 4
      for (int v = 0; v < N; ++v) {
        const Vec<T> gradient = load_lanes<kPartial, T>(dy + v * kVector, tile.last_lanes);
#pragma GCC unroll 9
        for (int t = 0; t < R * S; ++t) {
          const Vec<T> a = load_lanes<kPartial, T>(x[t / S] + t % S * tap_step + v * kVector, tile.last_lanes);
          acc[t][v] = hn::MulAdd(a, gradient, acc[t][v]);
        }
      }
      dy += dy_step;
#pragma GCC unroll 3
      for (int r = 0; r < R; ++r) x[r] += x_step;
    }
  }
#pragma GCC unroll 9
  for (int t = 0; t < R * S; ++t) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) {
      hn::StoreU(acc[t][v], d, tile.sums + t / S * tile.sums_row_step + t % S * tile.sums_tap_step + v * kVector);
    }
  }
}

// All channels of R x S neighbouring taps, up to N vectors at a time.
template <typename T, int R, int S, int N>
void reduce_channels(DepthwiseGradientTile<T> tile, std::int64_t channels) {
  T* const sums = tile.sums;
  const auto run = [&](void (*reduce)(const DepthwiseGradientTile<T>&), std::int64_t taken) {
    tile.sums = sums + tile.channel;
    tile.last_lanes = std::min(kLanes<T>, taken);
    reduce(tile);
    tile.channel += taken;
  };
  tile.channel = 0;
  while (channels - tile.channel >= N * kLanes<T>) run(&depthwise_gradient_tile<T, R, S, N, false>, N * kLanes<T>);
  while (channels - tile.channel >= kLanes<T>) run(&depthwise_gradient_tile<T, R, S, 1, false>, kLanes<T>);
  if constexpr (kLanes < T >> 1) {
    if (tile.channel < channels) run(&depthwise_gradient_tile<T, R, S, 1, true>, channels - tile.channel);
  }
}

/// Adds the products of output rows [begin, end) of one depth of one image to the sums.
template <typename T>
void reduce_block(const DepthwiseGradientCall<T>& call, std::int64_t image, std::int64_t depth, TaskRange rows,
                  T* sums) {
  const Correlation& c = call.correlation;
  const CorrelationAxis &h = c.axis[1], &w = c.axis[2];
  const std::int64_t channels = c.groups, padded = (channels + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
  InputRows<T> in(c, depth, rows, {0, w.positions}, true);
  const std::int64_t count = rows.end - rows.begin;
  const std::int64_t list_bytes = ceil_div(count * static_cast<std::int64_t>(sizeof(ReduceLine<T>)), 64) * 64;
  char* const memory = scratch_for<char>(
      ScratchSlot::kTask,
      static_cast<std::size_t>(list_bytes + in.copied_elements(channels) * static_cast<std::int64_t>(sizeof(T))));
  in.copy(c, call.x, image, depth, channels, reinterpret_cast<T*>(memory + list_bytes));
  auto* const lines = reinterpret_cast<ReduceLine<T>*>(memory);
  const T* dy = call.dy + ((image * c.axis[0].positions + depth) * h.positions + rows.begin) * w.positions * channels;
  for (std::int64_t i = 0; i < count; ++i) {
    lines[i] = {in.first + i * h.in_step * in.row_step, dy + i * w.positions * channels, w.positions};
  }
  prefetch_elements(dy, count * w.positions * channels);
  DepthwiseGradientTile<T> tile{};
  tile.lines = lines;
  tile.line_count = count;
  tile.x_step = w.in_step * channels;
  tile.dy_step = channels;
  tile.x_tap_step = w.offset_step * channels;
  tile.x_row_step = h.offset_step * in.row_step;
  tile.sums_tap_step = padded;
  tile.sums_row_step = w.taps * padded;
  for (std::int64_t t = in.depth_taps[0]; t < in.depth_taps[1]; ++t) {
    tile.x_offset = (t - in.depth_taps[0]) * in.depth_step;
    tile.sums = sums + t * h.taps * tile.sums_row_step;
    if (h.taps == 3 && w.taps == 3) {
      reduce_channels<T, 3, 3, kSquareVectors>(tile, channels);
      continue;
    }
    for (std::int64_t r = 0; r < h.taps; ++r) {
      for (std::int64_t s = 0; s < w.taps; s += kGradientTaps) {
        DepthwiseGradientTile<T> part = tile;
        part.x_offset += r * tile.x_row_step + s * tile.x_tap_step;
        part.sums += r * tile.sums_row_step + s * padded;
        switch (std::min<std::int64_t>(kGradientTaps, w.taps - s)) {
          case 1:
            reduce_channels<T, 1, 1, kGradientVectors>(part, channels);
            break;
          case 2:
            reduce_channels<T, 1, 2, kGradientVectors>(part, channels);
            break;
          default:
            reduce_channels<T, 1, 3, kGradientVectors>(part, channels);
        }
      }
    }
  }
}

template <typename T>
void RunRows(const DepthwiseGradientCall<T>& call, TaskRange rows, T* sums) {
  const Correlation& c = call.correlation;
  const CorrelationAxis &d = c.axis[0], &h = c.axis[1];
  const std::int64_t padded = (c.groups + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
  std::fill(sums, sums + c.taps() * padded, T{0});
  const std::int64_t row_bytes = c.groups * static_cast<std::int64_t>(sizeof(T)) *
                                 (c.axis[2].in_extent * h.in_step * d.taps + c.axis[2].positions);
  const std::int64_t most = std::max<std::int64_t>(4, kGradientBlockBytes / std::max<std::int64_t>(1, row_bytes));
  for (std::int64_t row = rows.begin; row < rows.end;) {
    const std::int64_t plane = row / h.positions, first = row % h.positions;
    const std::int64_t count = std::min({most, rows.end - row, h.positions - first});
    reduce_block(call, plane / d.positions, plane % d.positions, {first, first + count}, sums);
    row += count;
  }
}

template <typename T>
constexpr DepthwiseGradientFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {&RunRows<T>, {kGradientTaps, kGradientVectors, kLanes<T>}};
}

}  // namespace HWY_NAMESPACE

template <>
struct DepthwiseGradientKernels<HWY_TARGET> {
  static constexpr DepthwiseGradientTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                                       HWY_NAMESPACE::functions_for<double>()};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

template <typename T>
const DepthwiseGradientFunctions<T>& functions_for(CpuTarget target) {
  const DepthwiseGradientTable& table = dispatch<DepthwiseGradientKernels>(target_for(dtype_of<T>, target));
  if constexpr (std::is_same_v<T, float>) {
    return table.f32;
  } else {
    return table.f64;
  }
}

}  // namespace

template <typename T>
bool DepthwiseWeightGradient<T>::applies(const ConvPlan<T>& plan) {
  return plan.shape.groups > 1 && plan.shape.group_in_channels() == 1 && plan.shape.group_out_channels() == 1;
}

template <typename T>
ConvTile DepthwiseWeightGradient<T>::tile(CpuTarget target) {
  return functions_for<T>(target).tile;
}

template <typename T>
void DepthwiseWeightGradient<T>::run(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate) {
  const DepthwiseGradientFunctions<T>& functions = functions_for<T>(plan.target);
  const Correlation c = correlation_of(plan.shape, ConvDirection::kForward, 0);
  const std::int64_t lanes = functions.tile.lanes;
  const std::int64_t padded = (c.groups + lanes - 1) / lanes * lanes, part_elements = c.taps() * padded;
  const std::int64_t rows = c.batch * c.axis[0].positions * c.axis[1].positions;
  const std::int64_t parts = std::min(std::max<std::int64_t>(1, rows), tasks_for(c.multiply_adds(), 1 << 16, 16));
  T* const sums = scratch_for<T>(ScratchSlot::kShared, static_cast<std::size_t>(parts * part_elements));
  const DepthwiseGradientCall<T> call{c, x, dy};
  parallel_for(parts, [&](std::int64_t part) {
    functions.run_rows(call, task_range(rows, parts, part), sums + part * part_elements);
  });
  for (std::int64_t channel = 0; channel < c.groups; ++channel) {
    for (std::int64_t tap = 0; tap < c.taps(); ++tap) {
      T sum = sums[tap * padded + channel];
      for (std::int64_t part = 1; part < parts; ++part) sum += sums[part * part_elements + tap * padded + channel];
      T& out = dw[channel * c.taps() + tap];
      out = accumulate ? out + sum : sum;
    }
  }
}

template struct DepthwiseWeightGradient<float>;
template struct DepthwiseWeightGradient<double>;

}  // namespace lamella::kernels
#endif
