// Views: other looks at the same memory. Shapes, strides and errors are PyTorch's. All are methods of Tensor as well
// where PyTorch has them; this header adds the free functions.
#pragma once

#include <lamella/tensor.h>

namespace lamella {

/// The same elements in another shape; one extent may be -1. A view where the strides allow it, a copy otherwise.
Tensor reshape(const Tensor& input, Dims shape);
/// Joins the axes start..end into one. A 0-d tensor becomes [1].
Tensor flatten(const Tensor& input, std::int64_t start = 0, std::int64_t end = -1);
/// Splits one axis into several, one of which may be -1.
Tensor unflatten(const Tensor& input, std::int64_t axis, Dims shape);
Tensor permute(const Tensor& input, Dims axes);
Tensor transpose(const Tensor& input, std::int64_t a, std::int64_t b);
Tensor movedim(const Tensor& input, std::int64_t source, std::int64_t destination);
Tensor squeeze(const Tensor& input);
Tensor squeeze(const Tensor& input, std::int64_t axis);
Tensor unsqueeze(const Tensor& input, std::int64_t axis);
Tensor select(const Tensor& input, std::int64_t axis, std::int64_t index);
Tensor narrow(const Tensor& input, std::int64_t axis, std::int64_t start, std::int64_t length);
/// Broadcasts without a copy: -1 keeps an extent, new axes stand in front, stretched axes get stride 0.
Tensor expand(const Tensor& input, Dims shape);
Tensor expand_as(const Tensor& input, const Tensor& other);
/// Pieces of `size` (the last may be smaller) along an axis; views.
TensorList split(const Tensor& input, std::int64_t size, std::int64_t axis = 0);
TensorList split(const Tensor& input, Dims sizes, std::int64_t axis = 0);
/// At most `chunks` equal pieces.
TensorList chunk(const Tensor& input, std::int64_t chunks, std::int64_t axis = 0);
/// All slices along an axis.
TensorList unbind(const Tensor& input, std::int64_t axis = 0);

/// The shape that `a` and `b` broadcast to. Raises PyTorch's error where they do not.
Dims broadcast_shapes(const Dims& a, const Dims& b);
/// Sums the broadcast axes away: the adjoint of expand.
Tensor sum_to_size(const Tensor& input, Dims shape);

}  // namespace lamella
