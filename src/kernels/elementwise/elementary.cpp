// Elementary functions and activations. What functions-inl.h has is vector code; the rest is the C library's, whose
// float32 functions are within one unit in the last place.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/elementary.cpp"
#include "kernels/foreach_target.h"  // before highway.h

#include <hwy/highway.h>

#include <cmath>

#include "kernels/dispatch.h"
#include "kernels/elementwise/functions-inl.h"
#include "kernels/elementwise/loops-inl.h"
#include "kernels/elementwise/map_lookup.h"
#include "kernels/elementwise/unary_tables.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct ElementaryKernels;
namespace HWY_NAMESPACE {

struct Exp {
  static constexpr UnaryOp kOp = UnaryOp::kExp;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return exp_of(x);
  }
};
struct Exp2 {
  static constexpr UnaryOp kOp = UnaryOp::kExp2;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::exp2(x);
  }
};
struct Expm1 {
  static constexpr UnaryOp kOp = UnaryOp::kExpm1;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return expm1_of(x);
  }
};
struct Log {
  static constexpr UnaryOp kOp = UnaryOp::kLog;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return log_of(x);
  }
};
struct Log1p {
  static constexpr UnaryOp kOp = UnaryOp::kLog1p;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return log1p_of(x);
  }
};
struct Log2 {
  static constexpr UnaryOp kOp = UnaryOp::kLog2;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::log2(x);
  }
};
struct Log10 {
  static constexpr UnaryOp kOp = UnaryOp::kLog10;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::log10(x);
  }
};
struct Sqrt {
  static constexpr UnaryOp kOp = UnaryOp::kSqrt;
  static constexpr std::int32_t kCost = 4;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::sqrt(x);
  }
};
struct Rsqrt {
  static constexpr UnaryOp kOp = UnaryOp::kRsqrt;
  static constexpr std::int32_t kCost = 4;
  template <Real T>
  static T apply(T x, Params<T>) {
    return 1 / std::sqrt(x);
  }
};
struct Reciprocal {
  static constexpr UnaryOp kOp = UnaryOp::kReciprocal;
  static constexpr std::int32_t kCost = 2;
  template <Real T>
  static T apply(T x, Params<T>) {
    return 1 / x;
  }
};
struct Sin {
  static constexpr UnaryOp kOp = UnaryOp::kSin;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::sin(x);
  }
};
struct Cos {
  static constexpr UnaryOp kOp = UnaryOp::kCos;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::cos(x);
  }
};
struct Tan {
  static constexpr UnaryOp kOp = UnaryOp::kTan;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return static_cast<T>(std::tan(LibraryReal<T>{x}));
  }
};
struct Asin {
  static constexpr UnaryOp kOp = UnaryOp::kAsin;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return static_cast<T>(std::asin(LibraryReal<T>{x}));
  }
};
struct Acos {
  static constexpr UnaryOp kOp = UnaryOp::kAcos;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return static_cast<T>(std::acos(LibraryReal<T>{x}));
  }
};
struct Atan {
  static constexpr UnaryOp kOp = UnaryOp::kAtan;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return static_cast<T>(std::atan(LibraryReal<T>{x}));
  }
};
struct Sinh {
  static constexpr UnaryOp kOp = UnaryOp::kSinh;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::sinh(x);
  }
};
struct Cosh {
  static constexpr UnaryOp kOp = UnaryOp::kCosh;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::cosh(x);
  }
};
struct Tanh {
  static constexpr UnaryOp kOp = UnaryOp::kTanh;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return tanh_of(x);
  }
};
struct Asinh {
  static constexpr UnaryOp kOp = UnaryOp::kAsinh;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::asinh(x);
  }
};
struct Acosh {
  static constexpr UnaryOp kOp = UnaryOp::kAcosh;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::acosh(x);
  }
};
struct Atanh {
  static constexpr UnaryOp kOp = UnaryOp::kAtanh;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::atanh(x);
  }
};
struct Erf {
  static constexpr UnaryOp kOp = UnaryOp::kErf;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return erf_of(x);
  }
};
struct Erfc {
  static constexpr UnaryOp kOp = UnaryOp::kErfc;
  static constexpr bool kLibrary = true;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return std::erfc(x);
  }
};
struct Sigmoid {
  static constexpr UnaryOp kOp = UnaryOp::kSigmoid;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return sigmoid_of(x);
  }
};
struct LogSigmoid {
  static constexpr UnaryOp kOp = UnaryOp::kLogSigmoid;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return (x < 0 ? x : T{0}) - log1p_of(exp_of(-std::fabs(x)));
  }
};
struct Gelu {
  static constexpr UnaryOp kOp = UnaryOp::kGelu;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return T{0.5} * x * (1 + erf_of(x * T{0.70710678118654752440}));
  }
};
struct GeluTanh {
  static constexpr UnaryOp kOp = UnaryOp::kGeluTanh;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return T{0.5} * x * (1 + tanh_of(T{0.79788456080286535588} * (x + T{0.044715} * x * x * x)));
  }
};
struct Silu {
  static constexpr UnaryOp kOp = UnaryOp::kSilu;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T>) {
    return x * sigmoid_of(x);
  }
};
struct Mish {
  static constexpr UnaryOp kOp = UnaryOp::kMish;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T>) {
    return x * tanh_of(log1p_of(exp_of(x)));
  }
};
struct Hardswish {
  static constexpr UnaryOp kOp = UnaryOp::kHardswish;
  template <Real T>
  static T apply(T x, Params<T>) {
    return x * clamp_keeping_nan(x + 3, T{0}, T{6}) / 6;
  }
};
struct Hardsigmoid {
  static constexpr UnaryOp kOp = UnaryOp::kHardsigmoid;
  template <Real T>
  static T apply(T x, Params<T>) {
    return clamp_keeping_nan(x + 3, T{0}, T{6}) / 6;
  }
};
struct Softplus {
  static constexpr UnaryOp kOp = UnaryOp::kSoftplus;
  static constexpr std::int32_t kCost = 16;
  template <Real T>
  static T apply(T x, Params<T> p) {
    return x * p.p0 > p.p1 ? x : log1p_of(exp_of(x * p.p0)) / p.p0;
  }
};
struct Elu {
  static constexpr UnaryOp kOp = UnaryOp::kElu;
  static constexpr std::int32_t kCost = 8;
  template <Real T>
  static T apply(T x, Params<T> p) {
    return x <= 0 ? p.p0 * expm1_of(x) : x;
  }
};
struct LeakyRelu {
  static constexpr UnaryOp kOp = UnaryOp::kLeakyRelu;
  template <Real T>
  static T apply(T x, Params<T> p) {
    return x > 0 ? x : x * p.p0;
  }
};

constexpr auto kElementaryTable =
    unary_rows<Exp, Exp2, Expm1, Log, Log1p, Log2, Log10, Sqrt, Rsqrt, Reciprocal, Sin, Cos, Tan, Asin, Acos, Atan,
               Sinh, Cosh, Tanh, Asinh, Acosh, Atanh, Erf, Erfc, Sigmoid, LogSigmoid, Gelu, GeluTanh, Silu, Mish,
               Hardswish, Hardsigmoid, Softplus, Elu, LeakyRelu>();

}  // namespace HWY_NAMESPACE
template <>
struct ElementaryKernels<HWY_TARGET> {
  static constexpr auto functions = HWY_NAMESPACE::kElementaryTable;
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

const MapFunction& elementary_function(UnaryOp op, DType compute) {
  return map_function<ElementaryKernels>(op, UnaryOp::kExp, compute);
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
