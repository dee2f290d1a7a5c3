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

TEST_F(CommandLine, AFullStandardOutputIsAFailure) {
  const std::string command = std::string(LAMELLA_COMMAND) + " --version >/dev/full 2>" + in("err").string();
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_TRUE(contains(read_text(in("err")), "lamella: standard output: No space left")) << read_text(in("err"));
}

}  // namespace
}  // namespace lamella::cli
