// filter and animate: what needs no model.
#include "cli/command_testing.h"
#include "cli_present/xml_check.h"
#include "io/image.h"

namespace lamella::cli {
namespace {

class Pictures : public CommandTest {
 protected:
  /// 28x28, dark on the left of column 14, light on its right.
  void write_edge(const std::string& name, int channels = 1) const {
    io::Image image = io::make_image(28, 28, channels);
    for (int y = 0; y < 28; ++y) {
      for (int x = 14; x < 28; ++x) std::fill_n(image.at(x, y), channels, std::uint8_t{100});
    }
    io::write_png(in(name), image);
  }
};

TEST_F(Pictures, FilterPrintsTheSizesAndWritesThePicture) {
  write_edge("edge.png");
  const CommandResult result = lamella("filter edge.png --kernel sobel-x -o out.png");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("28x28 -> 26x26")) << result.out;
  const io::Image out = io::read_image(in("out.png"));
  ASSERT_EQ(out.width, 26);
  ASSERT_EQ(out.height, 26);
  EXPECT_EQ(*out.at(3, 5), 0);     // flat: the weights sum to zero
  EXPECT_EQ(*out.at(13, 5), 255);  // 4 x 100, cut
}

TEST_F(Pictures, FilterTakesStridePaddingAndMatrices) {
  write_edge("edge.png");
  const CommandResult result =
      lamella("filter edge.png --kernel '[[0,0,0],[0,0.5,0],[0,0,0]]' --stride 2 --padding 1 -o out.png");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("28x28 -> 14x14")) << result.out;
  const io::Image out = io::read_image(in("out.png"));
  EXPECT_EQ(*out.at(6, 3), 0);
  EXPECT_EQ(*out.at(7, 3), 50);
}

TEST_F(Pictures, TheIdentityGivesThePictureBack) {
  write_edge("edge.png", 3);
  ASSERT_EQ(lamella("filter edge.png --kernel identity --padding 1 -o out.png").code, 0);
  EXPECT_EQ(io::read_image(in("out.png")), io::read_image(in("edge.png")));
}

TEST_F(Pictures, EveryKernelOfTheHelpIsThere) {
  write_edge("edge.png");
  for (const char* kernel : {"edge", "sobel-x", "sobel-y", "blur", "gaussian", "sharpen", "emboss", "identity"}) {
    const CommandResult result = lamella(std::string("filter edge.png -o out.png --kernel ") + kernel);
    EXPECT_EQ(result.code, 0) << result.err;
  }
}

TEST_F(Pictures, SeveralKernelsMakeASheet) {
  write_edge("edge.png");
  const CommandResult result = lamella("filter edge.png --kernel edge --kernel blur -o sheet.png");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(contains(result.out, "edge      28x28 -> 26x26"));
  EXPECT_TRUE(contains(result.out, "blur      28x28 -> 26x26"));
  EXPECT_GT(io::read_image(in("sheet.png")).width, 3 * 28);
}

TEST_F(Pictures, FilterSaysWhatIsWrong) {
  write_edge("edge.png");
  write_text(in("text.png"), "no picture");
  write_text(in("cut.png"), read_text(in("edge.png")).substr(0, 60));
  expect_failure("filter nowhere.png --kernel edge -o o.png", 1, {"nowhere.png", "no such file"});
  expect_failure("filter text.png --kernel edge -o o.png", 1, {"text.png"});
  expect_failure("filter cut.png --kernel edge -o o.png", 1, {"cut.png"});
  expect_failure("filter edge.png --kernel edge -o none/o.png", 1, {"none/o.png", "no folder"});
  expect_failure("filter edge.png --kernel edge -o /dev/full", 1, {"/dev/full", "No space left"});
  expect_failure("filter edge.png --kernel corner -o o.png", 2, {"corner", "sobel-x"});
  expect_failure("filter edge.png --kernel '[[1,2],[3]]' -o o.png", 2, {"rows of different lengths"});
  expect_failure("filter edge.png --kernel '[[1,2' -o o.png", 2, {"malformed JSON"});
  expect_failure("filter edge.png --kernel '[]' -o o.png", 2, {"no matrix"});
  write_text(in("dot.png"), "");
  io::write_png(in("dot.png"), io::make_image(2, 2, 1));
  expect_failure("filter dot.png --kernel edge -o o.png", 1, {"dot.png", "3x3", "2x2", "--padding"});
  EXPECT_FALSE(fs::exists(in("o.png")));
}

TEST_F(Pictures, AnimateDrawsAnyConvolution) {
  const CommandResult result = lamella("animate --kernel edge --stride 2 --padding 1 -o conv.svg");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("5x5 -> 3x3\n")) << result.out;
  const std::string svg = read_text(in("conv.svg"));
  EXPECT_EQ(xml_fault(svg), "");
  EXPECT_TRUE(contains(svg, "@keyframes"));
  EXPECT_TRUE(lamella("animate --kernel '[[1,0],[0,1]]' --size 4x6 -o c.svg").out.starts_with("4x6 -> 3x5\n"));
  EXPECT_TRUE(lamella("animate --input '[[1,2,3],[4,5,6]]' --kernel '[[1]]' -o c.svg").out.starts_with("2x3 -> 2x3\n"));
}

TEST_F(Pictures, AnimateTakesAPartOfAPicture) {
  write_edge("edge.png", 3);
  const CommandResult result = lamella("animate --image edge.png --crop 10,4,8,6 -o c.svg");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("6x8 -> 4x6\n")) << result.out;
  expect_failure("animate --image edge.png --crop 25,4,8,6 -o d.svg", 1, {"edge.png", "28x28"});
  expect_failure("animate --image edge.png --crop 1,2,3 -o d.svg", 2, {"--crop", "1,2,3"});
}

TEST_F(Pictures, AnimateSaysWhatIsWrong) {
  expect_failure("animate --size 2x2 --kernel edge -o c.svg", 1, {"3x3", "2x2"});
  expect_failure("animate --size huge -o c.svg", 2, {"--size", "huge"});
  expect_failure("animate --size 500x500 -o c.svg", 1, {"250,000 cells", "1,024"});
  expect_failure("animate --input '[1]' -o c.svg", 2, {"--input"});
  expect_failure("animate -o none/c.svg", 1, {"none/c.svg"});
  EXPECT_FALSE(fs::exists(in("c.svg")));
}

}  // namespace
}  // namespace lamella::cli
