#include <lamella/nn/norm.h>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/nn/init.h>
#include <lamella/ops/create.h>
#include <lamella/ops/norm.h>
#include <lamella/ops/view.h>

#include "nn/check.h"

namespace lamella::nn {

RunningNorm::RunningNorm(std::string_view layer, std::int64_t features, const BatchNormOptions& options, int least_rank,
                         int greatest_rank)
    : num_features(features),
      eps(options.eps),
      momentum(options.momentum),
      affine(options.affine),
      track_running_stats(options.track_running_stats),
      least_rank_(least_rank),
      greatest_rank_(greatest_rank) {
  check_at_least(layer, "num_features", num_features, 0);
  if (affine) {
    weight = Parameter(ones({num_features}));
    if (options.bias) bias = Parameter(zeros({num_features}));
  }
  if (track_running_stats) {
    running_mean = zeros({num_features});
    running_var = ones({num_features});
    num_batches_tracked = zeros({}, {.dtype = DType::kInt64});
  }
}

void RunningNorm::members(Members& m) {
  m("weight", weight)("bias", bias);
  m.buffer("running_mean", running_mean).buffer("running_var", running_var);
  m.buffer("num_batches_tracked", num_batches_tracked, {.may_be_absent = true});
}

void RunningNorm::reset_running_stats() {
  if (!track_running_stats) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

void RunningNorm::reset_parameters() {
  reset_running_stats();
  if (weight.defined()) init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}

void RunningNorm::check_rank(const Tensor& input) const {
  const std::int64_t rank = input.dim();
  if (rank >= least_rank_ && rank <= greatest_rank_) return;
  throw ValueError(fmt::format("expected {}D{} input (got {}D input of shape {})", least_rank_,
                               least_rank_ == greatest_rank_ ? "" : fmt::format(" or {}D", greatest_rank_), rank,
                               lamella::to_string(input.shape())));
}

void RunningNorm::check_channels(const Tensor& input, std::int64_t axis) const {
  if (input.size(axis) == num_features) return;
  throw ValueError(fmt::format("the input has {} channels (shape {}), but num_features is {}", input.size(axis),
                               lamella::to_string(input.shape()), num_features));
}

std::string RunningNorm::extra_repr() const {
  return fmt::format("{}, eps={}, momentum={}, affine={}, bias={}, track_running_stats={}", num_features,
                     python_number(eps), momentum ? python_number(*momentum) : "None", python_bool(affine),
                     python_bool(bias.defined()), python_bool(track_running_stats));
}

Tensor BatchNormNd::forward(const Tensor& input) {
  check_rank(input);
  check_channels(input, 1);
  double factor = momentum.value_or(0.0);
  if (training() && track_running_stats) {
    const NoGradGuard no_grad;
    num_batches_tracked.add_(1);
    if (!momentum) factor = 1.0 / num_batches_tracked.item<double>();
  }
  const bool uses_running = !training() || track_running_stats;
  const Tensor none;
  return batch_norm(input, uses_running ? running_mean : none, uses_running ? running_var : none, weight, bias,
                    training() || !running_mean.defined(), factor, eps);
}

InstanceNormNd::InstanceNormNd(std::string_view layer, std::int64_t features, const InstanceNormOptions& options,
                               int rank)
    : RunningNorm(layer, features,
                  {.eps = options.eps,
                   .momentum = options.momentum,
                   .affine = options.affine,
                   .track_running_stats = options.track_running_stats,
                   .bias = options.bias},
                  rank - 1, rank) {}

Tensor InstanceNormNd::forward(const Tensor& input) {
  check_rank(input);
  const bool single = input.dim() == least_rank_;
  if (affine || track_running_stats) check_channels(input, single ? 0 : 1);  // else, as in torch, nothing depends on it
  const Tensor batch = single ? unsqueeze(input, 0) : input;
  const Tensor result = instance_norm(batch, running_mean, running_var, weight, bias,
                                      training() || !track_running_stats, momentum.value_or(0.0), eps);
  return single ? squeeze(result, 0) : result;
}

}  // namespace lamella::nn
