// Batch, group, layer and instance normalisation.
//
//   xhat = (x - mean) / sqrt(variance + epsilon)          y = act(gamma xhat + beta)          act: identity or ReLU
//
// A tensor is x[n, c, s] at x[n * batch + c * channel + s * spatial], strides in elements; s runs over all spatial
// axes. Fast where s is contiguous (torch's plain layout) or where c is and n, s are one run of rows (channels-last);
// any other strides work by way of small buffers. Outputs may be the input itself, and must not overlap it otherwise.
// Sums are made block by block in T about the block's own mean and merged in float64 (Chan, Golub and LeVeque 1979), in
// an order that depends on the shape alone: equal bits for any number of threads. T: float, double. gamma and beta may
// be null (1 and 0).
#pragma once

#include <cstdint>

namespace lamella::kernels {

struct NormShape {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  std::int64_t spatial = 1;
};

struct NormStrides {
  std::int64_t batch;
  std::int64_t channel;
  std::int64_t spatial;
};

/// The moments of every channel over n and s.
template <typename T>
struct ChannelMoments {
  T* mean;               // [channels]
  T* variance;           // [channels], biased; or null
  T* inverse_deviation;  // [channels], 1 / sqrt(variance + epsilon); or null
};

/// torch's running statistics, updated in float64 and rounded:
///   mean = momentum * mean + (1 - momentum) * running mean, the variance with n / (n - 1) (NaN for one value a
///   channel).
template <typename T>
struct RunningMoments {
  T* mean = nullptr;
  T* variance = nullptr;
  double momentum = 0.1;
};

template <typename T>
void batch_norm_moments(const NormShape& shape, const T* x, const NormStrides& x_strides, double epsilon,
                        const ChannelMoments<T>& moments, const RunningMoments<T>& running = {});

/// inverse_deviation of given variances, for evaluation.
template <typename T>
void inverse_deviations(std::int64_t channels, const T* variance, double epsilon, T* inverse_deviation);

/// What a channel is normalised with: the batch's moments in training, the running ones in evaluation.
template <typename T>
struct ChannelAffine {
  const T* mean;
  const T* inverse_deviation;
  const T* gamma = nullptr;
  const T* beta = nullptr;
  bool relu = false;
};

/// y = act((x - mean) inverse_deviation gamma + beta), as one multiplication and addition (torch's way).
template <typename T>
void batch_norm_forward(const NormShape& shape, const ChannelAffine<T>& affine, const T* x,
                        const NormStrides& x_strides, T* y, const NormStrides& y_strides);

/// dgamma = sum dy xhat, dbeta = sum dy, and
///   training:   dx = gamma inverse_deviation (dy - mean(dy) - xhat mean(dy xhat)),
///   evaluation: dx = gamma inverse_deviation dy.
/// With affine.relu, dy counts only where y > 0, recomputed from x. dx, dgamma and dbeta may each be null.
template <typename T>
void batch_norm_backward(const NormShape& shape, const ChannelAffine<T>& affine, bool training, const T* dy,
                         const NormStrides& dy_strides, const T* x, const NormStrides& x_strides, T* dx,
                         const NormStrides& dx_strides, T* dgamma, T* dbeta);

/// Group normalisation: mean and variance of each (n, group) over its channels and s; gamma and beta are a channel's.
/// Instance norm: groups = channels. Layer norm of rows of d elements: batch = rows, channels = d, spatial = 1, groups
/// = 1. mean and inverse_deviation are [batch, groups], written forward, read backward; backward, either gradient may
/// be null.
template <typename T>
void group_norm_forward(const NormShape& shape, std::int64_t groups, double epsilon, const T* x,
                        const NormStrides& x_strides, const T* gamma, const T* beta, T* y, const NormStrides& y_strides,
                        T* mean, T* inverse_deviation);

template <typename T>
void group_norm_backward(const NormShape& shape, std::int64_t groups, const T* dy, const NormStrides& dy_strides,
                         const T* x, const NormStrides& x_strides, const T* mean, const T* inverse_deviation,
                         const T* gamma, T* dx, const NormStrides& dx_strides, T* dgamma, T* dbeta);

}  // namespace lamella::kernels
