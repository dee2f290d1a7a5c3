#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/optim.h>

namespace lamella::optim {

Scheduler::Scheduler(Optimizer& optimizer) : optimizer_(optimizer) {
  for (std::size_t group = 0; group < optimizer.groups(); ++group) base_lrs_.push_back(optimizer.lr(group));
}

void Scheduler::step() {
  ++steps_;
  apply();
}

StepLR::StepLR(Optimizer& optimizer, std::int64_t step_size, double gamma)
    : Scheduler(optimizer), step_size_(step_size), gamma_(gamma) {
  if (step_size < 1) throw ValueError(fmt::format("StepLR: step_size must be at least 1, got {}", step_size));
}

// Multiplies what is there, as torch's does, so that a learning rate set by hand in between is kept.
void StepLR::apply() {
  if (steps_ % step_size_ != 0) return;
  for (std::size_t group = 0; group < optimizer_.groups(); ++group)
    optimizer_.set_lr(optimizer_.lr(group) * gamma_, group);
}

OneCycleLR::OneCycleLR(Optimizer& optimizer, OneCycleOptions options)
    : Scheduler(optimizer), options_(std::move(options)), total_(options_.total_steps) {
  const OneCycleOptions& o = options_;
  if (total_ == 0 && (o.epochs <= 0 || o.steps_per_epoch <= 0))
    throw ValueError("OneCycleLR: You must define either total_steps OR (epochs AND steps_per_epoch)");
  if (total_ == 0) total_ = o.epochs * o.steps_per_epoch;
  if (total_ < 1)
    throw ValueError(fmt::format("OneCycleLR: Expected positive integer total_steps, but got {}", total_));
  if (o.pct_start < 0 || o.pct_start > 1)
    throw ValueError(fmt::format("OneCycleLR: Expected float between 0 and 1 pct_start, but got {}", o.pct_start));
  if (o.anneal_strategy != "cos" && o.anneal_strategy != "linear") {
    throw ValueError(
        fmt::format("OneCycleLR: anneal_strategy must be one of 'cos' or 'linear', instead got {}", o.anneal_strategy));
  }
  if (!(o.max_lr > 0)) throw ValueError(fmt::format("OneCycleLR: max_lr must be positive, got {}", o.max_lr));
  const double start = o.max_lr / o.div_factor;
  const double end = start / o.final_div_factor;
  const auto total = static_cast<double>(total_);
  const double top = o.pct_start * total - 1;
  if (o.three_phase) {
    phases_ = {{top, start, o.max_lr, o.max_momentum, o.base_momentum},
               {2 * o.pct_start * total - 2, o.max_lr, start, o.base_momentum, o.max_momentum},
               {total - 1, start, end, o.max_momentum, o.max_momentum}};
  } else {
    phases_ = {{top, start, o.max_lr, o.max_momentum, o.base_momentum},
               {total - 1, o.max_lr, end, o.base_momentum, o.max_momentum}};
  }
  apply();
}

double OneCycleLR::anneal(double from, double to, double fraction) const {
  if (options_.anneal_strategy == "linear") return (to - from) * fraction + from;
  return to + (from - to) / 2.0 * (std::cos(std::numbers::pi * fraction) + 1);
}

void OneCycleLR::apply() {
  const auto step = static_cast<double>(steps_);
  if (steps_ >= total_) {
    throw ValueError(
        fmt::format("OneCycleLR: Tried to step {} times. The specified number of total steps is {}", steps_, total_));
  }
  double begin = 0;
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    const Phase& phase = phases_[i];
    if (step > phase.end && i + 1 < phases_.size()) {
      begin = phase.end;
      continue;
    }
    const double fraction = (step - begin) / (phase.end - begin);
    for (std::size_t group = 0; group < optimizer_.groups(); ++group) {
      optimizer_.set_lr(anneal(phase.lr_from, phase.lr_to, fraction), group);
      if (options_.cycle_momentum)
        optimizer_.set_momentum(anneal(phase.momentum_from, phase.momentum_to, fraction), group);
    }
    return;
  }
}

}  // namespace lamella::optim
