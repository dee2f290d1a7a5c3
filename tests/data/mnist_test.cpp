// The four files, written small by the test itself.
#include <lamella/data.h>

#include <cstdlib>

#include "data/data_testing.h"

namespace lamella::data {
namespace {

std::string extent(int n) { return {0, 0, 0, static_cast<char>(n)}; }
std::string images_file(int n) {
  return std::string("\0\0\x08\x03", 4) + extent(n) + extent(28) + extent(28) +
         std::string(static_cast<std::size_t>(n) * 784, '\x11');
}
std::string labels_file(const std::string& labels) {
  return std::string("\0\0\x08\x01", 4) + extent(static_cast<int>(labels.size())) + labels;
}

TEST(Mnist, ReadsFilesUnderEitherName) {
  const TemporaryFolder folder;
  write_bytes(folder / "train-images-idx3-ubyte", images_file(2));
  write_bytes(folder / "train-labels.idx1-ubyte", labels_file("\x03\x09"));
  const ImageDataset dataset = mnist("train", {.root = folder.path()});
  EXPECT_EQ(dataset.images().shape(), (Dims{2, 1, 28, 28}));
  EXPECT_EQ(dataset.labels().to_vector<std::int64_t>(), (std::vector<std::int64_t>{3, 9}));
  EXPECT_EQ(dataset.classes()[9], "9");
  EXPECT_EQ(dataset.normalization().mean, std::vector<double>{0.1307});
}

TEST(Mnist, FindsTorchvisionsFolderAndTheVariable) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "FashionMNIST/raw");
  write_bytes(folder / "FashionMNIST/raw/t10k-images-idx3-ubyte", images_file(1));
  write_bytes(folder / "FashionMNIST/raw/t10k-labels-idx1-ubyte", labels_file("\x09"));
  ::setenv("LAMELLA_DATA", folder.path().c_str(), 1);
  const ImageDataset dataset = fashion_mnist("test");
  ::unsetenv("LAMELLA_DATA");
  EXPECT_EQ(dataset.size(), 1);
  EXPECT_EQ(dataset.classes()[9], "Ankle boot");
  EXPECT_EQ(dataset.name(), "Fashion-MNIST");
}

TEST(Mnist, SaysWhereItLookedAndHowToGetTheData) {
  const TemporaryFolder folder;
  const std::string text = error_of<FileError>([&] { fashion_mnist("train", {.root = folder.path()}); });
  expect_contains(text, "train-images-idx3-ubyte");
  expect_contains(text, (folder / "fashion-mnist").string());
  expect_contains(text, (folder / "FashionMNIST/raw").string());
  expect_contains(text, "apt-get install dataset-fashion-mnist");
  expect_one_line(text);
  expect_contains(error_of<FileError>([&] { mnist("train", {.root = folder.path()}); }), "LAMELLA_DATA");
}

TEST(Mnist, SaysWhichHalfIsMissing) {
  const TemporaryFolder folder;
  write_bytes(folder / "train-images-idx3-ubyte", images_file(1));
  expect_contains(error_of<FileError>([&] { mnist("train", {.root = folder.path()}); }),
                  "labels (train-labels-idx1-ubyte");
}

TEST(Mnist, NamesADamagedFile) {
  const TemporaryFolder folder;
  write_bytes(folder / "train-images-idx3-ubyte", images_file(2).substr(0, 900));
  write_bytes(folder / "train-labels-idx1-ubyte", labels_file("\x03\x0a"));
  const auto read = [&] { mnist("train", {.root = folder.path()}); };
  expect_contains(error_of<FileError>(read), "train-images-idx3-ubyte: cut short");
  write_bytes(folder / "train-images-idx3-ubyte", images_file(2));
  expect_contains(error_of<FileError>(read), "label 10 at index 1");
  write_bytes(folder / "train-images-idx3-ubyte", images_file(0));
  write_bytes(folder / "train-labels-idx1-ubyte", labels_file(""));
  expect_contains(error_of<FileError>(read), "holds no images");
}

TEST(Mnist, KnowsTwoSplits) {
  expect_contains(error_of<ValueError>([] { mnist("validation"); }), "\"train\" or \"test\"");
}

}  // namespace
}  // namespace lamella::data
