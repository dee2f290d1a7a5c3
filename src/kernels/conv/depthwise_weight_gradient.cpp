// The weight gradient of a depthwise convolution: dw[tap][c] = sum over pixels of x[pixel at tap][c] * dy[pixel][c].
//
//   for each block of lines (about 96 KiB of x and dy), 4 vectors of channels, up to 3 neighbouring taps of a kernel
//   row:
//     walk the lines with taps x 4 sums in registers, dy loaded once for all the taps
//
// Pixels where only some of the taps lie inside of the input are walked tap by tap. A fixed number of parts of the
// lines have sums of their own, which are added in order.
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
  /// Output rows [begin, end) of the batch, counted over images and depths; sums[tap][channels rounded up to lanes].
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
inline constexpr int kGradientVectors = HWY_TARGET == HWY_AVX3 ? 4 : 3;
inline constexpr std::int64_t kGradientBlockBytes = 96 * 1024;

template <typename T>
struct DepthwiseGradientTile {
  const ReduceLine<T>* lines;
  std::int64_t line_count;
  std::int64_t channel;          // the first one
  std::int64_t x_step, dy_step;  // from a pixel to the next
  std::int64_t x_tap_step;       // from a tap to the next
  T* sums;
  std::int64_t sums_tap_step;
  std::int64_t last_lanes;
};

// S taps times N vectors of channels; with kPartial, N is 1.
template <typename T, int S, int N, bool kPartial>
HWY_NOINLINE void depthwise_gradient_tile(const DepthwiseGradientTile<T>& tile) {
  const hn::ScalableTag<T> d;
  constexpr int kVector = static_cast<int>(kLanes<T>);
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(tile.last_lanes));
  const auto load = [&](const T* from) HWY_ATTR __attribute__((always_inline)) {
    return kPartial ? hn::MaskedLoad(mask, d, from) : hn::LoadU(d, from);
  };
  const std::int64_t x_step = tile.x_step, dy_step = tile.dy_step, tap_step = tile.x_tap_step;
  Vec<T> acc[S][N];
#pragma GCC unroll 4
  for (int s = 0; s < S; ++s) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) acc[s][v] = hn::LoadU(d, tile.sums + s * tile.sums_tap_step + v * kVector);
  }
  for (std::int64_t line = 0; line < tile.line_count; ++line) {
    const T* x = tile.lines[line].x + tile.channel;
    const T* dy = tile.lines[line].dy + tile.channel;
    for (std::int64_t p = tile.lines[line].pixels; p > 0; --p) {
#pragma GCC unroll 4
      for (int v = 0; v < N; ++v) {
        const Vec<T> gradient = load(dy + v * kVector);
#pragma GCC unroll 4
        for (int s = 0; s < S; ++s) {
          acc[s][v] = hn::MulAdd(load(x + s * tap_step + v * kVector), gradient, acc[s][v]);
        }
      }
      x += x_step;
      dy += dy_step;
    }
  }
#pragma GCC unroll 4
  for (int s = 0; s < S; ++s) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) hn::StoreU(acc[s][v], d, tile.sums + s * tile.sums_tap_step + v * kVector);
  }
}

// All channels of `taps` neighbouring taps.
template <typename T, int S>
void reduce_channels(DepthwiseGradientTile<T> tile, std::int64_t channels) {
  T* const sums = tile.sums;
  if (tile.line_count == 0) return;
  for (std::int64_t channel = 0; channel < channels;) {
    const std::int64_t vectors = (channels - channel) / kLanes<T>;
    tile.channel = channel;
    tile.sums = sums + channel;
    tile.last_lanes = std::min(kLanes<T>, channels - channel);
    if (vectors >= kGradientVectors) {
      depthwise_gradient_tile<T, S, kGradientVectors, false>(tile);
      channel += kGradientVectors * kLanes<T>;
    } else if (vectors >= 2) {
      depthwise_gradient_tile<T, S, 2, false>(tile);
      channel += 2 * kLanes<T>;
    } else if (vectors == 1) {
      depthwise_gradient_tile<T, S, 1, false>(tile);
      channel += kLanes<T>;
    } else {
      depthwise_gradient_tile<T, S, 1, true>(tile);
      channel = channels;
    }
  }
}

template <typename T>
void reduce_channels(const DepthwiseGradientTile<T>& tile, std::int64_t taps, std::int64_t channels) {
  if (taps == 1) {
    reduce_channels<T, 1>(tile, channels);
  } else if (taps == 2) {
    reduce_channels<T, 2>(tile, channels);
  } else {
    reduce_channels<T, 3>(tile, channels);
  }
}

