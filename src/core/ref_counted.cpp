#include "core/ref_counted.h"

namespace lamella {

namespace {
ForeignOwnerHooks owner_hooks;
}

void set_foreign_owner_hooks(ForeignOwnerHooks hooks) { owner_hooks = hooks; }

void RefCounted::set_foreign_owner(void* owner) noexcept {
  std::uintptr_t state = state_.load(std::memory_order_acquire);
  while (!state_.compare_exchange_weak(state, reinterpret_cast<std::uintptr_t>(owner), std::memory_order_acq_rel)) {
  }
  for (std::uintptr_t references = state >> 1; references > 0; --references) owner_hooks.retain(owner);
}

void RefCounted::retain_owner(std::uintptr_t owner) noexcept { owner_hooks.retain(reinterpret_cast<void*>(owner)); }

void RefCounted::release_owner(std::uintptr_t owner) noexcept { owner_hooks.release(reinterpret_cast<void*>(owner)); }

}  // namespace lamella
