// The blocks of a normalisation, vectors over channels (columns) or along the data (runs). Four accumulators hide the
// latency of an addition.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/norm_blocks.cpp"
#include "kernels/foreach_target.h"

#include <hwy/highway.h>

#include <type_traits>

#include "kernels/dispatch.h"
#include "kernels/norm/norm_blocks.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct NormKernels;
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;
using std::int64_t;

#include "kernels/norm/partial-inl.h"

template <class V>
HWY_INLINE V masked(V dy, V x, V scale, V shift) {
  const hn::DFromV<V> d;
  return hn::IfThenElseZero(hn::Gt(hn::MulAdd(x, scale, shift), hn::Zero(d)), dy);
}

template <class V>
HWY_INLINE V rectified(V value) {
  const hn::DFromV<V> d;
  return hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value);  // keeps NaN, as torch does
}

template <typename T>
void column_moments(int64_t rows, int64_t channels, const T* x, int64_t stride, T* mean, T* squares) {
  const hn::ScalableTag<T> d;
  const auto inverse = hn::Set(d, T(1) / static_cast<T>(rows));
  for_vectors(d, channels, [&](int64_t c, int64_t n, auto partial) HWY_ATTR {
    const auto load = [&](int64_t r)
                          HWY_ATTR { return load_lanes<decltype(partial)::value>(d, x + r * stride + c, n); };
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
      s0 = hn::Add(s0, load(r));
      s1 = hn::Add(s1, load(r + 1));
      s2 = hn::Add(s2, load(r + 2));
      s3 = hn::Add(s3, load(r + 3));
    }
    for (; r < rows; ++r) s0 = hn::Add(s0, load(r));
    const auto center = hn::Mul(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), inverse);
    s0 = s1 = s2 = s3 = hn::Zero(d);
    auto drift = hn::Zero(d);  // sum of (x - center): what rounding of the center left over
    const auto square = [&](auto sum, int64_t row) HWY_ATTR {
      const auto apart = hn::Sub(load(row), center);
      drift = hn::Add(drift, apart);
      return hn::MulAdd(apart, apart, sum);
    };
    for (r = 0; r + 4 <= rows; r += 4) {
      s0 = square(s0, r);
      s1 = square(s1, r + 1);
      s2 = square(s2, r + 2);
      s3 = square(s3, r + 3);
    }
    for (; r < rows; ++r) s0 = square(s0, r);
    const auto shift = hn::Mul(drift, inverse);
    const auto sum = hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
    store_lanes<decltype(partial)::value>(hn::Add(center, shift), d, mean + c, n);
    store_lanes<decltype(partial)::value>(hn::NegMulAdd(drift, shift, sum), d, squares + c, n);
  });
}

template <typename T>
void column_affine(int64_t rows, int64_t channels, const T* x, int64_t x_stride, const T* scale, const T* shift,
                   bool relu, T* y, int64_t y_stride) {
  const hn::ScalableTag<T> d;
  for_vectors(d, channels, [&](int64_t c, int64_t n, auto partial) HWY_ATTR {
    constexpr bool kPartial = decltype(partial)::value;
    const auto a = load_lanes<kPartial>(d, scale + c, n), b = load_lanes<kPartial>(d, shift + c, n);
    const auto pass = [&](auto act) HWY_ATTR {
      for (int64_t r = 0; r < rows; ++r) {
        const auto value = hn::MulAdd(load_lanes<kPartial>(d, x + r * x_stride + c, n), a, b);
        store_lanes<kPartial>(act(value), d, y + r * y_stride + c, n);
      }
    };
    if (relu) {
      pass([](auto value) HWY_ATTR { return rectified(value); });
    } else {
      pass([](auto value) HWY_ATTR { return value; });
    }
  });
}

