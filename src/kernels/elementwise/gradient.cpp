// The gradients of activations, each in one pass over dy and the saved input or output.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/gradient.cpp"
#include "kernels/foreach_target.h"  // before highway.h

#include <hwy/highway.h>

#include "kernels/dispatch.h"
#include "kernels/elementwise/functions-inl.h"
#include "kernels/elementwise/loops-inl.h"
#include "kernels/elementwise/map_lookup.h"
#include "kernels/elementwise/tables.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct GradientKernels;
namespace HWY_NAMESPACE {

constexpr std::int64_t kExpCost = 8;

struct ReluBackward {
  static constexpr BinaryOp kOp = BinaryOp::kReluBackward;
  template <Real T>
  static T apply(T dy, T y, Params<T>) {
    return y <= 0 ? T{0} : dy;
  }
};
struct Relu6Backward {
  static constexpr BinaryOp kOp = BinaryOp::kRelu6Backward;
  template <Real T>
  static T apply(T dy, T x, Params<T>) {
    return x > 0 && x < 6 ? dy : T{0};
  }
};
struct HardtanhBackward {
  static constexpr BinaryOp kOp = BinaryOp::kHardtanhBackward;
  template <Real T>
  static T apply(T dy, T x, Params<T> p) {
    return x > p.p0 && x < p.p1 ? dy : T{0};
  }
};
struct HardsigmoidBackward {
  static constexpr BinaryOp kOp = BinaryOp::kHardsigmoidBackward;
  template <Real T>
  static T apply(T dy, T x, Params<T>) {
    return x > -3 && x < 3 ? dy * (T{1} / 6) : T{0};
  }
};
struct HardswishBackward {
  static constexpr BinaryOp kOp = BinaryOp::kHardswishBackward;
  template <Real T>
  static T apply(T dy, T x, Params<T>) {
    return x <= -3 ? T{0} : x >= 3 ? dy : dy * (x / 3 + T{0.5});
  }
};
struct SigmoidBackward {
  static constexpr BinaryOp kOp = BinaryOp::kSigmoidBackward;
  template <Real T>
  static T apply(T dy, T y, Params<T>) {
    return dy * (1 - y) * y;
  }
};
struct TanhBackward {
  static constexpr BinaryOp kOp = BinaryOp::kTanhBackward;
  template <Real T>
  static T apply(T dy, T y, Params<T>) {
    return dy * (1 - y * y);
  }
};
struct GeluBackward {  // Phi(x) + x phi(x)
  static constexpr BinaryOp kOp = BinaryOp::kGeluBackward;
  static constexpr std::int32_t kCost = 2 * kExpCost;
  template <Real T>
  static T apply(T dy, T x, Params<T>) {
    const T cdf = T{0.5} * (1 + erf_of(x * T{0.70710678118654752440}));
    const T pdf = exp_of(T{-0.5} * x * x) * T{0.39894228040143267794};
    return dy * (cdf + x * pdf);
  }
};
struct GeluTanhBackward {
  static constexpr BinaryOp kOp = BinaryOp::kGeluTanhBackward;
  static constexpr std::int32_t kCost = 2 * kExpCost;
  template <Real T>
  static T apply(T dy, T x, Params<T>) {
    constexpr T kBeta{0.79788456080286535588}, kKappa{0.044715};
    const T t = tanh_of(kBeta * (x + kKappa * x * x * x));
    const T inner = kBeta * (1 + 3 * kKappa * x * x);
    return dy * (T{0.5} * (1 + t) + T{0.5} * x * (1 - t * t) * inner);
  }
};
struct SiluBackward {
  static constexpr BinaryOp kOp = BinaryOp::kSiluBackward;
  static constexpr std::int32_t kCost = kExpCost;
  template <Real T>
  static T apply(T dy, T x, Params<T>) {
    const T s = sigmoid_of(x);
    return dy * s * (1 + x * (1 - s));
  }
};
struct SoftplusBackward {
  static constexpr BinaryOp kOp = BinaryOp::kSoftplusBackward;
  static constexpr std::int32_t kCost = kExpCost;
  template <Real T>
  static T apply(T dy, T x, Params<T> p) {
    return x * p.p0 > p.p1 ? dy : dy * sigmoid_of(x * p.p0);
  }
};
struct EluBackward {
  static constexpr BinaryOp kOp = BinaryOp::kEluBackward;
  static constexpr std::int32_t kCost = kExpCost;
  template <Real T>
  static T apply(T dy, T x, Params<T> p) {
    return x > 0 ? dy : dy * p.p0 * exp_of(x);
  }
};
struct EluBackwardOfOutput {
  static constexpr BinaryOp kOp = BinaryOp::kEluBackwardOfOutput;
  template <Real T>
  static T apply(T dy, T y, Params<T> p) {
    return y > 0 ? dy : dy * (y + p.p0);
  }
};
struct LeakyReluBackward {
  static constexpr BinaryOp kOp = BinaryOp::kLeakyReluBackward;
  template <Real T>
  static T apply(T dy, T x, Params<T> p) {
    return x > 0 ? dy : dy * p.p0;
  }
};

constexpr auto kGradientTable =
    binary_rows<ReluBackward, Relu6Backward, HardtanhBackward, HardsigmoidBackward, HardswishBackward, SigmoidBackward,
                TanhBackward, GeluBackward, GeluTanhBackward, SiluBackward, SoftplusBackward, EluBackward,
                EluBackwardOfOutput, LeakyReluBackward>();

}  // namespace HWY_NAMESPACE
template <>
struct GradientKernels<HWY_TARGET> {
  static constexpr auto functions = HWY_NAMESPACE::kGradientTable;
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

const MapFunction& gradient_function(BinaryOp op, DType compute) {
  return map_function<GradientKernels>(op, BinaryOp::kReluBackward, compute);
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
