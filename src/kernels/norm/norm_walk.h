// How a normalised tensor is walked: as columns of rows, or as runs. Private to this folder.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/norm/norm.h"

namespace lamella::kernels {

inline constexpr std::int64_t kNormRun = 2048;            // elements of a run that are summed in T
inline constexpr std::int64_t kNormBlockElements = 4096;  // a block of rows in half of L1

/// Rows a block of [rows, channels].
constexpr std::int64_t norm_block_rows(std::int64_t channels) {
  return std::clamp<std::int64_t>(kNormBlockElements / std::max<std::int64_t>(1, channels), 16, 512);
}

/// n contiguous elements at x, gathered into `buffer` if they are apart. (Inlined, it would make g++ suspect that the
/// buffer is read before it is written.)
template <typename T>
[[gnu::noinline]] const T* gathered(const T* x, std::int64_t stride, std::int64_t n, T* buffer) {
  if (stride == 1) return x;
  for (std::int64_t i = 0; i < n; ++i) buffer[i] = x[i * stride];
  return buffer;
}

/// Where to write a run that stands `stride` apart, and its way there.
template <typename T>
T* staged(T* y, std::int64_t stride, T* buffer) {
  return stride == 1 ? y : buffer;
}
template <typename T>
void scattered(T* y, std::int64_t stride, std::int64_t n, const T* buffer) {
  if (stride == 1) return;
  for (std::int64_t i = 0; i < n; ++i) y[i * stride] = buffer[i];
}

/// Mean and squares of a growing set, in float64 (Chan, Golub and LeVeque 1979, eq. 2.1).
struct Moments {
  double count = 0;
  double mean = 0;
  double squares = 0;

  void merge(double more, double its_mean, double its_squares) {
    if (more == 0) return;
    const double all = count + more, apart = its_mean - mean;
    mean += apart * (more / all);
    squares += its_squares + apart * apart * (count * more / all);
    count = all;
  }
};

}  // namespace lamella::kernels
