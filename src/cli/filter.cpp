// `lamella filter`: what a kernel does to a picture.
#include <fmt/format.h>
#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/conv.h>
#include <lamella/ops/create.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kernels.h"
#include "cli/pictures.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

/// [C, 1, H, W] float: the channels as a batch, since each is filtered on its own.
Tensor channels_of(const io::Image& image) {
  const auto bytes =
      tensor(std::span<const std::uint8_t>(image.pixels), Dims{image.height, image.width, image.channels});
  return bytes.permute({2, 0, 1}).to(DType::kFloat32).contiguous().unsqueeze(1);
}

Tensor filtered(const Tensor& channels, const NumberGrid& kernel, const FilterOptions& options) {
  const std::int64_t height = channels.size(2) + 2 * options.padding, width = channels.size(3) + 2 * options.padding;
  if (kernel.rows > height || kernel.columns > width) {
    throw ValueError(fmt::format("{}: the kernel {}x{} is larger than the padded picture {}x{}; give --padding",
                                 options.image.string(), kernel.rows, kernel.columns, height, width));
  }
  const Tensor weight = tensor(kernel.values, Dims{1, 1, kernel.rows, kernel.columns}).to(DType::kFloat32);
  return conv2d(channels, weight, {}, {.stride = {options.stride}, .padding = options.padding});
}

/// Rounded and cut to 0…255; an answer of a kernel that sums to zero has a sign, of which its size is shown.
Pixels shown(const Tensor& channels, bool magnitude) {
  const int count = static_cast<int>(channels.size(0));
  Pixels pixels(static_cast<int>(channels.size(3)), static_cast<int>(channels.size(2)), count);
  const std::vector<float> values = channels.squeeze(1).permute({1, 2, 0}).to_vector<float>();
  std::transform(values.begin(), values.end(), pixels.data.begin(), [&](float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(magnitude ? std::abs(value) : value, 0.0F, 255.0F)));
  });
  return pixels;
}

std::string size_of(const Pixels& pixels) { return fmt::format("{}x{}", pixels.width, pixels.height); }

/// Small pictures are enlarged, so that a sheet can be looked at.
Pixels sheet_of(const std::vector<Tile>& tiles) {
  int widest = 1;
  for (const Tile& tile : tiles) widest = std::max(widest, tile.picture.width);
  return sheet(tiles, {.title = "What a kernel does to a picture", .zoom = std::clamp(196 / widest, 1, 8)});
}

}  // namespace

int run_filter(const FilterOptions& options) {
  std::vector<NamedKernel> kernels;
  for (const std::string& text : options.kernels) kernels.push_back(parse_kernel(text));
  io::Image image = io::composite(io::read_image(options.image), io::kWhite);
  if (options.grey) image = io::to_grey(image);

  const NoGradGuard no_grad;
  const Tensor channels = channels_of(image);
  const Pixels before = to_pixels(image);
  std::vector<Tile> tiles{{before, "input " + size_of(before)}};
  std::string text;
  for (const NamedKernel& kernel : kernels) {
    const bool magnitude = is_zero_sum(kernel.weights);
    const Pixels after = shown(filtered(channels, kernel.weights, options), magnitude);
    text += fmt::format("{}{} -> {}{}\n", kernels.size() > 1 ? pad_right(kernel.name, 9) + " " : "", size_of(before),
                        size_of(after), magnitude ? "  (the size of the answers, 0 to 255)" : "");
    tiles.push_back({after, kernel.name + " " + size_of(after)});
  }
  io::write_png(options.out, to_image(kernels.size() == 1 ? tiles.back().picture : sheet_of(tiles)));
  print(text + options.out.string() + "\n");
  return 0;
}

}  // namespace lamella::cli
