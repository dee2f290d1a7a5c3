#include "cli/present/terminal.h"

#include <gtest/gtest.h>
#include <lamella/error.h>

#include <limits>

#include "cli/present/progress.h"
#include "cli/present/text.h"
#include "cli_present/xml_check.h"

namespace lamella::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(ColorMode, HonoursNoColorAndTheTerminal) {
  EXPECT_EQ(color_mode(true, {}, "truecolor", "xterm-256color"), ColorMode::kTrueColor);
  EXPECT_EQ(color_mode(true, {}, {}, "xterm-256color"), ColorMode::k256);
  EXPECT_EQ(color_mode(true, "1", "truecolor", "xterm"), ColorMode::kNone);
  EXPECT_EQ(color_mode(true, "", "truecolor", "xterm"), ColorMode::kTrueColor);  // empty counts as not set
  EXPECT_EQ(color_mode(false, {}, "truecolor", "xterm"), ColorMode::kNone);
  EXPECT_EQ(color_mode(true, {}, {}, "dumb"), ColorMode::kNone);
}

TEST(TerminalPicture, TwoRowsOfPixelsALine) {
  Pixels p(2, 3, 1);
  p.data = {0, 255, 255, 0, 7, 7};
  EXPECT_EQ(terminal_picture(p, ColorMode::kTrueColor),
            "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m▀\x1b[38;2;255;255;255m\x1b[48;2;0;0;0m▀\x1b[0m\n"
            "\x1b[38;2;7;7;7m\x1b[49m▀▀\x1b[0m\n");
  EXPECT_TRUE(contains(terminal_picture(p, ColorMode::k256), "\x1b[38;5;"));
}

TEST(TerminalPicture, WithoutColourItIsPlainText) {
  Pixels p(3, 1, 1);
  p.data = {0, 128, 255};
  const std::string text = terminal_picture(p, ColorMode::kNone);
  EXPECT_EQ(text, "  ==@@\n");
}

TEST(TerminalPicture, FitsTheWidth) {
  const std::string text = terminal_picture(Pixels(500, 100, 3, 255), ColorMode::kNone, 40);
  EXPECT_EQ(display_width(text.substr(0, text.find('\n'))), 40);
}

TEST(ClassBars, AreAsWideAsAsked) {
  const std::string text =
      class_bars({{"T-shirt/top", 0.02}, {"Ankle boot", 0.97}, {"Bag", kNaN}}, ColorMode::kNone, 50);
  EXPECT_EQ(count_of(text, "\n"), 3);
  EXPECT_TRUE(contains(text, "97.0 %"));
  EXPECT_TRUE(contains(text, "n/a"));
  EXPECT_FALSE(contains(text, "\x1b"));
  EXPECT_EQ(display_width(text.substr(0, text.find('\n'))), 50);
  EXPECT_FALSE(contains(class_bars({{"\x1b[2J", 1}}, ColorMode::kNone), "\x1b"));
}

TEST(BarText, CountsInEighths) {
  EXPECT_EQ(bar_text(0.5, 4), "██  ");
  EXPECT_EQ(bar_text(1.0 / 16, 2), "▏ ");
  EXPECT_EQ(bar_text(2, 2), "██");
  EXPECT_EQ(bar_text(kNaN, 2), "  ");
}

TEST(Table, AlignsColumnsAndRulesTheTotal) {
  EXPECT_EQ(table_text({{"layer"}, {"parameters", Align::kRight}}, {{"conv", "160"}, {"total", "1,290"}}, true),
            "layer  parameters\n"
            "─────────────────\n"
            "conv          160\n"
            "─────────────────\n"
            "total       1,290\n");
  EXPECT_THROW(table_text({{"a"}}, {{"1", "2"}}), ValueError);
}

TEST(Progress, IsNoWiderThanTheTerminal) {
  for (const int width : {20, 40, 60, 80, 120}) {
    Progress progress(10, 60000, {.terminal = true, .width = width});
    progress.begin_epoch(0, 3);
    std::string line = progress.update(1.5, 30000, 0.3456, 0.8765);
    ASSERT_TRUE(line.starts_with("\r\x1b[K"));
    EXPECT_LT(display_width(line.substr(4)), width) << line;
  }
}

TEST(Progress, TellsEpochRateLossAccuracyAndTimeLeft) {
  Progress progress(2, 1000, {.terminal = true, .width = 120});
  progress.begin_epoch(10, 1);
  const std::string line = progress.update(15, 500, 0.25, 0.9);
  for (const char* word : {"epoch 1/2", "50 %", "100 images/s", "loss 0.2500", "90.0 %", "0:15 left"}) {
    EXPECT_TRUE(contains(line, word)) << word << " in " << line;
  }
}

TEST(Progress, TimeLeftCountsTheEvaluations) {
  Progress progress(2, 100, {.terminal = true, .width = 120});
  progress.begin_epoch(0, 1);
  progress.update(10, 100, 1, 0);
  progress.end_epoch(14, {.epoch = 1});  // 4 s of evaluation
  progress.begin_epoch(14, 2);
  EXPECT_TRUE(contains(progress.update(19, 50, 1, 0), "0:09 left"));
}

TEST(Progress, RedrawsSeldom) {
  Progress progress(1, 1000, {.terminal = true});
  progress.begin_epoch(0, 1);
  EXPECT_EQ(progress.update(0.05, 10, 1, 0), "");
  EXPECT_NE(progress.update(0.15, 20, 1, 0), "");
  EXPECT_EQ(progress.update(0.2, 30, 1, 0), "");
  EXPECT_NE(progress.update(0.21, 1000, 1, 0), "");  // the end is always shown
}

TEST(Progress, PlainLinesElsewhere) {
  Progress progress(3, 1000, {});
  progress.begin_epoch(0, 1);
  EXPECT_EQ(progress.update(5, 500, 1, 0.5), "");
  const EpochResult result{1, 0.5, 0.8, 0.4, 0.85, 1234, 8.1};
  EXPECT_EQ(progress.end_epoch(8.1, result),
            "epoch 1/3  loss 0.5000  accuracy 80.0 %  test loss 0.4000  test accuracy 85.0 %  1,234 images/s  8.1 s\n");
}

TEST(Progress, QuietSaysNothing) {
  Progress progress(1, 10, {.terminal = true, .quiet = true});
  EXPECT_EQ(progress.begin_epoch(0, 1) + progress.update(9, 10, 1, 1) + progress.end_epoch(9, {}) + progress.note("x"),
            "");
}

TEST(Progress, SurvivesOddNumbers) {
  Progress progress(0, 0, {.terminal = true, .width = 0});
  progress.begin_epoch(0, 1);
  EXPECT_EQ(progress.update(0, 0, kNaN, kNaN), "");
  EXPECT_FALSE(progress.update(1, 5, kNaN, kNaN).empty());
}

}  // namespace
}  // namespace lamella::cli
