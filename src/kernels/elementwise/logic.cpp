// Comparisons, logic and bits.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/logic.cpp"
#include "kernels/foreach_target.h"  // before highway.h

#include <hwy/highway.h>

#include "kernels/dispatch.h"
#include "kernels/elementwise/loops-inl.h"
#include "kernels/elementwise/map_lookup.h"
#include "kernels/elementwise/tables.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct LogicKernels;
namespace HWY_NAMESPACE {

struct Eq {
  static constexpr BinaryOp kOp = BinaryOp::kEq;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return a == b;
  }
};
struct Ne {
  static constexpr BinaryOp kOp = BinaryOp::kNe;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return a != b;
  }
};
struct Lt {
  static constexpr BinaryOp kOp = BinaryOp::kLt;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return a < b;
  }
};
struct Le {
  static constexpr BinaryOp kOp = BinaryOp::kLe;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return a <= b;
  }
};
struct Gt {
  static constexpr BinaryOp kOp = BinaryOp::kGt;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return a > b;
  }
};
struct Ge {
  static constexpr BinaryOp kOp = BinaryOp::kGe;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return a >= b;
  }
};
struct LogicalAnd {
  static constexpr BinaryOp kOp = BinaryOp::kLogicalAnd;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return (a != T{0}) & (b != T{0});
  }
};
struct LogicalOr {
  static constexpr BinaryOp kOp = BinaryOp::kLogicalOr;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return (a != T{0}) | (b != T{0});
  }
};
struct LogicalXor {
  static constexpr BinaryOp kOp = BinaryOp::kLogicalXor;
  template <typename T>
  static bool apply(T a, T b, Params<T>) {
    return (a != T{0}) != (b != T{0});
  }
};
struct BitwiseAnd {
  static constexpr BinaryOp kOp = BinaryOp::kBitwiseAnd;
  template <std::integral T>
  static T apply(T a, T b, Params<T>) {
    return static_cast<T>(a & b);
  }
};
struct BitwiseOr {
  static constexpr BinaryOp kOp = BinaryOp::kBitwiseOr;
  template <std::integral T>
  static T apply(T a, T b, Params<T>) {
    return static_cast<T>(a | b);
  }
};
struct BitwiseXor {
  static constexpr BinaryOp kOp = BinaryOp::kBitwiseXor;
  template <std::integral T>
  static T apply(T a, T b, Params<T>) {
    return static_cast<T>(a ^ b);
  }
};
struct LeftShift {
  static constexpr BinaryOp kOp = BinaryOp::kLeftShift;
  template <Integer T>
  static T apply(T a, T b, Params<T>) {
    constexpr T kBits = sizeof(T) * 8;
    return b >= 0 && b < kBits ? static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) << (b & (kBits - 1))) : T{0};
  }
};
struct RightShift {
  static constexpr BinaryOp kOp = BinaryOp::kRightShift;
  template <Integer T>
  static T apply(T a, T b, Params<T>) {
    constexpr T kMost = sizeof(T) * 8 - (std::is_signed_v<T> ? 1 : 0);
    if (b >= 0 && b < kMost) return static_cast<T>(a >> b);
    return std::is_signed_v<T> && a < 0 ? static_cast<T>(-1) : T{0};
  }
};

constexpr auto kLogicTable = binary_rows<Eq, Ne, Lt, Le, Gt, Ge, LogicalAnd, LogicalOr, LogicalXor, BitwiseAnd,
                                         BitwiseOr, BitwiseXor, LeftShift, RightShift>();

}  // namespace HWY_NAMESPACE
template <>
struct LogicKernels<HWY_TARGET> {
  static constexpr auto functions = HWY_NAMESPACE::kLogicTable;
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

const MapFunction& logic_function(BinaryOp op, DType compute) {
  return map_function<LogicKernels>(op, BinaryOp::kEq, compute);
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
