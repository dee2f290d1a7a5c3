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
/// gather with an index that is broadcast against the input; without an axis, of the flattened input.
Tensor take_along_dim(const Tensor& input, const Tensor& index, std::optional<std::int64_t> axis = {});
/// The elements of the flattened input at the indices, negative ones counted from the end; the index's shape.
Tensor take(const Tensor& input, const Tensor& index);

// The names with an underscore write into their first argument.

/// A copy of input with src added at the indices.
Tensor scatter_add(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src);
const Tensor& scatter_add_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src);
/// A copy of input with src, or a number, at the indices: out[i, …, index[i, …] at the axis, …] = src[i, …]. Of
/// repeated indices the last one wins.
Tensor scatter(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src);
Tensor scatter(const Tensor& input, std::int64_t axis, const Tensor& index, Scalar value);
const Tensor& scatter_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src);
const Tensor& scatter_(const Tensor& self, std::int64_t axis, const Tensor& index, Scalar value);
/// A copy of input with alpha times the slices of src added at a 1-D index.
Tensor index_add(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src, Scalar alpha = 1);
const Tensor& index_add_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src,
                         Scalar alpha = 1);
/// A copy of input with the slices of src, or a number, at a 1-D index.
Tensor index_copy(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src);
const Tensor& index_copy_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src);
Tensor index_fill(const Tensor& input, std::int64_t axis, const Tensor& index, Scalar value);
const Tensor& index_fill_(const Tensor& self, std::int64_t axis, const Tensor& index, Scalar value);
/// A copy of input (broadcast with the mask) with consecutive elements of source where mask is true. Raises where the
/// source has too few.
Tensor masked_scatter(const Tensor& input, const Tensor& mask, const Tensor& source);
const Tensor& masked_scatter_(const Tensor& self, const Tensor& mask, const Tensor& source);

/// x[i, j, …]: entry k indexes axis k; an undefined tensor leaves its axis alone. Integers of any dtype (negative ones
/// count from the end) are broadcast together; a bool mask stands for the indices of its true elements. The indices'
/// axes stand where the first of neighbouring indexed axes was, and in front where they are not neighbours. Raises
/// IndexError for an index out of range, too many of them, and shapes that do not go together.
Tensor index(const Tensor& input, const TensorList& indices);
/// A copy of input with `values` (broadcast to the shape of `index`) at the indices, or added there.
Tensor index_put(const Tensor& input, const TensorList& indices, const Tensor& values, bool accumulate = false);
const Tensor& index_put_(const Tensor& self, const TensorList& indices, const Tensor& values, bool accumulate = false);

/// The elements where mask is true, 1-D.
Tensor masked_select(const Tensor& input, const Tensor& mask);
/// Indices of the elements that are not zero: [count, axes], int64.
Tensor nonzero(const Tensor& input);
/// int64 [*, classes] with a 1 at each class. classes = -1: the largest class + 1.
Tensor one_hot(const Tensor& classes, std::int64_t num_classes = -1);
/// Rows of weight [V, D] by index [*]: [*, D]. The row `padding_idx` (negative: from the end) gets no gradient.
Tensor embedding(const Tensor& index, const Tensor& weight, std::optional<std::int64_t> padding_idx = {});
Tensor flip(const Tensor& input, Dims axes);
Tensor roll(const Tensor& input, std::int64_t shift, std::int64_t axis);
/// Along several axes; without axes (and one shift) over the flattened tensor.
Tensor roll(const Tensor& input, Dims shifts, Dims axes);
/// Each element (slice along an axis) `repeats` times in a row; a tensor says how often for each. Without an axis of
/// the flattened input.
Tensor repeat_interleave(const Tensor& input, std::int64_t repeats, std::optional<std::int64_t> axis = {});
Tensor repeat_interleave(const Tensor& input, const Tensor& repeats, std::optional<std::int64_t> axis = {});

struct SortedIndices {
  Tensor values;
  Tensor indices;
};
/// Stable; NaN counts as the largest.
SortedIndices sort(const Tensor& input, std::int64_t axis = -1, bool descending = false);
SortedIndices topk(const Tensor& input, std::int64_t k, std::int64_t axis = -1, bool largest = true);
/// The indices of sort.
Tensor argsort(const Tensor& input, std::int64_t axis = -1, bool descending = false);

}  // namespace lamella
