// The passes over a slab. Both orders of walking share one body: a "line" is either one row, whose vectors lie along
// the axis and are reduced across lanes, or a vector of neighbouring positions, whose lanes are lines of their own.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax/softmax_slab.cpp"
#include "kernels/foreach_target.h"

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "kernels/dispatch.h"
#include "kernels/softmax/softmax_slab.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct SoftmaxKernels;
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;
using std::int64_t;

#include "kernels/norm/partial-inl.h"

template <class V>
HWY_INLINE V exponential(V x) {
  const hn::DFromV<V> d;
  // Highway's range reduction turns NaN into a number on some targets; and above the range only infinity is right.
  const V result = hn::Exp(d, x);
  return hn::IfThenElse(hn::IsNaN(x), x, result);
}

/// The lanes of log(v), by the C library in float64.
template <class D>
HWY_INLINE hn::Vec<D> logarithm(D d, hn::Vec<D> v) {
  HWY_ALIGN hn::TFromD<D> lanes[HWY_MAX_BYTES / sizeof(hn::TFromD<D>)];
  hn::Store(v, d, lanes);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
    lanes[i] = static_cast<hn::TFromD<D>>(std::log(static_cast<double>(lanes[i])));
  }
  return hn::Load(d, lanes);
}

/// A contiguous row: terms along the axis.
template <typename T>
struct RowLine {
  hn::ScalableTag<T> d;
  const SoftmaxSlab<T>& slab;
  using V = hn::Vec<hn::ScalableTag<T>>;

  /// fn(load, store) for every vector; `blank` fills the lanes of the last one that lie beyond the row.
  template <typename Fn>
  HWY_INLINE void each(T blank, Fn fn) const {
    for_vectors(d, slab.axis, [&](int64_t c, int64_t n, auto partial) HWY_ATTR {
      constexpr bool kPartial = decltype(partial)::value;
      fn(
          [&](const T* p) HWY_ATTR {
            const V v = load_lanes<kPartial>(d, p + c, n);
            if constexpr (!kPartial) return v;
            return hn::IfThenElse(hn::FirstN(d, static_cast<std::size_t>(n)), v, hn::Set(d, blank));
          },
          [&](const T* weight) HWY_ATTR { return load_lanes<kPartial>(d, weight + c, n); },
          [&](V v, T* p) HWY_ATTR { store_lanes<kPartial>(v, d, p + c, n); });
    });
  }
  HWY_INLINE V sum(V v) const { return hn::SumOfLanes(d, v); }
  HWY_INLINE V max(V v) const { return hn::MaxOfLanes(d, v); }
  HWY_INLINE V of_line(const T* p) const { return hn::Set(d, *p); }
  HWY_INLINE void to_line(V v, T* p) const { *p = hn::GetLane(v); }
};

/// A vector of neighbouring lines: terms a stride apart.
template <typename T, bool kPartial>
struct VectorLine {
  hn::ScalableTag<T> d;
  const SoftmaxSlab<T>& slab;
  int64_t first, n;
  using V = hn::Vec<hn::ScalableTag<T>>;

  template <typename Fn>
  HWY_INLINE void each(T, Fn fn) const {
    for (int64_t c = 0; c < slab.axis; ++c) {
      const int64_t at = c * slab.stride + first;
      fn([&](const T* p) HWY_ATTR { return load_lanes<kPartial>(d, p + at, n); },
         [&](const T* weight) HWY_ATTR { return hn::Set(d, weight[c]); },
         [&](V v, T* p) HWY_ATTR { store_lanes<kPartial>(v, d, p + at, n); });
    }
  }
  HWY_INLINE V sum(V v) const { return v; }
  HWY_INLINE V max(V v) const { return v; }
  HWY_INLINE V of_line(const T* p) const { return load_lanes<kPartial>(d, p + first, n); }
  HWY_INLINE void to_line(V v, T* p) const { store_lanes<kPartial>(v, d, p + first, n); }
};

/// Calls body(line) for every line of the slab.
template <typename T, typename Body>
HWY_INLINE void for_lines(const SoftmaxSlab<T>& slab, Body body) {
  const hn::ScalableTag<T> d;
  if (slab.row()) {
    body(RowLine<T>{d, slab});
    return;
  }
  for_vectors(d, slab.count, [&](int64_t i, int64_t n, auto partial) HWY_ATTR {
    body(VectorLine<T, decltype(partial)::value>{d, slab, i, n});
  });
}

