// The memory behind tensors, and the one gate through which kernels reach it.
//
// Strides of tensors are logical and always PyTorch's. What lies in memory is the storage's own business: its elements
// stand in *plain* order (logical offset i is element i) or in *channels-last* order of one 3- to 5-D shape, which the
// operator that made it chose.
//
// Thread safety: any number of threads may read tensors of one storage.
// 1. A storage goes from channels-last to plain at most once and never back; it happens under its mutex.
// 2. The buffer of a plain storage never changes. A reader of a channels-last storage keeps the buffer that it was
//    given, so a reorder by another thread leaves it valid, with the same values.
// 3. Once exposed (a raw pointer left the library) a storage is plain and stays so.
// 4. Every write through the gate bumps the write epoch, whatever the handle; what is derived from a storage's values
// (packed
//    weights) is cached under its epoch, and never for an exposed storage.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include <lamella/device.h>
#include <lamella/dims.h>
#include <lamella/dtype.h>

#include "core/ref_counted.h"

namespace lamella {

/// A block of bytes with the way to give it back.
class Buffer : public RefCounted {
 public:
  /// From the caching allocator, 64-byte aligned, not initialised.
  explicit Buffer(std::size_t bytes);
  /// Foreign memory; `release` (may be empty) runs when the last user is gone.
  Buffer(void* data, std::size_t bytes, std::function<void()> release);
  ~Buffer() override;
  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* data_;
  std::size_t bytes_;
  bool owned_;
  std::function<void()> release_;
};

/// Plain (axes == 0), or channels-last of a shape [N, C, spatial…] of 3 to 5 axes.
struct PhysicalOrder {
  std::uint8_t axes = 0;
  std::array<std::int64_t, 5> extents{};

  static PhysicalOrder plain() { return {}; }
  /// Channels-last of `shape`; plain where both are the same bytes (C == 1 or one pixel) or the rank is not 3 to 5.
  static PhysicalOrder channels_last(std::span<const std::int64_t> shape);
  bool is_plain() const { return axes == 0; }
  friend bool operator==(const PhysicalOrder&, const PhysicalOrder&) = default;
};

class Storage : public RefCounted {
 public:
  Storage(std::size_t elements, DType dtype, PhysicalOrder order, Device device = {});
  Storage(RefPtr<Buffer> buffer, DType dtype);
  ~Storage() override;

  Device device() const { return device_; }
  std::size_t bytes() const { return bytes_; }
  PhysicalOrder order() const;
  bool is_plain() const { return plain_.load(std::memory_order_acquire); }
  bool exposed() const { return exposed_.load(std::memory_order_acquire); }
  std::uint64_t write_epoch() const { return epoch_.load(std::memory_order_acquire); }
  void bump_epoch() {
    if (use_count() == 1) {  // one tensor, whose writers must not race anyway
      epoch_.store(epoch_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    } else {
      epoch_.fetch_add(1, std::memory_order_acq_rel);
    }
  }

  /// The autograd version counter shared by all views of this storage.
  std::atomic<std::uint32_t>& version() { return version_; }

  /// The memory as it is now, with its order. `keep` holds it where the storage may replace it; null for a plain one,
  /// which keeps its memory for as long as it lives.
  struct Snapshot {
    std::byte* data = nullptr;
    RefPtr<Buffer> keep;
    PhysicalOrder order;
  };
  Snapshot snapshot() const;
  /// Brings the elements to plain order, once, for all aliases.
  void make_plain();
  /// Plain order for good, since a raw pointer leaves the library.
  std::byte* expose();
  /// The base pointer of a storage that is plain.
  std::byte* plain_data() const { return plain_base_; }

  /// What kernels derived from the values (packed weights), valid for one epoch and one key.
  struct Derived {
    const void* key = nullptr;
    std::uint64_t variant = 0;
    std::uint64_t epoch = 0;
    RefPtr<Buffer> buffer;
  };
  /// The cached block for (key, variant) at the present epoch, or null.
  RefPtr<Buffer> find_derived(const void* key, std::uint64_t variant) const;
  /// Keeps at most kDerivedSlots blocks; ignored for an exposed storage. `epoch` is the one that was read before
  /// deriving.
  void keep_derived(const void* key, std::uint64_t variant, std::uint64_t epoch, RefPtr<Buffer> buffer);
  static constexpr int kDerivedSlots = 4;

 private:
  Device device_;
  DType dtype_;
  std::size_t bytes_;
  std::atomic<bool> plain_;
  std::atomic<bool> exposed_{false};
  std::atomic<std::uint64_t> epoch_{0};
  std::atomic<std::uint32_t> version_{0};
  std::byte* plain_base_ = nullptr;
  mutable std::mutex mutex_;
  /// The memory of a storage that is or was channels-last, or foreign memory. A storage that was plain from the start
  /// has its block itself (an object less to make), at plain_base_.
  RefPtr<Buffer> buffer_;
  PhysicalOrder order_;
  std::unique_ptr<std::array<Derived, kDerivedSlots>> derived_;  ///< few storages have any
  int next_derived_ = 0;
};

}  // namespace lamella
