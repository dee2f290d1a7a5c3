// Sorting along one axis.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

/// The first `count` (0 to the line's length) elements of each sorted line of `in` along `axis`, with their indices
/// (int64). Equal elements keep their order; NaN counts as the largest. sort and argsort have count = the length, topk
/// less. `shape` is the input's; the outputs have extent `count` along `axis`. `values.data` may be null.
void sort(Shape shape, int axis, bool descending, std::int64_t count, Operand values, Operand indices, ConstOperand in);

}  // namespace lamella::kernels
