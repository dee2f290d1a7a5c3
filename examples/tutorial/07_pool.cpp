// Pooling makes maps smaller: a window moves over each channel, and its maximum or its mean is kept. Nothing is
// learned.
#include <lamella/lamella.h>

#include <iomanip>

#include "draw.h"

using namespace lamella;

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;
  manual_seed(0);

  // [grid] A 4x4 grid under a window of 2x2 that moves by 2: four windows, which do not overlap.
  const Tensor grid = tensor({{1., 3., 2., 9.}, {7., 4., 1., 5.}, {8., 5., 2., 4.}, {4., 2., 1., 4.}});
  const Tensor image = grid.view({1, 1, 4, 4});
  const Tensor largest = max_pool2d(image, 2, {.stride = 2}), mean = avg_pool2d(image, 2, {.stride = 2});
  std::cout << grid.to_string() << '\n';
  for (std::int64_t y = 0; y < 2; ++y) {
    for (std::int64_t x = 0; x < 2; ++x) {
      std::cout << "window";
      for (const float value : grid.slice(0, {2 * y, 2 * y + 2}).slice(1, {2 * x, 2 * x + 2}).to_vector<float>()) {
        std::cout << ' ' << value;
      }
      std::cout << ": maximum " << largest[0][0][y][x].item<float>() << ", mean " << mean[0][0][y][x].item<float>()
                << '\n';
    }
  }
  // [/grid]

  // [module] A layer is built first and called then. Its first argument is the window, its second the step. Without the
  // second the step is the window's own size (not 1, as it is for a convolution).
  const Tensor x = rand({1, 16, 14, 14});
  nn::MaxPool2d by_position(2, 2);
  nn::MaxPool2d by_name(2, {.stride = 2});
  nn::MaxPool2d by_default(2);
  nn::MaxPool2d overlapping(2, 1);
  std::cout << "MaxPool2d(2, 2): " << to_string(x.shape()) << " -> " << to_string(by_position(x).shape()) << '\n';
  std::cout << "by name, by default: " << to_string(by_name(x).shape()) << ", " << to_string(by_default(x).shape())
            << '\n';
  std::cout << "MaxPool2d(2, 1): " << to_string(overlapping(x).shape()) << '\n';  // 14 - 2 + 1
  std::cout << "parameters: " << by_position.parameter_count() << '\n';
  // [/module]

  // [function] A function takes the input first, then the window, then the step.
  const Tensor averaged = avg_pool2d(x, 2, {2});
  std::cout << "avg_pool2d(x, 2, {2}): " << to_string(averaged.shape()) << '\n';
  std::cout << "by name: " << to_string(avg_pool2d(x, 2, {.stride = 2}).shape()) << '\n';
  // [/function]

  draw::save(folder / "figure-08-max-pool.svg",
             draw::pooling_figure(
                 {.title = "Max pooling", .subtitle = "a window of 2×2, moved by 2", .input = draw::grid(grid)}));
  draw::save(folder / "figure-09-avg-pool.svg", draw::pooling_figure({.title = "Average pooling",
                                                                      .subtitle = "a window of 2×2, moved by 2",
                                                                      .input = draw::grid(grid),
                                                                      .pooling = draw::Pooling::kMean}));
  draw::save(folder / "figure-10-pool.svg",
             draw::volumes_figure({.title = "Pooling halves height and width, channel by channel",
                                   .subtitle = "nn::MaxPool2d(2, 2), or avg_pool2d(x, 2, {2})",
                                   .volumes = {{to_string(x.shape()), 16, 14, 14, "window 2×2, step 2", "grey"},
                                               {to_string(averaged.shape()), 16, 7, 7}}}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
