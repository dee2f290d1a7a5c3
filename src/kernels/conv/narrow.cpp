// Direct convolution to few output channels. The unit of work and its input rows are those of the direct kernel; a tile
// is M pixels times K <= 4 output channels, each sum a vector over the elements of the window that is added up at the
// end:
//
//   sum[m][k] = sum of lanes of: sum over kernel rows and vectors e of their elements, x[m][e] * w[k][e]
//
// Weights are [output channel][segment][elements rounded up to lanes]; the last vector of a segment is loaded under a
// mask, so that nothing beside the window (a NaN, say) is multiplied, not even by zero.
#include "kernels/conv/narrow.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "core/parallel.h"
#include "kernels/conv/direct_blocks.h"
#include "kernels/conv/pack.h"
#include "kernels/conv/scratch.h"
#include "kernels/conv/tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/narrow.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/conv/rows-inl.h"
#include "kernels/conv/tile-inl.h"
#include "kernels/dispatch.h"

namespace lamella::kernels {

#ifndef LAMELLA_KERNELS_CONV_NARROW_ONCE_
#define LAMELLA_KERNELS_CONV_NARROW_ONCE_
template <typename T>
struct NarrowCall {
  const Correlation& correlation;
  const DirectBlocks& blocks;
  const T* in;
  const T* packed;
  T* out;
  ConvEpilogue<T> epilogue;
};

template <typename T>
struct NarrowFunctions {
  void (*run_unit)(const NarrowCall<T>& call, std::int64_t unit);
  ConvTile tile;
};

struct NarrowTable {
  NarrowFunctions<float> f32;
  NarrowFunctions<double> f64;
};

/// The elements of a segment: one kernel row where its taps are neighbours in memory, else one tap.
inline std::int64_t narrow_segment(const Correlation& c) {
  return c.in_channels * (c.axis[2].offset_step == 1 ? c.axis[2].taps : 1);
}

inline std::int64_t narrow_round_up(std::int64_t elements, std::int64_t lanes) {
  return (elements + lanes - 1) / lanes * lanes;
}

/// Elements of the weights of one output channel of a phase.
inline std::int64_t narrow_channel_elements(const Correlation& c, std::int64_t lanes) {
  const std::int64_t segment = std::max<std::int64_t>(1, narrow_segment(c));
  return c.taps() * c.in_channels / segment * narrow_round_up(segment, lanes);
}
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct NarrowKernels;

namespace HWY_NAMESPACE {

inline constexpr int kNarrowChannels = 4;
inline constexpr int kNarrowPixels = 8;
inline constexpr int kNarrowSums = HWY_TARGET == HWY_AVX3 ? 16 : 8;

// As TileCall says, but panel_row counts elements of one output channel's weights, which are `channel_step` apart.
template <typename T, int M, int K>
HWY_NOINLINE void narrow_tile(const TileCall<T>& call, std::int64_t channel_step) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t kVector = kLanes<T>;
  const std::int64_t step = call.pixel_step;
  Vec<T> acc[M][K];
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) {
#pragma GCC unroll 4
    for (int k = 0; k < K; ++k) acc[m][k] = hn::Zero(d);
  }
  const auto multiply = [&](const T* x, const T* w, auto&& load) HWY_ATTR __attribute__((always_inline)) {
    Vec<T> weight[K];
#pragma GCC unroll 4
    for (int k = 0; k < K; ++k) weight[k] = hn::LoadU(d, w + k * channel_step);
#pragma GCC unroll 8
    for (int m = 0; m < M; ++m) {
      const Vec<T> a = load(x + m * step);
#pragma GCC unroll 4
      for (int k = 0; k < K; ++k) acc[m][k] = hn::MulAdd(a, weight[k], acc[m][k]);
    }
  };
  const std::int64_t whole = call.segment_length / kVector * kVector;
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(call.segment_length - whole));
  for (std::int64_t s = 0; s < call.segment_count; ++s) {
    const T* x = call.segments[s].pixels + call.offset;
    const T* w = call.panel + call.segments[s].panel_row;
    for (std::int64_t e = 0; e < whole; e += kVector) {
      multiply(x + e, w + e, [&](const T* from) HWY_ATTR { return hn::LoadU(d, from); });
    }
    if (whole < call.segment_length) {
      multiply(x + whole, w + whole, [&](const T* from) HWY_ATTR { return hn::MaskedLoad(mask, d, from); });
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < M; ++m) {
#pragma GCC unroll 4
    for (int k = 0; k < K; ++k) {
      T sum = hn::GetLane(hn::SumOfLanes(d, acc[m][k]));
      const std::int64_t at = m * call.out_step + k;
      if (call.bias != nullptr) sum += call.bias[k];
      if (call.residual != nullptr) sum += call.residual[at];
      call.out[at] = call.relu && sum < T{0} ? T{0} : sum;
    }
  }
}

