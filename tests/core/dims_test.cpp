// Dims and the small vector under it.
#include <lamella/dims.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include <lamella/error.h>

namespace lamella {
namespace {

using Words = SmallVector<std::string, 2>;

TEST(SmallVector, GrowsFromInsideToTheHeap) {
  Words words;
  for (int i = 0; i < 20; ++i) words.push_back(std::string(30, static_cast<char>('a' + i)));
  ASSERT_EQ(words.size(), 20u);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(words[static_cast<std::size_t>(i)], std::string(30, static_cast<char>('a' + i)));
}

TEST(SmallVector, CopiesAreIndependentAndMovesLeaveNothing) {
  for (const std::size_t count : {1u, 2u, 3u, 9u}) {
    Words words(count, "word");
    Words copy = words;
    copy[0] = "other";
    EXPECT_EQ(words[0], "word");
    const Words moved = std::move(words);
    EXPECT_EQ(moved.size(), count);
    EXPECT_TRUE(words.empty());  // NOLINT(bugprone-use-after-move)
    copy = moved;
    EXPECT_EQ(copy, moved);
    copy = Words{"x"};
    EXPECT_EQ(copy, Words{"x"});
  }
}

TEST(SmallVector, InsertsAndErasesInThePlaceThatIsSaid) {
  Dims dims{1, 2, 4};
  dims.insert(dims.begin() + 2, 3);
  EXPECT_EQ(dims, (Dims{1, 2, 3, 4}));
  dims.insert(dims.end(), 5);
  dims.erase(dims.begin());
  EXPECT_EQ(dims, (Dims{2, 3, 4, 5}));
  dims.pop_back();
  dims.resize(5, 9);
  EXPECT_EQ(dims, (Dims{2, 3, 4, 9, 9}));
}

TEST(SmallVector, DestroysWhatItHeld) {
  const auto alive = std::make_shared<int>(0);
  {
    SmallVector<std::shared_ptr<int>, 2> list;
    for (int i = 0; i < 5; ++i) list.push_back(alive);
    EXPECT_EQ(alive.use_count(), 6);
    list.resize(1);
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(Dims, PrintAsPyTorchPrintsSizes) {
  EXPECT_EQ(to_string(Dims{}), "[]");
  EXPECT_EQ(to_string(Dims{2, 3, 28, 28}), "[2, 3, 28, 28]");
}

TEST(Dims, CountElementsAndRefuseWhatDoesNotFit) {
  EXPECT_EQ(checked_numel(Dims{}), 1);
  EXPECT_EQ(checked_numel(Dims{3, 0, 5}), 0);
  EXPECT_EQ(checked_numel(Dims{2, 3, 4}), 24);
  EXPECT_THROW(checked_numel(Dims{2, -1}), ValueError);
  EXPECT_THROW(checked_numel(Dims{std::int64_t{1} << 32, std::int64_t{1} << 31}), ValueError);
}

TEST(Dims, StridesAreThoseOfPyTorch) {
  EXPECT_EQ(contiguous_strides(Dims{2, 3, 4}), (Dims{12, 4, 1}));
  EXPECT_EQ(contiguous_strides(Dims{2, 0, 4}), (Dims{4, 4, 1}));  // an extent of 0 counts as 1
  EXPECT_EQ(contiguous_strides(Dims{}), Dims{});
  EXPECT_EQ(channels_last_strides(Dims{2, 3, 4, 5}), (Dims{60, 1, 15, 3}));
  EXPECT_EQ(channels_last_strides(Dims{2, 3, 4, 5, 6}), (Dims{360, 1, 90, 18, 3}));
  EXPECT_THROW(channels_last_strides(Dims{2, 3, 4}), ValueError);
}

TEST(Dims, AxesCountFromEitherEnd) {
  EXPECT_EQ(normalize_axis(-1, 4), 3);
  EXPECT_EQ(normalize_axis(0, 4), 0);
  EXPECT_EQ(normalize_axis(-1, 0), 0);  // a 0-d tensor has one axis in this respect
  EXPECT_THROW(normalize_axis(4, 4), IndexError);
  EXPECT_THROW(normalize_axis(-5, 4), IndexError);
  try {
    normalize_axis(7, 2);
  } catch (const IndexError& error) {
    EXPECT_NE(std::string(error.what()).find("[-2, 1], but got 7"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lamella
