// What a Tensor points at: geometry over a storage, and the autograd layer's data.
#pragma once

#include <memory>

#include <lamella/device.h>
#include <lamella/dims.h>
#include <lamella/dtype.h>
#include <lamella/tensor.h>

#include "core/ref_counted.h"
#include "core/storage.h"

namespace lamella {

/// Shape, logical strides (in elements) and dtype: all that shape inference may look at.
struct TensorMeta {
  Dims shape;
  Dims strides;
  DType dtype = DType::kFloat32;
  Device device;
  bool wrapped_number = false;  ///< made of a Scalar: weaker than tensors in promotion

  std::int64_t rank() const { return static_cast<std::int64_t>(shape.size()); }
  std::int64_t numel() const;
  bool is_contiguous() const;
  /// NHWC strides (4-D) or NDHWC strides (5-D), as torch's is_contiguous(memory_format=channels_last).
  bool is_channels_last() const;
  /// torch's suggest_memory_format: channels-last strides that are not also those of a contiguous tensor.
  bool suggests_channels_last() const;
};

/// The autograd layer's part of a tensor; core only owns it.
class AutogradMeta {
 public:
  virtual ~AutogradMeta() = default;
};

/// PyTorch's limit too. Kernels keep extents and indices in arrays of this size.
inline constexpr std::int64_t kMaxRank = 64;
[[noreturn]] void throw_too_many_axes(const TensorMeta& geometry);

class TensorImpl : public RefCounted {
 public:
  /// Raises ValueError for more than kMaxRank axes.
  TensorImpl(RefPtr<Storage> memory, TensorMeta geometry, std::int64_t first)
      : storage(std::move(memory)), meta(std::move(geometry)), offset(first) {
    if (meta.rank() > kMaxRank) throw_too_many_axes(meta);
  }

  RefPtr<Storage> storage;
  TensorMeta meta;
  std::int64_t offset;  ///< logical offset of the first element, in elements
  std::unique_ptr<AutogradMeta> autograd;
  /// A version counter of its own for `.data`-like handles; null: the storage's.
  std::shared_ptr<std::atomic<std::uint32_t>> own_version;
  bool inference = false;  ///< made in inference mode: no version counter, cannot be saved for backward

  /// A view made under no_grad is not tracked, so a write to it that should be recorded would be lost.
  enum class Untracked : std::uint8_t { kNo, kViewOfConstant, kViewOfVariable };
  Untracked untracked = Untracked::kNo;

  std::atomic<std::uint32_t>& version() { return own_version ? *own_version : storage->version(); }
};

/// Kernel access to a tensor: pointer to its first element and strides (in elements) as the memory has them.
/// `keep` holds the buffer for as long as the pointer is used.
struct Physical {
  std::byte* data = nullptr;
  Dims strides;
  RefPtr<Buffer> keep;
};

/// Read access. A view that does not map onto the storage's order axis by axis brings the storage to plain order first.
/// Take all inputs before the output: an output's reorder leaves the inputs' old buffers valid.
Physical physical(const Tensor& tensor);
/// Write access: the same, and the write epoch goes up.
Physical physical_for_write(const Tensor& tensor);

/// A tensor over new memory in the given physical order; `strides` empty means contiguous.
Tensor allocate(const TensorMeta& meta, PhysicalOrder order);
/// A tensor of another geometry over the same storage (no autograd).
Tensor alias(const Tensor& tensor, Dims shape, Dims strides, std::int64_t offset);

inline TensorImpl& impl(const Tensor& tensor) { return *tensor.impl(); }
inline const TensorMeta& meta(const Tensor& tensor) { return tensor.impl()->meta; }
Tensor make_tensor(RefPtr<TensorImpl> impl);

}  // namespace lamella
