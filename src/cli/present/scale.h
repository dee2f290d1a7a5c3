// From numbers to pixels: axes whose ticks are round numbers.
#pragma once

#include <string>
#include <vector>

namespace lamella::cli {

enum class NumberStyle { kNumber, kInteger, kPercent };

struct Axis {
  double low = 0, high = 1;
  std::vector<double> ticks;  // ascending, within [low, high]
  std::vector<std::string> labels;
  bool logarithmic = false;

  /// 0 at low, 1 at high; clamped outside.
  double position(double value) const;
};

/// An axis from about `low` to about `high` (finite; a range without extent is widened) with some `target` ticks at
/// multiples of 1, 2 or 5 times a power of ten, at whole numbers alone for kInteger. The axis ends at a tick.
Axis linear_axis(double low, double high, int target, NumberStyle style);
/// The same without lengthening the axis to its outer ticks: for the horizontal one.
Axis tight_axis(double low, double high, int target, NumberStyle style);
/// Powers of ten, with 2 and 5 between them where they are few. `low` > 0.
Axis log_axis(double low, double high, NumberStyle style);

}  // namespace lamella::cli
