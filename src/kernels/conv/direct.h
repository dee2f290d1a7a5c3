// Direct convolution: a register-tiled implicit GEMM over channels-last rows. The row that applies to everything.
#pragma once

#include "kernels/conv/conv.h"

namespace lamella::kernels {

template <typename T>
struct DirectConv {
  static bool applies(const ConvPlan<T>& plan);
  static ConvTile tile(CpuTarget target);
  static std::int64_t packed_elements(const ConvPlan<T>& plan);
  static void pack(const ConvPlan<T>& plan, const T* weight, T* packed);
  static void run(const ConvPlan<T>& plan, const T* in, const T* packed, T* out, const ConvEpilogue<T>& epilogue);
};

extern template struct DirectConv<float>;
extern template struct DirectConv<double>;

}  // namespace lamella::kernels
