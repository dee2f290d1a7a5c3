#include "kernels/pool/pool_taps.h"

#include <algorithm>

namespace lamella::kernels {
namespace {

/// What one step on `axis` adds to an id.
std::int64_t id_step(const std::array<std::int64_t, 3>& extents, int axis) {
  std::int64_t step = 1;
  for (int inner = axis + 1; inner < 3; ++inner) step *= extents[static_cast<std::size_t>(inner)];
  return step;
}

template <typename Taps>
PoolAxis axis_of(std::int64_t size, Taps append_taps) {
  PoolAxis axis;
  axis.start.reserve(static_cast<std::size_t>(size) + 1);
  axis.start.push_back(0);
  for (std::int64_t o = 0; o < size; ++o) {
    append_taps(o, axis.taps);
    axis.start.push_back(static_cast<std::int64_t>(axis.taps.size()));
  }
  return axis;
}

}  // namespace

PoolWindows pool_windows(const PoolShape& shape, PoolIds ids, bool count_padding) {
  PoolWindows windows;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int64_t input = shape.input[a], kernel = shape.kernel[a], dilation = shape.dilation[a];
    const std::int64_t step = id_step(ids == PoolIds::kTap ? shape.kernel : shape.input, static_cast<int>(a));
    windows.axis[a] = axis_of(shape.output[a], [&](std::int64_t o, std::vector<PoolTap>& taps) {
      const std::int64_t begin = o * shape.stride[a] - shape.padding[a];
      const std::int64_t padded_end = std::min(begin + kernel, input + shape.padding[a]);
      const std::int64_t clipped = std::min(padded_end, input) - std::max<std::int64_t>(begin, 0);
      const std::int64_t count = count_padding ? padded_end - begin : clipped;
      for (std::int64_t t = 0; t < kernel; ++t) {
        const std::int64_t i = begin + t * dilation;
        if (i >= 0 && i < input) taps.push_back({i, (ids == PoolIds::kTap ? t : i) * step, count});
      }
    });
  }
  return windows;
}

PoolWindows adaptive_windows(const PoolShape& shape) {
  PoolWindows windows;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int64_t input = shape.input[a], output = shape.output[a];
    const std::int64_t step = id_step(shape.input, static_cast<int>(a));
    windows.axis[a] = axis_of(output, [&](std::int64_t o, std::vector<PoolTap>& taps) {
      // torch's start_index, written so that o * input cannot overflow.
      const std::int64_t begin = o / output * input + o % output * input / output;
      const std::int64_t end = 1 + ((o + 1) * input - 1) / output;
      for (std::int64_t i = begin; i < end; ++i) taps.push_back({i, i * step, end - begin});
    });
  }
  return windows;
}

PoolWindows inverted(const PoolWindows& windows, const std::array<std::int64_t, 3>& input) {
  PoolWindows inverse;
  for (std::size_t a = 0; a < 3; ++a) {
    const PoolAxis& forward = windows.axis[a];
    PoolAxis& axis = inverse.axis[a];
    axis.start.assign(static_cast<std::size_t>(input[a]) + 1, 0);
    for (const PoolTap& tap : forward.taps) ++axis.start[static_cast<std::size_t>(tap.position) + 1];
    for (std::size_t i = 1; i < axis.start.size(); ++i) axis.start[i] += axis.start[i - 1];
    axis.taps.resize(forward.taps.size());
    std::vector<std::int64_t> next(axis.start.begin(), axis.start.end() - 1);
    for (std::size_t o = 0; o + 1 < forward.start.size(); ++o) {
      for (const PoolTap& tap : forward.of(static_cast<std::int64_t>(o))) {
        const auto slot = static_cast<std::size_t>(next[static_cast<std::size_t>(tap.position)]++);
        axis.taps[slot] = {static_cast<std::int64_t>(o), tap.id, tap.count};
      }
    }
  }
  return inverse;
}

}  // namespace lamella::kernels
