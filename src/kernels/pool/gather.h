// The adjoint of max pooling's backward: what a gradient of the input is at the places of the maxima.
#pragma once

#include "kernels/pool/pool.h"

namespace lamella::kernels {

/// y[n,c,o] = g[n,c,i] with i the place that index[n,c,o] names, as in max_pool_forward. A window of nothing reads
/// place 0.
template <typename T, typename Index>
void max_pool_gather(const PoolShape& shape, const T* g, const PoolStrides& g_strides, const Index* index,
                     const PoolStrides& index_strides, T* y, const PoolStrides& y_strides);

}  // namespace lamella::kernels
