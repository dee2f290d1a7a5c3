#include <lamella/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "cli/present/charts.h"
#include "cli/present/svg.h"
#include "cli/present/text.h"
#include "cli/present/theme.h"

namespace lamella::cli {
namespace {

constexpr double kPad = 24;
constexpr double kTickSize = 12, kLabelSize = 13, kLegendSize = 13;
constexpr std::array<std::string_view, 3> kDashes{"", "7 5", "2 5"};
constexpr std::size_t kMostMarkers = 40;  // more would hide the line

struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double v) { low = std::min(low, v), high = std::max(high, v); }
  bool empty() const { return low > high; }
};

bool drawable(const LineChart& chart, double x, double y) {
  return std::isfinite(x) && std::isfinite(y) && (!chart.logarithmic_y || y > 0);
}

template <class Visit>
void each_point(const LineChart& chart, const Visit& visit) {
  for (const Series& series : chart.series) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (drawable(chart, series.x[i], series.y[i])) visit(series.x[i], series.y[i]);
    }
  }
}

Axis vertical_axis(const LineChart& chart, Extent y) {
  if (chart.logarithmic_y) return log_axis(y.low, y.high, chart.y_style);
  // A scale that nearly reaches zero should show it.
  if (y.low > 0 && y.low < 0.4 * y.high) y.low = 0;
  Axis axis = linear_axis(y.low, y.high, 6, chart.y_style);
  if (chart.y_style == NumberStyle::kPercent && y.high <= 1 && axis.high > 1) {
    axis = tight_axis(axis.low, 1, 6, chart.y_style);
  }
  return axis;
}

Axis horizontal_axis(const LineChart& chart, const Extent& x) {
  Axis axis = tight_axis(x.low, x.high, 10, chart.x_style);
  if (x.low == x.high && chart.x_style == NumberStyle::kInteger) {  // one epoch: only its own number
    axis.ticks = {x.low};
    axis.labels = {with_thousands(std::llround(x.low))};
  }
  return axis;
}

std::string value_text(double value, NumberStyle style) {
  return style == NumberStyle::kPercent ? percent(value) : short_number(value, 4);
}

std::string described(const LineChart& chart) {
  if (!chart.description.empty()) return chart.description;
  std::string text = "Line chart of " + chart.y_label + " by " + chart.x_label + ".";
  for (const Series& series : chart.series) {
    if (series.y.empty()) continue;
    text += " " + series.name + ": from " + value_text(series.y.front(), chart.y_style) + " to " +
            value_text(series.y.back(), chart.y_style) + ".";
  }
  return text;
}

struct Plot {
  Svg& svg;
  const LineChart& chart;
  Box box;
  Axis x_axis, y_axis;

  double x(double value) const { return box.x + x_axis.position(value) * box.width; }
  double y(double value) const { return box.y + (1 - y_axis.position(value)) * box.height; }
};

void draw_marker(Svg& svg, double x, double y, int series) {
  const std::string classes = "lm-f" + std::to_string(series % kSeriesColors);
  if (series % 2 == 0) {
    svg.circle(x, y, 3.5, classes);
  } else {
    svg.rect({x - 3.2, y - 3.2, 6.4, 6.4}, classes);
  }
}

void draw_axes(const Plot& plot) {
  Svg& svg = plot.svg;
  for (std::size_t i = 0; i < plot.y_axis.ticks.size(); ++i) {
    const double y = plot.y(plot.y_axis.ticks[i]);
    svg.line(plot.box.x, y, plot.box.x + plot.box.width, y, "lm-rule");
    svg.text(plot.box.x - 8, y, plot.y_axis.labels[i], kTickSize, "lm-soft lm-end");
  }
  const double bottom = plot.box.y + plot.box.height;
  svg.line(plot.box.x, bottom, plot.box.x + plot.box.width, bottom, "lm-axis");
  for (std::size_t i = 0; i < plot.x_axis.ticks.size(); ++i) {
    const double x = plot.x(plot.x_axis.ticks[i]);
    svg.line(x, bottom, x, bottom + 5, "lm-axis");
    svg.text(x, bottom + 17, plot.x_axis.labels[i], kTickSize, "lm-soft lm-mid");
  }
  svg.text(plot.box.x + plot.box.width / 2, bottom + 40, plot.chart.x_label, kLabelSize, "lm-ink lm-mid");
}

