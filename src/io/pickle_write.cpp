// Values into protocol 2, with the opcodes that torch.load(weights_only=True) knows.
#include <fmt/format.h>
#include <lamella/error.h>

#include <bit>
#include <unordered_map>
#include <utility>

#include "core/tensor_impl.h"
#include "io/file_bytes.h"
#include "io/pickle.h"
#include "io/pickle_machine.h"
#include "io/utf8.h"

namespace lamella::io {
namespace {

using Kind = PyValue::Kind;

class PickleWriter {
 public:
  WrittenPickle write(const PyValue& value) {
    put("\x80\x02");
    put_value(value);
    put(".");
    return std::move(written_);
  }

 private:
  void put(std::string_view bytes) {
    const auto more = bytes_of(bytes);
    written_.bytes.insert(written_.bytes.end(), more.begin(), more.end());
  }
  void put_number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) written_.bytes.push_back(static_cast<std::byte>(value >> 8 * i & 0xff));
  }

  // The memo: what was written once is referred to.
  std::uint32_t remember() {
    const std::uint32_t index = next_++;
    put(index < 256 ? "q" : "r");
    put_number(index, index < 256 ? 1 : 4);
    return index;
  }
  void recall(std::uint32_t index) {
    put(index < 256 ? "h" : "j");
    put_number(index, index < 256 ? 1 : 4);
  }
  template <typename Key, typename Write>
  void once(std::unordered_map<Key, std::uint32_t>& memo, const Key& key, Write&& write) {
    if (const auto it = memo.find(key); it != memo.end()) return recall(it->second);
    write();
    memo.emplace(key, remember());
  }

  void put_global(std::string_view module, std::string_view name) {
    const std::string text = fmt::format("c{}\n{}\n", module, name);
    once(globals_, text, [&] { put(text); });
  }
  void put_text(const std::string& text) {
    once(texts_, text, [&] {
      if (!is_utf8(text)) throw ValueError("save: a text is not UTF-8; save it as bytes");
      if (text.size() > UINT32_MAX) throw ValueError("save: a text of more than 4 GiB");
      put("X");
      put_number(text.size(), 4);
      put(text);
    });
  }
  void put_int(std::int64_t value) {
    if (value >= 0 && value < 256) {
      put("K");
      put_number(static_cast<std::uint64_t>(value), 1);
    } else if (value >= 0 && value < 65536) {
      put("M");
      put_number(static_cast<std::uint64_t>(value), 2);
    } else if (value == static_cast<std::int32_t>(value)) {
      put("J");
      put_number(static_cast<std::uint64_t>(value), 4);
    } else {
      put("\x8a\x08");
      put_number(static_cast<std::uint64_t>(value), 8);
    }
  }
  void put_float(double value) {
    put("G");
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 8; i-- > 0;) put_number(bits >> 8 * i & 0xff, 1);
  }
  void put_bool(bool value) { put(value ? "\x88" : "\x89"); }
  void put_dims(const Dims& dims) {
    put("(");
    for (const std::int64_t extent : dims) put_int(extent);
    put("t");
  }

  void put_value(const PyValue& value);
  void put_sequence(const PyValue& value);
  void put_dict(const PyValue& value);
  void put_items(const PyDict& dict);
  void put_bytes(const PyValue& value);
  void put_big_int(const std::string& bytes);
  void put_device(const std::string& name);
  void put_tensor(const PyValue& value);
  void put_plain_tensor(const Tensor& tensor, bool requires_grad);
  void put_plain_arguments(const Tensor& tensor, bool requires_grad);
  std::size_t storage_of(const Tensor& tensor);

  WrittenPickle written_;
  std::uint32_t next_ = 0;
  std::unordered_map<std::string, std::uint32_t> globals_, texts_;
  std::unordered_map<const void*, std::uint32_t> values_;
  struct StorageKey {
    std::size_t index;
    DType dtype;
  };
  std::unordered_map<const Storage*, StorageKey> storages_;
};

void PickleWriter::put_value(const PyValue& value) {
  switch (value.kind()) {
    case Kind::kNone:
      return put("N");
    case Kind::kBool:
      return put_bool(value.as_bool());
    case Kind::kInt:
      return put_int(value.as_int());
    case Kind::kFloat:
      return put_float(value.as_double());
    case Kind::kComplex:
      put_global("__builtin__", "complex");
      put_float(value.as_complex().real());
      put_float(value.as_complex().imag());
      return put("\x86R");
    case Kind::kString:
      return put_text(value.as_string());
    case Kind::kBigInt:
      return put_big_int(value.as_bytes());
    case Kind::kBytes:
    case Kind::kByteArray:
      return put_bytes(value);
    case Kind::kDType:
      return put_global("torch", name_of(value.as_dtype()));
    case Kind::kDevice:
      return put_device(value.as_bytes());
    default:
      break;
  }
  if (const auto it = values_.find(value.identity()); it != values_.end()) return recall(it->second);
  if (value.is_tensor()) {
    put_tensor(value);
  } else if (value.is_dict()) {
    put_dict(value);
  } else {
    put_sequence(value);
  }
}

