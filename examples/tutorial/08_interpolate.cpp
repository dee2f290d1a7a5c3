// Upsampling makes maps larger: interpolate() says by which factor or to which size, and how the new points are found.
#include <lamella/lamella.h>

#include "draw.h"

using namespace lamella;

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;
  manual_seed(0);

  // [factor] 7 -> 14 and 7 -> 21: every point becomes 2x2 or 3x3 points of the same value.
  const Tensor x = rand({1, 16, 7, 7});
  const Tensor twice = interpolate(x, {.scale_factor = 2, .mode = "nearest"});
  const Tensor three = interpolate(x, {.scale_factor = 3, .mode = "nearest"});
  std::cout << to_string(x.shape()) << " times 2 -> " << to_string(twice.shape()) << '\n';
  std::cout << to_string(x.shape()) << " times 3 -> " << to_string(three.shape()) << '\n';
  // [/factor]

  // [size] Mind the order: what follows x by position is the size, here as in torch. F.interpolate(x, 2) gives 2x2.
  const Tensor tiny = interpolate(x, {2});
  const Tensor sized = interpolate(x, {.size = {14, 21}});
  std::cout << "by position: " << to_string(tiny.shape()) << '\n';
  std::cout << "to a size by name: " << to_string(sized.shape()) << '\n';
  // [/size]

  // [modes] nearest repeats, bilinear draws straight lines between the points of both axes.
  const Tensor small = tensor({{0., 4.}, {8., 12.}}).view({1, 1, 2, 2});
  std::cout << "nearest " << interpolate(small, {.scale_factor = 2})[0][0].to_string() << '\n';
  std::cout << "bilinear " << interpolate(small, {.scale_factor = 2, .mode = "bilinear"})[0][0].to_string() << '\n';
  // [/modes]

  // [axes] The mode has to fit the axes: linear wants three [b, c, l], bilinear four [b, c, h, w], trilinear five
  // [b, c, d, h, w], as a CT scan or a film has them.
  try {
    interpolate(x, {.scale_factor = 2, .mode = "trilinear"});
  } catch (const Error& error) {
    std::cout << error.what() << '\n';
  }
  const Tensor volume = rand({1, 1, 7, 7, 7});
  const Tensor larger = interpolate(volume, {.scale_factor = 2, .mode = "trilinear"});
  std::cout << "trilinear: " << to_string(volume.shape()) << " -> " << to_string(larger.shape()) << '\n';
  // [/axes]

  draw::save(folder / "figure-11-upsample.svg",
             draw::upsampling_figure({.title = "Upsampling by 2, nearest",
                                      .subtitle = "each point becomes a block of 2×2 equal points",
                                      .input = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}}));
  draw::save(
      folder / "figure-12-interpolate.svg",
      draw::listing_figure({.title = "interpolate",
                            .subtitle = "x is [1, 16, 7, 7]: the channels stay, height and width grow by the factor",
                            .lines = {{.text = "interpolate(x, {.scale_factor = 2, .mode = \"nearest\"}).shape()"},
                                      {draw::ListingLine::Kind::kOutput, to_string(twice.shape())},
                                      {.text = "interpolate(x, {.scale_factor = 3, .mode = \"nearest\"}).shape()"},
                                      {draw::ListingLine::Kind::kOutput, to_string(three.shape())}}}));
  const Tensor smooth = interpolate(small, {.scale_factor = 3, .mode = "bilinear"});
  draw::save(
      folder / "modes.svg",
      draw::grids_figure({.title = "Two ways to find the new points",
                          .subtitle = "2×2 times 3 gives 6×6",
                          .grids = {{"input", draw::grid(small), "→", "cell", false},
                                    {"nearest", draw::grid(interpolate(small, {.scale_factor = 3})), "", "map", false},
                                    {"bilinear", draw::grid(smooth), "", "map", false}}}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
