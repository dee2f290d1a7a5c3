// Pictures as tensors.
#include <lamella/error.h>
#include <lamella/io.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/tensor_impl.h"
#include "io/image.h"

namespace lamella {
namespace {

io::Image with_channels(io::Image image, std::int64_t channels, std::uint8_t background) {
  if (image.channels == channels) return image;
  if (channels == 4) {
    const io::Image rgb = io::to_rgb(image);
    io::Image rgba = io::make_image(rgb.width, rgb.height, 4);
    for (std::size_t pixel = 0; pixel < rgb.pixels.size() / 3; ++pixel) {
      std::copy_n(&rgb.pixels[3 * pixel], 3, &rgba.pixels[4 * pixel]);
      rgba.pixels[4 * pixel + 3] = 255;
    }
    return rgba;
  }
  const io::Image opaque = io::composite(image, {background, background, background});
  return channels == 1 ? io::to_grey(opaque) : io::to_rgb(opaque);
}

/// A colour channel of a picture as a byte.
template <typename T>
std::uint8_t byte_of(T value) {
  if constexpr (std::same_as<T, std::uint8_t>) {
    return value;
  } else {
    const double scaled = static_cast<double>(value) * 255.0;
    return std::isnan(scaled) ? std::uint8_t{0}
                              : static_cast<std::uint8_t>(std::lround(std::clamp(scaled, 0.0, 255.0)));
  }
}
std::uint8_t byte_of(float16 value) { return byte_of(static_cast<float>(value)); }
std::uint8_t byte_of(bfloat16 value) { return byte_of(static_cast<float>(value)); }

/// Reads [H, W] or [C, H, W] as its strides say.
template <typename T>
void interleave(const Physical& source, io::Image& image) {
  const T* const first = reinterpret_cast<const T*>(source.data);
  const std::span<const std::int64_t> rows = std::span(source.strides.data(), source.strides.size()).last(2);
  const std::int64_t channel = source.strides.size() == 3 ? source.strides[0] : 0;
  std::uint8_t* to = image.pixels.data();
  for (std::int64_t y = 0; y < image.height; ++y) {
    for (std::int64_t x = 0; x < image.width; ++x) {
      for (std::int64_t c = 0; c < image.channels; ++c) {
        *to++ = byte_of(first[c * channel + y * rows[0] + x * rows[1]]);
      }
    }
  }
}

void interleave(const Tensor& picture, io::Image& image) {
  const Physical source = physical(picture);
  switch (picture.dtype()) {
    case DType::kUInt8:
      return interleave<std::uint8_t>(source, image);
    case DType::kFloat16:
      return interleave<float16>(source, image);
    case DType::kBFloat16:
      return interleave<bfloat16>(source, image);
    case DType::kFloat32:
      return interleave<float>(source, image);
    case DType::kFloat64:
      return interleave<double>(source, image);
    default:
      break;
  }
  throw TypeError(fmt::format("write_image: the picture is {}, expected uint8, or floating-point numbers in [0, 1]",
                              name_of(picture.dtype())));
}

void check_suffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::ranges::transform(suffix, suffix.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  for (const char* other : {".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}) {
    if (suffix == other) {
      throw ValueError(fmt::format("write_image: {}: only PNG is written; name it {}", path.string(),
                                   std::filesystem::path(path).replace_extension(".png").filename().string()));
    }
  }
}

}  // namespace

Tensor read_image(const std::filesystem::path& path, ReadImageOptions options) {
  const std::int64_t wanted = options.channels.value_or(1);
  if (wanted != 1 && wanted != 3 && wanted != 4) {
    throw ValueError(fmt::format("read_image: channels is {}, expected 1 (grey), 3 (RGB) or 4 (RGBA)", wanted));
  }
  if (options.background < 0 || options.background > 255) {
    throw ValueError(fmt::format("read_image: background is {}, expected 0 to 255", options.background));
  }
  io::Image image = io::read_image(path);
  if (options.channels) image = with_channels(std::move(image), wanted, static_cast<std::uint8_t>(options.background));
  const Tensor planes = allocate({{image.channels, image.height, image.width}, {}, DType::kUInt8, {}}, {});
  const Physical to = physical_for_write(planes);
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t pixels = image.pixels.size() / channels;
  auto* bytes = reinterpret_cast<std::uint8_t*>(to.data);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) *bytes++ = image.pixels[pixel * channels + c];
  }
  return planes;
}

void write_image(const std::filesystem::path& path, const Tensor& image) {
  check_suffix(path);
  const std::int64_t channels = image.dim() == 3 ? image.size(0) : 1;
  const bool is_picture =
      (image.dim() == 2 || image.dim() == 3) && image.numel() > 0 && (channels == 1 || channels == 3 || channels == 4);
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  if (!is_picture || image.size(-2) > kMost || image.size(-1) > kMost) {
    throw ValueError(fmt::format("write_image: the picture is {}, expected [H, W] or [C, H, W] with C = 1, 3 or 4{}",
                                 to_string(image.shape()),
                                 image.dim() == 4 ? "; select one of the batch: images[0]" : ""));
  }
  io::Image pixels =
      io::make_image(static_cast<int>(image.size(-1)), static_cast<int>(image.size(-2)), static_cast<int>(channels));
  interleave(image, pixels);
  io::write_png(path, pixels);
}

}  // namespace lamella
