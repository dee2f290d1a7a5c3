#include <lamella/nn/distance.h>

#include <cmath>

#include <fmt/format.h>

#include <lamella/nn/init.h>
#include <lamella/ops/create.h>
#include <lamella/ops/linear.h>

#include "nn/check.h"

namespace lamella::nn {

Tensor CosineSimilarity::forward(const Tensor& a, const Tensor& b) { return cosine_similarity(a, b, dim, eps); }
Tensor PairwiseDistance::forward(const Tensor& a, const Tensor& b) {
  return pairwise_distance(a, b, norm, eps, keepdim);
}

Bilinear::Bilinear(std::int64_t first, std::int64_t second, std::int64_t outputs, LinearOptions options)
    : in1_features(first), in2_features(second), out_features(outputs) {
  check_at_least("Bilinear", "in1_features", in1_features, 1);
  check_at_least("Bilinear", "in2_features", in2_features, 0);
  check_at_least("Bilinear", "out_features", out_features, 0);
  weight = Parameter(empty({out_features, in1_features, in2_features}));
  if (options.bias) bias = Parameter(empty({out_features}));
  reset_parameters();
}

void Bilinear::reset_parameters() {
  const double bound = 1 / std::sqrt(static_cast<double>(in1_features));
  init::uniform_(weight, -bound, bound);
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

Tensor Bilinear::forward(const Tensor& a, const Tensor& b) { return bilinear(a, b, weight, bias); }

std::string Bilinear::extra_repr() const {
  return fmt::format("in1_features={}, in2_features={}, out_features={}, bias={}", in1_features, in2_features,
                     out_features, python_bool(bias.defined()));
}

}  // namespace lamella::nn
