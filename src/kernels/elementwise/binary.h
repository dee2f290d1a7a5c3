// Elementwise operators of two inputs, with PyTorch's semantics for every dtype.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/strided.h"

namespace lamella::kernels {

enum class BinaryOp : std::uint8_t {
  // Arithmetic. Integers wrap.
  kAdd,          ///< a + alpha b (bool: or)
  kSub,          ///< a - alpha b (not for bool)
  kMul,          ///< a b (bool: and)
  kDiv,          ///< a / b, floating-point only
  kFloorDivide,  ///< floor(a / b), by Python's rules for floats
  kTruncDivide,  ///< trunc(a / b)
  kRemainder,    ///< with the sign of b (Python's %)
  kFmod,         ///< with the sign of a (C's)
  kPow,          ///< an integer's negative power is 0 unless a is 1 or -1
  kMaximum,      ///< NaN spreads
  kMinimum,
  kAtan2,     ///< floating-point only
  kHypot,     ///< floating-point only
  kCopysign,  ///< floating-point only
  // Comparisons and logic: the result is bool.
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kLogicalAnd,
  kLogicalOr,
  kLogicalXor,
  // Bits: integers and bool, shifts for integers only. A shift out of range gives 0, or the sign for a right shift.
  kBitwiseAnd,
  kBitwiseOr,
  kBitwiseXor,
  kLeftShift,
  kRightShift,
  // Gradients in one pass: a is dy, b what the comment names (x the input, y the output). Floating-point only.
  kReluBackward,         ///< y (or x): dy where not y <= 0
  kRelu6Backward,        ///< x: dy for 0 < x < 6
  kHardtanhBackward,     ///< x: dy for p0 < x < p1
  kHardsigmoidBackward,  ///< x: dy / 6 for -3 < x < 3
  kHardswishBackward,    ///< x
  kSigmoidBackward,      ///< y: dy (1 - y) y
  kTanhBackward,         ///< y: dy (1 - y y)
  kGeluBackward,         ///< x, by erf
  kGeluTanhBackward,     ///< x, by the tanh approximation
  kSiluBackward,         ///< x
  kSoftplusBackward,     ///< x, p0 = beta, p1 = threshold
  kEluBackward,          ///< x, p0 = alpha
  kEluBackwardOfOutput,  ///< y, p0 = alpha
  kLeakyReluBackward,    ///< x, p0 = slope
  kCount,
};

/// kDivisionByZero: an integer divisor was 0; the output is then not meaningful. Callers raise.
enum class [[nodiscard]] MapStatus : std::uint8_t { kOk, kDivisionByZero };

/// out[i] = op(a[i], b[i]) over `shape`, computed in `compute` (16-bit floats: in float32, rounded once); operands of
/// another dtype are cast on the way in and out. `alpha` is p0 for add and sub. For integers p0 is exact up to 2^53.
/// `out` may be `a` or `b` exactly. Raises NotImplementedError if the operator does not know the dtype.
MapStatus binary(BinaryOp op, DType compute, Shape shape, Operand out, ConstOperand a, ConstOperand b, double p0 = 1,
                 double p1 = 0);

/// Whether `binary` knows `op` for `compute`, and the dtype that it produces (bool for comparisons, else `compute`).
bool supports(BinaryOp op, DType compute);
DType result_dtype(BinaryOp op, DType compute);

}  // namespace lamella::kernels
