#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/optim/schedule.h>

namespace lamella::optim {

namespace {

std::int64_t total_steps_of(const OneCycleOptions& o) {
  if (o.total_steps == 0 && (o.epochs <= 0 || o.steps_per_epoch <= 0))
    throw ValueError("OneCycleLR: You must define either total_steps OR (epochs AND steps_per_epoch)");
  const std::int64_t total = o.total_steps != 0 ? o.total_steps : o.epochs * o.steps_per_epoch;
  if (total < 1) throw ValueError(fmt::format("OneCycleLR: Expected positive integer total_steps, but got {}", total));
  return total;
}

void check(const OneCycleOptions& o) {
  if (!(o.pct_start >= 0 && o.pct_start <= 1))
    throw ValueError(fmt::format("OneCycleLR: Expected float between 0 and 1 pct_start, but got {}", o.pct_start));
  if (o.anneal_strategy != "cos" && o.anneal_strategy != "linear") {
    throw ValueError(
        fmt::format("OneCycleLR: anneal_strategy must be one of 'cos' or 'linear', instead got {}", o.anneal_strategy));
  }
  if (!(o.max_lr > 0)) throw ValueError(fmt::format("OneCycleLR: max_lr must be positive, got {}", o.max_lr));
}

}  // namespace

OneCycleLR::OneCycleLR(Optimizer& optimizer, OneCycleOptions options)
    : Scheduler(optimizer), options_(std::move(options)), total_(total_steps_of(options_)) {
  const OneCycleOptions& o = options_;
  check(o);
  const double start = o.max_lr / o.div_factor, end = start / o.final_div_factor;
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
  for (std::size_t group = 0; group < optimizer.groups(); ++group) {
    optimizer.set_initial_lr(start, group);
    base_lrs_[group] = start;
  }
  begin();
  set_momenta();
}

double OneCycleLR::anneal(double from, double to, double fraction) const {
  if (options_.anneal_strategy == "linear") return (to - from) * fraction + from;
  return to + (from - to) / 2.0 * (std::cos(std::numbers::pi * fraction) + 1);
}

std::pair<const OneCycleLR::Phase*, double> OneCycleLR::place() const {
  const auto step = static_cast<double>(steps_);
  double begin = 0;
  std::size_t i = 0;
  for (; i + 1 < phases_.size() && step > phases_[i].end; ++i) begin = phases_[i].end;
  if (phases_[i].end == begin) {
    throw ValueError(
        fmt::format("OneCycleLR: pct_start {} of {} steps leaves a phase without a step; choose another pct_start",
                    options_.pct_start, total_));
  }
  return {&phases_[i], (step - begin) / (phases_[i].end - begin)};
}

double OneCycleLR::next_lr(std::size_t, double) const {
  const auto [phase, fraction] = place();
  return anneal(phase->lr_from, phase->lr_to, fraction);
}

void OneCycleLR::set_momenta() const {
  if (!options_.cycle_momentum) return;
  const auto [phase, fraction] = place();
  for (std::size_t group = 0; group < optimizer_.groups(); ++group)
    optimizer_.set_momentum(anneal(phase->momentum_from, phase->momentum_to, fraction), group);
}

void OneCycleLR::restart() {
  Scheduler::restart();
  set_momenta();
}

void OneCycleLR::step() {
  if (steps_ >= total_) {
    throw ValueError(fmt::format("OneCycleLR: Tried to step {} times. The specified number of total steps is {}",
                                 steps_ + 1, total_));
  }
  Scheduler::step();
  set_momenta();
}

}  // namespace lamella::optim
