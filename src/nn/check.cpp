#include "nn/check.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lamella::nn {

void throw_below(std::string_view layer, std::string_view argument, std::int64_t least, std::string_view given) {
  throw ValueError(fmt::format("{}: {} must be at least {}, got {}", layer, argument, least, given));
}

void check_word(std::string_view layer, std::string_view argument, std::string_view word,
                std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return;
  throw ValueError(fmt::format("{}: {} must be one of '{}', but got {}='{}'", layer, argument,
                               fmt::join(allowed, "', '"), argument, word));
}

std::string checked_reduction(std::string_view loss, std::string reduction) {
  check_word(loss, "reduction", reduction, {"none", "mean", "sum"});
  return reduction;
}

}  // namespace lamella::nn
