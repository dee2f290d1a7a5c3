// Products of the element types without a tile of their own. Private to this folder.
#pragma once

#include "kernels/gemm/gemm.h"

namespace lamella::kernels {

/// Integers, by a plain loop over rows: sums wrap modulo 2^bits as torch's do.
template <typename T>
void gemm_integer(const Gemm<T>& problem);

/// bfloat16 and float16: operands widened to float32, the product made there, rounded once.
template <typename T>
void gemm_widened(const Gemm<T>& problem);

}  // namespace lamella::kernels
