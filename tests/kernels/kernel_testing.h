// What the kernels' tests share: every instruction set in turn, and equal bits for any number of threads.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <iostream>
#include <vector>

#include <lamella/threads.h>

#include "core/cpu_target.h"

namespace lamella::kernels {

/// Runs `body` on each instruction set that this machine has; says which compiled ones it has not.
template <typename Body>
void on_every_target(Body body) {
  for (const CpuTarget target : compiled_cpu_targets()) {
    bool available = false;
    for (const CpuTarget candidate : available_cpu_targets()) available = available || candidate == target;
    if (!available) {
      std::cout << "not run: " << name_of(target) << " (compiled, but this machine lacks it)\n";
      continue;
    }
    const CpuTargetScope scope(target);
    SCOPED_TRACE(name_of(target));
    body();
    if (testing::Test::HasFatalFailure()) return;
  }
}

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// `run` gives a vector; it must be the same bits on 1, 2 and 3 threads.
template <typename Run>
void expect_equal_bits_for_any_threads(Run run) {
  const int previous = num_threads();
  set_num_threads(1);
  const auto expected = run();
  for (const int threads : {2, 3}) {
    set_num_threads(threads);
    EXPECT_TRUE(same_bits(run(), expected)) << threads << " threads";
  }
  set_num_threads(previous);
}

}  // namespace lamella::kernels
