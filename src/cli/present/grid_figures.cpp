// The figures made of grids of numbers: grids in a row, pooling, upsampling, ReLU.
#include <lamella/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "cli/present/figure_parts.h"
#include "cli/present/figures.h"
#include "cli/present/text.h"
#include "cli/present/theme.h"

namespace lamella::cli {
namespace {

constexpr double kSignWidth = 64;
constexpr std::array<std::string_view, 6> kPlaces{"lm-blue", "lm-red", "lm-green", "lm-violet", "lm-window", "lm-map"};

struct Placed {
  double x = 0, y = 0, cell = 0;
};

// A grid with its name above; what a cell looks like is the figure's business.
struct Panel {
  std::string name;
  int rows = 0, columns = 0;
  std::string sign_after;
  std::function<Cell(int, int)> cell_at;
  std::function<double(int, int)> shade_at = nullptr;  // instead of cell_at: how dark a cell without a number is
};

double panel_width(const Panel& panel, double cell) {
  return std::max(panel.columns * cell, text_width(panel.name, 13));
}

void draw_sign(Svg& svg, double x, double y, const std::string& sign) {
  if (sign == "→") {
    svg.arrow(x + 14, y, x + kSignWidth - 14, y);
  } else {
    svg.text(x + kSignWidth / 2, y, sign, 24, "lm-soft lm-mid");
  }
}

struct PanelsLayout {
  std::vector<Placed> places;
  double width = 0, height = 0;
};

PanelsLayout lay_out(const std::vector<Panel>& panels, int per_row, double top) {
  const int columns = per_row > 0 ? per_row : static_cast<int>(panels.size());
  PanelsLayout layout;
  double y = top;
  for (std::size_t first = 0; first < panels.size(); first += columns) {
    double x = kFigurePad, height = 0;
    for (std::size_t i = first; i < std::min(panels.size(), first + columns); ++i) {
      const double cell = cell_side(panels[i].rows, panels[i].columns, 340);
      layout.places.push_back({x, y + kGridNameHeight, cell});
      const bool last = i + 1 == std::min(panels.size(), first + columns);
      x += panel_width(panels[i], cell) + (last ? 0 : panels[i].sign_after.empty() ? 28 : kSignWidth);
      height = std::max(height, panels[i].rows * cell);
    }
    for (std::size_t i = first; i < layout.places.size(); ++i) {
      layout.places[i].y += (height - panels[i].rows * layout.places[i].cell) / 2;
    }
    layout.width = std::max(layout.width, x + kFigurePad);
    y += kGridNameHeight + height + 20;
  }
  layout.height = y;
  return layout;
}

struct Words {
  std::string title, subtitle, caption, description;
};

std::string draw_panels(const Words& words, const std::vector<Panel>& panels, int per_row = 0) {
  const double top = 20 + heading_height(words.title, words.subtitle);
  const PanelsLayout layout = lay_out(panels, per_row, top);
  const double text =
      std::max({text_width(words.title, 18) * 1.06, text_width(words.subtitle, 13), text_width(words.caption, 14)});
  Svg svg(std::max(layout.width, text + 2 * kFigurePad), layout.height + (words.caption.empty() ? 4 : 34), words.title,
          words.description);
  draw_heading(svg, kFigurePad, 20, words.title, words.subtitle);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const Panel& panel = panels[i];
    const Placed& at = layout.places[i];
    svg.text(at.x, at.y - 13, panel.name, 13, "lm-soft");
    svg.rect({at.x, at.y, panel.columns * at.cell, panel.rows * at.cell}, "lm-cell");
    if (panel.shade_at) {
      draw_shades(svg, at.x, at.y, panel.rows, panel.columns, at.cell, "lm-heat0 lm-crisp", panel.shade_at);
    } else {
      draw_grid(svg, at.x, at.y, panel.rows, panel.columns, at.cell, panel.cell_at);
    }
    const bool followed = i + 1 < panels.size() && layout.places[i + 1].x > at.x;
    if (followed && !panel.sign_after.empty()) {
      draw_sign(svg, at.x + panel_width(panel, at.cell), at.y + panel.rows * at.cell / 2, panel.sign_after);
    }
  }
  if (!words.caption.empty()) svg.text(kFigurePad, layout.height + 6, words.caption, 14);
  return svg.finish();
}

// Darkest where the value is greatest.
double shade(double value, const ValueRange& range) {
  return std::isfinite(value) && range.max > range.min ? (value - range.min) / (range.max - range.min) : 0.0;
}

Panel panel_of(const NamedGrid& named) {
  const NumberGrid& grid = named.grid;
  const std::string_view color = color_class(named.color);
  if (named.numbers) {
    return {named.name, grid.rows, grid.columns, named.sign_after,
            [&grid, color](int row, int column) { return Cell{color, short_number(grid(row, column))}; }};
  }
  const ValueRange range = value_range({grid});
  return {named.name,       grid.rows, grid.columns,
          named.sign_after, nullptr,   [&grid, range](int row, int column) { return shade(grid(row, column), range); }};
}

void check_window(const PoolingFigure& figure) {
  check_cells("pooling figure", figure.input.rows, figure.input.columns);
  const auto [r, s] = figure.window;
  if (r < 1 || s < 1 || figure.stride[0] < 1 || figure.stride[1] < 1 || r > figure.input.rows ||
      s > figure.input.columns) {
    throw ValueError("pooling figure: a window " + size_text(r, s) + " with stride " +
                     size_text(figure.stride[0], figure.stride[1]) + " does not fit the input " +
                     size_text(figure.input.rows, figure.input.columns));
  }
}

double pooled(const PoolingFigure& figure, int row, int column) {
  double sum = 0, largest = -INFINITY;
  for (int r = 0; r < figure.window[0]; ++r) {
    for (int s = 0; s < figure.window[1]; ++s) {
      const double v = figure.input(row * figure.stride[0] + r, column * figure.stride[1] + s);
      sum += v;
      largest = std::isnan(v) || v > largest ? v : largest;
    }
  }
  return figure.pooling == Pooling::kMax ? largest : sum / (figure.window[0] * figure.window[1]);
}

}  // namespace

