#include <lamella/nn/arguments.h>

#include <algorithm>

#include <fmt/format.h>

#include <lamella/error.h>

namespace lamella::nn {

template <int kRank>
PerAxis<kRank> PerAxis<kRank>::checked(const Dims& each) {
  if (each.size() == 1) return PerAxis(each[0]);
  if (each.size() != kRank) {
    throw ValueError(
        fmt::format("expected 1 number or {} (one an axis), got {}: {}", kRank, each.size(), to_string(each)));
  }
  PerAxis result(0);
  std::copy(each.begin(), each.end(), result.values_.begin());
  result.single_ = false;
  return result;
}

template <int kRank>
std::string LayerPadding<kRank>::checked(std::string_view word) {
  if (word != "same" && word != "valid") {
    throw ValueError(fmt::format("Invalid padding string '{}', should be one of 'valid', 'same', or numbers", word));
  }
  return std::string(word);
}

template class PerAxis<1>;
template class PerAxis<2>;
template class PerAxis<3>;
template class LayerPadding<1>;
template class LayerPadding<2>;
template class LayerPadding<3>;

}  // namespace lamella::nn
