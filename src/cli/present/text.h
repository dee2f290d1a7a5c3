// Text as people read it: numbers, sizes, durations; escaping; how wide a string stands. All text is UTF-8; what is not
// valid UTF-8 is shown as U+FFFD, never passed on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lamella::cli {

/// Takes one code point off the front of `text` (which must not be empty); U+FFFD, and one byte, for invalid UTF-8.
char32_t take_code_point(std::string_view& text);

/// `text` with & < > " ' as entities, without the control characters that XML forbids: safe in an element and in a
/// quoted attribute of SVG and HTML.
std::string escape_xml(std::string_view text);

/// `text` with control characters (escape sequences among them) replaced, so that a name out of a file cannot steer the
/// terminal that it is printed on.
std::string printable(std::string_view text);

/// 388010 -> "388,010".
std::string with_thousands(std::int64_t value);

/// Decimal units, three digits: 1552040 -> "1.55 MB". Negative counts are shown as such.
std::string human_bytes(std::int64_t bytes);

/// A count in thousands, millions, billions: 453000000 -> "453 M"; below a thousand as it is.
std::string human_count(double count);

/// "85 ms", "4.2 s", "42 s", "3 min 05 s", "2 h 07 min"; "?" if it is negative or not finite.
std::string human_duration(double seconds);

/// "0:07", "1:02:09"; "-:--" if it is negative or not finite.
std::string clock_duration(double seconds);

/// At most `digits` significant digits (integers below a million whole), a true minus sign, no trailing zeros: "−0.25",
/// "1.2e−7", "NaN", "∞".
std::string short_number(double value, int digits = 3);

/// 0.9242 -> "92.4 %"; "n/a" for NaN.
std::string percent(double share, int decimals = 1);

/// Columns that `text` takes in a terminal: two for East Asian wide characters and emoji, none for combining marks.
int display_width(std::string_view text);

/// `text` cut to `width` columns with "…" where it is longer, else filled with spaces on its right or its left.
std::string pad_right(std::string_view text, int width);
std::string pad_left(std::string_view text, int width);

/// An upper estimate of the width in pixels of `text` in a sans-serif face of `font_size` (fonts are the reader's, so
/// layout must leave room for the widest common one, DejaVu Sans).
double text_width(std::string_view text, double font_size);

/// `text` cut with "…" so that text_width is at most `width`.
std::string fit_text(std::string_view text, double font_size, double width);

}  // namespace lamella::cli
