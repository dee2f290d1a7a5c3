#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <lamella/error.h>
#include <lamella/threads.h>

#include "core/parallel.h"
#include "core/platform.h"

namespace lamella {
namespace {

class ThreadPoolTest : public testing::Test {
 protected:
  void SetUp() override { previous_ = num_threads(); }
  void TearDown() override {
    set_thread_pool({});
    set_num_threads(previous_);
    set_flush_denormal(false);
  }

 private:
  int previous_ = 1;
};

std::vector<int> runs_of_each_task(std::int64_t tasks) {
  std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
  parallel_for(tasks, [&](std::int64_t task) { runs[static_cast<std::size_t>(task)].fetch_add(1); });
  return {runs.begin(), runs.end()};
}

// On a busy machine one thread may run everything: tasks that wait for each other show that there are two.
bool two_tasks_meet() {
  std::atomic<int> arrived{0};
  parallel_for(2, [&](std::int64_t) {
    arrived.fetch_add(1);
    while (arrived.load() < 2) std::this_thread::yield();
  });
  return arrived.load() == 2;
}

TEST_F(ThreadPoolTest, EveryTaskRunsOnceForAnyNumberOfThreadsAndTasks) {
  for (const int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    for (const std::int64_t tasks : {0, 1, 2, 3, 7, 64, 1000}) {
      EXPECT_EQ(runs_of_each_task(tasks), std::vector<int>(static_cast<std::size_t>(tasks), 1))
          << threads << " threads, " << tasks << " tasks";
    }
  }
}

TEST_F(ThreadPoolTest, TasksRunAtTheSameTime) {
  set_num_threads(2);
  EXPECT_TRUE(two_tasks_meet());
}

TEST_F(ThreadPoolTest, ManyShortRegionsFollowEachOther) {
  set_num_threads(4);
  std::atomic<std::int64_t> sum{0};
  for (int region = 0; region < 3000; ++region) {
    parallel_for(4, [&](std::int64_t task) { sum.fetch_add(task, std::memory_order_relaxed); });
  }
  EXPECT_EQ(sum.load(), 3000 * 6);
}

TEST_F(ThreadPoolTest, WorkersThatHaveFallenAsleepWakeUp) {
  set_num_threads(2);
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));  // longer than any spinning
    EXPECT_TRUE(two_tasks_meet());
  }
}

TEST_F(ThreadPoolTest, ANestedCallRunsInlineInOrder) {
  set_num_threads(4);
  std::atomic<int> wrong{0};
  parallel_for(8, [&](std::int64_t) {
    const std::thread::id here = std::this_thread::get_id();
    std::vector<std::int64_t> order;
    parallel_for(5, [&](std::int64_t inner) {
      if (std::this_thread::get_id() != here) wrong.fetch_add(1);
      order.push_back(inner);
    });
    if (order != std::vector<std::int64_t>{0, 1, 2, 3, 4}) wrong.fetch_add(1);
  });
  EXPECT_EQ(wrong.load(), 0);
}

TEST_F(ThreadPoolTest, SeveralCallersAtATimeAllFinish) {
  set_num_threads(2);
  std::atomic<std::int64_t> runs{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int region = 0; region < 300; ++region) parallel_for(3, [&](std::int64_t) { runs.fetch_add(1); });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(runs.load(), 4 * 300 * 3);
}

TEST_F(ThreadPoolTest, AnExceptionOfATaskReachesTheCallerAndThePoolStaysUsable) {
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    EXPECT_THROW(parallel_for(16,
                              [](std::int64_t task) {
                                if (task % 5 == 3) throw std::out_of_range("task");
                              }),
                 std::out_of_range);
    EXPECT_EQ(runs_of_each_task(8), std::vector<int>(8, 1));
  }
}

TEST_F(ThreadPoolTest, NoTaskIsRunningWhenAnExceptionArrives) {
  set_num_threads(4);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::atomic<int> running{0};
    try {
      parallel_for(32, [&](std::int64_t task) {
        running.fetch_add(1);
        if (task == 1) {
          running.fetch_sub(1);
          throw std::runtime_error("stop");
        }
        std::this_thread::yield();
        running.fetch_sub(1);
      });
    } catch (const std::runtime_error&) {
    }
    ASSERT_EQ(running.load(), 0);
  }
}

