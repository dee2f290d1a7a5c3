#include "cli/pictures.h"

#include <lamella/error.h>

#include <system_error>

namespace lamella::cli {

Pixels to_pixels(const io::Image& image) {
  const io::Image flat = io::composite(image, io::kWhite);
  Pixels pixels(flat.width, flat.height, flat.channels);
  pixels.data = flat.pixels;
  return pixels;
}

io::Image to_image(const Pixels& pixels) {
  io::Image image = io::make_image(pixels.width, pixels.height, pixels.channels);
  image.pixels = pixels.data;
  return image;
}

Pixels grey_pixels(const Tensor& plane) {
  Pixels pixels(static_cast<int>(plane.size(-1)), static_cast<int>(plane.size(-2)), 1);
  pixels.data = plane.to_vector<std::uint8_t>();
  return pixels;
}

std::vector<NumberGrid> planes_of(const Tensor& maps) {
  const Tensor planes = maps.dim() == 1 ? maps.view({1, 1, -1}) : maps;
  const int height = static_cast<int>(planes.size(1)), width = static_cast<int>(planes.size(2));
  std::vector<NumberGrid> grids;
  for (std::int64_t channel = 0; channel < planes.size(0); ++channel) {
    const std::vector<float> values = planes[channel].to_vector<float>();
    grids.emplace_back(height, width, std::vector<double>(values.begin(), values.end()));
  }
  return grids;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && !std::filesystem::is_directory(folder, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) throw FileError(folder.string() + ": the folder cannot be made: " + error.message());
}

}  // namespace lamella::cli
