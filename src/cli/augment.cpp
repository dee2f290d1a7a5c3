#include "cli/augment.h"

#include <lamella/ops/create.h>

#include <algorithm>

namespace lamella::cli {
namespace {

/// A whole number in [-most, most] from a uniform one in [0, 1).
std::int64_t centred(float uniform, int most) {
  return static_cast<std::int64_t>(uniform * static_cast<float>(2 * most + 1)) - most;
}

/// to[y][x] = from[y + dy][x + dx], the background where that lies outside; `from` is then mirrored first.
void move_plane(const float* from, float* to, std::int64_t height, std::int64_t width, std::int64_t dy, std::int64_t dx,
                bool mirrored, float background) {
  for (std::int64_t y = 0; y < height; ++y) {
    float* row = to + y * width;
    if (y + dy < 0 || y + dy >= height) {
      std::fill_n(row, width, background);
      continue;
    }
    const float* source = from + (y + dy) * width;
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t at = x + dx;
      row[x] = at < 0 || at >= width ? background : source[mirrored ? width - 1 - at : at];
    }
  }
}

}  // namespace

void augment(const Tensor& images, const Augmentation& how, Generator& generator) {
  const std::int64_t channels = images.size(1), height = images.size(2), width = images.size(3);
  const std::vector<float> draws = rand({images.size(0), 3}, {.generator = &generator}).to_vector<float>();
  std::vector<float> plane(static_cast<std::size_t>(height * width));
  auto* pixels = images.data<float>();
  for (std::size_t i = 0; i < draws.size(); i += 3) {
    const std::int64_t dy = centred(draws[i], how.shift), dx = centred(draws[i + 1], how.shift);
    const bool mirrored = how.mirror && draws[i + 2] < 0.5F;
    for (std::int64_t c = 0; c < channels; ++c, pixels += height * width) {
      if (dy == 0 && dx == 0 && !mirrored) continue;
      std::copy_n(pixels, plane.size(), plane.data());
      move_plane(plane.data(), pixels, height, width, dy, dx, mirrored, how.background[static_cast<std::size_t>(c)]);
    }
  }
}

}  // namespace lamella::cli
