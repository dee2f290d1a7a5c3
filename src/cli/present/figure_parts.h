// What the figures share: limits, colours by name, and grids with a name over them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/present/number_grid.h"
#include "cli/present/svg.h"

namespace lamella::cli {

inline constexpr double kFigurePad = 24;
inline constexpr double kGridNameHeight = 24;

/// The class of a colour name. Raises ValueError for a name that is not in the table of figures.h.
std::string_view color_class(std::string_view color);

/// Raises ValueError if there is no cell, or more cells than can be read.
void check_cells(std::string_view figure, const std::vector<NumberGrid>& grids);
void check_cells(std::string_view figure, std::int64_t rows, std::int64_t columns);

/// A side for the cells so that `columns` of them are about `width` wide: 14 to 48 pixels.
double cell_side(int rows, int columns, double width);

std::string size_text(int rows, int columns);

}  // namespace lamella::cli
