// Reading and writing by indices.
//
// Index operands hold integers of any dtype (int64 is torch's). Every index is checked first: where one is out of range
// the status says which, and no output was touched. Writes happen in a fixed order, so that results have the same bits
// for any number of threads, repeated indices included.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/index/check.h"
#include "kernels/strided.h"

namespace lamella::kernels {

enum class ScatterOp : std::uint8_t {
  kAssign,    ///< the last of repeated indices wins
  kAdd,       ///< bool: or
  kMultiply,  ///< bool: and
  kMax,       ///< NaN spreads
  kMin,
};

/// out[i, …] = in[i, …, index[i, …] at `axis`, …] over `shape`, the shape of index and out; `extent` is in's along
/// `axis`. A broadcast index (strides 0 on the other axes) makes it index_select or an embedding. dtypes of out and in
/// agree.
IndexStatus gather(Shape shape, int axis, std::int64_t extent, Operand out, ConstOperand in, ConstOperand index,
                   bool negative = false);

/// out[i, …, index[i, …] at `axis`, …] op= alpha src[i, …] over `shape`, the shape of index and src; `extent` is out's
/// along `axis`. A broadcast index makes it index_add, index_copy or the backward of an embedding. alpha counts for
/// kAdd alone. dtypes of out and src agree.
IndexStatus scatter(ScatterOp op, Shape shape, int axis, std::int64_t extent, Operand out, ConstOperand src,
                    ConstOperand index, double alpha = 1, bool negative = false);

/// One index tensor of advanced indexing: where it is over the result's shape (0 strides where it is broadcast), and
/// the indexed axis's extent and stride (in elements) in the indexed tensor.
struct IndexedAxis {
  ConstOperand index;
  std::int64_t extent;
  std::int64_t stride;
};

/// out[i] = in[i] with each indexed axis at its index, over the result's `shape`: `in.strides` are those of the axes
/// that are not indexed, 0 for axes that come from the index tensors. Negative indices count from the end.
IndexStatus index_get(Shape shape, Operand out, ConstOperand in, std::span<const IndexedAxis> axes);

/// The reverse: out at the indices op= src, over src's `shape`; `out.strides` as `in.strides` above.
IndexStatus index_put(ScatterOp op, Shape shape, Operand out, ConstOperand src, std::span<const IndexedAxis> axes);

/// The elements of `in` where `mask` (bool) holds, in order, one after the other into `out` (of in's dtype and of the
/// size that the mask counts).
void masked_select(Shape shape, void* out, ConstOperand in, ConstOperand mask);
/// The reverse: consecutive elements of `src` (of out's dtype) go where `mask` holds.
void masked_scatter(Shape shape, Operand out, ConstOperand mask, const void* src);

/// The indices of the elements of `in` that are not 0, in order: rows of shape.size() int64 numbers.
void nonzero(Shape shape, std::int64_t* out, ConstOperand in);

/// out[…] = in with the axes a where flipped[a] reversed. Other dtypes are cast. `out` must not overlap `in`.
void flip(Shape shape, std::span<const bool> flipped, Operand out, ConstOperand in);
/// out[(i + shift) mod extent at `axis`] = in[i]; any shift. `out` must not overlap `in`.
void roll(Shape shape, int axis, std::int64_t shift, Operand out, ConstOperand in);

/// out = 0, 0, …, 1, …: each i in [0, n) repeats[i] times (for n values of repeats, none negative): the index of
/// repeat_interleave.
void repeat_indices(const std::int64_t* repeats, std::int64_t n, std::int64_t* out);

}  // namespace lamella::kernels
