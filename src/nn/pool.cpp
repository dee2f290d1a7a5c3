#include <lamella/nn/pool.h>

#include <fmt/format.h>

#include <lamella/ops/pool.h>

#include "nn/print.h"

namespace lamella::nn {

namespace {

template <int kRank>
void check_positive(std::string_view layer, std::string_view what, const PerAxis<kRank>& values) {
  for (const std::int64_t value : values) {
    if (value < 1)
      throw ValueError(fmt::format("{}{}d: {} must be at least 1, got {}", layer, kRank, what, tuple_of(values)));
  }
}

template <int kRank>
void check_padding(std::string_view layer, const PerAxis<kRank>& kernel, const PerAxis<kRank>& padding) {
  for (int axis = 0; axis < kRank; ++axis) {
    if (padding[axis] >= 0 && 2 * padding[axis] <= kernel[axis]) continue;
    throw ValueError(
        fmt::format("{}{}d: padding should be at least 0 and at most half of the kernel size, but got padding={} and "
                    "kernel_size={}",
                    layer, kRank, tuple_of(padding), tuple_of(kernel)));
  }
}

}  // namespace

template <int kRank>
MaxPoolNd<kRank>::MaxPoolNd(PerAxis<kRank> kernel, MaxPoolLayerOptions<kRank> options)
    : kernel_size(kernel),
      stride(options.stride == PerAxis<kRank>(kLikeKernel) ? kernel : options.stride),
      padding(options.padding),
      dilation(options.dilation),
      ceil_mode(options.ceil_mode) {
  check_positive("MaxPool", "kernel_size", kernel_size);
  check_positive("MaxPool", "stride", stride);
  check_positive("MaxPool", "dilation", dilation);
  for (int axis = 0; axis < kRank; ++axis) {  // half of the effective kernel, as torch's operator allows
    const std::int64_t effective = dilation[axis] * (kernel_size[axis] - 1) + 1;
    if (padding[axis] >= 0 && 2 * padding[axis] <= effective) continue;
    throw ValueError(fmt::format(
        "MaxPool{}d: padding should be at least 0 and at most half of the effective kernel size, but got padding={}, "
        "kernel_size={} and dilation={}",
        kRank, tuple_of(padding), tuple_of(kernel_size), tuple_of(dilation)));
  }
}

template <int kRank>
MaxPoolNd<kRank>::MaxPoolNd(PerAxis<kRank> kernel, PerAxis<kRank> step, PerAxis<kRank> border)
    : MaxPoolNd(kernel, {.stride = step, .padding = border}) {}

template <int kRank>
Tensor MaxPoolNd<kRank>::forward(const Tensor& input) {
  MaxPoolOptions options{stride.dims(), padding.dims(), dilation.dims(), ceil_mode};
  if constexpr (kRank == 1) return max_pool1d(input, kernel_size.dims(), std::move(options));
  if constexpr (kRank == 2) return max_pool2d(input, kernel_size.dims(), std::move(options));
  if constexpr (kRank == 3) return max_pool3d(input, kernel_size.dims(), std::move(options));
}

template <int kRank>
std::string MaxPoolNd<kRank>::extra_repr() const {
  return fmt::format("kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}", as_given(kernel_size),
                     as_given(stride), as_given(padding), as_given(dilation), python_bool(ceil_mode));
}

template class MaxPoolNd<1>;
template class MaxPoolNd<2>;
template class MaxPoolNd<3>;

template <int kRank>
AvgPoolNd<kRank>::AvgPoolNd(PerAxis<kRank> kernel, AvgPoolLayerOptions<kRank> options)
    : kernel_size(kernel),
      stride(options.stride == PerAxis<kRank>(kLikeKernel) ? kernel : options.stride),
      padding(options.padding),
      ceil_mode(options.ceil_mode),
      count_include_pad(options.count_include_pad),
      divisor_override(options.divisor_override) {
  check_positive("AvgPool", "kernel_size", kernel_size);
  check_positive("AvgPool", "stride", stride);
  check_padding("AvgPool", kernel_size, padding);
  if (divisor_override == 0) throw ValueError(fmt::format("AvgPool{}d: divisor_override must not be zero", kRank));
}

template <int kRank>
AvgPoolNd<kRank>::AvgPoolNd(PerAxis<kRank> kernel, PerAxis<kRank> step, PerAxis<kRank> border)
    : AvgPoolNd(kernel, {.stride = step, .padding = border}) {}

template <int kRank>
Tensor AvgPoolNd<kRank>::forward(const Tensor& input) {
  AvgPoolOptions options{stride.dims(), padding.dims(), ceil_mode, count_include_pad, divisor_override};
  if constexpr (kRank == 1) return avg_pool1d(input, kernel_size.dims(), std::move(options));
  if constexpr (kRank == 2) return avg_pool2d(input, kernel_size.dims(), std::move(options));
  if constexpr (kRank == 3) return avg_pool3d(input, kernel_size.dims(), std::move(options));
}

template <int kRank>
std::string AvgPoolNd<kRank>::extra_repr() const {
  if (kRank == 1)
    return fmt::format("kernel_size={}, stride={}, padding={}", tuple_of(kernel_size), tuple_of(stride),
                       tuple_of(padding));
  return fmt::format("kernel_size={}, stride={}, padding={}", as_given(kernel_size), as_given(stride),
                     as_given(padding));
}

template class AvgPoolNd<1>;
template class AvgPoolNd<2>;
template class AvgPoolNd<3>;

template <int kRank>
std::string AdaptivePoolNd<kRank>::extra_repr() const {
  return "output_size=" + as_given(output_size);
}

template class AdaptivePoolNd<1>;
template class AdaptivePoolNd<2>;
template class AdaptivePoolNd<3>;

Tensor AdaptiveAvgPool1d::forward(const Tensor& input) { return adaptive_avg_pool1d(input, output_size.dims()); }
Tensor AdaptiveAvgPool2d::forward(const Tensor& input) { return adaptive_avg_pool2d(input, output_size.dims()); }
Tensor AdaptiveAvgPool3d::forward(const Tensor& input) { return adaptive_avg_pool3d(input, output_size.dims()); }
Tensor AdaptiveMaxPool1d::forward(const Tensor& input) { return adaptive_max_pool1d(input, output_size.dims()); }
Tensor AdaptiveMaxPool2d::forward(const Tensor& input) { return adaptive_max_pool2d(input, output_size.dims()); }
Tensor AdaptiveMaxPool3d::forward(const Tensor& input) { return adaptive_max_pool3d(input, output_size.dims()); }

}  // namespace lamella::nn
