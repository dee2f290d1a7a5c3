#include "kernels/conv/pack.h"

#include <algorithm>

#include "core/parallel.h"

namespace lamella::kernels {
namespace {

constexpr std::int64_t round_up(std::int64_t value, std::int64_t to) { return (value + to - 1) / to * to; }

// Calls fn(element of a set of panels, element of the weights), both of them of the first of `count` consecutive output
// channels: lanes follow one another in the panel, and stand weight_out_step apart in the weights.
template <typename Fn>
void for_each_row(const Correlation& c, std::int64_t lanes, std::int64_t vectors, std::int64_t group_panel, Fn&& fn) {
  const std::int64_t padded = round_up(c.out_channels, lanes);
  const std::int64_t panels = (padded / lanes + vectors - 1) / vectors;
  const std::int64_t group = group_panel / panels, first = group_panel % panels * vectors * lanes;
  const std::int64_t width = std::min(vectors * lanes, padded - first);
  const std::int64_t count = std::min(width, c.out_channels - first);
  const std::int64_t panel = (group * padded + first) * c.taps() * c.in_channels;
  for_each_tap(c, [&](std::int64_t tap, std::int64_t index) {
    for (std::int64_t channel = 0; channel < c.in_channels; ++channel) {
      fn(panel + (tap * c.in_channels + channel) * width,
         group * c.weight_group_step + first * c.weight_out_step + channel * c.weight_in_step + index, width, count);
    }
  });
}

std::int64_t panel_count(const Correlation& c, std::int64_t lanes, std::int64_t vectors) {
  return c.groups * ((round_up(c.out_channels, lanes) / lanes + vectors - 1) / vectors);
}

}  // namespace

std::int64_t panel_elements(const Correlation& c, std::int64_t lanes) {
  return c.groups * c.taps() * c.in_channels * round_up(c.out_channels, lanes);
}

std::int64_t panel_elements(const ConvShape& shape, ConvDirection direction, std::int64_t lanes) {
  const bool forward = direction != ConvDirection::kInputGradient;
  const std::int64_t in = forward ? shape.group_in_channels() : shape.group_out_channels();
  const std::int64_t out = forward ? shape.group_out_channels() : shape.group_in_channels();
  return shape.groups * shape.taps() * in * round_up(out, lanes);
}

template <typename T>
void pack_panels(const ConvShape& shape, ConvDirection direction, std::int64_t lanes, std::int64_t vectors,
                 const T* weight, T* packed) {
  const std::int64_t phases = phase_count(shape, direction);
  for (std::int64_t phase = 0; phase < phases; ++phase) {
    const Correlation c = correlation_of(shape, direction, phase);
    const std::int64_t panels = panel_count(c, lanes, vectors);
    const std::int64_t tasks = std::min(panels, tasks_for(panel_elements(c, lanes), 1 << 14));
    if (tasks > 0) {
      parallel_for(tasks, [&](std::int64_t task) {
        const TaskRange range = task_range(panels, tasks, task);
        for (std::int64_t panel = range.begin; panel < range.end; ++panel) {
          for_each_row(c, lanes, vectors, panel,
                       [&](std::int64_t at, std::int64_t from, std::int64_t width, std::int64_t count) {
                         const T* source = weight + from;
                         for (std::int64_t k = 0; k < count; ++k) packed[at + k] = source[k * c.weight_out_step];
                         for (std::int64_t k = count; k < width; ++k) packed[at + k] = T{0};
                       });
        }
      });
    }
    packed += panel_elements(c, lanes);
  }
}

template <typename T>
void unpack_panels(const ConvShape& shape, std::int64_t lanes, std::int64_t vectors, const T* panels,
                   std::int64_t parts, T* weight, bool accumulate) {
  const Correlation c = correlation_of(shape, ConvDirection::kForward, 0);
  const std::int64_t part_elements = panel_elements(c, lanes);
  const std::int64_t count_of_panels = panel_count(c, lanes, vectors);
  const std::int64_t tasks = std::min(count_of_panels, tasks_for(part_elements * parts, 1 << 14));
  if (tasks == 0) return;
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange range = task_range(count_of_panels, tasks, task);
    for (std::int64_t panel = range.begin; panel < range.end; ++panel) {
      for_each_row(c, lanes, vectors, panel, [&](std::int64_t at, std::int64_t to, std::int64_t, std::int64_t count) {
        for (std::int64_t k = 0; k < count; ++k) {
          T sum = panels[at + k];
          for (std::int64_t part = 1; part < parts; ++part) sum += panels[part * part_elements + at + k];
          T& out = weight[to + k * c.weight_out_step];
          out = accumulate ? out + sum : sum;
        }
      });
    }
  });
}

template void pack_panels(const ConvShape&, ConvDirection, std::int64_t, std::int64_t, const float*, float*);
template void pack_panels(const ConvShape&, ConvDirection, std::int64_t, std::int64_t, const double*, double*);
template void unpack_panels(const ConvShape&, std::int64_t, std::int64_t, const float*, std::int64_t, float*, bool);
template void unpack_panels(const ConvShape&, std::int64_t, std::int64_t, const double*, std::int64_t, double*, bool);

}  // namespace lamella::kernels
