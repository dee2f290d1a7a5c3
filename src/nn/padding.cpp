#include <lamella/nn/padding.h>

#include <algorithm>

#include <fmt/format.h>

#include <lamella/ops/pad.h>

#include "nn/print.h"

namespace lamella::nn {

template <int kRank>
PerSide<kRank> PerSide<kRank>::checked(const Dims& each) {
  if (each.size() == 1) return PerSide(each[0]);
  if (each.size() != 2 * kRank) {
    throw ValueError(
        fmt::format("expected 1 number or {} (one a side), got {}: {}", 2 * kRank, each.size(), to_string(each)));
  }
  PerSide result(0);
  std::copy(each.begin(), each.end(), result.sides_.begin());
  return result;
}

template <int kRank>
Tensor PadNd<kRank>::forward(const Tensor& input) {
  return pad(input, padding.dims(), mode_, value_);
}

template <int kRank>
std::string PadNd<kRank>::extra_repr() const {
  const Dims sides = padding.dims();
  return python_tuple(std::span<const std::int64_t>(sides.data(), sides.size()));
}

template <int kRank>
std::string ConstantPadNd<kRank>::extra_repr() const {
  return fmt::format("padding={}, value={}", PadNd<kRank>::extra_repr(), python_number(value()));
}

template class PerSide<1>;
template class PerSide<2>;
template class PerSide<3>;
template class PadNd<1>;
template class PadNd<2>;
template class PadNd<3>;
template class ConstantPadNd<1>;
template class ConstantPadNd<2>;
template class ConstantPadNd<3>;

}  // namespace lamella::nn
