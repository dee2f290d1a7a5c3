#include "io/safetensors.h"

#include <cstring>
#include <set>

#include "io/io_testing.h"

namespace lamella::io {
namespace {

using Fault = SafetensorsFault;

Bytes file(std::string_view header, std::size_t data_bytes = 0) {
  Bytes result;
  for (std::size_t i = 0; i < 8; ++i) result.push_back(static_cast<std::byte>(header.size() >> 8 * i & 0xff));
  append(result, header);
  for (std::size_t i = 0; i < data_bytes; ++i) result.push_back(static_cast<std::byte>(i));
  return result;
}

void expect_fault(Fault fault, const Bytes& content, std::string_view text) {
  try {
    SafetensorsFile(content, "model");
    ADD_FAILURE() << "accepted; expected: " << text;
  } catch (const SafetensorsError& error) {
    EXPECT_EQ(error.fault(), fault) << error.what();
    EXPECT_NE(std::string_view(error.what()).find(text), std::string_view::npos) << error.what();
    EXPECT_TRUE(std::string_view(error.what()).starts_with("model: ")) << error.what();
  }
}

std::string tensor(std::string_view fields) { return "{\"w\":{" + std::string(fields) + "}}"; }

constexpr std::string_view kTwoFloats = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";

// --- Valid files -------------------------------------------------------------------------------------------------

TEST(Safetensors, ReadsAFileWithoutTensors) {
  const Bytes content = file("{}");
  const SafetensorsFile model(content, "model");
  EXPECT_TRUE(model.tensors().empty());
  EXPECT_TRUE(model.metadata().empty());
}

TEST(Safetensors, ViewsTensorsInPlace) {
  const Bytes content = file(R"({"b":{"dtype":"I16","shape":[2,2],"data_offsets":[4,12]},)"
                             R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
                             12);
  const SafetensorsFile model(content, "model");
  ASSERT_EQ(model.tensors().size(), 2U);
  EXPECT_EQ(model.tensors()[0].name, "a");  // the order of the data, not of the JSON
  const TensorView& b = model.at("b");
  EXPECT_EQ(b.dtype, DType::kInt16);
  EXPECT_EQ(b.shape, (Dims{2, 2}));
  EXPECT_EQ(b.bytes.size(), 8U);
  EXPECT_EQ(b.bytes.data(), content.data() + content.size() - 8);
}

TEST(Safetensors, KnowsEveryDTypeOfLamella) {
  const std::pair<const char*, DType> dtypes[] = {
      {"BOOL", DType::kBool},   {"U8", DType::kUInt8},    {"I8", DType::kInt8},     {"I16", DType::kInt16},
      {"I32", DType::kInt32},   {"I64", DType::kInt64},   {"F16", DType::kFloat16}, {"BF16", DType::kBFloat16},
      {"F32", DType::kFloat32}, {"F64", DType::kFloat64},
  };
  for (const auto& [name, dtype] : dtypes) {
    const std::size_t size = size_of(dtype);
    const Bytes content = file(tensor(std::string("\"dtype\":\"") + name + "\",\"shape\":[],\"data_offsets\":[0," +
                                      std::to_string(size) + "]"),
                               size);
    EXPECT_EQ(SafetensorsFile(content, "model").at("w").dtype, dtype) << name;
  }
}

TEST(Safetensors, AcceptsScalarsAndEmptyTensors) {
  const Bytes content = file(R"({"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                             R"("e":{"dtype":"F32","shape":[3,0],"data_offsets":[4,4]},)"
                             R"("f":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})",
                             4);
  const SafetensorsFile model(content, "model");
  EXPECT_TRUE(model.at("s").shape.empty());
  EXPECT_EQ(model.at("e").shape, (Dims{3, 0}));
  EXPECT_TRUE(model.at("e").bytes.empty());
}

TEST(Safetensors, ReadsMetadataAndTakesNullForNone) {
  const Bytes content = file(R"({"__metadata__":{"format":"pt","text":"a\"b\u00e9\n"}})");
  EXPECT_EQ(SafetensorsFile(content, "model").metadata(), (Metadata{{"format", "pt"}, {"text", "a\"bé\n"}}));
  const Bytes null = file(R"({"__metadata__":null})");
  EXPECT_TRUE(SafetensorsFile(null, "model").metadata().empty());
}

