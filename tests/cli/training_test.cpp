// train, and what is done with the model that it leaves.
#include <lamella/models.h>
#include <lamella/ops/create.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "cli/command_testing.h"
#include "cli_present/xml_check.h"
#include "io/image.h"

namespace lamella::cli {
namespace {

class TrainingCommand : public CommandTest {
 protected:
  TrainingCommand() { SmallData().write(in("data")); }

  CommandResult train(const std::string& arguments) const { return lamella("train --data data " + arguments); }
};

TEST_F(TrainingCommand, LeavesEveryFileAndNamesTheOneToOpen) {
  const CommandResult result = train("--epochs 2");
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(contains(result.out, "open runs/lenet/index.html\n")) << result.out;
  EXPECT_TRUE(contains(result.out, "epoch 1/2  loss ")) << result.out;
  EXPECT_FALSE(contains(result.out, "\x1b")) << "a colour where there is no terminal";
  const fs::path run = in("runs/lenet");
  for (const char* name : {"model.safetensors", "metrics.jsonl", "kernels.png", "loss.svg", "accuracy.svg",
                           "confusion.svg", "index.html", "features/00-input.png", "features/01-conv1.png"}) {
    EXPECT_TRUE(fs::exists(run / name)) << name;
  }
  for (const char* name : {"loss.svg", "accuracy.svg", "confusion.svg", "index.html"}) {
    EXPECT_EQ(xml_fault(read_text(run / name)), "") << name;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(run / "features"), {}), 1 + 12);  // the picture, and lenet's layers
  const std::string page = read_text(run / "index.html");
  EXPECT_TRUE(contains(page, "lenet on Fashion-MNIST"));
  EXPECT_TRUE(contains(page, "Ankle boot"));
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path() << " was left behind";
  }
}

TEST_F(TrainingCommand, WritesALineOfMetricsAnEpoch) {
  ASSERT_EQ(train("--epochs 2 --out run").code, 0);
  std::istringstream lines(read_text(in("run/metrics.jsonl")));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(line.starts_with("{\"epoch\": " + std::to_string(count + 1) + ", \"train_loss\": ")) << line;
    for (const char* key : {"train_accuracy", "test_loss", "test_accuracy", "images_per_s", "seconds"}) {
      EXPECT_TRUE(contains(line, std::string("\"") + key + "\": ")) << line;
    }
  }
  EXPECT_EQ(count, 2);
}

TEST_F(TrainingCommand, UnderJsonPrintsTheMetricsAndNothingElse) {
  const CommandResult result = train("--epochs 2 --json --out run");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, read_text(in("run/metrics.jsonl")));
}

TEST_F(TrainingCommand, UnderQuietPrintsNothing) {
  const CommandResult result = train("--epochs 1 --quiet --out run");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out + result.err, "");
}

TEST_F(TrainingCommand, OneSeedGivesTheSameWeightsForAnyNumberOfThreads) {
  for (const char* arguments : {"--seed 3 --threads 1 --out a", "--seed 3 --threads 2 --out b",
                                "--seed 3 --threads 5 --out c", "--seed 4 --out other"}) {
    ASSERT_EQ(train(std::string("--epochs 2 --quiet ") + arguments).code, 0);
  }
  const std::string model = read_text(in("a/model.safetensors"));
  EXPECT_EQ(model, read_text(in("b/model.safetensors")));
  EXPECT_EQ(model, read_text(in("c/model.safetensors")));
  EXPECT_NE(model, read_text(in("other/model.safetensors")));
}

TEST_F(TrainingCommand, TrainsEveryModelWithEitherOptimizer) {
  for (const char* model : {"lenet", "lenet-wide", "mlp"}) {
    for (const char* optimizer : {"sgd", "adam"}) {
      const CommandResult result =
          train(std::string("--epochs 1 --out run --quiet --model ") + model + " --optimizer " + optimizer);
      EXPECT_EQ(result.code, 0) << model << " " << optimizer << "\n" << result.err;
    }
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(in("run/features")), {}), 1 + 8);  // mlp's: none of lenet's is left
}

TEST_F(TrainingCommand, TakesMnistsOwnFiles) {
  ASSERT_EQ(train("--dataset mnist --epochs 1 --quiet --out run").code, 0);
  EXPECT_TRUE(contains(read_text(in("run/index.html")), "lenet on MNIST"));
  EXPECT_TRUE(lamella("eval run/model.safetensors --data data").out.starts_with("lenet on MNIST\n"));
}

