#include "core/storage.h"

#include <cstring>

#include <fmt/format.h>

#include <lamella/error.h>

#include "core/allocator.h"
#include "core/parallel.h"

namespace lamella {

namespace {

/// out[c][s] = in[s][c] for one batch item of `channels` x `pixels`, tile by tile so that both sides stay in the cache.
template <typename T>
void transpose_item(const T* in, T* out, std::int64_t pixels, std::int64_t channels) {
  constexpr std::int64_t kTile = 16;
  for (std::int64_t s0 = 0; s0 < pixels; s0 += kTile) {
    const std::int64_t s1 = std::min(pixels, s0 + kTile);
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t s = s0; s < s1; ++s) out[c * pixels + s] = in[s * channels + c];
    }
  }
}

template <typename T>
void channels_last_to_plain(const std::byte* in, std::byte* out, const PhysicalOrder& order) {
  std::int64_t pixels = 1;
  for (int axis = 2; axis < order.axes; ++axis) pixels *= order.extents[static_cast<std::size_t>(axis)];
  const std::int64_t channels = order.extents[1];
  const std::int64_t item = pixels * channels;
  const std::int64_t items = order.extents[0];
  const std::int64_t tasks = std::min(items, tasks_for(items * item));
  parallel_for(std::max<std::int64_t>(tasks, 1), [&](std::int64_t task) {
    const TaskRange range = task_range(items, std::max<std::int64_t>(tasks, 1), task);
    for (std::int64_t n = range.begin; n < range.end; ++n) {
      transpose_item(reinterpret_cast<const T*>(in) + n * item, reinterpret_cast<T*>(out) + n * item, pixels, channels);
    }
  });
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : data_(static_cast<std::byte*>(allocate(bytes))), bytes_(bytes), owned_(true) {}

Buffer::Buffer(void* data, std::size_t bytes, std::function<void()> release)
    : data_(static_cast<std::byte*>(data)), bytes_(bytes), owned_(false), release_(std::move(release)) {}

Buffer::~Buffer() {
  if (owned_) {
    deallocate(data_, bytes_);
  } else if (release_) {
    release_();
  }
}

PhysicalOrder PhysicalOrder::channels_last(std::span<const std::int64_t> shape) {
  PhysicalOrder order;
  if (shape.size() < 3 || shape.size() > 5) return order;
  bool several = false;  // pixels; their number may be beyond 64 bits, as nobody has allocated the shape yet
  for (const std::int64_t extent : shape.subspan(2)) {
    if (extent == 0) return order;
    several = several || extent > 1;
  }
  if (shape[1] <= 1 || !several || shape[0] == 0) return order;
  order.axes = static_cast<std::uint8_t>(shape.size());
  std::copy(shape.begin(), shape.end(), order.extents.begin());
  return order;
}

Storage::Storage(std::size_t elements, DType dtype, PhysicalOrder order, Device device)
    : device_(device), dtype_(dtype), bytes_(elements * size_of(dtype)), plain_(order.is_plain()), order_(order) {
  if (order.is_plain()) {
    plain_base_ = static_cast<std::byte*>(allocate(bytes_));
  } else {
    buffer_ = make_ref<Buffer>(bytes_);
    plain_base_ = buffer_->data();
  }
}

Storage::Storage(RefPtr<Buffer> buffer, DType dtype)
    : dtype_(dtype), bytes_(buffer->bytes()), plain_(true), exposed_(true), buffer_(std::move(buffer)) {
  plain_base_ = buffer_->data();
}

Storage::~Storage() {
  if (!buffer_) deallocate(plain_base_, bytes_);
}

PhysicalOrder Storage::order() const {
  if (is_plain()) return PhysicalOrder::plain();
  const std::lock_guard lock(mutex_);
  return order_;
}

Storage::Snapshot Storage::snapshot() const {
  const std::lock_guard lock(mutex_);
  if (order_.is_plain()) return {plain_base_, nullptr, order_};
  return {buffer_->data(), buffer_, order_};
}

void Storage::make_plain() {
  if (is_plain()) return;
  const std::lock_guard lock(mutex_);
  if (order_.is_plain()) return;
  auto plain = make_ref<Buffer>(bytes_);
  switch (size_of(dtype_)) {
    case 1:
      channels_last_to_plain<std::uint8_t>(buffer_->data(), plain->data(), order_);
      break;
    case 2:
      channels_last_to_plain<std::uint16_t>(buffer_->data(), plain->data(), order_);
      break;
    case 4:
      channels_last_to_plain<std::uint32_t>(buffer_->data(), plain->data(), order_);
      break;
    default:
      channels_last_to_plain<std::uint64_t>(buffer_->data(), plain->data(), order_);
      break;
  }
  buffer_ = std::move(plain);
  order_ = PhysicalOrder::plain();
  plain_base_ = buffer_->data();
  plain_.store(true, std::memory_order_release);
}

std::byte* Storage::expose() {
  make_plain();
  exposed_.store(true, std::memory_order_release);
  return plain_base_;
}

RefPtr<Buffer> Storage::find_derived(const void* key, std::uint64_t variant) const {
  if (exposed()) return nullptr;
  const std::uint64_t epoch = write_epoch();
  const std::lock_guard lock(mutex_);
  if (!derived_) return nullptr;
  for (const Derived& entry : *derived_) {
    if (entry.key == key && entry.variant == variant && entry.epoch == epoch && entry.buffer) return entry.buffer;
  }
  return nullptr;
}

void Storage::keep_derived(const void* key, std::uint64_t variant, std::uint64_t epoch, RefPtr<Buffer> buffer) {
  if (exposed()) return;
  const std::lock_guard lock(mutex_);
  if (!derived_) derived_ = std::make_unique<std::array<Derived, kDerivedSlots>>();
  for (Derived& entry : *derived_) {
    if (entry.buffer && entry.epoch != epoch) entry = {};
  }
  for (Derived& entry : *derived_) {
    if (!entry.buffer || (entry.key == key && entry.variant == variant)) {
      entry = {key, variant, epoch, std::move(buffer)};
      return;
    }
  }
  (*derived_)[static_cast<std::size_t>(next_derived_)] = {key, variant, epoch, std::move(buffer)};
  next_derived_ = (next_derived_ + 1) % kDerivedSlots;
}

}  // namespace lamella