TEST(Safetensors, IgnoresUnknownFieldsOfATensor) {
  const Bytes content =
      file(tensor(std::string(kTwoFloats) + R"(,"x":{"shape":["?"]},"y":[1.5,-1,null,true],"z":"s")"), 8);
  EXPECT_EQ(SafetensorsFile(content, "model").at("w").shape, (Dims{2}));
}

TEST(Safetensors, AcceptsWhitespaceBehindTheHeader) {
  const Bytes content = file(tensor(kTwoFloats) + " \t\r\n ", 8);
  EXPECT_EQ(SafetensorsFile(content, "model").tensors().size(), 1U);
}

TEST(Safetensors, CopiesUnalignedElements) {
  std::string header = tensor(kTwoFloats);
  for (int pad = 0; pad < 8; ++pad, header += ' ') {
    Bytes content = file(header, 8);
    const float values[] = {1.5F, -2.0F};
    std::memcpy(content.data() + content.size() - 8, values, 8);
    const SafetensorsFile model(content, "model");
    const TensorView& w = model.at("w");
    EXPECT_EQ(w.usable_in_place(), reinterpret_cast<std::uintptr_t>(w.bytes.data()) % alignof(float) == 0);
    float copy[2];
    w.copy_to(std::as_writable_bytes(std::span(copy)));
    EXPECT_EQ(copy[0], 1.5F);
    EXPECT_EQ(copy[1], -2.0F);
  }
}

TEST(Safetensors, NormalisesBools) {
  const Bytes content = file(tensor(R"("dtype":"BOOL","shape":[4],"data_offsets":[0,4])"), 4);  // 0 1 2 3
  const SafetensorsFile model(content, "model");
  EXPECT_FALSE(model.at("w").usable_in_place());
  Bytes copy(4);
  model.at("w").copy_to(copy);
  EXPECT_EQ(copy, bytes({0, 1, 1, 1}));
}

TEST(Safetensors, FindsByNameAndListsTheNamesThatThereAre) {
  const Bytes content = file(tensor(kTwoFloats), 8);
  const SafetensorsFile model(content, "model");
  EXPECT_EQ(model.find("v"), nullptr);
  EXPECT_EQ(model.find("w"), &model.tensors()[0]);
  EXPECT_EQ(error_of<FileError>([&] { model.at("v"); }), "model: holds no tensor 'v'; its 1 tensors: 'w'");
}

TEST(Safetensors, MapsAFile) {
  const TemporaryFolder folder;
  SafetensorsFile model(folder.write("m.safetensors", file(tensor(kTwoFloats), 8)));
  const SafetensorsFile moved = std::move(model);
  EXPECT_EQ(moved.at("w").bytes[7], std::byte{7});
  EXPECT_NE(error_of<FileError>([&] { SafetensorsFile(folder / "none"); }).find("none"), std::string::npos);
}

// --- One test for each way to be broken --------------------------------------------------------------------------

TEST(SafetensorsFaults, TooShort) {
  expect_fault(Fault::kTooShort, {}, "it has 0 bytes, at least 8 are needed");
  expect_fault(Fault::kTooShort, bytes("PK\3\4"), "it has 4 bytes");
}

TEST(SafetensorsFaults, HeaderTooLarge) {
  expect_fault(Fault::kHeaderTooLarge, bytes("\x89PNG\r\n\x1a\n...."), "it begins with 89 50 4e 47");
  expect_fault(Fault::kHeaderTooLarge, Bytes(64, std::byte{0xff}), "a header of 18446744073709551615 bytes");
}

TEST(SafetensorsFaults, HeaderCutShort) {
  Bytes content = file("{}");
  content.pop_back();
  expect_fault(Fault::kHeaderCutShort, content, "the header has 2 bytes, the file 1 behind its length");
}

TEST(SafetensorsFaults, NotAnObject) {
  expect_fault(Fault::kNotAnObject, file(""), "does not begin with '{'");
  expect_fault(Fault::kNotAnObject, file("[]"), "does not begin with '{'");
  expect_fault(Fault::kNotAnObject, file(" {}"), "does not begin with '{'");
  expect_fault(Fault::kNotAnObject, file("\xef\xbb\xbf{}"), "does not begin with '{'");
}

