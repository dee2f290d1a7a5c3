// Checks of layers' arguments. Each raises ValueError with the layer, the argument and what it was given as.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <lamella/error.h>

#include "nn/print.h"

namespace lamella::nn {

/// "Conv2d: stride must be at least 1, got 0"
[[noreturn]] void throw_below(std::string_view layer, std::string_view argument, std::int64_t least,
                              std::string_view given);

inline void check_at_least(std::string_view layer, std::string_view argument, std::int64_t value, std::int64_t least) {
  if (value < least) throw_below(layer, argument, least, std::to_string(value));
}
template <int kRank>
void check_at_least(std::string_view layer, std::string_view argument, const PerAxis<kRank>& values,
                    std::int64_t least) {
  for (const std::int64_t value : values) {
    if (value < least) throw_below(layer, argument, least, as_given(values));
  }
}

/// "GELU: approximate must be one of 'none', 'tanh', but got approximate='erf'"
void check_word(std::string_view layer, std::string_view argument, std::string_view word,
                std::initializer_list<std::string_view> allowed);

/// "none", "mean" or "sum".
std::string checked_reduction(std::string_view loss, std::string reduction);

}  // namespace lamella::nn
