#include "nn/conv_check.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/nn/init.h>

namespace lamella::nn {

namespace {

void check_at_least(std::string_view layer, std::string_view what, std::span<const std::int64_t> values,
                    std::int64_t least) {
  if (std::all_of(values.begin(), values.end(), [least](std::int64_t v) { return v >= least; })) return;
  throw ValueError(fmt::format("{}: {} must be at least {}, got {}", layer, what, least, to_string(values)));
}

void check_divisible(std::string_view layer, std::string_view what, std::int64_t channels, std::int64_t groups) {
  if (channels % groups == 0) return;
  throw ValueError(fmt::format("{0}: {1} must be divisible by groups, but {1}={2} and groups={3} leave a rest of {4}",
                               layer, what, channels, groups, channels % groups));
}

}  // namespace

void check_conv_arguments(const ConvArguments& a) {
  if (a.groups <= 0) throw ValueError(fmt::format("{}: groups must be a positive integer, got {}", a.layer, a.groups));
  check_at_least(a.layer, "in_channels", {&a.in_channels, 1}, 0);
  check_at_least(a.layer, "out_channels", {&a.out_channels, 1}, 0);
  check_divisible(a.layer, "in_channels", a.in_channels, a.groups);
  check_divisible(a.layer, "out_channels", a.out_channels, a.groups);
  check_at_least(a.layer, "kernel_size", a.kernel_size, 1);
  check_at_least(a.layer, "stride", a.stride, 1);
  check_at_least(a.layer, "padding", a.padding, 0);
  check_at_least(a.layer, "dilation", a.dilation, 1);
}

void check_padding_mode(std::string_view layer, std::string_view mode) {
  for (const std::string_view known : {"zeros", "reflect", "replicate", "circular"}) {
    if (mode == known) return;
  }
  throw ValueError(fmt::format(
      "{}: padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular', but got padding_mode='{}'", layer,
      mode));
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
