// Activations. The shape stays; the names with an underscore write into their argument.
#pragma once

#include <string_view>

#include <lamella/random.h>
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
/// x tanh(softplus(x))
Tensor mish(const Tensor& input);
const Tensor& mish_(const Tensor& self);
/// min(max(x, min_val), max_val); integers stay integers.
Tensor hardtanh(const Tensor& input, double min_val = -1.0, double max_val = 1.0);
const Tensor& hardtanh_(const Tensor& self, double min_val = -1.0, double max_val = 1.0);
/// max(0, x) + min(0, alpha (exp(x / alpha) - 1))
Tensor celu(const Tensor& input, double alpha = 1.0);
const Tensor& celu_(const Tensor& self, double alpha = 1.0);
/// 1.0507 elu(x, 1.6733): keeps mean 0 and variance 1. Klambauer et al. 2017.
Tensor selu(const Tensor& input);
const Tensor& selu_(const Tensor& self);
/// log(sigmoid(x))
Tensor logsigmoid(const Tensor& input);
/// x / (1 + |x|)
Tensor softsign(const Tensor& input);
/// x - tanh(x)
Tensor tanhshrink(const Tensor& input);
/// x where |x| > lambd, 0 elsewhere.
Tensor hardshrink(const Tensor& input, double lambd = 0.5);
/// x brought towards 0 by lambd, 0 where |x| <= lambd. Raises for a negative lambd.
Tensor softshrink(const Tensor& input, double lambd = 0.5);
/// x where x > limit, value elsewhere.
Tensor threshold(const Tensor& input, double limit, double value);
const Tensor& threshold_(const Tensor& self, double limit, double value);
/// x where x > 0, weight * x elsewhere. Shapes: weight [] or [1] for all, or [C] for input [N, C, *].
Tensor prelu(const Tensor& input, const Tensor& weight);
/// leaky_relu with a slope drawn from [lower, upper) for each element; without training their mean.
Tensor rrelu(const Tensor& input, double lower = 1.0 / 8, double upper = 1.0 / 3, bool training = false,
             Generator* generator = nullptr);
/// The first half along an axis times the sigmoid of the second half.
Tensor glu(const Tensor& input, std::int64_t axis = -1);
/// softmax of -x.
Tensor softmin(const Tensor& input, std::int64_t axis);
/// exp(x) / sum of exp(x) along an axis.
Tensor softmax(const Tensor& input, std::int64_t axis);
Tensor log_softmax(const Tensor& input, std::int64_t axis);

}  // namespace lamella
