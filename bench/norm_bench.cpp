// Batch normalisation with ReLU over LeNet's maps at batch 64, channels-last: moments, forward, fused backward.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "kernels/norm/norm.h"

namespace lamella::kernels {
namespace {

struct Setting {
  NormShape shape;
  NormStrides strides;
  std::vector<float> x, y, mean, inverse, dgamma, dbeta;

  explicit Setting(const benchmark::State& state)
      : shape{64, state.range(0), state.range(1) * state.range(1)},
        strides{shape.channels * shape.spatial, 1, shape.channels},
        x(static_cast<std::size_t>(shape.batch * shape.channels * shape.spatial)),
        y(x.size(), 1.0F) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 101) * 0.1F;
    for (auto* parameters : {&mean, &inverse, &dgamma, &dbeta})
      parameters->assign(static_cast<std::size_t>(shape.channels), 1.0F);
  }
  ChannelAffine<float> affine() const { return {mean.data(), inverse.data(), inverse.data(), mean.data(), true}; }
};

void moments(benchmark::State& state) {
  Setting s(state);
  for (auto _ : state)
    batch_norm_moments<float>(s.shape, s.x.data(), s.strides, 1e-5, {s.mean.data(), nullptr, s.inverse.data()});
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(4 * s.x.size()));
}
void forward(benchmark::State& state) {
  Setting s(state);
  for (auto _ : state) batch_norm_forward(s.shape, s.affine(), s.x.data(), s.strides, s.y.data(), s.strides);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(8 * s.x.size()));
}
void backward(benchmark::State& state) {
  Setting s(state);
  std::vector<float> dx(s.x.size());
  for (auto _ : state) {
    batch_norm_backward(s.shape, s.affine(), true, s.y.data(), s.strides, s.x.data(), s.strides, dx.data(), s.strides,
                        s.dgamma.data(), s.dbeta.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(20 * s.x.size()));
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"channels", "size"})->UseRealTime()->Args({16, 28})->Args({32, 14})->Args({64, 56});
}
BENCHMARK(moments)->Apply(shapes);
BENCHMARK(forward)->Apply(shapes);
BENCHMARK(backward)->Apply(shapes);

}  // namespace
}  // namespace lamella::kernels

BENCHMARK_MAIN();
