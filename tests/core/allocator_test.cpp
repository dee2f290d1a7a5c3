#include "core/allocator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <lamella/error.h>
#include <lamella/memory.h>

#include "core/platform.h"

namespace lamella {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kCaching = false;  // every block comes from the sanitizer and goes back to it
#else
constexpr bool kCaching = true;
#endif

class AllocatorTest : public testing::Test {
 protected:
  void SetUp() override { empty_cache(); }
  void TearDown() override {
    set_cache_limit(kAutomaticCacheLimit);
    empty_cache();
  }
};

constexpr std::size_t kMega = std::size_t{1} << 20;

// What a training step does to the allocator: sizes from a scalar to a large activation, freed in reverse.
void step() {
  std::vector<std::pair<void*, std::size_t>> blocks;
  for (const std::size_t bytes : {4UL, 64UL, 1000UL, 40000UL, 401408UL, 3211264UL, 6422528UL, 4UL, 3211264UL}) {
    blocks.emplace_back(allocate(bytes), bytes);
  }
  while (!blocks.empty()) {
    deallocate(blocks.back().first, blocks.back().second);
    blocks.pop_back();
  }
}

TEST_F(AllocatorTest, BlocksAreAlignedWritableAndDoNotOverlap) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t bytes = 1; bytes < 9 * kMega; bytes = bytes * 3 / 2 + 1) {
    auto* block = static_cast<unsigned char*>(allocate(bytes));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % kBlockAlignment, 0U) << bytes;
    std::memset(block, static_cast<int>(blocks.size()), bytes);
    blocks.emplace_back(block, bytes);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, bytes] = blocks[i];
    EXPECT_EQ(block[0], i);
    EXPECT_EQ(block[bytes / 2], i);
    EXPECT_EQ(block[bytes - 1], i);
    deallocate(block, bytes);
  }
}

TEST_F(AllocatorTest, NothingIsANullPointer) {
  EXPECT_EQ(allocate(0), nullptr);
  deallocate(nullptr, 0);
}

TEST_F(AllocatorTest, ASettledLoopTakesNoBlockFromTheSystem) {
  if (!kCaching) GTEST_SKIP() << "the address sanitizer is on: nothing is cached";
  for (int i = 0; i < 3; ++i) step();
  const std::uint64_t settled = memory_stats().system_allocations;
  for (int i = 0; i < 20; ++i) step();
  EXPECT_EQ(memory_stats().system_allocations, settled);
}

TEST_F(AllocatorTest, AFreedBlockIsTheNextOneOfItsSize) {
  if (!kCaching) GTEST_SKIP() << "the address sanitizer is on: nothing is cached";
  for (const std::size_t bytes : {64UL, 5000UL, 100000UL, 5 * kMega}) {
    void* const first = allocate(bytes);
    deallocate(first, bytes);
    void* const second = allocate(bytes);
    EXPECT_EQ(first, second) << bytes;
    deallocate(second, bytes);
  }
}

TEST_F(AllocatorTest, TheStatisticsFollowEveryBlock) {
  const MemoryStats before = memory_stats();
  void* const block = allocate(4 * kMega);
  EXPECT_EQ(memory_stats().in_use, before.in_use + 4 * kMega);
  EXPECT_EQ(memory_stats().system_allocations, before.system_allocations + 1);
  deallocate(block, 4 * kMega);
  EXPECT_EQ(memory_stats().in_use, before.in_use);
  EXPECT_EQ(memory_stats().cached, kCaching ? before.cached + 4 * kMega : before.cached);
  EXPECT_GE(memory_stats().peak_in_use, before.in_use + 4 * kMega);

  void* const small = allocate(100);
  EXPECT_EQ(memory_stats().in_use, before.in_use + 128);
  deallocate(small, 100);
  EXPECT_EQ(memory_stats().in_use, before.in_use);

  reset_peak_memory();
  EXPECT_LT(memory_stats().peak_in_use, before.in_use + 4 * kMega);
}

TEST_F(AllocatorTest, EmptyingTheCacheGivesItsMemoryBackToTheSystem) {
  if (!kCaching) GTEST_SKIP() << "the address sanitizer is on: nothing is cached";
  constexpr std::size_t kBytes = 32 * kMega;
  void* const block = allocate(kBytes);
  std::memset(block, 1, kBytes);
  deallocate(block, kBytes);
  const std::size_t cached = resident_memory();
  empty_cache();
  EXPECT_EQ(memory_stats().cached, 0U);
  EXPECT_LE(resident_memory(), cached - (cached > 0 ? kBytes / 2 : 0));
}

