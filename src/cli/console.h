// Standard output, as the commands use it.
#pragma once

#include <string_view>

#include "cli/present/terminal.h"

namespace lamella::cli {

/// Writes `text` to standard output at once. Raises FileError if that fails: a full disk must not pass for success.
void print(std::string_view text);

/// Writes one line "lamella: <message>" to standard error, without line breaks and control characters.
void print_error(std::string_view message);

bool output_is_terminal();
/// The colours that standard output shows, by what it is and what the environment says (NO_COLOR, COLORTERM, TERM).
ColorMode output_colors();
/// Columns of standard output; 80 where there is no telling.
int output_width();

}  // namespace lamella::cli
