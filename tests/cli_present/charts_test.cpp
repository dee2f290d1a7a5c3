#include "cli/present/charts.h"

#include <gtest/gtest.h>
#include <lamella/error.h>

#include <cmath>
#include <limits>

#include "cli/present/theme.h"
#include "cli_present/xml_check.h"

namespace lamella::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

LineChart chart_of(std::vector<double> x, std::vector<double> y) {
  LineChart chart{.title = "Loss", .x_label = "epoch", .y_label = "loss", .x_style = NumberStyle::kInteger};
  chart.series = {{"training", std::move(x), std::move(y)}};
  return chart;
}

TEST(Axis, TicksAreRoundNumbers) {
  const Axis axis = linear_axis(0.03, 0.57, 6, NumberStyle::kNumber);
  EXPECT_EQ(axis.labels, (std::vector<std::string>{"0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6"}));
  EXPECT_DOUBLE_EQ(axis.position(0.6), 1);
  const Axis shares = linear_axis(0.81, 0.96, 4, NumberStyle::kPercent);
  EXPECT_EQ(shares.labels, (std::vector<std::string>{"80 %", "85 %", "90 %", "95 %", "100 %"}));
}

TEST(Axis, EpochsHaveWholeTicks) {
  for (const std::string& label : tight_axis(1, 3, 10, NumberStyle::kInteger).labels)
    EXPECT_FALSE(contains(label, "."));
}

TEST(Axis, ARangeWithoutExtentIsWidened) {
  for (const double value : {0.0, 1.0, -3.5, 1e-12, 1e12, 1e300}) {
    const Axis axis = linear_axis(value, value, 6, NumberStyle::kNumber);
    EXPECT_LT(axis.low, axis.high) << value;
    EXPECT_FALSE(axis.ticks.empty()) << value;
    EXPECT_LT(axis.ticks.size(), 20u) << value;
    EXPECT_GT(axis.position(value), 0) << value;
    EXPECT_LT(axis.position(value), 1) << value;
  }
}

TEST(Axis, LogarithmicTicksArePowersOfTen) {
  const Axis axis = log_axis(1e-4, 10, NumberStyle::kNumber);
  EXPECT_EQ(axis.labels, (std::vector<std::string>{"0.0001", "0.001", "0.01", "0.1", "1", "10"}));
  EXPECT_NEAR(axis.position(0.1), 0.6, 1e-12);
  EXPECT_LT(log_axis(1e-200, 1e200, NumberStyle::kNumber).ticks.size(), 12u);
}

TEST(LineChart, HasTitleAxesLegendAndAMarkerAPoint) {
  LineChart chart = chart_of({1, 2, 3}, {0.5, 0.4, 0.3});
  chart.series.push_back({"test", {1, 2, 3}, {0.6, 0.5, 0.45}});
  const std::string svg = line_chart(chart);
  EXPECT_EQ(svg_fault(svg), "");
  for (const char* word : {">Loss<", ">epoch<", ">loss<", ">training<", ">test<"})
    EXPECT_TRUE(contains(svg, word)) << word;
  EXPECT_EQ(count_of(svg, "<circle"), 3 + 1);  // and one in the legend
  EXPECT_TRUE(contains(svg, "prefers-color-scheme:dark"));
}

TEST(LineChart, OneEpochIsADot) {
  const std::string svg = line_chart(chart_of({1}, {0.5}));
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, "<circle"), 1 + 1);
  EXPECT_EQ(count_of(svg, ">1</text>"), 1);
}

TEST(LineChart, WhatIsNotFiniteLeavesAGap) {
  const std::string svg = line_chart(chart_of({1, 2, 3, 4}, {1, kNaN, std::numeric_limits<double>::infinity(), 2}));
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, "<circle"), 2 + 1);
}

TEST(LineChart, WithoutAPointItSaysSo) {
  EXPECT_TRUE(contains(line_chart(chart_of({}, {})), "no data"));
  EXPECT_TRUE(contains(line_chart(chart_of({1, 2}, {kNaN, kNaN})), "no data"));
  EXPECT_TRUE(contains(line_chart({}), "no data"));
}

