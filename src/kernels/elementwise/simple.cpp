// Unary operators that all numbers have: sign, clamps, roundings, tests.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/simple.cpp"
#include "kernels/foreach_target.h"  // before highway.h

#include <hwy/highway.h>

#include <cmath>
#include <limits>

#include "kernels/dispatch.h"
#include "kernels/elementwise/loops-inl.h"
#include "kernels/elementwise/map_lookup.h"
#include "kernels/elementwise/unary_tables.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct SimpleKernels;
namespace HWY_NAMESPACE {

template <Integer T>
using Wrapping = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
template <Integer T>
inline T negate(T x) {
  return static_cast<T>(Wrapping<T>{0} - static_cast<Wrapping<T>>(x));
}

struct Neg {
  static constexpr UnaryOp kOp = UnaryOp::kNeg;
  template <Number T>
  static T apply(T x, Params<T>) {
    if constexpr (Integer<T>) {
      return negate(x);
    } else {
      return -x;
    }
  }
};
struct Abs {
  static constexpr UnaryOp kOp = UnaryOp::kAbs;
  static bool apply(bool x, Params<bool>) { return x; }
  template <Number T>
  static T apply(T x, Params<T>) {
    if constexpr (Integer<T>) {
      return x < 0 ? negate(x) : x;
    } else {
      return std::fabs(x);
    }
  }
};
struct Sign {
  static constexpr UnaryOp kOp = UnaryOp::kSign;
  static bool apply(bool x, Params<bool>) { return x; }
  template <Number T>
  static T apply(T x, Params<T>) {
    return static_cast<T>((x > 0 ? T{1} : T{0}) - (x < 0 ? T{1} : T{0}));
  }
};
struct Square {
  static constexpr UnaryOp kOp = UnaryOp::kSquare;
  static bool apply(bool x, Params<bool>) { return x; }
  template <Number T>
  static T apply(T x, Params<T>) {
    if constexpr (Integer<T>) {
      return static_cast<T>(static_cast<Wrapping<T>>(x) * static_cast<Wrapping<T>>(x));
    } else {
      return x * x;
    }
  }
};
struct Relu {
  static constexpr UnaryOp kOp = UnaryOp::kRelu;
  template <Number T>
  static T apply(T x, Params<T>) {
    return x < 0 ? T{0} : x;
  }
};
struct Relu6 {
  static constexpr UnaryOp kOp = UnaryOp::kRelu6;
  template <Number T>
  static T apply(T x, Params<T>) {
    return x < 0 ? T{0} : x > 6 ? T{6} : x;
  }
};
struct ClampMin {
  static constexpr UnaryOp kOp = UnaryOp::kClampMin;
  template <Number T>
  static T apply(T x, Params<T> p) {
    return x < p.p0 || p.p0 != p.p0 ? p.p0 : x;
  }
};
struct ClampMax {
  static constexpr UnaryOp kOp = UnaryOp::kClampMax;
  template <Number T>
  static T apply(T x, Params<T> p) {
    return x > p.p0 || p.p0 != p.p0 ? p.p0 : x;
  }
};
struct Clamp {
  static constexpr UnaryOp kOp = UnaryOp::kClamp;
  template <Number T>
  static T apply(T x, Params<T> p) {
    const T low = x < p.p0 || p.p0 != p.p0 ? p.p0 : x;
    return low > p.p1 || p.p1 != p.p1 ? p.p1 : low;
  }
};
struct Floor {
  static constexpr UnaryOp kOp = UnaryOp::kFloor;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::floor(x);
  }
  template <Integer T>
  static T apply(T x, Params<T>) {
    return x;
  }
};
struct Ceil {
  static constexpr UnaryOp kOp = UnaryOp::kCeil;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::ceil(x);
  }
  template <Integer T>
  static T apply(T x, Params<T>) {
    return x;
  }
};
struct Round {
  static constexpr UnaryOp kOp = UnaryOp::kRound;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::nearbyint(x);
  }
  template <Integer T>
  static T apply(T x, Params<T>) {
    return x;
  }
};
struct Trunc {
  static constexpr UnaryOp kOp = UnaryOp::kTrunc;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::trunc(x);
  }
  template <Integer T>
  static T apply(T x, Params<T>) {
    return x;
  }
};
struct IsNan {
  static constexpr UnaryOp kOp = UnaryOp::kIsNan;
  template <typename T>
  static bool apply(T x, Params<T>) {
    return x != x;
  }
};
struct IsInf {
  static constexpr UnaryOp kOp = UnaryOp::kIsInf;
  template <typename T>
  static bool apply(T x, Params<T>) {
    if constexpr (Real<T>) return std::fabs(x) == std::numeric_limits<T>::infinity();
    return false;
  }
};
struct IsFinite {
  static constexpr UnaryOp kOp = UnaryOp::kIsFinite;
  template <typename T>
  static bool apply(T x, Params<T>) {
    if constexpr (Real<T>) return std::fabs(x) < std::numeric_limits<T>::infinity();
    return true;
  }
};
struct LogicalNot {
  static constexpr UnaryOp kOp = UnaryOp::kLogicalNot;
  template <typename T>
  static bool apply(T x, Params<T>) {
    return x == T{0};
  }
};
struct BitwiseNot {
  static constexpr UnaryOp kOp = UnaryOp::kBitwiseNot;
  template <std::same_as<bool> T>
  static bool apply(T x, Params<T>) {
    return !x;
  }
  template <Integer T>
  static T apply(T x, Params<T>) {
    return static_cast<T>(~x);
  }
};

constexpr auto kSimpleTable = unary_rows<Neg, Abs, Sign, Square, Relu, Relu6, Clamp, ClampMin, ClampMax, Floor, Ceil,
                                         Round, Trunc, IsNan, IsInf, IsFinite, LogicalNot, BitwiseNot>();

}  // namespace HWY_NAMESPACE
template <>
struct SimpleKernels<HWY_TARGET> {
  static constexpr auto functions = HWY_NAMESPACE::kSimpleTable;
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

const MapFunction& simple_function(UnaryOp op, DType compute) {
  return map_function<SimpleKernels>(op, UnaryOp::kNeg, compute);
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
