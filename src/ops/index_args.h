// What reading and writing by an index along one axis have in common.
#pragma once

#include <string_view>

#include <fmt/format.h>

#include <lamella/error.h>

#include "kernels/index/index.h"
#include "ops/layout.h"
#include "ops/op.h"

namespace lamella {

/// Raises TypeError for an index that is not int64 or int32.
inline void check_index_dtype(std::string_view op, DType dtype) {
  if (dtype != DType::kInt64 && dtype != DType::kInt32)
    throw TypeError(fmt::format("{}(): Expected dtype int32/int64 for index, got {}", op, name_of(dtype)));
}

/// The same for one that also has to be a vector (or a number).
inline void check_vector_index(std::string_view op, const Tensor& index) {
  check_index_dtype(op, index.dtype());
  if (index.dim() > 1)
    throw IndexError(fmt::format("{}(): Index is supposed to be a vector, got shape {}", op, to_string(index.shape())));
}

/// Raises IndexError where a kernel found an index out of range.
inline void check_status(std::string_view op, const kernels::IndexStatus& status, std::int64_t axis,
                         std::int64_t extent) {
  if (status.ok) return;
  throw IndexError(
      fmt::format("{}(): index {} (element {} of the index) is out of bounds for dimension {} with size {}", op,
                  status.value, status.position, axis, extent));
}

/// An index as a kernel operand of `shape`. `broadcast`: it is 1-D and stands for whole slices.
inline Access index_access(const Tensor& index, const Dims& shape, std::size_t axis, bool broadcast) {
  if (!broadcast) return Access(index, shape);
  Dims aligned(shape.size(), 1);
  aligned[axis] = index.numel();
  return Access(index.reshape(std::move(aligned)), shape);
}

/// `shape` with `count` slices along an axis.
inline Dims slices(Dims shape, std::size_t axis, std::int64_t count) {
  shape[axis] = count;
  return shape;
}

/// Whether source and index fit a scatter into `input`. Raises Error otherwise.
inline void check_scatter_shapes(std::string_view op, const TensorMeta& input, const TensorMeta& index,
                                 const TensorMeta& src, std::size_t axis, bool broadcast) {
  if (src.dtype != input.dtype)
    throw Error(fmt::format("{}(): Expected self.dtype to be equal to src.dtype, got {} and {}", op,
                            name_of(input.dtype), name_of(src.dtype)));
  const Dims expected = broadcast ? slices(input.shape, axis, index.numel()) : index.shape;
  if (op == "index_copy" && src.rank() > 0 && (src.rank() != input.rank() || src.shape[axis] != index.numel()))
    throw IndexError(fmt::format("index_copy(): expected a source of shape {} for this index, got {}",
                                 to_string(expected), to_string(src.shape)));
  if (!(src.shape == expected))
    throw Error(fmt::format("{}(): expected a source of shape {} for this index, got {}", op, to_string(expected),
                            to_string(src.shape)));
  if (expected.size() != input.shape.size())
    throw Error(fmt::format("{}(): Index tensor must have the same number of dimensions as self tensor, got {} and {}",
                            op, expected.size(), input.shape.size()));
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    if (i != axis && expected[i] > input.shape[i])
      throw Error(fmt::format("{}(): index {} is larger than self {} on axis {}", op, to_string(index.shape),
                              to_string(input.shape), i));
  }
}

/// As in torch a source may reach beyond the index, which says how much of it is used.
inline Tensor narrow_to_index(const Tensor& src, const Tensor& index) {
  Tensor used = src;
  for (std::int64_t i = 0; i < src.dim() && src.dim() == index.dim(); ++i) {
    if (src.size(i) > index.size(i)) used = used.narrow(i, 0, index.size(i));
  }
  return used;
}

}  // namespace lamella
