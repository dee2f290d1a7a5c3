// Depthwise convolution (one input and one output channel a group): nothing to reduce over but taps, so vectors run
// over channels and no weight is broadcast.
#pragma once

#include "kernels/conv/conv.h"

namespace lamella::kernels {

template <typename T>
struct DepthwiseConv {
  static bool applies(const ConvPlan<T>& plan);
  static ConvTile tile(CpuTarget target);
  static std::int64_t packed_elements(const ConvPlan<T>& plan);
  static void pack(const ConvPlan<T>& plan, const T* weight, T* packed);
  static void run(const ConvPlan<T>& plan, const T* in, const T* packed, T* out, const ConvEpilogue<T>& epilogue);
};

template <typename T>
struct DepthwiseWeightGradient {
  static bool applies(const ConvPlan<T>& plan);
  static ConvTile tile(CpuTarget target);
  static void run(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate);
};

extern template struct DepthwiseConv<float>;
extern template struct DepthwiseConv<double>;
extern template struct DepthwiseWeightGradient<float>;
extern template struct DepthwiseWeightGradient<double>;

}  // namespace lamella::kernels
