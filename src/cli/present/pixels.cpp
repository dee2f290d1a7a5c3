#include "cli/present/pixels.h"

#include <lamella/error.h>

#include <algorithm>
#include <cmath>

namespace lamella::cli {
namespace {

constexpr Color8 kNotANumber{255, 0, 255};
// ColorBrewer's RdBu, whose ends differ in hue for all common colour-vision deficiencies.
constexpr Color8 kBlue{5, 80, 160}, kWhite{255, 255, 255}, kRed{178, 24, 43};

Color8 mix(Color8 a, Color8 b, double t) {
  const auto channel = [t](int u, int v) { return static_cast<std::uint8_t>(std::lround(u + (v - u) * t)); };
  return {channel(a.r, b.r), channel(a.g, b.g), channel(a.b, b.b)};
}

std::string size_of(const Pixels& p) { return std::to_string(p.width) + "x" + std::to_string(p.height); }

}  // namespace

Pixels::Pixels(int w, int h, int c, std::uint8_t fill) : width(w), height(h), channels(c) {
  const std::int64_t cells = static_cast<std::int64_t>(w) * h;  // below 2^62
  if (w < 0 || h < 0 || (c != 1 && c != 3) || cells > (std::int64_t{1} << 28) / 3) {
    throw ValueError("picture: " + std::to_string(w) + " x " + std::to_string(h) + " pixels of " + std::to_string(c) +
                     " channels; expected 1 or 3 channels and at most 89 million pixels");
  }
  data.assign(static_cast<std::size_t>(cells) * c, fill);
}

Pixels enlarge(const Pixels& pixels, int factor) {
  if (factor < 1 || factor > 4096 || pixels.width > (1 << 24) / factor || pixels.height > (1 << 24) / factor) {
    throw ValueError("picture: a " + size_of(pixels) + " picture cannot be enlarged " + std::to_string(factor) +
                     " times");
  }
  Pixels out(pixels.width * factor, pixels.height * factor, pixels.channels);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) std::copy_n(pixels.at(x / factor, y / factor), out.channels, out.at(x, y));
  }
  return out;
}

Pixels shrink_to_fit(const Pixels& pixels, int max_width, int max_height) {
  max_width = std::max(max_width, 1);
  max_height = std::max(max_height, 1);
  if (pixels.width <= max_width && pixels.height <= max_height) return pixels;
  const double factor =
      std::max(static_cast<double>(pixels.width) / max_width, static_cast<double>(pixels.height) / max_height);
  Pixels out(std::max(1, static_cast<int>(pixels.width / factor)),
             std::max(1, static_cast<int>(pixels.height / factor)), pixels.channels);
  for (int y = 0; y < out.height; ++y) {
    const std::int64_t y0 = std::int64_t{y} * pixels.height / out.height;
    const std::int64_t y1 = std::max(y0 + 1, std::int64_t{y + 1} * pixels.height / out.height);
    for (int x = 0; x < out.width; ++x) {
      const std::int64_t x0 = std::int64_t{x} * pixels.width / out.width;
      const std::int64_t x1 = std::max(x0 + 1, std::int64_t{x + 1} * pixels.width / out.width);
      for (int c = 0; c < out.channels; ++c) {
        std::int64_t sum = 0;
        for (std::int64_t v = y0; v < y1; ++v) {
          for (std::int64_t u = x0; u < x1; ++u) sum += pixels.at(static_cast<int>(u), static_cast<int>(v))[c];
        }
        const std::int64_t count = (y1 - y0) * (x1 - x0);
        out.at(x, y)[c] = static_cast<std::uint8_t>((sum + count / 2) / count);
      }
    }
  }
  return out;
}

Pixels to_rgb(const Pixels& pixels) {
  if (pixels.channels == 3) return pixels;
  Pixels out(pixels.width, pixels.height, 3);
  for (std::size_t i = 0; i < pixels.data.size(); ++i) std::fill_n(out.data.begin() + 3 * i, 3, pixels.data[i]);
  return out;
}

ColorScale grey_scale(double min, double max) { return {ColorScale::Kind::kGrey, min, max}; }

ColorScale diverging_scale(ValueRange range) {
  double reach = std::max(std::abs(range.min), std::abs(range.max));
  if (!(reach > 0)) reach = 1;
  return {ColorScale::Kind::kDiverging, -reach, reach};
}

ColorScale scale_for(const std::vector<NumberGrid>& grids) {
  const ValueRange range = value_range(grids);
  if (range.min < 0) return diverging_scale(range);
  return grey_scale(0, range.max > 0 ? range.max : 1);
}

Color8 color_of(double value, const ColorScale& scale) {
  if (std::isnan(value)) return kNotANumber;
  if (scale.kind == ColorScale::Kind::kGrey) {
    const double extent = scale.max - scale.min;
    const double t = extent > 0 ? std::clamp((value - scale.min) / extent, 0.0, 1.0) : 0.0;
    return mix({0, 0, 0}, kWhite, t);
  }
  const double t = std::clamp(value / scale.max, -1.0, 1.0);
  return t < 0 ? mix(kWhite, kBlue, -t) : mix(kWhite, kRed, t);
}

Pixels colored(const NumberGrid& grid, const ColorScale& scale) {
  Pixels out(grid.columns, grid.rows, 3);
  for (std::size_t i = 0; i < grid.values.size(); ++i) {
    const Color8 color = color_of(grid.values[i], scale);
    out.data[3 * i] = color.r;
    out.data[3 * i + 1] = color.g;
    out.data[3 * i + 2] = color.b;
  }
  return out;
}

}  // namespace lamella::cli
