#include "io/base64.h"
#include "io/image.h"
#include "io/picture_files.h"

namespace lamella::io {
namespace {

enum { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

using Pixels = std::vector<std::uint8_t>;

Image decode(const Bytes& file, const ImageOptions& options = {}) { return decode_image(file, "picture", options); }

std::string refusal(const Bytes& file, const ImageOptions& options = {}) {
  return error_of<FileError>([&] { decode(file, options); });
}

TEST(Png, ReadsGreyRgbAndRgba) {
  const Image grey = decode(png_file(png_header(2, 2, 8, kGrey), bytes({0, 1, 2, 0, 3, 4})));
  EXPECT_EQ(grey, (Image{2, 2, 1, {1, 2, 3, 4}}));
  EXPECT_EQ(decode(png_file(png_header(1, 2, 8, kRgb), bytes({0, 1, 2, 3, 0, 4, 5, 6}))),
            (Image{1, 2, 3, {1, 2, 3, 4, 5, 6}}));
  EXPECT_EQ(decode(png_file(png_header(1, 1, 8, kRgba), bytes({0, 1, 2, 3, 4}))), (Image{1, 1, 4, {1, 2, 3, 4}}));
}

TEST(Png, SpreadsSmallGreyDepthsOverTheWholeRange) {
  EXPECT_EQ(decode(png_file(png_header(8, 1, 1, kGrey), bytes({0, 0b10100000}))).pixels,
            (Pixels{255, 0, 255, 0, 0, 0, 0, 0}));
  EXPECT_EQ(decode(png_file(png_header(4, 1, 2, kGrey), bytes({0, 0b00011011}))).pixels, (Pixels{0, 85, 170, 255}));
  EXPECT_EQ(decode(png_file(png_header(2, 1, 4, kGrey), bytes({0, 0x1f}))).pixels, (Pixels{17, 255}));
}

TEST(Png, ScalesSixteenBits) {
  // round(v * 255 / 65535): 0x0080 is just below a half, 0x0081 above.
  EXPECT_EQ(decode(png_file(png_header(3, 1, 16, kGrey), bytes({0, 0xff, 0xff, 0, 0x80, 0, 0x81}))).pixels,
            (Pixels{255, 0, 1}));
  EXPECT_EQ(decode(png_file(png_header(1, 1, 16, kRgb), bytes({0, 1, 1, 2, 2, 3, 3}))), (Image{1, 1, 3, {1, 2, 3}}));
}

TEST(Png, LooksUpPalettes) {
  const Bytes palette = png_chunk("PLTE", bytes({10, 20, 30, 40, 50, 60, 70, 80, 90}));
  EXPECT_EQ(decode(png_file(png_header(2, 1, 8, kPalette), bytes({0, 2, 0}), palette)),
            (Image{2, 1, 3, {70, 80, 90, 10, 20, 30}}));
  EXPECT_EQ(decode(png_file(png_header(3, 1, 2, kPalette), bytes({0, 0b00011000}), palette)),
            (Image{3, 1, 3, {10, 20, 30, 40, 50, 60, 70, 80, 90}}));
}

TEST(Png, TurnsTransparencyIntoAlpha) {
  Bytes extra = png_chunk("PLTE", bytes({10, 20, 30, 40, 50, 60}));
  append(extra, png_chunk("tRNS", bytes({128})));
  EXPECT_EQ(decode(png_file(png_header(2, 1, 8, kPalette), bytes({0, 0, 1}), extra)),
            (Image{2, 1, 4, {10, 20, 30, 128, 40, 50, 60, 255}}));
  EXPECT_EQ(decode(png_file(png_header(2, 1, 8, kGrey), bytes({0, 5, 6}), png_chunk("tRNS", bytes({0, 5})))),
            (Image{2, 1, 4, {5, 5, 5, 0, 6, 6, 6, 255}}));
  EXPECT_EQ(
      decode(png_file(png_header(1, 1, 8, kRgb), bytes({0, 1, 2, 3}), png_chunk("tRNS", bytes({0, 1, 0, 2, 0, 3})))),
      (Image{1, 1, 4, {1, 2, 3, 0}}));
  EXPECT_EQ(decode(png_file(png_header(1, 1, 8, kGreyAlpha), bytes({0, 7, 9}))), (Image{1, 1, 4, {7, 7, 7, 9}}));
  EXPECT_EQ(decode(png_file(png_header(1, 1, 16, kGreyAlpha), bytes({0, 7, 7, 9, 9}))), (Image{1, 1, 4, {7, 7, 7, 9}}));
}

TEST(Png, ReadsInterlacedFiles) {
  // Adam7's passes over a 3x3 picture 1..9: (0,0) | - | - | (2,0) | rows 2: (0,2) (2,2) | columns 1: rows 0, 2 | row 1.
  const Bytes passes = bytes({0, 1, 0, 3, 0, 7, 9, 0, 2, 0, 8, 0, 4, 5, 6});
  EXPECT_EQ(decode(png_file(png_header(3, 3, 8, kGrey, 1), passes)), (Image{3, 3, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9}}));
}

TEST(Png, IgnoresTextsAndUnknownChunks) {
  Bytes extra = png_chunk("tEXt", bytes("Comment"));
  append(extra, png_chunk("teSt", bytes("?")));
  append(extra, png_chunk("iCCP", bytes("broken")));
  EXPECT_EQ(decode(png_file(png_header(1, 1, 8, kGrey), bytes({0, 9}), extra)).pixels, (Pixels{9}));
}

TEST(Png, ChecksTheSizeBeforeItTakesMemory) {
  EXPECT_EQ(refusal(png_file(png_header(0x7fffffff, 0x7fffffff, 8, kRgb), {})),
            "picture: a picture of 2147483647x2147483647 pixels is more than the 134217728 that are read; make it "
            "smaller, or "
            "raise max_pixels");
  const Bytes file = png_file(png_header(2, 2, 8, kGrey), bytes({0, 1, 2, 0, 3, 4}));
  EXPECT_NE(refusal(file, {.max_pixels = 3}).find("2x2 pixels is more than the 3"), std::string::npos);
  // A chunk before the header does not hide it.
  EXPECT_NE(
      refusal(png_of_chunks({png_chunk("teSt", Bytes(25)), png_header(0x7fffffff, 9, 8, kRgb), png_chunk("IDAT", {})}))
          .find("picture: "),
      std::string::npos);
}

TEST(Png, SaysWhatIsDamaged) {
  const Bytes header = png_header(2, 2, 8, kGrey);
  Bytes crc = png_file(header, bytes({0, 1, 2, 0, 3, 4}));
  crc[crc.size() - 13] ^= std::byte{1};
  EXPECT_EQ(refusal(crc), "picture: a damaged PNG file: IDAT: CRC error");
  EXPECT_EQ(refusal(png_file(header, bytes({0, 1, 2}))), "picture: a damaged PNG file: Not enough image data");
  EXPECT_NE(refusal(png_file(png_header(0, 2, 8, kGrey), {})).find("a damaged PNG file"), std::string::npos);
  EXPECT_NE(refusal(png_file(png_header(2, 2, 3, kGrey), {})).find("a damaged PNG file"), std::string::npos);
  EXPECT_NE(refusal(png_file(png_header(1, 1, 8, kPalette), bytes({0, 0}))).find("a damaged PNG file"),
            std::string::npos);
  Bytes lost = png_chunk("tRNS", bytes({0, 5}));
  lost.back() ^= std::byte{1};  // its loss would change the picture
  EXPECT_NE(refusal(png_file(header, bytes({0, 1, 2, 0, 3, 4}), lost)).find("CRC"), std::string::npos);
}

TEST(Png, RefusesEveryCut) {
  const Bytes file = png_file(png_header(2, 2, 8, kGrey), bytes({0, 1, 2, 0, 3, 4}));
  for (std::size_t size = 8; size < file.size(); ++size) {
    EXPECT_EQ(refusal(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))),
              "picture: a damaged PNG file: it is cut short");
  }
}

