// Activations. The shape stays; the names with an underscore write into their argument.
#pragma once

#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

/// max(x, 0); NaN stays.
Tensor relu(const Tensor& input);
const Tensor& relu_(const Tensor& input);
/// min(max(x, 0), 6)
Tensor relu6(const Tensor& input);
const Tensor& relu6_(const Tensor& input);
/// x where x > 0, slope * x elsewhere.
Tensor leaky_relu(const Tensor& input, double negative_slope = 0.01);
const Tensor& leaky_relu_(const Tensor& input, double negative_slope = 0.01);
/// x where x > 0, alpha * (exp(x) - 1) elsewhere.
Tensor elu(const Tensor& input, double alpha = 1.0);
const Tensor& elu_(const Tensor& input, double alpha = 1.0);
/// x Phi(x), by the error function ("none") or by the approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
/// ("tanh").
Tensor gelu(const Tensor& input, std::string_view approximate = "none");
/// x sigmoid(x)
Tensor silu(const Tensor& input);
const Tensor& silu_(const Tensor& input);
/// x min(max(x + 3, 0), 6) / 6
Tensor hardswish(const Tensor& input);
const Tensor& hardswish_(const Tensor& input);
/// min(max(x + 3, 0), 6) / 6
Tensor hardsigmoid(const Tensor& input);
const Tensor& hardsigmoid_(const Tensor& input);
Tensor sigmoid(const Tensor& input);
Tensor tanh(const Tensor& input);
/// log(1 + exp(beta x)) / beta; x itself where beta x > threshold.
Tensor softplus(const Tensor& input, double beta = 1.0, double threshold = 20.0);
/// exp(x) / sum of exp(x) along an axis.
Tensor softmax(const Tensor& input, std::int64_t axis);
Tensor log_softmax(const Tensor& input, std::int64_t axis);

}  // namespace lamella
