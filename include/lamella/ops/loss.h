// Losses. `reduction` is "mean", "sum" or "none".
#pragma once

#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

struct CrossEntropyOptions {
  Tensor weight = {};  ///< one a class, [C]
  std::int64_t ignore_index = -100;
  std::string_view reduction = "mean";  ///< the mean is weighted by the targets' class weights
  double label_smoothing = 0.0;
};
/// -log softmax(input)[target]. Shapes: input [N, C], [C] or [N, C, d…]; target of class numbers [N], [] or [N, d…]
/// (int64 or int32), or of class probabilities in the input's shape and dtype. Raises where a class is out of range,
/// naming it, its place and the number of classes.
Tensor cross_entropy(const Tensor& input, const Tensor& target, CrossEntropyOptions options = {});

struct NllOptions {
  Tensor weight = {};
  std::int64_t ignore_index = -100;
  std::string_view reduction = "mean";
};
/// The same for log probabilities.
Tensor nll_loss(const Tensor& input, const Tensor& target, NllOptions options = {});

Tensor mse_loss(const Tensor& input, const Tensor& target, std::string_view reduction = "mean");
Tensor l1_loss(const Tensor& input, const Tensor& target, std::string_view reduction = "mean");
/// 0.5 d^2 / beta for |d| < beta, |d| - 0.5 beta elsewhere.
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, std::string_view reduction = "mean",
                      double beta = 1.0);
Tensor huber_loss(const Tensor& input, const Tensor& target, std::string_view reduction = "mean", double delta = 1.0);
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const Tensor& weight = {},
                            std::string_view reduction = "mean");
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, const Tensor& weight = {},
                                        std::string_view reduction = "mean", const Tensor& pos_weight = {});
/// target (log(target) - input) for log-probabilities as input, 0 where target is 0; with `log_target` exp(target)
/// (target - input). reduction "batchmean" divides the sum by the batch's size, which gives the divergence of
/// mathematics; "mean" divides by all elements.
Tensor kl_div(const Tensor& input, const Tensor& target, std::string_view reduction = "mean", bool log_target = false);

}  // namespace lamella
