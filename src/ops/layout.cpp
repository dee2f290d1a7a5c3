#include "ops/layout.h"

#include <lamella/error.h>

#include <algorithm>
#include <numeric>

namespace lamella {

bool is_dense(const TensorMeta& meta) {
  SmallVector<std::size_t, 6> axes;
  for (std::size_t i = 0; i < meta.shape.size(); ++i) {
    if (meta.shape[i] == 0) return true;
    if (meta.shape[i] != 1) axes.push_back(i);
  }
  std::sort(axes.begin(), axes.end(), [&](std::size_t a, std::size_t b) { return meta.strides[a] < meta.strides[b]; });
  std::int64_t expected = 1;
  for (const std::size_t axis : axes) {
    if (meta.strides[axis] != expected) return false;
    expected *= meta.shape[axis];
  }
  return true;
}

Dims preserved_strides(const TensorMeta& meta) {
  if (meta.is_contiguous()) return {};
  if (is_dense(meta)) return meta.strides;
  return meta.suggests_channels_last() ? channels_last_strides(meta.shape) : Dims{};
}

namespace {

/// The stride of `axis` (of the result) in an input: 0 where it is broadcast.
std::int64_t stride_of(const TensorMeta& input, const Dims& shape, std::size_t axis) {
  const std::size_t added = shape.size() - input.shape.size();
  if (axis < added) return 0;
  return input.shape[axis - added] == 1 && shape[axis] != 1 ? 0 : input.strides[axis - added];
}

/// > 0: `outer` must come inside of `inner`; < 0: their order is right; 0: the inputs do not say.
/// (TensorIteratorBase::reorder_dimensions)
int compare_axes(std::span<const TensorMeta* const> inputs, const Dims& shape, std::size_t inner, std::size_t outer) {
  for (const TensorMeta* input : inputs) {
    if (input == nullptr) continue;
    const std::int64_t a = stride_of(*input, shape, inner);
    const std::int64_t b = stride_of(*input, shape, outer);
    if (a == 0 || b == 0) continue;
    if (a < b) return -1;
    if (a > b) return 1;
    if (shape[inner] > shape[outer]) return 1;
  }
  return 0;
}

}  // namespace

Dims elementwise_strides(std::span<const TensorMeta* const> inputs, const Dims& shape) {
  bool plain = true;
  for (const TensorMeta* input : inputs) {
    plain = plain && (input == nullptr || input->rank() == 0 || (input->shape == shape && input->is_contiguous()));
  }
  if (plain || shape.size() < 2) return {};
  SmallVector<std::size_t, 6> order(shape.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = shape.size() - 1 - i;
  for (std::size_t i = 1; i < order.size(); ++i) {
    std::size_t at = i;
    for (std::size_t j = i; j-- > 0;) {
      const int comparison = compare_axes(inputs, shape, order[j], order[at]);
      if (comparison > 0) {
        std::swap(order[j], order[at]);
        at = j;
      } else if (comparison < 0) {
        break;
      }
    }
  }
  Dims strides(shape.size());
  std::int64_t next = 1;
  for (const std::size_t axis : order) {
    strides[axis] = next;
    next *= std::max<std::int64_t>(shape[axis], 1);
  }
  const TensorMeta result{shape, strides, DType::kFloat32, {}};
  return result.is_contiguous() ? Dims{} : strides;
}

namespace {

/// Strides that a tensor's memory has along its own axes, as those of `shape`, to which it is broadcast.
Dims broadcast_strides(const Dims& strides, const Dims& own, const Dims& shape) {
  Dims result(shape.size());
  const std::size_t added = shape.size() - own.size();
  for (std::size_t i = 0; i < own.size(); ++i)
    result[i + added] = own[i] == 1 && shape[i + added] != 1 ? 0 : strides[i];
  return result;
}

}  // namespace

Access::Access(const Tensor& tensor, const Dims& shape) {
  if (!tensor.defined())
    throw Error("an operand is an undefined tensor (default-constructed, or an absent optional result)");
  const TensorImpl& t = impl(tensor);
  dtype_ = t.meta.dtype;
  const bool whole = t.meta.shape == shape;
  if (t.storage->is_plain()) {  // the common case, without a copy of everything in between
    data_ = t.storage->plain_data() + t.offset * static_cast<std::int64_t>(size_of(dtype_));
    strides_ = whole ? t.meta.strides : broadcast_strides(t.meta.strides, t.meta.shape, shape);
    return;
  }
  Physical memory = physical(tensor);
  data_ = memory.data;
  strides_ = whole ? std::move(memory.strides) : broadcast_strides(memory.strides, t.meta.shape, shape);
  keep_ = std::move(memory.keep);
}

WriteAccess::WriteAccess(const Tensor& tensor) : Access(tensor, meta(tensor).shape) {
  impl(tensor).storage->bump_epoch();
}

}  // namespace lamella
