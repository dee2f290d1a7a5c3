#include "cli/present/animation.h"

#include <gtest/gtest.h>
#include <lamella/error.h>

#include <limits>

#include "cli_present/xml_check.h"

namespace lamella::cli {
namespace {

const NumberGrid kEdge{{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}};

NumberGrid counting(int rows, int columns) {
  NumberGrid grid(rows, columns);
  for (std::size_t i = 0; i < grid.values.size(); ++i) grid.values[i] = static_cast<double>(i);
  return grid;
}

TEST(Correlate, DoesNotFlipTheKernel) {
  EXPECT_EQ(correlate({{1, 2, 3}}, {{0, 1}}).values, (std::vector<double>{2, 3}));
}

TEST(Correlate, SizesOfTheTutorial) {
  EXPECT_EQ(correlate(counting(28, 28), kEdge).rows, 26);
  EXPECT_EQ(correlate(counting(28, 28), kEdge, {1, 1}, {1, 1}).rows, 28);
  EXPECT_EQ(correlate(counting(28, 28), kEdge, {2, 2}, {1, 1}).columns, 14);
}

TEST(Correlate, PaddingIsZero) {
  EXPECT_EQ(correlate({{5}}, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}}, {1, 1}, {1, 1}).values, std::vector<double>{5});
}

TEST(Animation, AStepForEachCellOfTheMap) {
  const std::string svg = conv_animation(
      {.kernel_name = "edge", .input = counting(5, 5), .kernel = kEdge, .stride = {2, 2}, .padding = {1, 1}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, "class=\"lm-step "), 9);
  EXPECT_EQ(count_of(svg, "lm-still\""), 1);  // the step shown where motion is off
  EXPECT_EQ(count_of(svg, "class=\"lm-pad\""), 49 - 25);
  EXPECT_TRUE(contains(svg, "kernel edge, stride 2, padding 1"));
  EXPECT_TRUE(contains(svg, "@media (prefers-reduced-motion:no-preference)"));
  EXPECT_TRUE(contains(svg, ">feature map 3×3<"));
}

TEST(Animation, WritesTheSumOut) {
  const std::string svg = conv_animation({.input = {{1, 2}, {3, 4}}, .kernel = {{1, 0}, {0, -1}}});
  EXPECT_TRUE(contains(svg, ">1·1 + 2·0 + 3·0 + 4·(−1) = −3<"));
}

TEST(Animation, SizesMayDifferByAxis) {
  const std::string svg =
      conv_animation({.input = counting(2, 7), .kernel = {{1, -1}}, .stride = {1, 2}, .padding = {0, 1}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, "class=\"lm-step "), 2 * 4);
}

TEST(Animation, LargeKernelsGiveTheSumAlone) {
  EXPECT_TRUE(contains(conv_animation({.input = counting(7, 7), .kernel = counting(7, 7)}), "sum of the 49 products"));
}

TEST(Animation, ValuesThatAreNotNumbersAreShown) {
  const std::string svg = conv_animation({.input = {{std::numeric_limits<double>::quiet_NaN()}}, .kernel = {{1}}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_TRUE(contains(svg, ">NaN<"));
}

TEST(Animation, StaysSmall) {
  const std::string svg = conv_animation({.input = counting(20, 20), .kernel = kEdge, .padding = {1, 1}});
  EXPECT_EQ(count_of(svg, "class=\"lm-step "), 400);
  EXPECT_LT(svg.size(), 700'000u);
}

TEST(Animation, RefusesWhatCannotBeRead) {
  EXPECT_THROW(conv_animation({.input = counting(28, 28), .kernel = kEdge}), ValueError);  // 676 steps
  EXPECT_THROW(conv_animation({.input = counting(40, 40), .kernel = kEdge, .stride = {4, 4}}), ValueError);
  EXPECT_THROW(conv_animation({.input = counting(30, 30), .kernel = counting(12, 12)}), ValueError);
  EXPECT_THROW(conv_animation({.input = counting(3, 3), .kernel = kEdge, .seconds_per_step = 0}), ValueError);
  EXPECT_THROW(
      conv_animation(
          {.input = counting(3, 3), .kernel = kEdge, .seconds_per_step = std::numeric_limits<double>::quiet_NaN()}),
      ValueError);
}

TEST(Animation, RefusesWhatDoesNotFit) {
  EXPECT_THROW(conv_animation({.input = {}, .kernel = kEdge}), ValueError);
  EXPECT_THROW(conv_animation({.input = counting(2, 2), .kernel = kEdge}), ValueError);
  EXPECT_THROW(conv_animation({.input = counting(3, 3), .kernel = kEdge, .stride = {0, 1}}), ValueError);
  EXPECT_THROW(conv_animation({.input = counting(3, 3), .kernel = kEdge, .padding = {-1, 0}}), ValueError);
  EXPECT_THROW(conv_animation({.input = counting(3, 3), .kernel = kEdge, .padding = {2'000'000'000, 0}}), ValueError);
}

}  // namespace
}  // namespace lamella::cli
