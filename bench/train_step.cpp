// One side of the race with PyTorch (bench/race.py): training steps of a built-in network on random pictures in memory.
//
//   train_step MODEL STEPS [BATCH]
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

#include <lamella/lamella.h>

namespace {

using lamella::Tensor;

constexpr int kWarmUp = 10;

/// Lets the kernel count peak memory from now on (Linux: proc(5), clear_refs).
void reset_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

double step(lamella::nn::Module& net, lamella::optim::Optimizer& optimizer, const Tensor& images,
            const Tensor& labels) {
  const auto start = std::chrono::steady_clock::now();
  optimizer.zero_grad();
  lamella::cross_entropy(net(images), labels).backward();
  optimizer.step();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

int race(const std::string& model, int steps, std::int64_t batch) {
  lamella::manual_seed(0);
  const auto net = lamella::models::build(model);
  lamella::optim::SGD optimizer(net->parameters(), {.lr = 0.05, .momentum = 0.9});
  reset_peak();
  const double built = static_cast<double>(lamella::resident_memory());
  const Tensor images = lamella::rand({batch, 1, 28, 28});
  const Tensor labels = lamella::randint(0, 10, {batch});
  std::vector<double> milliseconds;
  for (int i = 0; i < kWarmUp + steps; ++i) {
    const double time = step(*net, optimizer, images, labels);
    if (i >= kWarmUp) milliseconds.push_back(time);
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
    std::fputs("usage: train_step MODEL STEPS [BATCH]\n", stderr);
    return 2;
  }
  try {
    return race(argv[1], std::atoi(argv[2]), argc > 3 ? std::atol(argv[3]) : 64);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "train_step: %s\n", error.what());
    return 1;
  }
}