TEST(Png, SurvivesDamage) {
  Bytes extra = png_chunk("PLTE", bytes({10, 20, 30, 40, 50, 60}));
  append(extra, png_chunk("tRNS", bytes({128})));
  const ImageOptions small{.max_pixels = 1 << 16};
  const Bytes interlaced =
      png_file(png_header(3, 3, 8, kPalette, 1), bytes({0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1}), extra);
  expect_survives_damage(interlaced, [&](const Bytes& file) { decode(file, small); });
  const Bytes deep = png_file(png_header(2, 2, 16, kRgba), Bytes(34));
  expect_survives_damage(deep, [&](const Bytes& file) { decode(file, small); });
}

TEST(Picture, IsToldByItsFirstBytesAndNotByItsName) {
  const TemporaryFolder folder;
  const Bytes png = png_file(png_header(1, 1, 8, kGrey), bytes({0, 9}));
  EXPECT_EQ(read_image(folder.write("a.jpg", png)).pixels, (Pixels{9}));
  EXPECT_EQ(refusal(bytes("GIF89a..")),
            "picture: neither PNG nor JPEG: it begins with 47 49 46 38 39 61 2e 2e (\"GIF89a..\")");
  EXPECT_EQ(refusal({}), "picture: neither PNG nor JPEG: it begins with nothing");
  EXPECT_NE(error_of<FileError>([&] { read_image(folder / "none.png"); }).find("none.png: no such file"),
            std::string::npos);
  EXPECT_NE(
      error_of<FileError>([&] { read_image(folder / "a.jpg", {.max_file_bytes = 8}); }).find("larger than 8 bytes"),
      std::string::npos);
}

