// The steps as vector programs over a range, written in torch's own verbs (add with alpha, lerp, addcmul, addcdiv), and
// the cut of the arrays into tasks.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optim/optim.cpp"
#include "kernels/foreach_target.h"

#include <hwy/highway.h>

#include <cmath>
#include <type_traits>

#include "core/parallel.h"
#include "kernels/dispatch.h"
#include "kernels/optim/optim.h"
#include "kernels/optim/optim_range.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct OptimKernels;
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

#include "kernels/norm/partial-inl.h"

/// Scalars of T as vectors, and torch's compound operations.
template <typename T>
struct Verbs {
  hn::ScalableTag<T> d;
  using V = hn::Vec<hn::ScalableTag<T>>;
  V scalar(double value) const { return hn::Set(d, static_cast<T>(value)); }
  static V add(V a, V b, V alpha) { return hn::MulAdd(b, alpha, a); }
  /// weight < 1/2: a + weight (b - a); else b - (b - a)(1 - weight)
  V lerp(V a, V b, double weight) const {
    const V apart = hn::Sub(b, a);
    return weight < 0.5 ? hn::MulAdd(scalar(weight), apart, a)
                        : hn::NegMulAdd(apart, hn::Sub(scalar(1), scalar(weight)), b);
  }
  static V addcmul(V a, V b, V c, V value) { return hn::MulAdd(hn::Mul(value, b), c, a); }
  static V addcdiv(V a, V b, V c, V value) { return hn::Add(a, hn::Div(hn::Mul(value, b), c)); }
  V gradient(V g, V p, bool maximize, double weight_decay) const {
    if (maximize) g = hn::Neg(g);
    return weight_decay != 0 ? add(g, p, scalar(weight_decay)) : g;
  }
};

/// Calls body(load, store) for every vector of a range of n; they take arrays at the vector's place.
template <typename T, typename Body>
HWY_INLINE void over(std::int64_t n, Body body) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t at, std::int64_t count, auto partial) HWY_ATTR {
    constexpr bool kPartial = decltype(partial)::value;
    body([&](const T* p) HWY_ATTR { return load_lanes<kPartial>(d, p + at, count); },
         [&](hn::Vec<decltype(d)> v, T* p) HWY_ATTR { store_lanes<kPartial>(v, d, p + at, count); });
  });
}

template <typename T>
void sgd_range(const SgdStep& s, std::int64_t n, T* parameter, const T* gradient, T* buffer) {
  const Verbs<T> verbs;
  const auto rate = verbs.scalar(-s.learning_rate), momentum = verbs.scalar(s.momentum),
             fresh = verbs.scalar(1 - s.dampening);
  over<T>(n, [&](auto load, auto store) HWY_ATTR {
    const auto p = load(parameter);
    auto g = verbs.gradient(load(gradient), p, s.maximize, s.weight_decay);
    if (s.momentum != 0) {
      const auto b = s.first ? g : verbs.add(hn::Mul(load(buffer), momentum), g, fresh);
      store(b, buffer);
      g = s.nesterov ? verbs.add(g, b, momentum) : b;
    }
    store(verbs.add(p, g, rate), parameter);
  });
}

template <typename T>
void adam_range(const AdamStep& s, std::int64_t n, T* parameter, const T* gradient, T* mean, T* square, T* largest) {
  const Verbs<T> verbs;
  const double step = static_cast<double>(s.step);
  const auto rate = verbs.scalar(-s.learning_rate / (1 - std::pow(s.beta1, step)));
  const auto correction = verbs.scalar(std::sqrt(1 - std::pow(s.beta2, step)));
  const auto keep = verbs.scalar(s.beta2), fresh = verbs.scalar(1 - s.beta2), epsilon = verbs.scalar(s.epsilon);
  const auto shrink = verbs.scalar(1 - s.learning_rate * s.weight_decay);
  const bool decay = s.decoupled && s.weight_decay != 0;
  over<T>(n, [&](auto load, auto store) HWY_ATTR {
    auto p = load(parameter);
    if (decay) p = hn::Mul(p, shrink);
    const auto g = verbs.gradient(load(gradient), p, s.maximize, s.decoupled ? 0 : s.weight_decay);
    const auto m = verbs.lerp(load(mean), g, 1 - s.beta1);
    auto v = verbs.addcmul(hn::Mul(load(square), keep), g, g, fresh);
    store(m, mean);
    store(v, square);
    if (largest) {
      v = hn::Max(load(largest), v);
      store(v, largest);
    }
    const auto scale = hn::Add(hn::Div(hn::Sqrt(v), correction), epsilon);
    store(verbs.addcdiv(p, m, scale, rate), parameter);
  });
}

