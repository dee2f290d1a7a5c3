#include "cli/present/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "cli/present/text.h"

namespace lamella::cli {
namespace {

// The least of 1, 2, 5 x 10^k that cuts `extent` into at most `target` steps.
double nice_step(double extent, int target, NumberStyle style) {
  const double rough = extent / std::max(target, 1);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= rough * (1 - 1e-9)) step = factor * power;
  }
  return style == NumberStyle::kInteger ? std::max(1.0, std::round(step)) : step;
}

std::string tick_label(double value, double step, NumberStyle style) {
  if (style == NumberStyle::kPercent) value *= 100, step *= 100;
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 12);
  std::string text;
  if (std::abs(value) >= 1e6 || (step < 1e-5 && value != 0)) {
    text = short_number(value);
  } else if (decimals == 0) {
    text = with_thousands(std::llround(value));
  } else {
    text = fmt::format("{:.{}f}", value, decimals);
  }
  if (text.front() == '-') text.replace(0, 1, "\u2212");
  return style == NumberStyle::kPercent ? text + " %" : text;
}

void widen_if_empty(double& low, double& high, NumberStyle style) {
  if (!std::isfinite(low) || !std::isfinite(high)) low = 0, high = 1;
  if (high < low) std::swap(low, high);
  // Below this the ticks would be equal in double precision.
  const double least = std::max(std::abs(low), std::abs(high)) * 1e-9;
  if (high - low > least && high - low > 1e-300) return;
  const double margin = style == NumberStyle::kInteger ? 1 : low == 0 ? 0.5 : std::abs(low) * 0.1;
  low -= margin;
  high += margin;
}

void add_ticks(Axis& axis, double step, NumberStyle style) {
  const double first = std::ceil(axis.low / step - 1e-6);
  const int count = static_cast<int>(std::floor(axis.high / step + 1e-6) - first) + 1;
  for (int i = 0; i < count; ++i) {
    axis.ticks.push_back((first + i) * step);
    axis.labels.push_back(tick_label(axis.ticks.back(), step, style));
  }
}

}  // namespace

double Axis::position(double value) const {
  const double t =
      logarithmic ? (std::log(value) - std::log(low)) / (std::log(high) - std::log(low)) : (value - low) / (high - low);
  return std::clamp(std::isnan(t) ? 0.0 : t, 0.0, 1.0);
}

Axis linear_axis(double low, double high, int target, NumberStyle style) {
  widen_if_empty(low, high, style);
  const double step = nice_step(high - low, target, style);
  Axis axis;
  axis.low = std::floor(low / step + 1e-6) * step;
  axis.high = std::ceil(high / step - 1e-6) * step;
  add_ticks(axis, step, style);
  return axis;
}

Axis tight_axis(double low, double high, int target, NumberStyle style) {
  widen_if_empty(low, high, style);
  Axis axis;
  axis.low = low;
  axis.high = high;
  add_ticks(axis, nice_step(high - low, target, style), style);
  return axis;
}

Axis log_axis(double low, double high, NumberStyle style) {
  if (!std::isfinite(low) || !std::isfinite(high) || low <= 0 || high < low) low = 0.1, high = 1;
  low = std::max(low, 1e-300);
  if (high / low < 1.05) low /= 1.6, high *= 1.6;
  Axis axis;
  axis.low = low;
  axis.high = high;
  axis.logarithmic = true;
  const double decades = std::log10(high) - std::log10(low);  // the quotient may overflow
  const int every = std::max(1, static_cast<int>(std::ceil(decades / 7)));
  const std::vector<double> factors = decades > 3     ? std::vector{1.0}
                                      : decades > 1.2 ? std::vector{1.0, 2.0, 5.0}
                                                      : std::vector{1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0};
  for (int power = static_cast<int>(std::floor(std::log10(low))); power <= std::ceil(std::log10(high)); ++power) {
    if (power % every != 0) continue;
    for (const double factor : factors) {
      const double tick = factor * std::pow(10.0, power);
      if (tick < low * (1 - 1e-9) || tick > high * (1 + 1e-9)) continue;
      axis.ticks.push_back(tick);
      axis.labels.push_back(style == NumberStyle::kPercent ? short_number(tick * 100) + " %" : short_number(tick));
    }
  }
  return axis;
}

}  // namespace lamella::cli
