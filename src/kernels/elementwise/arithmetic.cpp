// Addition to maximum: the binary operators whose result has the dtype of the inputs.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/arithmetic.cpp"
#include "kernels/foreach_target.h"  // before highway.h

#include <hwy/highway.h>

#include <cmath>
#include <limits>

#include "kernels/dispatch.h"
#include "kernels/elementwise/functions-inl.h"
#include "kernels/elementwise/loops-inl.h"
#include "kernels/elementwise/map_lookup.h"
#include "kernels/elementwise/tables.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct ArithmeticKernels;
namespace HWY_NAMESPACE {

// Unsigned and at least as wide as int, so that wrapping is defined.
template <Integer T>
using Wrapping = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
template <Integer T>
inline T wrap_add(T a, T b) {
  return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
}
template <Integer T>
inline T wrap_sub(T a, T b) {
  return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
}
template <Integer T>
inline T wrap_mul(T a, T b) {
  return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
}

// The two divisions that hardware traps on: by zero (reported beside) and of the smallest integer by -1 (wraps).
template <Integer T>
inline T divide(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return wrap_sub<T>(0, a);
  }
  return static_cast<T>(a / b);
}
template <Integer T>
inline T modulo(T a, T b) {
  return wrap_sub<T>(a, wrap_mul<T>(divide(a, b), b));
}

struct Add {
  static constexpr BinaryOp kOp = BinaryOp::kAdd;
  static bool apply(bool a, bool b, Params<bool> p) { return a | (b & p.p0); }
  template <Real T>
  static T apply(T a, T b, Params<T> p) {
    return a + p.p0 * b;
  }
  template <Integer T>
  static T apply(T a, T b, Params<T> p) {
    return wrap_add<T>(a, wrap_mul<T>(p.p0, b));
  }
};
struct Sub {
  static constexpr BinaryOp kOp = BinaryOp::kSub;
  template <Real T>
  static T apply(T a, T b, Params<T> p) {
    return a - p.p0 * b;
  }
  template <Integer T>
  static T apply(T a, T b, Params<T> p) {
    return wrap_sub<T>(a, wrap_mul<T>(p.p0, b));
  }
};
struct Mul {
  static constexpr BinaryOp kOp = BinaryOp::kMul;
  static bool apply(bool a, bool b, Params<bool>) { return a & b; }
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    return a * b;
  }
  template <Integer T>
  static T apply(T a, T b, Params<T>) {
    return wrap_mul<T>(a, b);
  }
};
struct Div {
  static constexpr BinaryOp kOp = BinaryOp::kDiv;
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    return a / b;
  }
};
struct FloorDivide {
  static constexpr BinaryOp kOp = BinaryOp::kFloorDivide;
  static constexpr bool kLibrary = true;
  static constexpr bool kDivides = true;
  static constexpr std::int32_t kCost = 8;
  template <Integer T>
  static T apply(T a, T b, Params<T>) {
    const T quotient = divide(a, b);
    return quotient - static_cast<T>(b != 0 && (a < 0) != (b < 0) && wrap_mul<T>(quotient, b) != a);
  }
  template <Real T>  // c10/util/generic_math.h, div_floor_floating: as Python's float.__floordiv__
  static T apply(T a, T b, Params<T>) {
    if (b == 0) return a / b;
    const T mod = std::fmod(a, b);
    T quotient = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(T{0}, a / b);
    const T floor = std::floor(quotient);
    return quotient - floor > T{0.5} ? floor + 1 : floor;
  }
};
struct TruncDivide {
  static constexpr BinaryOp kOp = BinaryOp::kTruncDivide;
  static constexpr bool kDivides = true;
  static constexpr std::int32_t kCost = 4;
  template <Integer T>
  static T apply(T a, T b, Params<T>) {
    return divide(a, b);
  }
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    return std::trunc(a / b);
  }
};
struct Remainder {
  static constexpr BinaryOp kOp = BinaryOp::kRemainder;
  static constexpr bool kLibrary = true;
  static constexpr bool kDivides = true;
  static constexpr std::int32_t kCost = 8;
  template <Integer T>
  static T apply(T a, T b, Params<T>) {
    const T mod = modulo(a, b);
    return mod != 0 && (mod < 0) != (b < 0) ? wrap_add<T>(mod, b) : mod;
  }
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    const T mod = std::fmod(a, b);
    return mod != 0 && (mod < 0) != (b < 0) ? mod + b : mod;
  }
};
struct Fmod {
  static constexpr BinaryOp kOp = BinaryOp::kFmod;
  static constexpr bool kLibrary = true;
  static constexpr bool kDivides = true;
  static constexpr std::int32_t kCost = 8;
  template <Integer T>
  static T apply(T a, T b, Params<T>) {
    return modulo(a, b);
  }
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    return std::fmod(a, b);
  }
};
struct Pow {
  static constexpr BinaryOp kOp = BinaryOp::kPow;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Integer T>
  static T apply(T a, T b, Params<T>) {
    if (b < 0) {
      if (a == 1) return 1;
      if (a == static_cast<T>(-1)) return b % 2 == 0 ? 1 : static_cast<T>(-1);
      return 0;
    }
    T result = 1;
    for (; b != 0; b = static_cast<T>(b >> 1), a = wrap_mul<T>(a, a)) {
      if ((b & 1) != 0) result = wrap_mul<T>(result, a);
    }
    return result;
  }
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    return std::pow(a, b);
  }
};
struct Maximum {
  static constexpr BinaryOp kOp = BinaryOp::kMaximum;
  static bool apply(bool a, bool b, Params<bool>) { return a | b; }
  template <Number T>
  static T apply(T a, T b, Params<T>) {
    return a != a || a > b ? a : b;
  }
};
struct Minimum {
  static constexpr BinaryOp kOp = BinaryOp::kMinimum;
  static bool apply(bool a, bool b, Params<bool>) { return a & b; }
  template <Number T>
  static T apply(T a, T b, Params<T>) {
    return a != a || a < b ? a : b;
  }
};
struct Atan2 {
  static constexpr BinaryOp kOp = BinaryOp::kAtan2;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    return static_cast<T>(std::atan2(LibraryReal<T>{a}, LibraryReal<T>{b}));
  }
};
struct Hypot {
  static constexpr BinaryOp kOp = BinaryOp::kHypot;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    return std::hypot(a, b);
  }
};
struct Copysign {
  static constexpr BinaryOp kOp = BinaryOp::kCopysign;
  template <Real T>
  static T apply(T a, T b, Params<T>) {
    return std::copysign(a, b);
  }
};

constexpr auto kArithmeticTable = binary_rows<Add, Sub, Mul, Div, FloorDivide, TruncDivide, Remainder, Fmod, Pow,
                                              Maximum, Minimum, Atan2, Hypot, Copysign>();

}  // namespace HWY_NAMESPACE
template <>
struct ArithmeticKernels<HWY_TARGET> {
  static constexpr auto functions = HWY_NAMESPACE::kArithmeticTable;
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

const MapFunction& arithmetic_function(BinaryOp op, DType compute) {
  return map_function<ArithmeticKernels>(op, BinaryOp::kAdd, compute);
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
