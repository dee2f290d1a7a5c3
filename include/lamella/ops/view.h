// Views: other looks at the same memory. Shapes, strides and errors are PyTorch's. All are methods of Tensor as well
// where PyTorch has them; this header adds the free functions.
#pragma once

#include <string_view>

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
Tensor movedim(const Tensor& input, Dims source, Dims destination);
Tensor squeeze(const Tensor& input);
Tensor squeeze(const Tensor& input, std::int64_t axis);
Tensor squeeze(const Tensor& input, Dims axes);
Tensor unsqueeze(const Tensor& input, std::int64_t axis);
Tensor select(const Tensor& input, std::int64_t axis, std::int64_t index);
Tensor narrow(const Tensor& input, std::int64_t axis, std::int64_t start, std::int64_t length);
/// Broadcasts without a copy: -1 keeps an extent, new axes stand in front, stretched axes get stride 0.
Tensor expand(const Tensor& input, Dims shape);
Tensor expand_as(const Tensor& input, const Tensor& other);
Tensor broadcast_to(const Tensor& input, Dims shape);
TensorList broadcast_tensors(const TensorList& tensors);
/// A copy with the tensor repeated along each axis; new axes stand in front. tile fills up `repeats` with ones there.
Tensor repeat(const Tensor& input, Dims repeats);
Tensor tile(const Tensor& input, Dims repeats);
/// Pieces of `size` (the last may be smaller) along an axis; views.
TensorList split(const Tensor& input, std::int64_t size, std::int64_t axis = 0);
TensorList split(const Tensor& input, Dims sizes, std::int64_t axis = 0);
/// At most `chunks` equal pieces.
TensorList chunk(const Tensor& input, std::int64_t chunks, std::int64_t axis = 0);
/// All slices along an axis.
TensorList unbind(const Tensor& input, std::int64_t axis = 0);
/// `sections` pieces of nearly equal size (the first ones have one more), or pieces that end at the indices.
TensorList tensor_split(const Tensor& input, std::int64_t sections, std::int64_t axis = 0);
TensorList tensor_split(const Tensor& input, Dims indices, std::int64_t axis = 0);
/// Joins along the second axis (the first of vectors), the first, the third; missing axes are added.
Tensor hstack(const TensorList& tensors);
Tensor vstack(const TensorList& tensors);
Tensor dstack(const TensorList& tensors);
/// The coordinates of a grid over vectors: expanded views. indexing: "ij", or "xy" with the first two axes exchanged.
TensorList meshgrid(const TensorList& tensors, std::string_view indexing = "ij");
/// Windows of an axis, `step` apart, as a new last axis: Tensor.unfold. A view.
Tensor unfold_axis(const Tensor& input, std::int64_t axis, std::int64_t size, std::int64_t step);
/// The diagonal of two axes as a new last axis: a view. offset > 0: above the main one.
Tensor diagonal(const Tensor& input, std::int64_t offset = 0, std::int64_t first = 0, std::int64_t second = 1);
/// The last axis as the diagonal of a matrix of zeros, whose axes stand at first and second.
Tensor diag_embed(const Tensor& input, std::int64_t offset = 0, std::int64_t first = -2, std::int64_t second = -1);
/// The matrix of a vector, or a copy of a matrix's diagonal.
Tensor diag(const Tensor& input, std::int64_t diagonal = 0);
/// The lower (upper) triangles of matrices [*, m, n], zeros elsewhere.
Tensor tril(const Tensor& input, std::int64_t diagonal = 0);
Tensor triu(const Tensor& input, std::int64_t diagonal = 0);

/// [*, C r^2, H, W] to [*, C, H r, W r] and back. Shi et al. 2016.
Tensor pixel_shuffle(const Tensor& input, std::int64_t upscale_factor);
Tensor pixel_unshuffle(const Tensor& input, std::int64_t downscale_factor);
/// The channels of [N, C, *] dealt out in turn over the groups. Zhang et al. 2018.
Tensor channel_shuffle(const Tensor& input, std::int64_t groups);

struct UnfoldOptions {
  Extents dilation = {1};
  Extents padding = {0};
  Extents stride = {1};
};
/// The windows that a convolution sees, one a column: [N, C, H, W] (or without N) to [N, C kh kw, windows]. fold sums
/// the columns back to [N, C, output_size]: its adjoint.
Tensor unfold(const Tensor& input, Extents kernel_size, UnfoldOptions options = {});
Tensor fold(const Tensor& input, Extents output_size, Extents kernel_size, UnfoldOptions options = {});

/// The shape that `a` and `b` broadcast to. Raises PyTorch's error where they do not.
Dims broadcast_shapes(const Dims& a, const Dims& b);
/// Sums the broadcast axes away: the adjoint of expand.
Tensor sum_to_size(const Tensor& input, Dims shape);

}  // namespace lamella
