// Working memory of the convolution kernels: grow-only, one block a thread and slot, so that a network in its steady
// state asks the system for nothing.
#pragma once

#include <cstddef>
#include <new>

namespace lamella::kernels {

/// Who uses the block: the caller of a kernel for what all its tasks share, or the task that runs on this thread. The
/// caller's thread runs tasks too, hence two slots.
enum class ScratchSlot { kShared, kTask };

/// At least `bytes` bytes aligned to 64, valid until the next call for the same slot on the same thread; not
/// initialised.
void* scratch(ScratchSlot slot, std::size_t bytes);

template <typename T>
T* scratch_for(ScratchSlot slot, std::size_t elements) {
  if (elements > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
  return static_cast<T*>(scratch(slot, elements * sizeof(T)));
}

}  // namespace lamella::kernels