TEST(SafetensorsFaults, BadJson) {
  expect_fault(Fault::kBadJson, file("{"), "the header is damaged");
  expect_fault(Fault::kBadJson, file("{}x"), "at byte 11");
  expect_fault(Fault::kBadJson, file("{}{}"), "the header is damaged");
  expect_fault(Fault::kBadJson, file(R"({"a":NaN})"), "the header is damaged");
  expect_fault(Fault::kBadJson, file(R"({"a":1e999})"), "the header is damaged");
  expect_fault(Fault::kBadJson, file(R"({"__metadata__":{},})"), "the header is damaged");
  expect_fault(Fault::kBadJson, file("{\"\xff\":{}}"), "the header is damaged");
  expect_fault(Fault::kBadJson, file(R"({"\ud800":{}})"), "the header is damaged");
  expect_fault(Fault::kBadJson, file(std::string_view("{}\0", 3)), "a zero byte");
}

TEST(SafetensorsFaults, TooDeep) {
  expect_fault(Fault::kTooDeep, file(tensor(std::string(kTwoFloats) + R"(,"x":[[[]]])"), 8), "nested deeper than 4");
  expect_fault(Fault::kTooDeep, file(tensor("\"x\":" + std::string(100000, '['))), "nested deeper than 4");
}

TEST(SafetensorsFaults, DuplicateName) {
  const std::string entry = "\"w\":{" + std::string(kTwoFloats) + "}";
  expect_fault(Fault::kDuplicateName, file("{" + entry + "," + entry + "}", 8), "'w' stands twice in the header");
  expect_fault(Fault::kDuplicateName,
               file("{" + entry + R"(,"\u0077":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}})", 8),
               "'w' stands twice in the header");
  expect_fault(Fault::kDuplicateName, file(R"({"__metadata__":{},"__metadata__":{}})"), "'__metadata__' stands twice");
  expect_fault(Fault::kDuplicateName, file(R"({"__metadata__":{"a":"1","a":"1"}})"),
               "'a' stands twice in __metadata__");
  expect_fault(Fault::kDuplicateName, file(tensor(std::string(kTwoFloats) + R"(,"shape":[2])"), 8),
               "'shape' stands twice in tensor 'w'");
}

TEST(SafetensorsFaults, BadMetadata) {
  expect_fault(Fault::kBadMetadata, file(R"({"__metadata__":{"epochs":3}})"), "'epochs' is a number");
  expect_fault(Fault::kBadMetadata, file(R"({"__metadata__":{"a":null}})"), "'a' is null");
  expect_fault(Fault::kBadMetadata, file(R"({"__metadata__":{"a":{}}})"), "'a' is an object");
  expect_fault(Fault::kBadMetadata, file(R"({"__metadata__":[]})"), "it is a list");
  expect_fault(Fault::kBadMetadata, file(R"({"__metadata__":"x"})"), "it is a string");
}

TEST(SafetensorsFaults, BadTensor) {
  expect_fault(Fault::kBadTensor, file(R"({"w":5})"), "the entry of tensor 'w' is a number, expected an object");
  expect_fault(Fault::kBadTensor, file(R"({"w":null})"), "is null");
  expect_fault(Fault::kBadTensor, file(R"({"w":[]})"), "is a list");
  expect_fault(Fault::kBadTensor, file(tensor(R"("dtype":32)")),
               "the dtype of tensor 'w' is a number, expected a string");
}

TEST(SafetensorsFaults, MissingField) {
  expect_fault(Fault::kMissingField, file(tensor("")), "tensor 'w' has no dtype");
  expect_fault(Fault::kMissingField, file(tensor(R"("dtype":"F32","data_offsets":[0,4])"), 4), "has no shape");
  expect_fault(Fault::kMissingField, file(tensor(R"("dtype":"F32","shape":[1])"), 4), "has no data_offsets");
}

TEST(SafetensorsFaults, UnknownDType) {
  for (const std::string name : {"f32", "I4", "C128", "", "float32"}) {
    expect_fault(Fault::kUnknownDType, file(tensor("\"dtype\":\"" + name + "\"")), "the unknown dtype '" + name + "'");
  }
}

TEST(SafetensorsFaults, UnsupportedDType) {
  expect_fault(Fault::kUnsupportedDType, file(tensor(R"("dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2])"), 2),
               "tensor 'w' (F8_E4M3 [2]) has a dtype that lamella lacks");
  expect_fault(Fault::kUnsupportedDType, file(tensor(R"("dtype":"F4","shape":[2],"data_offsets":[0,1])"), 1),
               "(F4 [2])");
  expect_fault(Fault::kUnsupportedDType, file(tensor(R"("dtype":"C64","shape":[1],"data_offsets":[0,8])"), 8),
               "(C64 [1])");
}

