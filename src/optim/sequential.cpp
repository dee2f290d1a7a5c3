// Schedules with a course of their own: one after the other, and warm restarts.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/optim/schedule.h>

namespace lamella::optim {

SequentialLR::SequentialLR(Optimizer& optimizer, std::vector<std::shared_ptr<Scheduler>> schedulers,
                           std::vector<std::int64_t> milestones)
    : Scheduler(optimizer), schedulers_(std::move(schedulers)), milestones_(std::move(milestones)) {
  if (schedulers_.empty()) throw ValueError("SequentialLR expects at least one scheduler, but got no scheduler");
  for (std::size_t i = 0; i < schedulers_.size(); ++i) {
    if (schedulers_[i] == nullptr || &schedulers_[i]->optimizer_ != &optimizer) {
      throw ValueError(
          fmt::format("SequentialLR expects all schedulers to belong to the same optimizer; the one at index {} "
                      "does not",
                      i));
    }
  }
  if (milestones_.size() + 1 != schedulers_.size()) {
    throw ValueError(
        fmt::format("SequentialLR expects one scheduler more than there are milestones, but got {} schedulers and {} "
                    "milestones",
                    schedulers_.size(), milestones_.size()));
  }
  if (!std::is_sorted(milestones_.begin(), milestones_.end()))
    throw ValueError(fmt::format("SequentialLR: milestones must rise, got [{}]", fmt::join(milestones_, ", ")));
  restart();
}

std::size_t SequentialLR::current() const {
  return static_cast<std::size_t>(std::upper_bound(milestones_.begin(), milestones_.end(), steps_) -
                                  milestones_.begin());
}

// Making the schedules changed the rate by all of their first factors: only the first one's counts.
void SequentialLR::restart() {
  steps_ = 0;
  schedulers_[current()]->restart();
}

void SequentialLR::step() {
  ++steps_;
  const std::size_t index = current();
  if (index > 0 && milestones_[index - 1] == steps_) {
    schedulers_[index]->restart();
  } else {
    schedulers_[index]->step();
  }
}

std::vector<Scheduler::Variable> SequentialLR::variables() {
  std::vector<Variable> all = Scheduler::variables();
  for (std::size_t i = 0; i < schedulers_.size(); ++i) {
    for (Variable& variable : schedulers_[i]->variables()) {
      variable.name = fmt::format("schedulers.{}.{}", i, variable.name);
      all.push_back(std::move(variable));
    }
  }
  return all;
}

CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts(Optimizer& optimizer, std::int64_t t_0,
                                                         WarmRestartOptions options)
    : Scheduler(optimizer), options_(options), first_period_(t_0), period_(t_0) {
  if (t_0 < 1) throw ValueError(fmt::format("CosineAnnealingWarmRestarts: Expected positive integer t_0, got {}", t_0));
  if (options.t_mult < 1) {
    throw ValueError(fmt::format("CosineAnnealingWarmRestarts: Expected integer t_mult >= 1, got {}", options.t_mult));
  }
  begin();
}

double CosineAnnealingWarmRestarts::next_lr(std::size_t group, double) const {
  const double done = static_cast<double>(place_) / static_cast<double>(period_);
  return options_.eta_min + (base_lrs_[group] - options_.eta_min) * (1 + std::cos(std::numbers::pi * done)) / 2;
}

void CosineAnnealingWarmRestarts::restart() {
  place_ = 0;
  period_ = first_period_;
  Scheduler::restart();
}

void CosineAnnealingWarmRestarts::step() {
  if (++place_ >= period_) {
    place_ -= period_;
    period_ *= options_.t_mult;
  }
  Scheduler::step();
}

std::vector<Scheduler::Variable> CosineAnnealingWarmRestarts::variables() {
  std::vector<Variable> all = Scheduler::variables();
  all.push_back({.name = "T_cur", .count = &place_});
  all.push_back({.name = "T_i", .count = &period_});
  return all;
}

}  // namespace lamella::optim
