// Kernels that work along one axis: the lines of a shape, and the three types that they compute in.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "kernels/strided.h"

namespace lamella::kernels {

/// The lines along `axis`: `plan` walks over the other axes (operand k as given), each of its elements is a line.
struct Lines {
  std::int64_t length;
  std::int64_t step[kMaxOperands];  ///< strides along the axis
  StridedPlan plan;

  Lines(Shape shape, int axis, std::initializer_list<const std::int64_t*> strides)
      : Lines(shape, axis, strides, Without(shape, axis, strides)) {}

 private:
  struct Without {
    std::int64_t extent[kMaxAxes];
    std::int64_t stride[kMaxOperands][kMaxAxes];
    const std::int64_t* pointers[kMaxOperands];
    std::size_t rank = 0;
    Without(Shape shape, int axis, std::initializer_list<const std::int64_t*> strides) {
      for (std::size_t a = 0; a < shape.size(); ++a) {
        if (static_cast<int>(a) == axis) continue;
        extent[rank] = shape[a];
        for (std::size_t k = 0; k < strides.size(); ++k) stride[k][rank] = strides.begin()[k][a];
        ++rank;
      }
      for (std::size_t k = 0; k < strides.size(); ++k) pointers[k] = stride[k];
    }
  };
  Lines(Shape shape, int axis, std::initializer_list<const std::int64_t*> strides, const Without& rest)
      : length(shape.empty() ? 1 : shape[static_cast<std::size_t>(axis)]),
        plan(Shape(rest.extent, rest.rank), std::span(rest.pointers, strides.size())) {
    for (std::size_t k = 0; k < strides.size(); ++k) step[k] = shape.empty() ? 1 : strides.begin()[k][axis];
  }
};

/// Calls fn.template operator()<T>() with int64 for integers and bool, float for floats up to 32 bits, or double.
template <typename Fn>
decltype(auto) visit_line_type(DType dtype, Fn&& fn) {
  if (dtype == DType::kFloat64) return fn.template operator()<double>();
  if (is_floating_point(dtype)) return fn.template operator()<float>();
  return fn.template operator()<std::int64_t>();
}

}  // namespace lamella::kernels