TEST(SafetensorsFaults, BadShape) {
  for (const std::string shape : {"[-1]", "[-0]", "[1.0]", "[18446744073709551616]", "[9223372036854775808]", "[null]",
                                  "[[1]]", "2", "{}", "\"2\""}) {
    expect_fault(Fault::kBadShape, file(tensor("\"dtype\":\"F32\",\"shape\":" + shape)), "the shape of tensor 'w'");
  }
  expect_fault(Fault::kBadShape, file(tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])")),
               "too large");
  expect_fault(Fault::kBadShape, file(tensor(R"("dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0])")),
               "too large");
  expect_fault(Fault::kBadShape, file(tensor(R"("dtype":"F4","shape":[3],"data_offsets":[0,1])"), 1),
               "inside of a byte");
}

TEST(SafetensorsFaults, BadOffsets) {
  for (const std::string offsets : {"[]", "[0]", "[0,8,16]", "[0,-8]", "[0,8.0]", "8", "\"0,8\"", "[0,[8]]"}) {
    expect_fault(Fault::kBadOffsets, file(tensor(R"("dtype":"F32","shape":[2],"data_offsets":)" + offsets), 8),
                 "the data_offsets of tensor 'w'");
  }
  expect_fault(Fault::kBadOffsets, file(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), 8),
               "ends before it begins");
}

TEST(SafetensorsFaults, WrongSize) {
  expect_fault(Fault::kWrongSize, file(tensor(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), 8),
               "tensor 'w' (F32 [3]) needs 12 bytes, its data_offsets [0, 8] span 8");
}

TEST(SafetensorsFaults, DataCutShort) {
  expect_fault(Fault::kDataCutShort, file(tensor(kTwoFloats), 7), "ends at byte 8 of the data, the file has 7");
  expect_fault(Fault::kDataCutShort,
               file(tensor(R"("dtype":"U8","shape":[2],"data_offsets":[18446744073709551613,18446744073709551615])")),
               "cut short");
}

TEST(SafetensorsFaults, Hole) {
  expect_fault(Fault::kHole, file(tensor(R"("dtype":"U8","shape":[2],"data_offsets":[1,3])"), 3),
               "a hole of 1 byte before tensor 'w' (U8 [2])");
}

TEST(SafetensorsFaults, Overlap) {
  expect_fault(
      Fault::kOverlap,
      file(
          R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
          6),
      "tensor 'b' (U8 [4]) overlaps the one before it by 2 bytes");
}

TEST(SafetensorsFaults, TrailingBytes) {
  expect_fault(Fault::kTrailingBytes, file(tensor(kTwoFloats), 9), "1 byte left over behind the last tensor");
  expect_fault(Fault::kTrailingBytes, file("{}", 1), "1 byte left over behind the last tensor");
}

TEST(SafetensorsFaults, MessagesStayShortAndOnOneLine) {
  const Bytes content = file("{\"" + std::string(5000, 'a') + "\\n\":1}");
  const std::string message = error_of<SafetensorsError>([&] { SafetensorsFile(content, "model"); });
  EXPECT_LT(message.size(), 300U);
  const Bytes wide = file(tensor("\"dtype\":\"U8\",\"shape\":[1" + std::string(20000, '1') + "]"));
  EXPECT_LT(error_of<SafetensorsError>([&] { SafetensorsFile(wide, "model"); }).size(), 300U);
  std::string axes = "1";
  for (int i = 0; i < 1000; ++i) axes += ",1";
  const Bytes deep = file(tensor("\"dtype\":\"U8\",\"shape\":[" + axes + "],\"data_offsets\":[0,2]"), 2);
  EXPECT_LT(error_of<SafetensorsError>([&] { SafetensorsFile(deep, "model"); }).size(), 300U);
}

TEST(SafetensorsFaults, SurvivesDamage) {
  const Bytes valid = file(R"({"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  expect_survives_damage(valid, [](const Bytes& content) { SafetensorsFile(content, "x"); }, 20000);
}

}  // namespace
}  // namespace lamella::io
