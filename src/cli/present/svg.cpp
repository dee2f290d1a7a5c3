#include "cli/present/svg.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "cli/present/text.h"
#include "cli/present/theme.h"

namespace lamella::cli {
namespace {

// The middle of digits and capitals stands this far above the baseline in common sans-serif faces.
constexpr double kMiddle = 0.355;

void draw_cell(Svg& svg, const Box& box, const Cell& cell) {
  svg.rect(box, cell.box, 0, cell.opacity);
  const bool corner = !cell.corner.empty();
  if (!cell.text.empty()) {
    const bool bold = cell.ink.find("lm-bold") != std::string_view::npos;
    const double size = fitted_size(cell.text, box.width * 0.38, box.width * (bold ? 0.76 : 0.84));
    svg.text(box.x + box.width / 2, box.y + box.height * (corner ? 0.4 : 0.5), cell.text, size,
             std::string(cell.ink) + " lm-mid");
  }
  if (corner) {
    const double size = fitted_size(cell.corner, box.width * 0.27, box.width * 0.78);
    svg.text(box.x + box.width * 0.95, box.y + box.height * 0.8, cell.corner, size,
             std::string(cell.corner_ink) + " lm-end lm-bold");
  }
}

}  // namespace

Svg::Svg(double width, double height, std::string_view title, std::string_view description, std::string_view style) {
  width = std::ceil(width);
  height = std::ceil(height);
  xml_.open("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
                    {"width", width},
                    {"height", height},
                    {"viewBox", "0 0 " + coordinate(width) + " " + coordinate(height)},
                    {"role", "img"}});
  xml_.leaf("title", {}, title);
  xml_.leaf("desc", {}, description);
  xml_.open("style");
  xml_.raw(svg_style());
  xml_.raw(style);
  xml_.close();
  rect({0, 0, width, height}, "lm-paper", 10);
}

void Svg::rect(const Box& box, std::string_view classes, double radius, double opacity) {
  xml_.empty("rect", {{"x", box.x},
                      {"y", box.y},
                      {"width", box.width},
                      {"height", box.height},
                      {"rx", radius > 0 ? coordinate(radius) : std::string()},
                      {"fill-opacity", opacity < 1 ? coordinate(opacity) : std::string()},
                      {"class", classes}});
}

void Svg::rect_with_tooltip(const Box& box, std::string_view classes, double opacity, std::string_view tooltip) {
  xml_.open("rect", {{"x", box.x},
                     {"y", box.y},
                     {"width", box.width},
                     {"height", box.height},
                     {"fill-opacity", opacity < 1 ? coordinate(opacity) : std::string()},
                     {"class", classes}});
  xml_.leaf("title", {}, tooltip);
  xml_.close();
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view classes, std::string_view dashes) {
  xml_.empty("line",
             {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}, {"class", classes}, {"stroke-dasharray", dashes}});
}

void Svg::circle(double x, double y, double radius, std::string_view classes) {
  xml_.empty("circle", {{"cx", x}, {"cy", y}, {"r", radius}, {"class", classes}});
}

void Svg::path(std::string_view d, std::string_view classes, std::string_view dashes) {
  xml_.empty("path", {{"d", d}, {"class", classes}, {"stroke-dasharray", dashes}});
}

void Svg::text(double x, double y, std::string_view content, double font_size, std::string_view classes) {
  xml_.leaf("text", {{"x", x}, {"y", y + kMiddle * font_size}, {"font-size", font_size}, {"class", classes}}, content);
}

void Svg::arrow(double x1, double y1, double x2, double y2, std::string_view classes) {
  const double length = std::max(1e-9, std::hypot(x2 - x1, y2 - y1));
  const double ux = (x2 - x1) / length, uy = (y2 - y1) / length;
  constexpr double kHead = 6;
  const auto point = [](double x, double y) { return coordinate(x) + " " + coordinate(y); };
  path("M" + point(x1, y1) + "L" + point(x2, y2) + "M" +
           point(x2 - kHead * (ux + uy * 0.7), y2 - kHead * (uy - ux * 0.7)) + "L" + point(x2, y2) + "L" +
           point(x2 - kHead * (ux - uy * 0.7), y2 - kHead * (uy + ux * 0.7)),
       classes);
}

void draw_grid(Svg& svg, double x, double y, int rows, int columns, double cell,
               const std::function<Cell(int, int)>& cell_at) {
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      draw_cell(svg, {x + column * cell, y + row * cell, cell, cell}, cell_at(row, column));
    }
  }
}

void draw_shades(Svg& svg, double x, double y, int rows, int columns, double cell, std::string_view classes,
                 const std::function<double(int, int)>& opacity_at) {
  std::map<std::string, std::string> paths;  // by opacity, as it is written
  for (int row = 0; row < rows; ++row) {
    for (int first = 0, last = 0; first < columns; first = last) {
      const std::string opacity = coordinate(opacity_at(row, first));
      for (last = first + 1; last < columns && coordinate(opacity_at(row, last)) == opacity;) ++last;
      const std::string left = coordinate(x + first * cell), right = coordinate(x + last * cell);
      paths[opacity] += "M" + left + " " + coordinate(y + row * cell) + "H" + right + "V" +
                        coordinate(y + (row + 1) * cell) + "H" + left + "z";
    }
  }
  paths.erase("0");
  for (const auto& [opacity, path] : paths) {
    svg.xml().empty("path", {{"d", path}, {"fill-opacity", opacity == "1" ? "" : opacity}, {"class", classes}});
  }
}

double fitted_size(std::string_view text, double preferred, double width) {
  const double needed = text_width(text, preferred);
  return needed <= width ? preferred : std::max(5.0, preferred * width / needed);
}

double heading_height(std::string_view title, std::string_view subtitle) {
  return (title.empty() ? 0 : 28) + (subtitle.empty() ? 0 : 22) + (title.empty() && subtitle.empty() ? 0 : 12);
}

double draw_heading(Svg& svg, double x, double y, std::string_view title, std::string_view subtitle) {
  if (!title.empty()) svg.text(x, y + 12, title, 18, "lm-ink lm-bold");
  if (!subtitle.empty()) svg.text(x, y + (title.empty() ? 10 : 36), subtitle, 13, "lm-soft");
  return y + heading_height(title, subtitle);
}

}  // namespace lamella::cli
