// Runs of elements of one dtype brought to another: the tile loads and stores of every strided kernel.
#pragma once

#include <cstdint>

#include <lamella/dtype.h>

namespace lamella::kernels {

/// dst[i] = cast(src[i * stride]) for i < n. Casts are torch's on x86-64: a float becomes an integer by truncation, out
/// of range or NaN the smallest int64 (for uint8 and int64) or int32 (for narrower ones), cut to the target's bits;
/// integers wrap; bool is "not zero"; 16-bit floats go through float32, rounding to nearest even. dst may be src if
/// stride is 1 and no element grows.
void load_strided(void* dst, DType dst_dtype, const void* src, DType src_dtype, std::int64_t stride, std::int64_t n);

/// dst[i * stride] = cast(src[i]) for i < n.
void store_strided(void* dst, DType dst_dtype, std::int64_t stride, const void* src, DType src_dtype, std::int64_t n);

}  // namespace lamella::kernels
