// One side of the race with PyTorch (bench/race.py): training steps of a network (bench/networks.h) on random pictures
// in memory.
//
//   train_step MODEL STEPS [BATCH [WARM_UP]]
//
// Prints one line of JSON: milliseconds of each step after a warm-up, and resident memory: its peak, and its peak above
// what stood after the model was built.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "networks.h"

namespace {

/// Lets the kernel count peak memory from now on (Linux: proc(5), clear_refs).
void reset_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

double step(bench::Training& training) {
  const auto start = std::chrono::steady_clock::now();
  training.step();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

int race(const std::string& model, int steps, std::int64_t batch, int warm_up) {
  bench::Training training(model, batch);
  reset_peak();
  const double built = static_cast<double>(lamella::resident_memory());
  training.make_data();
  std::vector<double> milliseconds;
  for (int i = 0; i < warm_up + steps; ++i) {
    const double time = step(training);
    if (i >= warm_up) milliseconds.push_back(time);
  }
  const double peak = static_cast<double>(lamella::peak_resident_memory());
  std::printf("{\"peak_mb\": %.1f, \"above_model_mb\": %.1f, \"ms\": [", peak / 1e6, (peak - built) / 1e6);
  for (std::size_t i = 0; i < milliseconds.size(); ++i) std::printf("%s%.4f", i == 0 ? "" : ", ", milliseconds[i]);
  std::puts("]}");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: train_step MODEL STEPS [BATCH [WARM_UP]]\n", stderr);
    return 2;
  }
  try {
    return race(argv[1], std::atoi(argv[2]), argc > 3 ? std::atol(argv[3]) : 64, argc > 4 ? std::atoi(argv[4]) : 10);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "train_step: %s\n", error.what());
    return 1;
  }
}
