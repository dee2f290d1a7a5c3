// Resampling as Pillow does it (its libImaging/Resample.c), to the last bit: two passes of fixed-point weights, across
// and then down, with 8 bits between them.
#include <fmt/format.h>
#include <lamella/error.h>

#include <algorithm>
#include <cmath>

#include "io/file_bytes.h"
#include "io/image.h"
#include "io/image_codecs.h"

namespace lamella::io {
namespace {

constexpr int kPrecisionBits = 32 - 8 - 2;

/// What one output position is made of: weights[0 .. size) of the input positions from `first` on.
struct Window {
  int first = 0;
  std::vector<std::int32_t> weights;
};

double support_of(Filter filter) { return filter == Filter::kBox ? 0.5 : 1.0; }

double value_of(Filter filter, double x) {
  if (filter == Filter::kBox) return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
  return std::max(0.0, 1.0 - std::abs(x));
}

Window window_at(int position, int input, int output, Filter filter) {
  const double scale = static_cast<double>(input) / output;
  const double stretch = std::max(scale, 1.0);  // when shrinking, the filter covers all that an output pixel covers
  const double support = support_of(filter) * stretch;
  const double centre = (position + 0.5) * scale;
  Window window;
  window.first = std::max(0, static_cast<int>(centre - support + 0.5));
  const int end = std::min(input, static_cast<int>(centre + support + 0.5));
  std::vector<double> exact(static_cast<std::size_t>(end - window.first));
  double sum = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    exact[i] = value_of(filter, (static_cast<int>(i) + window.first - centre + 0.5) * (1.0 / stretch));
    sum += exact[i];
  }
  for (const double weight : exact) {
    const double normalised = sum != 0 ? weight / sum : weight;
    window.weights.push_back(static_cast<std::int32_t>(0.5 + normalised * (1 << kPrecisionBits)));
  }
  return window;
}

/// Resamples one axis: `lines` lines of `input` positions to `output` positions each.
/// from[line * line_step + position * step + channel]; the result has the same layout with its own extents.
struct Axis {
  int input, output, lines, channels;
  std::size_t from_line, from_step, to_line, to_step;
};

void resample(const Axis& axis, Filter filter, const std::uint8_t* from, std::uint8_t* to) {
  for (int position = 0; position < axis.output; ++position) {
    const Window window = window_at(position, axis.input, axis.output, filter);
    const std::uint8_t* first = from + static_cast<std::size_t>(window.first) * axis.from_step;
    std::uint8_t* result = to + static_cast<std::size_t>(position) * axis.to_step;
    for (int line = 0; line < axis.lines; ++line, first += axis.from_line, result += axis.to_line) {
      for (int channel = 0; channel < axis.channels; ++channel) {
        std::int32_t sum = 1 << (kPrecisionBits - 1);
        const std::uint8_t* value = first + channel;
        for (const std::int32_t weight : window.weights) {
          sum += weight * *value;
          value += axis.from_step;
        }
        result[channel] = static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
      }
    }
  }
}

Image resample_across(const Image& image, int width, Filter filter) {
  Image result = make_image(width, image.height, image.channels);
  const auto channels = static_cast<std::size_t>(image.channels);
  resample({image.width, width, image.height, image.channels, channels * static_cast<std::size_t>(image.width),
            channels, channels * static_cast<std::size_t>(width), channels},
           filter, image.pixels.data(), result.pixels.data());
  return result;
}

Image resample_down(const Image& image, int height, Filter filter) {
  Image result = make_image(image.width, height, image.channels);
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t row = channels * static_cast<std::size_t>(image.width);
  resample({image.height, height, image.width, image.channels, channels, row, channels, row}, filter,
           image.pixels.data(), result.pixels.data());
  return result;
}

/// Colour times alpha, so that what cannot be seen does not bleed into what can.
void premultiply(Image& image) {
  for (std::size_t i = 0; i < image.pixels.size(); i += 4) {
    const int alpha = image.pixels[i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      image.pixels[i + c] = static_cast<std::uint8_t>((image.pixels[i + c] * alpha + 127) / 255);
    }
  }
}

void unpremultiply(Image& image) {
  for (std::size_t i = 0; i < image.pixels.size(); i += 4) {
    const int alpha = image.pixels[i + 3];
    if (alpha == 0 || alpha == 255) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      image.pixels[i + c] = static_cast<std::uint8_t>(std::min(255, 255 * image.pixels[i + c] / alpha));
    }
  }
}

}  // namespace

Image resize(const Image& image, int width, int height, Filter filter) {
  constexpr std::uint64_t kMaxPixels = std::uint64_t{1} << 27;
  check_image(image);
  if (width < 1 || height < 1 || static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) > kMaxPixels) {
    throw ValueError(fmt::format("resize: {}x{} is no size for a picture: at least 1x1, at most {} pixels", width,
                                 height, kMaxPixels));
  }
  Image result = image;
  if (width == image.width && height == image.height) return result;
  if (result.channels == 4) premultiply(result);
  // Across first, unless that alone would enlarge: so what stands in between is never larger than both pictures. The
  // order shows in the last bit.
  const bool down_first = width > image.width && height < image.height;
  if (down_first) result = resample_down(result, height, filter);
  if (width != result.width) result = resample_across(result, width, filter);
  if (height != result.height) result = resample_down(result, height, filter);
  if (result.channels == 4) unpremultiply(result);
  return result;
}

}  // namespace lamella::io