void PickleWriter::put_sequence(const PyValue& value) {
  const bool mutable_list = value.kind() == Kind::kList;
  if (mutable_list) {
    put("]");
    values_.emplace(value.identity(), remember());  // as Python does, before its items
    if (value.size() == 0) return;
  }
  if (value.kind() == Kind::kSize) put_global("torch", "Size");
  if (value.kind() == Kind::kSet) {
    put_global("__builtin__", "set");
    put("]");
  }
  put("(");
  for (const PyValue& item : value.items()) put_value(item);
  put(mutable_list || value.kind() == Kind::kSet ? "e" : "t");
  if (value.kind() == Kind::kSize || value.kind() == Kind::kSet) put("\x85R");
  if (!mutable_list) values_.emplace(value.identity(), remember());
}

void PickleWriter::put_items(const PyDict& dict) {
  if (dict.empty()) return;
  put("(");
  for (const auto& [key, item] : dict) {
    put_value(key);
    put_value(item);
  }
  put("u");
}

void PickleWriter::put_dict(const PyValue& value) {
  const PyDict& dict = value.entries();
  if (value.kind() == Kind::kDict) {
    put("}");
  } else {
    put_global("collections", value.kind() == Kind::kCounter ? "Counter" : "OrderedDict");
    put(")R");
  }
  values_.emplace(value.identity(), remember());
  put_items(dict);
  if (value.kind() == Kind::kOrderedDict && dict.attributes.is_dict()) {
    put("}");
    put_items(dict.attributes.entries());
    put("b");
  }
}

/// As Python does: the text whose code points are the bytes, and the name of that encoding.
void PickleWriter::put_bytes(const PyValue& value) {
  std::string text;
  for (const char c : value.as_bytes()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0U | byte >> 6);
      text += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  const bool array = value.kind() == Kind::kByteArray;
  put_global(array ? "__builtin__" : "_codecs", array ? "bytearray" : "encode");
  put_text(text);
  put_text(array ? "latin-1" : "latin1");
  put("\x86R");
}

void PickleWriter::put_big_int(const std::string& bytes) {
  if (bytes.size() > 255)
    throw ValueError(fmt::format("save: an int of {} bytes, at most 255 are possible", bytes.size()));
  put("\x8a");
  put_number(bytes.size(), 1);
  put(bytes);
}

void PickleWriter::put_device(const std::string& name) {
  const std::size_t colon = name.find(':');
  put_global("torch", "device");
  put_text(name.substr(0, colon));
  if (colon == std::string::npos) return put("\x85R");
  put_int(std::stol(name.substr(colon + 1)));
  put("\x86R");
}

// --- Tensors -----------------------------------------------------------------------------------------------------

std::size_t PickleWriter::storage_of(const Tensor& tensor) {
  const RefPtr<Storage>& storage = impl(tensor).storage;
  const auto [it, is_new] = storages_.emplace(storage.get(), StorageKey{written_.storages.size(), tensor.dtype()});
  if (is_new) written_.storages.push_back(storage);
  if (it->second.dtype != tensor.dtype()) {
    throw ValueError(
        fmt::format("save: a {} and a {} tensor share memory, which a file cannot hold; clone() one of them",
                    name_of(it->second.dtype), name_of(tensor.dtype())));
  }
  return it->second.index;
}

void PickleWriter::put_plain_arguments(const Tensor& tensor, bool requires_grad) {
  const std::size_t index = storage_of(tensor);
  const std::size_t elements = written_.storages[index]->bytes() / size_of(tensor.dtype());
  put("((");
  put_text("storage");
  put_global("torch", storage_class(tensor.dtype()));
  put_text(std::to_string(index));
  put_text("cpu");
  put_int(static_cast<std::int64_t>(elements));
  put("tQ");
  put_int(tensor.storage_offset());
  put_dims(tensor.shape());
  put_dims(tensor.strides());
  put_bool(requires_grad);
  put_global("collections", "OrderedDict");
  put(")Rt");
}

void PickleWriter::put_plain_tensor(const Tensor& tensor, bool requires_grad) {
  put_global("torch._utils", "_rebuild_tensor_v2");
  put_plain_arguments(tensor, requires_grad);
  put("R");
}

void PickleWriter::put_tensor(const PyValue& value) {
  const PyValue::TensorData& data = value.tensor_data();
  const bool attributes = data.attributes.is_dict() && !data.attributes.entries().empty();
  if (data.parameter) {
    put_global("torch._utils", attributes ? "_rebuild_parameter_with_state" : "_rebuild_parameter");
    put("(");
    put_plain_tensor(data.tensor, false);
    put_bool(data.requires_grad);
    put_global("collections", "OrderedDict");
    put(")R");
    if (attributes) put_value(data.attributes);
    put("tR");
  } else if (attributes) {
    put_global("torch._tensor", "_rebuild_from_type_v2");
    put("(");
    put_global("torch._utils", "_rebuild_tensor_v2");
    put_global("torch", "Tensor");
    put_plain_arguments(data.tensor, data.requires_grad);
    put_value(data.attributes);
    put("tR");
  } else {
    put_plain_tensor(data.tensor, data.requires_grad);
  }
  values_.emplace(value.identity(), remember());
}

}  // namespace

WrittenPickle write_pickle(const PyValue& value) {
  try {
    std::unordered_map<const void*, int> heights;
    height_of(value, heights);  // the writer may recurse
  } catch (const Refusal& refusal) {
    throw ValueError("save: the value " + refusal.reason);
  }
  return PickleWriter().write(value);
}

}  // namespace lamella::io
