// One output row of a resizing: what the driver calls. Private to this folder.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/interpolate/interpolate_taps.h"

namespace lamella::kernels {

/// out[w, c] = sum over `outer` and axis->of(w) of weights times in[offset + position * in_step + c].
template <typename T>
struct InterpolateRow {
  std::span<const InterpolateTap> outer;  // positions: offsets in elements of `in`
  const InterpolateAxis* axis;
  std::int64_t width;
  std::int64_t channels;  // contiguous if more than one
  const T* in;
  std::int64_t in_step;
  T* out;
  std::int64_t out_step;
};

template <typename T>
using InterpolateRowFunction = void (*)(const InterpolateRow<T>&);

struct InterpolateTable {
  InterpolateRowFunction<float> f32;
  InterpolateRowFunction<double> f64;
};

/// For float and double the function of the target in use, plain loops for bfloat16 and float16.
template <typename T>
InterpolateRowFunction<T> interpolate_row_function();

}  // namespace lamella::kernels
