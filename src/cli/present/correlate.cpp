#include <lamella/error.h>

#include <cstdint>

#include "cli/present/animation.h"

namespace lamella::cli {
namespace {

std::string size_text(std::int64_t rows, std::int64_t columns) {
  return std::to_string(rows) + "x" + std::to_string(columns);
}

void check(const NumberGrid& input, const NumberGrid& kernel, std::array<int, 2> stride, std::array<int, 2> padding) {
  if (input.empty() || kernel.empty()) {
    throw ValueError("sliding window: the input is " + size_text(input.rows, input.columns) + " and the kernel " +
                     size_text(kernel.rows, kernel.columns) + "; give each at least one cell");
  }
  if (stride[0] < 1 || stride[1] < 1) {
    throw ValueError("sliding window: the stride is " + size_text(stride[0], stride[1]) + ", expected at least 1");
  }
  if (padding[0] < 0 || padding[1] < 0 || padding[0] > 1000 || padding[1] > 1000) {
    throw ValueError("sliding window: the padding is " + size_text(padding[0], padding[1]) + ", expected 0 to 1000");
  }
  const std::int64_t rows = input.rows + 2 * std::int64_t{padding[0]};
  const std::int64_t columns = input.columns + 2 * std::int64_t{padding[1]};
  if (kernel.rows > rows || kernel.columns > columns) {
    throw ValueError("sliding window: the kernel " + size_text(kernel.rows, kernel.columns) +
                     " is larger than the padded input " + size_text(rows, columns) +
                     "; pad more or take a smaller one");
  }
}

}  // namespace

NumberGrid correlate(const NumberGrid& input, const NumberGrid& kernel, std::array<int, 2> stride,
                     std::array<int, 2> padding) {
  check(input, kernel, stride, padding);
  NumberGrid map((input.rows + 2 * padding[0] - kernel.rows) / stride[0] + 1,
                 (input.columns + 2 * padding[1] - kernel.columns) / stride[1] + 1);
  for (int row = 0; row < map.rows; ++row) {
    for (int column = 0; column < map.columns; ++column) {
      double sum = 0;
      for (int r = 0; r < kernel.rows; ++r) {
        for (int s = 0; s < kernel.columns; ++s) {
          const int y = row * stride[0] - padding[0] + r, x = column * stride[1] - padding[1] + s;
          if (y >= 0 && y < input.rows && x >= 0 && x < input.columns) sum += input(y, x) * kernel(r, s);
        }
      }
      map(row, column) = sum;
    }
  }
  return map;
}

}  // namespace lamella::cli
