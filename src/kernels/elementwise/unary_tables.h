// The tables of unary kernels, one a source file.
#pragma once

#include "kernels/elementwise/map_table.h"
#include "kernels/elementwise/unary.h"

namespace lamella::kernels {

/// The kernel for `op`, null if the family does not have it for that dtype.
const MapFunction& simple_function(UnaryOp op, DType compute);
const MapFunction& elementary_function(UnaryOp op, DType compute);

}  // namespace lamella::kernels
