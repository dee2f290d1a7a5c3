// A caching allocator in two levels. Each thread keeps a few small blocks for itself and takes and returns them without
// a lock; everything else is cached in one central place, under a mutex, with the longest unused block evicted first.
// Blocks carry no header: a free block's own memory holds its links, and its size follows from what was asked for.
#include "core/allocator.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <mutex>
#include <new>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/memory.h>

#include "core/initial_exec.h"
#include "core/platform.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LAMELLA_ADDRESS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define LAMELLA_ADDRESS_SANITIZER
#endif

namespace lamella {
namespace {

// The sanitizer finds overruns and use after free only if every block comes from it and goes back to it, in its exact
// size.
#if defined(LAMELLA_ADDRESS_SANITIZER)
constexpr bool kCaching = false;
#else
constexpr bool kCaching = true;
#endif

// --- Size classes --------------------------------------------------------------------------------------------------
// Multiples of 64 up to 512, then eight steps a doubling: at most 1/8 is wasted, and a class is a few bit operations.

constexpr std::size_t kMostBytes = std::size_t{1} << 46;
constexpr std::size_t kMostSmall = std::size_t{32} << 10;  // what threads keep for themselves
constexpr std::size_t kHugePage = std::size_t{2} << 20;

constexpr std::size_t class_of(std::size_t bytes) {  // bytes > 0
  if (bytes <= 512) return (bytes - 1) >> 6;
  const std::size_t exponent = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;  // at least 9
  return 8 * (exponent - 9) + ((bytes - 1) >> (exponent - 3));
}

constexpr std::size_t size_of_class(std::size_t index) {
  if (index < 8) return (index + 1) << 6;
  const std::size_t exponent = index / 8 + 8;
  return (index % 8 + 9) << (exponent - 3);
}

constexpr std::size_t kClasses = class_of(kMostBytes) + 1;
constexpr std::size_t kSmallClasses = class_of(kMostSmall) + 1;
static_assert(class_of(512) == 7 && class_of(513) == 8 && size_of_class(8) == 576 && class_of(577) == 9);
static_assert(class_of(1024) == 15 && size_of_class(15) == 1024 && size_of_class(16) == 1152);
static_assert(size_of_class(kClasses - 1) == kMostBytes && size_of_class(kSmallClasses - 1) == kMostSmall);

// --- The system ----------------------------------------------------------------------------------------------------

void* take_from_system(std::size_t size) noexcept {
  if (!kCaching || size < kHugePage) return ::operator new(size, std::align_val_t{kBlockAlignment}, std::nothrow);
  void* block = platform::map_memory(size, kHugePage);
  if (block != nullptr) platform::advise_huge_pages(block, size);
  return block;
}

void give_to_system(void* block, std::size_t size) noexcept {
  if (!kCaching || size < kHugePage) {
    ::operator delete(block, std::align_val_t{kBlockAlignment});
  } else {
    platform::unmap_memory(block, size);
  }
}

// --- The central cache ---------------------------------------------------------------------------------------------

// A free block in the central cache, written into its own first bytes.
struct FreeBlock {
  FreeBlock* class_newer;
  FreeBlock* class_older;
  FreeBlock* newer;
  FreeBlock* older;
  std::size_t index;
};
static_assert(sizeof(FreeBlock) <= kBlockAlignment);

// A free block in a thread's cache.
struct SmallBlock {
  SmallBlock* next;
};

constexpr std::uint16_t kMostOfAClass = 32;
constexpr std::size_t kMostOfAThread = std::size_t{256} << 10;
enum class Life : std::uint8_t { kUnborn, kAlive, kEnded };

// Constant-initialised and trivially destructible: it outlives every destructor of its thread.
struct ThreadCache {
  std::array<SmallBlock*, kSmallClasses> blocks;
  std::array<std::uint16_t, kSmallClasses> counts;
  std::size_t bytes;
  std::atomic<std::size_t> visible_bytes;  // `bytes` for memory_stats() on other threads
  ThreadCache* next;                       // in the list of all threads' caches
  ThreadCache** link;
  Life life;

  void set_bytes(std::size_t value) {
    bytes = value;
    visible_bytes.store(value, std::memory_order_relaxed);
  }
};
constinit thread_local ThreadCache thread_cache{};
/// The thread's cache once it is alive, until the thread has ended; null before that.
LAMELLA_INITIAL_EXEC constinit thread_local ThreadCache* living_cache = nullptr;

class Central {
 public:
  // A cached block of the class, or null: then the caller asks the system.
  void* take(std::size_t index) {
    const std::lock_guard lock(mutex_);
    FreeBlock* const block = classes_[index];
    if (block == nullptr) return nullptr;
    unlink(block);
    count_in_use(size_of_class(index));
    return block;
  }

