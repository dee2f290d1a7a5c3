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

/// The classes of a number on a heat map's cell (lm-heat0 blue: as it should be; lm-heat1 orange: a mistake) of opacity
/// `strength`, 0 to 1: dark or light ink, whichever has more contrast, chosen for each theme by itself.
std::string heat_ink(int hue, double strength);

}  // namespace lamella::cli
