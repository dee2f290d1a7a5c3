#include <lamella/nn/activation.h>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/activation.h>

#include "nn/print.h"

namespace lamella::nn {

namespace {

std::string inplace_repr(bool inplace) { return inplace ? "inplace=True" : ""; }

}  // namespace

Tensor ReLU::forward(const Tensor& input) { return inplace ? relu_(input) : relu(input); }
std::string ReLU::extra_repr() const { return inplace_repr(inplace); }

Tensor ReLU6::forward(const Tensor& input) { return inplace ? relu6_(input) : relu6(input); }
std::string ReLU6::extra_repr() const { return inplace_repr(inplace); }

Tensor LeakyReLU::forward(const Tensor& input) {
  return inplace ? leaky_relu_(input, negative_slope) : leaky_relu(input, negative_slope);
}
std::string LeakyReLU::extra_repr() const {
  return fmt::format("negative_slope={}{}", python_number(negative_slope), inplace ? ", inplace=True" : "");
}

Tensor ELU::forward(const Tensor& input) { return inplace ? elu_(input, alpha) : elu(input, alpha); }
std::string ELU::extra_repr() const {
  return fmt::format("alpha={}{}", python_number(alpha), inplace ? ", inplace=True" : "");
}

GELU::GELU(std::string approximation) : approximate(std::move(approximation)) {
  if (approximate != "none" && approximate != "tanh") {
    throw ValueError(fmt::format("GELU: approximate must be 'none' or 'tanh', got '{}'", approximate));
  }
}
Tensor GELU::forward(const Tensor& input) { return gelu(input, approximate); }
std::string GELU::extra_repr() const { return fmt::format("approximate='{}'", approximate); }

Tensor SiLU::forward(const Tensor& input) { return inplace ? silu_(input) : silu(input); }
std::string SiLU::extra_repr() const { return inplace_repr(inplace); }

Tensor Hardswish::forward(const Tensor& input) { return inplace ? hardswish_(input) : hardswish(input); }
Tensor Hardsigmoid::forward(const Tensor& input) { return inplace ? hardsigmoid_(input) : hardsigmoid(input); }
Tensor Sigmoid::forward(const Tensor& input) { return sigmoid(input); }
Tensor Tanh::forward(const Tensor& input) { return lamella::tanh(input); }

Tensor Softplus::forward(const Tensor& input) { return softplus(input, beta, threshold); }
std::string Softplus::extra_repr() const {
  return fmt::format("beta={}, threshold={}", python_number(beta), python_number(threshold));
}

Tensor Softmax::forward(const Tensor& input) { return softmax(input, dim); }
std::string Softmax::extra_repr() const { return fmt::format("dim={}", dim); }

Tensor LogSoftmax::forward(const Tensor& input) { return log_softmax(input, dim); }
std::string LogSoftmax::extra_repr() const { return fmt::format("dim={}", dim); }

}  // namespace lamella::nn
