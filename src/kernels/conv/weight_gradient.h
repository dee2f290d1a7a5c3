// The weight gradient: a GEMM whose reduction runs over pixels.
#pragma once

#include "kernels/conv/conv.h"

namespace lamella::kernels {

/// Tap by tap, over the pixels that the tap reaches; for everything.
template <typename T>
struct PixelsWeightGradient {
  static bool applies(const ConvPlan<T>& plan);
  static ConvTile tile(CpuTarget target);
  static void run(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate);
};

/// Kernel row by kernel row, the taps and channels of a row together, over rows copied with zeros beside them; for few
/// channels in one group.
template <typename T>
struct WindowWeightGradient {
  static bool applies(const ConvPlan<T>& plan);
  static ConvTile tile(CpuTarget target);
  static void run(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate);
};

extern template struct PixelsWeightGradient<float>;
extern template struct PixelsWeightGradient<double>;
extern template struct WindowWeightGradient<float>;
extern template struct WindowWeightGradient<double>;

}  // namespace lamella::kernels