template <typename T>
constexpr T kLeast = -std::numeric_limits<T>::infinity();

template <class Line, typename T>
HWY_INLINE auto largest(const Line& line, const T* x) {
  auto most = hn::Set(line.d, kLeast<T>);
  line.each(kLeast<T>, [&](auto load, auto, auto) HWY_ATTR { most = hn::Max(most, load(x)); });
  return line.max(most);
}

template <typename T>
void forward(const SoftmaxSlab<T>& slab, const T* x, T* y, bool log) {
  for_lines(slab, [&](const auto& line) HWY_ATTR {
    const auto most = largest(line, x);
    auto sum = hn::Zero(line.d);
    line.each(kLeast<T>, [&](auto load, auto, auto store) HWY_ATTR {
      const auto term = exponential(hn::Sub(load(x), most));
      if (!log) store(term, y);
      sum = hn::Add(sum, term);
    });
    sum = line.sum(sum);
    if (log) {
      const auto shift = logarithm(line.d, sum);
      line.each(T(0), [&](auto load, auto, auto store) HWY_ATTR { store(hn::Sub(hn::Sub(load(x), most), shift), y); });
    } else {
      line.each(T(0), [&](auto load, auto, auto store) HWY_ATTR { store(hn::Div(load(y), sum), y); });
    }
  });
}

template <typename T>
void backward(const SoftmaxSlab<T>& slab, const T* y, const T* dy, T* dx, bool log) {
  for_lines(slab, [&](const auto& line) HWY_ATTR {
    auto sum = hn::Zero(line.d);
    line.each(T(0), [&](auto load, auto, auto)
                        HWY_ATTR { sum = log ? hn::Add(sum, load(dy)) : hn::MulAdd(load(dy), load(y), sum); });
    sum = line.sum(sum);
    line.each(T(0), [&](auto load, auto, auto store) HWY_ATTR {
      const auto out = load(y), gradient = load(dy);
      store(log ? hn::NegMulAdd(exponential(out), sum, gradient) : hn::Mul(out, hn::Sub(gradient, sum)), dx);
    });
  });
}

template <typename T>
void log_sum_exp(const SoftmaxSlab<T>& slab, const T* x, const T* weight, T* lse, T* weighted) {
  for_lines(slab, [&](const auto& line) HWY_ATTR {
    const auto most = largest(line, x);
    auto sum = hn::Zero(line.d);
    line.each(kLeast<T>,
              [&](auto load, auto, auto) HWY_ATTR { sum = hn::Add(sum, exponential(hn::Sub(load(x), most))); });
    line.to_line(hn::Add(most, logarithm(line.d, line.sum(sum))), lse);
    if (!weighted) return;
    auto total = hn::Zero(line.d);
    line.each(T(0), [&](auto load, auto of_class, auto) HWY_ATTR {
      total = weight ? hn::MulAdd(load(x), of_class(weight), total) : hn::Add(total, load(x));
    });
    line.to_line(line.sum(total), weighted);
  });
}

template <typename T>
void gradient(const SoftmaxSlab<T>& slab, const T* x, const T* weight, const T* lse, const T* p, const T* q, T* dx) {
  for_lines(slab, [&](const auto& line) HWY_ATTR {
    const auto shift = line.of_line(lse), scale = line.of_line(p), rest = line.of_line(q);
    line.each(T(0), [&](auto load, auto of_class, auto store) HWY_ATTR {
      const auto probability = exponential(hn::Sub(load(x), shift));
      const auto even = weight ? hn::Mul(rest, of_class(weight)) : rest;
      store(hn::MulSub(probability, scale, even), dx);
    });
  });
}

template <typename T>
constexpr SoftmaxFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {&forward<T>, &backward<T>, &log_sum_exp<T>, &gradient<T>};
}

}  // namespace
}  // namespace HWY_NAMESPACE
template <>
struct SoftmaxKernels<HWY_TARGET> {
  static constexpr SoftmaxTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                             HWY_NAMESPACE::functions_for<double>()};
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

template <>
const SoftmaxFunctions<float>& softmax_functions<float>() {
  return dispatch<SoftmaxKernels>().f32;
}
template <>
const SoftmaxFunctions<double>& softmax_functions<double>() {
  return dispatch<SoftmaxKernels>(target_for(DType::kFloat64)).f64;
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
