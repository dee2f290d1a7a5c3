// The two-dimensional transposing block behind copy().
#pragma once

#include <cstdint>

namespace lamella::kernels {

/// out[r * out_stride + c] = in[c * in_stride + r] for r < rows, c < columns: elements of `size` (1, 2, 4, 8) bytes,
/// strides in elements. Both sides should fit the first-level cache (kTransposeBlock by kTransposeBlock).
void transpose_block(std::int64_t size, void* out, std::int64_t out_stride, const void* in, std::int64_t in_stride,
                     std::int64_t rows, std::int64_t columns);

/// 64 x 64 elements of 4 bytes are 16 KB: input and output lines of a block stay in a 32 KB cache until they are whole.
inline constexpr std::int64_t kTransposeBlock = 64;

}  // namespace lamella::kernels
