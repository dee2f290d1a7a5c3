#include <cstring>
#include <map>

#include "io/io_testing.h"
#include "io/safetensors.h"

namespace lamella::io {
namespace {

std::string text_of(const Bytes& content) { return {reinterpret_cast<const char*>(content.data()), content.size()}; }

TEST(SafetensorsWrite, WritesWhatTheReferenceWrites) {
  // safetensors.numpy.save({"b": np.arange(2, dtype="f4"), "A": np.array(True), "aa": np.int64([7]),
  //                         "Z": np.zeros((0, 3), "f4")}, {"k": "v\"\\/\x01\x7f\té"}), safetensors 0.8.0
  const float b[] = {0, 1};
  const std::int64_t aa = 7;
  const bool truth = true;
  const std::vector<TensorView> tensors = {
      {"b", DType::kFloat32, {2}, std::as_bytes(std::span(b))},
      {"A", DType::kBool, {}, std::as_bytes(std::span(&truth, 1))},
      {"aa", DType::kInt64, {1}, std::as_bytes(std::span(&aa, 1))},
      {"Z", DType::kFloat32, {0, 3}, {}},
  };
  const std::string expected =
      std::string("\x08\x01\0\0\0\0\0\0", 8) + R"({"__metadata__":{"k":"v\"\\/\u0001)" + "\x7f" + R"(\té"},)" +
      R"("aa":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"Z":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]},)" +
      R"("b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"A":{"dtype":"BOOL","shape":[],"data_offsets":[16,17]}})" +
      "    " + std::string("\7\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\x3f\1", 17);
  EXPECT_EQ(text_of(encode_safetensors(tensors, {{"k", "v\"\\/\x01\x7f\té"}})), expected);
}

TEST(SafetensorsWrite, OrdersByDTypeThenName) {
  const Bytes data(8);
  std::vector<TensorView> tensors;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    for (const char* name : {"bb", "A"}) {
      tensors.push_back(
          {std::string(name) + "." + std::string(name_of(dtype)), dtype, {1}, std::span(data).first(size_of(dtype))});
    }
  }
  const Bytes content = encode_safetensors(tensors);
  const SafetensorsFile model(content, "model");
  std::string order;
  for (const TensorView& tensor : model.tensors()) order += tensor.name + " ";
  EXPECT_EQ(order,
            "A.int64 bb.int64 A.float64 bb.float64 A.float32 bb.float32 A.int32 bb.int32 A.bfloat16 bb.bfloat16 "
            "A.float16 bb.float16 A.int16 bb.int16 A.int8 bb.int8 A.uint8 bb.uint8 A.bool bb.bool ");
}

TEST(SafetensorsWrite, PadsTheHeaderSoThatDataIsAligned) {
  const double value = 1.0;
  std::string name = "w";
  for (int i = 0; i < 9; ++i, name += 'w') {
    const std::vector<TensorView> tensors = {{name, DType::kFloat64, {}, std::as_bytes(std::span(&value, 1))}};
    const Bytes content = encode_safetensors(tensors);
    EXPECT_EQ(content.size() % 8, 0U);
    EXPECT_EQ(SafetensorsFile(content, "model").at(name).bytes.data(), content.data() + content.size() - 8);
  }
}

TEST(SafetensorsWrite, WritesAFileWithoutTensors) {
  EXPECT_EQ(text_of(encode_safetensors({})), std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
}

TEST(SafetensorsWrite, RefusesWhatNoFileCanHold) {
  const Bytes data(8);
  const auto refusal = [](std::vector<TensorView> tensors, Metadata metadata = {}) {
    return error_of<ValueError>([&] { encode_safetensors(tensors, metadata); });
  };
  EXPECT_EQ(refusal({{"w", DType::kFloat32, {2}, data}, {"w", DType::kFloat32, {2}, data}}),
            "two tensors are named 'w'");
  EXPECT_EQ(refusal({{"__metadata__", DType::kFloat32, {2}, data}}), "no tensor can be named '__metadata__'");
  EXPECT_EQ(refusal({{"w", DType::kFloat32, {3}, data}}), "tensor 'w' is float32 [3] but has 8 bytes");
  EXPECT_NE(refusal({{"\xff", DType::kFloat32, {2}, data}}).find("is not UTF-8"), std::string::npos);
  EXPECT_NE(refusal({}, {{"k", "\xc3"}}).find("is not UTF-8"), std::string::npos);
}

TEST(SafetensorsWrite, ReplacesAFileWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const Bytes data(8);
  const std::vector<TensorView> good = {{"w", DType::kFloat32, {2}, data}};
  write_safetensors(folder / "m", good, {{"a", "b"}});
  EXPECT_EQ(file_content(folder / "m"), encode_safetensors(good, {{"a", "b"}}));
  EXPECT_THROW(write_safetensors(folder / "m", good, {{"a", "\xff"}}), ValueError);
  EXPECT_EQ(file_content(folder / "m"), encode_safetensors(good, {{"a", "b"}}));
  EXPECT_EQ(folder.file_count(), 1U);
  EXPECT_NE(error_of<FileError>([&] { write_safetensors(folder / "none" / "m", good); }).find("none"),
            std::string::npos);
}

TEST(SafetensorsWrite, RandomFilesComeBackAsTheyWere) {
  std::mt19937 random(7);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const std::string pieces[] = {"a", "layer", ".", "0", "é", "日本", "\"", "\\", "\n", "\x01", "/", " ", "🙂"};
  const auto any_text = [&] {
    std::string text;
    for (int i = below(6); i > 0; --i) text += pieces[below(std::size(pieces))];
    return text;
  };
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, std::pair<TensorView, Bytes>> expected;
    Metadata metadata;
    for (int i = below(4); i > 0; --i) metadata[any_text()] = any_text();
    std::vector<TensorView> tensors;
    for (int i = below(8); i > 0; --i) {
      TensorView view{any_text(), static_cast<DType>(below(kDTypeCount)), {}, {}};
      if (expected.contains(view.name)) continue;
      std::size_t size = size_of(view.dtype);
      for (int axis = below(4); axis > 0; --axis) {
        view.shape.push_back(below(5));
        size *= static_cast<std::size_t>(view.shape.back());
      }
      Bytes data(size);
      for (std::byte& b : data) b = static_cast<std::byte>(view.dtype == DType::kBool ? below(2) : below(256));
      auto& slot = expected[view.name] = {view, std::move(data)};
      slot.first.bytes = slot.second;
      tensors.push_back(slot.first);
    }
    const Bytes content = encode_safetensors(tensors, metadata);
    const SafetensorsFile model(content, "model");
    EXPECT_EQ(model.metadata(), metadata);
    ASSERT_EQ(model.tensors().size(), expected.size());
    for (const auto& [name, tensor] : expected) {
      const TensorView& read = model.at(name);
      EXPECT_EQ(read.dtype, tensor.first.dtype);
      EXPECT_EQ(read.shape, tensor.first.shape);
      Bytes copy(read.bytes.size());
      read.copy_to(copy);
      EXPECT_EQ(copy, tensor.second);
    }
    EXPECT_EQ(encode_safetensors(model.tensors(), model.metadata()), content);
  }
}

}  // namespace
}  // namespace lamella::io
