#include <lamella/nn/linear.h>

#include <fmt/format.h>

#include <lamella/ops/create.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/view.h>

#include "nn/conv_check.h"

namespace lamella::nn {

Linear::Linear(std::int64_t inputs, std::int64_t outputs, LinearOptions options)
    : in_features(inputs), out_features(outputs) {
  check_at_least("Linear", "in_features", in_features, 0);
  check_at_least("Linear", "out_features", out_features, 0);
  weight = Parameter(empty({out_features, in_features}));
  if (options.bias) bias = Parameter(zeros({out_features}));
  reset_parameters();
}

void Linear::reset_parameters() { reset_weight_and_bias(weight, bias); }

Tensor Linear::forward(const Tensor& input) { return linear(input, weight, bias); }

std::string Linear::extra_repr() const {
  return fmt::format("in_features={}, out_features={}, bias={}", in_features, out_features,
                     python_bool(bias.defined()));
}

Tensor Flatten::forward(const Tensor& input) { return input.flatten(start_dim, end_dim); }
std::string Flatten::extra_repr() const { return fmt::format("start_dim={}, end_dim={}", start_dim, end_dim); }

Tensor Unflatten::forward(const Tensor& input) { return unflatten(input, dim, unflattened_size); }
std::string Unflatten::extra_repr() const {
  return fmt::format("dim={}, unflattened_size={}", dim,
                     python_tuple(std::span<const std::int64_t>(unflattened_size.data(), unflattened_size.size())));
}

}  // namespace lamella::nn
