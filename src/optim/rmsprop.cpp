#include <array>

#include <lamella/ops/create.h>
#include <lamella/optim/optimizer.h>

#include "optim/checks.h"
#include "optim/step.h"

namespace lamella::optim {

namespace {
constexpr std::array kSlots = {"square_avg", "momentum_buffer", "grad_avg"};
}

RMSprop::RMSprop(std::vector<Tensor> parameters, RmsPropOptions options) : Optimizer(kSlots, true) {
  add_group(std::move(parameters), options);
}

void RMSprop::add_group(std::vector<Tensor> parameters, RmsPropOptions options) {
  check_range("learning rate", options.lr);
  check_range("epsilon value", options.eps);
  check_range("momentum value", options.momentum);
  check_range("weight_decay value", options.weight_decay);
  check_range("alpha value", options.alpha);
  add_parameters(std::move(parameters));
  options_.push_back(options);
}

std::vector<Optimizer::Option> RMSprop::options_of(std::size_t group) {
  RmsPropOptions& o = options_[group];
  return {{"lr", &o.lr},
          {"momentum", &o.momentum},
          {"alpha", &o.alpha},
          {"eps", &o.eps},
          {"centered", nullptr, nullptr, &o.centered},
          {"weight_decay", &o.weight_decay},
          {"maximize", nullptr, nullptr, &o.maximize}};
}

void RMSprop::step() {
  for_each_gradient([&](std::size_t group, const Tensor& parameter, const Tensor& gradient, State& state) {
    const RmsPropOptions& o = options_[group];
    auto& [square, buffer, mean] = state.slots;
    if (!square.defined()) square = zeros_like(parameter);
    if (o.momentum > 0 && !buffer.defined()) buffer = zeros_like(parameter);
    if (o.centered && !mean.defined()) mean = zeros_like(parameter);
    ++state.step;
    rmsprop_step({o.lr, o.alpha, o.eps, o.weight_decay, o.momentum, o.maximize}, parameter, gradient, square,
                 o.centered ? mean : Tensor(), o.momentum > 0 ? buffer : Tensor());
  });
}

}  // namespace lamella::optim
