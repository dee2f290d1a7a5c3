// `lamella animate`: the moving figure of a convolution.
#include <fmt/format.h>
#include <lamella/error.h>

#include <charconv>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kernels.h"
#include "cli/pictures.h"
#include "cli/present/animation.h"
#include "cli/present/text.h"
#include "core/platform.h"

namespace lamella::cli {
namespace {

/// Whole numbers with one of `separators` between them. Raises UsageError unless there are `least` to `most`.
std::vector<int> whole_numbers(std::string_view text, std::string_view separators, std::size_t least, std::size_t most,
                               std::string_view usage) {
  const std::string given(text);
  std::vector<int> numbers;
  for (bool more = true; more;) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    int number = 0;
    const char* const begin = text.data();
    const auto [stop, error] = std::from_chars(begin, begin + end, number);
    if (error != std::errc() || stop != begin + end) numbers.resize(most + 1);
    numbers.push_back(number);
    more = end < text.size();
    text.remove_prefix(more ? end + 1 : end);
  }
  if (numbers.size() < least || numbers.size() > most) {
    throw UsageError(fmt::format("{}, got \"{}\"", usage, printable(given)));
  }
  return numbers;
}

/// One digit a cell, without a pattern that would hide what the kernel does.
NumberGrid digits(const std::string& size) {
  std::vector<int> sides = whole_numbers(size, "xX,", 1, 2, "--size: give rows and columns, as in 5x7");
  if (sides.size() == 1) sides.push_back(sides[0]);
  if (sides[0] < 1 || sides[1] < 1 || sides[0] > 1000 || sides[1] > 1000) {
    throw UsageError("--size: " + size + " is not between 1x1 and 1000x1000");
  }
  NumberGrid grid(sides[0], sides[1]);
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      grid(row, column) = (3 * row + 7 * column + row * column) % 10;
    }
  }
  return grid;
}

/// The grey values of a picture, or of a part of it.
NumberGrid grey_values(const std::filesystem::path& path, const std::string& crop) {
  const io::Image image = io::to_grey(io::composite(io::read_image(path), io::kWhite));
  std::vector<int> box{0, 0, image.width, image.height};
  if (!crop.empty()) {
    box = whole_numbers(crop, ",x", 4, 4, "--crop: give left, top, width and height, as in 10,4,8,8");
  }
  const auto [left, top, width, height] = std::array{box[0], box[1], box[2], box[3]};
  if (left < 0 || top < 0 || width < 1 || height < 1 || width > image.width - left || height > image.height - top) {
    throw ValueError(fmt::format("{}: --crop {} does not lie in the picture, which is {}x{}", path.string(), crop,
                                 image.width, image.height));
  }
  if (std::int64_t{width} * height > kMostInputCells) {
    throw ValueError(
        fmt::format("{}: {}x{} pixels are too many to be drawn with their numbers; give --crop "
                    "LEFT,TOP,WIDTH,HEIGHT of at most {} pixels",
                    path.string(), width, height, kMostInputCells));
  }
  NumberGrid grid(height, width);
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) grid(row, column) = *image.at(left + column, top + row);
  }
  return grid;
}

NumberGrid input_of(const AnimateOptions& options) {
  if (!options.input.empty()) return parse_matrix(options.input, "--input");
  return options.image.empty() ? digits(options.size) : grey_values(options.image, options.crop);
}

}  // namespace

int run_animate(const AnimateOptions& options) {
  NamedKernel kernel = parse_kernel(options.kernel);
  Animation animation;
  animation.kernel_name = kernel.name;
  animation.kernel = std::move(kernel.weights);
  animation.input = input_of(options);
  animation.stride = {options.stride, options.stride};
  animation.padding = {options.padding, options.padding};
  animation.seconds_per_step = options.seconds;
  const std::string document = conv_animation(animation);
  const NumberGrid map = correlate(animation.input, animation.kernel, animation.stride, animation.padding);
  platform::atomic_write(options.out, document);
  print(fmt::format("{}x{} -> {}x{}\n{}\n", animation.input.rows, animation.input.columns, map.rows, map.columns,
                    options.out.string()));
  return 0;
}

}  // namespace lamella::cli
