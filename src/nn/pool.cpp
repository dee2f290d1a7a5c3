#include <lamella/nn/pool.h>

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <lamella/ops/pool.h>

#include "nn/check.h"

namespace lamella::nn {

namespace {

/// Padding is at most half of the (dilated) window.
template <int kRank>
void check_window(std::string_view kind, const PerAxis<kRank>& kernel, const PerAxis<kRank>& stride,
                  const PerAxis<kRank>& padding, const PerAxis<kRank>& dilation = 1) {
  const std::string layer = fmt::format("{}{}d", kind, kRank);
  check_at_least(layer, "kernel_size", kernel, 1);
  check_at_least(layer, "stride", stride, 1);
  check_at_least(layer, "padding", padding, 0);
  check_at_least(layer, "dilation", dilation, 1);
  for (int axis = 0; axis < kRank; ++axis) {
    if (2 * padding[axis] <= dilation[axis] * (kernel[axis] - 1) + 1) continue;
    throw ValueError(
        fmt::format("{}: padding should be at most half of the effective kernel size, but got padding={}, "
                    "kernel_size={} and dilation={} at axis {}",
                    layer, padding[axis], kernel[axis], dilation[axis], axis - kRank));
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
  check_window("MaxPool", kernel_size, stride, padding, dilation);
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
PooledIndices MaxPoolNd<kRank>::forward_with_indices(const Tensor& input) const {
  MaxPoolOptions options{stride.dims(), padding.dims(), dilation.dims(), ceil_mode};
  if constexpr (kRank == 1) return max_pool1d_with_indices(input, kernel_size.dims(), std::move(options));
  if constexpr (kRank == 2) return max_pool2d_with_indices(input, kernel_size.dims(), std::move(options));
  if constexpr (kRank == 3) return max_pool3d_with_indices(input, kernel_size.dims(), std::move(options));
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
  check_window("AvgPool", kernel_size, stride, padding);
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
AdaptivePoolNd<kRank>::AdaptivePoolNd(std::string_view kind, PerAxis<kRank> size) : output_size(size) {
  for (const std::int64_t extent : output_size) {
    if (extent >= 0 || extent == kLikeInput) continue;
    throw_below(fmt::format("Adaptive{}Pool{}d", kind, kRank), "output_size", 0, as_given(output_size));
  }
}

template <int kRank>
std::string AdaptivePoolNd<kRank>::extra_repr() const {
  std::vector<std::string> sizes;
  for (const std::int64_t extent : output_size) sizes.push_back(extent == kLikeInput ? "None" : std::to_string(extent));
  if (output_size.single()) return "output_size=" + sizes[0];
  return fmt::format("output_size=({}{})", fmt::join(sizes, ", "), kRank == 1 ? "," : "");
}

template class AdaptivePoolNd<1>;
template class AdaptivePoolNd<2>;
template class AdaptivePoolNd<3>;

template <int kRank>
Tensor AdaptiveAvgPoolNd<kRank>::forward(const Tensor& input) {
  const Dims size = this->output_size.dims();
  if constexpr (kRank == 1) return adaptive_avg_pool1d(input, size);
  if constexpr (kRank == 2) return adaptive_avg_pool2d(input, size);
  if constexpr (kRank == 3) return adaptive_avg_pool3d(input, size);
}

template <int kRank>
Tensor AdaptiveMaxPoolNd<kRank>::forward(const Tensor& input) {
  const Dims size = this->output_size.dims();
  if constexpr (kRank == 1) return adaptive_max_pool1d(input, size);
  if constexpr (kRank == 2) return adaptive_max_pool2d(input, size);
  if constexpr (kRank == 3) return adaptive_max_pool3d(input, size);
}

template <int kRank>
PooledIndices AdaptiveMaxPoolNd<kRank>::forward_with_indices(const Tensor& input) const {
  const Dims size = this->output_size.dims();
  if constexpr (kRank == 1) return adaptive_max_pool1d_with_indices(input, size);
  if constexpr (kRank == 2) return adaptive_max_pool2d_with_indices(input, size);
  if constexpr (kRank == 3) return adaptive_max_pool3d_with_indices(input, size);
}

template class AdaptiveAvgPoolNd<1>;
template class AdaptiveAvgPoolNd<2>;
template class AdaptiveAvgPoolNd<3>;
template class AdaptiveMaxPoolNd<1>;
template class AdaptiveMaxPoolNd<2>;
template class AdaptiveMaxPoolNd<3>;

}  // namespace lamella::nn
