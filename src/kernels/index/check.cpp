#include "kernels/index/check.h"

#include "kernels/copy/cast.h"

namespace lamella::kernels {
namespace {

bool all_inside(Shape shape, const ConstOperand& index, std::int64_t low, std::int64_t extent) {
  // Axes along which the index repeats are looked at once.
  std::int64_t extents[kMaxAxes];
  for (std::size_t a = 0; a < shape.size(); ++a) extents[a] = index.strides[a] == 0 ? 1 : shape[a];
  const StridedPlan plan(Shape(extents, shape.size()), {index.strides});
  const std::int64_t step = plan.stride[0][0];
  std::int64_t least = 0, most = extent - 1;
  for_rows(plan, 0, 0, plan.numel, [&](std::int64_t offset, std::int64_t count, std::int64_t) {
    alignas(64) std::int64_t tile[kTile];
    for (std::int64_t i = 0; i < count; i += kTile) {
      const std::int64_t n = std::min(kTile, count - i);
      load_strided(tile, DType::kInt64, advance(index.data, index.dtype, offset + i * step), index.dtype, step, n);
      for (std::int64_t j = 0; j < n; ++j) {
        least = std::min(least, tile[j]);
        most = std::max(most, tile[j]);
      }
    }
  });
  return least >= low && most < extent;
}

}  // namespace

IndexStatus check_indices(Shape shape, const ConstOperand& index, std::int64_t extent, bool negative) {
  const std::int64_t low = negative ? -extent : 0;
  if (numel(shape) == 0 || (extent > 0 && all_inside(shape, index, low, extent))) return {};
  IndexStatus status;
  const std::int64_t step = shape.empty() ? 1 : index.strides[shape.size() - 1];
  for_logical_rows(shape, index.strides, [&](std::int64_t position, std::int64_t offset, std::int64_t n) {
    for (std::int64_t i = 0; i < n && status.ok; ++i) {
      std::int64_t value = 0;
      load_strided(&value, DType::kInt64, advance(index.data, index.dtype, offset + i * step), index.dtype, 1, 1);
      if (value < low || value >= extent) status = {false, 0, position + i, value};
    }
  });
  return status;
}

}  // namespace lamella::kernels
