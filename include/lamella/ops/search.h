// Finding: the most frequent, running extremes, places in a sorted sequence, membership, distinct slices.
#pragma once

#include <optional>

#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>

namespace lamella {

/// The most frequent value along an axis (of several the smallest) and the last place of it.
ValuesIndices mode(const Tensor& input, std::int64_t axis = -1, bool keepdim = false);

/// The largest (smallest) so far along an axis, and its place: of equals the latest. NaN stays.
ValuesIndices cummax(const Tensor& input, std::int64_t axis);
ValuesIndices cummin(const Tensor& input, std::int64_t axis);

/// For each value the place at which it would be inserted into an ascending sequence: before equal elements, or behind
/// them with `right`. `sequence` is 1-D or has the values' leading extents; `sorter` (argsort of the sequence) says in
/// which order to read one that is not sorted. dtypes are promoted. int64, or int32. Raises Error for shapes that do
/// not go together.
struct SearchOptions {
  bool out_int32 = false;
  bool right = false;
  Tensor sorter = {};
};
Tensor searchsorted(const Tensor& sequence, const Tensor& values, SearchOptions options = {});
/// searchsorted of 1-D boundaries.
Tensor bucketize(const Tensor& input, const Tensor& boundaries, SearchOptions options = {});

/// Whether each element is among `candidates`; with `invert`, whether it is not. bool, the elements' shape.
Tensor isin(const Tensor& elements, const Tensor& candidates, bool invert = false);

/// The distinct slices along an axis, in ascending order; `inverse` [extent of the axis] says which one each slice is.
UniqueElements unique(const Tensor& input, std::int64_t axis);
/// The same of runs of equal neighbouring slices, in their order.
UniqueElements unique_consecutive(const Tensor& input, std::int64_t axis);

}  // namespace lamella