TEST_F(ThreadPoolTest, WorkersTakeTheCallersDenormalMode) {
  set_num_threads(2);
  if (!set_flush_denormal(true)) GTEST_SKIP() << "this CPU has no flush-denormal mode";
  const auto halved_smallest_is_zero_on_both = [] {
    std::atomic<int> arrived{0};
    std::atomic<int> zeros{0};
    parallel_for(2, [&](std::int64_t) {
      arrived.fetch_add(1);
      while (arrived.load() < 2) std::this_thread::yield();
      volatile float smallest_normal = std::numeric_limits<float>::min();
      if (smallest_normal * 0.5F == 0.0F) zeros.fetch_add(1);
    });
    return zeros.load();
  };
  EXPECT_EQ(halved_smallest_is_zero_on_both(), 2);
  set_flush_denormal(false);
  EXPECT_EQ(halved_smallest_is_zero_on_both(), 0);
}

TEST_F(ThreadPoolTest, AChildAfterAForkHasAPoolOfItsOwn) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the thread sanitizer does not allow threads in the child of a fork";
#endif
  set_num_threads(2);
  EXPECT_TRUE(two_tasks_meet());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20);  // a hang must not outlive the test
    std::_Exit(two_tasks_meet() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  EXPECT_TRUE(two_tasks_meet());
}

TEST_F(ThreadPoolTest, AUsersPoolRunsEverythingUntilItIsTakenBack) {
  struct Counter {
    int regions = 0;
    std::int64_t tasks = 0;
  } counter;
  set_thread_pool({.user = &counter,
                   .threads = 7,
                   .run = [](void* user, std::int64_t tasks, void* context, void (*fn)(void*, std::int64_t)) {
                     auto* its = static_cast<Counter*>(user);
                     ++its->regions;
                     its->tasks += tasks;
                     for (std::int64_t task = tasks; task-- > 0;) fn(context, task);
                   }});
  EXPECT_EQ(num_threads(), 7);
  EXPECT_EQ(runs_of_each_task(5), std::vector<int>(5, 1));
  EXPECT_THROW(parallel_for(3, [](std::int64_t) { throw std::runtime_error("task"); }), std::runtime_error);
  EXPECT_EQ(counter.regions, 2);
  EXPECT_EQ(counter.tasks, 8);
  set_thread_pool({});
  EXPECT_EQ(runs_of_each_task(5), std::vector<int>(5, 1));
  EXPECT_EQ(counter.regions, 2);
}

TEST_F(ThreadPoolTest, ANumberOfThreadsOutOfRangeRaises) {
  EXPECT_THROW(set_num_threads(0), ValueError);
  EXPECT_THROW(set_num_threads(-3), ValueError);
  EXPECT_THROW(set_num_threads(1 << 20), ValueError);
}

// The variable is read at the first use in a process: each case needs a process of its own.
int threads_with(const char* value) {
  setenv("LAMELLA_NUM_THREADS", value, 1);
  try {
    return num_threads();
  } catch (const ValueError&) {
    return 100;
  }
}

TEST(ThreadPoolDeathTest, TheEnvironmentSaysHowMany) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::_Exit(threads_with("3")), testing::ExitedWithCode(3), "");
  for (const char* wrong : {"0", "-1", "two", "3x", "1e3", "99999999999"}) {
    EXPECT_EXIT(std::_Exit(threads_with(wrong)), testing::ExitedWithCode(100), "") << wrong;
  }
}

TEST(TaskRange, CutsItemsAsEvenlyAsCanBeAndInOrder) {
  for (const std::int64_t items : {0, 1, 5, 64, 1001}) {
    for (const std::int64_t tasks : {1, 2, 3, 7}) {
      std::int64_t next = 0;
      for (std::int64_t task = 0; task < tasks; ++task) {
        const TaskRange range = task_range(items, tasks, task);
        EXPECT_EQ(range.begin, next);
        EXPECT_LE(range.end - range.begin, items / tasks + 1);
        next = range.end;
      }
      EXPECT_EQ(next, items);
    }
  }
}

}  // namespace
}  // namespace lamella
