#include "cli/command_testing.h"

namespace lamella::cli {
namespace {

using CommandLine = CommandTest;

constexpr const char* kCommands[] = {"train", "eval", "summary", "samples", "predict", "filter", "animate"};

TEST_F(CommandLine, SaysItsVersion) {
  const CommandResult result = lamella("--version");
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(result.out.starts_with("lamella 0.")) << result.out;
  EXPECT_EQ(result.err, "");
}

TEST_F(CommandLine, HelpListsEveryCommand) {
  const CommandResult result = lamella("--help");
  EXPECT_EQ(result.code, 0);
  for (const char* command : kCommands) EXPECT_TRUE(contains(result.out, command)) << command;
}

TEST_F(CommandLine, EveryCommandsHelpHasAnExample) {
  for (const char* command : kCommands) {
    const CommandResult result = lamella(std::string(command) + " --help");
    EXPECT_EQ(result.code, 0);
    EXPECT_TRUE(contains(result.out, std::string("Examples:\n  lamella ") + command)) << result.out;
  }
}

TEST_F(CommandLine, TellsWhereTrainWritesTo) { EXPECT_TRUE(contains(lamella("train --help").out, "runs/<model>")); }

TEST_F(CommandLine, AWrongOneIsOneLineAndExitCode2) {
  expect_failure("", 2, {"command is missing", "lamella --help"});
  expect_failure("fly", 2, {"fly"});
  expect_failure("train --wings", 2, {"--wings", "lamella train --help"});
  expect_failure("train --epochs none", 2, {"--epochs"});
  expect_failure("train --epochs 0", 2, {"--epochs"});
  expect_failure("train --batch-size 0", 2, {"--batch-size"});
  expect_failure("train --threads 0", 2, {"--threads"});
  expect_failure("train --seed -1", 2, {"--seed"});
  expect_failure("train --optimizer magic", 2, {"--optimizer", "magic"});
  expect_failure("train --model lent", 2, {"--model", "lent", "lenet", "mlp"});
  expect_failure("train --quiet --json", 2, {"--json", "--quiet"});
  expect_failure("eval", 2, {"MODEL", "required"});
  expect_failure("predict model.safetensors", 2, {"IMAGE", "required"});
  expect_failure("filter x.png --kernel edge", 2, {"--out"});
  expect_failure("animate -o x.svg --crop 1,2,3,4", 2, {"--crop", "--image"});
}

TEST_F(CommandLine, TakesNoNumberThatIsNone) {
  const char* const options[] = {"train --epochs",         "train --batch-size", "train --lr",
                                 "train --seed",           "train --threads",    "eval m --threads",
                                 "summary m --batch-size", "animate --stride",   "animate --padding",
                                 "animate --seconds",      "animate --size"};
  for (const std::string option : options) {
    for (const std::string value : {"nan", "inf", "-inf", "-1", "1e999", "-99999999999999999999", "many"}) {
      const std::string out = option.starts_with("animate") ? " -o x.svg" : "";
      expect_failure(option + "=" + value + out, 2, {option.substr(option.find("--"))});
    }
  }
  for (const std::string option : {"--stride", "--padding"}) {
    expect_failure("filter x.png --kernel edge -o y.png " + option + "=99999999999999999999", 2, {option});
  }
  for (const std::string matrix : {"[[1e999]]", "[[nan]]", "[[1],[2,3]]"}) {
    expect_failure("animate -o x.svg --kernel '" + matrix + "'", 2, {"--kernel", matrix});
    expect_failure("animate -o x.svg --input '" + matrix + "'", 2, {"--input", matrix});
  }
}

TEST_F(CommandLine, AnEmptyValueIsNotTheDefault) {
  const char* const options[] = {"train --out ''",
                                 "train --data ''",
                                 "eval '' --json",
                                 "predict model ''",
                                 "samples ''",
                                 "summary ''",
                                 "animate --out ''",
                                 "animate -o x --image ''",
                                 "animate -o x --input ''",
                                 "filter '' -o y --kernel edge",
                                 "filter x -o y --kernel ''"};
  for (const char* line : options) expect_failure(line, 2, {"the value is empty"});
  expect_failure("train --out=", 2, {"--out"});
  EXPECT_FALSE(fs::exists(in("runs")));
}

TEST_F(CommandLine, AFullStandardOutputIsAFailure) {
  const std::string command = std::string(LAMELLA_COMMAND) + " --version >/dev/full 2>" + in("err").string();
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_TRUE(contains(read_text(in("err")), "lamella: standard output: No space left")) << read_text(in("err"));
}

}  // namespace
}  // namespace lamella::cli
