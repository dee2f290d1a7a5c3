#include "io/idx.h"

#include <zlib.h>

#include <cstring>

#include "io/io_testing.h"

namespace lamella::io {
namespace {

Bytes idx(int type, std::initializer_list<int> extents, const Bytes& payload) {
  Bytes file = bytes({0, 0, type, static_cast<int>(extents.size())});
  for (const int extent : extents) append(file, bytes({extent >> 24, extent >> 16, extent >> 8, extent}));
  append(file, payload);
  return file;
}

Bytes gzip(const Bytes& plain) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  Bytes packed(deflateBound(&stream, plain.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

template <typename T>
std::vector<T> values_of(const IdxArray& array) {
  std::vector<T> values(array.bytes.size() / sizeof(T));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

std::string refusal(const Bytes& file, const IdxOptions& options = {}) {
  return error_of<FileError>([&] { read_idx(file, "digits", options); });
}

const Bytes kSix = idx(0x08, {2, 3}, bytes({1, 2, 3, 4, 5, 6}));

TEST(Idx, ReadsBytesWithTheirShape) {
  const IdxArray array = read_idx(kSix, "digits");
  EXPECT_EQ(array.dtype, DType::kUInt8);
  EXPECT_EQ(array.dims, (Dims{2, 3}));
  EXPECT_EQ(values_of<std::uint8_t>(array), (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Idx, ReadsEveryElementTypeFromBigEndian) {
  EXPECT_EQ(values_of<std::int8_t>(read_idx(idx(0x09, {2}, bytes({0xff, 5})), "x")), (std::vector<std::int8_t>{-1, 5}));
  EXPECT_EQ(values_of<std::int16_t>(read_idx(idx(0x0b, {2}, bytes({1, 2, 0xff, 0xfe})), "x")),
            (std::vector<std::int16_t>{0x0102, -2}));
  EXPECT_EQ(values_of<std::int32_t>(read_idx(idx(0x0c, {1}, bytes({1, 2, 3, 4})), "x")),
            (std::vector<std::int32_t>{0x01020304}));
  EXPECT_EQ(values_of<float>(read_idx(idx(0x0d, {1}, bytes({0x3f, 0xc0, 0, 0})), "x")), (std::vector<float>{1.5F}));
  EXPECT_EQ(values_of<double>(read_idx(idx(0x0e, {1}, bytes({0xc0, 4, 0, 0, 0, 0, 0, 0})), "x")),
            (std::vector<double>{-2.5}));
  EXPECT_EQ(read_idx(idx(0x0e, {1}, Bytes(8)), "x").dtype, DType::kFloat64);
}

TEST(Idx, ReadsAnArrayWithoutElements) {
  EXPECT_EQ(read_idx(idx(0x08, {0, 28, 28}, {}), "x").dims, (Dims{0, 28, 28}));
  EXPECT_TRUE(read_idx(gzip(idx(0x08, {0}, {})), "x").bytes.empty());
}

TEST(Idx, TellsGzipByItsFirstBytesAndReadsAllMembers) {
  EXPECT_EQ(read_idx(gzip(kSix), "digits").bytes, read_idx(kSix, "digits").bytes);
  Bytes members;
  for (std::size_t i = 0; i < kSix.size(); ++i) append(members, gzip({kSix[i]}));
  EXPECT_EQ(read_idx(members, "digits").bytes, read_idx(kSix, "digits").bytes);
}

TEST(Idx, ReadsFilesWhateverTheirName) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_idx(folder.write("plain.gz", kSix)).dims, (Dims{2, 3}));
  EXPECT_EQ(read_idx(folder.write("packed", gzip(kSix))).dims, (Dims{2, 3}));
}

TEST(Idx, NamesAMissingFileAndAFolder) {
  const TemporaryFolder folder;
  const std::string missing = error_of<FileError>([&] { read_idx(folder / "none"); });
  EXPECT_EQ(missing, (folder / "none").string() + ": no such file");
  EXPECT_NE(error_of<FileError>([&] { read_idx(folder / ""); }).find("is a folder"), std::string::npos);
}

TEST(Idx, ShowsTheFirstBytesOfAnotherKindOfFile) {
  EXPECT_EQ(refusal(bytes("<!DOCTYPE html>")),
            "digits: not an IDX file: it begins with 3c 21 44 4f (\"<!DO\"), expected 00 00, an element type (08, 09, "
            "0b to 0e) "
            "and 1 to 8 axes");
  EXPECT_NE(refusal({}).find("it begins with nothing"), std::string::npos);
  EXPECT_NE(refusal(idx(0x0a, {1}, Bytes(1))).find("not an IDX file"), std::string::npos);
  EXPECT_NE(refusal(idx(0x08, {}, {})).find("not an IDX file"), std::string::npos);
  EXPECT_NE(refusal(idx(0x08, {1, 1, 1, 1, 1, 1, 1, 1, 1}, Bytes(1))).find("not an IDX file"), std::string::npos);
  EXPECT_NE(refusal(gzip(bytes("hello"))).find("68 65 6c 6c"), std::string::npos);
}

TEST(Idx, SaysHowMuchIsMissing) {
  Bytes cut = kSix;
  cut.pop_back();
  EXPECT_EQ(refusal(cut), "digits: cut short: uint8 [2, 3] needs 6 bytes, the file has 5");
  EXPECT_EQ(refusal(gzip(cut)), "digits: cut short: uint8 [2, 3] needs 6 bytes, the file has 5");
  cut.resize(10);
  EXPECT_EQ(refusal(cut), "digits: cut short: it ends inside the sizes of its 2 axes");
}

TEST(Idx, RefusesBytesBehindTheElements) {
  Bytes longer = kSix;
  longer.push_back(std::byte{7});
  EXPECT_EQ(refusal(longer), "digits: 1 byte too long for uint8 [2, 3]: the file is damaged or is of another kind");
  EXPECT_EQ(refusal(gzip(longer)), "digits: too long for uint8 [2, 3]: the file is damaged or is of another kind");
}

TEST(Idx, ChecksSizesBeforeItTakesMemory) {
  const int most = -1;  // 2^32 - 1
  EXPECT_NE(refusal(idx(0x0e, {most, most, most}, Bytes(8))).find("claims float64"), std::string::npos);
  EXPECT_NE(refusal(idx(0x08, {1 << 30, 4}, Bytes(8))).find("cut short"), std::string::npos);
  EXPECT_NE(refusal(kSix, {.max_bytes = 5}).find("more than the 5 bytes"), std::string::npos);
  // 2 GiB cannot come out of a few packed bytes: deflate's best is 1032 to 1.
  EXPECT_NE(refusal(gzip(idx(0x08, {1 << 30, 2}, Bytes(8)))).find("cannot hold more"), std::string::npos);
}

TEST(Idx, FindsDamagedGzip) {
  const Bytes packed = gzip(kSix);
  Bytes crc = packed;
  crc[crc.size() - 8] ^= std::byte{1};
  EXPECT_NE(refusal(crc).find("incorrect data check"), std::string::npos);
  Bytes length = packed;
  length[length.size() - 1] ^= std::byte{1};
  EXPECT_NE(refusal(length).find("incorrect length check"), std::string::npos);
  Bytes followed = packed;
  append(followed, bytes("junk"));
  EXPECT_NE(refusal(followed).find("not gzip follow"), std::string::npos);
  for (std::size_t size = 2; size < packed.size(); ++size) {
    EXPECT_NE(refusal(Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size))).find("cut short"),
              std::string::npos)
        << size;
  }
}

TEST(Idx, SurvivesDamage) {
  const IdxOptions small{.max_bytes = 1 << 20};
  expect_survives_damage(kSix, [&](const Bytes& file) { read_idx(file, "x", small); });
  expect_survives_damage(gzip(kSix), [&](const Bytes& file) { read_idx(file, "x", small); });
}

class LabelledImagesTest : public testing::Test {
 protected:
  std::string refusal(const Bytes& images, const Bytes& labels, int classes = 10) {
    folder_.write("images", images);
    folder_.write("labels", labels);
    return error_of<FileError>([&] { read_labelled_images(folder_ / "images", folder_ / "labels", classes); });
  }
  std::string path(std::string_view name) const { return (folder_ / name).string(); }

  TemporaryFolder folder_;
  Bytes images_ = idx(0x08, {2, 1, 3}, bytes({1, 2, 3, 4, 5, 6}));
  Bytes labels_ = idx(0x08, {2}, bytes({9, 0}));
};

TEST_F(LabelledImagesTest, ReadsAPairOfAnySize) {
  folder_.write("images", gzip(images_));
  folder_.write("labels", labels_);
  const LabelledImages set = read_labelled_images(folder_ / "images", folder_ / "labels");
  EXPECT_EQ(set.count, 2);
  EXPECT_EQ(set.height, 1);
  EXPECT_EQ(set.width, 3);
  EXPECT_EQ(set.pixels, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(set.labels, (std::vector<std::uint8_t>{9, 0}));
}

TEST_F(LabelledImagesTest, SaysWhenTheFilesAreSwapped) {
  EXPECT_EQ(refusal(labels_, images_),
            path("images") + ": holds labels where images were expected; are the two files swapped?");
  EXPECT_EQ(refusal(images_, images_),
            path("labels") + ": holds images where labels were expected; are the two files swapped?");
}

TEST_F(LabelledImagesTest, SaysWhatElseAFileHolds) {
  EXPECT_EQ(refusal(idx(0x0b, {2}, Bytes(4)), labels_),
            path("images") + ": images are uint8 [N, H, W], it holds int16 [2]");
  EXPECT_EQ(refusal(images_, idx(0x0d, {2}, Bytes(8))),
            path("labels") + ": labels are uint8 [N], it holds float32 [2]");
}

TEST_F(LabelledImagesTest, ComparesTheCounts) {
  EXPECT_EQ(refusal(images_, idx(0x08, {3}, Bytes(3))),
            path("images") + ": holds 2 images, but " + path("labels") + " holds 3 labels; are they of the same set?");
}

TEST_F(LabelledImagesTest, NamesTheLabelOutOfRange) {
  EXPECT_EQ(refusal(images_, idx(0x08, {2}, bytes({9, 10}))),
            path("labels") + ": label 10 at index 1 is out of range: there are 10 classes, 0 to 9");
  EXPECT_EQ(refusal(images_, labels_, 3),
            path("labels") + ": label 9 at index 0 is out of range: there are 3 classes, 0 to 2");
}

}  // namespace
}  // namespace lamella::io
