// Expected pixels marked "Pillow" were printed by Pillow 13.0.0 from the expression in the comment.
#include "io/image.h"
#include "io/io_testing.h"

namespace lamella::io {
namespace {

using Pixels = std::vector<std::uint8_t>;

Image image(int width, int height, int channels, Pixels pixels) { return {width, height, channels, std::move(pixels)}; }

/// (np.arange(35) * 37 % 256).astype("u1").reshape(5, 7)
Image ramp() {
  Image result = make_image(7, 5, 1);
  for (std::size_t i = 0; i < result.pixels.size(); ++i) result.pixels[i] = static_cast<std::uint8_t>(i * 37);
  return result;
}

TEST(Grey, IsPillowsLuma) {
  const Image colours = image(5, 1, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 100, 200, 255, 255, 255});
  EXPECT_EQ(to_grey(colours), image(5, 1, 1, {76, 150, 29, 84, 255}));  // Pillow: convert("L")
  EXPECT_EQ(to_grey(image(1, 1, 1, {9})), image(1, 1, 1, {9}));
}

TEST(Grey, AsksForAColourBehindTransparency) {
  EXPECT_EQ(error_of<ValueError>([] { to_grey(image(1, 2, 4, Pixels(8))); }),
            "to_grey: the picture (1x2) is transparent in places; composite it over a colour first");
  EXPECT_THROW(to_rgb(image(1, 2, 4, Pixels(8))), ValueError);
}

TEST(Rgb, RepeatsGrey) {
  EXPECT_EQ(to_rgb(image(2, 1, 1, {7, 9})), image(2, 1, 3, {7, 7, 7, 9, 9, 9}));
  EXPECT_EQ(to_rgb(image(1, 1, 3, {1, 2, 3})), image(1, 1, 3, {1, 2, 3}));
}

TEST(Composite, BlendsByAlpha) {
  const Image over = image(3, 1, 4, {200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 128});
  EXPECT_EQ(composite(over, kWhite), image(3, 1, 3, {200, 100, 0, 255, 255, 255, 227, 177, 127}));
  EXPECT_EQ(composite(over, {10, 20, 30}), image(3, 1, 3, {200, 100, 0, 10, 20, 30, 105, 60, 15}));
  EXPECT_EQ(composite(ramp(), kWhite), ramp());
}

TEST(Inverted, KeepsAlpha) {
  EXPECT_EQ(inverted(image(2, 1, 1, {0, 200})), image(2, 1, 1, {255, 55}));
  EXPECT_EQ(inverted(image(1, 1, 4, {0, 1, 2, 3})), image(1, 1, 4, {255, 254, 253, 3}));
}

TEST(Resize, ShrinksByTheMeanOfAnArea) {
  EXPECT_EQ(resize(ramp(), 3, 2, Filter::kBox).pixels, (Pixels{22, 114, 207, 30, 122, 215}));  // Pillow: BOX
  EXPECT_EQ(resize(ramp(), 7, 2, Filter::kBox).pixels,
            (Pixels{3, 40, 77, 114, 151, 188, 225, 11, 48, 85, 122, 159, 196, 233}));
  EXPECT_EQ(resize(image(2, 2, 1, {0, 10, 20, 30}), 1, 1, Filter::kBox).pixels, (Pixels{15}));
}

TEST(Resize, ShrinksAntialiased) {
  EXPECT_EQ(resize(ramp(), 3, 2).pixels, (Pixels{35, 114, 193, 41, 120, 199}));  // Pillow: BILINEAR
  EXPECT_EQ(resize(ramp(), 7, 2).pixels, (Pixels{3, 40, 77, 114, 151, 188, 225, 9, 46, 83, 120, 157, 194, 231}));
}

TEST(Resize, Enlarges) {
  EXPECT_EQ(resize(ramp(), 9, 6).pixels,  // Pillow: BILINEAR
            (Pixels{0,  25, 53, 82, 111, 140, 169, 197, 222, 2,  27, 55, 84, 113, 142, 171, 199, 224,
                    5,  30, 58, 87, 116, 145, 174, 202, 227, 7,  32, 60, 89, 118, 147, 176, 204, 229,
                    10, 35, 63, 92, 121, 150, 179, 207, 232, 12, 37, 65, 94, 123, 152, 181, 209, 234}));
  EXPECT_EQ(resize(image(2, 1, 1, {3, 9}), 4, 2, Filter::kBox).pixels, (Pixels{3, 3, 9, 9, 3, 3, 9, 9}));
}

TEST(Resize, ShrinksBeforeItEnlarges) {
  // Pillow: Image.fromarray((np.arange(20) ** 2 * 37 % 256).astype("u1").reshape(5, 4)).resize((6, 3), BILINEAR);
  // the other order differs by 1 in places.
  Image rough = make_image(4, 5, 1);
  for (std::size_t i = 0; i < rough.pixels.size(); ++i) rough.pixels[i] = static_cast<std::uint8_t>(i * i * 37);
  EXPECT_EQ(resize(rough, 6, 3).pixels,
            (Pixels{34, 61, 91, 104, 80, 53, 100, 130, 149, 106, 100, 104, 89, 124, 159, 157, 120, 83}));
}

TEST(Resize, WeighsColoursByAlpha) {
  // Pillow: Image.fromarray((np.arange(48) * 53 % 256).astype("u1").reshape(3, 4, 4)).resize((2, 2), BILINEAR)
  Image rgba = make_image(4, 3, 4);
  for (std::size_t i = 0; i < rgba.pixels.size(); ++i) rgba.pixels[i] = static_cast<std::uint8_t>(i * 53);
  EXPECT_EQ(resize(rgba, 2, 2).pixels,
            (Pixels{87, 77, 119, 158, 182, 86, 84, 88, 90, 126, 143, 121, 96, 84, 136, 166}));
}

TEST(Resize, LeavesFlatPicturesAndEqualSizesAlone) {
  EXPECT_EQ(resize(ramp(), 7, 5), ramp());
  for (const int size : {1, 2, 5, 28, 101}) {
    for (const Filter filter : {Filter::kBox, Filter::kBilinear}) {
      EXPECT_EQ(resize(image(37, 53, 3, Pixels(37 * 53 * 3, 255)), size, 28, filter).pixels,
                Pixels(static_cast<std::size_t>(size) * 28 * 3, 255));
    }
  }
}

TEST(Resize, TurnsTallIntoWideWithoutAHugePictureBetween) {
  const Image wide = resize(image(1, 20000, 1, Pixels(20000, 9)), 20000, 1, Filter::kBox);
  EXPECT_EQ(wide.pixels, Pixels(20000, 9));
}

TEST(Resize, RefusesSizesThatAreNone) {
  EXPECT_EQ(error_of<ValueError>([] { resize(ramp(), 0, 5); }),
            "resize: 0x5 is no size for a picture: at least 1x1, at most 134217728 pixels");
  EXPECT_THROW(resize(ramp(), 1 << 30, 1 << 30), ValueError);
  EXPECT_THROW(resize({}, 2, 2), ValueError);
}

}  // namespace
}  // namespace lamella::io