template <typename T>
void column_products(int64_t rows, int64_t channels, const T* dy, int64_t dy_stride, const T* x, int64_t x_stride,
                     const T* mean, const T* scale, const T* shift, T* sum, T* product) {
  const hn::ScalableTag<T> d;
  for_vectors(d, channels, [&](int64_t c, int64_t n, auto partial) HWY_ATTR {
    constexpr bool kPartial = decltype(partial)::value;
    const auto center = load_lanes<kPartial>(d, mean + c, n);
    const auto a = scale ? load_lanes<kPartial>(d, scale + c, n) : hn::Zero(d);
    const auto b = scale ? load_lanes<kPartial>(d, shift + c, n) : hn::Zero(d);
    auto s0 = hn::Zero(d), s1 = s0, p0 = s0, p1 = s0;
    const auto pass = [&](auto gate) HWY_ATTR {
      const auto add = [&](int64_t r, auto& s, auto& p) HWY_ATTR {
        const auto value = load_lanes<kPartial>(d, x + r * x_stride + c, n);
        const auto gradient = gate(load_lanes<kPartial>(d, dy + r * dy_stride + c, n), value);
        s = hn::Add(s, gradient);
        p = hn::MulAdd(gradient, hn::Sub(value, center), p);
      };
      int64_t r = 0;
      for (; r + 2 <= rows; r += 2) {
        add(r, s0, p0);
        add(r + 1, s1, p1);
      }
      if (r < rows) add(r, s0, p0);
    };
    if (scale) {
      pass([&](auto gradient, auto value) HWY_ATTR { return masked(gradient, value, a, b); });
    } else {
      pass([](auto gradient, auto) HWY_ATTR { return gradient; });
    }
    store_lanes<kPartial>(hn::Add(s0, s1), d, sum + c, n);
    store_lanes<kPartial>(hn::Add(p0, p1), d, product + c, n);
  });
}

template <typename T>
void column_gradient(int64_t rows, int64_t channels, const T* dy, int64_t dy_stride, const T* x, int64_t x_stride,
                     const T* mean, const T* scale, const T* shift, const T* offset, const T* slope, const T* factor,
                     T* dx, int64_t dx_stride) {
  const hn::ScalableTag<T> d;
  for_vectors(d, channels, [&](int64_t c, int64_t n, auto partial) HWY_ATTR {
    constexpr bool kPartial = decltype(partial)::value;
    const auto center = load_lanes<kPartial>(d, mean + c, n), off = load_lanes<kPartial>(d, offset + c, n);
    const auto k = load_lanes<kPartial>(d, slope + c, n), f = load_lanes<kPartial>(d, factor + c, n);
    const auto a = scale ? load_lanes<kPartial>(d, scale + c, n) : hn::Zero(d);
    const auto b = scale ? load_lanes<kPartial>(d, shift + c, n) : hn::Zero(d);
    const auto pass = [&](auto gate) HWY_ATTR {
      for (int64_t r = 0; r < rows; ++r) {
        const auto value = load_lanes<kPartial>(d, x + r * x_stride + c, n);
        const auto gradient = gate(load_lanes<kPartial>(d, dy + r * dy_stride + c, n), value);
        const auto result = hn::NegMulAdd(hn::Sub(value, center), k, hn::MulSub(gradient, f, off));
        store_lanes<kPartial>(result, d, dx + r * dx_stride + c, n);
      }
    };
    if (scale) {
      pass([&](auto gradient, auto value) HWY_ATTR { return masked(gradient, value, a, b); });
    } else {
      pass([](auto gradient, auto) HWY_ATTR { return gradient; });
    }
  });
}

template <class D>
HWY_INLINE hn::TFromD<D> total(D d, hn::Vec<D> v) {
  return hn::GetLane(hn::SumOfLanes(d, v));
}

template <typename T>
void run_moments(int64_t n, const T* x, T* mean, T* squares) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto add_all = [&](auto term) HWY_ATTR {
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    int64_t i = 0;
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
      s0 = term(s0, hn::LoadU(d, x + i));
      s1 = term(s1, hn::LoadU(d, x + i + lanes));
      s2 = term(s2, hn::LoadU(d, x + i + 2 * lanes));
      s3 = term(s3, hn::LoadU(d, x + i + 3 * lanes));
    }
    for (; i + lanes <= n; i += lanes) s0 = term(s0, hn::LoadU(d, x + i));
    return hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
  };
  const int64_t rest = n % lanes;
  auto sum = add_all([](auto s, auto value) HWY_ATTR { return hn::Add(s, value); });
  if (rest) sum = hn::Add(sum, load_first(d, x + n - rest, rest));
  const T center = total(d, sum) / static_cast<T>(n);
  const auto middle = hn::Set(d, center);
  auto drift = hn::Zero(d);
  auto square = add_all([&](auto s, auto value) HWY_ATTR {
    const auto apart = hn::Sub(value, middle);
    drift = hn::Add(drift, apart);
    return hn::MulAdd(apart, apart, s);
  });
  T left = total(d, drift), around = total(d, square);
  for (int64_t i = n - rest; i < n; ++i) {
    left += x[i] - center;
    around += (x[i] - center) * (x[i] - center);
  }
  *mean = center + left / static_cast<T>(n);
  *squares = around - left * left / static_cast<T>(n);
}

