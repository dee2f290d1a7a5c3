// Tensor: a handle to an n-dimensional strided array with PyTorch's semantics.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <lamella/device.h>
#include <lamella/dims.h>
#include <lamella/dtype.h>
#include <lamella/scalar.h>

namespace lamella {

class TensorImpl;
class Tensor;
class BorrowedTensor;

enum class MemoryFormat : std::uint8_t { kContiguous, kChannelsLast, kPreserve };

/// Removes a hook when asked; a handle that goes out of scope leaves the hook in place, as in PyTorch.
class HookHandle {
 public:
  HookHandle() = default;
  explicit HookHandle(std::function<void()> remove) : remove_(std::move(remove)) {}
  void remove() {
    if (remove_) remove_();
    remove_ = nullptr;
  }

 private:
  std::function<void()> remove_;
};

struct BackwardOptions {
  std::optional<bool> retain_graph = {};  ///< default: create_graph
  /// Records the backward itself. A leaf's grad() then holds the graph, which holds the leaf: drop it with
  /// set_grad(Tensor()).
  bool create_graph = false;
};

/// start:stop:step of one axis, as in Python; absent ends mean the whole axis. step >= 1.
struct Slice {
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> stop = {};
  std::int64_t step = 1;
};

/// A counted handle: copies share the array. A default-constructed one is undefined and only `defined()` may be asked.
/// Views share memory; strides and offsets are PyTorch's. Thread safety: as for std::shared_ptr, and concurrent reads
/// of one array are safe whatever the handles.
class Tensor {
 public:
  Tensor() noexcept : impl_(nullptr) {}
  Tensor(const Tensor& other) noexcept;
  Tensor(Tensor&& other) noexcept : impl_(other.impl_) { other.impl_ = nullptr; }
  Tensor& operator=(const Tensor& other) noexcept;
  Tensor& operator=(Tensor&& other) noexcept;
  ~Tensor();

  bool defined() const { return impl_ != nullptr; }
  explicit operator bool() const = delete;  // ambiguous: defined() or item<bool>()
  /// The same array object (not: equal values).
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

  // Geometry.
  const Dims& shape() const;
  const Dims& strides() const;
  std::int64_t dim() const;
  std::int64_t numel() const;
  std::int64_t size(std::int64_t axis) const;
  std::int64_t stride(std::int64_t axis) const;
  std::int64_t storage_offset() const;
  DType dtype() const;
  Device device() const;
  bool is_contiguous(MemoryFormat format = MemoryFormat::kContiguous) const;
  bool is_floating_point() const { return lamella::is_floating_point(dtype()); }

  // Values.
  /// Pointer to the first element. Element (i0, i1, …) is at sum i_k * stride(k). Brings the memory to plain order for
  /// good; writes through it are the caller's to declare (bump_version). Raises TypeError if T is not the tensor's
  /// type.
  template <typename T>
  T* data() const {
    return static_cast<T*>(data_ptr(dtype_of<T>));
  }
  /// The same without a type.
  void* data_ptr() const;
  /// The value of a tensor with one element, converted. Raises ValueError for another count.
  Scalar item() const;
  template <typename T>
  T item() const {
    return item().to<T>();
  }
  /// All elements in row-major order.
  template <typename T>
  std::vector<T> to_vector() const;
  std::string to_string() const;

  // Autograd.
  bool requires_grad() const;
  /// Raises for integer dtypes, and for false on a non-leaf.
  const Tensor& requires_grad_(bool value = true) const;
  bool is_leaf() const;
  /// The accumulated gradient; undefined before the first backward.
  Tensor grad() const;
  /// Replaces it (undefined clears it). Raises where shape or dtype differ.
  void set_grad(const Tensor& gradient) const;
  /// The name of the operator that made it ("ReluBackward0"), or "".
  std::string grad_fn() const;
  /// Differentiates it with respect to the leaves that require grad and adds to their grad(). Without `gradient` it
  /// must have one element.
  void backward(const Tensor& gradient = Tensor(), BackwardOptions options = {}) const;
  /// The same values without a history; shares memory and version counter.
  Tensor detach() const;
  const Tensor& detach_() const;
  /// The same memory, outside autograd's sight (torch's .data): writes are not seen by the version counter.
  Tensor variable_data() const;
  /// Keeps the gradient of a non-leaf.
  void retain_grad() const;
  bool retains_grad() const;
  /// Runs on the gradient of this tensor before it is used; a defined result replaces it.
  HookHandle register_hook(std::function<Tensor(const Tensor&)> hook) const;
  /// For a leaf: runs after its gradient was accumulated (one-pass optimisers, gradient buckets).
  HookHandle register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook) const;
  /// Makes a leaf's gradient accumulate into `buffer` (same shape and dtype, contiguous), which then is its grad().
  void set_grad_sink(const Tensor& buffer) const;
  std::uint32_t version() const;
  void bump_version() const;

