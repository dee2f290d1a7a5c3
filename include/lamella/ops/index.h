// Joining tensors, and reading and writing by indices. Index tensors are int64 or int32.
#pragma once

#include <optional>

#include <lamella/tensor.h>

namespace lamella {

/// Joins tensors along an axis; the other extents must agree. dtypes are promoted. A legacy 1-D empty tensor is
/// skipped, as in torch.
Tensor cat(const TensorList& tensors, std::int64_t axis = 0);
/// Joins tensors of one shape along a new axis.
Tensor stack(const TensorList& tensors, std::int64_t axis = 0);

/// out[…, i, …] = input[…, index[i], …] for a 1-D index.
Tensor index_select(const Tensor& input, std::int64_t axis, const Tensor& index);
/// out[i, …] = input[i, …, index[i, …] at the axis, …]
Tensor gather(const Tensor& input, std::int64_t axis, const Tensor& index);
/// A copy of input with src added at the indices.
Tensor scatter_add(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src);
/// A copy of input with slices of src added at a 1-D index.
Tensor index_add(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src);
/// The elements where mask is true, 1-D.
Tensor masked_select(const Tensor& input, const Tensor& mask);
/// Indices of the elements that are not zero: [count, axes], int64.
Tensor nonzero(const Tensor& input);
/// int64 [*, classes] with a 1 at each class. classes = -1: the largest class + 1.
Tensor one_hot(const Tensor& classes, std::int64_t num_classes = -1);
/// Rows of weight [V, D] by index [*]: [*, D].
Tensor embedding(const Tensor& index, const Tensor& weight);
Tensor flip(const Tensor& input, Dims axes);
Tensor roll(const Tensor& input, std::int64_t shift, std::int64_t axis);

struct SortedIndices {
  Tensor values;
  Tensor indices;
};
/// Stable; NaN counts as the largest.
SortedIndices sort(const Tensor& input, std::int64_t axis = -1, bool descending = false);
SortedIndices topk(const Tensor& input, std::int64_t k, std::int64_t axis = -1, bool largest = true);

}  // namespace lamella
