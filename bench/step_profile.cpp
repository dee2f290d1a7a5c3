// Where a training step's time goes: milliseconds an operator and shape, the medians over the steps.
//
//   step_profile MODEL [BATCH [STEPS]]
//
// An operator is charged the time since the operator before it ended, so what the tape and the allocator do in between
// counts as its own; what follows the last one is the optimiser's. With LAMELLA_NUM_THREADS=1 the time is the thread's
// CPU time, which other processes of the machine touch least; with more threads it is the wall clock's.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "networks.h"
#include "ops/op.h"

namespace {

using lamella::Tensor;

double milliseconds_now() {
  timespec now{};
  clock_gettime(lamella::num_threads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

class Profile : public lamella::Recorder {
 public:
  void begin() {
    next_ = 0;
    last_ = milliseconds_now();
  }

  void record(const lamella::OpDef& op, std::span<const Tensor> inputs, const lamella::Attributes&,
              std::span<const Tensor> outputs, bool) override {
    std::string key(op.name);
    for (const Tensor& input : inputs) {
      if (input.defined() && input.dim() > 1) key += " " + lamella::to_string(input.shape());
    }
    if (!outputs.empty() && outputs[0].defined()) key += " -> " + lamella::to_string(outputs[0].shape());
    add(key);
  }

  void end() { add("(the optimiser)"); }

  void print() const {
    std::map<std::string, std::pair<double, int>> rows;
    double total = 0;
    for (const Event& event : events_) {
      std::vector<double> times = event.milliseconds;
      std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
      const double median = times[times.size() / 2];
      auto& [milliseconds, count] = rows[event.key];
      milliseconds += median;
      total += median;
      ++count;
    }
    std::vector<std::pair<double, std::string>> sorted;
    for (const auto& [key, row] : rows) {
      char line[400];
      std::snprintf(line, sizeof line, "%8.3f ms  %2d x  %s", row.first, row.second, key.c_str());
      sorted.emplace_back(row.first, line);
    }
    std::sort(sorted.rbegin(), sorted.rend());
    for (const auto& [milliseconds, line] : sorted) {
      if (milliseconds > total / 2000) std::puts(line.c_str());
    }
    std::printf("%8.3f ms in all\n", total);
  }

 private:
  struct Event {
    std::string key;
    std::vector<double> milliseconds;
  };

  // Every step runs the same operators in the same order.
  void add(const std::string& key) {
    if (next_ == events_.size()) events_.push_back({key, {}});
    events_[next_].milliseconds.push_back(milliseconds_now() - last_);
    ++next_;
    last_ = milliseconds_now();
  }

  std::vector<Event> events_;
  std::size_t next_ = 0;
  double last_ = 0;
};

void profile(const std::string& model, std::int64_t batch, int steps) {
  bench::Training training(model, batch);
  training.make_data();
  for (int i = 0; i < 3; ++i) training.step();
  Profile profile;
  const lamella::RecorderScope scope(&profile);
  for (int i = 0; i < steps; ++i) {
    profile.begin();
    training.step();
    profile.end();
  }
  profile.print();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: step_profile MODEL [BATCH [STEPS]]\n", stderr);
    return 2;
  }
  try {
    profile(argv[1], argc > 2 ? std::atol(argv[2]) : 64, argc > 3 ? std::atoi(argv[3]) : 9);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "step_profile: %s\n", error.what());
    return 1;
  }
  return 0;
}
