// Tensors that are filled by a formula.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

/// out[i] = start + i step for i < n, one axis, any dtype but bool. float32 and float64 round as torch's vectors of 32
/// bytes do.
void arange(std::int64_t n, Operand out, double start, double step);
/// The same in integers, exact.
void arange(std::int64_t n, Operand out, std::int64_t start, std::int64_t step);

/// n points from start to end inclusive, the second half counted back from the end (torch's arithmetic; integers are
/// truncated). n = 1 gives start.
void linspace(std::int64_t n, Operand out, double start, double end);

/// out = in where column - row <= diagonal (lower) or >= diagonal (upper) in the last two axes, else 0. At least two
/// axes. dtypes agree. `out` may be `in` exactly.
enum class Triangle : std::uint8_t { kLower, kUpper };
void triangle(Triangle which, Shape shape, Operand out, ConstOperand in, std::int64_t diagonal);

/// out[i, j] = i == j over two axes.
void eye(Shape shape, Operand out);

}  // namespace lamella::kernels
