// Layers of two vectors: how far or how alike they are, and their product.
#pragma once

#include <lamella/nn/arguments.h>
#include <lamella/nn/linear.h>

namespace lamella::nn {

using LayerOfTwo = ModuleOf<Tensor(const Tensor&, const Tensor&)>;

/// In torch's argument order; given by name.
struct CosineSimilarityOptions {
  ByName by_name = ByName();
  std::int64_t dim = 1;
  double eps = 1e-8;
};
/// a b / max(|a| |b|, eps) along the axis `dim`.
class CosineSimilarity : public Layer<CosineSimilarity, LayerOfTwo> {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {}) : dim(options.dim), eps(options.eps) {}
  Tensor forward(const Tensor& a, const Tensor& b) override;
  std::int64_t dim;
  double eps;
};

/// In torch's argument order; given by name.
struct PairwiseDistanceOptions {
  ByName by_name = ByName();
  double p = 2.0;
  double eps = 1e-6;
  bool keepdim = false;
};
/// The p-norm of a - b + eps along the last axis.
class PairwiseDistance : public Layer<PairwiseDistance, LayerOfTwo> {
 public:
  explicit PairwiseDistance(PairwiseDistanceOptions options = {})
      : norm(options.p), eps(options.eps), keepdim(options.keepdim) {}
  Tensor forward(const Tensor& a, const Tensor& b) override;
  double norm;
  double eps;
  bool keepdim;
};

/// y[k] = a weight[k] b + bias[k]
///
/// Shape: [*, in1_features] and [*, in2_features] to [*, out_features]. Attributes: weight [out_features, in1_features,
/// in2_features] and bias [out_features], uniform in ±sqrt(1 / in1_features). Errors: ValueError for less than one
/// in1_features and for negative numbers.
class Bilinear : public Layer<Bilinear, LayerOfTwo> {
 public:
  Bilinear(std::int64_t in1_features, std::int64_t in2_features, std::int64_t out_features, LinearOptions options = {});
  Tensor forward(const Tensor& a, const Tensor& b) override;
  void members(Members& m) override { m("weight", weight)("bias", bias); }
  std::string extra_repr() const override;
  void reset_parameters();

  std::int64_t in1_features;
  std::int64_t in2_features;
  std::int64_t out_features;
  Parameter weight;
  Parameter bias;
};

}  // namespace lamella::nn
