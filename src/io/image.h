// Pictures: PNG and JPEG into 8-bit pixels and back, and the few conversions that bring any picture to what a network
// was trained on. Results equal Pillow's, byte for byte, where it has the same operation: models are trained with it.
//
// Thread safety: all functions may be called from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace lamella::io {

/// Rows from top to bottom, pixels from left to right, the channels of a pixel side by side.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;                  // 1 grey, 3 RGB, 4 RGBA (not premultiplied)
  std::vector<std::uint8_t> pixels;  // width * height * channels

  /// The first byte of the pixel in column x and row y.
  const std::uint8_t* at(int x, int y) const { return pixels.data() + offset(x, y); }
  std::uint8_t* at(int x, int y) { return pixels.data() + offset(x, y); }
  friend bool operator==(const Image&, const Image&) = default;

 private:
  std::size_t offset(int x, int y) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) *
           static_cast<std::size_t>(channels);
  }
};

/// An image of the given size, every byte 0. Raises ValueError for extents below 1 or another number of channels.
Image make_image(int width, int height, int channels);

struct ImageOptions {
  /// A larger picture is refused before memory is taken. The default needs at most 512 MiB as RGBA.
  std::uint64_t max_pixels = std::uint64_t{1} << 27;
  /// A file of more bytes is refused.
  std::uint64_t max_file_bytes = std::uint64_t{1} << 30;
  /// libjpeg mends corrupt data with grey areas. True: such a picture comes back mended; false: it raises FileError.
  bool accept_damaged = false;
  /// A progressive JPEG with more scans is refused: a small file can hold thousands, each a pass over the whole
  /// picture.
  int max_scans = 100;
};

/// Reads a PNG or JPEG file; its first bytes tell which, not its name.
/// PNG: every bit depth, palettes, transparency and interlacing; 16 bits a channel are scaled to 8; grey with
/// transparency becomes RGBA. Colour profiles and gamma are ignored, as Pillow does.
/// JPEG: grey or RGB, CMYK and YCCK (Adobe's inverted ones, too) become RGB; the EXIF orientation is applied.
/// Raises FileError, which names the file and the reason, if it is missing, is of another kind (shows its first bytes),
/// is larger than `options` allows, or is damaged.
Image read_image(const std::filesystem::path& path, const ImageOptions& options = {});

/// The same out of memory; `name` stands for the file in errors.
Image decode_image(std::span<const std::byte> bytes, const std::string& name, const ImageOptions& options = {});

/// Writes an 8-bit PNG, whole or not at all. Raises ValueError for an image that is not one, FileError if it cannot be
/// written.
void write_png(const std::filesystem::path& path, const Image& image);

/// The bytes of that file.
std::vector<std::byte> encode_png(const Image& image);

/// The file as "data:image/png;base64,…", for pages that hold their pictures.
std::string png_data_uri(const Image& image);

// --- Conversions -------------------------------------------------------------------------------------------------

/// Red, green and blue.
using Colour = std::array<std::uint8_t, 3>;
inline constexpr Colour kBlack = {0, 0, 0};
inline constexpr Colour kWhite = {255, 255, 255};

/// RGBA over a background, as RGB; grey and RGB come back as they are.
Image composite(const Image& image, Colour background);

/// The luma of ITU-R 601, as Pillow's mode L: (19595 R + 38470 G + 7471 B + 2^15) / 2^16. Raises ValueError for RGBA:
/// composite it first.
Image to_grey(const Image& image);

/// Grey three times; RGB comes back as it is. Raises ValueError for RGBA: composite it first.
Image to_rgb(const Image& image);

/// 255 minus every value; alpha is kept.
Image inverted(const Image& image);

enum class Filter {
  kBox,       // the mean of the area that an output pixel covers
  kBilinear,  // a triangle, widened when shrinking (antialiased)
};

/// Pillow's `Image.resize((width, height), BOX | BILINEAR)`. RGBA is weighed by its alpha. Raises ValueError for a size
/// below 1 or beyond 2^27 pixels.
Image resize(const Image& image, int width, int height, Filter filter = Filter::kBilinear);

}  // namespace lamella::io
