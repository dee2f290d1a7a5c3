#include "io/image.h"

#include <fmt/format.h>
#include <lamella/error.h>

#include <algorithm>

#include "core/platform.h"
#include "io/base64.h"
#include "io/file_bytes.h"
#include "io/image_codecs.h"

namespace lamella::io {
namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), bytes_of(magic));
}

}  // namespace

Image make_image(int width, int height, int channels) {
  if (width < 1 || height < 1 || (channels != 1 && channels != 3 && channels != 4)) {
    throw ValueError(
        fmt::format("an image of {}x{} with {} channels; its extents are at least 1, its channels 1, 3 or 4", width,
                    height, channels));
  }
  Image image{width, height, channels, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                      static_cast<std::size_t>(channels));
  return image;
}

void check_image(const Image& image) {
  const bool sized =
      image.width >= 1 && image.height >= 1 && (image.channels == 1 || image.channels == 3 || image.channels == 4);
  const auto bytes = static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height);
  if (!sized || bytes * static_cast<std::uint64_t>(image.channels) != image.pixels.size()) {
    throw ValueError(fmt::format("not an image: {}x{} with {} channels in {} bytes", image.width, image.height,
                                 image.channels, image.pixels.size()));
  }
}

void check_pixel_count(std::uint64_t width, std::uint64_t height, const std::string& name,
                       const ImageOptions& options) {
  if (saturating_product(width, height) > options.max_pixels) {
    throw_file_error(
        name, fmt::format("a picture of {}x{} pixels is more than the {} that are read; make it smaller, or raise "
                          "max_pixels",
                          width, height, options.max_pixels));
  }
}

Image decode_image(std::span<const std::byte> bytes, const std::string& name, const ImageOptions& options) {
  using namespace std::string_view_literals;
  if (starts_with(bytes, "\x89PNG\r\n\x1a\n"sv)) return decode_png(bytes, name, options);
  if (starts_with(bytes, "\xff\xd8\xff"sv)) return decode_jpeg(bytes, name, options);
  throw_file_error(name, fmt::format("neither PNG nor JPEG: it begins with {}", first_bytes(bytes)));
}

Image read_image(const std::filesystem::path& path, const ImageOptions& options) {
  return decode_image(read_file(path, options.max_file_bytes), path.string(), options);
}

void write_png(const std::filesystem::path& path, const Image& image) {
  const std::vector<std::byte> bytes = encode_png(image);
  platform::atomic_write(path, [&](platform::OutputFile& file) { file.write(bytes.data(), bytes.size()); });
}

std::string png_data_uri(const Image& image) { return "data:image/png;base64," + base64(encode_png(image)); }

}  // namespace lamella::io
