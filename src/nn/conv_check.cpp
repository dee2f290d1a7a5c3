#include "nn/conv_check.h"

#include <cmath>

#include <fmt/format.h>

#include <lamella/nn/init.h>

namespace lamella::nn {

void check_conv_channels(std::string_view layer, std::int64_t in_channels, std::int64_t out_channels,
                         std::int64_t groups) {
  check_at_least(layer, "in_channels", in_channels, 0);
  check_at_least(layer, "out_channels", out_channels, 0);
  if (groups <= 0) throw ValueError(fmt::format("{}: groups must be a positive integer, got {}", layer, groups));
  const auto check_divisible = [&](std::string_view what, std::int64_t channels) {
    if (channels % groups == 0) return;
    throw ValueError(fmt::format("{0}: {1} must be divisible by groups, but {1}={2} and groups={3} leave a rest of {4}",
                                 layer, what, channels, groups, channels % groups));
  };
  check_divisible("in_channels", in_channels);
  check_divisible("out_channels", out_channels);
}

void reset_weight_and_bias(const Tensor& weight, const Tensor& bias) {
  init::kaiming_uniform_(weight, {.a = std::sqrt(5.0)});
  if (!bias.defined()) return;
  const std::int64_t fan_in = init::calculate_fan_in_and_fan_out(weight).in;
  if (fan_in == 0) return;  // torch leaves it as it was made; here it is zeros
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  init::uniform_(bias, -bound, bound);
}

}  // namespace lamella::nn
