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
Tensor allocate(TensorMeta meta, PhysicalOrder order);
/// A tensor of another geometry over the same storage (no autograd).
Tensor alias(const Tensor& tensor, Dims shape, Dims strides, std::int64_t offset);

inline TensorImpl& impl(const Tensor& tensor) { return *tensor.impl(); }
inline const TensorMeta& meta(const Tensor& tensor) { return tensor.impl()->meta; }
Tensor make_tensor(RefPtr<TensorImpl> impl);
/// The handle's reference, which is now the caller's.
TensorImpl* take_reference(Tensor&& tensor) noexcept;

/// A Tensor that is not counted, for as long as somebody else holds the array: what a call looks at costs no atomic
/// operation. A copy made of it is a tensor like any other.
class BorrowedTensor {
 public:
  BorrowedTensor() noexcept : tensor_() {}
  BorrowedTensor(const Tensor& holder) noexcept : tensor_(Tensor::Uncounted{holder.impl()}) {}
  explicit BorrowedTensor(TensorImpl* held) noexcept : tensor_(Tensor::Uncounted{held}) {}
  BorrowedTensor(const BorrowedTensor& other) noexcept : BorrowedTensor(other.tensor_) {}
  BorrowedTensor& operator=(const BorrowedTensor& other) noexcept { return *std::construct_at(this, other.tensor_); }
  ~BorrowedTensor() {}  // does not end tensor_, which would release what it did not retain

  const Tensor& get() const noexcept { return tensor_; }
  operator const Tensor&() const noexcept { return tensor_; }
  bool defined() const noexcept { return tensor_.defined(); }

 private:
  union {
    Tensor tensor_;
  };
};
static_assert(sizeof(BorrowedTensor) == sizeof(Tensor));

/// Tensors in braces, as a call takes them; they must live until it returns.
class BorrowedTensors {
 public:
  BorrowedTensors(std::initializer_list<BorrowedTensor> tensors) noexcept : tensors_(tensors) {}
  operator std::span<const Tensor>() const noexcept {  // of the same layout
    return {reinterpret_cast<const Tensor*>(tensors_.begin()), tensors_.size()};
  }

 private:
  std::initializer_list<BorrowedTensor> tensors_;
};

}  // namespace lamella
