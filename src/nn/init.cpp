#include <lamella/nn/init.h>

#include <cmath>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>

namespace lamella::nn::init {

namespace {

double fan_of(const Tensor& tensor, std::string_view mode) {
  if (mode != "fan_in" && mode != "fan_out") {
    throw ValueError(fmt::format("Mode {} not supported, please use one of ['fan_in', 'fan_out']", mode));
  }
  const Fan fan = calculate_fan_in_and_fan_out(tensor);
  return static_cast<double>(mode == "fan_in" ? fan.in : fan.out);
}

double normal_cdf(double x) { return (1.0 + std::erf(x / std::sqrt(2.0))) / 2.0; }

/// Draws whole tensors of normal numbers until each element was once inside.
void redraw_normal(const Tensor& tensor, double mean, double std, double from, double to) {
  tensor.normal_(mean, std);
  for (;;) {
    const Tensor outside = logical_or(lt(tensor, wrapped(from)), gt(tensor, wrapped(to)));
    if (!any(outside).item<bool>()) return;
    tensor.copy_(where(outside, empty_like(tensor).normal_(mean, std), tensor));
  }
}

/// Where the interval holds little of the distribution: uniform candidates, each kept with the probability density at
/// it over that at the peak.
void reject_uniform(const Tensor& tensor, double mean, double std, double from, double to) {
  const double mode = std::max(from, std::min(mean, to));
  const double log_peak = -0.5 * std::pow((mode - mean) / std, 2);
  const auto rejected = [&](const Tensor& candidates) {
    const Tensor log_density =
        square(candidates.clone().sub_(wrapped(mean)).div_(std)).mul_(-0.5).sub_(wrapped(log_peak));
    return gt(log(empty_like(tensor).uniform_()), log_density);
  };
  tensor.uniform_(from, to);
  Tensor pending = rejected(tensor);
  while (any(pending).item<bool>()) {
    const Tensor candidates = empty_like(tensor).uniform_(from, to);
    tensor.copy_(where(pending, candidates, tensor));
    pending = logical_and(pending, rejected(candidates));
  }
}

}  // namespace

const Tensor& uniform_(const Tensor& tensor, double from, double to) {
  const NoGradGuard no_grad;
  return tensor.uniform_(from, to);
}

const Tensor& normal_(const Tensor& tensor, double mean, double std) {
  const NoGradGuard no_grad;
  return tensor.normal_(mean, std);
}

const Tensor& trunc_normal_(const Tensor& tensor, double mean, double std, double from, double to) {
  if (!(from < to) || !(std > 0)) {
    throw ValueError(
        fmt::format("trunc_normal_: needs from < to and std > 0, got from={}, to={}, std={}", from, to, std));
  }
  const NoGradGuard no_grad;
  if (normal_cdf((to - mean) / std) - normal_cdf((from - mean) / std) > 0.3) {
    redraw_normal(tensor, mean, std, from, to);
  } else {
    reject_uniform(tensor, mean, std, from, to);
  }
  return tensor;
}

const Tensor& constant_(const Tensor& tensor, double value) {
  const NoGradGuard no_grad;
  return tensor.fill_(value);
}

const Tensor& zeros_(const Tensor& tensor) { return constant_(tensor, 0.0); }
const Tensor& ones_(const Tensor& tensor) { return constant_(tensor, 1.0); }

Fan calculate_fan_in_and_fan_out(const Tensor& tensor) {
  if (tensor.dim() < 2) {
    throw ValueError(
        fmt::format("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got shape {}",
                    to_string(tensor.shape())));
  }
  std::int64_t kernel = 1;
  for (std::int64_t axis = 2; axis < tensor.dim(); ++axis) kernel *= tensor.size(axis);
  return {tensor.size(1) * kernel, tensor.size(0) * kernel};
}

double calculate_gain(std::string_view nonlinearity, double parameter) {
  for (const std::string_view linear : {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
                                        "conv_transpose3d", "sigmoid"}) {
    if (nonlinearity == linear) return 1.0;
  }
  if (nonlinearity == "tanh") return 5.0 / 3;
  if (nonlinearity == "relu") return std::sqrt(2.0);
  if (nonlinearity == "leaky_relu") return std::sqrt(2.0 / (1 + parameter * parameter));
  if (nonlinearity == "selu") return 3.0 / 4;
  throw ValueError(fmt::format(
      "Unsupported nonlinearity {}: use linear, conv1d … conv_transpose3d, sigmoid, tanh, relu, leaky_relu or selu",
      nonlinearity));
}

const Tensor& kaiming_uniform_(const Tensor& tensor, KaimingOptions options) {
  if (tensor.numel() == 0) return tensor;
  const double deviation = calculate_gain(options.nonlinearity, options.a) / std::sqrt(fan_of(tensor, options.mode));
  const double bound = std::sqrt(3.0) * deviation;
  return uniform_(tensor, -bound, bound);
}

const Tensor& kaiming_normal_(const Tensor& tensor, KaimingOptions options) {
  if (tensor.numel() == 0) return tensor;
  const double deviation = calculate_gain(options.nonlinearity, options.a) / std::sqrt(fan_of(tensor, options.mode));
  return normal_(tensor, 0.0, deviation);
}

const Tensor& xavier_uniform_(const Tensor& tensor, double gain) {
  const Fan fan = calculate_fan_in_and_fan_out(tensor);
  const double deviation = gain * std::sqrt(2.0 / static_cast<double>(fan.in + fan.out));
  const double bound = std::sqrt(3.0) * deviation;
  return uniform_(tensor, -bound, bound);
}

const Tensor& xavier_normal_(const Tensor& tensor, double gain) {
  const Fan fan = calculate_fan_in_and_fan_out(tensor);
  return normal_(tensor, 0.0, gain * std::sqrt(2.0 / static_cast<double>(fan.in + fan.out)));
}

}  // namespace lamella::nn::init
