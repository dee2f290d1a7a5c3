#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/ternary.cpp"
#include "kernels/foreach_target.h"  // before highway.h

#include <hwy/highway.h>

#include "kernels/elementwise/ternary.h"

#include <cmath>
#include <string>

#include <lamella/error.h>

#include "kernels/dispatch.h"
#include "kernels/elementwise/loops-inl.h"
#include "kernels/elementwise/map_lookup.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct TernaryKernels;
namespace HWY_NAMESPACE {

struct Where {
  static constexpr TernaryOp kOp = TernaryOp::kWhere;
  template <typename>
  using First = bool;
  template <typename T>
  static T apply(bool a, T b, T c, Params<T>) {
    return a ? b : c;
  }
};
struct Addcmul {
  static constexpr TernaryOp kOp = TernaryOp::kAddcmul;
  template <typename T>
  using First = T;
  template <Number T>
  static T apply(T a, T b, T c, Params<T> p) {
    if constexpr (Integer<T>) {
      using U = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
      return static_cast<T>(static_cast<U>(a) + static_cast<U>(p.p0) * static_cast<U>(b) * static_cast<U>(c));
    } else {
      return a + p.p0 * b * c;
    }
  }
};
struct Addcdiv {
  static constexpr TernaryOp kOp = TernaryOp::kAddcdiv;
  template <typename T>
  using First = T;
  template <Real T>
  static T apply(T a, T b, T c, Params<T> p) {
    return a + p.p0 * b / c;
  }
};
struct Lerp {
  static constexpr TernaryOp kOp = TernaryOp::kLerp;
  template <typename T>
  using First = T;
  template <Real T>
  static T apply(T a, T b, T c, Params<T>) {
    return std::fabs(c) < T{0.5} ? a + c * (b - a) : b - (b - a) * (1 - c);
  }
};
struct Clamp {
  static constexpr TernaryOp kOp = TernaryOp::kClamp;
  template <typename T>
  using First = T;
  template <Number T>
  static T apply(T a, T b, T c, Params<T>) {
    const T low = a < b || b != b ? b : a;
    return low > c || c != c ? c : low;
  }
};

constexpr auto kTernaryTable = ternary_rows<Where, Addcmul, Addcdiv, Lerp, Clamp>();

}  // namespace HWY_NAMESPACE
template <>
struct TernaryKernels<HWY_TARGET> {
  static constexpr auto functions = HWY_NAMESPACE::kTernaryTable;
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

const MapFunction& function_of(TernaryOp op, DType compute) {
  return map_function<TernaryKernels>(op, TernaryOp::kWhere, compute);
}

}  // namespace

void ternary(TernaryOp op, DType compute, Shape shape, Operand out, ConstOperand a, ConstOperand b, ConstOperand c,
             double p0) {
  if (op == TernaryOp::kWhere && size_of(compute) == 2 && out.dtype == b.dtype && b.dtype == c.dtype) {
    compute = out.dtype = b.dtype = c.dtype = DType::kInt16;  // a choice of bits: no way through float32
  }
  const MapFunction& function = function_of(op, compute);
  if (function.kernel == nullptr) {
    throw NotImplementedError("ternary operator " + std::to_string(static_cast<int>(op)) + " is not defined for " +
                              std::string(name_of(compute)) + "; convert the inputs to another dtype first");
  }
  const ConstOperand in[] = {a, b, c};
  map(shape, function, out, in, {p0, 0});
}

bool supports(TernaryOp op, DType compute) { return function_of(op, compute).kernel != nullptr; }

}  // namespace lamella::kernels
#endif  // HWY_ONCE
