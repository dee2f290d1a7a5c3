// What lamella's memory is doing: tensors' blocks come from a caching allocator, which keeps freed blocks for the next
// operator instead of giving them back to the system.
//
// Thread safety: every function may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lamella {

/// Bytes are those of whole blocks: a request is rounded up, by at most an eighth above 512 bytes.
struct MemoryStats {
  std::size_t in_use = 0;       ///< bytes that tensors hold
  std::size_t cached = 0;       ///< bytes that were freed and wait to be used again
  std::size_t peak_in_use = 0;  ///< the most that was in use; may count up to 256 KiB a thread of cached bytes
  std::uint64_t system_allocations =
      0;  ///< blocks taken from the system so far: stands still in a settled training loop
};

MemoryStats memory_stats();

/// Lets peak_in_use start again from what is in use now.
void reset_peak_memory();

/// Gives all cached blocks back to the system, except those in the small caches of other threads.
void empty_cache();

/// The most bytes that cached blocks may hold; beyond it the longest unused ones go back to the system.
/// kAutomaticCacheLimit, the default, is a quarter more than the most that has been in use at once, and at least 64
/// MiB: enough for a training step to find all of its blocks again, while lamella never holds more than two and a
/// quarter times what it has needed.
inline constexpr std::size_t kAutomaticCacheLimit = ~std::size_t{0};
void set_cache_limit(std::size_t bytes);

/// Bytes of physical memory that the whole process holds now, and the most that it has held (0 if the system does not
/// say).
std::size_t resident_memory();
std::size_t peak_resident_memory();

}  // namespace lamella
