// Normalisation layers.
#pragma once

#include <optional>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// In torch's argument order; given by name.
struct BatchNormOptions {
  ByName by_name = ByName();
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  ///< nullopt: the plain mean of all batches so far
  bool affine = true;
  bool track_running_stats = true;
  bool bias = true;  ///< with affine only
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias, with mean and variance of each channel over all other axes: of the
/// batch in training mode, of the running statistics in eval mode. Ioffe and Szegedy 2015.
///
/// Attributes: weight (ones) and bias (zeros), [num_features]; running_mean (zeros) and running_var (ones, unbiased);
/// num_batches_tracked, int64 of shape [].
class BatchNormNd : public Module {
 public:
  Tensor forward(const Tensor& input) override;
  void members(Members& m) override;
  std::string extra_repr() const override;
  void reset_running_stats();
  void reset_parameters();

  std::int64_t num_features;
  double eps;
  std::optional<double> momentum;
  bool affine;
  bool track_running_stats;
  Parameter weight;
  Parameter bias;
  Tensor running_mean;
  Tensor running_var;
  Tensor num_batches_tracked;

 protected:
  BatchNormNd(std::int64_t num_features, BatchNormOptions options, int rank_without, int rank_with);

 private:
  void check_input(const Tensor& input) const;
  int least_rank_;
  int greatest_rank_;
};

/// Input [N, C] or [N, C, L].
class BatchNorm1d : public Layer<BatchNorm1d, BatchNormNd> {
 public:
  explicit BatchNorm1d(std::int64_t features, BatchNormOptions options = {}) : Layer(features, options, 2, 3) {}
};
/// Input [N, C, H, W].
class BatchNorm2d : public Layer<BatchNorm2d, BatchNormNd> {
 public:
  explicit BatchNorm2d(std::int64_t features, BatchNormOptions options = {}) : Layer(features, options, 4, 4) {}
};
/// Input [N, C, D, H, W].
class BatchNorm3d : public Layer<BatchNorm3d, BatchNormNd> {
 public:
  explicit BatchNorm3d(std::int64_t features, BatchNormOptions options = {}) : Layer(features, options, 5, 5) {}
};

}  // namespace lamella::nn
