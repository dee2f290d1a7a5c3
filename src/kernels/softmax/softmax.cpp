// Cuts [outer, axis, inner] into slabs and slabs into tasks.
#include "kernels/softmax/softmax.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "kernels/softmax/softmax_slab.h"
#include "kernels/softmax/softmax_walk.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

template <typename T>
constexpr bool kSixteenBits = std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>;

int64_t size_of(const SoftmaxShape& shape) { return shape.outer * shape.axis * shape.inner; }

template <typename T>
std::vector<float> widened(int64_t n, const T* x) {
  std::vector<float> wide(static_cast<std::size_t>(n));
  for (int64_t i = 0; i < n; ++i) wide[static_cast<std::size_t>(i)] = static_cast<float>(x[i]);
  return wide;
}

template <typename T>
void narrow(const std::vector<float>& wide, T* y) {
  for (std::size_t i = 0; i < wide.size(); ++i) y[i] = T(wide[i]);
}

}  // namespace

template <typename T>
void softmax_forward(SoftmaxKind kind, const SoftmaxShape& shape, const T* x, T* y) {
  if constexpr (kSixteenBits<T>) {
    std::vector<float> wide = widened(size_of(shape), x);
    softmax_forward(kind, shape, wide.data(), wide.data());
    narrow(wide, y);
  } else {
    for_slabs<T>(shape, [&](const SoftmaxSlab<T>& slab, int64_t at, int64_t, int64_t) {
      softmax_functions<T>().forward(slab, x + at, y + at, kind == SoftmaxKind::kLogSoftmax);
    });
  }
}

template <typename T>
void softmax_backward(SoftmaxKind kind, const SoftmaxShape& shape, const T* y, const T* dy, T* dx) {
  if constexpr (kSixteenBits<T>) {
    const std::vector<float> wide_y = widened(size_of(shape), y);
    std::vector<float> wide = widened(size_of(shape), dy);
    softmax_backward(kind, shape, wide_y.data(), wide.data(), wide.data());
    narrow(wide, dx);
  } else {
    for_slabs<T>(shape, [&](const SoftmaxSlab<T>& slab, int64_t at, int64_t, int64_t) {
      softmax_functions<T>().backward(slab, y + at, dy + at, dx + at, kind == SoftmaxKind::kLogSoftmax);
    });
  }
}

#define LAMELLA_INSTANTIATE(T)                                                   \
  template void softmax_forward(SoftmaxKind, const SoftmaxShape&, const T*, T*); \
  template void softmax_backward(SoftmaxKind, const SoftmaxShape&, const T*, const T*, T*);
LAMELLA_INSTANTIATE(float)
LAMELLA_INSTANTIATE(double)
LAMELLA_INSTANTIATE(bfloat16)
LAMELLA_INSTANTIATE(float16)
#undef LAMELLA_INSTANTIATE

}  // namespace lamella::kernels