TEST_F(TrainingCommand, LearnsWhatCanBeLearnt) {
  ASSERT_EQ(train("--epochs 8 --quiet --out run").code, 0);
  const CommandResult result = lamella("eval run/model.safetensors --data data");
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(contains(result.out, "accuracy 100.00 %")) << result.out;
}

TEST_F(TrainingCommand, TrainsOnASingleBatch) {
  SmallData{.train = 12, .test = 10}.write(in("few"));
  EXPECT_EQ(lamella("train --data few --epochs 1 --out run --quiet").code, 0);
  SmallData{.train = 300, .test = 10}.write(in("few"));  // five steps
  EXPECT_EQ(lamella("train --data few --epochs 1 --out run --quiet").code, 0);
}

TEST_F(TrainingCommand, TellsWhenTheLearningRateIsTooLarge) {
  expect_failure("train --data data --epochs 20 --lr 1e30 --out run --quiet", 1, {"batch", "--lr"});
  expect_failure("train --data data --lr -1 --out run", 2, {"--lr", "-1"});
  expect_failure("train --data data --lr nan --out run", 2, {"--lr"});
}

TEST_F(TrainingCommand, AnInterruptionLeavesAModelThatLoads) {
  const pid_t child = fork();
  if (child == 0) {
    const std::string data = in("data").string(), out = in("run").string();
    execl(LAMELLA_COMMAND, "lamella", "train", "--data", data.c_str(), "--out", out.c_str(), "--epochs", "100000",
          "--quiet", static_cast<char*>(nullptr));
    _exit(127);
  }
  for (int i = 0; i < 600 && !fs::exists(in("run/metrics.jsonl")); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_EQ(lamella("eval run/model.safetensors --data data").code, 0);
  EXPECT_TRUE(contains(read_text(in("run/index.html")), "Interrupted in epoch"));
}

TEST_F(TrainingCommand, TakesBackTheStampOfAnEarlierRun) {
  fs::create_directories(in("run"));
  write_text(in("run/.stamp"), "what ./run wrote");
  ASSERT_EQ(train("--epochs 1 --out run --quiet").code, 0);
  EXPECT_FALSE(fs::exists(in("run/.stamp")));
}

class TrainedModel : public TrainingCommand {
 protected:
  TrainedModel() { EXPECT_EQ(train("--epochs 8 --quiet --out run").code, 0); }
};

TEST_F(TrainedModel, EvalPrintsLossAccuracyAndEveryClass) {
  const CommandResult result = lamella("eval run/model.safetensors --data data");
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("lenet on Fashion-MNIST\nloss ")) << result.out;
  for (const char* name : {"T-shirt/top", "Trouser", "Ankle boot", "precision"})
    EXPECT_TRUE(contains(result.out, name));
  const CommandResult json = lamella("eval run/model.safetensors --data data --json");
  EXPECT_TRUE(json.out.starts_with("{\"test_loss\": ")) << json.out;
  EXPECT_TRUE(contains(json.out, "\"test_accuracy\": 1.000000, \"images\": 60}")) << json.out;
}

TEST_F(TrainedModel, SummaryShowsTheArithmetic) {
  for (const char* model : {"run/model.safetensors", "lenet"}) {
    const CommandResult result = lamella(std::string("summary ") + model);
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_TRUE(contains(result.out, "[1, 16, 28, 28]")) << result.out;
    EXPECT_TRUE(contains(result.out, "112,896")) << "28·28 positions x 16 filters x 9 weights\n" << result.out;
    EXPECT_TRUE(contains(result.out, "1,218,048")) << "112,896 + 903,168 + 200,704 + 1,280\n" << result.out;
    EXPECT_TRUE(contains(result.out, "207,018")) << result.out;
  }
  EXPECT_TRUE(contains(lamella("summary mlp").out, "388,010"));
  EXPECT_TRUE(contains(lamella("summary mlp --batch-size 64").out, "[64, 300]"));
}

TEST_F(TrainedModel, SamplesArePredictedAsWhatTheyAre) {
  const CommandResult samples = lamella("samples pictures --data data");
  ASSERT_EQ(samples.code, 0) << samples.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(in("pictures")), {}), 10);
  const CommandResult result = lamella("predict run/model.safetensors pictures/*.png");
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(contains(result.out, "pictures/00000-t-shirt-top.png: T-shirt/top (")) << result.out;
  EXPECT_TRUE(contains(result.out, "pictures/00009-ankle-boot.png: Ankle boot (")) << result.out;
  EXPECT_FALSE(contains(result.out, "note:")) << result.out;
}

