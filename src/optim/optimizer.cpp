// SGD and Adam: each parameter, its gradient and its state are read and written once a step, by one kernel.
#include <lamella/optim.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>

#include "core/tensor_impl.h"
#include "kernels/optim/optim.h"

namespace lamella::optim {

namespace {

void check_range(std::string_view name, double value, double least = 0,
                 double below = std::numeric_limits<double>::infinity()) {
  if (!(value >= least) || !(value < below)) throw ValueError(fmt::format("Invalid {}: {}", name, value));
}

/// The elements of a parameter or of its state, in the order in which they lie.
template <typename T>
T* elements(const Tensor& t) {
  impl(t).storage->make_plain();
  return reinterpret_cast<T*>(physical_for_write(t).data);
}

/// Calls fn with the element type and the gradient as contiguous memory beside the parameter. A parameter whose
/// elements are not one run is stepped as a copy and written back.
template <typename Fn>
void step_parameter(const Tensor& parameter, const Tensor& gradient, Fn&& fn) {
  const Tensor dense_gradient = gradient.contiguous();
  const bool dense = parameter.is_contiguous();
  const Tensor target = dense ? parameter : parameter.contiguous();
  if (parameter.dtype() == DType::kFloat32) {
    fn.template operator()<float>(target, dense_gradient);
  } else if (parameter.dtype() == DType::kFloat64) {
    fn.template operator()<double>(target, dense_gradient);
  } else {
    throw NotImplementedError(
        fmt::format("optimizers step float32 and float64 parameters, got {}; keep the parameters in float32",
                    name_of(parameter.dtype())));
  }
  if (!dense) parameter.copy_(target);
  parameter.bump_version();
}

template <typename T>
const T* readable(const Tensor& t) {
  impl(t).storage->make_plain();
  return reinterpret_cast<const T*>(physical(t).data);
}

}  // namespace

void Optimizer::add_parameters(std::vector<Tensor> parameters) {
  if (parameters.empty()) throw ValueError("optimizer got an empty parameter list");
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].defined()) throw ValueError(fmt::format("optimizer: parameter {} is undefined", i));
    if (!parameters[i].is_leaf())
      throw ValueError(
          fmt::format("can't optimize a non-leaf Tensor (parameter {}, made by {})", i, parameters[i].grad_fn()));
    for (const auto& group : parameters_) {
      for (const Tensor& other : group) {
        if (other.is_same(parameters[i]))
          throw ValueError(fmt::format("some parameters appear in more than one parameter group (parameter {})", i));
      }
    }
  }
  parameters_.push_back(std::move(parameters));
}

void Optimizer::zero_grad(bool set_to_none) {
  for (const auto& group : parameters_) {
    for (const Tensor& parameter : group) {
      const Tensor gradient = parameter.grad();
      if (!gradient.defined()) continue;
      if (set_to_none) {
        parameter.set_grad(Tensor());
      } else {
        gradient.detach().zero_();
      }
    }
  }
}

SGD::SGD(std::vector<Tensor> parameters, SgdOptions options) { add_group(std::move(parameters), options); }

void SGD::add_group(std::vector<Tensor> parameters, SgdOptions options) {
  check_range("learning rate", options.lr);
  check_range("momentum value", options.momentum);
  check_range("weight_decay value", options.weight_decay);
  if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
    throw ValueError("Nesterov momentum requires a momentum and zero dampening");
  velocity_.emplace_back(parameters.size());
  try {
    add_parameters(std::move(parameters));
  } catch (...) {
    velocity_.pop_back();
    throw;
  }
  options_.push_back(options);
}

