// A canvas that writes SVG 1.1: a title and a description for screen readers, the shared style sheet, a background that
// follows the page's light or dark theme, and no external resource. Coordinates are pixels from the top left.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/present/xml.h"

namespace lamella::cli {

/// A rectangle: left, top, width, height.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

class Svg {
 public:
  /// `style` is added to the shared style sheet. `description` says in words what the picture shows.
  Svg(double width, double height, std::string_view title, std::string_view description, std::string_view style = {});

  void rect(const Box& box, std::string_view classes, double radius = 0, double opacity = 1);
  /// A rectangle that shows `tooltip` under the pointer.
  void rect_with_tooltip(const Box& box, std::string_view classes, double opacity, std::string_view tooltip);
  void line(double x1, double y1, double x2, double y2, std::string_view classes, std::string_view dashes = {});
  void circle(double x, double y, double radius, std::string_view classes);
  void path(std::string_view d, std::string_view classes, std::string_view dashes = {});
  /// `y` is the middle of the text's height; `classes` choose its colour, weight and anchor (lm-mid, lm-end).
  void text(double x, double y, std::string_view content, double font_size, std::string_view classes = "lm-ink");
  /// A straight arrow with an open head at its end.
  void arrow(double x1, double y1, double x2, double y2, std::string_view classes = "lm-arrow");

  Xml& xml() { return xml_; }
  /// The whole document, which ends the canvas.
  std::string finish() { return xml_.take(); }

 private:
  Xml xml_;
};

/// One cell of a drawn grid.
struct Cell {
  std::string_view box = "lm-cell";  // a literal's
  std::string text;
  std::string_view ink = "lm-ink";
  std::string corner;  // small, at the cell's lower right: the weight that multiplies it
  std::string_view corner_ink = "lm-accent";
  double opacity = 1;  // of the box
};

/// rows x columns squares of side `cell` with the left top at (x, y); numbers are set as large as fits.
void draw_grid(Svg& svg, double x, double y, int rows, int columns, double cell,
               const std::function<Cell(int row, int column)>& cell_at);

/// A grid without numbers: cells that differ in opacity alone, from 0 to 1. Cells of one opacity make one path, a row's
/// neighbours one rectangle of it: a fifth of the bytes that a rectangle a cell would take, and nothing looks different
/// as long as `classes` has lm-crisp (smoothed edges of neighbours would show as a seam).
void draw_shades(Svg& svg, double x, double y, int rows, int columns, double cell, std::string_view classes,
                 const std::function<double(int row, int column)>& opacity_at);

/// The font size, at most `preferred`, at which `text` is no wider than `width` (but at least 5).
double fitted_size(std::string_view text, double preferred, double width);

/// Text over a drawing: `title` at the left, large, and `subtitle` below it. Returns the y where the drawing starts.
double draw_heading(Svg& svg, double x, double y, std::string_view title, std::string_view subtitle = {});
/// The height that draw_heading takes.
double heading_height(std::string_view title, std::string_view subtitle = {});

}  // namespace lamella::cli
