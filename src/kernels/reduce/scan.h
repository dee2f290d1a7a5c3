// Running sums and products.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

enum class ScanOp : std::uint8_t { kSum, kProd };

/// out[i] along `axis` = sum or product of in[0 .. i]; floats accumulate in float64, integers in int64 (wrapping), and
/// each result is cast to out.dtype. `out` may be `in` exactly.
void scan(ScanOp op, Shape shape, int axis, Operand out, ConstOperand in);

}  // namespace lamella::kernels
