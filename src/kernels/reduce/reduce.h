// Reductions over any set of axes.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

/// What is accumulated over the reduced elements x; n is their number. Accumulators are float64 for floats and int64
/// (wrapping) for integers and bool, so a float32 sum is as good as rounded once.
enum class ReduceOp : std::uint8_t {
  kSum,
  kNanSum,  ///< NaN counts as 0; floating-point only
  kMean,    ///< floating-point only; NaN for n = 0
  kProd,
  kMax,  ///< NaN spreads
  kMin,
  kAny,           ///< x != 0 for one; bool
  kAll,           ///< x != 0 for all; bool
  kCountNonzero,  ///< int64
  kNorm1,         ///< norms: floating-point only
  kNorm2,
  kNormInf,
  kNormNegInf,
  kNormP,      ///< (sum |x|^p0)^(1/p0)
  kLogSumExp,  ///< floating-point only
  kVar,        ///< sum (x - mean)^2 / max(0, n - p0), by Welford's recurrence; floating-point only
  kStd,        ///< its root
  kCount,
};

/// Reduces `in` over `shape` into `out`, whose strides are 0 along the reduced axes (the view of keepdim = true, with
/// stride 0 where the axis has shrunk) and say where the results are along the others. The result is cast to out.dtype
/// (torch's choice is result_dtype). For no elements: the neutral value (kMax and kMin: callers raise). Splits depend
/// on the shape alone: the same bits for any number of threads. Raises TypeError if the operator does not know the
/// dtype.
void reduce(ReduceOp op, Shape shape, Operand out, ConstOperand in, double p0 = 1);

/// torch's dtype of the result: int64 for sums and products of integers, bool for any and all, else the input's.
DType result_dtype(ReduceOp op, DType in);
bool supports(ReduceOp op, DType in);

}  // namespace lamella::kernels
