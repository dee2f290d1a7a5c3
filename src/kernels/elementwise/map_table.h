// Tables of elementwise kernels: a row an operator, a column an element type that arithmetic is done in.
#pragma once

#include <array>
#include <cstddef>

#include "kernels/elementwise/map.h"

namespace lamella::kernels {

inline constexpr int kComputeTypes = 8;

/// The column of a dtype; the 16-bit floats are computed in float32.
constexpr int compute_index(DType dtype) {
  const int i = static_cast<int>(dtype);
  if (dtype == DType::kFloat64) return 7;
  return dtype >= DType::kFloat16 ? 6 : i;
}

struct MapRow {
  MapFunction types[kComputeTypes];
};

/// The row of `op` in a table that begins with `first`.
template <typename Op>
constexpr std::size_t row_index(Op op, Op first) {
  return static_cast<std::size_t>(op) - static_cast<std::size_t>(first);
}

template <std::size_t N>
using MapTable = std::array<MapRow, N>;

}  // namespace lamella::kernels
