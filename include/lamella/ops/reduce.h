// Reductions over all axes or some of them. Negative axes count from the end; an empty list of axes means all.
#pragma once

#include <optional>

#include <lamella/tensor.h>

namespace lamella {

/// Integers and bools sum to int64 unless `dtype` says otherwise.
Tensor sum(const Tensor& input, Dims axes = {}, bool keepdim = false, std::optional<DType> dtype = {});
/// Raises for integers, as torch.
Tensor mean(const Tensor& input, Dims axes = {}, bool keepdim = false);
Tensor prod(const Tensor& input);
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
Tensor cumsum(const Tensor& input, std::int64_t axis);

}  // namespace lamella
