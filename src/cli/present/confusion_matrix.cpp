#include <lamella/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cli/present/charts.h"
#include "cli/present/svg.h"
#include "cli/present/text.h"
#include "cli/present/theme.h"

namespace lamella::cli {
namespace {

using Counts = std::vector<std::vector<std::int64_t>>;

constexpr double kPad = 24;
constexpr double kNameSize = 13;
constexpr double kLongestName = 170;

struct Layout {
  int classes = 0;
  double cell = 46;
  double left = 0, top = 0;  // of the first cell
  double name_height = 0;    // of the slanted column names
  bool with_counts = true, with_names = true;

  double side() const { return cell * classes; }
};

double strength(double share) { return std::sqrt(std::clamp(share, 0.0, 1.0)); }

std::int64_t row_total(const std::vector<std::int64_t>& row) {
  return std::accumulate(row.begin(), row.end(), std::int64_t{0});
}

Layout lay_out(const std::vector<std::string>& names, const std::string& title) {
  Layout layout;
  layout.classes = static_cast<int>(names.size());
  layout.cell = layout.classes <= 12 ? 46 : std::max(5.0, 552.0 / layout.classes);
  layout.with_counts = layout.cell >= 22;
  layout.with_names = layout.cell >= 12;
  double longest = 0;
  if (layout.with_names) {
    for (const std::string& name : names) longest = std::max(longest, text_width(name, kNameSize));
  }
  longest = std::min(longest, kLongestName);
  layout.name_height = longest * 0.72 + 14;  // slanted by 45 degrees
  layout.left = kPad + std::max(longest, 44.0) + 12;
  layout.top = 20 + heading_height(title, "x") + layout.name_height + 8;
  return layout;
}

void draw_names(Svg& svg, const Layout& layout, const std::vector<std::string>& names) {
  svg.text(layout.left - 12, layout.top - 12, "true \u2193", 12, "lm-soft lm-end");
  svg.text(layout.left - 12, layout.top - 30, "predicted \u2192", 12, "lm-soft lm-end");
  if (!layout.with_names) return;
  const double size = std::min(kNameSize, layout.cell * 0.8);
  for (int i = 0; i < layout.classes; ++i) {
    const std::string name = fit_text(names[i], size, kLongestName);
    const double middle = (i + 0.5) * layout.cell;
    svg.text(layout.left - 10, layout.top + middle, name, size, "lm-ink lm-end");
    const double x = layout.left + middle, y = layout.top - 8;
    svg.xml().leaf("text",
                   {{"x", x},
                    {"y", y},
                    {"font-size", size},
                    {"transform", "rotate(-45 " + coordinate(x) + " " + coordinate(y) + ")"},
                    {"class", "lm-ink"}},
                   name);
  }
}

void draw_cells(Svg& svg, const Layout& layout, const std::vector<std::string>& names, const Counts& counts) {
  svg.rect({layout.left, layout.top, layout.side(), layout.side()}, "lm-panel");
  const double gap = layout.cell >= 12 ? 1 : 0;
  for (int row = 0; row < layout.classes; ++row) {
    const std::int64_t total = row_total(counts[row]);
    for (int column = 0; column < layout.classes; ++column) {
      const std::int64_t count = counts[row][column];
      if (count == 0) continue;
      const double share = static_cast<double>(count) / static_cast<double>(total);
      const int hue = row == column ? 0 : 1;
      const double x = layout.left + column * layout.cell, y = layout.top + row * layout.cell;
      svg.rect_with_tooltip({x + gap, y + gap, layout.cell - 2 * gap, layout.cell - 2 * gap},
                            "lm-heat" + std::to_string(hue), strength(share),
                            with_thousands(count) + " of " + with_thousands(total) + " " + names[row] + " (" +
                                percent(share) + ") taken for " + names[column]);
      if (!layout.with_counts) continue;
      const std::string text = with_thousands(count);
      const double size = std::min(14.0, layout.cell * 0.86 / text_width(text, 1));
      svg.text(x + layout.cell / 2, y + layout.cell / 2, text, size, heat_ink(hue, strength(share)) + " lm-mid");
    }
  }
}

void draw_accuracies(Svg& svg, const Layout& layout, const Counts& counts) {
  if (!layout.with_names) return;
  const double x = layout.left + layout.side() + 62, size = std::min(12.0, layout.cell * 0.8);
  const std::vector<double> shares = class_accuracies(counts);
  for (int row = 0; row < layout.classes; ++row) {
    svg.text(x, layout.top + (row + 0.5) * layout.cell, percent(shares[row]), size, "lm-soft lm-end");
  }
}

// Stepped rather than a gradient, which would need an id that must be unique in a page.
void draw_scale(Svg& svg, double x, double y, int hue, const std::string& name) {
  constexpr int kSteps = 40;
  constexpr double kWidth = 200;
  svg.text(x, y, name, 12, "lm-ink");
  for (int i = 0; i < kSteps; ++i) {
    svg.rect({std::round(x) + i * kWidth / kSteps, y + 11, kWidth / kSteps, 12},
             "lm-crisp lm-heat" + std::to_string(hue), 0, (i + 0.5) / kSteps);
  }
  for (const double share : {0.0, 0.01, 0.1, 0.25, 0.5, 1.0}) {
    const double tick = x + strength(share) * kWidth;
    svg.line(tick, y + 23, tick, y + 28, "lm-axis");
    svg.text(tick, y + 37, coordinate(share * 100), 11, "lm-soft lm-mid");
  }
}

void check(const std::vector<std::string>& names, const Counts& counts) {
  const std::size_t classes = names.size();
  if (classes > 200) {
    throw ValueError("confusion matrix: " + std::to_string(classes) + " classes cannot be drawn, at most 200");
  }
  bool fits = counts.size() == classes;
  for (const auto& row : counts) fits = fits && row.size() == classes;
  if (!fits) {
    throw ValueError("confusion matrix: the counts are not " + std::to_string(classes) + " x " +
                     std::to_string(classes) + ", one row and one column for each of the class names");
  }
  for (const auto& row : counts) {
    if (std::any_of(row.begin(), row.end(), [](std::int64_t count) { return count < 0; })) {
      throw ValueError("confusion matrix: a count is negative");
    }
  }
}

std::string described(const Counts& counts) {
  std::int64_t right = 0, all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) right += counts[i][i], all += row_total(counts[i]);
  return with_thousands(right) + " of " + with_thousands(all) +
         " pictures are on the diagonal: predicted as what they are. Rows are true classes, columns predictions.";
}

}  // namespace

