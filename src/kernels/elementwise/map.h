// The loop around every elementwise kernel: strides, casts, tiles and tasks. Kernels themselves see contiguous runs of
// their own dtype only.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/strided.h"

namespace lamella::kernels {

/// Two numbers that an operator may take (alpha, slope, bounds, …).
struct MapParams {
  double p0 = 0;
  double p1 = 0;
};

/// out[i] = f(in[0][i], …) for i < n; returns whether all of it is defined (false: an integer division by zero).
/// `out` may be any of the inputs.
using MapKernel = bool (*)(void* out, const void* const* in, std::int64_t n, const MapParams& params);

/// A kernel with what it reads and writes.
struct MapFunction {
  MapKernel kernel = nullptr;
  DType in[kMaxOperands - 1] = {};
  DType out = DType::kBool;
  std::int32_t cost = 1;  ///< time an element, in units of an addition
};

/// Applies `function` over `shape`; one to three inputs. Returns false if any run did.
bool map(Shape shape, const MapFunction& function, const Operand& out, std::span<const ConstOperand> in,
         const MapParams& params);

}  // namespace lamella::kernels
