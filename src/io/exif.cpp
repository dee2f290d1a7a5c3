#include "io/exif.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace lamella::io {
namespace {

/// The TIFF structure inside EXIF. Reading outside of it gives 0.
class Tiff {
 public:
  explicit Tiff(std::span<const std::byte> bytes) : bytes_(bytes), big_endian_(starts_with("MM\0*")) {}
  bool valid() const { return big_endian_ || starts_with("II*\0"); }
  std::uint32_t u16(std::uint64_t at) const { return number(at, 2); }
  std::uint32_t u32(std::uint64_t at) const { return number(at, 4); }

 private:
  bool starts_with(const char (&magic)[5]) const {
    return bytes_.size() >= 8 && std::memcmp(bytes_.data(), magic, 4) == 0;
  }
  std::uint32_t number(std::uint64_t at, std::uint64_t size) const {
    if (at + size > bytes_.size()) return 0;
    std::uint32_t value = 0;
    for (std::uint64_t i = 0; i < size; ++i) {
      value = value << 8 | static_cast<std::uint32_t>(bytes_[at + (big_endian_ ? i : size - 1 - i)]);
    }
    return value;
  }

  std::span<const std::byte> bytes_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> segment) {
  constexpr std::size_t kPrefix = 6;  // "Exif\0\0"
  constexpr std::uint32_t kOrientationTag = 0x0112, kShort = 3;
  if (segment.size() < kPrefix || std::memcmp(segment.data(), "Exif\0", kPrefix) != 0) return 1;
  const Tiff tiff(segment.subspan(kPrefix));
  if (!tiff.valid()) return 1;
  const std::uint64_t directory = tiff.u32(4);
  const std::uint32_t entries = tiff.u16(directory);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const std::uint64_t entry = directory + 2 + 12 * i;  // tag, type, count, value
    if (tiff.u16(entry) != kOrientationTag) continue;
    const std::uint32_t value = tiff.u16(entry + 8);
    const bool usable = tiff.u16(entry + 2) == kShort && tiff.u32(entry + 4) == 1 && value >= 1 && value <= 8;
    return usable ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image oriented(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  // Where a pixel of the result comes from: swap x and y first (5 to 8), then mirror in the stored picture.
  const bool swapped = orientation >= 5;
  const bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image result = make_image(swapped ? image.height : image.width, swapped ? image.width : image.height, image.channels);
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x) {
      const int column = swapped ? y : x, row = swapped ? x : y;
      const std::uint8_t* from =
          image.at(mirror_x ? image.width - 1 - column : column, mirror_y ? image.height - 1 - row : row);
      std::copy_n(from, image.channels, result.at(x, y));
    }
  }
  return result;
}

}  // namespace lamella::io