/// The sums over one block of output rows.
template <typename T>
class DepthwiseGradientBlock {
 public:
  DepthwiseGradientBlock(const DepthwiseGradientCall<T>& call, TaskRange rows, ReduceLine<T>* lines, T* sums)
      : call_(call), c_(call.correlation), rows_(rows), lines_(lines), sums_(sums) {
    padded_channels_ = (c_.groups + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
    tile_.lines = lines;
    tile_.x_step = c_.axis[2].in_step * c_.groups;
    tile_.dy_step = c_.groups;
    tile_.x_tap_step = c_.axis[2].offset_step * c_.groups;
    tile_.sums_tap_step = padded_channels_;
  }

  void run() {
    const std::int64_t s_taps = c_.axis[2].taps;
    for (std::int64_t t = 0; t < c_.axis[0].taps; ++t) {
      for (std::int64_t r = 0; r < c_.axis[1].taps; ++r) {
        for (std::int64_t s = 0; s < s_taps; s += kGradientTaps) {
          run_taps(t, r, {s, std::min(s + kGradientTaps, s_taps)});
        }
      }
    }
  }

 private:
  // The columns where tap s lies inside of the input.
  TaskRange columns_of(std::int64_t s) const {
    const CorrelationAxis& w = c_.axis[2];
    const std::int64_t offset = w.first_offset + s * w.offset_step;
    const std::int64_t first = offset < 0 ? (-offset + w.in_step - 1) / w.in_step : 0;
    const std::int64_t end = w.in_extent > offset ? (w.in_extent - offset + w.in_step - 1) / w.in_step : 0;
    return {std::min(first, w.positions), std::min(std::max(first, end), w.positions)};
  }

  void run_taps(std::int64_t t, std::int64_t r, TaskRange taps) {
    TaskRange all{0, c_.axis[2].positions};  // where every tap is inside
    for (std::int64_t s = taps.begin; s < taps.end; ++s) {
      all = {std::max(all.begin, columns_of(s).begin), std::min(all.end, columns_of(s).end)};
    }
    if (all.begin < all.end) {
      run_columns(t, r, taps.begin, taps.end - taps.begin, all);
    } else {
      all.begin = all.end = 0;
    }
    for (std::int64_t s = taps.begin; s < taps.end; ++s) {
      const TaskRange own = columns_of(s);
      if (all.begin == all.end) {
        run_columns(t, r, s, 1, own);
      } else {
        run_columns(t, r, s, 1, {own.begin, all.begin});
        run_columns(t, r, s, 1, {all.end, own.end});
      }
    }
  }

  void run_columns(std::int64_t t, std::int64_t r, std::int64_t s, std::int64_t taps, TaskRange columns) {
    if (columns.begin >= columns.end) return;
    const CorrelationAxis &d = c_.axis[0], &h = c_.axis[1], &w = c_.axis[2];
    ReduceLine<T>* next = lines_;
    for (std::int64_t index = rows_.begin; index < rows_.end; ++index) {
      const std::int64_t image = index / h.positions / d.positions;
      const std::int64_t depth = index / h.positions % d.positions * d.in_step + d.first_offset + t * d.offset_step;
      const std::int64_t row = index % h.positions * h.in_step + h.first_offset + r * h.offset_step;
      if (depth < 0 || depth >= d.in_extent || row < 0 || row >= h.in_extent) continue;
      const std::int64_t x_pixel = ((image * d.in_extent + depth) * h.in_extent + row) * w.in_extent +
                                   columns.begin * w.in_step + w.first_offset + s * w.offset_step;
      const std::int64_t dy_pixel = index * w.positions + columns.begin;
      *next++ = {call_.x + x_pixel * c_.groups, call_.dy + dy_pixel * c_.groups, columns.end - columns.begin};
    }
    tile_.line_count = next - lines_;
    tile_.sums = sums_ + ((t * h.taps + r) * w.taps + s) * padded_channels_;
    reduce_channels(tile_, taps, c_.groups);
  }

  const DepthwiseGradientCall<T>& call_;
  const Correlation& c_;
  TaskRange rows_;
  ReduceLine<T>* lines_;
  T* sums_;
  std::int64_t padded_channels_;
  DepthwiseGradientTile<T> tile_{};
};

template <typename T>
void RunRows(const DepthwiseGradientCall<T>& call, TaskRange rows, T* sums) {
  const Correlation& c = call.correlation;
  const std::int64_t padded = (c.groups + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
  std::fill(sums, sums + c.taps() * padded, T{0});
  const std::int64_t row_bytes =
      c.groups * static_cast<std::int64_t>(sizeof(T)) * (c.axis[2].in_extent * c.axis[1].in_step + c.axis[2].positions);
  const std::int64_t block = std::max<std::int64_t>(1, kGradientBlockBytes / std::max<std::int64_t>(1, row_bytes));
  auto* lines = scratch_for<ReduceLine<T>>(ScratchSlot::kTask, static_cast<std::size_t>(block));
  for (std::int64_t row = rows.begin; row < rows.end; row += block) {
    DepthwiseGradientBlock<T>(call, {row, std::min(row + block, rows.end)}, lines, sums).run();
  }
}

template <typename T>
inline constexpr DepthwiseGradientFunctions<T> kDepthwiseGradientFunctions = {
    &RunRows<T>, {kGradientTaps, kGradientVectors, kLanes<T>}};

}  // namespace HWY_NAMESPACE

template <>
struct DepthwiseGradientKernels<HWY_TARGET> {
  static constexpr DepthwiseGradientTable functions = {HWY_NAMESPACE::kDepthwiseGradientFunctions<float>,
                                                       HWY_NAMESPACE::kDepthwiseGradientFunctions<double>};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

template <typename T>
const DepthwiseGradientFunctions<T>& functions_for(CpuTarget target) {
  const DepthwiseGradientTable& table = dispatch<DepthwiseGradientKernels>(target);
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
