// The steps of a Winograd convolution (winograd.cpp), as they are compiled for every instruction set.
#pragma once

#include <cstdint>

#include "core/cpu_target.h"
#include "core/parallel.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/correlation.h"
#include "kernels/conv/winograd_blocks.h"

namespace lamella::kernels {

struct WinogradCall {
  const Correlation& correlation;
  const WinogradTiles& tiles;
  const float* in;
  float* out;
  ConvEpilogue<float> epilogue;
};

/// V[36][tile][in_pitch] are transformed inputs, U[36][channel][vectors][lanes] the transformed weights of a panel (or
/// of a range of its channels), M[36][tile][vectors][lanes] their products for a block of tiles. From a point of U or M
/// to the next it is winograd_point_step elements.
struct WinogradFunctions {
  /// V of tiles [begin, end); a point is point_step elements on.
  void (*transform_input)(const WinogradCall& call, TaskRange tiles, std::int64_t point_step, float* v);
  /// M of `tiles` tiles from V and the U of `channels`; added to M unless these begin with the first.
  void (*multiply)(const WinogradCall& call, std::int64_t panel, TaskRange channels, std::int64_t tiles,
                   std::int64_t point_step, const float* v, const float* u, float* m);
  /// The outputs of tiles [begin, end) from M, with the epilogue.
  void (*transform_output)(const WinogradCall& call, std::int64_t panel, TaskRange tiles, const float* m);
  /// U of a panel's `channels` from PyTorch's weights. With `stream`, U is aligned and written past the caches.
  void (*transform_weights)(const Correlation& correlation, const float* weight, std::int64_t panel, TaskRange channels,
                            bool stream, float* u);
  ConvTile tile;
};

const WinogradFunctions& winograd_functions(CpuTarget target);

}  // namespace lamella::kernels
