// The two picture formats behind read_image. Private to io.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "io/image.h"

namespace lamella::io {

Image decode_png(std::span<const std::byte> bytes, const std::string& name, const ImageOptions& options);
Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name, const ImageOptions& options);

/// Raises FileError if a picture has more pixels than `options` allows.
void check_pixel_count(std::uint64_t width, std::uint64_t height, const std::string& name, const ImageOptions& options);

/// Raises ValueError if `image` is none: its extents, channels and number of bytes must agree.
void check_image(const Image& image);

}  // namespace lamella::io
