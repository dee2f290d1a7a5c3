// Dropout from a mask of bytes: y[i] = mask[i] ? x[i] * scale : 0, forward (x) and backward (dy) alike.
#pragma once

#include <cstdint>

namespace lamella::kernels {

/// n contiguous elements; y may be x. The product x * mask is torch's, so a dropped NaN or infinity gives NaN there as
/// well as here. T: float, double, bfloat16, float16.
template <typename T>
void dropout_apply(std::int64_t n, const T* x, const std::uint8_t* mask, double scale, T* y);

}  // namespace lamella::kernels
