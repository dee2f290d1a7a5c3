#include "kernels/conv/correlation.h"

#include <algorithm>
#include <numeric>

namespace lamella::kernels {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

CorrelationAxis forward_axis(const ConvShape& s, std::size_t a) {
  return {.positions = s.output[a],
          .out_begin = 0,
          .out_step = 1,
          .in_step = s.stride[a],
          .taps = s.kernel[a],
          .first_offset = -s.padding[a],
          .offset_step = s.dilation[a],
          .first_index = 0,
          .index_step = 1,
          .in_extent = s.input[a],
          .out_extent = s.output[a]};
}

// dx[i] = sum of dy[o] * w[r] over all o * stride - padding + r * dilation = i. With i = phase + j * stride the taps
// that have an integer o are r0 + m * (stride / gcd(stride, dilation)), and o = j + (phase + padding - r * dilation) /
// stride.
CorrelationAxis input_gradient_axis(const ConvShape& s, std::size_t a, std::int64_t phase) {
  const std::int64_t stride = s.stride[a], dilation = s.dilation[a], shift = phase + s.padding[a];
  const std::int64_t divisor = std::gcd(stride, dilation);
  const std::int64_t period = stride / divisor;
  std::int64_t first = 0;
  while (first < period && first < s.kernel[a] && (shift - first * dilation) % stride != 0) ++first;
  const bool reached = first < period && first < s.kernel[a];
  const std::int64_t taps = reached ? (s.kernel[a] - 1 - first) / period + 1 : 0;
  const std::int64_t last = first + (taps - 1) * period;  // the largest kernel index has the smallest offset
  return {.positions = phase < s.input[a] ? (s.input[a] - phase - 1) / stride + 1 : 0,
          .out_begin = phase,
          .out_step = stride,
          .in_step = 1,
          .taps = taps,
          .first_offset = reached ? (shift - last * dilation) / stride : 0,
          .offset_step = dilation / divisor,
          .first_index = reached ? last : 0,
          .index_step = -period,
          .in_extent = s.output[a],
          .out_extent = s.input[a]};
}

bool is_pointwise(const CorrelationAxis& a) {
  return a.taps == 1 && a.first_offset == 0 && a.in_step == 1 && a.out_step == 1 && a.positions == a.in_extent &&
         a.positions == a.out_extent;
}

void fold_pixels(Correlation& c) {
  const std::int64_t pixels = c.batch * c.positions();
  for (CorrelationAxis& a : c.axis) a.positions = a.in_extent = a.out_extent = 1;
  CorrelationAxis& row = c.axis[2];
  row.positions = row.in_extent = row.out_extent = pixels;
  c.batch = pixels > 0 ? 1 : 0;
}

}  // namespace

std::array<std::int64_t, 2> CorrelationAxis::taps_inside(std::int64_t j) const {
  const std::int64_t first = j * in_step + first_offset;
  const std::int64_t begin = first < 0 ? std::min(taps, ceil_div(-first, offset_step)) : 0;
  const std::int64_t end = std::clamp<std::int64_t>(ceil_div(in_extent - first, offset_step), begin, taps);
  return {begin, end};
}

std::int64_t phase_count(const ConvShape& shape, ConvDirection direction) {
  return direction == ConvDirection::kForward ? 1 : shape.stride[0] * shape.stride[1] * shape.stride[2];
}

Correlation correlation_of(const ConvShape& s, ConvDirection direction, std::int64_t phase) {
  const bool forward = direction == ConvDirection::kForward;
  Correlation c{.batch = s.batch,
                .groups = s.groups,
                .in_channels = forward ? s.group_in_channels() : s.group_out_channels(),
                .out_channels = forward ? s.group_out_channels() : s.group_in_channels(),
                .axis = {},
                .weight_out_step = forward ? s.group_in_channels() * s.taps() : s.taps(),
                .weight_in_step = forward ? s.taps() : s.group_in_channels() * s.taps(),
                .weight_group_step = s.group_out_channels() * s.group_in_channels() * s.taps(),
                .kernel = s.kernel};
  for (std::size_t a = 3; a-- > 0;) {
    c.axis[a] = forward ? forward_axis(s, a) : input_gradient_axis(s, a, phase % s.stride[a]);
    phase /= s.stride[a];
  }
  if (is_pointwise(c.axis[0]) && is_pointwise(c.axis[1]) && is_pointwise(c.axis[2])) fold_pixels(c);
  return c;
}

}  // namespace lamella::kernels