  // Views (they share memory; PyTorch's rules and errors).
  Tensor view(Dims shape) const;
  Tensor reshape(Dims shape) const;
  Tensor flatten(std::int64_t start = 0, std::int64_t end = -1) const;
  Tensor permute(Dims axes) const;
  Tensor transpose(std::int64_t a, std::int64_t b) const;
  Tensor t() const;
  Tensor select(std::int64_t axis, std::int64_t index) const;
  Tensor narrow(std::int64_t axis, std::int64_t start, std::int64_t length) const;
  Tensor slice(std::int64_t axis, Slice range) const;
  Tensor squeeze() const;
  Tensor squeeze(std::int64_t axis) const;
  Tensor unsqueeze(std::int64_t axis) const;
  Tensor expand(Dims shape) const;
  Tensor as_strided(Dims shape, Dims strides, std::int64_t offset) const;
  /// x[i] along the first axis; x[{1, 3}] narrows the first axis.
  Tensor operator[](std::int64_t index) const { return select(0, index); }
  Tensor operator[](Slice range) const { return slice(0, range); }

  // Copies.
  Tensor contiguous(MemoryFormat format = MemoryFormat::kContiguous) const;
  Tensor clone(MemoryFormat format = MemoryFormat::kPreserve) const;
  Tensor to(DType dtype) const;
  Tensor to(MemoryFormat format) const;

  // In place. All return *this; they raise on a leaf that requires grad (outside no_grad) and on an expanded tensor.
  const Tensor& copy_(const Tensor& source) const;
  const Tensor& fill_(Scalar value) const;
  const Tensor& zero_() const;
  const Tensor& add_(const Tensor& other, Scalar alpha = 1) const;
  const Tensor& add_(Scalar other) const;
  const Tensor& sub_(const Tensor& other, Scalar alpha = 1) const;
  const Tensor& mul_(const Tensor& other) const;
  const Tensor& mul_(Scalar other) const;
  const Tensor& div_(const Tensor& other) const;
  const Tensor& div_(Scalar other) const;
  const Tensor& uniform_(double from = 0, double to = 1) const;
  const Tensor& normal_(double mean = 0, double std = 1) const;
  const Tensor& bernoulli_(double p = 0.5) const;
  /// Whole numbers in [low, high); without `high`, in [0, low); without both, all that the dtype can hold (a floating
  /// one: exactly).
  const Tensor& random_(std::optional<std::int64_t> low = {}, std::optional<std::int64_t> high = {}) const;
  /// Of the density lambda exp(-lambda x).
  const Tensor& exponential_(double lambda = 1) const;

  // Reductions (the rest stand in ops/reduce.h).
  Tensor sum() const;
  Tensor sum(Dims axes, bool keepdim = false) const;
  Tensor mean() const;
  Tensor mean(Dims axes, bool keepdim = false) const;

  /// The implementation, for the library's own use.
  TensorImpl* impl() const { return impl_; }

 private:
  friend Tensor make_tensor_from(TensorImpl* retained);
  friend TensorImpl* take_reference(Tensor&& tensor) noexcept;
  friend class BorrowedTensor;
  struct Uncounted {
    TensorImpl* impl;
  };
  explicit Tensor(Uncounted held) noexcept : impl_(held.impl) {}
  void* data_ptr(DType expected) const;
  TensorImpl* impl_;
};

/// A few tensors, in place up to four.
using TensorList = SmallVector<Tensor, 4>;

}  // namespace lamella
