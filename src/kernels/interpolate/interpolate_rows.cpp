#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/interpolate/interpolate_rows.cpp"
#include "kernels/foreach_target.h"

#include <hwy/highway.h>

#include <type_traits>

#include "kernels/dispatch.h"
#include "kernels/interpolate/interpolate_rows.h"
#include "lamella/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct InterpolateKernels;
namespace HWY_NAMESPACE {
namespace {
#include "kernels/interpolate/interpolate_rows-inl.h"

template <typename T>
constexpr InterpolateRowFunction<T> function_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return nullptr;
  else
    return &weighted_row<T, T>;
}
}  // namespace
}  // namespace HWY_NAMESPACE
template <>
struct InterpolateKernels<HWY_TARGET> {
  static constexpr InterpolateTable functions = {HWY_NAMESPACE::function_for<float>(),
                                                 HWY_NAMESPACE::function_for<double>()};
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {

template <>
InterpolateRowFunction<float> interpolate_row_function<float>() {
  return dispatch<InterpolateKernels>().f32;
}
template <>
InterpolateRowFunction<double> interpolate_row_function<double>() {
  return dispatch<InterpolateKernels>(target_for(DType::kFloat64)).f64;
}
template <>
InterpolateRowFunction<bfloat16> interpolate_row_function<bfloat16>() {
  return &HWY_NAMESPACE::weighted_row<bfloat16, float>;
}
template <>
InterpolateRowFunction<float16> interpolate_row_function<float16>() {
  return &HWY_NAMESPACE::weighted_row<float16, float>;
}

}  // namespace lamella::kernels
#endif  // HWY_ONCE
