#include "cli/present/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cli/present/xml.h"
#include "cli_present/xml_check.h"

namespace lamella::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Text, EscapesMarkupAndDropsControlCharacters) {
  EXPECT_EQ(escape_xml("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(escape_xml(std::string_view("a\0b\x1b[31m", 8)), "ab[31m");
  EXPECT_EQ(escape_xml("\xff\xc3"), "\uFFFD\uFFFD");  // not UTF-8
  EXPECT_EQ(escape_xml("\xc0\xaf"), "\uFFFD\uFFFD");  // an overlong slash
  EXPECT_EQ(escape_xml("卷积 − é"), "卷积 − é");
}

TEST(Text, NamesCannotSteerTheTerminal) { EXPECT_EQ(printable("a\x1b[2Jb\n"), "a\uFFFD[2Jb\uFFFD"); }

TEST(Text, GroupsThousands) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(388010), "388,010");
  EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
  EXPECT_EQ(with_thousands(-999), "-999");
  EXPECT_EQ(with_thousands(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Text, SizesHaveThreeDigits) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(388010 * 4), "1.55 MB");
  EXPECT_EQ(human_bytes(999'600), "1.00 MB");  // not 1000 kB
  EXPECT_EQ(human_bytes(12'345'678'901), "12.3 GB");
  EXPECT_EQ(human_count(453e6), "453 M");
  EXPECT_EQ(human_count(9), "9");
}

TEST(Text, Durations) {
  EXPECT_EQ(human_duration(0.085), "85 ms");
  EXPECT_EQ(human_duration(4.23), "4.2 s");
  EXPECT_EQ(human_duration(59.7), "1 min 00 s");
  EXPECT_EQ(human_duration(185), "3 min 05 s");
  EXPECT_EQ(human_duration(7620), "2 h 07 min");
  EXPECT_EQ(human_duration(kNaN), "?");
  EXPECT_EQ(human_duration(-1), "?");
  EXPECT_EQ(clock_duration(7), "0:07");
  EXPECT_EQ(clock_duration(3729), "1:02:09");
  EXPECT_EQ(clock_duration(kInfinity), "-:--");
}

TEST(Text, NumbersAreShort) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(-0.0), "0");
  EXPECT_EQ(short_number(-0.25), "−0.25");
  EXPECT_EQ(short_number(1.0 / 9), "0.111");
  EXPECT_EQ(short_number(1234.5), "1234");
  EXPECT_EQ(short_number(1.2e-7), "1.2e−7");
  EXPECT_EQ(short_number(kNaN), "NaN");
  EXPECT_EQ(short_number(-kInfinity), "−∞");
  EXPECT_EQ(percent(0.92415), "92.4 %");
  EXPECT_EQ(percent(kNaN), "n/a");
}

TEST(Text, WidthCountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("conv"), 4);
  EXPECT_EQ(display_width("卷积"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1);  // a combining accent
  EXPECT_EQ(pad_left("7", 3), "  7");
  EXPECT_EQ(pad_right("Ankle boot", 6), "Ankle…");
  EXPECT_EQ(display_width(pad_right("卷积神经网络", 6)), 5);  // a wide character is not cut in half
  EXPECT_LE(text_width(fit_text("a very long class name", 13, 60), 13), 60);
}

TEST(Xml, ClosesAndEscapesWhatItWrites) {
  Xml xml;
  xml.open("svg", {{"width", 12.5}, {"class", ""}});
  xml.leaf("text", {{"x", "a\"b"}}, "1 < 2 & 3");
  xml.open("g");
  const std::string text = xml.take();
  EXPECT_EQ(text, "<svg width=\"12.5\"><text x=\"a&quot;b\">1 &lt; 2 &amp; 3</text>\n<g></g>\n</svg>\n");
  EXPECT_EQ(xml_fault(text), "");
}

TEST(Xml, CoordinatesAreAlwaysNumbers) {
  EXPECT_EQ(coordinate(1.0 / 3), "0.33");
  EXPECT_EQ(coordinate(100), "100");
  EXPECT_EQ(coordinate(-0.001), "0");
  EXPECT_EQ(coordinate(kNaN), "0");
}

}  // namespace
}  // namespace lamella::cli
