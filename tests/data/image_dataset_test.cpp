#include <lamella/data.h>
#include <lamella/ops/create.h>

#include "data/data_testing.h"

namespace lamella::data {
namespace {

/// Two pictures of 2 channels and 1x2 pixels.
ImageDataset two_pictures(ImageDatasetOptions options = {}) {
  const std::vector<std::uint8_t> pixels = {0, 255, 51, 102, 1, 2, 3, 4};
  return ImageDataset(tensor(pixels, Dims{2, 2, 1, 2}), tensor(std::vector<std::int64_t>{1, 0}), std::move(options));
}

TEST(ImageDataset, GathersPicturesAndLabelsInTheOrderAskedFor) {
  const ImageDataset dataset = two_pictures();
  const std::int64_t indices[] = {1, 0, 1};
  const auto [images, labels] = dataset.batch(indices);
  EXPECT_EQ(images.shape(), (Dims{3, 2, 1, 2}));
  EXPECT_EQ(images.dtype(), DType::kFloat32);
  const auto values = images.to_vector<float>();
  EXPECT_EQ(std::vector<float>(values.begin(), values.begin() + 8),
            (std::vector<float>{1 / 255.F, 2 / 255.F, 3 / 255.F, 4 / 255.F, 0, 1, 51 / 255.F, 102 / 255.F}));
  EXPECT_EQ(labels.to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 0}));
}

TEST(ImageDataset, NormalisesChannelByChannelInTorchvisionsRoundings) {
  const ImageDataset dataset = two_pictures({.normalization = Normalization{{0.5, 0.25}, {0.5, 0.1}}});
  const std::int64_t indices[] = {0};
  const auto values = dataset.batch(indices).images.to_vector<float>();
  EXPECT_EQ(values, (std::vector<float>{-1, 1, (51 / 255.F - 0.25F) / 0.1F, (102 / 255.F - 0.25F) / 0.1F}));
  EXPECT_EQ(dataset.normalize(dataset.images()[0]).to_vector<float>(), values);
}

TEST(ImageDataset, ComputesMeanAndDeviation) {
  const Normalization computed = two_pictures().compute_normalization();
  // Channel 1 holds 51, 102, 3, 4: mean 40, mean of the squares (2601 + 10404 + 9 + 16) / 4.
  EXPECT_DOUBLE_EQ(computed.mean[1], 40.0 / 255);
  EXPECT_DOUBLE_EQ(computed.std[1], std::sqrt(3257.5 - 1600) / 255);
}

TEST(ImageDataset, RefusesWhatIsNotOne) {
  const Tensor images = zeros({2, 1, 3, 3}, {.dtype = DType::kUInt8}), labels = zeros({2}, {.dtype = DType::kInt64});
  EXPECT_THROW(ImageDataset(zeros({2, 1, 3, 3}), labels), TypeError);
  EXPECT_THROW(ImageDataset(images[0], labels), ValueError);
  EXPECT_THROW(ImageDataset(images, zeros({3}, {.dtype = DType::kInt64})), ValueError);
  EXPECT_THROW(ImageDataset(images, labels, {.normalization = Normalization{{0, 0}, {1, 1}}}), ValueError);
  EXPECT_THROW(ImageDataset(images, labels, {.normalization = Normalization{{0}, {0}}}), ValueError);
  expect_contains(error_of<ValueError>([] { two_pictures({.classes = {"one"}}); }), "label 1 at index 0");
}

TEST(ImageDataset, RefusesIndicesOutOfRange) {
  const ImageDataset dataset = two_pictures();
  for (const std::int64_t index : {-1, 2}) EXPECT_THROW(dataset.batch(std::span(&index, 1)), IndexError);
}

TEST(ImageDataset, CanBeCutToItsFirstExamples) {
  EXPECT_EQ(two_pictures().first(1).size(), 1);
  EXPECT_EQ(two_pictures().first(9).size(), 2);
}

TEST(Normalization, TakesBytesOnly) {
  const Normalization normalization{{0.5}, {0.5}};
  EXPECT_THROW(normalization(zeros({1, 2, 2})), TypeError);
  EXPECT_THROW(normalization(zeros({3, 2, 2}, {.dtype = DType::kUInt8})), ValueError);
}

}  // namespace
}  // namespace lamella::data
