// Elementwise operators of one input, with PyTorch's semantics for every dtype.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

enum class UnaryOp : std::uint8_t {
  // Every number; integers wrap.
  kNeg,
  kAbs,
  kSign,  ///< 0 for NaN
  kSquare,
  kRelu,  ///< NaN stays
  kRelu6,
  kClamp,  ///< to [p0, p1]; NaN stays, a NaN bound gives NaN; the upper bound wins
  kClampMin,
  kClampMax,
  kFloor,  ///< the four roundings leave integers alone
  kCeil,
  kRound,  ///< half to even
  kTrunc,
  kIsNan,       ///< bool
  kIsInf,       ///< bool
  kIsFinite,    ///< bool
  kLogicalNot,  ///< bool
  kBitwiseNot,  ///< integers and bool
  // Floating-point only.
  kExp,
  kExp2,
  kExpm1,
  kLog,
  kLog1p,
  kLog2,
  kLog10,
  kSqrt,
  kRsqrt,
  kReciprocal,
  kSin,
  kCos,
  kTan,
  kAsin,
  kAcos,
  kAtan,
  kSinh,
  kCosh,
  kTanh,
  kAsinh,
  kAcosh,
  kAtanh,
  kErf,
  kErfc,
  kSigmoid,
  kLogSigmoid,
  kGelu,      ///< x Phi(x), by erf
  kGeluTanh,  ///< its tanh approximation
  kSilu,
  kMish,
  kHardswish,
  kHardsigmoid,
  kSoftplus,   ///< log(1 + exp(p0 x)) / p0, x where p0 x > p1
  kElu,        ///< p0 = alpha
  kLeakyRelu,  ///< p0 = slope
  kCount,
};

/// out[i] = op(in[i]) over `shape`, computed in `compute` (16-bit floats: in float32, rounded once); operands of
/// another dtype are cast on the way in and out. For integers p0 and p1 are exact up to 2^53. `out` may be `in`
/// exactly. Raises NotImplementedError if the operator does not know the dtype. Errors of the float32 functions:
/// functions-inl.h.
void unary(UnaryOp op, DType compute, Shape shape, Operand out, ConstOperand in, double p0 = 0, double p1 = 0);

/// Whether `unary` knows `op` for `compute`, and the dtype that it produces (bool for kIs… and kLogicalNot).
bool supports(UnaryOp op, DType compute);
DType result_dtype(UnaryOp op, DType compute);

}  // namespace lamella::kernels
