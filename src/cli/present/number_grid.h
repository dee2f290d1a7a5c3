// A small matrix of numbers to be drawn: rows x columns, row by row.
#pragma once

#include <initializer_list>
#include <vector>

namespace lamella::cli {

struct NumberGrid {
  NumberGrid() = default;
  /// rows x columns zeros. Raises ValueError if an extent is negative or the grid has more than 2^26 cells.
  NumberGrid(int rows, int columns);
  /// Raises ValueError if `values` does not hold rows x columns numbers.
  NumberGrid(int rows, int columns, std::vector<double> values);
  /// {{1, 2}, {3, 4}}. Raises ValueError if the rows differ in length.
  NumberGrid(std::initializer_list<std::initializer_list<double>> rows_of_values);

  double& operator()(int row, int column) { return values[static_cast<std::size_t>(row) * columns + column]; }
  double operator()(int row, int column) const { return values[static_cast<std::size_t>(row) * columns + column]; }
  bool empty() const { return values.empty(); }

  int rows = 0, columns = 0;
  std::vector<double> values;
};

/// The least and the greatest finite value; {0, 0} if there is none.
struct ValueRange {
  double min = 0, max = 0;
};
ValueRange value_range(const std::vector<NumberGrid>& grids);

}  // namespace lamella::cli
