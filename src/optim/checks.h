// The ranges of options, in torch's words.
#pragma once

#include <limits>
#include <string_view>

#include <fmt/format.h>

#include <lamella/error.h>

namespace lamella::optim {

/// Raises ValueError unless least <= value < below.
inline void check_range(std::string_view name, double value, double least = 0,
                        double below = std::numeric_limits<double>::infinity()) {
  if (!(value >= least) || !(value < below)) throw ValueError(fmt::format("Invalid {}: {}", name, value));
}

}  // namespace lamella::optim
