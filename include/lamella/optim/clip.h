// Limits on gradients, in place, between backward and step.
#pragma once

#include <vector>

#include <lamella/tensor.h>

namespace lamella::optim {

/// The norm of all tensors as one vector, 0-d: the norm of their norms, as PyTorch takes it (infinity: the largest
/// absolute element). 0 for no tensors. Raises Error for a norm that is not finite if `error_if_nonfinite`.
Tensor get_total_norm(const std::vector<Tensor>& tensors, double norm_type = 2.0, bool error_if_nonfinite = false);

/// Scales the gradients of the parameters so that their joint norm is at most max_norm; returns the norm before. A norm
/// that is not finite spreads over all gradients, as in PyTorch, unless `error_if_nonfinite`, which raises Error before
/// anything is changed. Parameters without a gradient do not count.
double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2.0,
                       bool error_if_nonfinite = false);

/// The second half of clip_grad_norm_: gradient *= min(1, max_norm / (total_norm + 1e-6)), for a norm taken before.
void clip_grads_with_norm_(const std::vector<Tensor>& parameters, double max_norm, const Tensor& total_norm);

/// Limits each element of the gradients to [-clip_value, clip_value].
void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value);

}  // namespace lamella::optim
