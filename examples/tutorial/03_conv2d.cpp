// The layer nn::Conv2d: a convolution that owns its kernels. Stride and padding decide the size of what comes out.
#include <lamella/lamella.h>

#include "draw.h"

using namespace lamella;

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;
  manual_seed(0);

  // [by position] In the order of the text: 1 channel in, 3 kernels (so 3 channels out), kernels of 3x3, stride 1,
  // padding 0.
  nn::Conv2d layer(1, 3, 3, 1, 0);
  const Tensor x = rand({1, 1, 28, 28});  // one grey picture
  const Tensor out = layer(x);
  std::cout << layer.to_string() << '\n';
  std::cout << to_string(x.shape()) << " -> " << to_string(out.shape()) << '\n';
  std::cout << "weight " << to_string(layer.weight.shape()) << ", bias " << to_string(layer.bias.shape()) << '\n';
  // [/by position]

  // [by name] The same by name: C++'s designated initialisers are our keyword arguments.
  nn::Conv2d plain(1, 3, 3, {.stride = 1, .padding = 0});
  nn::Conv2d padded(1, 3, 3, {.stride = 1, .padding = 1});
  nn::Conv2d strided(1, 3, 3, {.stride = 2, .padding = 1});
  std::cout << "stride 1, padding 0: " << to_string(plain(x).shape()) << '\n';    // 28 - 3 + 1
  std::cout << "stride 1, padding 1: " << to_string(padded(x).shape()) << '\n';   // 28 + 2 - 3 + 1
  std::cout << "stride 2, padding 1: " << to_string(strided(x).shape()) << '\n';  // (28 + 2 - 3) / 2 + 1, rounded down
  // [/by name]

  // [more] "same" finds the padding by itself; a kernel may have two sizes; dilation spreads it.
  nn::Conv2d same(1, 3, {3, 5}, {.padding = "same"});
  nn::Conv2d dilated(1, 3, 3, {.dilation = 2});
  std::cout << "3x5, same: " << to_string(same(x).shape()) << '\n';
  std::cout << "dilation 2: " << to_string(dilated(x).shape()) << '\n';  // spans 5: 28 - 5 + 1
  // [/more]

  const auto drawn = [&](nn::Conv2d& conv, const std::string& operation) {
    const Tensor maps = conv(x);
    const int height = static_cast<int>(maps.size(2)), width = static_cast<int>(maps.size(3));
    return std::vector<draw::Volume>{{to_string(x.shape()), 1, 28, 28, operation, "grey"},
                                     {to_string(maps.shape()), 3, height, width}};
  };
  draw::save(folder / "figure-05-conv2d.svg",
             draw::listing_figure({.title = "A layer, three ways",
                                   .subtitle = "what stride and padding do to 28×28",
                                   .lines = {{.text = "nn::Conv2d layer(1, 3, 3, 1, 0);"},
                                             {.text = "layer(x).shape()"},
                                             {draw::ListingLine::Kind::kOutput, to_string(plain(x).shape())},
                                             {.text = "nn::Conv2d padded(1, 3, 3, {.stride = 1, .padding = 1});"},
                                             {.text = "padded(x).shape()"},
                                             {draw::ListingLine::Kind::kOutput, to_string(padded(x).shape())},
                                             {.text = "nn::Conv2d strided(1, 3, 3, {.stride = 2, .padding = 1});"},
                                             {.text = "strided(x).shape()"},
                                             {draw::ListingLine::Kind::kOutput, to_string(strided(x).shape())}}}));
  draw::save(folder / "conv2d-plain.svg",
             draw::volumes_figure({.title = "Stride 1, padding 0", .volumes = drawn(plain, "28 − 3 + 1 = 26")}));
  draw::save(
      folder / "conv2d-strided.svg",
      draw::volumes_figure({.title = "Stride 2, padding 1", .volumes = drawn(strided, "⌊(28 + 2 − 3) / 2⌋ + 1 = 14")}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
