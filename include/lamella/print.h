// How tensors are printed.
#pragma once

#include <cstdint>
#include <optional>

namespace lamella {

/// In torch.set_printoptions' order and with its defaults.
struct PrintOptions {
  int precision = 4;              ///< digits after the point
  std::int64_t threshold = 1000;  ///< more elements than this are summarised
  std::int64_t edge_items = 3;    ///< elements at each end of an axis that is summarised
  std::int64_t line_width = 80;   ///< characters
  std::optional<bool> sci_mode;   ///< scientific notation; by the values where nothing is said
};

/// This process's. Raises ValueError for a negative number or a line of less than one character.
void set_print_options(const PrintOptions& options);
PrintOptions print_options();

}  // namespace lamella
