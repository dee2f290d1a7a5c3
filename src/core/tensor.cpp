// The handle, its geometry, and the ways from and to memory.
#include <lamella/tensor.h>

#include <fmt/format.h>

#include <lamella/error.h>

#include "core/tensor_impl.h"

namespace lamella {

Tensor::Tensor(const Tensor& other) noexcept : impl_(other.impl_) {
  if (impl_ != nullptr) impl_->retain();
}

Tensor& Tensor::operator=(const Tensor& other) noexcept {  // retained first, so that a = a is safe
  if (other.impl_ != nullptr) other.impl_->retain();
  TensorImpl* old = std::exchange(impl_, other.impl_);
  if (old != nullptr) old->release();
  return *this;
}

Tensor& Tensor::operator=(Tensor&& other) noexcept {
  if (this == &other) return *this;
  TensorImpl* old = std::exchange(impl_, std::exchange(other.impl_, nullptr));
  if (old != nullptr) old->release();
  return *this;
}

Tensor::~Tensor() {
  if (impl_ != nullptr) impl_->release();
}

Tensor make_tensor_from(TensorImpl* retained) {
  Tensor tensor;
  tensor.impl_ = retained;
  return tensor;
}

TensorImpl* take_reference(Tensor&& tensor) noexcept { return std::exchange(tensor.impl_, nullptr); }

void throw_too_many_axes(const TensorMeta& geometry) {
  throw ValueError(fmt::format("a tensor has at most {} axes, but this one would have {}; join some with reshape()",
                               kMaxRank, geometry.rank()));
}

Tensor make_tensor(RefPtr<TensorImpl> object) { return make_tensor_from(object.detach()); }

namespace {
const TensorMeta& meta_of(const Tensor& tensor) {
  if (!tensor.defined()) throw Error("this tensor is undefined (default-constructed, or an absent optional result)");
  return tensor.impl()->meta;
}
}  // namespace

const Dims& Tensor::shape() const { return meta_of(*this).shape; }
const Dims& Tensor::strides() const { return meta_of(*this).strides; }
std::int64_t Tensor::dim() const { return meta_of(*this).rank(); }
std::int64_t Tensor::numel() const { return meta_of(*this).numel(); }
DType Tensor::dtype() const { return meta_of(*this).dtype; }
Device Tensor::device() const { return meta_of(*this).device; }
std::int64_t Tensor::storage_offset() const {
  meta_of(*this);
  return impl_->offset;
}

std::int64_t Tensor::size(std::int64_t axis) const {
  const TensorMeta& m = meta_of(*this);
  if (m.rank() == 0)
    throw IndexError("dimension specified as " + std::to_string(axis) + " but tensor has no dimensions");
  return m.shape[static_cast<std::size_t>(normalize_axis(axis, m.rank()))];
}

std::int64_t Tensor::stride(std::int64_t axis) const {
  const TensorMeta& m = meta_of(*this);
  if (m.rank() == 0)
    throw IndexError("dimension specified as " + std::to_string(axis) + " but tensor has no dimensions");
  return m.strides[static_cast<std::size_t>(normalize_axis(axis, m.rank()))];
}

bool Tensor::is_contiguous(MemoryFormat format) const {
  const TensorMeta& m = meta_of(*this);
  return format == MemoryFormat::kChannelsLast ? m.is_channels_last() : m.is_contiguous();
}

std::int64_t TensorMeta::numel() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

bool TensorMeta::is_contiguous() const {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1) {
      if (strides[i] != expected) return numel() == 0;  // without elements any strides are
      expected *= shape[i];
    }
  }
  return true;
}

bool TensorMeta::is_channels_last() const {
  if (shape.size() != 4 && shape.size() != 5) return false;
  std::int64_t expected = 1;
  const auto fits = [&](std::size_t axis) {
    if (shape[axis] != 1) {
      if (strides[axis] != expected) return false;
      expected *= shape[axis];
    }
    return true;
  };
  if (!fits(1)) return false;
  for (std::size_t axis = shape.size(); axis-- > 2;) {
    if (!fits(axis)) return false;
  }
  return fits(0);
}

// torch's is_channels_last_strides_2d_s4 (c10/core/MemoryFormat.h): walks C, W, H, N and wants strides that do not
// fall; the ambiguous cases (N111 and so on) are decided for contiguous.
bool TensorMeta::suggests_channels_last() const {
  if (shape.size() != 4 && shape.size() != 5) return false;
  if (strides[1] == 0) return false;
  std::int64_t least = 0;
  SmallVector<std::size_t, 6> walk{1};
  for (std::size_t axis = shape.size(); axis-- > 2;) walk.push_back(axis);
  walk.push_back(0);
  for (const std::size_t axis : walk) {
    if (shape[axis] == 0 || strides[axis] < least) return false;
    if (axis == 0 && least == strides[1]) return false;
    least = strides[axis];
    if (shape[axis] > 1) least *= shape[axis];
  }
  return true;
}