  void count_system_allocation(std::size_t size) {
    const std::lock_guard lock(mutex_);
    ++system_allocations_;
    count_in_use(size);
  }

  void put(void* block, std::size_t index) noexcept {
    FreeBlock* victims = nullptr;
    {
      const std::lock_guard lock(mutex_);
      in_use_ -= size_of_class(index);
      link(static_cast<FreeBlock*>(block), index);
      while (cached_ > limit()) victims = evict_oldest(victims);
    }
    release(victims);
  }

  void count_release(std::size_t size) noexcept {
    const std::lock_guard lock(mutex_);
    in_use_ -= size;
  }

  void release_all() noexcept {
    FreeBlock* victims = nullptr;
    {
      const std::lock_guard lock(mutex_);
      while (oldest_ != nullptr) victims = evict_oldest(victims);
    }
    release(victims);
  }

  void set_limit(std::size_t bytes) noexcept {
    FreeBlock* victims = nullptr;
    {
      const std::lock_guard lock(mutex_);
      given_limit_ = bytes;
      while (cached_ > limit()) victims = evict_oldest(victims);
    }
    release(victims);
  }

  MemoryStats stats() {
    const std::lock_guard lock(mutex_);
    std::size_t in_threads = 0;
    for (const ThreadCache* cache = threads_; cache != nullptr; cache = cache->next) {
      in_threads += cache->visible_bytes.load(std::memory_order_relaxed);
    }
    in_threads = std::min(in_threads, in_use_);
    return {in_use_ - in_threads, cached_ + in_threads, peak_, system_allocations_};
  }

  void reset_peak() {
    const std::lock_guard lock(mutex_);
    peak_ = in_use_;
  }

  void add(ThreadCache& cache) {
    const std::lock_guard lock(mutex_);
    cache.next = threads_;
    cache.link = &threads_;
    if (threads_ != nullptr) threads_->link = &cache.next;
    threads_ = &cache;
  }

  void remove(ThreadCache& cache) {
    const std::lock_guard lock(mutex_);
    *cache.link = cache.next;
    if (cache.next != nullptr) cache.next->link = cache.link;
  }

  // A child that is forked while another thread holds the mutex would wait for it for ever.
  void lock_for_fork() { mutex_.lock(); }
  void unlock_after_fork() { mutex_.unlock(); }

 private:
  void count_in_use(std::size_t size) {
    in_use_ += size;
    peak_ = std::max(peak_, in_use_);
    high_water_ = std::max(high_water_, in_use_);
  }

  // A quarter more than was in use at once: blocks of one moment of a training step have not always the sizes of
  // another, and giving some back in each step costs their pages' faults in the next.
  std::size_t limit() const {
    constexpr std::size_t kLeast = std::size_t{64} << 20;
    return given_limit_ == kAutomaticCacheLimit ? std::max(high_water_ + high_water_ / 4, kLeast) : given_limit_;
  }

  void link(FreeBlock* block, std::size_t index) {
    *block = {nullptr, classes_[index], nullptr, newest_, index};
    if (block->class_older != nullptr) block->class_older->class_newer = block;
    (block->older != nullptr ? block->older->newer : oldest_) = block;
    classes_[index] = newest_ = block;
    cached_ += size_of_class(index);
  }

  void unlink(FreeBlock* block) {
    (block->class_newer != nullptr ? block->class_newer->class_older : classes_[block->index]) = block->class_older;
    if (block->class_older != nullptr) block->class_older->class_newer = block->class_newer;
    (block->newer != nullptr ? block->newer->older : newest_) = block->older;
    (block->older != nullptr ? block->older->newer : oldest_) = block->newer;
    cached_ -= size_of_class(block->index);
  }

  // Puts the longest unused block in front of `victims`.
  FreeBlock* evict_oldest(FreeBlock* victims) {
    FreeBlock* const block = oldest_;
    unlink(block);
    block->older = victims;
    return block;
  }

  static void release(FreeBlock* victims) noexcept {
    while (victims != nullptr) {
      FreeBlock* const next = victims->older;
      give_to_system(victims, size_of_class(victims->index));
      victims = next;
    }
  }

