// A loop that the compiler vectorises for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dropout/dropout.cpp"
#include "kernels/foreach_target.h"

#include <hwy/highway.h>

#include "core/parallel.h"
#include "kernels/dispatch.h"
#include "kernels/dropout/dropout.h"
#include "kernels/dropout/dropout_range.h"
#include "lamella/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace lamella::kernels {
template <long long kTarget>
struct DropoutKernels;
namespace HWY_NAMESPACE {
namespace {

/// The mask becomes 0 or `scale` (in T) first, as torch's mask tensor is; Sum is float32 for 16-bit types.
template <typename T, typename Sum>
void dropout_range(std::int64_t n, const T* x, const std::uint8_t* HWY_RESTRICT mask, double scale, T* y) {
  const Sum factor = static_cast<Sum>(T(static_cast<Sum>(scale)));
  for (std::int64_t i = 0; i < n; ++i) y[i] = T(static_cast<Sum>(x[i]) * (mask[i] ? factor : Sum(0)));
}

template <typename T, typename Sum>
constexpr DropoutRange<T> range_for() {
  if constexpr (!is_compiled<T>(HWY_TARGET))
    return nullptr;
  else
    return &dropout_range<T, Sum>;
}

}  // namespace
}  // namespace HWY_NAMESPACE
template <>
struct DropoutKernels<HWY_TARGET> {
  static constexpr DropoutTable functions = {
      HWY_NAMESPACE::range_for<float, float>(), HWY_NAMESPACE::range_for<double, double>(),
      HWY_NAMESPACE::range_for<bfloat16, float>(), HWY_NAMESPACE::range_for<float16, float>()};
};
}  // namespace lamella::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lamella::kernels {
namespace {

DropoutRange<float> range_of(const DropoutTable& table, float) { return table.f32; }
DropoutRange<double> range_of(const DropoutTable& table, double) { return table.f64; }
DropoutRange<bfloat16> range_of(const DropoutTable& table, bfloat16) { return table.bf16; }
DropoutRange<float16> range_of(const DropoutTable& table, float16) { return table.f16; }

}  // namespace

template <typename T>
void dropout_apply(std::int64_t n, const T* x, const std::uint8_t* mask, double scale, T* y) {
  const DropoutRange<T> range = range_of(dispatch<DropoutKernels>(target_for(dtype_of<T>)), T{});
  const std::int64_t tasks = tasks_for(n);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(n, tasks, task);
    range(end - begin, x + begin, mask + begin, scale, y + begin);
  });
}

template void dropout_apply(std::int64_t, const float*, const std::uint8_t*, double, float*);
template void dropout_apply(std::int64_t, const double*, const std::uint8_t*, double, double*);
template void dropout_apply(std::int64_t, const bfloat16*, const std::uint8_t*, double, bfloat16*);
template void dropout_apply(std::int64_t, const float16*, const std::uint8_t*, double, float16*);

}  // namespace lamella::kernels
#endif  // HWY_ONCE
