#include "cli/present/terminal.h"

#include <fmt/format.h>
#include <lamella/error.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/present/text.h"

namespace lamella::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kRamp = " .:-=+*#%@";

Color8 pixel(const Pixels& pixels, int x, int y) {
  const std::uint8_t* p = pixels.at(x, y);
  return pixels.channels == 1 ? Color8{p[0], p[0], p[0]} : Color8{p[0], p[1], p[2]};
}

// The nearer of the 6x6x6 cube and the 24 greys of the 256-colour palette.
int palette_index(Color8 c) {
  constexpr std::array<int, 6> kLevels{0, 95, 135, 175, 215, 255};
  const auto nearest = [&](int v) {
    return static_cast<int>(std::min_element(kLevels.begin(), kLevels.end(),
                                             [v](int a, int b) { return std::abs(a - v) < std::abs(b - v); }) -
                            kLevels.begin());
  };
  const auto distance = [&](int r, int g, int b) {
    return (r - c.r) * (r - c.r) + (g - c.g) * (g - c.g) + (b - c.b) * (b - c.b);
  };
  const int r = nearest(c.r), g = nearest(c.g), b = nearest(c.b);
  const int grey = std::clamp(((c.r + c.g + c.b) / 3 - 3) / 10, 0, 23);
  const int level = 8 + 10 * grey;
  return distance(level, level, level) < distance(kLevels[r], kLevels[g], kLevels[b]) ? 232 + grey
                                                                                      : 16 + 36 * r + 6 * g + b;
}

std::string color_code(int base, Color8 c, ColorMode mode) {
  return mode == ColorMode::kTrueColor ? fmt::format("\x1b[{};2;{};{};{}m", base, c.r, c.g, c.b)
                                       : fmt::format("\x1b[{};5;{}m", base, palette_index(c));
}

std::string half_blocks(const Pixels& pixels, ColorMode mode) {
  std::string out;
  for (int y = 0; y < pixels.height; y += 2) {
    std::string upper, lower;  // colours in force: a code only where they change
    for (int x = 0; x < pixels.width; ++x) {
      const std::string up = color_code(38, pixel(pixels, x, y), mode);
      const std::string low = y + 1 < pixels.height ? color_code(48, pixel(pixels, x, y + 1), mode) : "\x1b[49m";
      if (up != upper) out += upper = up;
      if (low != lower) out += lower = low;
      out += "▀";
    }
    out += kReset;
    out += '\n';
  }
  return out;
}

std::string ascii(const Pixels& pixels) {
  std::string out;
  for (int y = 0; y < pixels.height; ++y) {
    for (int x = 0; x < pixels.width; ++x) {
      const Color8 c = pixel(pixels, x, y);
      const int luma = (299 * c.r + 587 * c.g + 114 * c.b) / 1000;
      out.append(2, kRamp[luma * (static_cast<int>(kRamp.size()) - 1) / 255]);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string repeated(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

void append_row(std::string& out, const std::vector<Column>& columns, const std::vector<int>& widths,
                const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cell = printable(cells[i]);
    line += i ? "  " : "";
    line += columns[i].align == Align::kRight ? pad_left(cell, widths[i]) : pad_right(cell, widths[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

}  // namespace

ColorMode color_mode(bool is_terminal, const std::optional<std::string>& no_color,
                     const std::optional<std::string>& colorterm, const std::optional<std::string>& term) {
  if (!is_terminal || (no_color && !no_color->empty()) || (term && *term == "dumb")) return ColorMode::kNone;
  if (colorterm && (*colorterm == "truecolor" || *colorterm == "24bit")) return ColorMode::kTrueColor;
  const bool direct = term && (term->find("direct") != std::string::npos || *term == "xterm-kitty");
  return direct ? ColorMode::kTrueColor : ColorMode::k256;
}

std::string styled(std::string_view text, int sgr, ColorMode mode) {
  return mode == ColorMode::kNone ? std::string(text) : fmt::format("\x1b[{}m{}{}", sgr, text, kReset);
}

std::string terminal_picture(const Pixels& pixels, ColorMode mode, int max_columns) {
  const bool color = mode != ColorMode::kNone;
  const int columns = std::max(1, color ? max_columns : max_columns / 2);
  const Pixels fitting = shrink_to_fit(pixels, columns, 1 << 20);
  return color ? half_blocks(fitting, mode) : ascii(fitting);
}

std::string bar_text(double share, int width) {
  constexpr std::array<std::string_view, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double filled = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) * std::max(width, 0) : 0;
  const int eighths = static_cast<int>(std::lround(filled * 8));
  const std::string bar = repeated("█", eighths / 8) + std::string(kEighths[eighths % 8]);
  return bar + std::string(std::max(width, 0) - display_width(bar), ' ');
}

std::string class_bars(const std::vector<ClassScore>& scores, ColorMode mode, int width) {
  constexpr int kPercentColumns = 8;
  width = std::max(width, 30);
  int names = 0;
  double greatest = -1;
  for (const ClassScore& score : scores) {
    names = std::max(names, display_width(printable(score.name)));
    if (score.probability > greatest) greatest = score.probability;
  }
  names = std::min(names, width / 2);
  std::string out;
  for (const ClassScore& score : scores) {
    const bool best = score.probability == greatest;
    const std::string name = pad_right(printable(score.name), names);
    const std::string bar = bar_text(score.probability, width - names - 2 - kPercentColumns);
    out += (best ? styled(name, kBold, mode) : name) + "  " + styled(bar, best ? kGreen : kBlue, mode);
    const std::string share = pad_left(percent(score.probability), kPercentColumns);
    out += (best ? styled(share, kBold, mode) : share) + "\n";
  }
  return out;
}

std::string table_text(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
                       bool last_is_total, ColorMode mode) {
  std::vector<int> widths;
  std::vector<std::string> header;
  for (const Column& column : columns) {
    header.push_back(column.header);
    widths.push_back(display_width(printable(column.header)));
  }
  for (const auto& row : rows) {
    if (row.size() != columns.size()) {
      throw ValueError("table: a row has " + std::to_string(row.size()) + " cells, expected " +
                       std::to_string(columns.size()));
    }
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(printable(row[i])));
  }
  int total = columns.empty() ? 0 : 2 * (static_cast<int>(columns.size()) - 1);
  for (const int width : widths) total += width;
  const std::string rule = styled(repeated("─", total), kDim, mode) + "\n";
  std::string head, out;
  append_row(head, columns, widths, header);
  head.pop_back();
  out = styled(head, kBold, mode) + "\n" + rule;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (last_is_total && i + 1 == rows.size()) out += rule;
    append_row(out, columns, widths, rows[i]);
  }
  return out;
}

}  // namespace lamella::cli