std::vector<double> class_accuracies(const Counts& counts) {
  std::vector<double> shares;
  for (std::size_t row = 0; row < counts.size(); ++row) {
    const std::int64_t total = row_total(counts[row]);
    shares.push_back(total > 0 ? static_cast<double>(counts[row].at(row)) / static_cast<double>(total)
                               : std::numeric_limits<double>::quiet_NaN());
  }
  return shares;
}

std::string confusion_matrix(const std::vector<std::string>& names, const Counts& counts, const std::string& title) {
  check(names, counts);
  const Layout layout = lay_out(names, title);
  const std::string subtitle = "pictures of each true class by what they were taken for; right: share that is correct";
  // The last slanted name leans out of the grid as far as it rises.
  const double right = std::max(86.0, layout.name_height + 12);
  const double width = std::max(layout.left + layout.side() + right, 560.0);
  Svg svg(width, layout.top + layout.side() + 82, title, described(counts));
  draw_heading(svg, kPad, 20, title, subtitle);
  draw_names(svg, layout, names);
  draw_cells(svg, layout, names, counts);
  draw_accuracies(svg, layout, counts);
  const double y = layout.top + layout.side() + 24, half = std::max(layout.left, 40.0);
  draw_scale(svg, half, y, 0, "correct, % of the true class");
  draw_scale(svg, half + 240, y, 1, "mistaken, % of the true class");
  return svg.finish();
}

}  // namespace lamella::cli