  std::mutex mutex_;
  std::array<FreeBlock*, kClasses> classes_{};  // the newest block of each class
  FreeBlock* newest_ = nullptr;
  FreeBlock* oldest_ = nullptr;
  ThreadCache* threads_ = nullptr;
  std::size_t in_use_ = 0;  // with what lies in threads' caches
  std::size_t cached_ = 0;
  std::size_t peak_ = 0;
  std::size_t high_water_ = 0;
  std::size_t given_limit_ = kAutomaticCacheLimit;
  std::uint64_t system_allocations_ = 0;
};

// Never destroyed: blocks come back from static destructors too.
Central& central() {
  alignas(Central) static unsigned char storage[sizeof(Central)];
  static Central* const instance = [] {
    Central* const made = new (storage) Central;
    platform::at_fork([] { central().lock_for_fork(); }, [] { central().unlock_after_fork(); },
                      [] { central().unlock_after_fork(); });
    return made;
  }();
  return *instance;
}

// --- The threads' caches -------------------------------------------------------------------------------------------

void flush(ThreadCache& cache) noexcept {
  for (std::size_t index = 0; index < kSmallClasses; ++index) {
    while (SmallBlock* const block = cache.blocks[index]) {
      cache.blocks[index] = block->next;
      central().put(block, index);
    }
    cache.counts[index] = 0;
  }
  cache.set_bytes(0);
}

// Brings a thread's cache to life, and at the thread's end gives its blocks to the others.
struct ThreadCacheLife {
  ThreadCacheLife() {
    central().add(thread_cache);
    thread_cache.life = Life::kAlive;
    living_cache = &thread_cache;
  }
  ~ThreadCacheLife() {
    thread_cache.life = Life::kEnded;
    living_cache = nullptr;
    flush(thread_cache);
    central().remove(thread_cache);
  }
};

void bring_to_life() { thread_local const ThreadCacheLife life; }

[[noreturn]] void throw_out_of_memory(std::size_t bytes) {
  constexpr double kGigabyte = 1e9;
  const MemoryStats stats = memory_stats();
  throw Error(
      fmt::format("out of memory: cannot get {:.2f} GB more; tensors hold {:.2f} GB and this machine has {:.2f} "
                  "GB: use a smaller batch, size or model",
                  static_cast<double>(bytes) / kGigabyte, static_cast<double>(stats.in_use) / kGigabyte,
                  static_cast<double>(platform::physical_memory()) / kGigabyte));
}

// A system that overcommits hands out any address range and kills the process when it is touched.
bool is_absurd(std::size_t bytes) {
  if (bytes > kMostBytes) return true;
  static const std::size_t physical = platform::physical_memory();
  return physical > 0 && bytes / 2 > physical;
}

// The way of a block that the thread's cache does not have.
void* allocate_slowly(std::size_t bytes) {
  if (is_absurd(bytes)) throw_out_of_memory(bytes);
  const std::size_t index = class_of(bytes);
  const std::size_t size = size_of_class(index);
  if (kCaching) {
    if (void* const block = central().take(index)) return block;
  }
  void* block = take_from_system(kCaching ? size : bytes);
  if (block == nullptr) {
    empty_cache();
    block = take_from_system(kCaching ? size : bytes);
    if (block == nullptr) throw_out_of_memory(bytes);
  }
  central().count_system_allocation(size);
  return block;
}

// The way of a block that the thread's cache does not take.
void deallocate_slowly(void* block, std::size_t bytes) noexcept {
  const std::size_t index = class_of(bytes);
  if (!kCaching) {
    give_to_system(block, bytes);
    central().count_release(size_of_class(index));
    return;
  }
  if (bytes <= kMostSmall && thread_cache.life == Life::kUnborn) bring_to_life();
  central().put(block, index);
}

}  // namespace

void* allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  if (kCaching && bytes <= kMostSmall) [[likely]] {
    if (ThreadCache* const cache = living_cache) [[likely]] {
      const std::size_t index = class_of(bytes);
      if (SmallBlock* const block = cache->blocks[index]) [[likely]] {
        cache->blocks[index] = block->next;
        --cache->counts[index];
        cache->set_bytes(cache->bytes - size_of_class(index));
        return block;
      }
    }
  }
  return allocate_slowly(bytes);
}

void deallocate(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  if (kCaching && bytes <= kMostSmall) [[likely]] {
    if (ThreadCache* const cache = living_cache) [[likely]] {
      const std::size_t index = class_of(bytes);
      const std::size_t held = cache->bytes + size_of_class(index);
      if (cache->counts[index] < kMostOfAClass && held <= kMostOfAThread) [[likely]] {
        cache->blocks[index] = new (block) SmallBlock{cache->blocks[index]};
        ++cache->counts[index];
        cache->set_bytes(held);
        return;
      }
    }
  }
  deallocate_slowly(block, bytes);
}

MemoryStats memory_stats() { return central().stats(); }

void reset_peak_memory() { central().reset_peak(); }

void empty_cache() {
  flush(thread_cache);
  central().release_all();
}

void set_cache_limit(std::size_t bytes) { central().set_limit(bytes); }

std::size_t resident_memory() { return platform::resident_memory(); }
std::size_t peak_resident_memory() { return platform::peak_resident_memory(); }

}  // namespace lamella