void SGD::step() {
  const NoGradGuard guard;
  for (std::size_t group = 0; group < parameters_.size(); ++group) {
    const SgdOptions& o = options_[group];
    for (std::size_t i = 0; i < parameters_[group].size(); ++i) {
      const Tensor& parameter = parameters_[group][i];
      const Tensor gradient = parameter.grad();
      if (!gradient.defined()) continue;
      Tensor& velocity = velocity_[group][i];
      kernels::SgdStep step{o.lr, o.momentum, o.dampening, o.weight_decay, o.nesterov, o.maximize, !velocity.defined()};
      if (o.momentum != 0 && !velocity.defined()) velocity = empty(parameter.shape(), {.dtype = parameter.dtype()});
      step_parameter(parameter, gradient, [&]<typename T>(const Tensor& p, const Tensor& g) {
        kernels::sgd_step<T>(step, p.numel(), elements<T>(p), readable<T>(g),
                             o.momentum != 0 ? elements<T>(velocity) : nullptr);
      });
    }
  }
}

Adam::Adam(std::vector<Tensor> parameters, AdamOptions options) : Adam(std::move(parameters), options, false) {}
Adam::Adam(std::vector<Tensor> parameters, AdamOptions options, bool decoupled) : decoupled_(decoupled) {
  add_group(std::move(parameters), options);
}
AdamW::AdamW(std::vector<Tensor> parameters, AdamOptions options) : Adam(std::move(parameters), options, true) {}

void Adam::add_group(std::vector<Tensor> parameters, AdamOptions options) {
  check_range("learning rate", options.lr);
  check_range("epsilon value", options.eps);
  check_range("beta parameter at index 0", options.beta1, 0, 1);
  check_range("beta parameter at index 1", options.beta2, 0, 1);
  check_range("weight_decay value", options.weight_decay);
  moments_.emplace_back(parameters.size());
  try {
    add_parameters(std::move(parameters));
  } catch (...) {
    moments_.pop_back();
    throw;
  }
  options_.push_back(options);
}

void Adam::step() {
  const NoGradGuard guard;
  for (std::size_t group = 0; group < parameters_.size(); ++group) {
    const AdamOptions& o = options_[group];
    for (std::size_t i = 0; i < parameters_[group].size(); ++i) {
      const Tensor& parameter = parameters_[group][i];
      const Tensor gradient = parameter.grad();
      if (!gradient.defined()) continue;
      Moments& m = moments_[group][i];
      if (m.step == 0) {
        m.mean = zeros(parameter.shape(), {.dtype = parameter.dtype()});
        m.square = zeros(parameter.shape(), {.dtype = parameter.dtype()});
        if (o.amsgrad) m.largest = zeros(parameter.shape(), {.dtype = parameter.dtype()});
      }
      ++m.step;
      const kernels::AdamStep step{o.lr, o.beta1, o.beta2, o.eps, o.weight_decay, decoupled_, o.maximize, m.step};
      step_parameter(parameter, gradient, [&]<typename T>(const Tensor& p, const Tensor& g) {
        kernels::adam_step<T>(step, p.numel(), elements<T>(p), readable<T>(g), elements<T>(m.mean),
                              elements<T>(m.square), o.amsgrad ? elements<T>(m.largest) : nullptr);
      });
    }
  }
}

double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm, double norm_type) {
  const NoGradGuard guard;
  TensorList gradients;
  double total = 0;
  for (const Tensor& parameter : parameters) {
    const Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    const double size = norm(gradient.detach(), norm_type).item<double>();
    total = std::isinf(norm_type) ? std::max(total, size) : total + std::pow(size, norm_type);
    gradients.push_back(gradient.detach());
  }
  if (!std::isinf(norm_type)) total = std::pow(total, 1 / norm_type);
  const double scale = max_norm / (total + 1e-6);
  if (scale < 1) {
    for (const Tensor& gradient : gradients) gradient.mul_(Scalar(scale));
  }
  return total;
}

void clip_grad_value(const std::vector<Tensor>& parameters, double limit) {
  const NoGradGuard guard;
  for (const Tensor& parameter : parameters) {
    if (const Tensor gradient = parameter.grad(); gradient.defined())
      gradient.detach().copy_(clamp(gradient, -limit, limit));
  }
}

}  // namespace lamella::optim
