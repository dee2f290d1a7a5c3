#include "cli/present/figures.h"

#include <gtest/gtest.h>
#include <lamella/error.h>

#include "cli_present/xml_check.h"

namespace lamella::cli {
namespace {

const NumberGrid kFour{{1, 3, 2, 9}, {7, 4, 1, 5}, {8, 5, 2, 4}, {4, 2, 1, 4}};

TEST(PoolingFigure, ShowsMaximumAndMean) {
  const std::string max = pooling_figure({"Max pooling", "", kFour});
  EXPECT_EQ(svg_fault(max), "");
  EXPECT_EQ(count_of(max, ">9</text>"), 2);  // under the window, and as its result
  const std::string mean = pooling_figure({"Mean", "", kFour, {2, 2}, {2, 2}, Pooling::kMean});
  for (const char* value : {">3.75<", ">4.25<", ">4.75<", ">2.75<"}) EXPECT_TRUE(contains(mean, value)) << value;
  EXPECT_TRUE(contains(mean, ">mean 2×2<"));
}

TEST(PoolingFigure, WindowsMayOverlapOrLeaveARest) {
  EXPECT_EQ(svg_fault(pooling_figure({"", "", kFour, {3, 3}, {1, 1}})), "");
  EXPECT_EQ(svg_fault(pooling_figure({"", "", kFour, {2, 2}, {3, 3}})), "");
  EXPECT_THROW(pooling_figure({"", "", kFour, {5, 5}, {1, 1}}), ValueError);
  EXPECT_THROW(pooling_figure({"", "", kFour, {2, 2}, {0, 1}}), ValueError);
}

TEST(UpsamplingFigure, RepeatsEachCell) {
  const std::string svg = upsampling_figure({"Nearest", "", {{1, 2}, {3, 4}}, {3, 2}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, ">4</text>"), 1 + 3 * 2);
  EXPECT_TRUE(contains(svg, ">nearest ×3×2: 6×4<"));
  EXPECT_THROW(upsampling_figure({"", "", {{1}}, {0, 2}}), ValueError);
  EXPECT_THROW(upsampling_figure({"", "", {{1}}, {4096, 4096}}), ValueError);
}

TEST(ReluFigure, MarksWhatChanges) {
  const std::string svg = relu_figure({"ReLU", "", {{-1, 2}, {0, -3}}, "0x10, 16 bytes", "0x10, 16 bytes"});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, "class=\"lm-red\""), 2);
  EXPECT_EQ(count_of(svg, ">0</text>"), 1 + 3);
  EXPECT_EQ(count_of(svg, "0x10, 16 bytes"), 2);
}

TEST(NetworkFigure, CountsParameters) {
  const std::string svg = network_figure({"MLP", "", {784, 300, 300, 200, 10}});
  EXPECT_EQ(svg_fault(svg), "");
  for (const char* count : {">235,500<", ">90,300<", ">60,200<", ">2,010<"}) EXPECT_TRUE(contains(svg, count)) << count;
  EXPECT_TRUE(contains(svg, "388,010 parameters, 1.55 MB in float32"));
  EXPECT_THROW(network_figure({"", "", {784}}), ValueError);
  EXPECT_THROW(network_figure({"", "", {784, 0}}), ValueError);
}

TEST(ChannelsFigure, AddsTheSlicesAndTheBias) {
  ChannelsFigure figure{
      .title = "RGB", .channels = {{{1, 2}}, {{3, 4}}, {{5, 6}}}, .kernel = {{{1, 0}}, {{0, 1}}, {{-1, 0}}}, .bias = 2};
  const std::string svg = channels_figure(figure);
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_TRUE(contains(svg, ">1 + 4 − 5 + 2 (bias) = 2<"));
  figure.kernel.pop_back();
  EXPECT_THROW(channels_figure(figure), ValueError);
  EXPECT_THROW(channels_figure({}), ValueError);
  figure = {.channels = {{{1, 2}}}, .kernel = {{{1}}}, .at = {0, 2}};
  EXPECT_THROW(channels_figure(figure), ValueError);
}

TEST(UnitAndVolumes, NameEveryShape) {
  const std::string unit = unit_figure(
      {"Unit", "", "[b, 1, 28, 28]", {{"conv", "3×3", "[b, 16, 28, 28]"}, {"ReLU", "", "[b, 16, 28, 28]", "red"}}});
  EXPECT_EQ(svg_fault(unit), "");
  EXPECT_EQ(count_of(unit, ">[b, 16, 28, 28]<"), 2);
  const std::string volumes =
      volumes_figure({"Sizes", "", {{"[1, 1, 28, 28]", 1, 28, 28, "conv"}, {"[1, 3, 26, 26]", 3, 26, 26}}});
  EXPECT_EQ(svg_fault(volumes), "");
  EXPECT_EQ(count_of(volumes, "class=\"lm-map\""), 1 + 3);
  EXPECT_THROW(unit_figure({}), ValueError);
  EXPECT_THROW(volumes_figure({"", "", {{"x", 0, 1, 1}}}), ValueError);
}

TEST(GridsFigure, NumbersOrShades) {
  const std::string svg = grids_figure(
      {.title = "Slide", .grids = {{"input", kFour, "∗", "cell", false}, {"kernel", {{1, 0}}, "=", "kernel"}}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_TRUE(contains(svg, ">∗<"));
  EXPECT_FALSE(contains(svg, ">=</text>"));  // nothing follows
  EXPECT_THROW(grids_figure({}), ValueError);
  EXPECT_THROW(grids_figure({.grids = {{"x", kFour, "", "pink"}}}), ValueError);
  EXPECT_THROW(grids_figure({.grids = {{"x", NumberGrid(100, 100)}}}), ValueError);
}

// A picture of 28×28 as a rectangle a pixel took 70 KB.
TEST(GridsFigure, DrawsEqualShadesAsOnePath) {
  const std::string svg = grids_figure({.grids = {{"", {{1, 1, 0, 2}, {2, 2, 0, 1}}, "", "cell", false}}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, "<path"), 2) << "0 shows nothing";
  const std::string cell = svg.substr(svg.find("fill-opacity=\"0.5\"") - 60, 60);
  EXPECT_EQ(count_of(cell, "M"), 2) << "neighbours are one rectangle: " << cell;
  EXPECT_EQ(count_of(svg, "class=\"lm-heat0 lm-crisp\""), 2);
}

TEST(ListingFigure, SetsErrorsApart) {
  const std::string svg = listing_figure(
      {"Error",
       "",
       {{ListingLine::Kind::kInput, "auto y = conv2d(x, w);"}, {ListingLine::Kind::kError, "conv2d: a <b> & c"}}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, "lm-accent lm-mono"), 1);
}

TEST(NumberGrid, RefusesWhatIsNotARectangle) {
  EXPECT_THROW((NumberGrid{{1, 2}, {3}}), ValueError);
  EXPECT_THROW(NumberGrid(2, 2, {1, 2, 3}), ValueError);
  EXPECT_THROW(NumberGrid(-1, 2), ValueError);
  EXPECT_THROW(NumberGrid(1 << 20, 1 << 20), ValueError);
}

}  // namespace
}  // namespace lamella::cli
