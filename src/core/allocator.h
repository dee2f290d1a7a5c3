// The memory of tensors: aligned blocks, kept for reuse after they are freed. include/lamella/memory.h has the
// statistics.
//
// Thread safety: both functions may be called from any thread, a block may be freed on another thread than it was
// allocated on, and at any time: in destructors of thread_local and static objects too.
#pragma once

#include <cstddef>

namespace lamella {

/// Every block starts at a multiple of this: a cache line and the widest vector.
inline constexpr std::size_t kBlockAlignment = 64;

/// A block of at least `bytes` bytes, not zeroed; null for none. Blocks of 2 MiB and more lie on huge pages where the
/// system has them. Raises Error, which says how much was asked for, if there is no such block.
void* allocate(std::size_t bytes);

/// Takes back a block with the same `bytes` that it was asked for with.
void deallocate(void* block, std::size_t bytes) noexcept;

}  // namespace lamella
