#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace lamella::cli {
namespace {

namespace fs = std::filesystem;
using Words = std::initializer_list<const char*>;

/// A command with an argument of every kind.
struct Tool {
  fs::path first, out;
  std::vector<fs::path> images;
  std::string model = "lenet", input, crop;
  int epochs = 10;
  std::uint32_t seed = 0;
  std::optional<double> rate;
  std::vector<std::string> kernels;
  bool quiet = false, json = false;
  Arguments arguments{"tool run", "Runs.", "Examples:\n  tool run x"};

  Tool() {
    arguments.positional("FIRST", &first, "What comes first").required();
    arguments.positional("IMAGE", &images, "Pictures");
    arguments.option("--model", "NAME", &model, "One of two").one_of({"lenet", "mlp"}).shows_default();
    arguments.option("--epochs", "N", &epochs, "Passes").within(1, 100).shows_default();
    arguments.option("--seed", "N", &seed, "Any");
    arguments.option("--rate", "X", &rate, "A share").within(0.0, 1.0, "a number from 0 to 1");
    arguments.option("-o,--out", "DIR", &out, "Where to").required();
    arguments.option("--kernel", "KERNEL", &kernels, "Several");
    Argument& matrix = arguments.option("--input", "MATRIX", &input, "Numbers");
    arguments.option("--crop", "BOX", &crop, "A part").needs(matrix);
    Argument& silence = arguments.flag("--quiet", quiet, "Says nothing");
    arguments.flag("--json", json, "Says it in JSON").excludes(silence);
  }

