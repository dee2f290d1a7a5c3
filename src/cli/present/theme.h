// The look that all pictures and the report share: classes for SVG with a light and a dark version, and colours that
// people with colour-vision deficiencies can tell apart (after Okabe and Ito, "Color Universal Design", 2008).
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace lamella::cli {

struct Rgb {
  double r = 0, g = 0, b = 0;  // sRGB, 0 to 1
};

/// WCAG 2.1 relative luminance, and the contrast ratio (1 to 21) of two colours.
double luminance(Rgb color);
double contrast(Rgb a, Rgb b);
/// `over` painted on `under` with `opacity`.
Rgb blend(Rgb under, Rgb over, double opacity);

/// How many series colours there are (classes lm-s0… for strokes, lm-f0… for fills); a seventh series starts again.
inline constexpr int kSeriesColors = 6;

/// The style sheet of every SVG: plain rules for the light theme, overridden for dark pages by a media query, without
/// custom properties, which common SVG renderers do not know.
std::string_view svg_style();

/// A cell of a heat map: `hue` 0 is blue (as it should be), 1 orange (a mistake); `strength` 0 to 1 is its opacity.
/// The classes of a number on it, chosen for contrast in each theme.
std::string heat_ink(int hue, double strength);

}  // namespace lamella::cli
