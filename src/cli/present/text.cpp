#include "cli/present/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace lamella::cli {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kMinus = "\u2212";

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

struct Range {
  char32_t first, last;
};

// Unicode's East Asian Width W and F and the emoji that terminals draw two columns wide, coarsely.
constexpr std::array kWide{Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},
                           Range{0xA960, 0xA97C},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
                           Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
                           Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF},
                           Range{0x20000, 0x3FFFD}};
constexpr std::array kCombining{Range{0x0300, 0x036F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF},
                                Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F},
                                Range{0xFE20, 0xFE2F}};

template <std::size_t N>
bool within(char32_t c, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return c >= r.first && c <= r.last; });
}

int columns(char32_t c) { return is_control(c) || within(c, kCombining) ? 0 : within(c, kWide) ? 2 : 1; }

// Advance widths of DejaVu Sans in em, by group, rounded up.
double em_width(char32_t c) {
  constexpr std::string_view kNarrow = "iljI.,:;'|!()[]{} ftr/-\\\"";
  constexpr std::string_view kBroad = "mwMWOQ@%&+=<>#~";
  if (c >= 0x80) return columns(c) == 2 ? 1.05 : columns(c) == 0 ? 0.0 : c == 0x2212 || c == 0xD7 ? 0.84 : 0.7;
  if (kNarrow.find(static_cast<char>(c)) != std::string_view::npos) return 0.42;
  if (kBroad.find(static_cast<char>(c)) != std::string_view::npos) return 0.9;
  return c >= 'A' && c <= 'Z' ? 0.72 : 0.64;
}

// Three significant digits and the unit whose factor `base` fits: "1.55 MB".
template <std::size_t N>
std::string with_unit(double value, const std::array<std::string_view, N>& units) {
  std::size_t unit = 0;
  // 999.5 would be rounded to "1000".
  while (std::abs(value) >= 999.5 && unit + 1 < N) value /= 1000, ++unit;
  const double size = std::abs(value);
  const int decimals = unit == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const std::string digits = fmt::format("{:.{}f}", value, decimals);
  return units[unit].empty() ? digits : digits + " " + std::string(units[unit]);
}

std::string with_true_minus(std::string text) {
  for (std::size_t at = text.find('-'); at != std::string::npos; at = text.find('-', at + kMinus.size())) {
    text.replace(at, 1, kMinus);
  }
  return text;
}

template <class Width>
std::string cut(std::string_view text, Width width_of, double width) {
  const double dots = width_of("…");
  std::string kept;
  double used = 0;
  for (std::string_view rest = text; !rest.empty();) {
    std::string next;
    append_utf8(next, take_code_point(rest));
    const double w = width_of(next);
    if (used + w + dots > width) break;
    kept += next;
    used += w;
  }
  return dots > width ? std::string() : kept + "…";
}

std::string cut_to_columns(std::string_view text, int width) {
  return cut(text, [](std::string_view t) { return display_width(t); }, width);
}

}  // namespace

char32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const int length = first < 0x80 ? 1 : first >> 5 == 0x6 ? 2 : first >> 4 == 0xE ? 3 : first >> 3 == 0x1E ? 4 : 0;
  if (length == 0 || static_cast<std::size_t>(length) > text.size()) {
    text.remove_prefix(1);
    return kReplacement;
  }
  char32_t c = length == 1 ? first : first & (0x7Fu >> length);
  for (int i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      text.remove_prefix(1);
      return kReplacement;
    }
    c = c << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};  // overlong forms are not UTF-8
  if (c < kSmallest[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
    text.remove_prefix(1);
    return kReplacement;
  }
  text.remove_prefix(length);
  return c;
}

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char32_t c = take_code_point(text);
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (is_control(c) && c != '\t' && c != '\n' && c != '\r') continue;
        append_utf8(out, c == 0xFFFE || c == 0xFFFF ? kReplacement : c);
    }
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char32_t c = take_code_point(text);
    append_utf8(out, is_control(c) ? kReplacement : c);
  }
  return out;
}

std::string with_thousands(std::int64_t value) {
  std::string digits = std::to_string(value);
  const int first = value < 0 ? 1 : 0;
  for (int at = static_cast<int>(digits.size()) - 3; at > first; at -= 3) digits.insert(at, ",");
  return digits;
}

std::string human_bytes(std::int64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  return with_unit(static_cast<double>(bytes), kUnits);
}

std::string human_count(double count) {
  constexpr std::array<std::string_view, 6> kUnits{"", "k", "M", "G", "T", "P"};
  return std::isfinite(count) ? with_unit(count, kUnits) : short_number(count);
}

std::string human_duration(double seconds) {
  if (!(seconds >= 0) || !std::isfinite(seconds)) return "?";
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e15)));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", with_thousands(whole / 3600), whole / 60 % 60);
}

std::string clock_duration(double seconds) {
  if (!(seconds >= 0) || !std::isfinite(seconds)) return "-:--";
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e15)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string short_number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "∞" : std::string(kMinus) + "∞";
  if (value == 0) return "0";
  if (value == std::round(value) && std::abs(value) < 1e6) return with_true_minus(fmt::format("{:.0f}", value));
  if (std::abs(value) >= 1000 && std::abs(value) < 1e6) return with_true_minus(fmt::format("{:.0f}", value));
  std::string text = fmt::format("{:.{}g}", value, std::max(digits, 1));
  if (const std::size_t e = text.find('e'); e != std::string::npos) {  // 1.2e-07 -> 1.2e-7
    const bool negative = text[e + 1] == '-';
    const std::size_t first = text.find_first_not_of("+-0", e + 1);
    text = text.substr(0, e) + (negative ? "e-" : "e") + text.substr(first);
  }
  return with_true_minus(text);
}

std::string percent(double share, int decimals) {
  return std::isfinite(share) ? with_true_minus(fmt::format("{:.{}f} %", share * 100, decimals)) : "n/a";
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) width += columns(take_code_point(text));
  return width;
}

std::string pad_right(std::string_view text, int width) {
  const int used = display_width(text);
  return used > width ? cut_to_columns(text, width) : std::string(text) + std::string(width - used, ' ');
}

std::string pad_left(std::string_view text, int width) {
  const int used = display_width(text);
  return used > width ? cut_to_columns(text, width) : std::string(width - used, ' ') + std::string(text);
}

double text_width(std::string_view text, double font_size) {
  double em = 0;
  while (!text.empty()) em += em_width(take_code_point(text));
  return em * font_size;
}

std::string fit_text(std::string_view text, double font_size, double width) {
  if (text_width(text, font_size) <= width) return std::string(text);
  return cut(text, [font_size](std::string_view t) { return text_width(t, font_size); }, width);
}

}  // namespace lamella::cli