Image noise(int width, int height, int channels) {
  Image image = make_image(width, height, channels);
  std::mt19937 random(3);
  for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(random());
  return image;
}

TEST(PngWrite, WhatIsWrittenIsReadBack) {
  for (const int channels : {1, 3, 4}) {
    for (const auto& [width, height] : {std::pair(1, 1), {7, 3}, {64, 65}, {1, 300}}) {
      const Image image = noise(width, height, channels);
      EXPECT_EQ(decode(encode_png(image)), image) << width << "x" << height << "x" << channels;
    }
  }
}

TEST(PngWrite, ReplacesAFileWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const Image image = noise(5, 4, 3);
  write_png(folder / "a.png", image);
  EXPECT_EQ(read_image(folder / "a.png"), image);
  EXPECT_THROW(write_png(folder / "a.png", Image{5, 4, 3, {}}), ValueError);
  EXPECT_EQ(read_image(folder / "a.png"), image);
  EXPECT_EQ(folder.file_count(), 1U);
  EXPECT_THROW(write_png(folder / "none" / "a.png", image), FileError);
}

TEST(PngWrite, RefusesWhatIsNoImage) {
  EXPECT_EQ(error_of<ValueError>([] { encode_png({2, 2, 2, Pixels(8)}); }),
            "not an image: 2x2 with 2 channels in 8 bytes");
  EXPECT_THROW(encode_png({}), ValueError);
  EXPECT_THROW(encode_png({-1, -1, 1, {0}}), ValueError);
  EXPECT_THROW(make_image(0, 1, 1), ValueError);
}

TEST(Base64, EncodesTheExamplesOfRfc4648) {
  const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : examples) EXPECT_EQ(base64(bytes(plain)), text);
  EXPECT_EQ(base64(bytes({0xfb, 0xff, 0xbf})), "+/+/");
  EXPECT_TRUE(png_data_uri(noise(1, 1, 1)).starts_with("data:image/png;base64,iVBORw0KGgo"));
}

}  // namespace
}  // namespace lamella::io