template <typename T>
void rmsprop_range(const RmsPropStep& s, std::int64_t n, T* parameter, const T* gradient, T* square, T* mean,
                   T* buffer) {
  const Verbs<T> verbs;
  const auto rate = verbs.scalar(-s.learning_rate), keep = verbs.scalar(s.alpha), fresh = verbs.scalar(1 - s.alpha);
  const auto epsilon = verbs.scalar(s.epsilon), momentum = verbs.scalar(s.momentum), one = verbs.scalar(1);
  over<T>(n, [&](auto load, auto store) HWY_ATTR {
    const auto p = load(parameter);
    const auto g = verbs.gradient(load(gradient), p, s.maximize, s.weight_decay);
    auto v = verbs.addcmul(hn::Mul(load(square), keep), g, g, fresh);
    store(v, square);
    if (mean) {
      const auto a = verbs.lerp(load(mean), g, 1 - s.alpha);
      store(a, mean);
      v = verbs.addcmul(v, a, a, hn::Neg(one));
    }
    const auto scale = hn::Add(hn::Sqrt(v), epsilon);
    if (s.momentum > 0) {
      const auto b = verbs.addcdiv(hn::Mul(load(buffer), momentum), g, scale, one);
      store(b, buffer);
      store(verbs.add(p, b, rate), parameter);
    } else {
      store(verbs.addcdiv(p, g, scale, rate), parameter);
    }
  });
}

template <typename T>
constexpr OptimFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {&sgd_range<T>, &adam_range<T>, &rmsprop_range<T>};
}

}  // namespace
}  // namespace HWY_NAMESPACE
template <>
struct OptimKernels<HWY_TARGET> {
  static constexpr OptimTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                           HWY_NAMESPACE::functions_for<double>()};
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

template <typename T>
const OptimFunctions<T>& functions() {
  if constexpr (sizeof(T) == 4) {
    return dispatch<OptimKernels>().f32;
  } else {
    return dispatch<OptimKernels>(target_for(DType::kFloat64)).f64;
  }
}

/// Cuts [0, n) on boundaries of 64 elements, so that no vector and no cache line is shared between tasks.
template <typename Run>
void for_ranges(std::int64_t n, Run run) {
  constexpr std::int64_t kAligned = 64;
  const std::int64_t blocks = (n + kAligned - 1) / kAligned, tasks = tasks_for(n, 1 << 14);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(blocks, tasks, task);
    const std::int64_t first = begin * kAligned, last = end * kAligned < n ? end * kAligned : n;
    if (first < last) run(first, last - first);
  });
}

template <typename T>
T* moved(T* p, std::int64_t by) {
  return p ? p + by : p;
}

}  // namespace

template <typename T>
void sgd_step(const SgdStep& step, std::int64_t n, T* parameter, const T* gradient, T* buffer) {
  for_ranges(n, [&](std::int64_t at, std::int64_t count) {
    functions<T>().sgd(step, count, parameter + at, gradient + at, moved(buffer, at));
  });
}

template <typename T>
void adam_step(const AdamStep& step, std::int64_t n, T* parameter, const T* gradient, T* mean, T* square,
               T* largest_square) {
  for_ranges(n, [&](std::int64_t at, std::int64_t count) {
    functions<T>().adam(step, count, parameter + at, gradient + at, mean + at, square + at, moved(largest_square, at));
  });
}

template <typename T>
void rmsprop_step(const RmsPropStep& step, std::int64_t n, T* parameter, const T* gradient, T* square, T* mean,
                  T* buffer) {
  for_ranges(n, [&](std::int64_t at, std::int64_t count) {
    functions<T>().rmsprop(step, count, parameter + at, gradient + at, square + at, moved(mean, at), moved(buffer, at));
  });
}

template void sgd_step(const SgdStep&, std::int64_t, float*, const float*, float*);
template void sgd_step(const SgdStep&, std::int64_t, double*, const double*, double*);
template void adam_step(const AdamStep&, std::int64_t, float*, const float*, float*, float*, float*);
template void adam_step(const AdamStep&, std::int64_t, double*, const double*, double*, double*, double*);
template void rmsprop_step(const RmsPropStep&, std::int64_t, float*, const float*, float*, float*, float*);
template void rmsprop_step(const RmsPropStep&, std::int64_t, double*, const double*, double*, double*, double*);

}  // namespace lamella::kernels
#endif  // HWY_ONCE
