// Elementwise operators of three inputs, with PyTorch's semantics.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

enum class TernaryOp : std::uint8_t {
  kWhere,    ///< a ? b : c; a is read as bool. masked_fill(x, mask, v) is where(mask, v, x)
  kAddcmul,  ///< a + p0 b c; not for bool
  kAddcdiv,  ///< a + p0 b / c; floating-point only
  kLerp,     ///< a + c (b - a), exact at c = 0 and c = 1; floating-point only
  kClamp,    ///< min(max(a, b), c); NaN spreads; not for bool
  kCount,
};

/// out[i] = op(a[i], b[i], c[i]) over `shape`, computed in `compute` (16-bit floats: in float32, rounded once);
/// operands of another dtype are cast on the way in and out. `out` may be any input exactly. Raises NotImplementedError
/// if the operator does not know the dtype.
void ternary(TernaryOp op, DType compute, Shape shape, Operand out, ConstOperand a, ConstOperand b, ConstOperand c,
             double p0 = 1);

/// Whether `ternary` knows `op` for `compute`.
bool supports(TernaryOp op, DType compute);

}  // namespace lamella::kernels
