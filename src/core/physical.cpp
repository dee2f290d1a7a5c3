// The gate: from a tensor's logical strides to those that its memory has.
#include "core/tensor_impl.h"

namespace lamella {

namespace {

/// The storage's shape with the axes in logical order (largest stride first) and their strides in both orders.
struct AxisMap {
  int axes = 0;
  std::array<std::int64_t, 5> extent{};
  std::array<std::int64_t, 5> logical{};
  std::array<std::int64_t, 5> memory{};
};

AxisMap make_axis_map(const PhysicalOrder& order) {
  AxisMap map;
  map.axes = order.axes;
  map.extent = order.extents;
  std::int64_t logical = 1;
  for (int axis = order.axes - 1; axis >= 0; --axis) {
    const auto a = static_cast<std::size_t>(axis);
    map.logical[a] = logical;
    logical *= order.extents[a];
  }
  map.memory[1] = 1;
  std::int64_t memory = order.extents[1];
  for (int axis = order.axes - 1; axis >= 2; --axis) {
    const auto a = static_cast<std::size_t>(axis);
    map.memory[a] = memory;
    memory *= order.extents[a];
  }
  map.memory[0] = memory;
  return map;
}

/// Translates a view that walks along single axes of the storage; false where one does not.
bool translate(const AxisMap& map, const TensorMeta& meta, std::int64_t offset, std::int64_t& memory_offset,
               Dims& strides) {
  std::array<std::int64_t, 5> last{};  // the largest coordinate that the view reaches on each storage axis
  memory_offset = 0;
  for (int axis = 0; axis < map.axes; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    last[a] = offset / map.logical[a];
    offset -= last[a] * map.logical[a];
    memory_offset += last[a] * map.memory[a];
  }
  if (last[0] >= map.extent[0]) return meta.numel() == 0;
  strides.resize(meta.shape.size());
  for (std::size_t i = 0; i < meta.shape.size(); ++i) {
    const std::int64_t extent = meta.shape[i];
    const std::int64_t stride = meta.strides[i];
    strides[i] = 0;
    if (extent <= 1 || stride == 0) continue;
    bool found = false;
    for (int axis = 0; axis < map.axes && !found; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      if (map.extent[a] == 1 || stride % map.logical[a] != 0) continue;
      const std::int64_t step = stride / map.logical[a];
      if (last[a] + (extent - 1) * step >= map.extent[a]) return false;  // walks past the axis' end into the next one
      last[a] += (extent - 1) * step;
      strides[i] = step * map.memory[a];
      found = true;
    }
    if (!found) return false;
  }
  return true;
}

}  // namespace

Physical physical(const Tensor& tensor) {
  TensorImpl& t = impl(tensor);
  const auto element = static_cast<std::int64_t>(size_of(t.meta.dtype));
  if (!t.storage->is_plain()) {
    Storage::Snapshot snapshot = t.storage->snapshot();
    if (!snapshot.order.is_plain()) {
      Physical result;
      std::int64_t offset = 0;
      if (translate(make_axis_map(snapshot.order), t.meta, t.offset, offset, result.strides)) {
        result.data = snapshot.data + offset * element;
        result.keep = std::move(snapshot.keep);
        return result;
      }
      t.storage->make_plain();
    }
  }
  return {t.storage->plain_data() + t.offset * element, t.meta.strides, nullptr};
}

Physical physical_for_write(const Tensor& tensor) {
  impl(tensor).storage->bump_epoch();
  return physical(tensor);
}

}  // namespace lamella