TEST_F(TrainedModel, PredictTakesPicturesOfAnySizeAndColour) {
  ASSERT_EQ(lamella("samples pictures --data data").code, 0);
  const io::Image small = io::read_image(in("pictures/00003-dress.png"));
  io::write_png(in("large.png"), io::resize(io::to_rgb(small), 224, 224, io::Filter::kBox));
  const CommandResult result = lamella("predict run/model.safetensors large.png --json");
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(
      result.out.starts_with("{\"image\":\"large.png\",\"class\":\"Dress\",\"probabilities\":{\"T-shirt/top\":"))
      << result.out;
}

TEST_F(TrainedModel, PredictSaysWhenTheBackgroundIsLight) {
  ASSERT_EQ(lamella("samples pictures --data data").code, 0);
  io::write_png(in("light.png"), io::inverted(io::read_image(in("pictures/00003-dress.png"))));
  EXPECT_TRUE(contains(lamella("predict run/model.safetensors light.png").out, "--invert"));
  const CommandResult inverted = lamella("predict run/model.safetensors light.png --invert");
  EXPECT_FALSE(contains(inverted.out, "note:")) << inverted.out;
  EXPECT_TRUE(contains(inverted.out, "light.png: Dress (")) << inverted.out;
}

TEST_F(TrainedModel, PredictColoursOnlyWhereItMay) {
  ASSERT_EQ(lamella("samples pictures --data data").code, 0);
  const std::string predict = "predict run/model.safetensors pictures/00003-dress.png";
  EXPECT_FALSE(contains(lamella(predict).out, "\x1b"));
  const auto on_terminal = [&](const std::string& environment) {
    const std::string typed = "cd '" + in("").string() + "' && " + environment + " TERM=xterm-256color script -qec '" +
                              LAMELLA_COMMAND " " + predict + "' /dev/null >shown 2>/dev/null </dev/null";
    const int status = std::system(typed.c_str());
    return WEXITSTATUS(status) == 0 ? read_text(in("shown")) : std::string();
  };
  if (on_terminal("").empty()) GTEST_SKIP() << "there is no script(1), which makes a terminal";
  EXPECT_TRUE(contains(on_terminal(""), "\x1b[38;5;"));
  EXPECT_FALSE(contains(on_terminal("NO_COLOR=1"), "\x1b[38;5;"));
}

TEST_F(TrainedModel, OneBadPictureDoesNotHideTheOthers) {
  ASSERT_EQ(lamella("samples pictures --data data").code, 0);
  write_text(in("text.jpg"), "no picture");
  const CommandResult result = lamella("predict run/model.safetensors text.jpg pictures/00003-dress.png");
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(contains(result.err, "lamella: ") && contains(result.err, "text.jpg")) << result.err;
  EXPECT_TRUE(contains(result.out, "Dress (")) << result.out;
}

TEST_F(TrainedModel, AModelCutShortOrOfAnotherKindIsOneLine) {
  const std::string good = read_text(in("run/model.safetensors"));
  write_text(in("cut.safetensors"), good.substr(0, good.size() / 2));
  write_text(in("head.safetensors"), good.substr(0, 5));
  write_text(in("text.safetensors"), "this is no model but a line of text");
  write_text(in("empty.safetensors"), "");
  std::string other = good;  // the architecture of lenet-wide over the weights of lenet
  const std::size_t width = other.find("\\\"width\\\":16");
  ASSERT_NE(width, std::string::npos);
  other.replace(width, 12, "\\\"width\\\":32");
  write_text(in("other.safetensors"), other);
  SmallData{.test = 10}.write(in("data"));
  for (const char* name : {"cut", "head", "text", "empty", "other", "missing"}) {
    const std::string file = std::string(name) + ".safetensors";
    expect_failure("eval " + file + " --data data", 1, {file});
    expect_failure("summary " + file, 1, {file});
    expect_failure("predict " + file + " x.png", 1, {file});
  }
  expect_failure("eval data --data data", 1, {"data"});
}

TEST_F(TrainedModel, WeightsWithoutAnArchitectureAreToldApart) {
  save(in("weights.safetensors"), NamedTensors{{"fc.weight", zeros({10, 784})}});
  for (const char* command : {"eval", "summary"}) {
    expect_failure(std::string(command) + " weights.safetensors", 1, {"weights.safetensors", "architecture"});
  }
}

TEST_F(TrainedModel, EvalTellsWhenTheClassesAreOthers) {
  save(in("three.safetensors"), models::lenet({.classes = 3}), {.classes = {"a", "b", "c"}});
  expect_failure("eval three.safetensors --data data", 1, {"three.safetensors", "3 classes", "10"});
}

}  // namespace
}  // namespace lamella::cli
