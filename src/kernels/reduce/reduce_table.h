// The kernels behind reduce(): one accumulator type an operator and element type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/reduce/reduce.h"

namespace lamella::kernels {

inline constexpr std::size_t kReduceOps = static_cast<std::size_t>(ReduceOp::kCount);

/// Functions on arrays of accumulators of `size` bytes each.
struct ReduceFunction {
  void (*init)(void* acc, std::int64_t n) = nullptr;
  /// One accumulator takes all of x[0, n).
  void (*run)(void* acc, const void* x, std::int64_t n, double p0) = nullptr;
  /// Accumulator j takes x[j], for j < n.
  void (*across)(void* acc, const void* x, std::int64_t n, double p0) = nullptr;
  /// into[j] takes from[j], which accumulated later elements.
  void (*merge)(void* into, const void* from, std::int64_t n) = nullptr;
  /// out[j] = result of acc[j] after `count` elements each.
  void (*finish)(void* out, const void* acc, std::int64_t n, std::int64_t count, double p0) = nullptr;
  std::int64_t size = 0;
  DType in = DType::kBool;   ///< what x is
  DType out = DType::kBool;  ///< what finish writes
  std::int64_t cost = 1;
};
inline constexpr std::int64_t kMaxAccumulator = 32;

/// The element type in which `op` takes a dtype: bool, int64, float32 or float64.
DType reduce_compute_dtype(ReduceOp op, DType in);
const ReduceFunction& reduce_function(ReduceOp op, DType compute);

}  // namespace lamella::kernels