  bool parse(Words words) { return arguments.parse({words.begin(), words.size()}); }
};

/// What is wrong with `words`, without where to read on; "" for nothing.
std::string error_of(Words words) {
  try {
    Tool().parse(words);
  } catch (const UsageError& error) {
    const std::string text = error.what(), end = "; tool run --help tells what there is";
    EXPECT_TRUE(text.ends_with(end)) << text;
    return text.substr(0, text.size() - end.size());
  }
  return "";
}

TEST(Arguments, AreReadInAnyOrderAndForm) {
  Tool t;
  EXPECT_TRUE(t.parse({"--epochs", "3", "a", "--out=there", "--quiet", "b.png", "--rate", "0.25", "c.png"}));
  EXPECT_EQ(t.epochs, 3);
  EXPECT_EQ(t.first, "a");
  EXPECT_EQ(t.images, (std::vector<fs::path>{"b.png", "c.png"}));
  EXPECT_EQ(t.out, "there");
  EXPECT_EQ(t.rate, 0.25);
  EXPECT_TRUE(t.quiet);
  EXPECT_FALSE(t.json);
  EXPECT_EQ(t.model, "lenet");  // as it was
}

TEST(Arguments, AShortNameTakesItsValueAttachedOrNext) {
  Tool attached, next;
  EXPECT_TRUE(attached.parse({"a", "-oone"}));
  EXPECT_EQ(attached.out, "one");
  EXPECT_TRUE(next.parse({"a", "-o", "two"}));
  EXPECT_EQ(next.out, "two");
}

TEST(Arguments, AListTakesOneValueAnOccurrence) {
  Tool t;
  EXPECT_TRUE(t.parse({"--kernel", "edge", "a", "-o", "x", "--kernel", "[[1,-1],[0,2]]"}));
  EXPECT_EQ(t.kernels, (std::vector<std::string>{"edge", "[[1,-1],[0,2]]"}));
}

TEST(Arguments, AValueMayHoldWhatOptionsAreMadeOf) {
  Tool t;
  EXPECT_TRUE(t.parse({"a", "-o", "x", "--input=x=--y", "--crop", "-1,2"}));
  EXPECT_EQ(t.input, "x=--y");
  EXPECT_EQ(t.crop, "-1,2");
}

TEST(Arguments, AfterTwoDashesAllIsPositional) {
  Tool t;
  EXPECT_TRUE(t.parse({"-o", "x", "-", "--", "--quiet", "-h", "--"}));
  EXPECT_EQ(t.first, "-");
  EXPECT_EQ(t.images, (std::vector<fs::path>{"--quiet", "-h", "--"}));
  EXPECT_FALSE(t.quiet);
}

TEST(Arguments, HelpComesBeforeWhatIsMissingOrNoValue) {
  Tool t;
  EXPECT_FALSE(t.parse({"--help"}));
  EXPECT_FALSE(t.parse({"a", "--epochs", "none", "-h"}));
  EXPECT_EQ(t.epochs, 10);
}

TEST(Arguments, AWholeNumberIsAWholeTextInItsRange) {
  for (const char* text : {"0", "101", "-1", "3.5", "3x", " 3", "+3", "0x3", "1e1", "99999999999999999999", "nan"}) {
    EXPECT_EQ(error_of({"a", "-o", "x", "--epochs", text}),
              "--epochs: expected a whole number from 1 to 100, got \"" + std::string(text) + "\"");
  }
  for (const char* text : {"-1", "4294967296"}) {
    EXPECT_EQ(error_of({"a", "-o", "x", "--seed", text}),
              "--seed: expected a whole number from 0 to 4294967295, got \"" + std::string(text) + "\"");
  }
  Tool t;
  EXPECT_TRUE(t.parse({"a", "-o", "x", "--seed", "4294967295", "--epochs", "100"}));
  EXPECT_EQ(t.seed, 4294967295u);
  EXPECT_EQ(t.epochs, 100);
}

TEST(Arguments, ANumberIsFiniteAndInItsRange) {
  for (const char* text : {"nan", "inf", "1e999", "-0.1", "1.5", " 0.5", "0.5 ", "half"}) {
    EXPECT_EQ(error_of({"a", "-o", "x", "--rate", text}),
              "--rate: expected a number from 0 to 1, got \"" + std::string(text) + "\"");
  }
  for (const char* text : {"0", "1", "1e-3", ".5"}) EXPECT_EQ(error_of({"a", "-o", "x", "--rate", text}), "");
}

TEST(Arguments, AnErrorNamesTheArgumentAndWhatIsWrong) {
  EXPECT_EQ(error_of({"-o", "x"}), "FIRST is required");
  EXPECT_EQ(error_of({"a"}), "--out is required");
  EXPECT_EQ(error_of({"a", "-o", "x", "-o", "y"}), "--out is given twice");
  EXPECT_EQ(error_of({"a", "--out"}), "--out: the value is missing");
  EXPECT_EQ(error_of({"a", "--out", "--quiet"}), "--out: the value is missing");
  EXPECT_EQ(error_of({"a", "--out="}), "--out: the value is empty");
  EXPECT_EQ(error_of({"", "-o", "x"}), "FIRST: the value is empty");
  EXPECT_EQ(error_of({"a", "--quiet=yes"}), "--quiet takes no value");
  EXPECT_EQ(error_of({"a", "-x"}), "there is no option -x");
  EXPECT_EQ(error_of({"a", "--wings=2"}), "there is no option --wings");
  EXPECT_EQ(error_of({"a", "--outs", "x"}), "there is no option --outs");
  EXPECT_EQ(error_of({"a", "--\x1b[2J"}).find('\x1b'), std::string::npos);
  EXPECT_EQ(error_of({"a", "-o", "x", "--model", "vgg"}), "--model: expected lenet or mlp, got \"vgg\"");
  EXPECT_EQ(error_of({"a", "-o", "x", "--json", "--quiet"}), "--quiet excludes --json");
  EXPECT_EQ(error_of({"a", "-o", "x", "--crop", "1"}), "--crop needs --input");
}

TEST(Arguments, MoreThanThereIsRoomForIsAnError) {
  int number = 0;
  Arguments one("tool", "", "");
  one.positional("N", &number, "");
  const char* const words[] = {"1", "2"};
  EXPECT_THROW(one.parse(words), UsageError);
}

TEST(Arguments, HelpShowsTypesDefaultsAndConditions) {
  EXPECT_EQ(Tool().arguments.help(), R"(Runs.
Usage: tool run [OPTIONS] FIRST IMAGE...

Positionals:
  FIRST (required)        What comes first
  IMAGE ...               Pictures

Options:
  -h,--help               Print this help message and exit
  --model NAME=lenet      One of two
  --epochs N=10           Passes
  --seed N                Any
  --rate X                A share
  -o,--out DIR (required) Where to
  --kernel KERNEL ...     Several
  --input MATRIX          Numbers
  --crop BOX Needs: --input
                          A part
  --quiet Excludes: --json
                          Says nothing
  --json Excludes: --quiet
                          Says it in JSON

Examples:
  tool run x
)");
}

}  // namespace
}  // namespace lamella::cli
