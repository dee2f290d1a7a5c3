// One source for every instruction set, through Highway's foreach_target.h and a table of our own (Debian's libhwy is a
// shared library, so its dispatcher is out of reach for a static command). A kernel file has this order:
//
//   #undef HWY_TARGET_INCLUDE
//   #define HWY_TARGET_INCLUDE "kernels/<family>/<file>.cpp"
//   #include "kernels/foreach_target.h"          // Highway's, with the targets that we leave out
//   #include <hwy/highway.h>
//   #include "kernels/dispatch.h"               // FooFunctions, the struct of function pointers, stands in the
//   family's own header
//
//   HWY_BEFORE_NAMESPACE();
//   namespace lamella::kernels {
//   template <long long kTarget> struct FooKernels;           // declared once a pass: harmless
//   namespace HWY_NAMESPACE { … void Foo(…) { … } }
//   template <> struct FooKernels<HWY_TARGET> { static constexpr FooFunctions functions = {&HWY_NAMESPACE::Foo, …}; };
//   }  // namespace lamella::kernels
//   HWY_AFTER_NAMESPACE();
//
//   #if HWY_ONCE
//   … dispatch<FooKernels>().foo(…) …                        // or dispatch<FooKernels>(target_for(dtype)), see below
//   #endif
#ifndef LAMELLA_KERNELS_DISPATCH_H_
#define LAMELLA_KERNELS_DISPATCH_H_

#include <algorithm>
#include <type_traits>

#include <lamella/dtype.h>

#include "core/cpu_target.h"

namespace lamella::kernels {

/// Whether a pass for HWY_TARGET compiles the kernels of T: float32 and the 16-bit floats are compiled for every
/// instruction set, float64 up to AVX2 and bool and integers for the baseline alone, where the compiler's own vectors
/// keep up with memory. The rest would be two thirds of the text, and no network trains in them.
template <typename T>
constexpr bool is_compiled(long long target) {
  if (target == HWY_STATIC_TARGET) return true;
  return !std::is_integral_v<T> && (!std::is_same_v<T, double> || target != HWY_AVX3);
}

/// The best target up to `best` that has kernels of `dtype` by that rule.
inline CpuTarget target_for(DType dtype, CpuTarget best = cpu_target()) {
  if (!is_floating_point(dtype)) return CpuTarget::kBaseline;
  return dtype == DType::kFloat64 ? std::min(best, CpuTarget::kAvx2) : best;
}

/// The `functions` of Kernels<target> for `target`; the baseline's where that target was not compiled.
template <template <long long> class Kernels>
const auto& dispatch(CpuTarget target = cpu_target()) {
#if HWY_TARGETS & HWY_AVX3
  if (target == CpuTarget::kAvx512) return Kernels<HWY_AVX3>::functions;
#endif
#if HWY_TARGETS & HWY_AVX2
  if (target >= CpuTarget::kAvx2) return Kernels<HWY_AVX2>::functions;
#endif
  static_cast<void>(target);
  return Kernels<HWY_STATIC_TARGET>::functions;
}

}  // namespace lamella::kernels

#endif  // LAMELLA_KERNELS_DISPATCH_H_