template <typename T>
void run_affine(int64_t n, const T* x, T scale, T shift, bool relu, T* y) {
  const hn::ScalableTag<T> d;
  const auto a = hn::Set(d, scale), b = hn::Set(d, shift);
  for_vectors(d, n, [&](int64_t i, int64_t count, auto partial) HWY_ATTR {
    constexpr bool kPartial = decltype(partial)::value;
    const auto value = hn::MulAdd(load_lanes<kPartial>(d, x + i, count), a, b);
    store_lanes<kPartial>(relu ? rectified(value) : value, d, y + i, count);
  });
}

template <typename T>
void run_products(int64_t n, const T* dy, const T* x, T mean, const T* scale, const T* shift, T* sum, T* product) {
  const hn::ScalableTag<T> d;
  const auto center = hn::Set(d, mean);
  const auto a = hn::Set(d, scale ? *scale : T(0)), b = hn::Set(d, scale ? *shift : T(1));
  auto s = hn::Zero(d), p = s;
  for_vectors(d, n, [&](int64_t i, int64_t count, auto partial) HWY_ATTR {
    constexpr bool kPartial = decltype(partial)::value;
    const auto value = load_lanes<kPartial>(d, x + i, count);
    auto gradient = load_lanes<kPartial>(d, dy + i, count);
    if (scale) gradient = masked(gradient, value, a, b);
    s = hn::Add(s, gradient);
    p = hn::MulAdd(gradient, hn::Sub(value, center), p);  // a short vector's zeros of dy add nothing
  });
  *sum = total(d, s);
  *product = total(d, p);
}

template <typename T>
void run_gradient(int64_t n, const T* dy, const T* x, T mean, const T* scale, const T* shift, T offset, T slope,
                  T factor, T* dx) {
  const hn::ScalableTag<T> d;
  const auto center = hn::Set(d, mean), off = hn::Set(d, offset), k = hn::Set(d, slope), f = hn::Set(d, factor);
  const auto a = hn::Set(d, scale ? *scale : T(0)), b = hn::Set(d, scale ? *shift : T(1));
  for_vectors(d, n, [&](int64_t i, int64_t count, auto partial) HWY_ATTR {
    constexpr bool kPartial = decltype(partial)::value;
    const auto value = load_lanes<kPartial>(d, x + i, count);
    auto gradient = load_lanes<kPartial>(d, dy + i, count);
    if (scale) gradient = masked(gradient, value, a, b);
    gradient = hn::NegMulAdd(hn::Sub(value, center), k, hn::MulSub(gradient, f, off));
    store_lanes<kPartial>(gradient, d, dx + i, count);
  });
}

template <typename T>
constexpr NormFunctions<T> functions_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return {};
  else
    return {&column_moments<T>, &column_affine<T>, &column_products<T>, &column_gradient<T>,
            &run_moments<T>,    &run_affine<T>,    &run_products<T>,    &run_gradient<T>};
}

}  // namespace
}  // namespace HWY_NAMESPACE
template <>
struct NormKernels<HWY_TARGET> {
  static constexpr NormTable functions = {HWY_NAMESPACE::functions_for<float>(),
                                          HWY_NAMESPACE::functions_for<double>()};
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

template <>
const NormFunctions<float>& norm_functions<float>() {
  return dispatch<NormKernels>().f32;
}
template <>
const NormFunctions<double>& norm_functions<double>() {
  return dispatch<NormKernels>(target_for(DType::kFloat64)).f64;
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
