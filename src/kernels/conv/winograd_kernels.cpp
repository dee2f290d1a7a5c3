// The kernels of Winograd's F(4x4, 3x3) for every instruction set: winograd.cpp says what they add up to.
#include "kernels/conv/winograd_kernels.h"

#include <algorithm>

#include "kernels/conv/tile.h"
#include "kernels/conv/winograd_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd_kernels.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/conv/tile-inl.h"
#include "kernels/conv/transpose-inl.h"
#include "kernels/conv/winograd-inl.h"
#include "kernels/dispatch.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct WinogradKernels;

namespace HWY_NAMESPACE {

std::int64_t vectors_of_panel(const Correlation& c, std::int64_t panel) {
  const std::int64_t vectors_in_all = (c.out_channels + kLanes<float> - 1) / kLanes<float>;
  return std::min<std::int64_t>(kTileVectors, vectors_in_all - panel * kTileVectors);
}

void TransformInput(const WinogradCall& call, TaskRange tiles, std::int64_t point_step, float* transformed) {
  transform_input(call.correlation, call.tiles, call.in, tiles, point_step, transformed);
}

void Multiply(const WinogradCall& call, std::int64_t panel, TaskRange channels, std::int64_t tiles,
              std::int64_t point_step, const float* v, const float* u, float* m) {
  const std::int64_t vectors = vectors_of_panel(call.correlation, panel), width = vectors * kLanes<float>;
  const std::int64_t count = channels.end - channels.begin;
  const std::int64_t u_step = winograd_point_step(count, width), m_step = winograd_point_step(tiles, width);
  const std::int64_t groups = (tiles + kTilePixels - 1) / kTilePixels;
  TileSegment<float> segment{nullptr, 0};
  TileCall<float> tile{};
  tile.segments = &segment;
  tile.segment_count = 1;
  tile.segment_length = count;
  tile.pixel_step = call.tiles.in_pitch;
  tile.out_step = width;
  tile.last_lanes = kLanes<float>;
  for (std::int64_t point = 0; point < kWinogradPoints; ++point) {
    segment.pixels = v + point * point_step + channels.begin;
    tile.panel = u + point * u_step;
    for (std::int64_t group = 0; group < groups; ++group) {
      const TaskRange range = task_range(tiles, groups, group);
      tile.offset = range.begin * tile.pixel_step;
      tile.out = m + point * m_step + range.begin * width;
      tile.residual = channels.begin > 0 ? tile.out : nullptr;
      kDirectTiles<float>.of[vectors - 1][range.end - range.begin - 1](tile);
    }
  }
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

void TransformOutput(const WinogradCall& call, std::int64_t panel, TaskRange tiles, const float* products) {
  const Correlation& c = call.correlation;
  const ConvEpilogue<float>& epilogue = call.epilogue;
  const std::int64_t lanes = kLanes<float>, channels = c.out_channels;
  const std::int64_t vectors = vectors_of_panel(c, panel), width = vectors * lanes;
  const std::int64_t product_step = winograd_point_step(tiles.end - tiles.begin, width);
  const std::int64_t pixel_step = channels, row_step = c.axis[2].out_extent * channels;
  for (std::int64_t index = tiles.begin; index < tiles.end; ++index) {
    const TilePlace place(c, call.tiles, index);
    for (std::int64_t v = 0; v < vectors; ++v) {
      const std::int64_t channel = (panel * kTileVectors + v) * lanes;
      const std::int64_t at =
          ((place.plane * c.axis[1].out_extent + place.row) * c.axis[2].out_extent + place.column) * channels + channel;
      transform_output(products + (index - tiles.begin) * width + v * lanes, product_step, place, call.out + at,
                       row_step, pixel_step, epilogue.bias == nullptr ? nullptr : epilogue.bias + channel,
                       epilogue.residual == nullptr ? nullptr : epilogue.residual + at, epilogue.relu,
                       std::min(lanes, channels - channel));
    }
  }
}

inline constexpr std::int64_t kTaps = 9;
inline constexpr std::int64_t kGathered = 8;  // channels whose taps are brought into vectors together

// taps[channel][tap][lane] of `lanes` output channels from `first` on; zeros for those from out_channels on.
void gather_taps(const Correlation& c, const float* weight, std::int64_t first, TaskRange channels, float* taps) {
  const std::int64_t lanes = kLanes<float>, count = std::min(lanes, c.out_channels - first);
  const float* const from = weight + first * c.weight_out_step;
  const bool run = c.weight_in_step == kTaps;  // the taps of all channels are one run
  const std::int64_t pieces = run ? 1 : channels.end - channels.begin;
  const std::int64_t columns = run ? (channels.end - channels.begin) * kTaps : kTaps;
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    transpose_rows(from + (channels.begin + piece) * c.weight_in_step, c.weight_out_step, count, columns,
                   taps + piece * columns * lanes);
  }
}

// G g G^T of one vector, to 36 points point_step elements apart.
template <bool kStream>
HWY_INLINE void transform_taps(const Correlation& c, const float* taps, std::int64_t point_step, float* to) {
  const F f;
  const auto tap = [&](std::int64_t r, std::int64_t s) HWY_ATTR {
    const std::int64_t index =
        (c.axis[1].first_index + r * c.axis[1].index_step) * 3 + c.axis[2].first_index + s * c.axis[2].index_step;
    return hn::LoadU(f, taps + index * kLanes<float>);
  };
  VF columns[6][3];
#pragma GCC unroll 3
  for (int s = 0; s < 3; ++s) {
    const VF g[3] = {tap(0, s), tap(1, s), tap(2, s)};
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
      float* const at = to + (i * 6 + j) * point_step;
      kStream ? hn::Stream(t[j], f, at) : hn::StoreU(t[j], f, at);
    }
  }
}

void TransformWeights(const Correlation& c, const float* weight, std::int64_t panel, TaskRange channels, bool stream,
                      float* to) {
  const std::int64_t lanes = kLanes<float>, vectors = vectors_of_panel(c, panel);
  const std::int64_t point_step = winograd_point_step(channels.end - channels.begin, vectors * lanes);
  HWY_ALIGN float taps[kGathered * kTaps * kLanes<float>];
  for (std::int64_t v = 0; v < vectors; ++v) {
    for (std::int64_t first = channels.begin; first < channels.end; first += kGathered) {
      const TaskRange block{first, std::min(first + kGathered, channels.end)};
      gather_taps(c, weight, (panel * kTileVectors + v) * lanes, block, taps);
      for (std::int64_t channel = block.begin; channel < block.end; ++channel) {
        const float* const from = taps + (channel - block.begin) * kTaps * lanes;
        float* const at = to + ((channel - channels.begin) * vectors + v) * lanes;
        stream ? transform_taps<true>(c, from, point_step, at) : transform_taps<false>(c, from, point_step, at);
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
      &HWY_NAMESPACE::TransformOutput,
      &HWY_NAMESPACE::TransformWeights,
      {HWY_NAMESPACE::kTilePixels, HWY_NAMESPACE::kTileVectors, HWY_NAMESPACE::kLanes<float>}};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

const WinogradFunctions& winograd_functions(CpuTarget target) { return dispatch<WinogradKernels>(target); }

}  // namespace lamella::kernels
#endif
