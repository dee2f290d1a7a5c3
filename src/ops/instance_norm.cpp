// Normalisations that are made of other operators.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/norm.h>
#include <lamella/ops/pad.h>
#include <lamella/ops/pool.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "core/tensor_impl.h"

namespace lamella {

namespace {

/// A vector of channels, once for each of the samples.
Tensor for_samples(const Tensor& vector, std::int64_t samples) {
  if (!vector.defined()) return vector;
  return vector.unsqueeze(0).expand({samples, vector.numel()}).reshape({-1});
}

void check_channels(std::string_view argument, const Tensor& vector, const Tensor& input) {
  if (!vector.defined() || (vector.dim() == 1 && vector.numel() == input.size(1))) return;
  throw Error(fmt::format("instance_norm: {} has shape {}, but the input {} has {} channels", argument,
                          to_string(vector.shape()), to_string(input.shape()), input.size(1)));
}

double epsilon_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return std::numeric_limits<double>::epsilon();
    case DType::kBFloat16:
      return 0x1p-7;
    case DType::kFloat16:
      return 0x1p-10;
    default:
      return std::numeric_limits<float>::epsilon();
  }
}

}  // namespace

// The samples become channels of a batch of one, which batch_norm then normalises.
Tensor instance_norm(const Tensor& input, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight,
                     const Tensor& bias, bool use_input_stats, double momentum, double eps) {
  if (input.dim() < 2)
    throw Error(fmt::format("instance_norm: expected an input [N, C, *] of at least 2 axes, got shape {}",
                            to_string(input.shape())));
  const std::int64_t samples = input.size(0);
  const std::int64_t channels = input.size(1);
  check_channels("running_mean", running_mean, input);
  check_channels("running_var", running_var, input);
  check_channels("weight", weight, input);
  check_channels("bias", bias, input);
  if (!use_input_stats && (!running_mean.defined() || !running_var.defined()))
    throw Error("instance_norm: Expected running_mean and running_var to be defined when use_input_stats is false");
  if (use_input_stats && samples * channels > 0 && input.numel() == samples * channels)
    throw ValueError(fmt::format("instance_norm: Expected more than 1 spatial element when training, got input size {}",
                                 to_string(input.shape())));
  Dims shape = input.shape();
  shape[0] = 1;
  shape[1] = samples * channels;
  const Tensor mean_of_each = for_samples(running_mean, samples);
  const Tensor var_of_each = for_samples(running_var, samples);
  const Tensor result =
      batch_norm(input.contiguous().view(std::move(shape)), mean_of_each, var_of_each, for_samples(weight, samples),
                 for_samples(bias, samples), use_input_stats, momentum, eps);
  if (use_input_stats) {
    const NoGradGuard no_grad;
    if (running_mean.defined()) running_mean.copy_(mean(mean_of_each.view({samples, channels}), {0}));
    if (running_var.defined()) running_var.copy_(mean(var_of_each.view({samples, channels}), {0}));
  }
  return result.view(input.shape());
}

Tensor rms_norm(const Tensor& input, Dims normalized_shape, const Tensor& weight, std::optional<double> eps) {
  const std::size_t axes = normalized_shape.size();
  const Dims& shape = input.shape();
  if (axes < 1 || shape.size() < axes ||
      !std::equal(normalized_shape.begin(), normalized_shape.end(), shape.end() - axes)) {
    throw Error(
        fmt::format("rms_norm: Given normalized_shape={}, expected an input of that shape in its last axes, but "
                    "got input of size{}",
                    to_string(normalized_shape), to_string(shape)));
  }
  if (weight.defined() && !(weight.shape() == normalized_shape))
    throw Error(
        fmt::format("rms_norm: Expected weight to be of same shape as normalized_shape, but got weight of shape "
                    "{} and normalized_shape = {}",
                    to_string(weight.shape()), to_string(normalized_shape)));
  Dims last;
  for (std::size_t i = shape.size() - axes; i < shape.size(); ++i) last.push_back(static_cast<std::int64_t>(i));
  // 16-bit inputs are squared and summed in float32.
  const Tensor x = size_of(input.dtype()) == 2 ? input.to(DType::kFloat32) : input;
  const Tensor normal = x * rsqrt(mean(square(x), last, true) + eps.value_or(epsilon_of(input.dtype())));
  const Tensor scaled = weight.defined() ? normal * weight.to(x.dtype()) : normal;
  const bool channels_last = meta(input).suggests_channels_last();
  return scaled.to(input.dtype()).contiguous(channels_last ? MemoryFormat::kChannelsLast : MemoryFormat::kContiguous);
}

Tensor local_response_norm(const Tensor& input, std::int64_t size, double alpha, double beta, double k) {
  if (input.dim() < 3)
    throw ValueError(fmt::format("Expected 3D or higher dimensionality input (got {} dimensions)", input.dim()));
  if (size < 1) throw ValueError(fmt::format("local_response_norm: size must be at least 1, got {}", size));
  if (input.numel() == 0) return input;
  // The channels as the rows of a picture: [N, 1, C, rest].
  const Tensor squares = square(input).reshape({input.size(0), 1, input.size(1), -1});
  const Tensor padded = pad(squares, {0, 0, size / 2, (size - 1) / 2});
  const Tensor average = avg_pool2d(padded, {size, 1}, {.stride = {1}}).view(input.shape());
  return input / pow(average * alpha + k, Scalar(beta));
}

}  // namespace lamella
