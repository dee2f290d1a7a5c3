#include <lamella/optim/clip.h>

#include <cmath>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>

namespace lamella::optim {

namespace {

void need_defined(const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError("clip_grad: one of the tensors is undefined");
}

std::vector<Tensor> gradients_of(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> gradients;
  for (const Tensor& parameter : parameters) {
    need_defined(parameter);
    if (const Tensor gradient = parameter.grad(); gradient.defined()) gradients.push_back(gradient.detach());
  }
  return gradients;
}

}  // namespace

Tensor get_total_norm(const std::vector<Tensor>& tensors, double norm_type, bool error_if_nonfinite) {
  const NoGradGuard guard;
  if (tensors.empty()) return zeros({});
  TensorList norms;
  for (const Tensor& tensor : tensors) {
    need_defined(tensor);
    norms.push_back(norm(tensor.detach(), norm_type).reshape({1}));
  }
  const Tensor total = norm(cat(norms, 0), norm_type);
  if (error_if_nonfinite && !std::isfinite(total.item<double>())) {
    throw Error(
        fmt::format("The total norm of order {} for gradients from `parameters` is non-finite ({}), so it cannot be "
                    "clipped. To scale the gradients by it anyway, set error_if_nonfinite to false",
                    norm_type, total.item<double>()));
  }
  return total;
}

double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type,
                       bool error_if_nonfinite) {
  const Tensor total = get_total_norm(gradients_of(parameters), norm_type, error_if_nonfinite);
  clip_grads_with_norm_(parameters, max_norm, total);
  return total.item<double>();
}

// torch's coefficient in the norm's own precision; one that is no number is not above 1, and spreads.
void clip_grads_with_norm_(const std::vector<Tensor>& parameters, double max_norm, const Tensor& total_norm) {
  const NoGradGuard guard;
  need_defined(total_norm);
  const Tensor scale = div(full({}, max_norm, {.dtype = total_norm.dtype()}), add(total_norm, Scalar(1e-6)));
  if (scale.item<double>() >= 1) return;
  for (const Tensor& gradient : gradients_of(parameters)) gradient.mul_(scale);
}

void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value) {
  const NoGradGuard guard;
  for (const Tensor& gradient : gradients_of(parameters)) gradient.copy_(clamp(gradient, -clip_value, clip_value));
}

}  // namespace lamella::optim
