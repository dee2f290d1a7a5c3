// Initialisers, torch.nn.init's: number for number from the default generator's seed. They write in place, outside
// autograd, and return their argument.
#pragma once

#include <string_view>

#include <lamella/tensor.h>

namespace lamella::nn::init {

const Tensor& uniform_(const Tensor& tensor, double from = 0.0, double to = 1.0);
const Tensor& normal_(const Tensor& tensor, double mean = 0.0, double std = 1.0);
/// Normal numbers redrawn until they are in [from, to].
const Tensor& trunc_normal_(const Tensor& tensor, double mean = 0.0, double std = 1.0, double from = -2.0,
                            double to = 2.0);
const Tensor& constant_(const Tensor& tensor, double value);
const Tensor& zeros_(const Tensor& tensor);
const Tensor& ones_(const Tensor& tensor);
/// The identity matrix; raises ValueError unless it has two axes.
const Tensor& eye_(const Tensor& tensor);

/// A convolution's weight [out, in, kernel…] of three to five axes that hands channels through: 1 at the kernel's
/// centre, in each of `groups` groups of outputs. Raises ValueError for another rank, or where out is not divisible by
/// groups.
const Tensor& dirac_(const Tensor& tensor, std::int64_t groups = 1);

/// Inputs and outputs of one unit: the second (first) extent times the kernel's numbers. Raises ValueError below two
/// axes.
struct Fan {
  std::int64_t in;
  std::int64_t out;
};
Fan calculate_fan_in_and_fan_out(const Tensor& tensor);

/// The recommended gain of a nonlinearity: "linear", "conv1d" … "conv_transpose3d", "sigmoid" 1, "tanh" 5/3, "relu"
/// sqrt 2, "leaky_relu" sqrt(2 / (1 + parameter^2)), "selu" 3/4. Raises ValueError for another.
double calculate_gain(std::string_view nonlinearity, double parameter = 0.01);

struct KaimingOptions {
  double a = 0.0;                    ///< negative slope of the leaky ReLU that follows
  std::string_view mode = "fan_in";  ///< or "fan_out"
  std::string_view nonlinearity = "leaky_relu";
};

/// Uniform in ±gain sqrt(3 / fan). He et al. 2015.
const Tensor& kaiming_uniform_(const Tensor& tensor, KaimingOptions options = {});
/// Normal of deviation gain / sqrt(fan).
const Tensor& kaiming_normal_(const Tensor& tensor, KaimingOptions options = {});
/// Uniform in ±gain sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010.
const Tensor& xavier_uniform_(const Tensor& tensor, double gain = 1.0);
/// Normal of deviation gain sqrt(2 / (fan_in + fan_out)).
const Tensor& xavier_normal_(const Tensor& tensor, double gain = 1.0);

/// Orthonormal rows or columns, whichever are fewer, times `gain`; axes behind the first count as one. Raises
/// ValueError below two axes. Saxe et al. 2013.
const Tensor& orthogonal_(const Tensor& tensor, double gain = 1.0);
/// Normal numbers of deviation `std`, with the fraction `sparsity` of each column of a matrix set to zero. Raises
/// ValueError unless it has two axes. Martens 2010.
const Tensor& sparse_(const Tensor& tensor, double sparsity, double std = 0.01);

}  // namespace lamella::nn::init
