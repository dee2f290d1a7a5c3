// Winograd's F(4x4, 3x3): 3x3 convolutions of stride 1 with a quarter of the multiplications, in fast precision only.
#pragma once

#include "kernels/conv/conv.h"

namespace lamella::kernels {

/// float only: the row is in no table of double.
struct WinogradConv {
  static bool applies(const ConvPlan<float>& plan);
  static ConvTile tile(CpuTarget target);
  static std::int64_t packed_elements(const ConvPlan<float>& plan);
  static void pack(const ConvPlan<float>& plan, const float* weight, float* packed);
  static void run(const ConvPlan<float>& plan, const float* in, const float* packed, float* out,
                  const ConvEpilogue<float>& epilogue);
};

/// The same, for few tiles of many channels: transforms the weights on the way instead of packing them.
struct FusedWinogradConv {
  static bool applies(const ConvPlan<float>& plan);
  static ConvTile tile(CpuTarget target);
  static std::int64_t packed_elements(const ConvPlan<float>& plan);
  static void pack(const ConvPlan<float>& plan, const float* weight, float* packed);
  static void run(const ConvPlan<float>& plan, const float* in, const float* weight, float* out,
                  const ConvEpilogue<float>& epilogue);
};

struct WinogradWeightGradient {
  static bool applies(const ConvPlan<float>& plan);
  static ConvTile tile(CpuTarget target);
  static void run(const ConvPlan<float>& plan, const float* x, const float* dy, float* dw, bool accumulate);
};

}  // namespace lamella::kernels
