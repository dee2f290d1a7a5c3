#include <fmt/format.h>
#include <lamella/error.h>

#include "io/image.h"
#include "io/image_codecs.h"

namespace lamella::io {
namespace {

void refuse_alpha(const Image& image, const char* operation) {
  if (image.channels != 4) return;
  throw ValueError(fmt::format("{}: the picture ({}x{}) is transparent in places; composite it over a colour first",
                               operation, image.width, image.height));
}

}  // namespace

Image composite(const Image& image, Colour background) {
  check_image(image);
  if (image.channels != 4) return image;
  Image result = make_image(image.width, image.height, 3);
  for (std::size_t i = 0, pixels = result.pixels.size() / 3; i < pixels; ++i) {
    const std::uint8_t* from = image.pixels.data() + 4 * i;
    const int alpha = from[3];
    for (std::size_t c = 0; c < 3; ++c) {
      const int sum = from[c] * alpha + background[c] * (255 - alpha);
      result.pixels[3 * i + c] = static_cast<std::uint8_t>((sum + 127) / 255);
    }
  }
  return result;
}

Image to_grey(const Image& image) {
  check_image(image);
  refuse_alpha(image, "to_grey");
  if (image.channels == 1) return image;
  Image result = make_image(image.width, image.height, 1);
  for (std::size_t i = 0; i < result.pixels.size(); ++i) {
    const std::uint8_t* from = image.pixels.data() + 3 * i;
    const std::uint32_t sum = 19595U * from[0] + 38470U * from[1] + 7471U * from[2] + 0x8000U;
    result.pixels[i] = static_cast<std::uint8_t>(sum >> 16);
  }
  return result;
}

Image to_rgb(const Image& image) {
  check_image(image);
  refuse_alpha(image, "to_rgb");
  if (image.channels == 3) return image;
  Image result = make_image(image.width, image.height, 3);
  for (std::size_t i = 0; i < result.pixels.size(); ++i) result.pixels[i] = image.pixels[i / 3];
  return result;
}

Image inverted(const Image& image) {
  check_image(image);
  Image result = image;
  for (std::size_t i = 0; i < result.pixels.size(); ++i) {
    if (image.channels != 4 || i % 4 != 3) result.pixels[i] = static_cast<std::uint8_t>(255 - result.pixels[i]);
  }
  return result;
}

}  // namespace lamella::io
