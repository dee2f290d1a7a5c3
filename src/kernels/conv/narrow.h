// Direct convolution to few output channels (a mask, a gray or colour picture, the gradient of a network's input):
// vectors run over the input channels, since vectors of output channels would be nearly empty.
#pragma once

#include "kernels/conv/conv.h"

namespace lamella::kernels {

template <typename T>
struct NarrowConv {
  static bool applies(const ConvPlan<T>& plan);
  static ConvTile tile(CpuTarget target);
  static std::int64_t packed_elements(const ConvPlan<T>& plan);
  static void pack(const ConvPlan<T>& plan, const T* weight, T* packed);
  static void run(const ConvPlan<T>& plan, const T* in, const T* packed, T* out, const ConvEpilogue<T>& epilogue);
};

extern template struct NarrowConv<float>;
extern template struct NarrowConv<double>;

}  // namespace lamella::kernels