// Tiles of 8, 4, 2 and 1 pixels for K output channels, as far as their sums fit.
template <typename T, int K>
void run_pixels(TileCall<T> tile, std::int64_t pixels, std::int64_t channel_step) {
  constexpr int kMost = kNarrowSums / K >= 8 ? 8 : kNarrowSums / K >= 4 ? 4 : 2;
  const auto run = [&](auto width) {
    constexpr int kPixels = decltype(width)::value;
    narrow_tile<T, kPixels, K>(tile, channel_step);
    tile.offset += kPixels * tile.pixel_step;
    tile.out += kPixels * tile.out_step;
    if (tile.residual != nullptr) tile.residual += kPixels * tile.out_step;
    pixels -= kPixels;
  };
  while (pixels >= kMost) run(std::integral_constant<int, kMost>());
  if constexpr (kMost > 4) {
    if (pixels >= 4) run(std::integral_constant<int, 4>());
  }
  if constexpr (kMost > 2) {
    if (pixels >= 2) run(std::integral_constant<int, 2>());
  }
  if (pixels >= 1) run(std::integral_constant<int, 1>());
}

template <typename T>
void RunUnit(const NarrowCall<T>& call, std::int64_t unit) {
  const Correlation& c = call.correlation;
  const DirectBlocks& b = call.blocks;
  const DirectBlocks::Place place = b.place(c, unit);
  InputRows<T> in(c, place.depth, place.rows, place.columns, false);
  TileSegment<T>* const segments = in.place(c, b, call.in, place.image, place.depth);
  const std::int64_t channel_step = narrow_channel_elements(c, kLanes<T>);
  TileCall<T> tile{};
  tile.segments = segments;
  tile.segment_length = narrow_segment(c);
  tile.pixel_step = c.axis[2].in_step * b.pitch;
  tile.out_step = c.axis[2].out_step * c.out_channels;
  tile.relu = call.epilogue.relu;
  for (std::int64_t row = place.rows.begin; row < place.rows.end; ++row) {
    tile.segment_count = in.place_segments(c, b, 0, row, narrow_round_up(tile.segment_length, kLanes<T>), segments);
    const std::int64_t out =
        out_pixel(c, place.image, place.depth, row) * c.out_channels + place.columns.begin * tile.out_step;
    for (std::int64_t channel = 0; channel < c.out_channels; channel += kNarrowChannels) {
      tile.panel = call.packed + channel * channel_step;
      tile.out = call.out + out + channel;
      tile.bias = call.epilogue.bias == nullptr ? nullptr : call.epilogue.bias + channel;
      tile.residual = call.epilogue.residual == nullptr ? nullptr : call.epilogue.residual + out + channel;
      const std::int64_t pixels = place.columns.end - place.columns.begin;
      switch (std::min<std::int64_t>(kNarrowChannels, c.out_channels - channel)) {
        case 1:
          run_pixels<T, 1>(tile, pixels, channel_step);
          break;
        case 2:
          run_pixels<T, 2>(tile, pixels, channel_step);
          break;
        case 3:
          run_pixels<T, 3>(tile, pixels, channel_step);
          break;
        default:
          run_pixels<T, 4>(tile, pixels, channel_step);
      }
    }
  }
}

template <typename T>
constexpr NarrowFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else if constexpr (kLanes<T> == 1)
    return {nullptr, {kNarrowPixels, 1, 1}};  // never applies
  else
    return {&RunUnit<T>, {kNarrowPixels, 1, kLanes<T>}};
}

}  // namespace HWY_NAMESPACE

