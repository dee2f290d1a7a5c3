#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/optim/schedule.h>

#include "optim/schedule_state.h"

namespace lamella::optim {

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, PlateauOptions options)
    : optimizer_(optimizer), options_(std::move(options)) {
  const PlateauOptions& o = options_;
  if (!(o.factor < 1)) throw ValueError(fmt::format("ReduceLROnPlateau: Factor should be < 1.0, got {}", o.factor));
  if (o.mode != "min" && o.mode != "max")
    throw ValueError(fmt::format("ReduceLROnPlateau: mode {} is unknown; expected min or max", o.mode));
  if (o.threshold_mode != "rel" && o.threshold_mode != "abs") {
    throw ValueError(
        fmt::format("ReduceLROnPlateau: threshold mode {} is unknown; expected rel or abs", o.threshold_mode));
  }
  best_ = o.mode == "min" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

bool ReduceLROnPlateau::is_better(double metric) const {
  const bool relative = options_.threshold_mode == "rel";
  if (options_.mode == "min")
    return metric < (relative ? best_ * (1.0 - options_.threshold) : best_ - options_.threshold);
  return metric > (relative ? best_ * (options_.threshold + 1.0) : best_ + options_.threshold);
}

void ReduceLROnPlateau::step(double metric) {
  ++steps_;
  if (is_better(metric)) {
    best_ = metric;
    bad_ = 0;
  } else {
    ++bad_;
  }
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    bad_ = 0;
  }
  if (bad_ <= options_.patience) return;
  for (std::size_t group = 0; group < optimizer_.groups(); ++group) {
    const double before = optimizer_.lr(group), after = std::max(before * options_.factor, options_.min_lr);
    if (before - after > options_.eps) optimizer_.set_lr(after, group);
  }
  cooldown_left_ = options_.cooldown;
  bad_ = 0;
}

nn::StateDict ReduceLROnPlateau::state_dict() const {
  nn::StateDict state;
  put(state, "last_epoch", steps_);
  put(state, "best", best_);
  put(state, "num_bad_epochs", bad_);
  put(state, "cooldown_counter", cooldown_left_);
  return state;
}

void ReduceLROnPlateau::load_state_dict(const nn::StateDict& state) {
  const double steps = take(state, "last_epoch")[0], best = take(state, "best")[0];
  const double bad = take(state, "num_bad_epochs")[0], cooldown = take(state, "cooldown_counter")[0];
  steps_ = static_cast<std::int64_t>(steps);
  best_ = best;
  bad_ = static_cast<std::int64_t>(bad);
  cooldown_left_ = static_cast<std::int64_t>(cooldown);
}

}  // namespace lamella::optim
