// An operator is a struct with an accumulator, `push` (one element more), `merge` (a later partial result) and
// `result`. Integers of all widths come as int64, the 16-bit floats as float32: three instances an operator and target.
// A run is accumulated in kLanes interleaved partial results, merged pairwise at its end, which both vectorises and
// keeps rounding errors low; float32 adds up in float64.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/reduce_kernels.cpp"
#include "kernels/foreach_target.h"  // before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

#include "kernels/dispatch.h"
#include "kernels/reduce/reduce_table.h"

#ifndef LAMELLA_KERNELS_REDUCE_KERNELS_ONCE_
#define LAMELLA_KERNELS_REDUCE_KERNELS_ONCE_
namespace lamella::kernels {
inline constexpr int kReduceTypes = 4;  // bool, int64, float32, float64
constexpr int reduce_index(DType dtype) {
  return dtype == DType::kBool ? 0 : dtype == DType::kInt64 ? 1 : dtype == DType::kFloat32 ? 2 : 3;
}
using ReduceTable = std::array<std::array<ReduceFunction, kReduceTypes>, kReduceOps>;
}  // namespace lamella::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct ReduceKernels;
namespace HWY_NAMESPACE {

template <typename T>
using Wide = std::conditional_t<std::floating_point<T>, double, std::uint64_t>;  // unsigned: integers wrap

template <typename T>
struct Sum {
  using Acc = Wide<T>;
  using Out = T;
  static constexpr Acc kInit = 0;
  static void push(Acc& a, T x, double) { a += static_cast<Acc>(x); }
  static void merge(Acc& a, Acc b) { a += b; }
  static Out result(Acc a, std::int64_t, double) { return static_cast<Out>(a); }
};
template <std::floating_point T>
struct NanSum : Sum<T> {
  static void push(double& a, T x, double) { a += x != x ? 0.0 : static_cast<double>(x); }
};
template <std::floating_point T>
struct Mean : Sum<T> {
  static T result(double a, std::int64_t n, double) { return static_cast<T>(a / static_cast<double>(n)); }
};
template <typename T>
struct Prod {
  using Acc = Wide<T>;
  using Out = T;
  static constexpr Acc kInit = 1;
  static void push(Acc& a, T x, double) { a *= static_cast<Acc>(x); }
  static void merge(Acc& a, Acc b) { a *= b; }
  static Out result(Acc a, std::int64_t, double) { return static_cast<Out>(a); }
};
template <typename T>
struct Max {
  using Acc = T;
  using Out = T;
  static constexpr Acc kInit =
      std::floating_point<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  static void push(Acc& a, T x, double) { a = a != a || a > x ? a : x; }
  static void merge(Acc& a, Acc b) { push(a, b, 0); }
  static Out result(Acc a, std::int64_t, double) { return a; }
};
template <typename T>
struct Min {
  using Acc = T;
  using Out = T;
  static constexpr Acc kInit =
      std::floating_point<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  static void push(Acc& a, T x, double) { a = a != a || a < x ? a : x; }
  static void merge(Acc& a, Acc b) { push(a, b, 0); }
  static Out result(Acc a, std::int64_t, double) { return a; }
};
template <std::same_as<bool> T>
struct Any {
  using Acc = bool;
  using Out = bool;
  static constexpr Acc kInit = false;
  static void push(Acc& a, bool x, double) { a = a | x; }
  static void merge(Acc& a, Acc b) { a = a | b; }
  static Out result(Acc a, std::int64_t, double) { return a; }
};
template <std::same_as<bool> T>
struct All {
  using Acc = bool;
  using Out = bool;
  static constexpr Acc kInit = true;
  static void push(Acc& a, bool x, double) { a = a & x; }
  static void merge(Acc& a, Acc b) { a = a & b; }
  static Out result(Acc a, std::int64_t, double) { return a; }
};
template <std::same_as<bool> T>
struct CountNonzero {
  using Acc = std::int64_t;
  using Out = std::int64_t;
  static constexpr Acc kInit = 0;
  static void push(Acc& a, bool x, double) { a += x; }
  static void merge(Acc& a, Acc b) { a += b; }
  static Out result(Acc a, std::int64_t, double) { return a; }
};
template <std::floating_point T>
struct Norm1 : Sum<T> {
  static void push(double& a, T x, double) { a += std::fabs(static_cast<double>(x)); }
};
template <std::floating_point T>
struct Norm2 : Sum<T> {
  static void push(double& a, T x, double) { a += static_cast<double>(x) * static_cast<double>(x); }
  static T result(double a, std::int64_t, double) { return static_cast<T>(std::sqrt(a)); }
};
template <std::floating_point T>
struct NormP : Sum<T> {
  static void push(double& a, T x, double p) { a += std::pow(std::fabs(static_cast<double>(x)), p); }
  static T result(double a, std::int64_t, double p) { return static_cast<T>(std::pow(a, 1 / p)); }
};
template <std::floating_point T>
struct NormInf : Max<T> {
  static constexpr T kInit = 0;
  static void push(T& a, T x, double) { Max<T>::push(a, std::fabs(x), 0); }
};
template <std::floating_point T>
struct NormNegInf : Min<T> {
  static void push(T& a, T x, double) { Min<T>::push(a, std::fabs(x), 0); }
};

// sum exp(x) = scale * exp(most): the running maximum keeps exp from overflowing.
struct ScaledSum {
  double most;
  double scale;
};
template <std::floating_point T>
struct LogSumExp {
  using Acc = ScaledSum;
  using Out = T;
  static constexpr Acc kInit = {-std::numeric_limits<double>::infinity(), 0};
  static void push(Acc& a, T x, double) { merge(a, {static_cast<double>(x), 1}); }
  static void merge(Acc& a, Acc b) {
    if (a.most != a.most || b.scale == 0) return;
    if (b.most != b.most || a.scale == 0) {
      a = b;
    } else if (b.most > a.most) {
      a = {b.most, b.scale + a.scale * std::exp(a.most - b.most)};
    } else {
      a.scale += b.most == a.most ? b.scale : b.scale * std::exp(b.most - a.most);
    }
  }
  static Out result(Acc a, std::int64_t, double) {
    return static_cast<T>(std::isinf(a.most) ? a.most : a.most + std::log(a.scale));
  }
};

// Chan, Golub, LeVeque (1979): merging of (count, mean, sum of squared deviations).
struct Moments {
  double count;
  double mean;
  double squares;
};
template <std::floating_point T>
struct Var {
  using Acc = Moments;
  using Out = T;
  static constexpr Acc kInit = {0, 0, 0};
  static void push(Acc& a, T x, double) {
    a.count += 1;
    const double delta = static_cast<double>(x) - a.mean;
    a.mean += delta / a.count;
    a.squares += delta * (static_cast<double>(x) - a.mean);
  }
  static void merge(Acc& a, const Acc& b) {
    if (b.count == 0) return;
    const double count = a.count + b.count;
    const double delta = b.mean - a.mean;
    a.squares += b.squares + delta * delta * (a.count * b.count / count);
    a.mean += delta * (b.count / count);
    a.count = count;
  }
  static Out result(const Acc& a, std::int64_t n, double correction) {
    return static_cast<T>(a.squares / std::max(0.0, static_cast<double>(n) - correction));
  }
};
template <std::floating_point T>
struct Std : Var<T> {
  static T result(const Moments& a, std::int64_t n, double correction) {
    return static_cast<T>(std::sqrt(a.squares / std::max(0.0, static_cast<double>(n) - correction)));
  }
};

// What runs once a block or an output, not once an element, is cold: optimised for size.
template <typename Op>
[[gnu::cold]] void init(void* acc, std::int64_t n) {
  std::fill_n(static_cast<typename Op::Acc*>(acc), n, Op::kInit);
}

template <typename Op, typename T>
void across(void* acc, const void* x, std::int64_t n, double p0) {
  auto* a = static_cast<typename Op::Acc*>(acc);
  const T* in = static_cast<const T*>(x);
#pragma GCC ivdep
  for (std::int64_t j = 0; j < n; ++j) Op::push(a[j], in[j], p0);
}

template <typename Op, typename T>
void run_block(typename Op::Acc& acc, const T* x, std::int64_t n, double p0) {
  std::int64_t i = 0;
  if (constexpr std::int64_t kLanes = 16; sizeof(typename Op::Acc) <= 8 && n >= kLanes) {
    typename Op::Acc lanes[kLanes];
    std::fill_n(lanes, kLanes, Op::kInit);
    for (; i + kLanes <= n; i += kLanes) {
      for (std::int64_t l = 0; l < kLanes; ++l) Op::push(lanes[l], x[i + l], p0);
    }
#pragma GCC unroll 1
    for (std::int64_t step = kLanes / 2; step > 0; step /= 2) {
#pragma GCC unroll 1
      for (std::int64_t l = 0; l < step; ++l) Op::merge(lanes[l], lanes[l + step]);
    }
    Op::merge(acc, lanes[0]);
  }
  for (; i < n; ++i) Op::push(acc, x[i], p0);
}

template <typename Op, typename T>
void run(void* acc, const void* x, std::int64_t n, double p0) {
  constexpr std::int64_t kBlock = 4096;  // 256 additions a lane, then a merge: float64 sums keep their last digits
  const T* in = static_cast<const T*>(x);
  for (std::int64_t i = 0; i < n; i += kBlock) {
    run_block<Op, T>(*static_cast<typename Op::Acc*>(acc), in + i, std::min(kBlock, n - i), p0);
  }
}

template <typename Op>
[[gnu::cold]] void merge(void* into, const void* from, std::int64_t n) {
  auto* a = static_cast<typename Op::Acc*>(into);
  const auto* b = static_cast<const typename Op::Acc*>(from);
  for (std::int64_t j = 0; j < n; ++j) Op::merge(a[j], b[j]);
}

template <typename Op>
[[gnu::cold]] void finish(void* out, const void* acc, std::int64_t n, std::int64_t count, double p0) {
  auto* r = static_cast<typename Op::Out*>(out);
  const auto* a = static_cast<const typename Op::Acc*>(acc);
  for (std::int64_t j = 0; j < n; ++j) r[j] = Op::result(a[j], count, p0);
}

template <typename Op, typename T>
constexpr void set(ReduceTable& table, ReduceOp op, std::int64_t cost) {
  static_assert(sizeof(typename Op::Acc) <= kMaxAccumulator);
  if constexpr (is_compiled<T>(HWY_TARGET)) {
    table[static_cast<std::size_t>(op)][static_cast<std::size_t>(reduce_index(dtype_of<T>))] = {
        &init<Op>,
        &run<Op, T>,
        &across<Op, T>,
        &merge<Op>,
        &finish<Op>,
        sizeof(typename Op::Acc),
        dtype_of<T>,
        dtype_of<typename Op::Out>,
        cost};
  }
}
template <template <typename> typename Op>
constexpr void set_floats(ReduceTable& table, ReduceOp op, std::int64_t cost = 1) {
  set<Op<float>, float>(table, op, cost);
  set<Op<double>, double>(table, op, cost);
}
template <template <typename> typename Op>
constexpr void set_numbers(ReduceTable& table, ReduceOp op) {
  set_floats<Op>(table, op);
  set<Op<std::int64_t>, std::int64_t>(table, op, 1);
}

// What training and its losses wait for is compiled for every target, the rest once.
constexpr ReduceTable reduce_table() {
  ReduceTable t{};
  set_numbers<Sum>(t, ReduceOp::kSum);
  set_numbers<Max>(t, ReduceOp::kMax);
  set_numbers<Min>(t, ReduceOp::kMin);
  set_floats<Mean>(t, ReduceOp::kMean);
  set_floats<Norm2>(t, ReduceOp::kNorm2);
  if constexpr (HWY_TARGET == HWY_STATIC_TARGET) {
    set_numbers<Prod>(t, ReduceOp::kProd);
    set<Any<bool>, bool>(t, ReduceOp::kAny, 1);
    set<All<bool>, bool>(t, ReduceOp::kAll, 1);
    set<CountNonzero<bool>, bool>(t, ReduceOp::kCountNonzero, 1);
    set_floats<NanSum>(t, ReduceOp::kNanSum);
    set_floats<Norm1>(t, ReduceOp::kNorm1);
    set_floats<NormInf>(t, ReduceOp::kNormInf);
    set_floats<NormNegInf>(t, ReduceOp::kNormNegInf);
    set_floats<NormP>(t, ReduceOp::kNormP, 32);
    set_floats<LogSumExp>(t, ReduceOp::kLogSumExp, 16);
    set_floats<Var>(t, ReduceOp::kVar, 8);
    set_floats<Std>(t, ReduceOp::kStd, 8);
  }
  return t;
}

}  // namespace HWY_NAMESPACE
template <>
struct ReduceKernels<HWY_TARGET> {
  static constexpr ReduceTable functions = HWY_NAMESPACE::reduce_table();
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

DType reduce_compute_dtype(ReduceOp op, DType in) {
  if (op == ReduceOp::kAny || op == ReduceOp::kAll || op == ReduceOp::kCountNonzero) return DType::kBool;
  if (in == DType::kFloat64) return in;
  return is_floating_point(in) ? DType::kFloat32 : DType::kInt64;
}

const ReduceFunction& reduce_function(ReduceOp op, DType compute) {
  const auto of = [&](CpuTarget target) -> const ReduceFunction& {
    return dispatch<ReduceKernels>(
        target)[static_cast<std::size_t>(op)][static_cast<std::size_t>(reduce_index(compute))];
  };
  const ReduceFunction& own = of(target_for(compute));
  return own.run != nullptr ? own : of(CpuTarget::kBaseline);
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
