#include "cli/kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

struct KernelRow {
  std::string_view name;
  double scale;
  double weights[9];
};

// The 3x3 kernels of every course on image processing; `scale` multiplies all weights.
constexpr KernelRow kKernels[] = {
    {"edge", 1, {-1, -1, -1, -1, 8, -1, -1, -1, -1}},  // the Laplacian with diagonals
    {"sobel-x", 1, {-1, 0, 1, -2, 0, 2, -1, 0, 1}},   {"sobel-y", 1, {-1, -2, -1, 0, 0, 0, 1, 2, 1}},
    {"blur", 1.0 / 9, {1, 1, 1, 1, 1, 1, 1, 1, 1}},   {"gaussian", 1.0 / 16, {1, 2, 1, 2, 4, 2, 1, 2, 1}},
    {"sharpen", 1, {0, -1, 0, -1, 5, -1, 0, -1, 0}},  {"emboss", 1, {-2, -1, 0, -1, 1, 1, 0, 1, 2}},
    {"identity", 1, {0, 0, 0, 0, 1, 0, 0, 0, 0}},
};

constexpr std::size_t kLargestSide = 1024;

}  // namespace

std::string kernel_names() {
  std::string names;
  for (const KernelRow& row : kKernels) names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  return names;
}

NumberGrid parse_matrix(std::string_view text, std::string_view what) {
  const auto fail = [&](std::string_view reason) {
    throw UsageError(fmt::format("{}: {} in \"{}\"; give rows of numbers, as in [[0,-1,0],[-1,5,-1],[0,-1,0]]", what,
                                 reason, printable(text.substr(0, 60))));
  };
  const nlohmann::json rows = nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (rows.is_discarded()) fail("malformed JSON");
  if (!rows.is_array() || rows.empty() || !rows[0].is_array() || rows[0].empty()) fail("no matrix");
  const std::size_t columns = rows[0].size();
  if (rows.size() > kLargestSide || columns > kLargestSide) fail("more than 1024 rows or columns");
  NumberGrid grid(static_cast<int>(rows.size()), static_cast<int>(columns));
  std::size_t next = 0;
  for (const nlohmann::json& row : rows) {
    if (!row.is_array() || row.size() != columns) fail("rows of different lengths");
    for (const nlohmann::json& value : row) {
      if (!value.is_number() || !std::isfinite(value.get<double>())) fail("something that is no number");
      grid.values[next++] = value.get<double>();
    }
  }
  return grid;
}

NamedKernel parse_kernel(std::string_view text) {
  for (const KernelRow& row : kKernels) {
    if (row.name != text) continue;
    NumberGrid grid(3, 3, std::vector<double>(std::begin(row.weights), std::end(row.weights)));
    for (double& weight : grid.values) weight *= row.scale;
    return {std::string(text), std::move(grid)};
  }
  if (text.find('[') == std::string_view::npos) {
    throw UsageError(
        fmt::format("--kernel: there is no kernel \"{}\"; the names are {}, or give a matrix such as "
                    "[[0,-1,0],[-1,5,-1],[0,-1,0]]",
                    printable(text), kernel_names()));
  }
  return {"custom", parse_matrix(text, "--kernel")};
}

bool is_zero_sum(const NumberGrid& weights) {
  double sum = 0, magnitude = 0;
  for (const double weight : weights.values) sum += weight, magnitude += std::abs(weight);
  return std::abs(sum) <= 1e-9 * magnitude;
}

}  // namespace lamella::cli
