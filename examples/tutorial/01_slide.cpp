// What a convolution does to a picture: a small kernel slides over it; at each place the numbers under the window are
// multiplied by the kernel's, the products are added up, and the sum is one point of the feature map.
#include <lamella/lamella.h>

#include <cmath>

#include "draw.h"

using namespace lamella;

// [size] The formula that the text promises: the kernel, spread by its dilation, fits that often into the padded input.
std::int64_t output_size(std::int64_t in, std::int64_t kernel, std::int64_t stride = 1, std::int64_t padding = 0,
                         std::int64_t dilation = 1) {
  return (in + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;  // whole numbers: the division rounds down
}
// [/size]

// [slide] F(y, x) = sum over r, s of I(y + r, x + s) k(r, s): for discrete data the integral is a sum.
Tensor slide(const Tensor& I, const Tensor& k) {
  const Tensor F = empty({output_size(I.size(0), k.size(0)), output_size(I.size(1), k.size(1))});
  for (std::int64_t y = 0; y < F.size(0); ++y) {
    for (std::int64_t x = 0; x < F.size(1); ++x) {
      const Tensor window = I.narrow(0, y, k.size(0)).narrow(1, x, k.size(1));
      F[y][x].fill_((window * k).sum().item());
    }
  }
  return F;
}
// [/slide]

// The outline of a 0, as thick as a pen: 9 where there is ink, 0 elsewhere.
Tensor zero(int size) {
  std::vector<float> ink;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const double center = (size - 1) / 2.0, distance = std::hypot(y - center, 1.3 * (x - center)) / size;
      ink.push_back(0.23 < distance && distance < 0.41 ? 9.0F : 0.0F);
    }
  }
  return tensor(ink, Dims{size, size});
}

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;

  // [kernels] The kind of kernel decides what comes out: edges, something sharper, something smoother.
  const Tensor edge = tensor({{0., -1., 0.}, {-1., 4., -1.}, {0., -1., 0.}});
  const Tensor sharpen = tensor({{0., -1., 0.}, {-1., 5., -1.}, {0., -1., 0.}});
  const Tensor blur = full({3, 3}, 1.0 / 9);
  // [/kernels]

  // [map] A picture of 28x28 under a kernel of 3x3 gives a feature map of 26x26: the window has 28 - 3 + 1 places.
  const Tensor I = zero(28), F = slide(I, edge);
  std::cout << "I " << to_string(I.shape()) << ", k " << to_string(edge.shape()) << ", F " << to_string(F.shape())
            << '\n';
  std::cout << "28x28 -> " << F.size(0) << 'x' << F.size(1) << '\n';
  // [/map]

  // [library] The library does the same, for many pictures and many kernels at once: both get two axes in front.
  const Tensor same = conv2d(I.view({1, 1, 28, 28}), edge.view({1, 1, 3, 3}));
  std::cout << "conv2d " << to_string(same.shape()) << (equal(same.view({26, 26}), F) ? ", equal" : ", different")
            << '\n';
  // [/library]

  // [sizes] The formula for other steps and borders.
  std::cout << "kernel 3, stride 1, padding 0: 28 -> " << output_size(28, 3) << '\n';
  std::cout << "kernel 3, stride 1, padding 1: 28 -> " << output_size(28, 3, 1, 1) << '\n';
  std::cout << "kernel 3, stride 2, padding 1: 28 -> " << output_size(28, 3, 2, 1) << '\n';
  std::cout << "kernel 5, stride 1, padding 2: 28 -> " << output_size(28, 5, 1, 2) << '\n';
  // [/sizes]

  // [flip] Mathematics turns the kernel round before it slides; deep learning does not, so what it calls convolution is
  // cross-correlation. A kernel that is not symmetric shows it.
  const Tensor right = tensor({{0., 0., 1.}}), left = tensor({{1., 0., 0.}}), row = tensor({{1., 2., 3., 4., 5.}});
  std::cout << "correlation of 1 2 3 4 5 with 0 0 1: " << slide(row, right)[0].to_string() << '\n';
  std::cout << "convolution of 1 2 3 4 5 with 0 0 1: " << slide(row, left)[0].to_string() << '\n';
  // [/flip]

  draw::save(folder / "figure-02-slide.svg",
             draw::grids_figure({.title = "A picture, a kernel, a feature map",
                                 .subtitle = "28×28 under a kernel of 3×3 gives 26×26",
                                 .caption = "28 − 3 + 1 = 26 places in each direction",
                                 .grids = {{"I, 28×28", draw::grid(I), "∗", "cell", false},
                                           {"k, 3×3", draw::grid(edge), "=", "kernel"},
                                           {"F, 26×26", draw::grid(F), "", "map", false}}}));
  const draw::NumberGrid corner{{3, 0, 1, 2, 7}, {1, 5, 8, 9, 3}, {2, 7, 2, 5, 1}, {0, 1, 3, 1, 7}, {4, 2, 1, 6, 2}};
  draw::save(folder / "figure-03-moving.svg",
             draw::conv_animation(
                 {.title = "The window slides", .kernel_name = "edge", .input = corner, .kernel = draw::grid(edge)}));
  const Tensor soft = slide(zero(18), blur);
  draw::save(folder / "kernels.svg",
             draw::grids_figure({.title = "Another kernel, another map",
                                 .subtitle = "one picture of 16×16 under three kernels of 3×3",
                                 .grids = {{"picture, 16×16", draw::grid(soft), "→", "cell", false},
                                           {"edges, 14×14", draw::grid(slide(soft, edge)), "", "map", false},
                                           {"sharper, 14×14", draw::grid(slide(soft, sharpen)), "", "map", false},
                                           {"smoother, 14×14", draw::grid(slide(soft, blur)), "", "map", false}}}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
