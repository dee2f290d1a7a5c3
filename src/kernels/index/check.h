// Index operands are checked as a whole before a kernel touches memory: an error leaves outputs as they were, and the
// loops themselves need no branch.
#pragma once

#include <cstdint>

#include "kernels/strided.h"

namespace lamella::kernels {

/// The first index out of range, in the order of the index tensor's elements.
struct [[nodiscard]] IndexStatus {
  bool ok = true;
  int operand = 0;            ///< which of several index tensors
  std::int64_t position = 0;  ///< flat position in `shape`
  std::int64_t value = 0;     ///< what stood there
};

/// Whether all of `index` (int64 or int32, or any integer dtype) over `shape` is in [0, extent), or in [-extent,
/// extent) where negative indices are allowed.
IndexStatus check_indices(Shape shape, const ConstOperand& index, std::int64_t extent, bool negative);

/// Calls fn(position, offset, n) for each run along the last axis, in the order of the elements: the flat position of
/// its first element and the operand's offset there (in elements); it advances by the last axis's stride.
template <typename Fn>
void for_logical_rows(Shape shape, const std::int64_t* strides, Fn&& fn) {
  const int outer = static_cast<int>(shape.size()) - 1;
  const std::int64_t n = shape.empty() ? 1 : shape.back();
  const std::int64_t total = numel(shape);
  std::int64_t index[kMaxAxes] = {};
  std::int64_t offset = 0;
  for (std::int64_t position = 0; position < total; position += n) {
    fn(position, offset, n);
    for (int a = outer - 1; a >= 0; --a) {
      offset += strides[a];
      if (++index[a] < shape[static_cast<std::size_t>(a)]) break;
      offset -= index[a] * strides[a];
      index[a] = 0;
    }
  }
}

}  // namespace lamella::kernels
