// From an operator, a struct with a static `apply` for each element type that it knows, to its row of kernels. The
// loops are plain: the compiler vectorises them for the target at hand (dependences at distance zero are those of an
// output that is an input).
#if defined(LAMELLA_KERNELS_ELEMENTWISE_LOOPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMELLA_KERNELS_ELEMENTWISE_LOOPS_INL_H_
#undef LAMELLA_KERNELS_ELEMENTWISE_LOOPS_INL_H_
#else
#define LAMELLA_KERNELS_ELEMENTWISE_LOOPS_INL_H_
#endif

#include <concepts>
#include <type_traits>

#include "kernels/dispatch.h"
#include "kernels/elementwise/map_table.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
namespace HWY_NAMESPACE {

template <typename T>
concept Real = std::floating_point<T>;
template <typename T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;
template <typename T>
concept Number = Real<T> || Integer<T>;

/// MapParams in the element type.
template <typename T>
struct Params {
  T p0;
  T p1;
  explicit Params(const MapParams& p) : p0(convert(p.p0)), p1(convert(p.p1)) {}
  static T convert(double value) {
    if constexpr (Integer<T>) {
      return static_cast<T>(static_cast<std::int64_t>(value));
    } else {
      return static_cast<T>(value);
    }
  }
};

template <typename Op, typename T>
bool unary_loop(void* out, const void* const* in, std::int64_t n, const MapParams& params) {
  const Params<T> p(params);
  const T* a = static_cast<const T*>(in[0]);
  auto* r = static_cast<decltype(Op::apply(T{}, p))*>(out);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) r[i] = Op::apply(a[i], p);
  return true;
}

template <typename T>
bool has_zero(const T* b, std::int64_t n) {
  int found = 0;
  for (std::int64_t i = 0; i < n; ++i) found |= b[i] == 0;
  return found != 0;
}

template <typename Op, typename T>
bool binary_loop(void* out, const void* const* in, std::int64_t n, const MapParams& params) {
  const Params<T> p(params);
  const T* a = static_cast<const T*>(in[0]);
  const T* b = static_cast<const T*>(in[1]);
  bool ok = true;
  if constexpr (Integer<T> && requires { Op::kDivides; }) ok = !has_zero(b, n);
  auto* r = static_cast<decltype(Op::apply(T{}, T{}, p))*>(out);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) r[i] = Op::apply(a[i], b[i], p);
  return ok;
}

template <typename Op, typename T>
bool ternary_loop(void* out, const void* const* in, std::int64_t n, const MapParams& params) {
  const Params<T> p(params);
  const auto* a = static_cast<const typename Op::template First<T>*>(in[0]);
  const T* b = static_cast<const T*>(in[1]);
  const T* c = static_cast<const T*>(in[2]);
  T* r = static_cast<T*>(out);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) r[i] = Op::apply(a[i], b[i], c[i], p);
  return true;
}

template <typename Op>
constexpr std::int32_t cost_of() {
  if constexpr (requires { Op::kCost; }) return Op::kCost;
  return 1;
}

/// Whether this target has a kernel of its own: not where the C library's scalar functions do all the work, as they do
/// for float64 in everything dear.
template <typename Op, typename T>
constexpr bool has_kernel() {
  if (HWY_TARGET == HWY_STATIC_TARGET) return true;
  if constexpr (requires { Op::kLibrary; }) return false;
  return is_compiled<T>(HWY_TARGET) && (!std::is_same_v<T, double> || cost_of<Op>() < 8);
}

template <typename Op, typename T>
constexpr void set_unary(MapRow& row) {
  if constexpr (has_kernel<Op, T>() && requires(T x, Params<T> p) { Op::apply(x, p); }) {
    using R = decltype(Op::apply(T{}, std::declval<Params<T>>()));
    row.types[compute_index(dtype_of<T>)] = {&unary_loop<Op, T>, {dtype_of<T>}, dtype_of<R>, cost_of<Op>()};
  }
}
template <typename Op, typename T>
constexpr void set_binary(MapRow& row) {
  if constexpr (has_kernel<Op, T>() && requires(T x, Params<T> p) { Op::apply(x, x, p); }) {
    using R = decltype(Op::apply(T{}, T{}, std::declval<Params<T>>()));
    row.types[compute_index(dtype_of<T>)] = {
        &binary_loop<Op, T>, {dtype_of<T>, dtype_of<T>}, dtype_of<R>, cost_of<Op>()};
  }
}
template <typename Op, typename T>
constexpr void set_ternary(MapRow& row) {
  if constexpr (has_kernel<Op, T>() &&
                requires(typename Op::template First<T> a, T x, Params<T> p) { Op::apply(a, x, x, p); }) {
    row.types[compute_index(dtype_of<T>)] = {&ternary_loop<Op, T>,
                                             {dtype_of<typename Op::template First<T>>, dtype_of<T>, dtype_of<T>},
                                             dtype_of<T>,
                                             cost_of<Op>()};
  }
}

/// The rows of `Ops`, which are all operators from the first to the last, for every element type that arithmetic is
/// done in and that this target has kernels of.
template <typename First, typename... Ops>
constexpr auto unary_rows() {
  MapTable<1 + sizeof...(Ops)> table{};
  const auto row = []<typename Op>(MapRow& r) {
    set_unary<Op, bool>(r), set_unary<Op, std::uint8_t>(r), set_unary<Op, std::int8_t>(r);
    set_unary<Op, std::int16_t>(r), set_unary<Op, std::int32_t>(r), set_unary<Op, std::int64_t>(r);
    set_unary<Op, float>(r), set_unary<Op, double>(r);
  };
  row.template operator()<First>(table[0]);
  (row.template operator()<Ops>(table[row_index(Ops::kOp, First::kOp)]), ...);
  return table;
}
template <typename First, typename... Ops>
constexpr auto binary_rows() {
  MapTable<1 + sizeof...(Ops)> table{};
  const auto row = []<typename Op>(MapRow& r) {
    set_binary<Op, bool>(r), set_binary<Op, std::uint8_t>(r), set_binary<Op, std::int8_t>(r);
    set_binary<Op, std::int16_t>(r), set_binary<Op, std::int32_t>(r), set_binary<Op, std::int64_t>(r);
    set_binary<Op, float>(r), set_binary<Op, double>(r);
  };
  row.template operator()<First>(table[0]);
  (row.template operator()<Ops>(table[row_index(Ops::kOp, First::kOp)]), ...);
  return table;
}
template <typename First, typename... Ops>
constexpr auto ternary_rows() {
  MapTable<1 + sizeof...(Ops)> table{};
  const auto row = []<typename Op>(MapRow& r) {
    set_ternary<Op, bool>(r), set_ternary<Op, std::uint8_t>(r), set_ternary<Op, std::int8_t>(r);
    set_ternary<Op, std::int16_t>(r), set_ternary<Op, std::int32_t>(r), set_ternary<Op, std::int64_t>(r);
    set_ternary<Op, float>(r), set_ternary<Op, double>(r);
  };
  row.template operator()<First>(table[0]);
  (row.template operator()<Ops>(table[row_index(Ops::kOp, First::kOp)]), ...);
  return table;
}

}  // namespace HWY_NAMESPACE
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();
#endif
