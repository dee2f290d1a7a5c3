// The kernels that a command line can name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/present/number_grid.h"

namespace lamella::cli {

struct NamedKernel {
  std::string name;  // "edge", or "custom" for a matrix
  NumberGrid weights;
};

/// "edge, sobel-x, …": the names there are.
std::string kernel_names();

/// The kernel of a name, or of a JSON matrix "[[0, -1, 0], …]". Raises UsageError for anything else.
NamedKernel parse_kernel(std::string_view text);

/// A JSON matrix: rows of equally many finite numbers. Raises UsageError, naming `what`.
NumberGrid parse_matrix(std::string_view text, std::string_view what);

/// Whether the weights sum to zero, so that flat areas answer with nothing and answers have a sign.
bool is_zero_sum(const NumberGrid& weights);

}  // namespace lamella::cli
