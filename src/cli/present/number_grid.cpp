#include "cli/present/number_grid.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <lamella/error.h>

namespace lamella::cli {
namespace {

std::size_t checked_cells(int rows, int columns) {
  const std::int64_t cells = static_cast<std::int64_t>(rows) * columns;
  if (rows < 0 || columns < 0 || cells > (std::int64_t{1} << 26)) {
    throw ValueError("grid to be drawn: " + std::to_string(rows) + " x " + std::to_string(columns) +
                     " cells, expected at least 0 each and at most 67,108,864 in all");
  }
  return static_cast<std::size_t>(cells);
}

}  // namespace

NumberGrid::NumberGrid(int row_count, int column_count)
    : rows(row_count), columns(column_count), values(checked_cells(row_count, column_count)) {}

NumberGrid::NumberGrid(int row_count, int column_count, std::vector<double> numbers)
    : rows(row_count), columns(column_count), values(std::move(numbers)) {
  if (values.size() != checked_cells(rows, columns)) {
    throw ValueError("grid to be drawn: " + std::to_string(values.size()) + " values do not fill " +
                     std::to_string(rows) + " x " + std::to_string(columns) + " cells");
  }
}

NumberGrid::NumberGrid(std::initializer_list<std::initializer_list<double>> rows_of_values)
    : rows(static_cast<int>(rows_of_values.size())),
      columns(rows_of_values.size() ? static_cast<int>(rows_of_values.begin()->size()) : 0) {
  for (const auto& row : rows_of_values) {
    if (static_cast<int>(row.size()) != columns) {
      throw ValueError("grid to be drawn: its rows differ in length (" + std::to_string(columns) + " and " +
                       std::to_string(row.size()) + ")");
    }
    values.insert(values.end(), row.begin(), row.end());
  }
}

ValueRange value_range(const std::vector<NumberGrid>& grids) {
  ValueRange range;
  bool any = false;
  for (const NumberGrid& grid : grids) {
    for (const double v : grid.values) {
      if (!std::isfinite(v)) continue;
      range.min = any ? std::min(range.min, v) : v;
      range.max = any ? std::max(range.max, v) : v;
      any = true;
    }
  }
  return range;
}

}  // namespace lamella::cli