template <>
struct NarrowKernels<HWY_TARGET> {
  static constexpr NarrowTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                            HWY_NAMESPACE::functions_for<double>()};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

template <typename T>
const NarrowFunctions<T>& functions_for(CpuTarget target) {
  const NarrowTable& table = dispatch<NarrowKernels>(target_for(dtype_of<T>, target));
  if constexpr (std::is_same_v<T, float>) {
    return table.f32;
  } else {
    return table.f64;
  }
}

}  // namespace

// The direct kernel needs half a cycle for each element of a pixel's window (a broadcast), for up to a vector of output
// channels; this one needs half a cycle for each vector of the window and about eight for its sum, for each channel.
template <typename T>
bool NarrowConv<T>::applies(const ConvPlan<T>& plan) {
  const ConvShape& s = plan.shape;
  const bool forward = plan.direction == ConvDirection::kForward;
  const std::int64_t in = forward ? s.in_channels : s.out_channels, out = forward ? s.out_channels : s.in_channels;
  const std::int64_t lanes = tile(plan.target).lanes;
  return s.groups == 1 && out <= 8 && out < lanes && out * (s.taps() * ((in + lanes - 1) / lanes) + 16) < s.taps() * in;
}

template <typename T>
ConvTile NarrowConv<T>::tile(CpuTarget target) {
  return functions_for<T>(target).tile;
}

template <typename T>
std::int64_t NarrowConv<T>::packed_elements(const ConvPlan<T>& plan) {
  const std::int64_t phases = phase_count(plan.shape, plan.direction), lanes = tile(plan.target).lanes;
  std::int64_t elements = 0;
  for (std::int64_t phase = 0; phase < phases; ++phase) {
    const Correlation c = correlation_of(plan.shape, plan.direction, phase);
    elements += c.out_channels * narrow_channel_elements(c, lanes);
  }
  return elements;
}

template <typename T>
void NarrowConv<T>::pack(const ConvPlan<T>& plan, const T* weight, T* packed) {
  const std::int64_t phases = phase_count(plan.shape, plan.direction), lanes = tile(plan.target).lanes;
  for (std::int64_t phase = 0; phase < phases; ++phase) {
    const Correlation c = correlation_of(plan.shape, plan.direction, phase);
    const std::int64_t segment = std::max<std::int64_t>(1, narrow_segment(c));
    const std::int64_t channel_elements = narrow_channel_elements(c, lanes);
    for (std::int64_t k = 0; k < c.out_channels; ++k, packed += channel_elements) {
      std::fill(packed, packed + channel_elements, T{0});
      for_each_tap(c, [&](std::int64_t tap, std::int64_t index) {
        const T* from = weight + k * c.weight_out_step + index;
        for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
          const std::int64_t element = tap * c.in_channels + channel;
          packed[element / segment * narrow_round_up(segment, lanes) + element % segment] =
              from[channel * c.weight_in_step];
        }
      });
    }
  }
}

template <typename T>
void NarrowConv<T>::run(const ConvPlan<T>& plan, const T* in, const T* packed, T* out,
                        const ConvEpilogue<T>& epilogue) {
  const NarrowFunctions<T>& functions = functions_for<T>(plan.target);
  const std::int64_t phases = phase_count(plan.shape, plan.direction);
  for (std::int64_t phase = 0; phase < phases; ++phase) {
    const Correlation c = correlation_of(plan.shape, plan.direction, phase);
    const T* const weights = packed;
    packed += c.out_channels * narrow_channel_elements(c, functions.tile.lanes);
    if (c.batch == 0 || c.positions() == 0 || c.out_channels == 0) continue;
    const DirectBlocks blocks(c, functions.tile, sizeof(T));
    const NarrowCall<T> call{c, blocks, in, weights, out, epilogue};
    const std::int64_t tasks = std::min(blocks.units, tasks_for(c.multiply_adds(), 1 << 18));
    parallel_for(tasks, [&](std::int64_t task) {
      const TaskRange units = task_range(blocks.units, tasks, task);
      for (std::int64_t unit = units.begin; unit < units.end; ++unit) functions.run_unit(call, unit);
    });
  }
}

template struct NarrowConv<float>;
template struct NarrowConv<double>;

}  // namespace lamella::kernels
#endif
