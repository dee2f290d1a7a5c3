// lamella._C._optim: a step of a whole group of parameters in one call, and what clips gradients. The optimisers
// themselves, their options and their state are plain Python.
#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/optim/clip.h>

#include "families.h"
#include "optim/step.h"

namespace lamella::python {

namespace {

/// Counts one step more in the 0-d tensor in which torch keeps it.
std::int64_t advance(const Tensor& step) {
  if (!step.defined()) throw ValueError("optimizer.step: the state of a parameter has no step");
  step.detach().add_(Scalar(1));
  return static_cast<std::int64_t>(step.item<double>());
}

/// The i-th tensor of a list that holds one for each parameter, or none at all.
Tensor at(const TensorList& tensors, std::size_t i) { return tensors.empty() ? Tensor() : tensors[i]; }

void check_sizes(const TensorList& params, std::initializer_list<const TensorList*> required,
                 std::initializer_list<const TensorList*> optional) {
  for (const TensorList* list : required) {
    if (list->size() != params.size()) throw ValueError("optimizer.step: a list of state is not as long as its group");
  }
  for (const TensorList* list : optional) {
    if (!list->empty() && list->size() != params.size())
      throw ValueError("optimizer.step: a list of state is not as long as its group");
  }
}

/// Returns the velocities, those that were None made new. No buffers: no momentum.
TensorList sgd_step(const TensorList& params, TensorList buffers, double lr, double momentum, double dampening,
                    double weight_decay, bool nesterov, bool maximize) {
  check_sizes(params, {}, {&buffers});
  for (std::size_t i = 0; i < params.size(); ++i) {
    const bool first = !at(buffers, i).defined();
    if (first && !buffers.empty()) buffers[i] = empty_like(params[i]);
    optim::sgd_step({lr, buffers.empty() ? 0 : momentum, dampening, weight_decay, nesterov, maximize, first}, params[i],
                    params[i].grad(), at(buffers, i));
  }
  return buffers;
}

void adam_step(const TensorList& params, const TensorList& means, const TensorList& squares,
               const TensorList& largest_squares, const TensorList& steps, double lr, double beta1, double beta2,
               double eps, double weight_decay, bool decoupled, bool maximize) {
  check_sizes(params, {&means, &squares, &steps}, {&largest_squares});
  for (std::size_t i = 0; i < params.size(); ++i) {
    optim::adam_step({lr, beta1, beta2, eps, weight_decay, decoupled, maximize, advance(steps[i])}, params[i],
                     params[i].grad(), means[i], squares[i], at(largest_squares, i));
  }
}

void rmsprop_step(const TensorList& params, const TensorList& squares, const TensorList& means,
                  const TensorList& buffers, const TensorList& steps, double lr, double alpha, double eps,
                  double weight_decay, double momentum, bool maximize) {
  check_sizes(params, {&squares, &steps}, {&means, &buffers});
  for (std::size_t i = 0; i < params.size(); ++i) {
    advance(steps[i]);
    optim::rmsprop_step({lr, alpha, eps, weight_decay, buffers.empty() ? 0 : momentum, maximize}, params[i],
                        params[i].grad(), squares[i], at(means, i), at(buffers, i));
  }
}

void zero_grad(const TensorList& params, bool set_to_none) {
  for (const Tensor& param : params) {
    const Tensor gradient = param.grad();
    if (!gradient.defined()) continue;
    if (set_to_none) {
      param.set_grad(Tensor());
    } else {
      gradient.detach().zero_();
    }
  }
}

std::vector<Tensor> as_vector(const TensorList& tensors) { return {tensors.begin(), tensors.end()}; }

std::vector<Tensor> gradients_of(const TensorList& params) {
  std::vector<Tensor> gradients;
  for (const Tensor& param : params) {
    if (!param.defined()) throw TypeError("clip_grad_norm_: expected tensors, got None among them");
    if (const Tensor gradient = param.grad(); gradient.defined()) gradients.push_back(gradient);
  }
  return gradients;
}

Tensor clip_grad_norm(const TensorList& params, double max_norm, double norm_type, bool error_if_nonfinite) {
  const Tensor total = optim::get_total_norm(gradients_of(params), norm_type, error_if_nonfinite);
  optim::clip_grads_with_norm_(as_vector(params), max_norm, total);
  return total;
}

}  // namespace

void bind_optim(const Scope& scope) {
  nb::module_ m = const_cast<nb::module_&>(scope.torch).def_submodule("_optim", "Steps of optimisers over lists");
  m.def("with_gradient", [](const nb::list& params) {
    nb::list result;
    for (const nb::handle param : params) {
      if (nb::cast<Tensor>(param).grad().defined()) result.append(param);
    }
    return result;
  });
  m.def("zero_grad", guarded(zero_grad));
  m.def("sgd_step", guarded(sgd_step));
  m.def("adam_step", guarded(adam_step));
  m.def("rmsprop_step", guarded(rmsprop_step));
  m.def("get_total_norm", guarded([](const TensorList& tensors, double norm_type, bool error_if_nonfinite) {
          return optim::get_total_norm(as_vector(tensors), norm_type, error_if_nonfinite);
        }));
  m.def("clip_grad_norm_", guarded(clip_grad_norm));
  m.def("clip_grads_with_norm_", guarded([](const TensorList& params, double max_norm, const Tensor& total_norm) {
          optim::clip_grads_with_norm_(as_vector(params), max_norm, total_norm);
        }));
  m.def("clip_grad_value_", guarded([](const TensorList& params, double clip_value) {
          optim::clip_grad_value_(as_vector(params), clip_value);
        }));
}

}  // namespace lamella::python
