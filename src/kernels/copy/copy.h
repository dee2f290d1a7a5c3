// Copies with casts between any strided layouts, and fills.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

/// out[i] = cast(in[i]) over `shape`; casts as load_strided in copy/cast.h. Dense operands are one memcpy, a
/// transposing copy (NCHW <-> NHWC, a matrix's transpose) goes through cache blocks. `out` may be `in` exactly (same
/// pointer, dtype and strides) but must not overlap it otherwise.
void copy(Shape shape, Operand out, ConstOperand in);

/// out[i] = value, which points to one element of out.dtype.
void fill(Shape shape, Operand out, const void* value);

}  // namespace lamella::kernels
