#include <lamella/nn/norm.h>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/nn/init.h>
#include <lamella/ops/create.h>
#include <lamella/ops/norm.h>

#include "nn/print.h"

namespace lamella::nn {

BatchNormNd::BatchNormNd(std::int64_t features, BatchNormOptions options, int least_rank, int greatest_rank)
    : num_features(features),
      eps(options.eps),
      momentum(options.momentum),
      affine(options.affine),
      track_running_stats(options.track_running_stats),
      least_rank_(least_rank),
      greatest_rank_(greatest_rank) {
  if (num_features < 0)
    throw ValueError(fmt::format("BatchNorm: num_features must be at least 0, got {}", num_features));
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

void BatchNormNd::members(Members& m) {
  m("weight", weight)("bias", bias);
  m.buffer("running_mean", running_mean).buffer("running_var", running_var);
  m.buffer("num_batches_tracked", num_batches_tracked, {.may_be_absent = true});
}

void BatchNormNd::reset_running_stats() {
  if (!track_running_stats) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

void BatchNormNd::reset_parameters() {
  reset_running_stats();
  if (weight.defined()) init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}

void BatchNormNd::check_input(const Tensor& input) const {
  const std::int64_t rank = input.dim();
  if (rank < least_rank_ || rank > greatest_rank_) {
    const std::string expected = least_rank_ == greatest_rank_ ? fmt::format("{}D", least_rank_)
                                                               : fmt::format("{}D or {}D", least_rank_, greatest_rank_);
    throw ValueError(fmt::format("expected {} input (got {}D input of shape {})", expected, rank,
                                 lamella::to_string(input.shape())));
  }
  if (input.size(1) != num_features) {
    throw ValueError(fmt::format("the input has {} channels (shape {}), but num_features is {}", input.size(1),
                                 lamella::to_string(input.shape()), num_features));
  }
}

Tensor BatchNormNd::forward(const Tensor& input) {
  check_input(input);
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

std::string BatchNormNd::extra_repr() const {
  return fmt::format("{}, eps={}, momentum={}, affine={}, bias={}, track_running_stats={}", num_features,
                     python_number(eps), momentum ? python_number(*momentum) : "None", python_bool(affine),
                     python_bool(bias.defined()), python_bool(track_running_stats));
}

}  // namespace lamella::nn
