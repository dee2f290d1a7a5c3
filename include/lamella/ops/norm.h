// Normalisation.
#pragma once

#include <optional>

#include <lamella/tensor.h>

namespace lamella {

/// y = (x - mean) / sqrt(variance + eps) * weight + bias for every channel of [N, C, *].
///
/// Training: mean and biased variance of the batch; the running ones (undefined: none) become
/// (1 - momentum) running + momentum batch, the variance unbiased. Evaluation: the running ones.
/// weight and bias may be undefined (1 and 0). Raises for a wrong count of channels, naming it, and for one value a
/// channel in training.
Tensor batch_norm(const Tensor& input, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight = {},
                  const Tensor& bias = {}, bool training = false, double momentum = 0.1, double eps = 1e-5);
/// Mean and variance of each sample's `groups` groups of channels.
Tensor group_norm(const Tensor& input, std::int64_t groups, const Tensor& weight = {}, const Tensor& bias = {},
                  double eps = 1e-5);
/// Over the last axes, which have the shape `normalized_shape`; weight and bias have that shape too.
Tensor layer_norm(const Tensor& input, Dims normalized_shape, const Tensor& weight = {}, const Tensor& bias = {},
                  double eps = 1e-5);
/// Mean and variance of each sample's channels over the axes after [N, C], or (use_input_stats = false) the running
/// ones, which otherwise follow the mean of the samples' as in batch_norm.
Tensor instance_norm(const Tensor& input, const Tensor& running_mean = {}, const Tensor& running_var = {},
                     const Tensor& weight = {}, const Tensor& bias = {}, bool use_input_stats = true,
                     double momentum = 0.1, double eps = 1e-5);
/// x / sqrt(mean of x^2 + eps) * weight over the last axes; eps is the dtype's epsilon unless given.
Tensor rms_norm(const Tensor& input, Dims normalized_shape, const Tensor& weight = {}, std::optional<double> eps = {});
/// x / (k + alpha / size * sum of x^2 over `size` neighbouring channels)^beta of [N, C, *].
Tensor local_response_norm(const Tensor& input, std::int64_t size, double alpha = 1e-4, double beta = 0.75,
                           double k = 1.0);

}  // namespace lamella
