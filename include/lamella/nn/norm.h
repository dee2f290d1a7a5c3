// Normalisation layers.
#pragma once

#include <optional>
#include <string_view>

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

/// What batch and instance normalisation have in common.
///
/// Attributes: weight (ones) and bias (zeros), [num_features], with `affine`; running_mean (zeros) and running_var
/// (ones, unbiased) and num_batches_tracked, int64 of shape [], with `track_running_stats`; undefined without. Errors:
/// ValueError for a negative num_features, and for an input of another rank or another count of channels.
class RunningNorm : public Module {
 public:
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
  RunningNorm(std::string_view layer, std::int64_t num_features, const BatchNormOptions& options, int least_rank,
              int greatest_rank);
  void check_rank(const Tensor& input) const;
  void check_channels(const Tensor& input, std::int64_t axis) const;
  int least_rank_;
  int greatest_rank_;
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias, with mean and variance of each channel over all other axes: of the
/// batch in training mode, of the running statistics in eval mode. Ioffe and Szegedy 2015.
class BatchNormNd : public RunningNorm {
 public:
  Tensor forward(const Tensor& input) override;

 protected:
  using RunningNorm::RunningNorm;
};

/// Input [N, C] or [N, C, L].
class BatchNorm1d : public Layer<BatchNorm1d, BatchNormNd> {
 public:
  explicit BatchNorm1d(std::int64_t features, BatchNormOptions options = {})
      : Layer("BatchNorm1d", features, options, 2, 3) {}
};
/// Input [N, C, H, W].
class BatchNorm2d : public Layer<BatchNorm2d, BatchNormNd> {
 public:
  explicit BatchNorm2d(std::int64_t features, BatchNormOptions options = {})
      : Layer("BatchNorm2d", features, options, 4, 4) {}
};
/// Input [N, C, D, H, W].
class BatchNorm3d : public Layer<BatchNorm3d, BatchNormNd> {
 public:
  explicit BatchNorm3d(std::int64_t features, BatchNormOptions options = {})
      : Layer("BatchNorm3d", features, options, 5, 5) {}
};

/// In torch's argument order; given by name.
struct InstanceNormOptions {
  ByName by_name = ByName();
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  ///< nullopt: running statistics stay as they are
  bool affine = false;
  bool track_running_stats = false;
  bool bias = true;  ///< with affine only
};

/// The same with mean and variance of each channel of each sample over its positions; running statistics, if tracked,
/// are used in eval mode. Inputs may lack N. Ulyanov et al. 2016.
class InstanceNormNd : public RunningNorm {
 public:
  Tensor forward(const Tensor& input) override;

 protected:
  InstanceNormNd(std::string_view layer, std::int64_t num_features, const InstanceNormOptions& options, int rank);
};

/// Input [N, C, L] or [C, L].
class InstanceNorm1d : public Layer<InstanceNorm1d, InstanceNormNd> {
 public:
  explicit InstanceNorm1d(std::int64_t features, InstanceNormOptions options = {})
      : Layer("InstanceNorm1d", features, options, 3) {}
};
/// Input [N, C, H, W] or [C, H, W].
class InstanceNorm2d : public Layer<InstanceNorm2d, InstanceNormNd> {
 public:
  explicit InstanceNorm2d(std::int64_t features, InstanceNormOptions options = {})
      : Layer("InstanceNorm2d", features, options, 4) {}
};
/// Input [N, C, D, H, W] or [C, D, H, W].
class InstanceNorm3d : public Layer<InstanceNorm3d, InstanceNormNd> {
 public:
  explicit InstanceNorm3d(std::int64_t features, InstanceNormOptions options = {})
      : Layer("InstanceNorm3d", features, options, 5) {}
};

/// In torch's argument order; given by name.
struct GroupNormOptions {
  ByName by_name = ByName();
  double eps = 1e-5;
  bool affine = true;
  bool bias = true;  ///< with affine only
};

/// Normalises each of num_groups groups of channels of each sample of [N, num_channels, *] over channels and positions.
/// Attributes: weight (ones) and bias (zeros), [num_channels]. Errors: ValueError where num_channels is not divisible
/// by num_groups. Wu and He 2018.
class GroupNorm : public Layer<GroupNorm> {
 public:
  GroupNorm(std::int64_t num_groups, std::int64_t num_channels, GroupNormOptions options = {});
  Tensor forward(const Tensor& input) override;
  void members(Members& m) override { m("weight", weight)("bias", bias); }
  std::string extra_repr() const override;
  void reset_parameters();

  std::int64_t num_groups;
  std::int64_t num_channels;
  double eps;
  bool affine;
  Parameter weight;
  Parameter bias;
};

/// In torch's argument order; given by name.
struct LayerNormOptions {
  ByName by_name = ByName();
  double eps = 1e-5;
  bool elementwise_affine = true;
  bool bias = true;  ///< with elementwise_affine only
};

/// Normalises over the last axes, which have the shape normalized_shape: nn::LayerNorm(64), nn::LayerNorm({8, 8}).
/// Attributes: weight (ones) and bias (zeros) of that shape. Ba et al. 2016.
class LayerNorm : public Layer<LayerNorm> {
 public:
  explicit LayerNorm(Extents normalized_shape, LayerNormOptions options = {});
  template <Whole T, std::size_t kCount>
  explicit LayerNorm(const T (&each)[kCount], LayerNormOptions options = {})
      : LayerNorm(Extents(Dims(each, each + kCount)), options) {}
  Tensor forward(const Tensor& input) override;
  void members(Members& m) override { m("weight", weight)("bias", bias); }
  std::string extra_repr() const override;
  void reset_parameters();

  Dims normalized_shape;
  double eps;
  bool elementwise_affine;
  Parameter weight;
  Parameter bias;
};

/// In torch's argument order; given by name.
struct RMSNormOptions {
  ByName by_name = ByName();
  std::optional<double> eps = {};  ///< nullopt: the dtype's epsilon
  bool elementwise_affine = true;
};

/// y = x / sqrt(mean of x^2 + eps) * weight over the last axes. Zhang and Sennrich 2019.
class RMSNorm : public Layer<RMSNorm> {
 public:
  explicit RMSNorm(Extents normalized_shape, RMSNormOptions options = {});
  template <Whole T, std::size_t kCount>
  explicit RMSNorm(const T (&each)[kCount], RMSNormOptions options = {})
      : RMSNorm(Extents(Dims(each, each + kCount)), options) {}
  Tensor forward(const Tensor& input) override;
  void members(Members& m) override { m("weight", weight); }
  std::string extra_repr() const override;
  void reset_parameters();

  Dims normalized_shape;
  std::optional<double> eps;
  bool elementwise_affine;
  Parameter weight;
};

/// In torch's argument order; given by name.
struct LocalResponseNormOptions {
  ByName by_name = ByName();
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1.0;
};

/// y = x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta. Krizhevsky et al. 2012.
class LocalResponseNorm : public Layer<LocalResponseNorm> {
 public:
  explicit LocalResponseNorm(std::int64_t size, LocalResponseNormOptions options = {});
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  std::int64_t size;
  double alpha;
  double beta;
  double k;
};

}  // namespace lamella::nn
