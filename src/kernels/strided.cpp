#include "kernels/strided.h"

#include <cstdlib>

namespace lamella::kernels {
namespace {

// Whether axis a must stand further out than axis b.
bool is_outer(std::span<const std::int64_t* const> strides, int a, int b) {
  for (const std::int64_t* s : strides) {
    if (s[a] != s[b]) return std::abs(s[a]) > std::abs(s[b]);
  }
  return false;
}

bool advance_alike(const StridedPlan& plan, int axis, std::span<const std::int64_t* const> strides, int next) {
  for (int k = 0; k < plan.operands; ++k) {
    if (strides[static_cast<std::size_t>(k)][next] != plan.stride[k][axis] * plan.extent[axis]) return false;
  }
  return true;
}

}  // namespace

StridedPlan::StridedPlan(Shape shape, std::span<const std::int64_t* const> strides)
    : rank(0), operands(static_cast<int>(strides.size())), numel(1) {
  int order[kMaxAxes];
  int axes = 0;
  for (int a = static_cast<int>(shape.size()) - 1; a >= 0; --a) {
    const std::int64_t size = shape[static_cast<std::size_t>(a)];
    numel *= size;
    if (size == 1) continue;
    int place = axes++;
    for (; place > 0 && is_outer(strides, order[place - 1], a); --place) order[place] = order[place - 1];
    order[place] = a;
  }
  for (int i = 0; i < axes; ++i) {
    const int a = order[i];
    const std::int64_t size = shape[static_cast<std::size_t>(a)];
    if (rank > 0 && advance_alike(*this, rank - 1, strides, a)) {
      extent[rank - 1] *= size;
      continue;
    }
    extent[rank] = size;
    for (int k = 0; k < operands; ++k) stride[k][rank] = strides[static_cast<std::size_t>(k)][a];
    ++rank;
  }
  if (rank == 0) {
    rank = 1;
    extent[0] = 1;
    for (int k = 0; k < operands; ++k) stride[k][0] = 1;
  }
}

bool StridedPlan::is_dense(int operand) const {
  std::int64_t expected = 1;
  for (int a = 0; a < rank; ++a) {
    if (stride[operand][a] != expected) return false;
    expected *= extent[a];
  }
  return true;
}

bool StridedPlan::repeats_rows(int operand) const {
  for (int a = 1; a < rank; ++a) {
    if (stride[operand][a] != 0) return false;
  }
  return true;
}

std::int64_t StridedPlan::offset(int operand, std::int64_t i) const {
  std::int64_t result = 0;
  for (int a = 0; a < rank; ++a) {
    result += i % extent[a] * stride[operand][a];
    i /= extent[a];
  }
  return result;
}

}  // namespace lamella::kernels
