// What changes only how memory is read: views that replace the tensor itself, another dtype, another size.
#pragma once

#include <lamella/tensor.h>

namespace lamella {

// The tensor becomes that view of what it was; its history goes on. Raises Error for a leaf that requires grad where
// recording is on. The version counter goes up, so a backward that needs the old form raises.
const Tensor& squeeze_(const Tensor& self);
const Tensor& squeeze_(const Tensor& self, Dims axes);
const Tensor& unsqueeze_(const Tensor& self, std::int64_t axis);
const Tensor& transpose_(const Tensor& self, std::int64_t a, std::int64_t b);
const Tensor& t_(const Tensor& self);

/// The same bytes as another dtype, as a view. To a smaller one the last extent grows; to a larger one it must be
/// divisible, and so must the other strides and the offset (Error otherwise). No gradient.
Tensor view_dtype(const Tensor& input, DType dtype);

/// Another shape, contiguous, over the same memory; new elements are undefined. Where the memory is too small the
/// tensor moves to a larger one, and views of it stay behind. Raises Error for a tensor that requires grad.
const Tensor& resize_(const Tensor& self, Dims shape);

}  // namespace lamella
