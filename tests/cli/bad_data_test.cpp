// Data sets and folders that cannot be used: one line, exit code 1, and what stood there before is left alone.
#include "cli/command_testing.h"

namespace lamella::cli {
namespace {

class BadData : public CommandTest {
 protected:
  BadData() { SmallData().write(in("data")); }

  /// Training fails with `parts` in its line, and neither makes nor touches the folder of the run.
  void expect_refused(const std::vector<std::string>& parts) const {
    expect_failure("train --data data --out run --epochs 1", 1, parts);
    EXPECT_FALSE(fs::exists(in("run")));
  }
};

TEST_F(BadData, MissingFilesAreNamedWithTheCommandThatGetsThem) {
  expect_failure("train --data nowhere --out run", 1, {"nowhere", "train-images-idx3-ubyte", "dataset-fashion-mnist"});
  fs::remove(in("data/t10k-labels-idx1-ubyte"));
  expect_refused({"t10k-labels-idx1-ubyte"});
}

TEST_F(BadData, TheEnvironmentSaysWhereTheDataIs) {
  EXPECT_EQ(lamella("samples pictures", "LAMELLA_DATA=data").code, 0);
}

TEST_F(BadData, TruncatedFiles) {
  const fs::path file = in("data/train-images-idx3-ubyte");
  write_text(file, read_text(file).substr(0, 5000));
  expect_refused({"train-images-idx3-ubyte"});
  write_text(file, "");
  expect_refused({"train-images-idx3-ubyte"});
}

TEST_F(BadData, SwappedFiles) {
  fs::rename(in("data/train-images-idx3-ubyte"), in("data/x"));
  fs::rename(in("data/train-labels-idx1-ubyte"), in("data/train-images-idx3-ubyte"));
  fs::rename(in("data/x"), in("data/train-labels-idx1-ubyte"));
  expect_refused({"train-images-idx3-ubyte", "labels"});
}

TEST_F(BadData, FilesThatAreNoIdx) {
  write_text(in("data/train-images-idx3-ubyte"), "not a data set");
  expect_refused({"train-images-idx3-ubyte", "IDX"});
  write_text(in("data/train-images-idx3-ubyte"), "\x1f\x8b not gzip either");
  expect_refused({"train-images-idx3-ubyte"});
}

TEST_F(BadData, LabelsOutOfRange) {
  std::string labels = read_text(in("data/train-labels-idx1-ubyte"));
  labels[8 + 17] = 10;
  write_text(in("data/train-labels-idx1-ubyte"), labels);
  expect_refused({"train-labels-idx1-ubyte", "10", "17"});
}

TEST_F(BadData, MoreLabelsThanImages) {
  write_text(in("data/train-labels-idx1-ubyte"), SmallData().labels(193));
  expect_refused({"train-labels-idx1-ubyte", "193", "192"});
}

TEST_F(BadData, PicturesOfAnotherSize) {
  SmallData{.side = 20}.write(in("data"));
  expect_refused({"20", "28"});
}

TEST_F(BadData, AFolderThatCannotBeMade) {
  write_text(in("file"), "in the way");
  expect_failure("train --data data --epochs 1 --out file", 1, {"file"});
  expect_failure("train --data data --epochs 1 --out file/run", 1, {"file/run"});
  expect_failure("train --data data --epochs 1 --out /proc/run", 1, {"/proc/run"});
  expect_failure("samples file --data data", 1, {"file"});
  EXPECT_EQ(read_text(in("file")), "in the way");
}

TEST_F(BadData, AGoodModelOutlivesAFailedRun) {
  ASSERT_EQ(lamella("train --data data --out run --epochs 1 --quiet").code, 0);
  const std::string good = read_text(in("run/model.safetensors"));
  const fs::path file = in("data/train-images-idx3-ubyte");
  write_text(file, read_text(file).substr(0, 5000));
  EXPECT_EQ(lamella("train --data data --out run --epochs 1 --quiet").code, 1);
  EXPECT_EQ(read_text(in("run/model.safetensors")), good);
}

TEST_F(BadData, AFileSizeLimitStandsForAFullDisk) {
  ASSERT_EQ(lamella("train --data data --out run --epochs 1 --quiet").code, 0);
  const std::string good = read_text(in("run/model.safetensors"));
  // 100 blocks of 512 bytes: enough for the probe, too little for the model. The signal is ignored, so writes fail.
  const std::string typed = "cd '" + in("").string() +
                            "' && trap '' XFSZ; ulimit -f 100; " LAMELLA_COMMAND
                            " train --data data --out run --epochs 1 --seed 1 --quiet 2>err";
  const int status = std::system(typed.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_TRUE(contains(read_text(in("err")), "run/model.safetensors")) << read_text(in("err"));
  EXPECT_EQ(read_text(in("run/model.safetensors")), good);
  for (const auto& entry : fs::directory_iterator(in("run"))) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path() << " was left behind";
  }
}

}  // namespace
}  // namespace lamella::cli
