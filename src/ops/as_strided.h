// as_strided and its two adjoints, the common form of every view's history.
#pragma once

#include <lamella/tensor.h>

#include "core/tensor_impl.h"

namespace lamella {

/// Elements of a buffer: shape, strides, and the first element's position.
struct StridedGeometry {
  Dims shape;
  Dims strides;
  std::int64_t offset = 0;
};

/// A tensor of `like`'s shape and strides (at offset 0) with `gradient` summed into the elements that `geometry` names.
Tensor as_strided_backward(const Tensor& gradient, const TensorMeta& like, const StridedGeometry& geometry);
/// A copy of `self` (strides kept) with the elements that `geometry` names replaced by `source` (undefined: zeros).
Tensor as_strided_scatter(const Tensor& self, const Tensor& source, const StridedGeometry& geometry);
/// `tensor` itself or a copy of it with exactly `like`'s strides, at offset 0.
Tensor with_strides(const Tensor& tensor, const TensorMeta& like);

}  // namespace lamella
