#include <lamella/dims.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <lamella/error.h>

namespace lamella {

std::string to_string(std::span<const std::int64_t> dims) { return fmt::format("[{}]", fmt::join(dims, ", ")); }

std::int64_t checked_numel(std::span<const std::int64_t> shape) {
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) throw ValueError(fmt::format("a shape has no negative extents, but got {}", to_string(shape)));
    empty |= extent == 0;
  }
  if (empty) return 0;
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(product, extent, &product)) {
      throw ValueError(fmt::format("shape {} has more than 2^63 - 1 elements", to_string(shape)));
    }
  }
  return product;
}

Dims contiguous_strides(std::span<const std::int64_t> shape) {
  Dims strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

Dims channels_last_strides(std::span<const std::int64_t> shape) {
  if (shape.size() != 4 && shape.size() != 5) {
    throw ValueError(
        fmt::format("channels_last needs 4 axes (N,C,H,W) or 5 (N,C,D,H,W), got shape {}", to_string(shape)));
  }
  Dims strides(shape.size());
  std::int64_t stride = 1;
  const auto place = [&](std::size_t axis) {
    strides[axis] = stride;
    stride *= std::max<std::int64_t>(shape[axis], 1);
  };
  place(1);
  for (std::size_t axis = shape.size(); axis-- > 2;) place(axis);
  place(0);
  return strides;
}

std::int64_t normalize_axis(std::int64_t axis, std::int64_t rank) {
  const std::int64_t extent = rank == 0 ? 1 : rank;
  if (axis < -extent || axis >= extent) {
    throw IndexError(fmt::format("Dimension out of range (expected to be in range of [{}, {}], but got {})", -extent,
                                 extent - 1, axis));
  }
  return axis < 0 ? axis + extent : axis;
}

}  // namespace lamella