TEST(LineChart, LogarithmicAxisDropsWhatHasNoLogarithm) {
  LineChart chart = chart_of({1, 2, 3}, {0, 0.1, 10});
  chart.logarithmic_y = true;
  EXPECT_EQ(count_of(line_chart(chart), "<circle"), 2 + 1);
}

TEST(LineChart, EscapesNames) {
  LineChart chart = chart_of({1}, {1});
  chart.title = "</svg><script>alert('x')</script>";
  chart.series[0].name = "a & b";
  EXPECT_EQ(svg_fault(line_chart(chart)), "");
}

TEST(LineChart, SeriesMustBeWhole) { EXPECT_THROW(line_chart(chart_of({1, 2}, {1})), ValueError); }

TEST(BarChart, ABarAValue) {
  const std::string svg = bar_chart({.title = "Parameters",
                                     .x_label = "parameters",
                                     .bars = {{"convolution", 9}, {"fully connected", 529984}, {"unknown", kNaN}},
                                     .style = NumberStyle::kInteger});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, "class=\"lm-f0\""), 2);
  EXPECT_TRUE(contains(svg, ">529,984<"));
  EXPECT_TRUE(contains(svg, ">n/a<"));
}

TEST(BarChart, EmptyAndNegative) {
  EXPECT_EQ(svg_fault(bar_chart({.title = "x"})), "");
  EXPECT_EQ(svg_fault(bar_chart({.bars = {{"a", -2}, {"b", 3}}})), "");
}

TEST(ConfusionMatrix, ACellACountAndNamesOnBothSides) {
  const std::string svg = confusion_matrix({"Ankle boot", "T-shirt/top"}, {{990, 10}, {0, 1000}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_EQ(count_of(svg, ">Ankle boot</text>"), 2);
  EXPECT_TRUE(contains(svg, "10 of 1,000 Ankle boot (1.0 %) taken for T-shirt/top"));
  EXPECT_TRUE(contains(svg, ">99.0 %<"));
  EXPECT_TRUE(contains(svg, "correct, % of the true class"));
  EXPECT_EQ(count_of(svg, "taken for"), 3 + 1);  // tooltips of what is not zero, and the subtitle
}

TEST(ConfusionMatrix, ClassesWithoutPictures) {
  const std::string svg = confusion_matrix({"a", "b"}, {{0, 0}, {0, 5}});
  EXPECT_EQ(svg_fault(svg), "");
  EXPECT_TRUE(contains(svg, ">n/a<"));
  EXPECT_TRUE(std::isnan(class_accuracies({{0, 0}, {0, 5}})[0]));
}

TEST(ConfusionMatrix, RefusesWhatIsNoConfusionMatrix) {
  EXPECT_THROW(confusion_matrix({"a"}, {{1, 2}}), ValueError);
  EXPECT_THROW(confusion_matrix({"a", "b"}, {{1, 2}}), ValueError);
  EXPECT_THROW(confusion_matrix({"a"}, {{-1}}), ValueError);
  EXPECT_THROW(confusion_matrix(std::vector<std::string>(201), {}), ValueError);
}

// WCAG 2.1 asks for 4.5 to 1; the numbers are 14 pixels and more.
TEST(Theme, NumbersOnHeatCellsCanBeRead) {
  const Rgb ink{0x1b / 255.0, 0x23 / 255.0, 0x30 / 255.0}, white{1, 1, 1};
  for (const Rgb heat : {Rgb{0x0b / 255.0, 0x4f / 255.0, 0x8a / 255.0}, Rgb{0xb8 / 255.0, 0x43 / 255.0, 0}}) {
    for (int i = 0; i <= 100; ++i) {
      const Rgb cell = blend(white, heat, i / 100.0);
      EXPECT_GE(std::fmax(contrast(cell, ink), contrast(cell, white)), 3.9) << i;
    }
  }
  EXPECT_EQ(heat_ink(0, 0), "lm-ld lm-dl");
  EXPECT_EQ(heat_ink(0, 1), "lm-ll lm-dd");
}

}  // namespace
}  // namespace lamella::cli
