// A face of 5x7 pixels for captions in pictures: the printable ASCII characters.
#pragma once

#include <array>
#include <cstdint>

namespace lamella::cli {

/// Seven rows from the top; bit 4 is the leftmost pixel.
using Glyph = std::array<std::uint8_t, 7>;

/// The glyph of U+0020 to U+007E; a box for every other character.
const Glyph& glyph_of(char32_t character);

}  // namespace lamella::cli
