#include <lamella/error.h>

#include <algorithm>
#include <cmath>

#include "cli/present/bitmap_font.h"
#include "cli/present/pixels.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

constexpr Color8 kInk{27, 35, 48}, kSoft{88, 99, 116}, kFrame{185, 194, 205};
constexpr int kBarHeight = 10, kCaptionGap = 4;

void put(Pixels& pixels, int x, int y, Color8 color) {
  if (x < 0 || y < 0 || x >= pixels.width || y >= pixels.height) return;
  std::uint8_t* p = pixels.at(x, y);
  if (pixels.channels == 1) {
    p[0] = static_cast<std::uint8_t>((299 * color.r + 587 * color.g + 114 * color.b) / 1000);
  } else {
    p[0] = color.r, p[1] = color.g, p[2] = color.b;
  }
}

void paste(Pixels& onto, int left, int top, const Pixels& rgb) {
  for (int y = 0; y < rgb.height; ++y) std::copy_n(rgb.at(0, y), 3 * rgb.width, onto.at(left, top + y));
}

void frame(Pixels& pixels, int left, int top, int width, int height) {
  for (int x = left - 1; x <= left + width; ++x) put(pixels, x, top - 1, kFrame), put(pixels, x, top + height, kFrame);
  for (int y = top - 1; y <= top + height; ++y) put(pixels, left - 1, y, kFrame), put(pixels, left + width, y, kFrame);
}

// The face has no true minus sign.
std::string ascii_minus(std::string text) {
  for (std::size_t at = text.find("\u2212"); at != std::string::npos; at = text.find("\u2212"))
    text.replace(at, 3, "-");
  return text;
}

int text_columns(std::string_view text) {
  int count = 0;
  while (!text.empty()) take_code_point(text), ++count;
  return count * kTextAdvance;
}

// Cut at the width of its tile, so that captions never touch.
std::string fitted(std::string_view text, int width) {
  std::string kept;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t before = rest.size();
    const std::string_view from = rest;
    take_code_point(rest);
    const std::string next = kept + std::string(from.substr(0, before - rest.size()));
    if (text_columns(next) > width + 1) break;
    kept = next;
  }
  return kept;
}

struct Layout {
  int columns = 1, rows = 1, tile_width = 0, tile_height = 0, caption_height = 0;
  int title_height = 0, bar_height = 0, width = 0, height = 0;
};

// A sheet somewhat broader than high, with as few empty places as can be.
int full_columns(int count, std::int64_t tile_width, std::int64_t tile_height) {
  const double square =
      std::sqrt(count * static_cast<double>(tile_height) / static_cast<double>(std::max<std::int64_t>(tile_width, 1)));
  const auto cost = [&](int columns) {
    const int empty = (count + columns - 1) / columns * columns - count;
    return empty + 0.4 * std::abs(columns - 1.3 * square);
  };
  int best = std::clamp(static_cast<int>(square), 1, count);
  for (int columns = best; columns <= std::min<double>(count, 2 * square + 1); ++columns) {
    if (cost(columns) < cost(best)) best = columns;
  }
  return best;
}

Layout lay_out(const std::vector<Tile>& tiles, const SheetOptions& options, bool with_bar) {
  Layout layout;
  const int count = static_cast<int>(tiles.size());
  std::int64_t tile_width = 0, tile_height = 0;
  for (const Tile& tile : tiles) {
    tile_width = std::max<std::int64_t>(tile_width, std::int64_t{tile.picture.width} * options.zoom);
    tile_height = std::max<std::int64_t>(tile_height, std::int64_t{tile.picture.height} * options.zoom);
    if (!tile.caption.empty()) layout.caption_height = kTextHeight + kCaptionGap;
  }
  layout.columns =
      std::clamp(options.columns > 0 ? options.columns : full_columns(count, tile_width, tile_height), 1, count);
  layout.rows = (count + layout.columns - 1) / layout.columns;
  const int text_zoom_height = options.title.empty() ? 0 : 2 * kTextHeight + options.margin;
  const std::int64_t width = options.margin + layout.columns * (tile_width + options.margin);
  const std::int64_t height = options.margin + text_zoom_height +
                              layout.rows * (tile_height + layout.caption_height + options.margin) +
                              (with_bar ? kBarHeight + kTextHeight + kCaptionGap + options.margin : 0);
  if (width > 20000 || height > 20000) {
    throw ValueError("sheet of pictures: " + std::to_string(width) + " x " + std::to_string(height) +
                     " pixels, at most 20,000 a side; take fewer pictures or a smaller zoom");
  }
  layout.tile_width = static_cast<int>(tile_width);
  layout.tile_height = static_cast<int>(tile_height);
  layout.title_height = text_zoom_height;
  layout.width = std::max({static_cast<int>(width), 2 * options.margin + 2 * text_columns(options.title),
                           with_bar ? 2 * options.margin + 160 : 0});
  layout.height = static_cast<int>(height);
  return layout;
}

