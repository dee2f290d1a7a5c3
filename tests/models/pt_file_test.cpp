#include <gtest/gtest.h>
#include <lamella/io/checkpoint.h>
#include <lamella/models.h>
#include <lamella/nn/linear.h>

#include <filesystem>

#include "io/io_testing.h"

namespace lamella {
namespace {

TEST(LoadsAModuleFromAPtFile, ByItsName) {
  const io::TemporaryFolder folder;
  const auto path = folder / "model.pt";
  const nn::Linear saved(3, 2);
  nn::Linear loaded(3, 2);
  save_pt(path, PyValue::state_dict(saved.state_dict()));
  load(path, loaded);
  EXPECT_EQ(loaded.weight.to_vector<float>(), saved.weight.to_vector<float>());
}

TEST(LoadsAModuleFromAPtFile, ANestedCheckpointSaysWhatToDo) {
  const io::TemporaryFolder folder;
  const auto path = folder / "checkpoint.pth";
  nn::Linear module(3, 2);
  save_pt(path, PyValue::dict({{"epoch", 1}, {"model", PyValue::state_dict(module.state_dict())}}));
  try {
    load(path, module);
    FAIL() << "accepted";
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find("give the entry that is the state_dict"), std::string::npos)
        << error.what();
  }
  module.load_state_dict(load_pt(path)["model"].tensors());
}

}  // namespace
}  // namespace lamella
