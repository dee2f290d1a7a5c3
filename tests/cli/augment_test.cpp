#include "cli/augment.h"

#include <gtest/gtest.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>

#include <set>

namespace lamella::cli {
namespace {

Tensor numbered(std::int64_t count) { return arange(count * 16).to(DType::kFloat32).view({count, 1, 4, 4}); }

TEST(Augmentation, WithoutShiftAndMirrorLeavesPicturesAlone) {
  const Tensor images = numbered(8);
  Generator generator(1);
  augment(images, {.shift = 0, .mirror = false, .background = {-1}}, generator);
  EXPECT_TRUE(equal(images, numbered(8)));
}

TEST(Augmentation, MirrorsSomeAndOnlyLeftToRight) {
  const Tensor images = numbered(64), before = numbered(64), mirrored = flip(before, {3});
  Generator generator(1);
  augment(images, {.shift = 0, .mirror = true, .background = {-1}}, generator);
  int count = 0;
  for (std::int64_t i = 0; i < 64; ++i) {
    const bool is_mirrored = equal(images[i], mirrored[i]);
    EXPECT_TRUE(is_mirrored || equal(images[i], before[i]));
    count += is_mirrored;
  }
  EXPECT_GT(count, 16);  // of 64 throws of a coin: below 16 or above 48 with a probability of 1e-4
  EXPECT_LT(count, 48);
}

TEST(Augmentation, MovesByAtMostTheShiftInNineWaysAndFillsWithTheBackground) {
  const Tensor images = ones({200, 1, 3, 3});
  Generator generator(1);
  augment(images, {.shift = 1, .mirror = false, .background = {-1}}, generator);
  std::set<std::vector<float>> seen;
  for (std::int64_t i = 0; i < 200; ++i) {
    const std::vector<float> picture = images[i].to_vector<float>();
    EXPECT_EQ(picture[4], 1);  // the middle stays inside
    for (const float value : picture) EXPECT_TRUE(value == 1 || value == -1);
    seen.insert(picture);
  }
  EXPECT_EQ(seen.size(), 9);
}

TEST(Augmentation, MovesAllChannelsOfAPictureAlike) {
  const Tensor images = ones({20, 2, 5, 5});
  Generator generator(1);
  augment(images, {.shift = 2, .mirror = true, .background = {-1, -1}}, generator);
  EXPECT_TRUE(equal(images.select(1, 0), images.select(1, 1)));
}

TEST(Augmentation, IsAFunctionOfTheSeed) {
  const auto augmented = [](std::uint64_t seed) {
    const Tensor images = numbered(32);
    Generator generator(seed);
    augment(images, {.shift = 1, .mirror = true, .background = {0}}, generator);
    return images;
  };
  EXPECT_TRUE(equal(augmented(5), augmented(5)));
  EXPECT_FALSE(equal(augmented(5), augmented(6)));
}

}  // namespace
}  // namespace lamella::cli
