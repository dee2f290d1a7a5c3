// Intrusive reference counts that a foreign owner can share, so that a binding keeps one foreign object a tensor.
//
// Thread safety: counts may change on any thread.
// 1. Without a foreign owner the object is deleted when the count falls to zero.
// 2. With one, all the references that are counted here hold one reference to the owner together, from the first of
//    them to the last; the owner deletes. So only the first and the last reference cost a call to the owner, and a
//    thread that works on an object that somebody holds never needs the owner's lock to copy a handle.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace lamella {

/// How references to a foreign owner are counted. `release` may run on any thread, holding no lock of the owner's.
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
    if (count_.fetch_add(1, std::memory_order_relaxed) == 0 && owner_ != nullptr) retain_owner();
  }
  void release() const noexcept {
    // The only reference of an object without an owner: nobody else can touch the count, so it need not be written.
    if (count_.load(std::memory_order_acquire) == 1 && owner_ == nullptr) {
      delete this;
      return;
    }
    if (count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (owner_ != nullptr) {
      release_owner();
    } else {
      delete this;
    }
  }
  /// The first reference to an object that nobody else can see yet.
  void retain_new() const noexcept { count_.store(1, std::memory_order_relaxed); }

  /// The foreign owner, or null.
  void* foreign_owner() const noexcept { return owner_; }
  /// Hands the object to `owner`, on which this retains once if there is a reference. Once, while nobody else can see
  /// the object or under the owner's lock.
  void set_foreign_owner(void* owner) noexcept;
  /// Hands over an object of which the caller has the only reference, which ends. `owner` then holds the object alone.
  void give_to(void* owner) noexcept {
    count_.store(0, std::memory_order_relaxed);
    owner_ = owner;
  }
  /// References without a foreign owner; 0 with one, which may itself be held by anybody.
  std::uintptr_t use_count() const noexcept { return owner_ == nullptr ? count_.load(std::memory_order_acquire) : 0; }

 private:
  void retain_owner() const noexcept;
  void release_owner() const noexcept;
  mutable std::atomic<std::uintptr_t> count_{0};
  void* owner_ = nullptr;
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
  /// Of an object that was just made.
  static RefPtr of_new(T* object) {
    object->retain_new();
    RefPtr pointer;
    pointer.object_ = object;
    return pointer;
  }
  RefPtr& operator=(RefPtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~RefPtr() {
    if (object_ != nullptr) object_->release();
  }
  T* get() const { return object_; }
  /// Gives the reference to the caller.
  T* detach() noexcept { return std::exchange(object_, nullptr); }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(const RefPtr& a, const RefPtr& b) { return a.object_ == b.object_; }

 private:
  T* object_ = nullptr;
};

template <typename T, typename... Args>
RefPtr<T> make_ref(Args&&... args) {
  return RefPtr<T>::of_new(new T(std::forward<Args>(args)...));
}

}  // namespace lamella
