// The only threading there is: one persistent pool behind `parallel_for`.
//
// Thread safety: every function here may be called from any thread.
// 1. The caller always works too; `parallel_for` returns when every task has run.
// 2. A nested call, and a second caller while the pool is busy, run their tasks inline, in order.
// 3. Task boundaries are the caller's and must be functions of shape, dtype and instruction set, never of the number
//    of threads: that is what makes results the same bits for any number of threads.
// 4. Workers take the caller's floating-point control state (flush-denormal) for the time of the call.
// 5. After a fork the child starts a pool of its own at its first parallel call.
// 6. If tasks throw, the first exception is rethrown in the caller after all running tasks have ended.
#pragma once

#include <cstdint>
#include <type_traits>

namespace lamella {

namespace detail {
void parallel_for(std::int64_t tasks, void* context, void (*run)(void* context, std::int64_t task));
}

/// Runs fn(task) for every task in [0, tasks), in no particular order, on the pool. With one task or one thread:
/// inline.
template <typename Fn>
void parallel_for(std::int64_t tasks, Fn&& fn) {
  if (tasks == 1) {
    fn(std::int64_t{0});
    return;
  }
  using Function = std::remove_reference_t<Fn>;
  detail::parallel_for(tasks, const_cast<void*>(static_cast<const void*>(&fn)),
                       [](void* context, std::int64_t task) { (*static_cast<Function*>(context))(task); });
}

/// How many tasks to cut `work` (in scalar operations or bytes moved) into: 1 where a thread's wake-up would cost more
/// than it saves. A function of the work alone.
constexpr std::int64_t tasks_for(std::int64_t work, std::int64_t grain = 32768, std::int64_t most = 64) {
  const std::int64_t tasks = work / grain;
  return tasks < 1 ? 1 : tasks > most ? most : tasks;
}

/// The half-open range of items that task `task` of `tasks` gets: as even as can be, in order.
struct TaskRange {
  std::int64_t begin;
  std::int64_t end;
};
constexpr TaskRange task_range(std::int64_t items, std::int64_t tasks, std::int64_t task) {
  const std::int64_t whole = items / tasks;
  const std::int64_t rest = items % tasks;
  const std::int64_t begin = task * whole + (task < rest ? task : rest);
  return {begin, begin + whole + (task < rest ? 1 : 0)};
}

}  // namespace lamella
