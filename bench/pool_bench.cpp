// Bytes a second (input read, output and index written) of 2x2 max pooling and its backward, channels-last and plain.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "kernels/pool/pool.h"

namespace lamella::kernels {
namespace {

struct Setting {
  PoolShape shape;
  PoolStrides x, y;
  std::vector<float> input, output;
  std::vector<std::uint8_t> index;

  Setting(std::int64_t batch, std::int64_t channels, std::int64_t size, bool channels_last) {
    const std::int64_t half = size / 2;
    shape = {.batch = batch,
             .channels = channels,
             .input = {1, size, size},
             .output = {1, half, half},
             .kernel = {1, 2, 2},
             .stride = {1, 2, 2}};
    x = strides(channels, size, channels_last);
    y = strides(channels, half, channels_last);
    input.assign(static_cast<std::size_t>(batch * channels * size * size), 1.0F);
    output.assign(input.size() / 4, 1.0F);
    index.assign(output.size(), 0);
  }

  static PoolStrides strides(std::int64_t channels, std::int64_t size, bool channels_last) {
    const std::int64_t plane = size * size;
    return channels_last ? PoolStrides{plane * channels, 1, {plane * channels, size * channels, channels}}
                         : PoolStrides{plane * channels, plane, {plane, size, 1}};
  }
};

void max_pool(benchmark::State& state) {
  Setting s(64, state.range(0), state.range(1), state.range(2) != 0);
  for (auto _ : state) max_pool_forward(s.shape, s.input.data(), s.x, s.output.data(), s.y, s.index.data(), s.y);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(s.input.size() * 4 + s.output.size() * 5));
}

void max_pool_gradient(benchmark::State& state) {
  Setting s(64, state.range(0), state.range(1), state.range(2) != 0);
  for (auto _ : state) max_pool_backward(s.shape, s.output.data(), s.y, s.index.data(), s.y, s.input.data(), s.x);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(s.input.size() * 4 + s.output.size() * 5));
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"channels", "size", "channels_last"})->UseRealTime();
  for (const int channels_last : {1, 0}) b->Args({16, 28, channels_last})->Args({32, 14, channels_last});
}
BENCHMARK(max_pool)->Apply(shapes);
BENCHMARK(max_pool_gradient)->Apply(shapes);

}  // namespace
}  // namespace lamella::kernels

BENCHMARK_MAIN();
