// Convolution kernels: every row of the tables that applies, for the layers of the networks we care about. GFLOP/s
// count the multiply-adds of the plain sum, whatever the algorithm: Winograd's may pass the machine's peak.
//
//   bench/conv_bench --benchmark_filter='forward/winograd'
//
// The instruction set and the number of threads are LAMELLA_TARGET and LAMELLA_NUM_THREADS. With one thread GFLOP/s are
// those of its CPU time, which other processes of the machine touch least.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string>

#include <lamella/threads.h>

#include "core/cpu_target.h"
#include "kernels/conv/conv.h"

namespace lamella::kernels {
namespace {

struct Layer {
  const char* name;
  std::int64_t batch, in_channels, extent, out_channels, kernel, stride, padding, groups = 1;
};

constexpr Layer kLayers[] = {
    {"lenet 1->16 @28", 64, 1, 28, 16, 3, 1, 1},
    {"lenet 16->32 @14", 64, 16, 14, 32, 3, 1, 1},
    {"lenet-wide 1->32 @28", 64, 1, 28, 32, 3, 1, 1},
    {"lenet-wide 32->64 @14", 64, 32, 14, 64, 3, 1, 1},
    {"5x5 6->16 @14", 128, 6, 14, 16, 5, 1, 0},
    {"7x7 s2 3->64 @224", 8, 3, 224, 64, 7, 2, 3},
    {"1x1 64->256 @56", 8, 64, 56, 256, 1, 1, 0},
    {"1x1 1024->256 @14", 8, 1024, 14, 256, 1, 1, 0},
    {"3x3 64 @32", 64, 64, 32, 64, 3, 1, 1},
    {"3x3 128 @16", 32, 128, 16, 128, 3, 1, 1},
    {"3x3 256 @8", 32, 256, 8, 256, 3, 1, 1},
    {"3x3 512 @4", 32, 512, 4, 512, 3, 1, 1},
    {"3x3 s2 64->128 @32", 32, 64, 32, 128, 3, 2, 1},
    {"3x3 s2 256->512 @8", 32, 256, 8, 512, 3, 2, 1},
    {"1x1 s2 64->128 @32", 32, 64, 32, 128, 1, 2, 0},
    {"3x3 64 @56", 8, 64, 56, 64, 3, 1, 1},
    {"3x3 128 @28", 8, 128, 28, 128, 3, 1, 1},
    {"3x3 256 @14", 8, 256, 14, 256, 3, 1, 1},
    {"3x3 512 @7", 8, 512, 7, 512, 3, 1, 1},
    {"3x3 s2 128 @56", 8, 128, 56, 128, 3, 2, 1},
    {"depthwise 3x3 s2 96 @112", 8, 96, 112, 96, 3, 2, 1, 96},
    {"depthwise 3x3 384 @14", 8, 384, 14, 384, 3, 1, 1, 384},
};

ConvShape shape_of(const Layer& layer) {
  ConvShape s;
  s.batch = layer.batch;
  s.in_channels = layer.in_channels;
  s.out_channels = layer.out_channels;
  s.groups = layer.groups;
  s.input = {1, layer.extent, layer.extent};
  s.kernel = {1, layer.kernel, layer.kernel};
  s.stride = {1, layer.stride, layer.stride};
  s.padding = {0, layer.padding, layer.padding};
  const std::int64_t out = conv_output_size(layer.extent, layer.kernel, layer.stride, layer.padding, layer.padding, 1);
  s.output = {1, out, out};
  return s;
}

/// Elements aligned as the library's allocator aligns them, all of one value.
template <typename T>
class Buffer {
 public:
  explicit Buffer(std::int64_t elements) : data_(static_cast<T*>(::operator new(bytes(elements), kAlignment))) {
    std::uninitialized_fill_n(data_.get(), elements, T{0.5});
  }
  T* data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  static std::size_t bytes(std::int64_t elements) { return static_cast<std::size_t>(elements) * sizeof(T); }
  struct Free {
    void operator()(T* data) const { ::operator delete(data, kAlignment); }
  };
  std::unique_ptr<T, Free> data_;
};

template <typename T>
void run_plan(benchmark::State& state, const ConvPlan<T>& plan, bool packing) {
  const ConvShape& s = plan.shape;
  const Buffer<T> x(s.batch * s.input_pixels() * s.in_channels), y(s.batch * s.output_pixels() * s.out_channels);
  const Buffer<T> w(s.weights());
  const bool weights = plan.direction == ConvDirection::kWeightGradient;
  const Buffer<T> packed(weights ? 1 : packed_elements(plan));
  if (!weights) pack(plan, w.data(), packed.data());
  for (auto _ : state) {
    if (packing) {
      pack(plan, w.data(), packed.data());
    } else if (weights) {
      weight_gradient(plan, x.data(), y.data(), w.data());
    } else if (plan.direction == ConvDirection::kForward) {
      forward(plan, x.data(), packed.data(), y.data());
    } else {
      input_gradient(plan, y.data(), packed.data(), x.data());
    }
    benchmark::ClobberMemory();
  }
  if (!packing) {
    state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * static_cast<double>(s.multiply_adds()),
                                                   benchmark::Counter::kIsIterationInvariantRate);
  }
}

void register_bench(const std::string& name, const std::function<void(benchmark::State&)>& run) {
  auto* const bench = benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMillisecond);
  if (num_threads() > 1) bench->UseRealTime();
}

template <typename T, typename Row>
void register_row(const Layer& layer, ConvDirection direction, const char* direction_name, const Row& row) {
  const ConvShape shape = shape_of(layer);
  if (!row.applies({shape, direction, ConvPrecision::kFast, cpu_target()})) return;
  const auto plan = make_conv_plan<T>(shape, direction, ConvPrecision::kFast, row.name);
  const std::string dtype = sizeof(T) == 4 ? "" : "/float64";
  const std::string name = std::string(row.name) + "/" + layer.name + dtype;
  register_bench(std::string(direction_name) + "/" + name,
                 [plan](benchmark::State& state) { run_plan(state, plan, false); });
  if (direction != ConvDirection::kWeightGradient) {
    register_bench("pack/" + std::string(direction_name) + "/" + name,
                   [plan](benchmark::State& state) { run_plan(state, plan, true); });
  }
}

template <typename T>
void register_layer(const Layer& layer) {
  for (const auto& row : correlation_rows<T>()) {
    register_row<T>(layer, ConvDirection::kForward, "forward", row);
    register_row<T>(layer, ConvDirection::kInputGradient, "input_gradient", row);
  }
  for (const auto& row : weight_gradient_rows<T>()) {
    register_row<T>(layer, ConvDirection::kWeightGradient, "weight_gradient", row);
  }
}

}  // namespace
}  // namespace lamella::kernels

int main(int argc, char** argv) {
  benchmark::AddCustomContext("lamella_target", std::string(lamella::name_of(lamella::cpu_target())));
  for (const auto& layer : lamella::kernels::kLayers) {
    lamella::kernels::register_layer<float>(layer);
    lamella::kernels::register_layer<double>(layer);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
