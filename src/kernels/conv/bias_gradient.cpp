// The bias gradient: db[k] = sum over pixels of dy[pixel][k]. Bound by reading dy; the pixels are cut into a fixed
// number of parts whose sums are added in order.
#include <algorithm>
#include <type_traits>

#include "core/parallel.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/bias_gradient.cpp"
#include "kernels/foreach_target.h"
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/conv/tile-inl.h"
#include "kernels/dispatch.h"

namespace lamella::kernels {

#ifndef LAMELLA_KERNELS_CONV_BIAS_GRADIENT_ONCE_
#define LAMELLA_KERNELS_CONV_BIAS_GRADIENT_ONCE_
struct BiasGradientTable {
  void (*f32)(const float* dy, std::int64_t pixels, std::int64_t channels, float* sums);
  void (*f64)(const double* dy, std::int64_t pixels, std::int64_t channels, double* sums);
};
#endif

}  // namespace lamella::kernels

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct BiasGradientKernels;

namespace HWY_NAMESPACE {

// N vectors of channels (the last one partial), two sums each to hide the latency of an addition.
template <typename T, int N>
void sum_vectors(const T* dy, std::int64_t pixels, std::int64_t channels, std::int64_t last_lanes, T* sums) {
  const hn::ScalableTag<T> d;
  const auto mask = hn::FirstN(d, static_cast<std::size_t>(last_lanes));
  Vec<T> sum[2][N];
#pragma GCC unroll 4
  for (int v = 0; v < N; ++v) sum[0][v] = sum[1][v] = hn::Zero(d);
  const auto add = [&](int which, const T* from) HWY_ATTR __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int v = 0; v < N; ++v) {
      const T* at = from + v * kLanes<T>;
      sum[which][v] = hn::Add(sum[which][v], v == N - 1 ? hn::MaskedLoad(mask, d, at) : hn::LoadU(d, at));
    }
  };
  for (; pixels >= 2; pixels -= 2, dy += 2 * channels) {
    add(0, dy);
    add(1, dy + channels);
  }
  if (pixels > 0) add(0, dy);
#pragma GCC unroll 4
  for (int v = 0; v < N; ++v) {
    const Vec<T> both = hn::Add(sum[0][v], sum[1][v]);
    if (v == N - 1) {
      hn::BlendedStore(both, mask, d, sums + v * kLanes<T>);
    } else {
      hn::StoreU(both, d, sums + v * kLanes<T>);
    }
  }
}

// Fewer channels than lanes: `channels` vectors hold kLanes pixels, and lane l of vector v belongs to channel
// (v * kLanes + l) % channels.
template <typename T>
void sum_narrow(const T* dy, std::int64_t pixels, std::int64_t channels, T* sums) {
  const hn::ScalableTag<T> d;
  T lanes[kLanes<T> * kLanes<T>] = {};
  std::int64_t pixel = 0;
  for (; pixel + kLanes<T> <= pixels; pixel += kLanes<T>) {
    for (std::int64_t v = 0; v < channels; ++v) {
      T* at = lanes + v * kLanes<T>;
      hn::StoreU(hn::Add(hn::LoadU(d, at), hn::LoadU(d, dy + pixel * channels + v * kLanes<T>)), d, at);
    }
  }
  for (std::int64_t k = 0; k < channels; ++k) sums[k] = T{0};
  for (std::int64_t i = 0; i < channels * kLanes<T>; ++i) sums[i % channels] += lanes[i];
  for (; pixel < pixels; ++pixel) {
    for (std::int64_t k = 0; k < channels; ++k) sums[k] += dy[pixel * channels + k];
  }
}

template <typename T>
void BiasGradient(const T* dy, std::int64_t pixels, std::int64_t channels, T* sums) {
  if (channels < kLanes<T>) {
    sum_narrow(dy, pixels, channels, sums);
    return;
  }
  for (std::int64_t k = 0; k < channels;) {
    const std::int64_t vectors = (channels - k + kLanes<T> - 1) / kLanes<T>;
    if (vectors >= 4) {
      const std::int64_t taken = std::min(channels - k, 4 * kLanes<T>);
      sum_vectors<T, 4>(dy + k, pixels, channels, taken - 3 * kLanes<T>, sums + k);
      k += taken;
    } else {
      const std::int64_t taken = std::min(channels - k, kLanes<T>);
      sum_vectors<T, 1>(dy + k, pixels, channels, taken, sums + k);
      k += taken;
    }
  }
}

template <typename T>
constexpr auto function_for() -> decltype(&BiasGradient<T>) {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return nullptr;
  else
    return &BiasGradient<T>;
}

}  // namespace HWY_NAMESPACE

template <>
struct BiasGradientKernels<HWY_TARGET> {
  static constexpr BiasGradientTable functions = {HWY_NAMESPACE::function_for<float>(),
                                                  HWY_NAMESPACE::function_for<double>()};
};

}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

template <typename T>
void bias_gradient(const T* dy, std::int64_t pixels, std::int64_t channels, T* db, bool accumulate) {
  const BiasGradientTable& table = dispatch<BiasGradientKernels>(target_for(dtype_of<T>));
  const std::int64_t parts =
      std::min<std::int64_t>(std::max<std::int64_t>(pixels, 1), tasks_for(pixels * channels, 1 << 15, 16));
  T* const sums = scratch_for<T>(ScratchSlot::kShared, static_cast<std::size_t>(parts * channels));
  parallel_for(parts, [&](std::int64_t part) {
    const TaskRange range = task_range(pixels, parts, part);
    if constexpr (std::is_same_v<T, float>) {
      table.f32(dy + range.begin * channels, range.end - range.begin, channels, sums + part * channels);
    } else {
      table.f64(dy + range.begin * channels, range.end - range.begin, channels, sums + part * channels);
    }
  });
  for (std::int64_t k = 0; k < channels; ++k) {
    T sum = sums[k];
    for (std::int64_t part = 1; part < parts; ++part) sum += sums[part * channels + k];
    db[k] = accumulate ? db[k] + sum : sum;
  }
}

template void bias_gradient<float>(const float*, std::int64_t, std::int64_t, float*, bool);
template void bias_gradient<double>(const double*, std::int64_t, std::int64_t, double*, bool);

}  // namespace lamella::kernels
#endif