TEST_F(AllocatorTest, TheCacheStaysWithinItsLimitAndDropsTheLongestUnusedBlock) {
  if (!kCaching) GTEST_SKIP() << "the address sanitizer is on: nothing is cached";
  set_cache_limit(12 * kMega);
  void* const old = allocate(8 * kMega);
  void* const young = allocate(10 * kMega);
  deallocate(old, 8 * kMega);
  deallocate(young, 10 * kMega);
  EXPECT_EQ(memory_stats().cached, 10 * kMega);
  set_cache_limit(0);
  EXPECT_EQ(memory_stats().cached, 0U);
}

TEST_F(AllocatorTest, TheAutomaticLimitHoldsWhatWasInUseAtOnceAndNoMore) {
  if (!kCaching) GTEST_SKIP() << "the address sanitizer is on: nothing is cached";
  for (std::size_t bytes = 8 * kMega; bytes < 30 * kMega; bytes += 2 * kMega) {  // shapes that never come again
    deallocate(allocate(bytes), bytes);
  }
  EXPECT_LE(memory_stats().cached, 64 * kMega);
}

TEST_F(AllocatorTest, AStepWhosePartsUseOtherSizesSettles) {
  if (!kCaching) GTEST_SKIP() << "the address sanitizer is on: nothing is cached";
  const auto use = [](std::size_t bytes, int count) {
    std::vector<void*> blocks;
    for (int i = 0; i < count; ++i) blocks.push_back(allocate(bytes));
    for (void* const block : blocks) deallocate(block, bytes);
  };
  const auto step = [&] {
    use(4 * kMega, 25);
    use(3 * kMega, 6);
  };
  step();
  const std::uint64_t settled = memory_stats().system_allocations;
  step();
  step();
  EXPECT_EQ(memory_stats().system_allocations, settled);
}

TEST_F(AllocatorTest, TooMuchRaisesAnErrorThatSaysHowMuch) {
  for (const std::size_t bytes : {std::size_t{39204} * 1000000000000, std::size_t{1} << 62, ~std::size_t{0}}) {
    try {
      deallocate(allocate(bytes), bytes);
      ADD_FAILURE() << "got " << bytes << " bytes";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("GB"), std::string::npos) << error.what();
    }
  }
  try {
    deallocate(allocate(std::size_t{39204} * 1000000000000), 1);
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("39204000.00 GB"), std::string::npos) << error.what();
  }
}

TEST_F(AllocatorTest, BlocksMayBeFreedOnAnotherThreadAndSurviveTheirThread) {
  const std::size_t before = memory_stats().in_use;
  std::vector<void*> blocks(500);
  std::thread([&] {
    for (void*& block : blocks) block = allocate(256);
  }).join();
  std::thread([&] {
    for (void* block : blocks) {
      std::memset(block, 1, 256);
      deallocate(block, 256);
    }
  }).join();
  EXPECT_EQ(memory_stats().in_use, before);
}

TEST_F(AllocatorTest, ThreadsThatComeAndGoLeaveNothingBehind) {
  const std::size_t before = memory_stats().in_use;
  for (int i = 0; i < 20; ++i) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) threads.emplace_back(step);
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(memory_stats().in_use, before);
}

// Freed after the thread's cache has ended: by the destructor of an object that was made before the cache was.
struct LateFreer {
  void* block = nullptr;
  ~LateFreer() { deallocate(block, 64); }
};

TEST_F(AllocatorTest, ABlockMayBeFreedAtTheVeryEndOfItsThread) {
  const std::size_t before = memory_stats().in_use;
  std::thread([] {
    thread_local LateFreer late;
    late.block = allocate(64);
    deallocate(allocate(64), 64);
  }).join();
  EXPECT_EQ(memory_stats().in_use, before);
}

LateFreer freed_by_a_static_destructor;

TEST_F(AllocatorTest, ABlockMayBeFreedByAStaticDestructor) {
  freed_by_a_static_destructor.block = allocate(64);  // a crash at exit would fail the whole program
}

TEST(Memory, ResidentMemoryIsKnownAndNoMoreThanItsPeak) {
  EXPECT_GT(resident_memory(), kMega);
  EXPECT_GE(peak_resident_memory(), resident_memory() / 2);
}

}  // namespace
}  // namespace lamella
