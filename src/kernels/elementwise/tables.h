// The tables of binary kernels, one a source file, so that each file stays a readable family.
#pragma once

#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/map_table.h"

namespace lamella::kernels {

/// The kernel for `op`, null if the family does not have it for that dtype.
const MapFunction& arithmetic_function(BinaryOp op, DType compute);
const MapFunction& logic_function(BinaryOp op, DType compute);
const MapFunction& gradient_function(BinaryOp op, DType compute);

}  // namespace lamella::kernels
