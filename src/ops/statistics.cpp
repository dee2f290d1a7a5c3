// Statistics that are made of sums, sorts and choices.
#include <cmath>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "core/tensor_impl.h"
#include "ops/autocast.h"
#include "ops/half.h"

namespace lamella {

namespace {

Tensor without_nan(const Tensor& input) {
  if (!is_floating_point(input.dtype())) return input;
  return where(isnan(input.detach()), full({}, 0, {.dtype = input.dtype()}), input);
}

/// The values at `place` (along an axis, which is kept), with their history.
ValuesIndices chosen(const Tensor& input, std::int64_t axis, const Tensor& index, bool keepdim) {
  const Tensor place = index.contiguous();
  const Tensor values = gather(input, axis, place);
  return keepdim ? ValuesIndices{values, place} : ValuesIndices{squeeze(values, axis), squeeze(place, axis)};
}

ValuesIndices of_number(const Tensor& input) { return {input.clone(), zeros({}, {.dtype = DType::kInt64})}; }

/// The gradient of a median of all elements is split evenly between equal ones: it is their mean.
Tensor mean_of_equals(const Tensor& input, const Tensor& value) {
  if (!input.requires_grad()) return value;
  const Tensor x = input.detach();
  return mean(masked_select(input, logical_or(eq(x, value), logical_and(isnan(x), isnan(value)))));
}

void need_extent(std::string_view op, const Tensor& input, std::int64_t axis) {
  if (input.size(axis) == 0)
    throw IndexError(fmt::format("{}(): Expected reduction dim {} to have non-zero size (shape {})", op, axis,
                                 to_string(input.shape())));
}

}  // namespace

Tensor nansum(const Tensor& input, Dims axes, bool keepdim, std::optional<DType> dtype) {
  return sum(without_nan(dtype ? input.to(*dtype) : input), std::move(axes), keepdim);
}
Tensor nanmean(const Tensor& input, Dims axes, bool keepdim) {
  if (!is_floating_point(input.dtype()))
    throw Error(
        fmt::format("nanmean(): expected input to have floating point dtype but got {}", name_of(input.dtype())));
  return nansum(input, axes, keepdim) / sum(logical_not(isnan(input.detach())), axes, keepdim);
}
Tensor count_nonzero(const Tensor& input, Dims axes) { return sum(ne(input.detach(), wrapped(0)), std::move(axes)); }

MeanAndSpread var_mean(const Tensor& input, Dims axes, double correction, bool keepdim) {
  return {var(input, axes, correction, keepdim), mean(input, axes, keepdim)};
}
MeanAndSpread std_mean(const Tensor& input, Dims axes, double correction, bool keepdim) {
  return {std(input, axes, correction, keepdim), mean(input, axes, keepdim)};
}
Extremes aminmax(const Tensor& input, std::optional<std::int64_t> axis, bool keepdim) {
  const Dims axes = axis ? Dims{*axis} : Dims{};
  const Tensor least = amin(input, axes, keepdim);
  return {least, amax(input, axes, keepdim)};
}

// median: the lower of two middle values; a NaN is the median of its line.

ValuesIndices median(const Tensor& input, std::int64_t axis, bool keepdim) {
  axis = normalize_axis(axis, input.dim());
  if (input.dim() == 0) return of_number(input);
  need_extent("median", input, axis);
  const Tensor x = input.detach();
  Tensor place = narrow(argsort(x, axis), axis, (input.size(axis) - 1) / 2, 1);
  if (is_floating_point(x.dtype()))
    place = where(any(isnan(x), {axis}, true), argmax(x, axis, true), place);  // argmax finds the first NaN
  return chosen(input, axis, place, keepdim);
}
Tensor median(const Tensor& input) {
  if (input.numel() > 0) return mean_of_equals(input, median(input.detach().reshape({-1}), 0).values);
  if (!is_floating_point(input.dtype())) return full({}, 0, {.dtype = input.dtype()});
  return full({}, NAN, {.dtype = input.dtype()});
}

ValuesIndices nanmedian(const Tensor& input, std::int64_t axis, bool keepdim) {
  if (!is_floating_point(input.dtype())) return median(input, axis, keepdim);
  axis = normalize_axis(axis, input.dim());
  if (input.dim() == 0) return of_number(input);
  need_extent("nanmedian", input, axis);
  const Tensor x = input.detach();
  const Tensor numbers = sum(logical_not(isnan(x)), {axis}, true);
  const Tensor middle = floor_divide(clamp(numbers - 1, Scalar(0), std::nullopt), wrapped(2));
  return chosen(input, axis, gather(argsort(x, axis), axis, middle), keepdim);
}
Tensor nanmedian(const Tensor& input) {
  return input.numel() == 0 ? median(input) : mean_of_equals(input, nanmedian(input.detach().reshape({-1}), 0).values);
}

ValuesIndices kthvalue(const Tensor& input, std::int64_t k, std::int64_t axis, bool keepdim) {
  axis = normalize_axis(axis, input.dim());
  const std::int64_t extent = input.dim() == 0 ? 1 : input.size(axis);
  if (extent == 0) need_extent("kthvalue", input, axis);
  if (k < 1 || k > extent)
    throw Error(
        fmt::format("kthvalue(): selected number k out of range for dimension {}: k = {}, size {}", axis, k, extent));
  if (input.dim() == 0) return of_number(input);
  const Tensor least = topk(input.detach(), k, axis, false).indices;
  return chosen(input, axis, narrow(least, axis, k - 1, 1), keepdim);
}

// quantile: torch's rank q (n - 1) between the sorted values.

Tensor quantile(const Tensor& input, const Tensor& q, std::optional<std::int64_t> axis, bool keepdim,
                std::string_view interpolation) {
  if (autocasts(AutocastPolicy::kFloat32) && size_of(input.dtype()) == 2 && is_floating_point(input.dtype()))
    return quantile(widened(input), widened(q), axis, keepdim, interpolation);
  if (input.dtype() != DType::kFloat32 && input.dtype() != DType::kFloat64)
    throw Error("quantile() input tensor must be either float or double dtype");
  if (q.dtype() != input.dtype()) throw Error("quantile() q tensor must be same dtype as the input tensor");
  if (q.dim() > 1) throw Error("quantile() q must be a scalar or 1D tensor");
  if (input.numel() == 0) throw Error("quantile() input tensor must be non-empty");
  if (q.numel() > 0 && !all(logical_and(ge(q, wrapped(0)), le(q, wrapped(1)))).item<bool>())
    throw Error("quantile() q values must be in the range [0, 1]");
  const Tensor x = axis && input.dim() > 0 ? movedim(input, *axis, -1) : input.reshape({-1});
  const std::int64_t last = x.dim() - 1;
  const Tensor sorted = sort(x, last).values;  // NaN last
  const auto extent = static_cast<double>(x.size(last));
  // Ranks [lines…, Q]; a line with NaN has them all at the last value, which is one.
  Dims line(x.shape().begin(), x.shape().end());
  line.back() = q.numel();
  const Tensor has_nan = isnan(narrow(sorted.detach(), last, x.size(last) - 1, 1));
  Tensor ranks = where(has_nan, wrapped(extent - 1), q.detach().reshape({-1}) * (extent - 1)).expand(line);
  if (interpolation == "lower") {
    ranks = floor(ranks);
  } else if (interpolation == "higher") {
    ranks = ceil(ranks);
  } else if (interpolation == "nearest") {
    ranks = round(ranks);
  } else if (interpolation != "linear" && interpolation != "midpoint") {
    throw Error(
        fmt::format("quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
                    "{}",
                    interpolation));
  }
  const Tensor below = floor(ranks);
  Tensor result = gather(sorted, last, below.to(DType::kInt64));
  if (interpolation == "linear" || interpolation == "midpoint") {
    const Tensor above = gather(sorted, last, ceil(ranks).to(DType::kInt64));
    const Tensor weight = interpolation == "midpoint" ? full_like(ranks, 0.5) : ranks - below;
    result = lerp(result, above, weight.to(result.dtype()));
  }
  result = q.dim() == 0 ? squeeze(result, last) : movedim(result, last, 0);
  if (!keepdim) return result;
  Dims shape(static_cast<std::size_t>(input.dim()), 1);
  if (axis && input.dim() > 0) {
    shape = input.shape();
    shape[static_cast<std::size_t>(normalize_axis(*axis, input.dim()))] = 1;
  }
  if (q.dim() == 1) shape.insert(shape.begin(), q.numel());
  return result.reshape(std::move(shape));
}
Tensor quantile(const Tensor& input, double q, std::optional<std::int64_t> axis, bool keepdim,
                std::string_view interpolation) {
  if (!(q >= 0 && q <= 1)) throw Error(fmt::format("quantile() q must be in the range [0, 1] but got {}", q));
  return quantile(input, full({}, q, {.dtype = input.dtype()}), axis, keepdim, interpolation);
}

// Counting

Tensor bincount(const Tensor& input, const Tensor& weights, std::int64_t minlength) {
  if (minlength < 0) throw Error("minlength should be >= 0");
  if (input.dim() != 1 || is_floating_point(input.dtype()) || input.dtype() == DType::kBool)
    throw Error(fmt::format("bincount only supports 1-d non-negative integral inputs, got shape {} {}",
                            to_string(input.shape()), name_of(input.dtype())));
  if (weights.defined() && (weights.dim() != 1 || weights.numel() != input.numel()))
    throw Error("weights should be 1-d and have the same length as input");
  if (input.numel() > 0 && min(input).item<std::int64_t>() < 0)
    throw Error("bincount only supports 1-d non-negative integral inputs.");
  const std::int64_t count = input.numel() == 0 ? 0 : max(input).item<std::int64_t>() + 1;
  const DType dtype = !weights.defined()                   ? DType::kInt64
                      : weights.dtype() == DType::kFloat32 ? DType::kFloat32
                                                           : DType::kFloat64;
  const Tensor amounts =
      weights.defined() ? weights.detach().to(dtype) : full({}, 1, {.dtype = dtype}).expand({input.numel()});
  return index_add(zeros({std::max(count, minlength)}, {.dtype = dtype}), 0, input.to(DType::kInt64), amounts);
}

Tensor histc(const Tensor& input, std::int64_t bins, double low, double high) {
  if (!is_floating_point(input.dtype()))
    throw NotImplementedError(fmt::format("histc: not implemented for {}", name_of(input.dtype())));
  if (bins < 1) throw Error(fmt::format("histc: bins must be greater than 0, got {}", bins));
  const Tensor x = input.detach().reshape({-1});
  if (low == high && x.numel() > 0) {
    low = min(x).item<double>();
    high = max(x).item<double>();
  }
  if (low == high) {
    low -= 1;
    high += 1;
  }
  if (!std::isfinite(low) || !std::isfinite(high))
    throw Error(fmt::format("histc: range of [{}, {}] is not finite", low, high));
  if (low > high) throw Error(fmt::format("histc: max must be larger than min, got [{}, {}]", low, high));
  const Tensor inside = masked_select(x, logical_and(ge(x, wrapped(low)), le(x, wrapped(high))));
  const Tensor place = floor((inside - low) * (static_cast<double>(bins) / (high - low)));
  const Tensor counts = bincount(clamp(place, Scalar(0), Scalar(bins - 1)).to(DType::kInt64), {}, bins);
  return counts.to(input.dtype());
}

namespace {

/// Runs of equal neighbours of a vector.
UniqueElements runs(const Tensor& values) {
  const std::int64_t n = values.numel();
  const DType int64 = DType::kInt64;
  if (n == 0) return {values.clone(), zeros({0}, {.dtype = int64}), zeros({0}, {.dtype = int64})};
  const Tensor changes = ne(narrow(values, 0, 1, n - 1), narrow(values, 0, 0, n - 1));
  const Tensor starts = cat({ones({1}, {.dtype = DType::kBool}), changes});
  const Tensor first = nonzero(starts).reshape({-1});
  const Tensor ends = cat({narrow(first, 0, 1, first.numel() - 1), full({1}, n)});
  return {index_select(values, 0, first), cumsum(starts.to(int64), 0) - 1, ends - first};
}

}  // namespace

UniqueElements unique_consecutive(const Tensor& input) {
  UniqueElements result = runs(input.detach().reshape({-1}));
  result.inverse = result.inverse.view(input.shape());
  return result;
}

UniqueElements unique(const Tensor& input) {
  const SortedIndices order = sort(input.detach().reshape({-1}), 0);
  UniqueElements result = runs(order.values);
  result.inverse = scatter(result.inverse, 0, order.indices, result.inverse).view(input.shape());
  return result;
}

Tensor diff(const Tensor& input, std::int64_t n, std::int64_t axis) {
  if (input.dim() == 0) throw Error("diff expects input to be at least one-dimensional");
  if (n < 0) throw Error(fmt::format("order must be non-negative but got {}", n));
  Tensor result = input;
  for (; n > 0; --n) {
    const std::int64_t extent = result.size(axis);
    if (extent == 0) return result;
    const Tensor later = narrow(result, axis, 1, extent - 1);
    const Tensor earlier = narrow(result, axis, 0, extent - 1);
    result = result.dtype() == DType::kBool ? logical_xor(later, earlier) : later - earlier;
  }
  return result;
}

}  // namespace lamella
