#include <fmt/format.h>

#include <lamella/nn/pool.h>

#include "nn/check.h"

namespace lamella::nn {

template <int kRank>
MaxUnpoolNd<kRank>::MaxUnpoolNd(PerAxis<kRank> kernel, PerAxis<kRank> step, PerAxis<kRank> border)
    : kernel_size(kernel), stride(step == PerAxis<kRank>(kLikeKernel) ? kernel : step), padding(border) {
  const std::string layer = fmt::format("MaxUnpool{}d", kRank);
  check_at_least(layer, "kernel_size", kernel_size, 1);
  check_at_least(layer, "stride", stride, 1);
  check_at_least(layer, "padding", padding, 0);
}

template <int kRank>
Tensor MaxUnpoolNd<kRank>::operator()(const Tensor& input, const Tensor& indices, const Dims& output_size) {
  return call({input, indices}, [&](const TensorList& given) { return forward(given[0], given[1], output_size); });
}

template <int kRank>
Tensor MaxUnpoolNd<kRank>::forward(const Tensor& input, const Tensor& indices, const Dims& output_size) const {
  MaxUnpoolOptions options{stride.dims(), padding.dims(), output_size};
  if constexpr (kRank == 1) return max_unpool1d(input, indices, kernel_size.dims(), std::move(options));
  if constexpr (kRank == 2) return max_unpool2d(input, indices, kernel_size.dims(), std::move(options));
  if constexpr (kRank == 3) return max_unpool3d(input, indices, kernel_size.dims(), std::move(options));
}

template <int kRank>
std::string MaxUnpoolNd<kRank>::extra_repr() const {
  return fmt::format("kernel_size={}, stride={}, padding={}", tuple_of(kernel_size), tuple_of(stride),
                     tuple_of(padding));
}

template class MaxUnpoolNd<1>;
template class MaxUnpoolNd<2>;
template class MaxUnpoolNd<3>;

}  // namespace lamella::nn
