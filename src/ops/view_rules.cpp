#include "ops/view_rules.h"

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/view.h>

namespace lamella {

// Walks both shapes from the back: a run of input axes that are contiguous among themselves may be cut anew.
// (c10's computeStride, ATen/TensorUtils.cpp, gives the same strides.)
std::optional<Dims> view_strides(const TensorMeta& input, const Dims& shape) {
  Dims strides(shape.size());
  if (input.shape.empty()) {
    for (std::int64_t& stride : strides) stride = 1;
    return strides;
  }
  if (input.numel() == 0) {
    if (input.shape == shape) return input.strides;
    return contiguous_strides(shape);
  }
  auto view = static_cast<std::int64_t>(shape.size()) - 1;
  std::int64_t base_stride = input.strides.back();
  std::int64_t input_numel = 1;
  std::int64_t view_numel = 1;
  for (auto axis = static_cast<std::int64_t>(input.shape.size()) - 1; axis >= 0; --axis) {
    const auto a = static_cast<std::size_t>(axis);
    input_numel *= input.shape[a];
    if (axis > 0 && (input.shape[a - 1] == 1 || input.strides[a - 1] == input_numel * base_stride)) continue;
    while (view >= 0 && (view_numel < input_numel || shape[static_cast<std::size_t>(view)] == 1)) {
      strides[static_cast<std::size_t>(view)] = view_numel * base_stride;
      view_numel *= shape[static_cast<std::size_t>(view)];
      --view;
    }
    if (view_numel != input_numel) return std::nullopt;
    if (axis > 0) {
      base_stride = input.strides[a - 1];
      input_numel = 1;
      view_numel = 1;
    }
  }
  if (view != -1) return std::nullopt;
  return strides;
}

Dims infer_extent(Dims shape, std::int64_t numel) {
  const Dims given = shape;
  std::int64_t known = 1;
  std::optional<std::size_t> unknown;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == -1) {
      if (unknown) throw Error("only one dimension can be inferred");
      unknown = i;
    } else if (shape[i] < 0) {
      throw Error(fmt::format("invalid shape dimension {}", shape[i]));
    } else if (__builtin_mul_overflow(known, shape[i], &known)) {
      throw Error(fmt::format("shape '{}' is invalid for input of size {}", to_string(given), numel));
    }
  }
  if (unknown && known == 0 && numel == 0) {
    throw Error(
        fmt::format("cannot reshape tensor of 0 elements into shape {} because the unspecified dimension size -1 can "
                    "be any value and is ambiguous",
                    to_string(given)));
  }
  if (unknown && known > 0 && numel % known == 0) {
    shape[*unknown] = numel / known;
  } else if (unknown || known != numel) {
    throw Error(fmt::format("shape '{}' is invalid for input of size {}", to_string(given), numel));
  }
  return shape;
}

Dims broadcast_shapes(const Dims& a, const Dims& b) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims shape = longer;
  const std::size_t added = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& extent = shape[i + added];
    if (shorter[i] == extent || shorter[i] == 1) continue;
    if (extent != 1) {
      const std::size_t axis_a = a.size() >= b.size() ? i + added : i;
      const std::size_t axis_b = a.size() >= b.size() ? i : i + added;
      throw Error(
          fmt::format("The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension {} "
                      "(shapes {} and {})",
                      a[axis_a], b[axis_b], i + added, to_string(a), to_string(b)));
    }
    extent = shorter[i];
  }
  return shape;
}

}  // namespace lamella
