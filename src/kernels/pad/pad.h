// Padding (and cropping, where `before` or what follows is negative) of any axes.
//
//   y[o] = x[source(o)], axis by axis with i = o - before and n the input's extent:
//   constant   i inside of [0, n), else the constant         replicate   min(max(i, 0), n - 1)
//   reflect    -i below 0, 2 (n - 1) - i from n on           circular    i mod n
//
// Reflection reaches at most n - 1 elements out, circular padding n; the caller checks. Strides are in elements and may
// be anything for x; those of y must not make two elements coincide. The innermost loop runs along the axis on which
// y's elements lie closest, so channels-last memory is as good as plain.
#pragma once

#include <array>
#include <cstdint>

namespace lamella::kernels {

enum class PadMode { kConstant, kReflect, kReplicate, kCircular };

inline constexpr int kMaxPadRank = 8;

struct PadShape {
  int rank = 1;                                    // 1 … kMaxPadRank
  std::array<std::int64_t, kMaxPadRank> input{};   // at least 1, but for constant padding 0 too
  std::array<std::int64_t, kMaxPadRank> output{};  // before + input + after
  std::array<std::int64_t, kMaxPadRank> before{};
  PadMode mode = PadMode::kConstant;
};

using PadStrides = std::array<std::int64_t, kMaxPadRank>;

/// T: every element type of <lamella/dtype.h>.
template <typename T>
void pad_forward(const PadShape& shape, T constant, const T* x, const PadStrides& x_strides, T* y,
                 const PadStrides& y_strides);

/// dx[i] = sum of dy over the outputs that read i; writes all of dx. T: float, double, bfloat16, float16 (summed in
/// float32). Every row of dx is one task's: equal bits for any number of threads.
template <typename T>
void pad_backward(const PadShape& shape, const T* dy, const PadStrides& dy_strides, T* dx,
                  const PadStrides& dx_strides);

}  // namespace lamella::kernels