void draw_bar(Pixels& pixels, int left, int top, int width, const ColorScale& scale) {
  for (int x = 0; x < width; ++x) {
    const double value = scale.min + (scale.max - scale.min) * (x + 0.5) / width;
    for (int y = 0; y < kBarHeight; ++y) put(pixels, left + x, top + y, color_of(value, scale));
  }
  frame(pixels, left, top, width, kBarHeight);
  const int text_top = top + kBarHeight + kCaptionGap;
  const std::string low = ascii_minus(short_number(scale.min)), high = ascii_minus(short_number(scale.max));
  draw_text(pixels, left, text_top, low, kSoft);
  draw_text(pixels, left + width - text_columns(high) + 1, text_top, high, kSoft);
  if (scale.kind == ColorScale::Kind::kDiverging) draw_text(pixels, left + width / 2 - 2, text_top, "0", kSoft);
}

}  // namespace

void draw_text(Pixels& pixels, int x, int y, std::string_view text, Color8 color, int zoom) {
  while (!text.empty()) {
    const Glyph& glyph = glyph_of(take_code_point(text));
    for (int row = 0; row < kTextHeight * zoom; ++row) {
      for (int column = 0; column < 5 * zoom; ++column) {
        if (glyph[row / zoom] >> (4 - column / zoom) & 1) put(pixels, x + column, y + row, color);
      }
    }
    x += kTextAdvance * zoom;
  }
}

Pixels sheet(const std::vector<Tile>& tiles, const SheetOptions& options, const ColorScale* scale) {
  if (tiles.empty()) throw ValueError("sheet of pictures: there is no picture");
  if (options.zoom < 1 || options.zoom > 256 || options.margin < 2 || options.margin > 200) {
    throw ValueError("sheet of pictures: zoom " + std::to_string(options.zoom) + " and margin " +
                     std::to_string(options.margin) + ", expected 1 to 256 and 2 to 200");
  }
  const Layout layout = lay_out(tiles, options, scale != nullptr);
  Pixels out(layout.width, layout.height, 3, 255);
  draw_text(out, options.margin, options.margin, options.title, kInk, 2);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const int column = static_cast<int>(i) % layout.columns, row = static_cast<int>(i) / layout.columns;
    const int x = options.margin + column * (layout.tile_width + options.margin);
    const int y =
        options.margin + layout.title_height + row * (layout.tile_height + layout.caption_height + options.margin);
    const Pixels picture = enlarge(to_rgb(tiles[i].picture), options.zoom);
    paste(out, x, y, picture);
    frame(out, x, y, picture.width, picture.height);
    draw_text(out, x, y + layout.tile_height + kCaptionGap,
              fitted(ascii_minus(tiles[i].caption), layout.tile_width + options.margin - 4), kSoft);
  }
  if (scale) {
    const int width = std::min(layout.width - 2 * options.margin, 320);
    draw_bar(out, options.margin, layout.height - options.margin - kTextHeight - kCaptionGap - kBarHeight, width,
             *scale);
  }
  return out;
}

Pixels number_sheet(const std::vector<NumberGrid>& grids, const std::vector<std::string>& captions,
                    SheetOptions options) {
  if (!captions.empty() && captions.size() != grids.size()) {
    throw ValueError("sheet of numbers: " + std::to_string(grids.size()) + " grids but " +
                     std::to_string(captions.size()) + " captions");
  }
  const ColorScale scale = scale_for(grids);
  std::vector<Tile> tiles;
  int widest = 1;
  for (std::size_t i = 0; i < grids.size(); ++i) {
    tiles.push_back({colored(grids[i], scale), captions.empty() ? std::string() : captions[i]});
    widest = std::max(widest, grids[i].columns);
  }
  if (options.zoom == 1) options.zoom = std::clamp((56 + widest - 1) / widest, 1, 24);
  return sheet(tiles, options, &scale);
}

}  // namespace lamella::cli
