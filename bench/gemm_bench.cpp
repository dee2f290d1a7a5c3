// GFLOP/s of the matrix product: the linear layers of LeNet at batch 64 (forward, input gradient, weight gradient),
// their single-image forms, and squares.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/gemm/gemm.h"

namespace lamella::kernels {
namespace {

struct Shape {
  const char* name;
  std::int64_t m, n, k;
  bool a_transposed, b_transposed;  // stored [k, m], [n, k]
};

constexpr Shape kShapes[] = {
    {"fc1_forward", 64, 128, 1568, false, true},
    {"fc1_input_gradient", 64, 1568, 128, false, false},
    {"fc1_weight_gradient", 128, 1568, 64, true, false},
    {"fc2_forward", 64, 10, 128, false, true},
    {"fc2_input_gradient", 64, 128, 10, false, false},
    {"fc2_weight_gradient", 10, 128, 64, true, false},
    {"fc1_one_image", 1, 128, 1568, false, true},
    {"fc2_one_image", 1, 10, 128, false, true},
    {"square_256", 256, 256, 256, false, false},
    {"square_256_nt", 256, 256, 256, false, true},
    {"square_1024", 1024, 1024, 1024, false, false},
    {"square_1024_nt", 1024, 1024, 1024, false, true},
    {"tall_sum", 32, 32, 50176, true, false},
    {"wide_1x1", 50176, 64, 64, false, true},
};

template <typename T>
void run(benchmark::State& state, const Shape& s) {
  std::vector<T> a(static_cast<std::size_t>(s.m * s.k), T(1)), b(static_cast<std::size_t>(s.k * s.n), T(1)),
      c(static_cast<std::size_t>(s.m * s.n));
  Gemm<T> p{.m = s.m, .n = s.n, .k = s.k, .a = a.data(), .b = b.data(), .c = c.data(), .c_row = s.n};
  p.a_row = s.a_transposed ? 1 : s.k, p.a_col = s.a_transposed ? s.m : 1;
  p.b_row = s.b_transposed ? 1 : s.n, p.b_col = s.b_transposed ? s.k : 1;
  for (auto _ : state) {
    gemm(p);
    benchmark::ClobberMemory();
  }
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * static_cast<double>(s.m * s.n * s.k), benchmark::Counter::kIsIterationInvariantRate);
}

[[maybe_unused]] const bool registered = [] {
  for (const Shape& s : kShapes) {
    benchmark::RegisterBenchmark((std::string("gemm/float/") + s.name).c_str(), run<float>, s)->UseRealTime();
    benchmark::RegisterBenchmark((std::string("gemm/double/") + s.name).c_str(), run<double>, s)->UseRealTime();
  }
  return true;
}();

}  // namespace
}  // namespace lamella::kernels

BENCHMARK_MAIN();
