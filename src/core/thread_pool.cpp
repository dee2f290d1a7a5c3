// The persistent pool behind parallel_for.
//
// A region (one parallel_for) is cut into one segment of consecutive units a thread; a thread works through its own
// segment first and then takes units from the others'. So thread i meets the same part of consecutive operators' data,
// which is still in its cache, and a thread that the system has put aside delays nobody: what it has not begun is
// taken.
//
// Invariants:
// 1. `busy_` is held by the owner of the one region that is under way; only the owner writes the region's fields.
// 2. A segment word is (epoch << 32 | units left). A unit is taken by lowering the word with a compare-exchange, so a
//    late thread that read the word of a finished region takes nothing, and reads of the fields before a successful
//    exchange belong to that region: the owner writes them anew only when no unit of the old region is left.
// 3. Who took a unit lowers `unfinished_` afterwards and then touches the region no more; the owner returns at zero.
// 4. Sleepers: a thread announces that it sleeps, then looks again, then sleeps; the other side changes what is waited
//    for, then looks for sleepers. All four are sequentially consistent, so one of them sees the other.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <lamella/error.h>
#include <lamella/threads.h>

#include "core/float_control.h"
#include "core/parallel.h"
#include "core/platform.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lamella {
namespace {

constexpr int kMostThreads = 1024;
// Longer than the serial code between two operators of a training step, shorter than anybody notices an idle CPU burn.
constexpr std::chrono::microseconds kSpinTime{50};
constexpr std::size_t kLine = 64;

void relax_cpu() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#else
  std::this_thread::yield();
#endif
}

