// Tensors over memory of the caller's.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include <lamella/ops/create.h>
#include <lamella/ops/index.h>

namespace lamella {
namespace {

constexpr std::int64_t kHeight = 4, kWidth = 5, kPitch = 16;  // 3 * 5 bytes of pixels a row, and one of padding

/// A picture as libraries for vision hold it: blue, green and red of a pixel beside each other, rows padded.
std::vector<std::uint8_t> interleaved_bgr() {
  std::vector<std::uint8_t> bytes(kHeight * kPitch, 255);
  for (std::int64_t y = 0; y < kHeight; ++y) {
    for (std::int64_t x = 0; x < kWidth; ++x) {
      for (std::int64_t c = 0; c < 3; ++c)
        bytes[y * kPitch + 3 * x + c] = static_cast<std::uint8_t>(100 * c + 10 * y + x);
    }
  }
  return bytes;
}

TEST(FromBlob, SeesAnInterleavedBgrPictureWithPaddedRowsAsPlanes) {
  std::vector<std::uint8_t> bytes = interleaved_bgr();
  const Tensor bgr = from_blob(bytes.data(), {kHeight, kWidth, 3}, DType::kUInt8, {kPitch, 3, 1}).permute({2, 0, 1});
  EXPECT_EQ(bgr.shape(), (Dims{3, kHeight, kWidth}));
  EXPECT_EQ(bgr.strides(), (Dims{1, kPitch, 3}));
  EXPECT_EQ(bgr[2][3][4].item<int>(), 234);
  EXPECT_EQ(flip(bgr, {0})[0][3][4].item<int>(), 234);  // red comes first now
  bytes[3 * kPitch + 3 * 4 + 2] = 7;                    // no copy: what is written there is seen here
  EXPECT_EQ(bgr[2][3][4].item<int>(), 7);
  bgr.fill_(9);
  EXPECT_EQ(bytes[3 * kPitch + 3 * 4 + 2], 9);
  EXPECT_EQ(bytes[kPitch - 1], 255);  // the padding is left alone
}

TEST(FromBlob, ReleasesTheMemoryWithTheLastTensorOverIt) {
  std::vector<std::uint8_t> bytes = interleaved_bgr();
  int released = 0;
  Tensor whole = from_blob(bytes.data(), {kHeight, kPitch}, DType::kUInt8, {}, [&] { ++released; });
  Tensor row = whole[1];
  whole = Tensor();
  EXPECT_EQ(released, 0);
  row = Tensor();
  EXPECT_EQ(released, 1);
}

}  // namespace
}  // namespace lamella
