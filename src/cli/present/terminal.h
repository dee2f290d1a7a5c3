// What the command shows in a terminal, as text: pictures in half blocks, a bar a class. The caller writes it out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/present/pixels.h"

namespace lamella::cli {

enum class ColorMode { kNone, k256, kTrueColor };

/// No colour for what is not a terminal, for TERM=dumb, and where NO_COLOR is set and not empty (https://no-color.org).
/// 24 bits where COLORTERM says so or the terminal's name tells of it, else 256 colours.
ColorMode color_mode(bool is_terminal, const std::optional<std::string>& no_color,
                     const std::optional<std::string>& colorterm, const std::optional<std::string>& term);

/// `text` in bold or dim or a colour of the terminal's own palette (SGR code), plain without colour.
std::string styled(std::string_view text, int sgr, ColorMode mode);
inline constexpr int kBold = 1, kDim = 2, kRed = 31, kGreen = 32, kYellow = 33, kBlue = 34, kCyan = 36;

/// The picture in half blocks ▀, two rows of pixels a line, shrunk to at most `max_columns`; without colour in a ramp
/// of ASCII characters, two a pixel, for light text on a dark ground. Every line ends with a newline.
std::string terminal_picture(const Pixels& pixels, ColorMode mode, int max_columns = 80);

struct ClassScore {
  std::string name;
  double probability = 0;
};
/// A line a class: name, bar in eighths of a cell, percentage; in the order given, the greatest in bold. `width`
/// columns in all, at least 30.
std::string class_bars(const std::vector<ClassScore>& scores, ColorMode mode, int width = 60);

/// A bar of `width` columns filled by `share` (0 to 1), in eighths: "████▌   ".
std::string bar_text(double share, int width);

enum class Align { kLeft, kRight };
struct Column {
  std::string header;
  Align align = Align::kLeft;
};
/// A table with a rule below the header, and another above the last row if `last_is_total`. Raises ValueError if a row
/// has more or fewer cells than there are columns.
std::string table_text(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
                       bool last_is_total = false, ColorMode mode = ColorMode::kNone);

}  // namespace lamella::cli
