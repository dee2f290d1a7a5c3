#include <algorithm>

#include "io/exif.h"
#include "io/picture_files.h"

namespace lamella::io {
namespace {

using Samples = std::vector<std::uint8_t>;

Image decode(const Bytes& file, const ImageOptions& options = {}) { return decode_image(file, "photo", options); }

std::string refusal(const Bytes& file, const ImageOptions& options = {}) {
  return error_of<FileError>([&] { decode(file, options); });
}

/// width x height pixels of one colour each, in 8x8 blocks: JPEG keeps flat blocks to a few units.
Samples blocks(int width, int height, const std::vector<Samples>& colours) {
  Samples samples;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Samples& colour = colours[static_cast<std::size_t>(x / 16 + y / 16 * (width / 16)) % colours.size()];
      samples.insert(samples.end(), colour.begin(), colour.end());
    }
  }
  return samples;
}

// Two roundings of the colour conversion and one of the quantised mean at quality 95 (table entry 1 or 2).
constexpr int kTolerance = 4;

void expect_colour(const Image& image, int x, int y, const Samples& colour) {
  ASSERT_EQ(image.channels, static_cast<int>(colour.size()));
  for (std::size_t c = 0; c < colour.size(); ++c) {
    EXPECT_NEAR(image.at(x, y)[c], colour[c], kTolerance) << "pixel " << x << ", " << y << " channel " << c;
  }
}

const std::vector<Samples> kFour = {{200, 30, 40}, {20, 180, 60}, {10, 20, 220}, {240, 240, 240}};

Bytes rgb_file(const JpegOptions& options = {}) { return jpeg_file(32, 32, 3, blocks(32, 32, kFour), options); }

TEST(Jpeg, ReadsRgbAndGrey) {
  const Image image = decode(rgb_file());
  EXPECT_EQ(image.width, 32);
  EXPECT_EQ(image.height, 32);
  expect_colour(image, 8, 8, kFour[0]);
  expect_colour(image, 24, 8, kFour[1]);
  expect_colour(image, 8, 24, kFour[2]);
  expect_colour(image, 24, 24, kFour[3]);
  const Image grey = decode(jpeg_file(16, 8, 1, blocks(16, 8, {{77}}), {.in = JCS_GRAYSCALE, .stored = JCS_GRAYSCALE}));
  EXPECT_EQ(grey.channels, 1);
  expect_colour(grey, 3, 3, {77});
}

TEST(Jpeg, ReadsProgressiveFiles) { EXPECT_EQ(decode(rgb_file({.progressive = true})), decode(rgb_file())); }

TEST(Jpeg, TurnsCmykIntoRgb) {
  // Ink 51 of 255 leaves 204; black 127 halves it. libjpeg writes Adobe's marker: such files store 255 - ink.
  const Samples ink = {51, 102, 0, 127};
  Samples stored;
  for (const std::uint8_t value : ink) stored.push_back(static_cast<std::uint8_t>(255 - value));
  const Samples expected = {204 * 128 / 255, 153 * 128 / 255, 128};
  for (const J_COLOR_SPACE space : {JCS_CMYK, JCS_YCCK}) {
    const Image image = decode(jpeg_file(16, 16, 4, blocks(16, 16, {stored}), {.in = JCS_CMYK, .stored = space}));
    expect_colour(image, 5, 5, expected);
  }
}

TEST(Jpeg, TakesCmykWithoutAdobesMarkerAsItStands) {
  Bytes file = jpeg_file(16, 16, 4, blocks(16, 16, {{51, 102, 0, 127}}), {.in = JCS_CMYK, .stored = JCS_CMYK});
  const Bytes adobe = bytes("Adobe");
  const auto at = std::search(file.begin(), file.end(), adobe.begin(), adobe.end());
  ASSERT_NE(at, file.end());
  *at = std::byte{'X'};
  expect_colour(decode(file), 5, 5, {204 * 128 / 255, 153 * 128 / 255, 128});
}

/// An APP1 segment with one IFD0 entry.
Bytes exif(int orientation, bool big_endian, int tag = 0x0112, int type = 3) {
  const auto u16 = [&](int v) { return big_endian ? bytes({v >> 8, v & 255}) : bytes({v & 255, v >> 8}); };
  const auto u32 = [&](int v) { return big_endian ? bytes({0, 0, 0, v}) : bytes({v, 0, 0, 0}); };
  Bytes segment = bytes({'E', 'x', 'i', 'f', 0, 0});
  append(segment, big_endian ? bytes({'M', 'M', 0, '*'}) : bytes({'I', 'I', '*', 0}));
  append(segment, u32(8));
  append(segment, u16(1));
  append(segment, u16(tag));
  append(segment, u16(type));
  append(segment, u32(1));
  append(segment, u16(orientation));
  append(segment, bytes({0, 0}));
  append(segment, u32(0));
  return segment;
}

TEST(Exif, ReadsTheOrientationInBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_EQ(exif_orientation(exif(orientation, true)), orientation);
    EXPECT_EQ(exif_orientation(exif(orientation, false)), orientation);
  }
}

TEST(Exif, TakesWhatIsMalformedForUpright) {
  EXPECT_EQ(exif_orientation({}), 1);
  EXPECT_EQ(exif_orientation(exif(0, true)), 1);
  EXPECT_EQ(exif_orientation(exif(9, true)), 1);
  EXPECT_EQ(exif_orientation(exif(6, true, 0x0113)), 1);
  EXPECT_EQ(exif_orientation(exif(6, true, 0x0112, 2)), 1);
  const Bytes whole = exif(6, true);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const int orientation = exif_orientation(std::span(whole).first(size));
    EXPECT_TRUE(orientation == 1 || (orientation == 6 && size >= 26)) << size;
  }
  Bytes far = whole;
  far[10] = far[13] = std::byte{0xff};  // the directory lies far outside
  EXPECT_EQ(exif_orientation(far), 1);
  expect_survives_damage(whole, [](const Bytes& segment) { EXPECT_LE(exif_orientation(segment), 8); });
}

TEST(Exif, TurnsAndMirrors) {
  const Image stored{3, 2, 1, {1, 2, 3, 4, 5, 6}};
  const Samples upright[] = {{1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3},
                             {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image image = oriented(stored, orientation);
    EXPECT_EQ(image.width, orientation < 5 ? 3 : 2);
    EXPECT_EQ(image.pixels, upright[orientation - 1]) << orientation;
  }
}

TEST(Jpeg, AppliesTheOrientation) {
  const Image image = decode(jpeg_file(32, 16, 3, blocks(32, 16, {kFour[0], kFour[1]}), {.app1 = exif(6, false)}));
  ASSERT_EQ(image.width, 16);
  ASSERT_EQ(image.height, 32);
  expect_colour(image, 8, 8, kFour[0]);
  expect_colour(image, 8, 24, kFour[1]);
}

TEST(Jpeg, ChecksTheSizeBeforeItTakesMemory) {
  Bytes file = rgb_file();
  const Bytes start = bytes({0xff, 0xc0});  // SOF0: length, precision, height, width
  const auto at = std::search(file.begin(), file.end(), start.begin(), start.end());
  for (int i = 5; i < 9; ++i) at[i] = std::byte{0xff};
  at[5] = at[7] = std::byte{0xfe};
  EXPECT_EQ(refusal(file),
            "photo: a picture of 65279x65279 pixels is more than the 134217728 that are read; make it smaller, or "
            "raise max_pixels");
}

TEST(Jpeg, LimitsTheScans) {
  const Bytes file = rgb_file({.progressive = true});
  EXPECT_NE(refusal(file, {.max_scans = 3}).find("more than 3 scans"), std::string::npos);
}

TEST(Jpeg, TakesCorruptDataForAnErrorUnlessToldOtherwise) {
  Bytes cut = rgb_file();
  cut.resize(cut.size() - 8);
  EXPECT_EQ(refusal(cut), "photo: a damaged JPEG file: Premature end of JPEG file");
  const Image mended = decode(cut, {.accept_damaged = true});
  EXPECT_EQ(mended.height, 32);
  expect_colour(mended, 8, 8, kFour[0]);
}

TEST(Jpeg, NamesWhatIsNoJpeg) {
  EXPECT_NE(refusal(bytes({0xff, 0xd8, 0xff})).find("photo: a damaged JPEG file"), std::string::npos);
  EXPECT_NE(refusal(bytes({0xff, 0xd8, 0xff, 0xd9})).find("photo: a damaged JPEG file"), std::string::npos);
}

TEST(Jpeg, SurvivesDamage) {
  const ImageOptions small{.max_pixels = 1 << 16};
  const ImageOptions mending{.max_pixels = 1 << 16, .accept_damaged = true};
  expect_survives_damage(rgb_file({.app1 = exif(6, true)}), [&](const Bytes& file) { decode(file, small); }, 1000);
  expect_survives_damage(rgb_file({.progressive = true}), [&](const Bytes& file) { decode(file, mending); }, 500);
  const Bytes cmyk = jpeg_file(16, 16, 4, blocks(16, 16, {{1, 2, 3, 4}}), {.in = JCS_CMYK, .stored = JCS_YCCK});
  expect_survives_damage(cmyk, [&](const Bytes& file) { decode(file, mending); }, 500);
}

}  // namespace
}  // namespace lamella::io
