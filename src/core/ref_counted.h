// Intrusive reference counts that a foreign owner can take over, so that a binding keeps one foreign object a tensor.
//
// Thread safety: counts may change on any thread.
// 1. Without a foreign owner the state is (count << 1) | 1; the object is deleted when the count falls to zero.
// 2. With one, the state is the owner's pointer, and every reference is a reference to that owner: the owner deletes.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace lamella {

/// How references to a foreign owner are counted (for Python: with the interpreter lock held).
struct ForeignOwnerHooks {
  void (*retain)(void* owner) = nullptr;
  void (*release)(void* owner) = nullptr;
};
void set_foreign_owner_hooks(ForeignOwnerHooks hooks);

class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  virtual ~RefCounted() = default;

  void retain() const noexcept {
    std::uintptr_t state = state_.load(std::memory_order_relaxed);
    while ((state & 1U) != 0) {
      if (state_.compare_exchange_weak(state, state + 2, std::memory_order_relaxed)) return;
    }
    retain_owner(state);
  }
  void release() const noexcept {
    std::uintptr_t state = state_.load(std::memory_order_acquire);
    while ((state & 1U) != 0) {
      if (state == 3) {  // the only reference left is the caller's: nobody can race with it
        delete this;
        return;
      }
      if (state_.compare_exchange_weak(state, state - 2, std::memory_order_acq_rel)) return;
    }
    release_owner(state);
  }

  /// The foreign owner, or null.
  void* foreign_owner() const noexcept {
    const std::uintptr_t state = state_.load(std::memory_order_acquire);
    return (state & 1U) != 0 ? nullptr : reinterpret_cast<void*>(state);
  }
  /// Hands the object to `owner`, on which this retains once for every reference there is.
  void set_foreign_owner(void* owner) noexcept;
  /// References without a foreign owner; 0 with one.
  std::uintptr_t use_count() const noexcept {
    const std::uintptr_t state = state_.load(std::memory_order_acquire);
    return (state & 1U) != 0 ? state >> 1 : 0;
  }

 private:
  static void retain_owner(std::uintptr_t owner) noexcept;
  static void release_owner(std::uintptr_t owner) noexcept;
  mutable std::atomic<std::uintptr_t> state_{1};
};

/// A counted pointer to a RefCounted.
template <typename T>
class RefPtr {
 public:
  RefPtr() = default;
  RefPtr(std::nullptr_t) {}
  explicit RefPtr(T* object) : object_(object) {
    if (object_ != nullptr) object_->retain();
  }
  RefPtr(const RefPtr& other) : RefPtr(other.object_) {}
  RefPtr(RefPtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  RefPtr& operator=(RefPtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~RefPtr() {
    if (object_ != nullptr) object_->release();
  }
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(const RefPtr& a, const RefPtr& b) { return a.object_ == b.object_; }

 private:
  T* object_ = nullptr;
};

template <typename T, typename... Args>
RefPtr<T> make_ref(Args&&... args) {
  return RefPtr<T>(new T(std::forward<Args>(args)...));
}

}  // namespace lamella
