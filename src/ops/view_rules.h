// The arithmetic of views: when a shape fits strides, and what -1 and broadcasting mean.
#pragma once

#include <optional>

#include <lamella/dims.h>

#include "core/tensor_impl.h"

namespace lamella {

/// Strides of `shape` over the memory of `input`, or nothing where a copy is needed (torch's computeStride).
std::optional<Dims> view_strides(const TensorMeta& input, const Dims& shape);
/// `shape` with its one -1 replaced so that it has `numel` elements. Raises PyTorch's errors.
Dims infer_extent(Dims shape, std::int64_t numel);

}  // namespace lamella
