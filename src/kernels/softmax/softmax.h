// Softmax and the losses on it, over the middle axis of contiguous [outer, axis, inner].
//
//   log_softmax: y = x - max - log sum exp(x - max)          softmax: y = exp(x - max) / sum exp(x - max)
//
// exp is Highway's (Exp: at most 1 ulp where the result is normal; measured against float64 in the test), log the C
// library's in float64. A row that holds NaN, or nothing but -infinity, gives NaN, as in torch.
// Sums run in an order that extents and instruction set fix: equal bits for any number of threads.
#pragma once

#include <cstdint>

namespace lamella::kernels {

struct SoftmaxShape {
  std::int64_t outer = 1;
  std::int64_t axis = 1;
  std::int64_t inner = 1;
};

enum class SoftmaxKind { kSoftmax, kLogSoftmax };

/// y may be x. T: float, double, bfloat16, float16 (computed in float32).
template <typename T>
void softmax_forward(SoftmaxKind kind, const SoftmaxShape& shape, const T* x, T* y);

/// From the output y: softmax dx = y (dy - sum dy y); log_softmax dx = dy - exp(y) sum dy. dx may be dy.
template <typename T>
void softmax_backward(SoftmaxKind kind, const SoftmaxShape& shape, const T* y, const T* dy, T* dx);

/// Labels of class losses: target is [outer, inner], weight [axis] or null (ones). An element whose target is
/// ignore_index counts nothing.
struct LossOptions {
  std::int64_t ignore_index = -100;
  double label_smoothing = 0;  // of cross_entropy
};

/// What a mean or a sum over the elements is made of, in float64.
struct LossSums {
  double loss = 0;
  double weight = 0;  // of the targets: the divisor of torch's mean
  std::int64_t bad_target =
      -1;  // the first element (index in target) whose label is no class: then nothing else counts
};

/// Negative log likelihood: loss[o,i] = -weight[t] x[o,t,i], x log-probabilities; loss is [outer, inner] or null.
/// T (here and below): float, double.
template <typename T>
LossSums nll_forward(const SoftmaxShape& shape, const LossOptions& options, const T* x, const std::int64_t* target,
                     const T* weight, T* loss);

/// dx[o,t,i] = -weight[t] g, 0 elsewhere; g = gradient[(o,i) * gradient_step] scale (a step of 0 for one reduced
/// gradient).
template <typename T>
void nll_backward(const SoftmaxShape& shape, const LossOptions& options, const std::int64_t* target, const T* weight,
                  const T* gradient, std::int64_t gradient_step, double scale, T* dx);

/// Cross entropy of logits x without their log_softmax in memory, with p = softmax(x) over the axis, C its extent:
///   loss = (1 - smoothing) weight[t] (-log p_t) + smoothing / C sum_c weight[c] (-log p_c)
/// log_sum_exp [outer, inner] is kept for the backward.
template <typename T>
LossSums cross_entropy_forward(const SoftmaxShape& shape, const LossOptions& options, const T* x,
                               const std::int64_t* target, const T* weight, T* loss, T* log_sum_exp);

/// dx_c = g ((1 - smoothing) weight[t] (p_c - [c = t]) + smoothing / C (p_c sum weight - weight[c])), g as above.
template <typename T>
void cross_entropy_backward(const SoftmaxShape& shape, const LossOptions& options, const T* x,
                            const std::int64_t* target, const T* weight, const T* log_sum_exp, const T* gradient,
                            std::int64_t gradient_step, double scale, T* dx);

}  // namespace lamella::kernels