void draw_series(const Plot& plot, int index) {
  const Series& series = plot.chart.series[index];
  std::string path;
  bool pen_down = false;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    const bool visible = drawable(plot.chart, series.x[i], series.y[i]);
    if (visible) {
      path += (pen_down ? "L" : "M") + coordinate(plot.x(series.x[i])) + " " + coordinate(plot.y(series.y[i]));
    }
    pen_down = visible;
  }
  const std::string classes = "lm-line lm-s" + std::to_string(index % kSeriesColors);
  if (!path.empty()) plot.svg.path(path, classes, kDashes[index % kDashes.size()]);
  if (series.x.size() > kMostMarkers) return;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!drawable(plot.chart, series.x[i], series.y[i])) continue;
    plot.svg.xml().open("g");
    plot.svg.xml().leaf("title", {},
                        series.name + ", " + plot.chart.x_label + " " + value_text(series.x[i], plot.chart.x_style) +
                            ": " + value_text(series.y[i], plot.chart.y_style));
    draw_marker(plot.svg, plot.x(series.x[i]), plot.y(series.y[i]), index);
    plot.svg.xml().close();
  }
}

struct LegendEntry {
  double x = 0, row = 0;
};

// Entries from left to right, in as many rows as they need.
std::vector<LegendEntry> lay_out_legend(const LineChart& chart) {
  std::vector<LegendEntry> entries;
  double x = kPad;
  int row = 0;
  for (const Series& series : chart.series) {
    const double width = 36 + text_width(series.name, kLegendSize) + 20;
    if (x > kPad && x + width > chart.width) x = kPad, ++row;
    entries.push_back({x, static_cast<double>(row)});
    x += width;
  }
  return entries;
}

void draw_legend(Svg& svg, const LineChart& chart, const std::vector<LegendEntry>& entries, double top) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const double x = entries[i].x, y = top + entries[i].row * 22 + 8;
    const int index = static_cast<int>(i);
    svg.line(x, y, x + 28, y, "lm-line lm-s" + std::to_string(index % kSeriesColors), kDashes[index % kDashes.size()]);
    draw_marker(svg, x + 14, y, index);
    svg.text(x + 36, y, fit_text(chart.series[i].name, kLegendSize, chart.width - x - 36 - kPad), kLegendSize);
  }
}

void check_series(const LineChart& chart) {
  for (const Series& series : chart.series) {
    if (series.x.size() != series.y.size()) {
      throw ValueError("line chart: series \"" + series.name + "\" has " + std::to_string(series.x.size()) + " x but " +
                       std::to_string(series.y.size()) + " y");
    }
  }
}

}  // namespace

std::string line_chart(const LineChart& chart) {
  check_series(chart);
  Extent x, y;
  each_point(chart, [&](double px, double py) { x.add(px), y.add(py); });
  Svg svg(chart.width, chart.height, chart.title, described(chart));
  double top = draw_heading(svg, kPad, 20, chart.title);
  const std::vector<LegendEntry> entries = lay_out_legend(chart);
  draw_legend(svg, chart, entries, top);
  if (!entries.empty()) top += (entries.back().row + 1) * 22 + 8;
  svg.text(kPad, top + 8, chart.y_label, kLabelSize, "lm-ink");
  top += 30;

  const bool empty = x.empty();
  if (empty) x.add(0), x.add(1), y.add(0), y.add(1);
  Plot plot{svg, chart, {}, horizontal_axis(chart, x), vertical_axis(chart, y)};
  double left = kPad + 8;
  for (const std::string& label : plot.y_axis.labels) left = std::max(left, kPad + 10 + text_width(label, kTickSize));
  plot.box = {left, top, std::max(10.0, chart.width - kPad - left), std::max(10.0, chart.height - 58 - top)};
  if (empty) {
    svg.rect(plot.box, "lm-panel", 6);
    svg.text(plot.box.x + plot.box.width / 2, plot.box.y + plot.box.height / 2, "no data", 15, "lm-soft lm-mid");
    return svg.finish();
  }
  draw_axes(plot);
  for (std::size_t i = 0; i < chart.series.size(); ++i) draw_series(plot, static_cast<int>(i));
  return svg.finish();
}

}  // namespace lamella::cli
