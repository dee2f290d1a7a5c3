// Where the largest or smallest element of each line is.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

enum class ArgOp : std::uint8_t { kMax, kMin };

/// For each line of `in` along `axis` (not empty; 0 for a shape without axes): the best element's value into `values`
/// and its index, the first of equals, into `indices` (int64). NaN beats everything. Strides of the outputs along
/// `axis` do not matter; `values.data` may be null.
void arg_reduce(ArgOp op, Shape shape, int axis, Operand values, Operand indices, ConstOperand in);

}  // namespace lamella::kernels
