// Pooling over one to three spatial axes.
//
//   max:  y[n,c,o] = max over taps t of x[n,c,i(o,t)]          average:  y[n,c,o] = sum over taps of x[n,c,i(o,t)] /
//   divisor i(o,t) = o * stride - padding + t * dilation on each axis; taps outside of the input do not count.
//   adaptive: the window of o is [floor(o * input / output), ceil((o + 1) * input / output)).
//
// There are always three spatial axes; the leading ones of a 1-D or 2-D pooling have extents, kernel, stride and
// dilation 1 and padding 0. Tensors are given by pointer and strides in elements; with a channel stride of 1 in every
// tensor (channels-last) and enough channels the inner loop is a vector over channels. Outputs must not overlap inputs.
// Equal bits for any number of threads: every output element is one sum or one search, in the order of the taps.
//
// As in torch: NaN wins (the last one's index is kept), the first of equal maxima wins, a window of nothing gives
// -infinity (the least integer) with index 0, or an average of 0.
#pragma once

#include <array>
#include <cstdint>

namespace lamella::kernels {

struct PoolShape {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  std::array<std::int64_t, 3> input{1, 1, 1};
  std::array<std::int64_t, 3> output{1, 1, 1};
  std::array<std::int64_t, 3> kernel{1, 1, 1};  // ignored, as is the rest, by the adaptive kinds
  std::array<std::int64_t, 3> stride{1, 1, 1};  // at least 1
  std::array<std::int64_t, 3> padding{0, 0, 0};
  std::array<std::int64_t, 3> dilation{1, 1, 1};  // at least 1

  /// Taps a window; up to 256 of them fit one-byte indices.
  std::int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
};

struct PoolStrides {
  std::int64_t batch;
  std::int64_t channel;
  std::array<std::int64_t, 3> axis;
};

/// torch's rule for an output extent; with ceil_mode the last window must start inside of the input or its left
/// padding. May be 0 or less when the kernel does not fit: the caller reports it.
std::int64_t pool_output_size(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                              std::int64_t dilation, bool ceil_mode);

/// Where the maximum stood, for Index
///   std::uint8_t: the tap's number in the window, (r * kernel[1] + s) * kernel[2] + t; needs shape.taps() <= 256;
///   std::int64_t: torch's index, the place (d * input[1] + h) * input[2] + w in the channel's plane.
/// `index` may be null. T: float, double, bfloat16, float16, uint8, int8, int16, int32, int64.
template <typename T, typename Index>
void max_pool_forward(const PoolShape& shape, const T* x, const PoolStrides& x_strides, T* y,
                      const PoolStrides& y_strides, Index* index, const PoolStrides& index_strides);

/// dx = the sum of dy over the windows whose maximum stood there; writes all of dx. Floating-point T.
template <typename T, typename Index>
void max_pool_backward(const PoolShape& shape, const T* dy, const PoolStrides& dy_strides, const Index* index,
                       const PoolStrides& index_strides, T* dx, const PoolStrides& dx_strides);

struct AveragePool {
  bool count_include_pad = true;      // the divisor counts taps in the padding (though not beyond it)
  std::int64_t divisor_override = 0;  // 0: none
};

/// T: float, double, bfloat16, float16, int64. Dilation must be 1.
template <typename T>
void average_pool_forward(const PoolShape& shape, const AveragePool& options, const T* x, const PoolStrides& x_strides,
                          T* y, const PoolStrides& y_strides);

template <typename T>
void average_pool_backward(const PoolShape& shape, const AveragePool& options, const T* dy,
                           const PoolStrides& dy_strides, T* dx, const PoolStrides& dx_strides);

/// Adaptive pooling: shape.input and shape.output alone count. The maximum's index is torch's.
template <typename T>
void adaptive_average_pool_forward(const PoolShape& shape, const T* x, const PoolStrides& x_strides, T* y,
                                   const PoolStrides& y_strides);
template <typename T>
void adaptive_average_pool_backward(const PoolShape& shape, const T* dy, const PoolStrides& dy_strides, T* dx,
                                    const PoolStrides& dx_strides);
template <typename T>
void adaptive_max_pool_forward(const PoolShape& shape, const T* x, const PoolStrides& x_strides, T* y,
                               const PoolStrides& y_strides, std::int64_t* index, const PoolStrides& index_strides);
template <typename T>
void adaptive_max_pool_backward(const PoolShape& shape, const T* dy, const PoolStrides& dy_strides,
                                const std::int64_t* index, const PoolStrides& index_strides, T* dx,
                                const PoolStrides& dx_strides);

}  // namespace lamella::kernels
