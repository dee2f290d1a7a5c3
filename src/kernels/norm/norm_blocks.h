// The SIMD passes over one block of a normalised tensor: what the drivers call. Private to this folder.
#pragma once

#include <cstdint>

namespace lamella::kernels {

/// Columns: x[rows, channels], rows a stride of elements apart, channels contiguous; parameters and results are
/// [channels]. Runs: n contiguous elements that share one set of parameters. A block is at most a few hundred rows or a
/// few thousand elements, so that sums in T lose nothing.
template <typename T>
struct NormFunctions {
  /// mean and squares (the sum of squares about the block's own mean) of every column.
  void (*column_moments)(std::int64_t rows, std::int64_t channels, const T* x, std::int64_t stride, T* mean,
                         T* squares);
  /// y = act(x scale + shift)
  void (*column_affine)(std::int64_t rows, std::int64_t channels, const T* x, std::int64_t x_stride, const T* scale,
                        const T* shift, bool relu, T* y, std::int64_t y_stride);
  /// sum = sum dy, product = sum dy (x - mean), where x scale + shift > 0 if scale is given
  void (*column_products)(std::int64_t rows, std::int64_t channels, const T* dy, std::int64_t dy_stride, const T* x,
                          std::int64_t x_stride, const T* mean, const T* scale, const T* shift, T* sum, T* product);
  /// dx = dy factor - offset - (x - mean) slope, dy masked as above
  void (*column_gradient)(std::int64_t rows, std::int64_t channels, const T* dy, std::int64_t dy_stride, const T* x,
                          std::int64_t x_stride, const T* mean, const T* scale, const T* shift, const T* offset,
                          const T* slope, const T* factor, T* dx, std::int64_t dx_stride);

  void (*run_moments)(std::int64_t n, const T* x, T* mean, T* squares);
  void (*run_affine)(std::int64_t n, const T* x, T scale, T shift, bool relu, T* y);
  void (*run_products)(std::int64_t n, const T* dy, const T* x, T mean, const T* scale, const T* shift, T* sum,
                       T* product);
  void (*run_gradient)(std::int64_t n, const T* dy, const T* x, T mean, const T* scale, const T* shift, T offset,
                       T slope, T factor, T* dx);
};

struct NormTable {
  NormFunctions<float> f32;
  NormFunctions<double> f64;
};

template <typename T>
const NormFunctions<T>& norm_functions();

}  // namespace lamella::kernels
