#include "cli/present/pixels.h"

#include <gtest/gtest.h>
#include <lamella/error.h>

#include <cmath>
#include <limits>

namespace lamella::cli {
namespace {

std::vector<int> rgb_at(const Pixels& pixels, int x, int y) {
  const std::uint8_t* p = pixels.at(x, y);
  return {p[0], p[1], p[2]};
}

TEST(Pixels, EnlargeRepeatsEachPixel) {
  Pixels small(2, 1, 1);
  small.data = {10, 20};
  EXPECT_EQ(enlarge(small, 2).data, (std::vector<std::uint8_t>{10, 10, 20, 20, 10, 10, 20, 20}));
  EXPECT_EQ(enlarge(small, 1).data, small.data);
  EXPECT_THROW(enlarge(small, 0), ValueError);
  EXPECT_THROW(enlarge(Pixels(5000, 5000, 1), 4096), ValueError);
}

TEST(Pixels, ShrinkTakesMeans) {
  Pixels four(4, 2, 1);
  four.data = {0, 100, 20, 20, 0, 100, 20, 20};
  const Pixels two = shrink_to_fit(four, 2, 2);
  EXPECT_EQ(two.width, 2);
  EXPECT_EQ(two.data, (std::vector<std::uint8_t>{50, 20}));
  EXPECT_EQ(shrink_to_fit(four, 10, 10).data, four.data);
}

TEST(Pixels, RefusesAbsurdSizes) {
  EXPECT_THROW(Pixels(1 << 20, 1 << 20, 3), ValueError);
  EXPECT_THROW(Pixels(-1, 2, 1), ValueError);
  EXPECT_THROW(Pixels(1, 1, 4), ValueError);
}

TEST(ColorScale, DivergesFromWhiteAtZero) {
  const ColorScale scale = diverging_scale({-0.5, 2});
  EXPECT_EQ(scale.min, -2);
  EXPECT_EQ(scale.max, 2);
  const Pixels p = colored({{0, 2, -2, std::numeric_limits<double>::quiet_NaN()}}, scale);
  EXPECT_EQ(rgb_at(p, 0, 0), (std::vector<int>{255, 255, 255}));
  EXPECT_GT(rgb_at(p, 1, 0)[0], rgb_at(p, 1, 0)[2]);  // red
  EXPECT_LT(rgb_at(p, 2, 0)[0], rgb_at(p, 2, 0)[2]);  // blue
  EXPECT_EQ(rgb_at(p, 3, 0), (std::vector<int>{255, 0, 255}));
}

TEST(ColorScale, FollowsTheData) {
  EXPECT_EQ(scale_for({{{0, 3}}}).kind, ColorScale::Kind::kGrey);
  EXPECT_EQ(scale_for({{{-1, 3}}}).min, -3);
  EXPECT_GT(scale_for({{{0, 0}}}).max, 0);  // no range
  EXPECT_GT(scale_for({{{std::numeric_limits<double>::quiet_NaN()}}}).max, 0);
  EXPECT_EQ(rgb_at(colored({{5}}, grey_scale(5, 5)), 0, 0), (std::vector<int>{0, 0, 0}));
}

TEST(Sheet, PlacesTilesInRowsOnWhite) {
  const std::vector<Tile> tiles(4, Tile{Pixels(3, 3, 1, 0), ""});
  const Pixels out = sheet(tiles, {.columns = 2, .zoom = 2, .margin = 4});
  EXPECT_EQ(out.width, 4 + 2 * (6 + 4));
  EXPECT_EQ(out.height, 4 + 2 * (6 + 4));
  EXPECT_EQ(rgb_at(out, 0, 0), (std::vector<int>{255, 255, 255}));
  EXPECT_EQ(rgb_at(out, 4, 4), (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(rgb_at(out, 14, 14), (std::vector<int>{0, 0, 0}));
}

TEST(Sheet, NumbersGetOneScaleWithABar) {
  const Pixels out = number_sheet({{{-1, 1}, {0, 0}}, {{0, 0}, {0, 0}}}, {"first", "second"}, {.title = "kernels"});
  EXPECT_EQ(out.channels, 3);
  EXPECT_EQ(out.data.size(), static_cast<std::size_t>(out.width) * out.height * 3);
  EXPECT_EQ(rgb_at(out, 10, out.height - 8 - 7 - 4 - 5)[0] < 60, true);  // the bar begins blue
  EXPECT_THROW(number_sheet({{{1}}}, {"a", "b"}), ValueError);
  EXPECT_THROW(sheet({}, {}), ValueError);
  EXPECT_THROW(sheet({Tile{Pixels(100, 100, 1)}}, {.zoom = 256}), ValueError);
}

TEST(BitmapFont, DrawsWithinThePicture) {
  Pixels p(12, 7, 1, 255);
  draw_text(p, 0, 0, "Il", {0, 0, 0});
  EXPECT_EQ(*p.at(2, 3), 0);    // the stem of the I
  EXPECT_EQ(*p.at(5, 3), 255);  // between the letters
  draw_text(p, -3, -3, "WWWW 卷", {0, 0, 0}, 3);
}

}  // namespace
}  // namespace lamella::cli
