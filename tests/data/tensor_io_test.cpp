// Pictures and named tensors in files.
#include <lamella/io.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include <limits>

#include "data/data_testing.h"

namespace lamella {
namespace {

Tensor bytes(std::vector<std::uint8_t> values, Dims shape) { return tensor(values, std::move(shape)); }

// --- Pictures ----------------------------------------------------------------------------------------------------

TEST(WriteImage, RoundTripsBytes) {
  const TemporaryFolder folder;
  const Tensor rgb = bytes({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {3, 2, 2});
  write_image(folder / "a.png", rgb);
  const Tensor back = read_image(folder / "a.png");
  EXPECT_EQ(back.shape(), (Dims{3, 2, 2}));
  EXPECT_EQ(back.to_vector<std::uint8_t>(), rgb.to_vector<std::uint8_t>());
}

TEST(WriteImage, FollowsStrides) {
  const TemporaryFolder folder;
  const Tensor grey = bytes({1, 2, 3, 4, 5, 6}, {2, 3});
  write_image(folder / "a.png", grey.t());
  EXPECT_EQ(read_image(folder / "a.png").to_vector<std::uint8_t>(), (std::vector<std::uint8_t>{1, 4, 2, 5, 3, 6}));
}

TEST(WriteImage, RoundsAndClampsNumbers) {
  const TemporaryFolder folder;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  write_image(folder / "a.png", tensor(std::vector<float>{0, 1, 0.5F, -2, 7, nan}, Dims{1, 2, 3}));
  EXPECT_EQ(read_image(folder / "a.png").to_vector<std::uint8_t>(),
            (std::vector<std::uint8_t>{0, 255, 128, 0, 255, 0}));
}

TEST(WriteImage, RefusesWhatIsNoPicture) {
  const TemporaryFolder folder;
  const auto path = folder / "a.png";
  expect_contains(error_of<ValueError>([&] { write_image(path, zeros({1, 3, 4, 4})); }), "images[0]");
  EXPECT_THROW(write_image(path, zeros({2, 4, 4})), ValueError);
  EXPECT_THROW(write_image(path, zeros({0, 4})), ValueError);
  EXPECT_THROW(write_image(path, zeros({4, 4}, {.dtype = DType::kInt64})), TypeError);
  expect_contains(error_of<ValueError>([&] { write_image(folder / "a.JPG", zeros({4, 4})); }), "name it a.png");
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THROW(write_image(folder / "no/such/folder.png", zeros({4, 4})), FileError);
}

TEST(ReadImage, ConvertsToTheChannelsAskedFor) {
  const TemporaryFolder folder;
  write_image(folder / "rgb.png", bytes({255, 0, 0}, {3, 1, 1}));
  // (19595 * 255 + 2^15) / 2^16 = 76.7: Pillow's luma of pure red is 76.
  EXPECT_EQ(read_image(folder / "rgb.png", {.channels = 1}).to_vector<std::uint8_t>(), std::vector<std::uint8_t>{76});
  EXPECT_EQ(read_image(folder / "rgb.png", {.channels = 4}).to_vector<std::uint8_t>(),
            (std::vector<std::uint8_t>{255, 0, 0, 255}));
  write_image(folder / "rgba.png", bytes({9, 9, 9, 0}, {4, 1, 1}));
  EXPECT_EQ(read_image(folder / "rgba.png", {.channels = 3}).to_vector<std::uint8_t>(),
            (std::vector<std::uint8_t>{255, 255, 255}));
  EXPECT_EQ(read_image(folder / "rgba.png", {.channels = 1, .background = 0}).item<int>(), 0);
}

TEST(ReadImage, NamesTheFileAndTheReason) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.png", "no picture");
  expect_contains(error_of<FileError>([&] { read_image(folder / "a.png"); }), "a.png: ");
  expect_one_line(error_of<FileError>([&] { read_image(folder / "missing.png"); }));
  EXPECT_THROW(read_image(folder / "a.png", {.channels = 2}), ValueError);
}

// --- Named tensors -----------------------------------------------------------------------------------------------

TEST(TensorFile, RoundTripsEveryDtypeWithMetadata) {
  const TemporaryFolder folder;
  NamedTensors tensors;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    tensors.emplace_back(std::string(name_of(dtype)), tensor(std::vector<double>{0, 1, 3}).to(dtype));
  }
  tensors.emplace_back("scalar", full({}, 7.5));
  tensors.emplace_back("empty", zeros({2, 0}));
  save(folder / "t.safetensors", tensors, {{"who", "me"}});
  const TensorFile file = load(folder / "t.safetensors");
  EXPECT_EQ(file.metadata.at("who"), "me");
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(file[name].dtype(), tensor.dtype()) << name;
    EXPECT_EQ(file[name].shape(), tensor.shape()) << name;
    EXPECT_EQ(file[name].to_vector<double>(), tensor.to_vector<double>()) << name;
  }
}

TEST(TensorFile, SavesViewsByTheirElements) {
  const TemporaryFolder folder;
  const Tensor x = arange(6).view({2, 3});
  save(folder / "t.safetensors", {{"t", x.t()}, {"column", x.select(1, 2)}, {"spread", x[0].expand({2, 3})}});
  const TensorFile file = load(folder / "t.safetensors");
  EXPECT_EQ(file["t"].to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(file["column"].to_vector<std::int64_t>(), (std::vector<std::int64_t>{2, 5}));
  EXPECT_EQ(file["spread"].to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2}));
}

TEST(TensorFile, NamesWhatThereIs) {
  const TemporaryFolder folder;
  save(folder / "t.safetensors", {{"a", zeros({1})}, {"b", zeros({1})}});
  const TensorFile file = load(folder / "t.safetensors");
  EXPECT_EQ(file.find("c"), nullptr);
  expect_contains(error_of<IndexError>([&] { file["c"]; }), "it has a, b");
}

TEST(TensorFile, LeavesAGoodFileWhenItCannotSave) {
  const TemporaryFolder folder;
  const auto path = folder / "t.safetensors";
  save(path, {{"a", zeros({1})}});
  const std::string before = read_bytes(path);
  EXPECT_THROW(save(path, {{"a", zeros({1})}, {"a", zeros({1})}}), ValueError);
  EXPECT_THROW(save(path, {{"a", Tensor()}}), ValueError);
  EXPECT_EQ(read_bytes(path), before);
  EXPECT_THROW(save(folder / "no/such/folder", {{"a", zeros({1})}}), FileError);
}

TEST(TensorFile, RefusesAFileCutShort) {
  const TemporaryFolder folder;
  const auto path = folder / "t.safetensors";
  save(path, {{"a", zeros({100})}});
  const std::string whole = read_bytes(path);
  for (const std::size_t length : {std::size_t{0}, std::size_t{7}, std::size_t{20}, whole.size() - 1}) {
    write_bytes(path, whole.substr(0, length));
    const std::string text = error_of<FileError>([&] { load(path); });
    expect_contains(text, path.string());
    expect_one_line(text);
  }
}

}  // namespace
}  // namespace lamella
