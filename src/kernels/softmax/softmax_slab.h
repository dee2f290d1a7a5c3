// A slab [axis, count] of a softmax, by instruction set: element (c, i) at c * stride + i. With count 1 and stride 1 it
// is one contiguous row and the vectors run along it; else they run over i. Private to this folder.
#pragma once

#include <cstdint>

namespace lamella::kernels {

template <typename T>
struct SoftmaxSlab {
  std::int64_t axis;
  std::int64_t stride;
  std::int64_t count;
  bool row() const { return stride == 1 && count == 1; }
};

template <typename T>
struct SoftmaxFunctions {
  void (*forward)(const SoftmaxSlab<T>&, const T* x, T* y, bool log);
  void (*backward)(const SoftmaxSlab<T>&, const T* y, const T* dy, T* dx, bool log);
  /// lse[i] = log sum_c exp x; if `sum` is not null, sum[i] = sum_c weight[c] x (weight null: ones).
  void (*log_sum_exp)(const SoftmaxSlab<T>&, const T* x, const T* weight, T* lse, T* sum);
  /// dx = exp(x - lse[i]) p[i] - q[i] weight[c]
  void (*gradient)(const SoftmaxSlab<T>&, const T* x, const T* weight, const T* lse, const T* p, const T* q, T* dx);
};

struct SoftmaxTable {
  SoftmaxFunctions<float> f32;
  SoftmaxFunctions<double> f64;
};

template <typename T>
const SoftmaxFunctions<T>& softmax_functions();

}  // namespace lamella::kernels
