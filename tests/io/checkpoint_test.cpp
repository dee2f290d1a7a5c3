#include <lamella/io/checkpoint.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/tensor_impl.h"
#include "io/pt_files.h"

namespace lamella::io {
namespace {

using Kind = PyValue::Kind;

Tensor floats(Dims shape, const std::vector<float>& values) {
  Tensor tensor = allocate({std::move(shape), {}, DType::kFloat32, {}}, PhysicalOrder::plain());
  if (!values.empty()) std::memcpy(physical_for_write(tensor).data, values.data(), values.size() * sizeof(float));
  return tensor;
}

std::vector<float> values_of(const Tensor& tensor) {
  const Physical memory = physical(tensor);
  std::vector<float> result(static_cast<std::size_t>(tensor.numel()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), at = 0;
    for (std::size_t axis = tensor.shape().size(); axis-- > 0;) {
      at += rest % tensor.shape()[axis] * memory.strides[axis];
      rest /= tensor.shape()[axis];
    }
    std::memcpy(&result[i], memory.data + at * 4, 4);
  }
  return result;
}

PyValue round_trip(const PyValue& value) { return load_pt(encode_pt(value), "m.pt"); }

/// A file whose pickle is `pickle`, a protocol number in front and the end behind.
Bytes file_of(std::string_view pickle, std::vector<Part> storages = {}) {
  Bytes whole = bytes({0x80, 2});
  append(whole, pickle);
  whole.push_back(std::byte{'.'});
  storages.insert(storages.begin(), {"data.pkl", whole});
  return archive_of(storages);
}

std::string refused(const Bytes& content) {
  return error_of<FileError>([&] { load_pt(content, "m.pt"); });
}
std::string refused(std::string_view pickle) { return refused(file_of(pickle)); }

void expect_part(const std::string& message, std::string_view part) {
  EXPECT_NE(message.find(part), std::string::npos) << message;
  EXPECT_TRUE(message.starts_with("m.pt: ")) << message;
}

/// A tensor as torch describes it, of a storage "0" of four floats.
std::string tensor_pickle(std::string_view geometry, std::string_view numel = "K\x04") {
  return std::string(
             "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
             "0X\x03\0\0\0cpu",
             sizeof("ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
                    "0X\x03\0\0\0cpu") -
                 1) +
         std::string(numel) + "tQ" + std::string(geometry) + "\x89" + "ccollections\nOrderedDict\n)RtR";
}

// --- What torch wrote --------------------------------------------------------------------------------------------

TEST(Checkpoint, ReadsWhatTorchWrote) {
  const PyValue checkpoint = load_pt(checkpoint_file(), "m.pt");
  EXPECT_EQ(checkpoint["epoch"].as_int(), 3);
  const PyValue& model = checkpoint["model"];
  EXPECT_EQ(model.kind(), Kind::kOrderedDict);
  ASSERT_EQ(model.tensors().size(), 1U);
  EXPECT_EQ(model.tensors()[0].first, "weight");
  EXPECT_EQ(values_of(model["weight"].as_tensor()), std::vector<float>{2});
  EXPECT_EQ((model.entries().attributes["_metadata"][""]["version"].as_int()), 1);
  EXPECT_TRUE(checkpoint["p"].tensor_data().parameter);
  EXPECT_TRUE(checkpoint["p"].tensor_data().requires_grad);
}

TEST(Checkpoint, ReadsTheFormatBeforeTorch16) {
  const PyValue checkpoint = load_pt(from_hex(kLegacyFile), "m.pt");
  const Tensor& w = checkpoint["w"].as_tensor();
  EXPECT_EQ(w.shape(), (Dims{3, 2}));
  EXPECT_EQ(w.strides(), (Dims{1, 3}));
  EXPECT_EQ(values_of(w), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(values_of(checkpoint["row"].as_tensor()), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ(w.impl()->storage, checkpoint["row"].as_tensor().impl()->storage);
  EXPECT_EQ(checkpoint["n"].as_tensor().dtype(), DType::kInt64);
}

TEST(Checkpoint, SwapsTheElementsOfABigEndianFile) {
  const Bytes file = archive_of({{"data.pkl", from_hex(kCheckpointPickle)},
                                 {"byteorder", bytes("big")},
                                 {"data/0", bytes({0x40, 0, 0, 0})},
                                 {"data/1", bytes({0x3f, 0x80, 0, 0})}});
  EXPECT_EQ(values_of(load_pt(file, "m.pt")["model"]["weight"].as_tensor()), std::vector<float>{2});
}

// --- There and back ----------------------------------------------------------------------------------------------

TEST(Checkpoint, KeepsValuesOfEveryKind) {
  const PyValue numbers = PyValue::list({{},
                                         true,
                                         0,
                                         255,
                                         256,
                                         65536,
                                         -1,
                                         std::int64_t{1} << 40,
                                         -(std::int64_t{1} << 62),
                                         std::numeric_limits<std::int64_t>::min(),
                                         1.5,
                                         std::complex<double>(1, -2)});
  const PyValue back = round_trip(numbers);
  ASSERT_EQ(back.size(), numbers.size());
  EXPECT_TRUE(back[std::size_t{0}].is_none());
  EXPECT_TRUE(back[std::size_t{1}].as_bool());
  for (std::size_t i = 2; i < 10; ++i) EXPECT_EQ(back[i].as_int(), numbers[i].as_int());
  EXPECT_EQ(back[std::size_t{10}].as_double(), 1.5);
  EXPECT_EQ(back[std::size_t{11}].as_complex(), std::complex<double>(1, -2));

  const std::string big(12, '\x7f'), raw("\0\xff", 2);
  const PyValue texts = round_trip(
      PyValue::tuple({"héllo", PyValue::from_text(Kind::kBytes, raw), PyValue::from_text(Kind::kByteArray, raw),
                      PyValue::from_text(Kind::kBigInt, big), PyValue::from_text(Kind::kDevice, "cuda:1"),
                      DType::kBFloat16, PyValue::sequence(Kind::kSize, {2, 3}), PyValue::sequence(Kind::kSet, {1, "a"}),
                      PyValue::dict({{"a", 2}}, Kind::kCounter)}));
  EXPECT_EQ(texts.kind(), Kind::kTuple);
  const Kind kinds[] = {Kind::kString, Kind::kBytes, Kind::kByteArray, Kind::kBigInt, Kind::kDevice,
                        Kind::kDType,  Kind::kSize,  Kind::kSet,       Kind::kCounter};
  for (std::size_t i = 0; i < std::size(kinds); ++i) EXPECT_EQ(texts[i].kind(), kinds[i]) << i;
  EXPECT_EQ(texts[std::size_t{1}].as_bytes(), raw);
  EXPECT_EQ(texts[std::size_t{3}].as_bytes(), big);
}

TEST(Checkpoint, KeepsEveryDType) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    Tensor tensor = allocate({{3}, {}, dtype, {}}, PhysicalOrder::plain());
    std::memset(physical_for_write(tensor).data, 1, 3 * size_of(dtype));
    const PyValue back = round_trip(tensor);
    EXPECT_EQ(back.as_tensor().dtype(), dtype);
    EXPECT_EQ(std::memcmp(physical(back.as_tensor()).data, physical(tensor).data, 3 * size_of(dtype)), 0);
  }
}

TEST(Checkpoint, KeepsStridesAndSharing) {
  const Tensor base = floats({2, 3}, {0, 1, 2, 3, 4, 5});
  const Tensor turned = alias(base, {3, 2}, {1, 3}, 0);
  const Tensor row = alias(base, {3}, {1}, 3);
  const PyValue back = round_trip(PyValue::list({turned, row}));
  const Tensor& first = back[std::size_t{0}].as_tensor();
  EXPECT_EQ(first.strides(), (Dims{1, 3}));
  EXPECT_EQ(values_of(first), values_of(turned));
  EXPECT_EQ(back[std::size_t{1}].as_tensor().storage_offset(), 3);
  EXPECT_EQ(first.impl()->storage, back[std::size_t{1}].as_tensor().impl()->storage);
}

TEST(Checkpoint, KeepsTheOrderOfElementsOfAChannelsLastStorage) {
  const Dims shape{1, 2, 2, 2};
  const Tensor tensor = allocate({shape, {}, DType::kFloat32, {}}, PhysicalOrder::channels_last(shape));
  const Physical memory = physical_for_write(tensor);
  for (std::int64_t i = 0; i < 8; ++i) {
    const float value = static_cast<float>(i);
    const std::int64_t at = i / 4 * memory.strides[1] + i / 2 % 2 * memory.strides[2] + i % 2 * memory.strides[3];
    std::memcpy(memory.data + at * 4, &value, 4);
  }
  EXPECT_EQ(values_of(round_trip(tensor).as_tensor()), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Checkpoint, KeepsIdentity) {
  const PyValue list = PyValue::list({1});
  const PyValue tensor = PyValue::parameter(floats({1}, {1}));
  const PyValue back = round_trip(PyValue::list({list, list, tensor, tensor}));
  EXPECT_EQ(back[std::size_t{0}].identity(), back[std::size_t{1}].identity());
  EXPECT_EQ(back[std::size_t{2}].identity(), back[std::size_t{3}].identity());
}

TEST(Checkpoint, KeepsAttributesOfTensors) {
  PyValue plain = floats({1}, {1}), parameter = PyValue::parameter(floats({1}, {1}), false);
  for (PyValue* value : {&plain, &parameter}) value->set_attributes(PyValue::dict({{"tag", 5}}));
  const PyValue back = round_trip(PyValue::list({plain, parameter}));
  for (const PyValue& value : back.items()) EXPECT_EQ(value.tensor_data().attributes["tag"].as_int(), 5);
  EXPECT_FALSE(back[std::size_t{1}].tensor_data().requires_grad);
}

TEST(Checkpoint, WritesWholeOrNotAtAll) {
  const TemporaryFolder folder;
  save_pt(folder / "m.pt", PyValue::state_dict({{"w", floats({2}, {1, 2})}}));
  EXPECT_EQ(load_pt(folder / "m.pt")["w"].as_tensor().numel(), 2);
  const Bytes before = file_content(folder / "m.pt");
  EXPECT_THROW(save_pt(folder / "m.pt", PyValue("\xff")), ValueError);
  EXPECT_EQ(file_content(folder / "m.pt"), before);
  EXPECT_EQ(folder.file_count(), 1U);
}

TEST(Checkpoint, RefusesToWriteWhatHoldsItself) {
  PyValue list = PyValue::list();
  list.items().push_back(list);
  EXPECT_NE(error_of<ValueError>([&] { encode_pt(list); }).find("holds a list that holds itself"), std::string::npos);
  list.items().clear();
  PyValue deep;
  for (int i = 0; i < 200; ++i) deep = PyValue::list({deep});
  EXPECT_NE(error_of<ValueError>([&] { encode_pt(deep); }).find("deeper than 100"), std::string::npos);
}

TEST(Checkpoint, ReadsALargePickleInLinearTime) {
  PyValue dict = PyValue::dict();
  const Tensor tensor = floats({1}, {1});
  for (int i = 0; i < 100'000; ++i) dict.entries().set(i, PyValue::tuple({i, "name" + std::to_string(i), tensor}));
  EXPECT_EQ(round_trip(dict).size(), 100'000U);
}

// --- Values ------------------------------------------------------------------------------------------------------

TEST(PyValueTest, SaysWhatThereIs) {
  const PyValue checkpoint = PyValue::dict({{"epoch", 1}, {"state", PyValue::dict({{"w", 2}})}});
  EXPECT_EQ(error_of<IndexError>([&] { checkpoint["model"]; }),
            "the checkpoint's dict has no entry \"model\"; its 2 entries: \"epoch\", \"state\"");
  EXPECT_EQ(error_of<TypeError>([&] { checkpoint["state"].as_tensor(); }),
            "the checkpoint has a dict of 1 entries where a Tensor is asked for");
  EXPECT_NE(error_of<TypeError>([&] { checkpoint.tensors(); }).find("has a int at \"epoch\""), std::string::npos);
}

TEST(PyValueTest, HasPythonsKeys) {
  PyDict dict;
  dict.set(1, "int");
  dict.set(true, "bool");
  dict.set(1.0, "float");
  dict.set("1", "text");
  dict.set(PyValue::tuple({1, "a"}), "tuple");
  EXPECT_EQ(dict.size(), 3U);
  EXPECT_EQ(dict.find(1)->as_string(), "float");
  EXPECT_THROW(dict.set(PyValue::list(), 1), TypeError);
}

// --- What is refused ---------------------------------------------------------------------------------------------

TEST(CheckpointFaults, OtherFiles) {
  expect_part(refused(bytes("")), "the file is empty");
  expect_part(refused(bytes("ncn 5 3")), "not a .pt file: it begins with 6e 63 6e");
  expect_part(refused(bytes("<!DOCTYPE html>")), "perhaps a web page");
  expect_part(refused(bytes({0x80, 4, 0x95})), "a pickle of Python's, not one of torch.save");
  expect_part(refused(archive_of({{"constants.pkl", bytes("")}})), "a TorchScript archive");
  expect_part(refused(archive_of({{"x", bytes("")}})), "it has no m/data.pkl");
  expect_part(refused(archive_of({{"version", bytes("11")}})), "has version '11' of PyTorch's format");
  expect_part(refused(archive_of({{"byteorder", bytes("odd")}})), "has the byte order 'odd'");
}

TEST(CheckpointFaults, Code) {
  expect_part(refused("cos\nsystem\nX\x01\0\0\0l\x85R"),
              "data.pkl: byte 2 holds a os.system, which takes code to load");
  expect_part(refused("c__main__\nNet\n)\x81"), "save model.state_dict()");
  expect_part(refused("cnumpy._core.multiarray\nscalar\n"), "save float(x), int(x)");
  expect_part(refused("ctorch\nComplexFloatStorage\n"), "numbers of dtype complex64");
  expect_part(refused("ctorch._utils\n_rebuild_sparse_tensor\n"), "holds a sparse tensor");
  expect_part(refused("ctorch\nFloatStorage\n"), "holds torch.FloatStorage as a value");
}

TEST(CheckpointFaults, DamagedPickles) {
  expect_part(refused("X\xff\xff\xff\xff"), "byte 2 needs 4294967295 bytes");
  expect_part(refused("n"), "byte 2 has the unknown opcode 6e");
  expect_part(refused(""), "byte 2 takes from an empty stack");
  expect_part(refused("h\x05"), "asks for item 5, which was not there");
  expect_part(refused("u"), "misses a mark");
  expect_part(refused("}(K\x01u"), "sets a key without a value");
  expect_part(refused("}]K\x01s"), "has a list as a key");
  expect_part(refused("K\x01s"), "takes from an empty stack");
  expect_part(refused("K\x01K\x02K\x03s"), "sets an entry of a int");
  expect_part(refused("}K\x01"
                      "a"),
              "appends to a dict");
  expect_part(refused("K\x01)R"), "calls a int");
  expect_part(refused("ccollections\nOrderedDict\n)RK\x01"
                      "b"),
              "sets the state of a OrderedDict by a int");
  expect_part(refused(std::string_view("X\x01\0\0\0\xff", 6)), "holds text that is not UTF-8");
}

TEST(CheckpointFaults, CirclesAndTowers) {
  expect_part(refused("]q\x01h\x01"
                      "a"),
              "holds a list that holds itself");
  expect_part(refused("}q\x01K\x01h\x01s"), "holds a dict that holds itself");
  expect_part(refused("]q\x01h\x01\x85"
                      "a"),
              "holds itself");
  expect_part(refused(std::string(1'000'000, ']') + std::string(999'999, 'a')), "deeper than 100");
  expect_part(refused(")" + std::string(1'000'000, '\x85')), "deeper than 100");
  // What is not part of the value may hold itself.
  EXPECT_TRUE(load_pt(file_of("]q\x01h\x01"
                              "a0N"),
                      "m.pt")
                  .is_none());
}

TEST(CheckpointFaults, RepeatsThatGrow) {
  // Each list holds the one before ten times: 10^90 elements, of which a hundred are there.
  std::string nested = "]q";
  nested += '\0';
  for (int i = 1; i < 90; ++i) {
    nested += "](";
    for (int k = 0; k < 10; ++k) nested += std::string("h") + static_cast<char>(i - 1);
    nested += std::string("eq") + static_cast<char>(i);
  }
  EXPECT_EQ(load_pt(file_of(nested), "m.pt").size(), 10U);
  // A long text, copied by each call.
  std::string copies = "c_codecs\nencode\nq";
  copies += '\0';
  copies += std::string("X\0\0\x10\0", 5) + std::string(1 << 20, 'a') + "X\x06";
  copies += std::string("\0\0\0latin1\x86q\x01", 12);
  for (int i = 0; i < 200; ++i) copies += std::string("0h\0h\x01R", 6);
  expect_part(refused(copies), "copies large items over and over");
}

TEST(CheckpointFaults, TensorsBeyondTheirStorage) {
  const Bytes four = bytes(std::string(16, '\0'));
  const auto load = [&](std::string_view geometry, std::string_view numel = "K\x04") {
    return load_pt(file_of(tensor_pickle(geometry, numel), {{"data/0", four}}), "m.pt");
  };
  const auto fault = [&](std::string_view geometry, std::string_view numel = "K\x04") {
    return error_of<FileError>([&] { load(geometry, numel); });
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(load("K\0K\x04\x85K\x01\x85"sv).as_tensor().numel(), 4);
  EXPECT_EQ(load("K\x04K\0\x85K\x01\x85"sv).as_tensor().numel(), 0);
  EXPECT_EQ(load("K\0J\0\0\0\x10\x85K\0\x85"sv).as_tensor().numel(), 1 << 28);  // stride 0: nothing is made
  expect_part(fault("K\x01K\x04\x85K\x01\x85"sv), "shape [4], strides [1] and offset 1 in a storage of 4 elements");
  expect_part(fault("K\0K\x02\x85K\x04\x85"sv), "in a storage of 4 elements");
  expect_part(fault("K\0K\x02K\x02\x86K\x01\x85"sv), "another number of strides than axes");
  expect_part(fault("J\xff\xff\xff\xffK\x01\x85K\x01\x85"sv), "beyond 2^63 - 1");
  expect_part(fault("K\0J\xff\xff\xff\xff\x85K\x01\x85"sv), "with other arguments than PyTorch does");
  expect_part(fault("K\0\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85K\x02\x85"sv), "beyond 2^63 - 1");
  expect_part(fault("K\0K\x04\x85K\x01\x85"sv, "K\x05"), "'m/data/0' has 16 bytes, its tensors need 20");
  expect_part(fault("K\0K\x04\x85K\x01\x85"sv, "J\xff\xff\xff\xff"sv), "refers to a storage in an unknown way");
  expect_part(refused(file_of(tensor_pickle("K\0K\x04\x85K\x01\x85"sv))), "the storage 'm/data/0' is missing");
}

TEST(CheckpointFaults, AFlippedBitIsFoundUnlessNotLookedFor) {
  Bytes file = checkpoint_file();
  const ZipArchive zip(file, "m");
  file[static_cast<std::size_t>(zip.find("m/data/0")->content.data() - file.data())] ^= std::byte{1};
  expect_part(refused(file), "the entry 'm/data/0' is damaged");
  EXPECT_NO_THROW(load_pt(file, "m.pt", {.verify = false}));
}

TEST(CheckpointFaults, SurviveDamage) {
  const auto read = [](const Bytes& file) { load_pt(file, "m.pt", {.verify = false}); };
  expect_survives_damage(checkpoint_file(), read);
  expect_survives_damage(from_hex(kLegacyFile), read);
  // The pickle alone, in a sound archive, so that most damage reaches it.
  expect_survives_damage(
      from_hex(kCheckpointPickle),
      [&](const Bytes& pickle) {
        read(archive_of({{"data.pkl", pickle}, {"data/0", bytes({0, 0, 0, 0})}, {"data/1", bytes({0, 0, 0, 0})}}));
      },
      5000);
}

TEST(CheckpointFaults, CutShortAnywhere) {
  for (const Bytes& whole : {checkpoint_file(), from_hex(kLegacyFile)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_THROW(load_pt(part, "m.pt"), FileError) << size;
    }
  }
}

}  // namespace
}  // namespace lamella::io
