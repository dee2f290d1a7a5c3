#include <lamella/nn/activation.h>

#include <fmt/format.h>

#include <lamella/nn/init.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/create.h>

#include "nn/check.h"

namespace lamella::nn {

namespace {

/// What follows other arguments.
std::string_view inplace_behind(bool inplace) { return inplace ? ", inplace=True" : ""; }

}  // namespace

std::string InplaceActivation::extra_repr() const { return inplace ? "inplace=True" : ""; }

Tensor ReLU::forward(const Tensor& input) { return inplace ? relu_(input) : relu(input); }
Tensor ReLU6::forward(const Tensor& input) { return inplace ? relu6_(input) : relu6(input); }
Tensor SELU::forward(const Tensor& input) { return inplace ? selu_(input) : selu(input); }
Tensor SiLU::forward(const Tensor& input) { return inplace ? silu_(input) : silu(input); }
Tensor Mish::forward(const Tensor& input) { return inplace ? mish_(input) : mish(input); }
Tensor Hardswish::forward(const Tensor& input) { return inplace ? hardswish_(input) : hardswish(input); }
Tensor Hardsigmoid::forward(const Tensor& input) { return inplace ? hardsigmoid_(input) : hardsigmoid(input); }

Tensor LeakyReLU::forward(const Tensor& input) {
  return inplace ? leaky_relu_(input, negative_slope) : leaky_relu(input, negative_slope);
}
std::string LeakyReLU::extra_repr() const {
  return fmt::format("negative_slope={}{}", python_number(negative_slope), inplace_behind(inplace));
}

std::string ExponentialActivation::extra_repr() const {
  return fmt::format("alpha={}{}", python_number(alpha), inplace_behind(inplace));
}
Tensor ELU::forward(const Tensor& input) { return inplace ? elu_(input, alpha) : elu(input, alpha); }
Tensor CELU::forward(const Tensor& input) { return inplace ? celu_(input, alpha) : celu(input, alpha); }

Hardtanh::Hardtanh(double least, double most, bool in_place) : min_val(least), max_val(most), inplace(in_place) {
  if (!(max_val > min_val)) {
    throw ValueError(fmt::format("Hardtanh: max_val must be greater than min_val, got {} and {}",
                                 python_number(min_val), python_number(max_val)));
  }
}
Tensor Hardtanh::forward(const Tensor& input) {
  return inplace ? hardtanh_(input, min_val, max_val) : hardtanh(input, min_val, max_val);
}
std::string Hardtanh::extra_repr() const {
  return fmt::format("min_val={}, max_val={}{}", python_number(min_val), python_number(max_val),
                     inplace_behind(inplace));
}

Tensor Threshold::forward(const Tensor& input) {
  return inplace ? threshold_(input, threshold, value) : lamella::threshold(input, threshold, value);
}
std::string Threshold::extra_repr() const {
  return fmt::format("threshold={}, value={}{}", python_number(threshold), python_number(value),
                     inplace_behind(inplace));
}

Tensor RReLU::forward(const Tensor& input) {
  if (!inplace) return rrelu(input, lower, upper, training());
  return input.copy_(rrelu(input.clone(), lower, upper, training()));  // its derivative needs the old values
}
std::string RReLU::extra_repr() const {
  return fmt::format("lower={}, upper={}{}", python_number(lower), python_number(upper), inplace_behind(inplace));
}

PReLU::PReLU(std::int64_t parameters, double start) : num_parameters(parameters), init(start) {
  check_at_least("PReLU", "num_parameters", num_parameters, 0);
  weight = Parameter(full({num_parameters}, init));
}
void PReLU::reset_parameters() { init::constant_(weight, init); }
Tensor PReLU::forward(const Tensor& input) { return prelu(input, weight); }
std::string PReLU::extra_repr() const { return fmt::format("num_parameters={}", num_parameters); }

GELU::GELU(GELUOptions options) : approximate(std::move(options.approximate)) {
  check_word("GELU", "approximate", approximate, {"none", "tanh"});
}
Tensor GELU::forward(const Tensor& input) { return gelu(input, approximate); }
std::string GELU::extra_repr() const { return fmt::format("approximate='{}'", approximate); }

Tensor Softplus::forward(const Tensor& input) { return softplus(input, beta, threshold); }
std::string Softplus::extra_repr() const {
  return fmt::format("beta={}, threshold={}", python_number(beta), python_number(threshold));
}

std::string ShrinkActivation::extra_repr() const { return python_number(lambd); }
Tensor Hardshrink::forward(const Tensor& input) { return hardshrink(input, lambd); }
Tensor Softshrink::forward(const Tensor& input) { return softshrink(input, lambd); }

Tensor Sigmoid::forward(const Tensor& input) { return sigmoid(input); }
Tensor LogSigmoid::forward(const Tensor& input) { return logsigmoid(input); }
Tensor Tanh::forward(const Tensor& input) { return lamella::tanh(input); }
Tensor Tanhshrink::forward(const Tensor& input) { return tanhshrink(input); }
Tensor Softsign::forward(const Tensor& input) { return softsign(input); }

std::string AxisActivation::extra_repr() const { return fmt::format("dim={}", dim); }
Tensor Softmax::forward(const Tensor& input) { return softmax(input, dim); }
Tensor LogSoftmax::forward(const Tensor& input) { return log_softmax(input, dim); }
Tensor Softmin::forward(const Tensor& input) { return softmin(input, dim); }
Tensor GLU::forward(const Tensor& input) { return glu(input, dim); }

Tensor Softmax2d::forward(const Tensor& input) {
  if (input.dim() != 3 && input.dim() != 4) {
    throw ValueError(
        fmt::format("Softmax2d: expected input to be 3D or 4D, got shape {}", lamella::to_string(input.shape())));
  }
  return softmax(input, -3);
}

}  // namespace lamella::nn
