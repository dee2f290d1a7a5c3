// Reductions over all axes or some of them. Negative axes count from the end; an empty list of axes means all.
#pragma once

#include <optional>
#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

/// Integers and bools sum to int64 unless `dtype` says otherwise.
Tensor sum(const Tensor& input, Dims axes = {}, bool keepdim = false, std::optional<DType> dtype = {});
/// Raises for integers, as torch.
Tensor mean(const Tensor& input, Dims axes = {}, bool keepdim = false);
/// Products; integers and bools give int64 unless `dtype` says otherwise.
Tensor prod(const Tensor& input, std::optional<DType> dtype = {});
Tensor prod(const Tensor& input, std::int64_t axis, bool keepdim = false, std::optional<DType> dtype = {});
/// NaN counts as 0 (nansum) or not at all (nanmean).
Tensor nansum(const Tensor& input, Dims axes = {}, bool keepdim = false, std::optional<DType> dtype = {});
Tensor nanmean(const Tensor& input, Dims axes = {}, bool keepdim = false);
/// How many elements are not zero: int64.
Tensor count_nonzero(const Tensor& input, Dims axes = {});
/// The largest (smallest) element; NaN spreads; the gradient is split evenly between equal ones.
Tensor amax(const Tensor& input, Dims axes = {}, bool keepdim = false);
Tensor amin(const Tensor& input, Dims axes = {}, bool keepdim = false);
/// Values and int64 indices (of the first) along one axis.
struct ValuesIndices {
  Tensor values;
  Tensor indices;
};
ValuesIndices max(const Tensor& input, std::int64_t axis, bool keepdim = false);
ValuesIndices min(const Tensor& input, std::int64_t axis, bool keepdim = false);
Tensor max(const Tensor& input);
Tensor min(const Tensor& input);
/// Of the first largest (smallest) element; over the flattened tensor without an axis.
Tensor argmax(const Tensor& input, std::optional<std::int64_t> axis = {}, bool keepdim = false);
Tensor argmin(const Tensor& input, std::optional<std::int64_t> axis = {}, bool keepdim = false);
Tensor all(const Tensor& input, Dims axes = {}, bool keepdim = false);
Tensor any(const Tensor& input, Dims axes = {}, bool keepdim = false);
/// Divides by (n - correction).
Tensor var(const Tensor& input, Dims axes = {}, double correction = 1, bool keepdim = false);
Tensor std(const Tensor& input, Dims axes = {}, double correction = 1, bool keepdim = false);
/// The p-norm of the elements.
Tensor norm(const Tensor& input, double p = 2, Dims axes = {}, bool keepdim = false);
Tensor logsumexp(const Tensor& input, Dims axes, bool keepdim = false);
/// Running sums and products along an axis; integers give int64 unless `dtype` says otherwise.
Tensor cumsum(const Tensor& input, std::int64_t axis, std::optional<DType> dtype = {});
Tensor cumprod(const Tensor& input, std::int64_t axis, std::optional<DType> dtype = {});

/// A variance or standard deviation with the mean.
struct MeanAndSpread {
  Tensor spread;
  Tensor mean;
};
MeanAndSpread var_mean(const Tensor& input, Dims axes = {}, double correction = 1, bool keepdim = false);
MeanAndSpread std_mean(const Tensor& input, Dims axes = {}, double correction = 1, bool keepdim = false);
struct Extremes {
  Tensor min;
  Tensor max;
};
Extremes aminmax(const Tensor& input, std::optional<std::int64_t> axis = {}, bool keepdim = false);

/// The lower of the two middle values; a line with NaN has it (median) or is taken without it (nanmedian).
ValuesIndices median(const Tensor& input, std::int64_t axis, bool keepdim = false);
Tensor median(const Tensor& input);
ValuesIndices nanmedian(const Tensor& input, std::int64_t axis, bool keepdim = false);
Tensor nanmedian(const Tensor& input);
/// The k-th smallest, k = 1 …; NaN counts as the largest.
ValuesIndices kthvalue(const Tensor& input, std::int64_t k, std::int64_t axis = -1, bool keepdim = false);
/// The value at rank q (n - 1) of each sorted line (of the flattened input without an axis), q in [0, 1]. Between two
/// values: "linear", "lower", "higher", "midpoint" or "nearest". A 1-D q of Q numbers gives a leading axis [Q].
Tensor quantile(const Tensor& input, const Tensor& q, std::optional<std::int64_t> axis = {}, bool keepdim = false,
                std::string_view interpolation = "linear");
Tensor quantile(const Tensor& input, double q, std::optional<std::int64_t> axis = {}, bool keepdim = false,
                std::string_view interpolation = "linear");

/// How often each of 0, 1, … stands in a vector of integers; with weights their sums.
Tensor bincount(const Tensor& input, const Tensor& weights = {}, std::int64_t minlength = 0);
/// Counts in `bins` equal bins from min to max (of the data where they are equal), in the input's dtype.
Tensor histc(const Tensor& input, std::int64_t bins = 100, double min = 0, double max = 0);
/// Distinct elements in ascending order, where each element of the input went (the input's shape), and how often each
/// stands there. unique_consecutive: of runs of equal neighbours, in the input's order.
struct UniqueElements {
  Tensor values;
  Tensor inverse;
  Tensor counts;
};
UniqueElements unique(const Tensor& input);
UniqueElements unique_consecutive(const Tensor& input);
/// Differences of neighbours along an axis, n times.
Tensor diff(const Tensor& input, std::int64_t n = 1, std::int64_t axis = -1);

}  // namespace lamella
