#include "cli/present/figure_parts.h"

#include <lamella/error.h>

#include <algorithm>
#include <array>

namespace lamella::cli {
namespace {

// Class names; a colour's own name starts after "lm-".
constexpr std::array<std::string_view, 9> kColors{"lm-cell",  "lm-kernel", "lm-map",    "lm-window", "lm-red",
                                                  "lm-green", "lm-blue",   "lm-violet", "lm-grey"};
constexpr std::int64_t kMostCells = 4096;

}  // namespace

std::string_view color_class(std::string_view color) {
  const auto found =
      std::find_if(kColors.begin(), kColors.end(), [color](auto name) { return name.substr(3) == color; });
  if (found != kColors.end()) return *found;
  throw ValueError("figure: no colour \"" + std::string(color) +
                   "\"; there are cell, kernel, map, window, red, green, blue, violet and grey");
}

void check_cells(std::string_view figure, std::int64_t rows, std::int64_t columns) {
  if (rows < 1 || columns < 1) throw ValueError(std::string(figure) + ": a grid is empty; give it at least one cell");
  if (rows > kMostCells || columns > kMostCells || rows * columns > kMostCells) {
    throw ValueError(std::string(figure) + ": " + std::to_string(rows) + " x " + std::to_string(columns) +
                     " cells are too many to be read, at most 4,096; take a part of it");
  }
}

void check_cells(std::string_view figure, const std::vector<NumberGrid>& grids) {
  std::int64_t cells = 0;
  for (const NumberGrid& grid : grids) {
    check_cells(figure, grid.rows, grid.columns);
    cells += grid.values.size();
  }
  if (cells < 1 || cells > kMostCells) {
    throw ValueError(std::string(figure) + ": " + std::to_string(cells) + " cells in all, expected 1 to 4,096");
  }
}

double cell_side(int rows, int columns, double width) {
  return std::clamp(width / std::max(rows, columns), 14.0, 48.0);
}

std::string size_text(int rows, int columns) { return std::to_string(rows) + "×" + std::to_string(columns); }

}  // namespace lamella::cli