Tensor allocate(TensorMeta geometry, PhysicalOrder order) {
  const std::int64_t elements = checked_numel(geometry.shape);
  if (elements > std::int64_t{1} << 60) {
    throw Error(fmt::format("cannot allocate a tensor of shape {} ({}): it would need {:.1f} GB",
                            to_string(geometry.shape), name_of(geometry.dtype),
                            static_cast<double>(elements) * static_cast<double>(size_of(geometry.dtype)) / 1e9));
  }
  // Strides with gaps (or overlaps) need as many elements as the furthest one says.
  std::int64_t extent = elements;
  if (elements > 0 && geometry.strides.size() == geometry.shape.size()) {
    extent = 1;
    for (std::size_t i = 0; i < geometry.shape.size(); ++i) extent += (geometry.shape[i] - 1) * geometry.strides[i];
  }
  auto storage = make_ref<Storage>(static_cast<std::size_t>(extent), geometry.dtype, order, geometry.device);
  if (geometry.strides.size() != geometry.shape.size()) geometry.strides = contiguous_strides(geometry.shape);
  return make_tensor(make_ref<TensorImpl>(std::move(storage), std::move(geometry), 0));
}

Tensor alias(const Tensor& tensor, Dims shape, Dims strides, std::int64_t offset) {
  const TensorImpl& t = impl(tensor);
  return make_tensor(make_ref<TensorImpl>(
      t.storage, TensorMeta{std::move(shape), std::move(strides), t.meta.dtype, t.meta.device}, offset));
}

void* Tensor::data_ptr() const {
  meta_of(*this);
  return impl_->storage->expose() + impl_->offset * static_cast<std::int64_t>(size_of(impl_->meta.dtype));
}

void* Tensor::data_ptr(DType expected) const {
  const DType actual = meta_of(*this).dtype;
  if (actual != expected) {
    throw TypeError(
        fmt::format("data<T>(): the tensor is {}, but T is {}; convert it with .to(DType) or ask for the other type",
                    name_of(actual), name_of(expected)));
  }
  return data_ptr();
}

std::uint32_t Tensor::version() const {
  meta_of(*this);
  return impl_->version().load(std::memory_order_acquire);
}

void Tensor::bump_version() const {
  meta_of(*this);
  impl_->version().fetch_add(1, std::memory_order_acq_rel);
  impl_->storage->bump_epoch();
}

Scalar Tensor::item() const {
  const TensorMeta& m = meta_of(*this);
  if (m.numel() != 1) {
    throw ValueError(fmt::format("a Tensor with {} elements cannot be converted to Scalar (shape {})", m.numel(),
                                 lamella::to_string(m.shape)));
  }
  const Physical p = physical(*this);
  return visit_dtype(m.dtype, [&]<typename T>() { return Scalar(*reinterpret_cast<const T*>(p.data)); });
}

template <typename T>
std::vector<T> Tensor::to_vector() const {
  const TensorMeta& m = meta_of(*this);
  std::vector<T> values(static_cast<std::size_t>(m.numel()));
  if (values.empty()) return values;
  const Physical p = physical(*this);
  visit_dtype(m.dtype, [&]<typename S>() {
    Dims index(m.shape.size());
    const auto* base = reinterpret_cast<const S*>(p.data);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::int64_t offset = 0;
      for (std::size_t axis = 0; axis < index.size(); ++axis) offset += index[axis] * p.strides[axis];
      if constexpr (std::is_same_v<S, T>) {
        values[i] = base[offset];
      } else {
        values[i] = Scalar(base[offset]).template to<T>();
      }
      for (std::size_t axis = index.size(); axis-- > 0;) {
        if (++index[axis] < m.shape[axis]) break;
        index[axis] = 0;
      }
    }
  });
  return values;
}

template std::vector<bool> Tensor::to_vector<bool>() const;
template std::vector<std::uint8_t> Tensor::to_vector<std::uint8_t>() const;
template std::vector<std::int8_t> Tensor::to_vector<std::int8_t>() const;
template std::vector<std::int16_t> Tensor::to_vector<std::int16_t>() const;
template std::vector<std::int32_t> Tensor::to_vector<std::int32_t>() const;
template std::vector<std::int64_t> Tensor::to_vector<std::int64_t>() const;
template std::vector<float16> Tensor::to_vector<float16>() const;
template std::vector<bfloat16> Tensor::to_vector<bfloat16>() const;
template std::vector<float> Tensor::to_vector<float>() const;
template std::vector<double> Tensor::to_vector<double>() const;

}  // namespace lamella
