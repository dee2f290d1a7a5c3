// Pictures have colours: a kernel then has one slice a channel, and its slices' sums are added to one number.
#include <lamella/lamella.h>

#include "draw.h"

using namespace lamella;

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;
  manual_seed(0);

  // [shapes] b pictures of 3 channels (red, green, blue), 28x28 each; 16 kernels of 3 slices, 3x3 each; one bias a
  // kernel. Each kernel makes one feature map; a padding of 1 keeps the 28x28.
  const std::int64_t b = 2;
  const Tensor x = rand({b, 3, 28, 28});
  const Tensor one_kernel = randn({3, 3, 3});
  const Tensor weight = randn({16, 3, 3, 3});
  const Tensor bias = randn({16});
  const Tensor out = conv2d(x, weight, bias, {.padding = 1});
  std::cout << "x " << to_string(x.shape()) << ", one kernel " << to_string(one_kernel.shape()) << '\n';
  std::cout << "16 kernels " << to_string(weight.shape()) << ", bias " << to_string(bias.shape()) << '\n';
  std::cout << "out " << to_string(out.shape()) << '\n';
  // [/shapes]

  // [by hand] The point (10, 20) of the map of kernel 5 in picture 0. With a padding of 1 its window begins one row
  // above and one column to the left. Three sums of nine products each, then all three and the bias.
  double point = bias[5].item<double>();
  for (std::int64_t channel = 0; channel < 3; ++channel) {
    const Tensor window = x[0][channel].slice(0, {9, 12}).slice(1, {19, 22});
    const Tensor slice = weight[5][channel];
    const double sum = (window * slice).sum().item<double>();
    std::cout << "channel "
              << "RGB"[channel] << ": " << to_string(window.shape()) << " times " << to_string(slice.shape())
              << ", sum " << sum << '\n';
    point += sum;
  }
  const double expected = out[0][5][10][20].item<double>();
  std::cout << "sums and bias: " << point << ", conv2d: " << expected << '\n';
  // [/by hand]

  // [small] Small enough to be checked with a pencil: one picture of 3x4x4, two kernels.
  const Tensor picture = tensor({{{1., 0., 2., 1.}, {0., 3., 1., 0.}, {2., 1., 0., 1.}, {1., 0., 1., 2.}},
                                 {{0., 1., 1., 0.}, {2., 0., 1., 3.}, {1., 1., 0., 0.}, {0., 2., 1., 1.}},
                                 {{1., 1., 0., 2.}, {0., 1., 2., 0.}, {3., 0., 1., 1.}, {1., 0., 0., 1.}}});
  const Tensor kernels = tensor({{{{1., 0., -1.}, {1., 0., -1.}, {1., 0., -1.}},
                                  {{0., 1., 0.}, {0., 1., 0.}, {0., 1., 0.}},
                                  {{-1., 0., 0.}, {0., 1., 0.}, {0., 0., 1.}}},
                                 {{{0., 0., 0.}, {1., 1., 1.}, {0., 0., 0.}},
                                  {{1., 0., 0.}, {0., -1., 0.}, {0., 0., 1.}},
                                  {{0., 1., 0.}, {1., -4., 1.}, {0., 1., 0.}}}});
  const Tensor biases = tensor({1., 0.});
  const Tensor maps = conv2d(picture, kernels, biases);  // without padding: 4 - 3 + 1 = 2
  std::cout << to_string(picture.shape()) << " with " << to_string(kernels.shape()) << " -> " << to_string(maps.shape())
            << '\n'
            << maps.to_string() << '\n';
  // [/small]

  draw::save(folder / "figure-04-rgb.svg",
             draw::channels_figure({.title = "One kernel over three channels",
                                    .subtitle = "three slices, three sums, one bias: one number of one feature map",
                                    .channels = draw::grids(picture),
                                    .kernel = draw::grids(kernels[0]),
                                    .bias = biases[0].item<double>(),
                                    .at = {1, 0}}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
