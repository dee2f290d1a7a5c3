// How many threads lamella uses, and whose.
#pragma once

#include <cstdint>

namespace lamella {

/// Threads that a large operator runs on, the caller included. Default: the affinity mask within the cgroup's quota, or
/// the environment variable LAMELLA_NUM_THREADS.
int num_threads();

/// Sets it. Raises ValueError below 1 or above 1024. Results do not depend on it.
void set_num_threads(int threads);

/// Treats denormal numbers as zero on this thread and on the workers of its calls; returns whether the CPU can.
bool set_flush_denormal(bool on);

/// A pool of the user's own. `run(user, tasks, context, fn)` must call fn(context, task) once for every task in [0,
/// tasks) and return when all have ended. `threads` is what num_threads() then says.
struct ThreadPool {
  void* user = nullptr;
  int threads = 1;
  void (*run)(void* user, std::int64_t tasks, void* context, void (*fn)(void* context, std::int64_t task)) = nullptr;
};

/// Runs everything on `pool` from now on; a pool whose `run` is null brings lamella's own back. Call it while no
/// operator runs.
void set_thread_pool(const ThreadPool& pool);

}  // namespace lamella
