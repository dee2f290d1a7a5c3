// From a sample's description to tensors, in one of several memory layouts.
#pragma once

#include <limits>
#include <optional>
#include <string_view>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>

#include "core/tensor_impl.h"
#include "ops/sample.h"

namespace lamella::testing {

enum class Layout : std::uint8_t { kPlain, kChannelsLast, kTransposed, kSliced, kExpanded, kPhysical };
inline constexpr Layout kLayouts[] = {Layout::kPlain,  Layout::kChannelsLast, Layout::kTransposed,
                                      Layout::kSliced, Layout::kExpanded,     Layout::kPhysical};

inline std::string_view name_of(Layout layout) {
  constexpr std::string_view names[] = {"plain", "channels_last", "transposed", "sliced", "expanded", "physical"};
  return names[static_cast<int>(layout)];
}

/// float64 (or int64, or bool) numbers of an input, contiguous.
inline Tensor numbers_of(const Input& input, bool integral, Generator& generator) {
  const auto uniform = [&](double from, double to) {
    return rand(input.shape, {.dtype = DType::kFloat64, .generator = &generator}) * (to - from) + from;
  };
  const auto integers = [&](std::int64_t from, std::int64_t to) {
    return randint(from, to + 1, input.shape, {.generator = &generator});
  };
  switch (input.values) {
    case Values::kNormal:
      if (integral) return integers(-5, 5);
      return randn(input.shape, {.dtype = DType::kFloat64, .generator = &generator});
    case Values::kPositive:
      return integral ? integers(1, 5) : uniform(0.5, 2);
    case Values::kUnit:
      return integral ? integers(0, 1) : uniform(0.05, 0.95);
    case Values::kDistinct: {
      const std::int64_t n = checked_numel(input.shape);
      const Tensor order = randperm(n, {.generator = &generator}).reshape(input.shape) - n / 2;
      return integral ? order : (order.to(DType::kFloat64) + 0.25) * (5.8 / static_cast<double>(n > 0 ? n : 1));
    }
    case Values::kSpecial: {
      constexpr double inf = std::numeric_limits<double>::infinity();
      constexpr double nan = std::numeric_limits<double>::quiet_NaN();
      const std::vector<double> list = {0.0,    -0.0, 1,    -1,  inf,  -inf, nan,  1e-30,
                                        -1e-30, 3e4,  -3e4, 0.5, -0.5, 2.5,  -2.5, 88};
      const std::vector<double> whole = {0, 0, 1, -1, 7, -7, 3, -3, 2, -2, 100, -100, 5, -5, 120, 88};
      return tensor(integral ? whole : list);
    }
    case Values::kBool:
      return randint(0, 2, input.shape, {.generator = &generator}).to(DType::kBool);
    case Values::kIndex:
      return randint(0, input.limit, input.shape, {.generator = &generator});
    case Values::kAbsent:
      break;
  }
  return {};
}

/// The same numbers as `plain` in another layout, where it has one (an expanded one repeats its first slice).
inline Tensor in_layout(const Tensor& plain, Layout layout) {
  const std::int64_t rank = plain.dim();
  if (layout == Layout::kChannelsLast && rank >= 4) return plain.to(MemoryFormat::kChannelsLast);
  if (layout == Layout::kTransposed && rank >= 2) {
    Dims reversed;
    for (std::int64_t axis = rank; axis-- > 0;) reversed.push_back(axis);
    return plain.permute(reversed).contiguous().permute(reversed);
  }
  if (layout == Layout::kSliced && rank >= 1) {
    Dims wide = plain.shape();
    wide.back() = 2 * wide.back() + 1;
    const Tensor slice = full(wide, 1, {.dtype = plain.dtype()}).slice(-1, {.start = 1, .step = 2});
    slice.copy_(plain);
    return slice;
  }
  if (layout == Layout::kExpanded && rank >= 1 && plain.size(0) > 1) return plain.narrow(0, 0, 1).expand(plain.shape());
  if (layout == Layout::kPhysical && rank >= 3 && rank <= 5) {
    const Tensor copy = allocate(meta(plain), PhysicalOrder::channels_last(plain.shape()));
    copy.copy_(plain);
    return copy;
  }
  return plain;
}

/// The inputs of a sample: the same numbers at each call.
inline TensorList inputs_of(const Sample& sample, DType dtype, Layout layout = Layout::kPlain, bool with_grad = false) {
  Generator generator(20260101);
  TensorList list;
  for (const Input& input : sample.inputs) {
    if (input.values == Values::kAbsent) {
      list.push_back({});
      continue;
    }
    const DType own = input.dtype.value_or(dtype);
    Tensor tensor = numbers_of(input, !is_floating_point(own), generator);
    if (input.is_number()) tensor = in_layout(tensor.to(own), layout).detach();
    const bool differentiable = with_grad && input.is_number() && input.wants_grad && is_floating_point(own);
    list.push_back(differentiable ? tensor.requires_grad_() : tensor);
  }
  return list;
}

/// Whether a layout differs from plain for at least one of a sample's inputs.
inline bool has_layout(const Sample& sample, Layout layout) {
  if (layout == Layout::kPlain) return true;
  for (const Input& input : sample.inputs) {
    const auto rank = static_cast<std::int64_t>(input.shape.size());
    if (!input.is_number() || input.dtype || rank == 0) continue;
    if (layout == Layout::kChannelsLast && (rank == 4 || rank == 5)) return true;
    if (layout == Layout::kTransposed && rank >= 2) return true;
    if (layout == Layout::kSliced) return true;
    if (layout == Layout::kExpanded && input.shape[0] > 1) return true;
    if (layout == Layout::kPhysical && rank >= 3 && rank <= 5 && input.shape[1] > 1) return true;
  }
  return false;
}

}  // namespace lamella::testing
