#include "core/ref_counted.h"

namespace lamella {

namespace {
ForeignOwnerHooks owner_hooks;
}

void set_foreign_owner_hooks(ForeignOwnerHooks hooks) { owner_hooks = hooks; }

void RefCounted::set_foreign_owner(void* owner) noexcept {
  owner_ = owner;
  if (count_.load(std::memory_order_acquire) != 0) retain_owner();
}

void RefCounted::retain_owner() const noexcept { owner_hooks.retain(owner_); }

void RefCounted::release_owner() const noexcept { owner_hooks.release(owner_); }

}  // namespace lamella
