// The function conv2d: the caller holds the kernels, and their shape has to fit the input's.
#include <lamella/lamella.h>

#include "draw.h"

using namespace lamella;

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;
  manual_seed(0);
  std::vector<draw::ListingLine> lines;
  using enum draw::ListingLine::Kind;

  // [error] 16 kernels for pictures of 3 channels do not fit a picture of 1 channel.
  const Tensor x = randn({1, 1, 28, 28});
  const Tensor w = randn({16, 3, 5, 5}), b = randn({16});
  try {
    conv2d(x, w, b, {.stride = 1, .padding = 1});
  } catch (const Error& error) {
    std::cout << error.what() << '\n';
    lines = {{kInput, "conv2d(x, w, b, {.stride = 1, .padding = 1});  // x [1, 1, 28, 28], w [16, 3, 5, 5]"},
             {kError, error.what()}};
  }
  // [/error]

  // [picture] Either the picture gets 3 channels …
  const Tensor rgb = randn({1, 3, 28, 28});
  const Tensor out = conv2d(rgb, w, b, {.stride = 1, .padding = 1});
  const Tensor halved = conv2d(rgb, w, b, {.stride = 2, .padding = 2});
  std::cout << to_string(rgb.shape()) << " with " << to_string(w.shape())
            << ", stride 1, padding 1: " << to_string(out.shape()) << '\n';
  std::cout << to_string(rgb.shape()) << " with " << to_string(w.shape())
            << ", stride 2, padding 2: " << to_string(halved.shape()) << '\n';
  // [/picture]

  // [weight] … or the kernels get 1 channel. Height and width need not agree at all, as long as the kernel fits in.
  const Tensor grey = randn({16, 1, 5, 5});
  const Tensor twin = conv2d(x, grey, b, {.stride = 1, .padding = 1});
  std::cout << to_string(x.shape()) << " with " << to_string(grey.shape())
            << ", stride 1, padding 1: " << to_string(twin.shape()) << '\n';
  // [/weight]

  // [layer] The layer is the function with kernels of its own: the same numbers for the same weight.
  nn::Conv2d layer(3, 16, 5, 1, 1);
  const Tensor by_layer = layer(rgb), by_function = conv2d(rgb, layer.weight, layer.bias, {.padding = 1});
  std::cout << "layer and function: " << (equal(by_layer, by_function) ? "equal" : "different") << '\n';
  // [/layer]

  lines.insert(lines.end(), {{kInput, "conv2d(rgb, w, b, {.stride = 1, .padding = 1}).shape()  // rgb [1, 3, 28, 28]"},
                             {kOutput, to_string(out.shape())},
                             {kInput, "conv2d(x, grey, b, {.stride = 1, .padding = 1}).shape()  // grey [16, 1, 5, 5]"},
                             {kOutput, to_string(twin.shape())}});
  draw::save(folder / "figure-07-functional.svg",
             draw::listing_figure({.title = "An error and its two cures",
                                   .subtitle = "the second number of the weight is the number of channels of the input",
                                   .lines = lines}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