std::string grids_figure(const GridsFigure& figure) {
  std::vector<NumberGrid> grids;
  std::vector<Panel> panels;
  std::string described = figure.description;
  for (const NamedGrid& named : figure.grids) {
    grids.push_back(named.grid);
    panels.push_back(panel_of(named));
    if (figure.description.empty()) {
      described += (described.empty() ? "" : ", ") + named.name + " " + size_text(named.grid.rows, named.grid.columns);
    }
  }
  check_cells("figure of grids", grids);
  return draw_panels({figure.title, figure.subtitle, figure.caption, described}, panels, figure.per_row);
}

std::string pooling_figure(const PoolingFigure& figure) {
  check_window(figure);
  const int rows = (figure.input.rows - figure.window[0]) / figure.stride[0] + 1;
  const int columns = (figure.input.columns - figure.window[1]) / figure.stride[1] + 1;
  const auto place_class = [&](int row, int column) {
    // Neighbours differ in both directions.
    return kPlaces[(row * (columns == 2 ? 2 : 5) + column) % kPlaces.size()];
  };
  const auto input_cell = [&](int y, int x) {
    const int row = std::min(y / figure.stride[0], rows - 1), column = std::min(x / figure.stride[1], columns - 1);
    const bool inside =
        y - row * figure.stride[0] < figure.window[0] && x - column * figure.stride[1] < figure.window[1];
    const bool chosen = inside && figure.pooling == Pooling::kMax && figure.input(y, x) == pooled(figure, row, column);
    return Cell{inside ? place_class(row, column) : "lm-cell", short_number(figure.input(y, x)),
                chosen                            ? "lm-ink lm-bold"
                : figure.pooling == Pooling::kMax ? "lm-soft"
                                                  : "lm-ink"};
  };
  const auto output_cell = [&](int row, int column) {
    return Cell{place_class(row, column), short_number(pooled(figure, row, column)), "lm-ink lm-bold"};
  };
  const std::string kind = figure.pooling == Pooling::kMax ? "maximum" : "mean";
  const std::vector<Panel> panels{{"input " + size_text(figure.input.rows, figure.input.columns), figure.input.rows,
                                   figure.input.columns, "→", input_cell},
                                  {kind + " " + size_text(rows, columns), rows, columns, "", output_cell}};
  return draw_panels(
      {figure.title, figure.subtitle, "",
       "A " + size_text(figure.window[0], figure.window[1]) + " window moves by " +
           size_text(figure.stride[0], figure.stride[1]) + " and keeps the " + kind + " of the numbers under it."},
      panels);
}

std::string upsampling_figure(const UpsamplingFigure& figure) {
  const int fy = figure.factor[0], fx = figure.factor[1];
  if (fy < 1 || fx < 1 || fy > 4096 || fx > 4096) {
    throw ValueError("upsampling figure: the factor is " + size_text(fy, fx) + ", expected 1 to 4096");
  }
  check_cells("upsampling figure", figure.input.rows, figure.input.columns);
  check_cells("upsampling figure", std::int64_t{figure.input.rows} * fy, std::int64_t{figure.input.columns} * fx);
  const auto color = [&](int row, int column) {
    return kPlaces[(row * (figure.input.columns == 2 ? 2 : 5) + column) % kPlaces.size()];
  };
  const int rows = figure.input.rows * fy, columns = figure.input.columns * fx;
  const std::vector<Panel> panels{
      {"input " + size_text(figure.input.rows, figure.input.columns), figure.input.rows, figure.input.columns, "→",
       [&](int row, int column) { return Cell{color(row, column), short_number(figure.input(row, column))}; }},
      {"nearest ×" + (fy == fx ? std::to_string(fy) : size_text(fy, fx)) + ": " + size_text(rows, columns), rows,
       columns, "", [&](int row, int column) {
         return Cell{color(row / fy, column / fx), short_number(figure.input(row / fy, column / fx))};
       }}};
  return draw_panels({figure.title, figure.subtitle, "",
                      "Each cell of the input becomes a block of " + size_text(fy, fx) + " equal cells."},
                     panels);
}

std::string relu_figure(const ReluFigure& figure) {
  check_cells("ReLU figure", figure.before.rows, figure.before.columns);
  const NumberGrid& before = figure.before;
  const auto name = [](const char* word, const std::string& note) {
    return word + (note.empty() ? std::string() : "  ·  " + note);
  };
  const std::vector<Panel> panels{
      {name("before", figure.note_before), before.rows, before.columns, "→",
       [&](int row, int column) {
         const double v = before(row, column);
         return Cell{v < 0 ? "lm-red" : "lm-cell", short_number(v)};
       }},
      {name("after max(x, 0)", figure.note_after), before.rows, before.columns, "", [&](int row, int column) {
         const double v = before(row, column);
         return Cell{v < 0 ? "lm-grey" : "lm-cell", short_number(v < 0 ? 0 : v), v < 0 ? "lm-soft" : "lm-ink"};
       }}};
  return draw_panels({figure.title, figure.subtitle, "",
                      "Negative numbers become zero, all others stay; the shape stays " +
                          size_text(before.rows, before.columns) + "."},
                     panels);
}

}  // namespace lamella::cli