// Waits up to kSpinTime for done(); returns whether it came true.
template <typename Done>
bool spin_until(bool may_spin, Done&& done) {
  if (done()) return true;
  if (!may_spin) return false;
  const auto end = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < 16; ++i) {
      relax_cpu();
      if (done()) return true;
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// --- One region ----------------------------------------------------------------------------------------------------

using TaskFunction = void (*)(void* context, std::int64_t task);

// True while this thread runs a task: a parallel_for in there runs inline.
thread_local bool inside_region = false;

// Runs this thread's tasks with the owner's floating-point state, and restores what was there.
class TaskScope {
 public:
  explicit TaskScope(std::uint64_t control) : previous_control_(float_control()), previous_inside_(inside_region) {
    inside_region = true;
    changed_ = control != previous_control_;
    if (changed_) set_float_control(control);
  }
  ~TaskScope() {
    if (changed_) set_float_control(previous_control_);
    inside_region = previous_inside_;
  }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

 private:
  std::uint64_t previous_control_;
  bool previous_inside_;
  bool changed_;
};

// What the tasks of one parallel_for share. It lives on the owner's stack.
struct Region {
  Region(void* its_context, TaskFunction its_run) : context(its_context), run(its_run) {}

  void* context;
  TaskFunction run;
  std::uint64_t control = float_control();
  std::atomic<bool> failed{false};
  std::exception_ptr error;  // written by the one task that set `failed`, read by the owner when all have ended

  void run_task(std::int64_t task) noexcept {
    if (failed.load(std::memory_order_relaxed)) return;
    try {
      run(context, task);
    } catch (...) {
      if (!failed.exchange(true, std::memory_order_relaxed)) error = std::current_exception();
    }
  }
};

void run_inline(std::int64_t tasks, void* context, TaskFunction run) {
  for (std::int64_t task = 0; task < tasks; ++task) run(context, task);
}

// --- The pool ------------------------------------------------------------------------------------------------------

class Pool {
 public:
  // Threads beyond what the system gives are done without.
  explicit Pool(int threads) : segments_(static_cast<std::size_t>(threads)) {
    may_spin_ = threads <= platform::usable_cpus();
    const platform::BlockedSignals blocked;
    workers_.reserve(static_cast<std::size_t>(threads) - 1);
    try {
      for (int worker = 1; worker < threads; ++worker) workers_.emplace_back([this, worker] { work(worker); });
    } catch (...) {  // NOLINT(bugprone-empty-catch): it works with those that have started
    }
  }

  ~Pool() {
    stop_.store(true, std::memory_order_relaxed);
    epoch_.fetch_add(1);
    wake(static_cast<std::int64_t>(workers_.size()));
    for (std::thread& worker : workers_) worker.join();
  }

  void run(std::int64_t tasks, Region& region) {
    constexpr std::int64_t kMostUnits = std::int64_t{1} << 30;  // the units left must fit 32 bits
    const std::int64_t units = std::min(tasks, kMostUnits);
    publish(tasks, units, region);
    {
      const TaskScope scope(region.control);
      work_on_segments(0);
    }
    await_workers();
  }

 private:
  struct alignas(kLine) Segment {
    std::atomic<std::uint64_t> word{0};
  };

  void publish(std::int64_t tasks, std::int64_t units, Region& region) {
    const std::uint64_t epoch = epoch_.load(std::memory_order_relaxed) + 1;
    const std::int64_t parts = std::min(units, static_cast<std::int64_t>(segments_.size()));
    region_.store(&region, std::memory_order_relaxed);
    tasks_.store(tasks, std::memory_order_relaxed);
    units_.store(units, std::memory_order_relaxed);
    parts_.store(parts, std::memory_order_relaxed);
    unfinished_.store(units, std::memory_order_relaxed);
    for (std::int64_t part = 0; part < parts; ++part) {
      const TaskRange range = task_range(units, parts, part);
      segments_[static_cast<std::size_t>(part)].word.store(
          epoch << 32 | static_cast<std::uint64_t>(range.end - range.begin), std::memory_order_release);
    }
    epoch_.store(epoch);
    wake(units - 1);
  }

  void wake(std::int64_t threads) {
    const int sleepers = sleepers_.load();
    if (sleepers == 0) return;
    {
      const std::lock_guard lock(mutex_);
    }  // who has announced that it sleeps does so by now, or looks again
    if (threads >= sleepers) {
      wake_up_.notify_all();
    } else {
      for (; threads > 0; --threads) wake_up_.notify_one();
    }
  }

  void work(int worker) {
    platform::name_this_thread("lamella");
    std::uint64_t seen = 0;
    for (;;) {
      await_region(seen);
      seen = epoch_.load(std::memory_order_acquire);
      if (stop_.load(std::memory_order_relaxed)) return;
      work_on_segments(static_cast<std::size_t>(worker));
    }
  }

  void await_region(std::uint64_t seen) {
    const auto begun = [&] { return epoch_.load(std::memory_order_acquire) != seen; };
    if (spin_until(may_spin_, begun)) return;
    std::unique_lock lock(mutex_);
    sleepers_.fetch_add(1);
    wake_up_.wait(lock, [&] { return epoch_.load() != seen; });
    sleepers_.fetch_sub(1);
  }

  void await_workers() {
    const auto ended = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
    if (spin_until(may_spin_, ended)) return;
    std::unique_lock lock(mutex_);
    owner_sleeps_.store(true);
    all_done_.wait(lock, [&] { return unfinished_.load() == 0; });
    owner_sleeps_.store(false, std::memory_order_relaxed);
  }

  // The own segment first, then the others'.
  void work_on_segments(std::size_t own) {
    for (std::size_t i = 0; i < segments_.size(); ++i)
      work_on(own + i < segments_.size() ? own + i : own + i - segments_.size());
  }

  void work_on(std::size_t segment) {
    std::atomic<std::uint64_t>& word = segments_[segment].word;
    std::uint64_t seen = word.load(std::memory_order_acquire);
    while ((seen & 0xffffffffU) != 0) {
      Region* const region = region_.load(std::memory_order_relaxed);
      const std::int64_t tasks = tasks_.load(std::memory_order_relaxed);
      const std::int64_t units = units_.load(std::memory_order_relaxed);
      const std::int64_t parts = parts_.load(std::memory_order_relaxed);
      // The fields above are read before the exchange: see invariant 2.
      if (!word.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
      const std::int64_t end = task_range(units, parts, static_cast<std::int64_t>(segment)).end;
      run_unit(*region, task_range(tasks, units, end - static_cast<std::int64_t>(seen & 0xffffffffU)));
      --seen;
      if (unfinished_.fetch_sub(1) == 1) wake_owner();
    }
  }

  static void run_unit(Region& region, TaskRange range) {
    const TaskScope scope(region.control);
    for (std::int64_t task = range.begin; task < range.end; ++task) region.run_task(task);
  }

  void wake_owner() {
    if (!owner_sleeps_.load()) return;
    {
      const std::lock_guard lock(mutex_);
    }
    all_done_.notify_one();
  }

  std::vector<Segment> segments_;
  std::atomic<Region*> region_{nullptr};
  std::atomic<std::int64_t> tasks_{0};
  std::atomic<std::int64_t> units_{0};
  std::atomic<std::int64_t> parts_{0};
  alignas(kLine) std::atomic<std::uint64_t> epoch_{0};
  alignas(kLine) std::atomic<std::int64_t> unfinished_{0};
  alignas(kLine) std::atomic<int> sleepers_{0};
  std::atomic<bool> owner_sleeps_{false};
  std::atomic<bool> stop_{false};
  bool may_spin_ = false;
  std::mutex mutex_;
  std::condition_variable wake_up_;
  std::condition_variable all_done_;
  std::vector<std::thread> workers_;  // last: they use all of the above
};

// --- The one pool of the process -----------------------------------------------------------------------------------

std::atomic<int> wanted_threads{0};  // 0: not chosen yet
std::atomic<bool> busy{false};       // guards the four below
Pool* pool = nullptr;                // never destroyed: static destructors may still call parallel_for
int pool_threads = 0;                // what `pool` was made for
ThreadPool user_pool;
std::atomic<int> user_threads{0};  // 0: no user's pool

// The child of a fork has none of the threads; its pool's memory is given up, since nobody can join them (and kept
// reachable for leak checkers).
Pool* abandoned_pool = nullptr;
void forget_pool() {
  if (pool != nullptr) abandoned_pool = pool;
  pool = nullptr;
  pool_threads = 0;
  busy.store(false, std::memory_order_relaxed);
}

class BusyScope {
 public:
  BusyScope() : owned_(!busy.load(std::memory_order_relaxed) && !busy.exchange(true, std::memory_order_acquire)) {}
  ~BusyScope() {
    if (owned_) busy.store(false, std::memory_order_release);
  }
  BusyScope(const BusyScope&) = delete;
  BusyScope& operator=(const BusyScope&) = delete;
  bool owned() const { return owned_; }

 private:
  bool owned_;
};

int default_threads() {
  const std::optional<std::string> wanted = platform::environment("LAMELLA_NUM_THREADS");
  if (!wanted || wanted->empty()) return std::min(platform::usable_cpus(), kMostThreads);
  int threads = 0;
  const auto [end, error] = std::from_chars(wanted->data(), wanted->data() + wanted->size(), threads);
  if (error != std::errc() || end != wanted->data() + wanted->size() || threads < 1 || threads > kMostThreads) {
    throw ValueError("LAMELLA_NUM_THREADS is \"" + *wanted + "\"; set it to a number from 1 to " +
                     std::to_string(kMostThreads) + ", or unset it for one thread a CPU");
  }
  return threads;
}

int own_threads() {
  const int threads = wanted_threads.load(std::memory_order_relaxed);
  if (threads > 0) [[likely]]
    return threads;
  int expected = 0;
  const int chosen = default_threads();
  return wanted_threads.compare_exchange_strong(expected, chosen) ? chosen : expected;
}

// The pool for `threads` threads; called by the holder of `busy`.
Pool& pool_for(int threads) {
  if (pool_threads != threads) {
    static const bool registered = (platform::at_fork(nullptr, nullptr, forget_pool), true);
    static_cast<void>(registered);
    delete pool;
    pool = nullptr;
    pool_threads = 0;
    pool = new Pool(threads);
    pool_threads = threads;
  }
  return *pool;
}

void run_on_user_pool(std::int64_t tasks, Region& region) {
  user_pool.run(user_pool.user, tasks, &region, [](void* context, std::int64_t task) {
    Region& shared = *static_cast<Region*>(context);
    const TaskScope scope(shared.control);
    shared.run_task(task);
  });
}

}  // namespace

void detail::parallel_for(std::int64_t tasks, void* context, TaskFunction run) {
  if (tasks <= 1 || inside_region) return run_inline(tasks, context, run);
  const int threads = num_threads();
  if (threads == 1) return run_inline(tasks, context, run);
  const BusyScope scope;
  if (!scope.owned()) return run_inline(tasks, context, run);
  Region region(context, run);
  if (user_pool.run != nullptr) {
    run_on_user_pool(tasks, region);
  } else {
    pool_for(threads).run(tasks, region);
  }
  if (region.error) std::rethrow_exception(region.error);
}

int num_threads() {
  const int users = user_threads.load(std::memory_order_relaxed);
  return users > 0 ? users : own_threads();
}

void set_num_threads(int threads) {
  if (threads < 1 || threads > kMostThreads) {
    throw ValueError("set_num_threads: got " + std::to_string(threads) + ", expects a number from 1 to " +
                     std::to_string(kMostThreads));
  }
  wanted_threads.store(threads, std::memory_order_relaxed);  // the next region remakes the pool
}

bool set_flush_denormal(bool on) {
  if constexpr (kFlushDenormalBits == 0) return false;
  const std::uint64_t control = float_control();
  set_float_control(on ? control | kFlushDenormalBits : control & ~kFlushDenormalBits);
  return true;
}

void set_thread_pool(const ThreadPool& given) {
  if (given.run != nullptr && given.threads < 1) {
    throw ValueError("set_thread_pool: the pool has " + std::to_string(given.threads) + " threads, expects at least 1");
  }
  user_pool = given;
  user_threads.store(given.run == nullptr ? 0 : given.threads, std::memory_order_relaxed);
}

}  // namespace lamella
