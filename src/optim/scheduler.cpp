// What all schedules share, and those that are a formula of one line.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/optim/schedule.h>

#include "optim/schedule_state.h"

namespace lamella::optim {

Scheduler::Scheduler(Optimizer& optimizer) : optimizer_(optimizer) { adopt_groups(); }

// Groups that were added since the last step join with the rate that they have.
void Scheduler::adopt_groups() {
  for (std::size_t group = base_lrs_.size(); group < optimizer_.groups(); ++group) {
    if (!optimizer_.initial_lr(group)) optimizer_.set_initial_lr(optimizer_.lr(group), group);
    base_lrs_.push_back(*optimizer_.initial_lr(group));
  }
}

void Scheduler::begin() {
  for (std::size_t group = 0; group < optimizer_.groups(); ++group)
    optimizer_.set_lr(first_lr(group, optimizer_.lr(group)), group);
}

void Scheduler::restart() {
  adopt_groups();
  steps_ = 0;
  for (std::size_t group = 0; group < optimizer_.groups(); ++group)
    optimizer_.set_lr(first_lr(group, base_lrs_[group]), group);
}

void Scheduler::step() {
  adopt_groups();
  ++steps_;
  for (std::size_t group = 0; group < optimizer_.groups(); ++group)
    optimizer_.set_lr(next_lr(group, optimizer_.lr(group)), group);
}

double Scheduler::first_lr(std::size_t, double rate) const { return rate; }

std::vector<Scheduler::Variable> Scheduler::variables() {
  return {{.name = "last_epoch", .count = &steps_}, {.name = "base_lrs", .numbers = &base_lrs_}};
}

nn::StateDict Scheduler::state_dict() {
  nn::StateDict state;
  for (const Variable& v : variables()) {
    if (v.count != nullptr) put(state, v.name, *v.count);
    if (v.number != nullptr) put(state, v.name, *v.number);
    if (v.numbers != nullptr) put(state, v.name, *v.numbers);
  }
  return state;
}

void Scheduler::load_state_dict(const nn::StateDict& state) {
  for (const bool check_only : {true, false}) {
    for (const Variable& v : variables()) {
      const std::vector<double> values = take(state, v.name, v.numbers != nullptr ? v.numbers->size() : 1);
      if (check_only) continue;
      if (v.count != nullptr) *v.count = static_cast<std::int64_t>(values[0]);
      if (v.number != nullptr) *v.number = values[0];
      if (v.numbers != nullptr) *v.numbers = values;
    }
  }
}

namespace {
void check_positive(const char* name, std::int64_t value) {
  if (value < 1) throw ValueError(fmt::format("{} must be at least 1, got {}", name, value));
}
}  // namespace

StepLR::StepLR(Optimizer& optimizer, std::int64_t step_size, double gamma)
    : Scheduler(optimizer), step_size_(step_size), gamma_(gamma) {
  check_positive("StepLR: step_size", step_size);
  begin();
}
double StepLR::next_lr(std::size_t, double rate) const { return steps_ % step_size_ == 0 ? rate * gamma_ : rate; }

MultiStepLR::MultiStepLR(Optimizer& optimizer, std::vector<std::int64_t> milestones, double gamma)
    : Scheduler(optimizer), milestones_(std::move(milestones)), gamma_(gamma) {
  begin();
}
double MultiStepLR::next_lr(std::size_t, double rate) const {
  const auto reached = std::count(milestones_.begin(), milestones_.end(), steps_);
  return reached == 0 ? rate : rate * std::pow(gamma_, static_cast<double>(reached));
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma) : Scheduler(optimizer), gamma_(gamma) { begin(); }
double ExponentialLR::next_lr(std::size_t, double rate) const { return rate * gamma_; }

ConstantLR::ConstantLR(Optimizer& optimizer, ConstantOptions options) : Scheduler(optimizer), options_(options) {
  if (!(options.factor >= 0 && options.factor <= 1)) {
    throw ValueError(fmt::format("ConstantLR: Constant multiplicative factor expected to be between 0 and 1, got {}",
                                 options.factor));
  }
  begin();
}
double ConstantLR::next_lr(std::size_t group, double rate) const {
  if (steps_ != options_.total_iters) return rate;
  return options_.factor == 0 ? base_lrs_[group] : rate * (1.0 / options_.factor);
}

LinearLR::LinearLR(Optimizer& optimizer, LinearOptions options) : Scheduler(optimizer), options_(options) {
  if (!(options.start_factor > 0 && options.start_factor <= 1)) {
    throw ValueError(fmt::format(
        "LinearLR: Starting multiplicative factor expected to be greater than 0 and less or equal to 1, got {}",
        options.start_factor));
  }
  if (!(options.end_factor >= 0 && options.end_factor <= 1)) {
    throw ValueError(fmt::format("LinearLR: Ending multiplicative factor expected to be between 0 and 1, got {}",
                                 options.end_factor));
  }
  begin();
}
double LinearLR::next_lr(std::size_t, double rate) const {
  if (steps_ > options_.total_iters) return rate;
  const double rise = options_.end_factor - options_.start_factor;
  return rate * (1.0 + rise / (static_cast<double>(options_.total_iters) * options_.start_factor +
                               static_cast<double>(steps_ - 1) * rise));
}

PolynomialLR::PolynomialLR(Optimizer& optimizer, PolynomialOptions options) : Scheduler(optimizer), options_(options) {
  check_positive("PolynomialLR: total_iters", options.total_iters);
  begin();
}
double PolynomialLR::next_lr(std::size_t, double rate) const {
  if (steps_ > options_.total_iters) return rate;
  const auto total = static_cast<double>(options_.total_iters), step = static_cast<double>(steps_);
  return rate * std::pow((1.0 - step / total) / (1.0 - (step - 1) / total), options_.power);
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, std::int64_t t_max, double eta_min)
    : Scheduler(optimizer), t_max_(t_max), eta_min_(eta_min) {
  check_positive("CosineAnnealingLR: t_max", t_max);
  begin();
}
// The ratio of two values of the formula, but where the earlier one is the minimum: there the curve rises again.
double CosineAnnealingLR::next_lr(std::size_t group, double rate) const {
  constexpr double kPi = std::numbers::pi;
  const auto period = static_cast<double>(t_max_), step = static_cast<double>(steps_);
  if ((steps_ - 1 - t_max_) % (2 * t_max_) == 0)
    return rate + (base_lrs_[group] - eta_min_) * (1 - std::cos(kPi / period)) / 2;
  return (1 + std::cos(kPi * step / period)) / (1 + std::cos(kPi * (step - 1) / period)) * (rate - eta_min_) + eta_min_;
}

LambdaLR::LambdaLR(Optimizer& optimizer, Factor factor) : LambdaLR(optimizer, std::vector<Factor>{std::move(factor)}) {}
LambdaLR::LambdaLR(Optimizer& optimizer, std::vector<Factor> factors)
    : Scheduler(optimizer), factors_(std::move(factors)) {
  if (factors_.size() != 1 && factors_.size() != optimizer.groups())
    throw ValueError(fmt::format("LambdaLR: Expected {} factors, but got {}", optimizer.groups(), factors_.size()));
  begin();
}
double LambdaLR::next_lr(std::size_t group, double) const {
  return base_lrs_[group] * factors_[std::min(group, factors_.size() - 1)](steps_);
}

}  // namespace lamella::optim
