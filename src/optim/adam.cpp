#include <array>

#include <lamella/ops/create.h>
#include <lamella/optim/optimizer.h>

#include "optim/checks.h"
#include "optim/step.h"

namespace lamella::optim {

namespace {
constexpr std::array kSlots = {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"};
}

Adam::Adam(std::vector<Tensor> parameters, AdamOptions options) : Adam(std::move(parameters), options, false) {}
Adam::Adam(std::vector<Tensor> parameters, AdamOptions options, bool decoupled)
    : Optimizer(kSlots, true), decoupled_(decoupled) {
  add_group(std::move(parameters), options);
}
AdamW::AdamW(std::vector<Tensor> parameters, AdamOptions options) : Adam(std::move(parameters), options, true) {}

void Adam::add_group(std::vector<Tensor> parameters, AdamOptions options) {
  check_range("learning rate", options.lr);
  check_range("epsilon value", options.eps);
  check_range("beta parameter at index 0", options.beta1, 0, 1);
  check_range("beta parameter at index 1", options.beta2, 0, 1);
  check_range("weight_decay value", options.weight_decay);
  add_parameters(std::move(parameters));
  options_.push_back(options);
}

std::vector<Optimizer::Option> Adam::options_of(std::size_t group) {
  AdamOptions& o = options_[group];
  return {{"lr", &o.lr},
          {"betas", &o.beta1, &o.beta2},
          {"eps", &o.eps},
          {"weight_decay", &o.weight_decay},
          {"amsgrad", nullptr, nullptr, &o.amsgrad},
          {"maximize", nullptr, nullptr, &o.maximize}};
}

void Adam::step() {
  for_each_gradient([&](std::size_t group, const Tensor& parameter, const Tensor& gradient, State& state) {
    const AdamOptions& o = options_[group];
    auto& [mean, square, largest] = state.slots;
    if (!mean.defined()) mean = zeros_like(parameter);
    if (!square.defined()) square = zeros_like(parameter);
    if (o.amsgrad && !largest.defined()) largest = zeros_like(parameter);
    ++state.step;
    adam_step({o.lr, o.beta1, o.beta2, o.eps, o.weight_decay, decoupled_, o.maximize, state.step}, parameter, gradient,
              mean, square, o.amsgrad ? largest : Tensor());
  });
}

}  // namespace lamella::optim
