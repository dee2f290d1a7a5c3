#include <array>

#include <lamella/ops/create.h>
#include <lamella/optim/optimizer.h>

#include "optim/checks.h"
#include "optim/step.h"

namespace lamella::optim {

namespace {
constexpr std::array kSlots = {"momentum_buffer"};
}

SGD::SGD(std::vector<Tensor> parameters, SgdOptions options) : Optimizer(kSlots, false) {
  add_group(std::move(parameters), options);
}

void SGD::add_group(std::vector<Tensor> parameters, SgdOptions options) {
  check_range("learning rate", options.lr);
  check_range("momentum value", options.momentum);
  check_range("weight_decay value", options.weight_decay);
  if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
    throw ValueError("Nesterov momentum requires a momentum and zero dampening");
  add_parameters(std::move(parameters));
  options_.push_back(options);
}

std::vector<Optimizer::Option> SGD::options_of(std::size_t group) {
  SgdOptions& o = options_[group];
  return {{"lr", &o.lr},
          {"momentum", &o.momentum},
          {"dampening", &o.dampening},
          {"weight_decay", &o.weight_decay},
          {"nesterov", nullptr, nullptr, &o.nesterov},
          {"maximize", nullptr, nullptr, &o.maximize}};
}

void SGD::step() {
  for_each_gradient([&](std::size_t group, const Tensor& parameter, const Tensor& gradient, State& state) {
    const SgdOptions& o = options_[group];
    Tensor& velocity = state.slots[0];
    const bool first = !velocity.defined();
    if (o.momentum != 0 && first) velocity = empty_like(parameter);
    sgd_step({o.lr, o.momentum, o.dampening, o.weight_decay, o.nesterov, o.maximize, first}, parameter, gradient,
             o.momentum != 0 ? velocity : Tensor());
  });
}

}  // namespace lamella::optim
