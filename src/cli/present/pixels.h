// Pictures of 8-bit pixels: enlarging, numbers as colours, and sheets of tiles with captions and a scale bar, for what
// is written as PNG (kernels, feature maps, mistakes).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/present/number_grid.h"

namespace lamella::cli {

/// height x width pixels of 1 (grey) or 3 (RGB) interleaved channels, row by row.
struct Pixels {
  Pixels() = default;
  /// Every byte is `fill`. Raises ValueError for other channel counts, negative extents, or more than 2^28 bytes.
  Pixels(int width, int height, int channels, std::uint8_t fill = 0);

  std::uint8_t* at(int x, int y) { return data.data() + (static_cast<std::size_t>(y) * width + x) * channels; }
  const std::uint8_t* at(int x, int y) const {
    return data.data() + (static_cast<std::size_t>(y) * width + x) * channels;
  }

  int width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> data;
};

/// Every pixel as a block of factor x factor. Raises ValueError if factor < 1 or the result is too large.
Pixels enlarge(const Pixels& pixels, int factor);
/// Means over blocks, so that the width is at most `max_width` and the height at most `max_height`; unchanged if it is.
Pixels shrink_to_fit(const Pixels& pixels, int max_width, int max_height);
/// RGB of grey.
Pixels to_rgb(const Pixels& pixels);

/// How numbers become colours: grey from black (min) to white (max), or blue-white-red with white at zero and the same
/// distance to both ends. Values outside are clamped; what is not a number is drawn in magenta.
struct ColorScale {
  enum class Kind { kGrey, kDiverging } kind = Kind::kGrey;
  double min = 0, max = 1;
};
ColorScale grey_scale(double min, double max);
/// Symmetric about zero; at least as wide as `range`.
ColorScale diverging_scale(ValueRange range);
/// Diverging if there is a negative value, else grey from 0 to the greatest.
ColorScale scale_for(const std::vector<NumberGrid>& grids);

struct Color8 {
  std::uint8_t r = 0, g = 0, b = 0;
};
Color8 color_of(double value, const ColorScale& scale);
/// RGB, one pixel a number.
Pixels colored(const NumberGrid& grid, const ColorScale& scale);

/// Text in a built-in 5x7 face (ASCII; other characters are drawn as a box), 6 pixels a character, magnified `zoom`
/// times, with its top left at (x, y); what lies outside is cut off. On an RGB or grey picture.
void draw_text(Pixels& pixels, int x, int y, std::string_view text, Color8 color, int zoom = 1);
inline constexpr int kTextHeight = 7, kTextAdvance = 6;

struct Tile {
  Pixels picture;
  std::string caption;  // under it; may be empty
};
struct SheetOptions {
  std::string title;
  int columns = 0;  // 0: about as wide as high
  int zoom = 1;     // of the pictures
  int margin = 8;
};
/// Tiles in rows on white, with a title, captions and, where `scale` is given, a bar that shows it with its least and
/// greatest value. RGB. Raises ValueError without a tile or where the sheet would be too large.
Pixels sheet(const std::vector<Tile>& tiles, const SheetOptions& options, const ColorScale* scale = nullptr);

/// A sheet of number grids on one common scale (scale_for): kernels, feature maps. `captions` may be empty. The zoom is
/// chosen so that a tile is at least some 56 pixels wide, unless options.zoom > 1.
Pixels number_sheet(const std::vector<NumberGrid>& grids, const std::vector<std::string>& captions,
                    SheetOptions options = {});

}  // namespace lamella::cli
