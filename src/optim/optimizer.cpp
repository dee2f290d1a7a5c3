// What all optimisers share: groups of parameters, and the walk over their gradients.
#include <lamella/optim/optimizer.h>

#include <algorithm>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>

namespace lamella::optim {

void Optimizer::add_parameters(std::vector<Tensor> parameters) {
  if (parameters.empty()) throw ValueError("optimizer got an empty parameter list");
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& parameter = parameters[i];
    if (!parameter.defined()) throw ValueError(fmt::format("optimizer: parameter {} is undefined", i));
    if (!parameter.is_leaf() && !parameter.retains_grad()) {
      throw ValueError(
          fmt::format("can't optimize a non-leaf Tensor (parameter {}, made by {})", i, parameter.grad_fn()));
    }
    for (const Group& group : groups_) {
      if (std::any_of(group.parameters.begin(), group.parameters.end(),
                      [&](const Tensor& other) { return other.is_same(parameter); })) {
        throw ValueError(fmt::format("some parameters appear in more than one parameter group (parameter {})", i));
      }
    }
  }
  std::vector<State> states(parameters.size());
  groups_.push_back({std::move(parameters), std::move(states), {}});
}

void Optimizer::zero_grad(bool set_to_none) {
  for (const Group& group : groups_) {
    for (const Tensor& parameter : group.parameters) {
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

void Optimizer::for_each_gradient(const Visit& visit) {
  const NoGradGuard guard;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    for (std::size_t i = 0; i < groups_[group].parameters.size(); ++i) {
      const Tensor& parameter = groups_[group].parameters[i];
      if (const Tensor gradient = parameter.grad(); gradient.defined())
        visit(group, parameter, gradient, groups_[group].states[i]);
    }
  }
}

void Optimizer::set_initial_lr(double lr, std::size_t group) {
  static_cast<void>(at(group));
  groups_[group].initial_lr = lr;
}

const Optimizer::Group& Optimizer::at(std::size_t group) const {
  if (group >= groups_.size())
    throw IndexError(fmt::format("optimizer: group {} of {} (they are counted from 0)", group, groups_.size()));
  return groups_[group];
}

// Where an option lies does not depend on whether it will be written, so one listing serves both.
double* Optimizer::option(std::size_t group, std::string_view name) const {
  static_cast<void>(at(group));
  const std::vector<Option> options = const_cast<Optimizer*>(this)->options_of(group);
  for (const Option& option : options) {
    if (option.name == name || (name == "momentum" && std::string_view(option.name) == "betas")) return option.number;
  }
  throw ValueError(fmt::format("this optimizer has no {}", name));
}

}  // namespace lamella::optim
