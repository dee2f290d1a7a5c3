#include <algorithm>
#include <cmath>

#include "cli/present/charts.h"
#include "cli/present/svg.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

constexpr double kPad = 24, kRow = 30, kBar = 18;
constexpr double kNameSize = 13, kTickSize = 12;

std::string end_label(const Bar& bar, NumberStyle style) {
  if (!std::isfinite(bar.value)) return "n/a";
  if (!bar.label.empty()) return bar.label;
  if (style == NumberStyle::kPercent) return percent(bar.value);
  return style == NumberStyle::kInteger ? with_thousands(std::llround(std::clamp(bar.value, -9e18, 9e18)))
                                        : short_number(bar.value, 4);
}

std::string described(const BarChart& chart) {
  if (!chart.description.empty()) return chart.description;
  std::string text = "Bar chart of " + chart.x_label + ".";
  for (const Bar& bar : chart.bars) text += " " + bar.name + ": " + end_label(bar, chart.style) + ".";
  return text;
}

Axis value_axis(const BarChart& chart) {
  double low = 0, high = 0;
  for (const Bar& bar : chart.bars) {
    if (std::isfinite(bar.value)) low = std::min(low, bar.value), high = std::max(high, bar.value);
  }
  if (low == high) high = 1;
  return linear_axis(low, high, 5, chart.style);
}

void draw_bar(Svg& svg, const BarChart& chart, const Bar& bar, const Axis& axis, const Box& plot, double y) {
  const double zero = plot.x + axis.position(0) * plot.width;
  const double end = plot.x + axis.position(bar.value) * plot.width;
  if (std::isfinite(bar.value)) {
    svg.rect({std::min(zero, end), y - kBar / 2, std::max(1.0, std::abs(end - zero)), kBar}, "lm-f0", 2);
  }
  const std::string label = end_label(bar, chart.style);
  const bool negative = bar.value < 0;
  svg.text(std::isfinite(bar.value) ? end + (negative ? -8 : 8) : zero + 8, y, label, kNameSize,
           negative ? "lm-ink lm-end" : "lm-ink");
}

}  // namespace

std::string bar_chart(const BarChart& chart) {
  const double top_of_plot = 20 + heading_height(chart.title);
  const double plot_height = std::max<double>(1, chart.bars.size()) * kRow;
  Svg svg(chart.width, top_of_plot + plot_height + 62, chart.title, described(chart));
  draw_heading(svg, kPad, 20, chart.title);

  const Axis axis = value_axis(chart);
  double names = 0, labels = 40;
  bool any_negative = false;
  for (const Bar& bar : chart.bars) {
    names = std::max(names, text_width(bar.name, kNameSize));
    labels = std::max(labels, text_width(end_label(bar, chart.style), kNameSize));
    any_negative |= bar.value < 0;
  }
  names = std::min(names, chart.width * 0.4);
  labels = std::min(labels + 10, chart.width * 0.25);
  const double left = kPad + names + 12 + (any_negative ? labels : 0);
  const Box plot{left, top_of_plot, std::max(10.0, chart.width - kPad - labels - left), plot_height};

  for (std::size_t i = 0; i < axis.ticks.size(); ++i) {
    const double x = plot.x + axis.position(axis.ticks[i]) * plot.width;
    svg.line(x, plot.y, x, plot.y + plot.height, axis.ticks[i] == 0 ? "lm-axis" : "lm-rule");
    svg.text(x, plot.y + plot.height + 14, axis.labels[i], kTickSize, "lm-soft lm-mid");
  }
  svg.text(plot.x + plot.width / 2, plot.y + plot.height + 38, chart.x_label, kNameSize, "lm-ink lm-mid");
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const double y = plot.y + (i + 0.5) * kRow;
    svg.text(kPad + names, y, fit_text(chart.bars[i].name, kNameSize, names + 1), kNameSize, "lm-ink lm-end");
    draw_bar(svg, chart, chart.bars[i], axis, plot, y);
  }
  return svg.finish();
}

}  // namespace lamella::cli
