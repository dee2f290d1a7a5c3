#include <fmt/format.h>
#include <lamella/error.h>
#include <lamella/io/checkpoint.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace lamella {
namespace {

using Kind = PyValue::Kind;

constexpr std::string_view kTypeNames[] = {"None",  "bool",      "int",   "int",         "float",  "complex", "str",
                                           "bytes", "bytearray", "dtype", "device",      "Tensor", "list",    "tuple",
                                           "Size",  "set",       "dict",  "OrderedDict", "Counter"};

bool is_text(Kind kind) {
  return kind == Kind::kBigInt || (kind >= Kind::kString && kind <= Kind::kByteArray) || kind == Kind::kDevice;
}

/// A key for a message: in quotes, short.
std::string shown(const PyValue& key) {
  if (key.is_string()) {
    const std::string& text = key.as_string();
    return text.size() <= 60 ? fmt::format("\"{}\"", text) : fmt::format("\"{}…\"", text.substr(0, 57));
  }
  if (key.kind() == Kind::kInt) return std::to_string(key.as_int());
  return fmt::format("a {}", key.type_name());
}

constexpr std::size_t kMaxTupleKeyBytes = 4096;  // a tuple of tuples of … is short in a file and long in text

/// Appends a text that two keys share exactly where Python holds them for equal; false if `key` cannot be one.
bool append_key(const PyValue& key, int depth, std::string& to) {
  switch (key.kind()) {
    case Kind::kNone:
      to += 'n';
      return true;
    case Kind::kBool:
    case Kind::kInt:
      to += fmt::format("i{};", key.as_int());
      return true;
    case Kind::kFloat: {
      const double value = key.as_double();
      const bool whole = std::nearbyint(value) == value && std::abs(value) < 0x1p63;
      to += whole ? fmt::format("i{};", static_cast<std::int64_t>(value))
                  : fmt::format("f{:x};", std::bit_cast<std::uint64_t>(value));
      return true;
    }
    case Kind::kDType:
      to += fmt::format("d{};", static_cast<int>(key.as_dtype()));
      return true;
    case Kind::kBigInt:
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kDevice:
      to += fmt::format("s{}:{}:", static_cast<int>(key.kind()), key.as_bytes().size());
      to += key.as_bytes();
      return to.size() <= kMaxTupleKeyBytes || depth == 0;
    case Kind::kTuple:
    case Kind::kSize:
      if (depth > 20) return false;
      to += fmt::format("t{}:", key.size());
      return std::ranges::all_of(key.items(), [&](const PyValue& item) { return append_key(item, depth + 1, to); }) &&
             to.size() <= kMaxTupleKeyBytes;
    default:
      return false;
  }
}

}  // namespace

PyValue::PyValue(const Tensor& tensor, bool requires_grad) : kind_(Kind::kTensor) {
  if (!tensor.defined()) throw ValueError("PyValue: the tensor is undefined");
  value_ = std::make_shared<TensorData>(TensorData{tensor, false, requires_grad});
}

PyValue PyValue::parameter(const Tensor& tensor, bool requires_grad) {
  PyValue value(tensor, requires_grad);
  std::get<std::shared_ptr<TensorData>>(value.value_)->parameter = true;
  return value;
}

PyValue PyValue::from_int(std::int64_t number) {
  PyValue value;
  value.kind_ = Kind::kInt;
  value.value_ = number;
  return value;
}

PyValue PyValue::from_text(Kind kind, std::string text) {
  if (!is_text(kind)) throw TypeError(fmt::format("PyValue: a {} is no text", kTypeNames[static_cast<int>(kind)]));
  PyValue value;
  value.kind_ = kind;
  value.value_ = std::make_shared<const std::string>(std::move(text));
  return value;
}

PyValue PyValue::sequence(Kind kind, Sequence items) {
  PyValue value;
  value.kind_ = kind;
  if (!value.is_sequence()) throw TypeError(fmt::format("PyValue: a {} is no sequence", value.type_name()));
  value.value_ = std::make_shared<Sequence>(std::move(items));
  return value;
}

PyValue PyValue::dict(std::vector<std::pair<PyValue, PyValue>> items, Kind kind) {
  PyValue value;
  value.kind_ = kind;
  if (!value.is_dict()) throw TypeError(fmt::format("PyValue: a {} is no dictionary", value.type_name()));
  auto entries = std::make_shared<PyDict>();
  for (auto& [key, item] : items) entries->set(std::move(key), std::move(item));
  value.value_ = std::move(entries);
  return value;
}

PyValue PyValue::state_dict(const NamedTensors& tensors) {
  PyValue value = dict({}, Kind::kOrderedDict);
  for (const auto& [name, tensor] : tensors) value.entries().set(name, tensor);
  return value;
}

std::string_view PyValue::type_name() const {
  if (kind_ == Kind::kTensor && tensor_data().parameter) return "Parameter";
  return kTypeNames[static_cast<int>(kind_)];
}

void PyValue::throw_wrong_kind(std::string_view expected) const {
  std::string given(type_name());
  if (is_dict()) given = fmt::format("{} of {} entries", given, size());
  if (is_sequence()) given = fmt::format("{} of {} elements", given, size());
  throw TypeError(fmt::format("the checkpoint has a {} where {} is asked for", given, expected));
}

bool PyValue::as_bool() const {
  if (kind_ != Kind::kBool) throw_wrong_kind("a bool");
  return std::get<bool>(value_);
}

std::int64_t PyValue::as_int() const {
  if (kind_ == Kind::kBool) return std::get<bool>(value_) ? 1 : 0;
  if (kind_ != Kind::kInt) throw_wrong_kind("a 64-bit int");
  return std::get<std::int64_t>(value_);
}

double PyValue::as_double() const {
  if (kind_ == Kind::kBool || kind_ == Kind::kInt) return static_cast<double>(as_int());
  if (kind_ != Kind::kFloat) throw_wrong_kind("a number");
  return std::get<double>(value_);
}

std::complex<double> PyValue::as_complex() const {
  if (kind_ != Kind::kComplex) throw_wrong_kind("a complex number");
  return std::get<std::complex<double>>(value_);
}

DType PyValue::as_dtype() const {
  if (kind_ != Kind::kDType) throw_wrong_kind("a dtype");
  return std::get<DType>(value_);
}

const std::string& PyValue::as_string() const {
  if (kind_ != Kind::kString) throw_wrong_kind("a str");
  return *std::get<std::shared_ptr<const std::string>>(value_);
}

const std::string& PyValue::as_bytes() const {
  if (!is_text(kind_)) throw_wrong_kind("bytes");
  return *std::get<std::shared_ptr<const std::string>>(value_);
}

const PyValue::TensorData& PyValue::tensor_data() const {
  if (kind_ != Kind::kTensor) throw_wrong_kind("a Tensor");
  return *std::get<std::shared_ptr<TensorData>>(value_);
}

const Tensor& PyValue::as_tensor() const { return tensor_data().tensor; }

void PyValue::set_attributes(PyValue attributes) {
  if (!attributes.is_dict() && !attributes.is_none()) attributes.throw_wrong_kind("a dict");
  static_cast<void>(tensor_data());
  std::get<std::shared_ptr<TensorData>>(value_)->attributes = std::move(attributes);
}

const PyValue::Sequence& PyValue::items() const {
  if (!is_sequence()) throw_wrong_kind("a list");
  return *std::get<std::shared_ptr<Sequence>>(value_);
}

PyValue::Sequence& PyValue::items() { return const_cast<Sequence&>(std::as_const(*this).items()); }

const PyDict& PyValue::entries() const {
  if (!is_dict()) throw_wrong_kind("a dict");
  return *std::get<std::shared_ptr<PyDict>>(value_);
}

PyDict& PyValue::entries() { return const_cast<PyDict&>(std::as_const(*this).entries()); }

std::size_t PyValue::size() const { return is_dict() ? entries().size() : items().size(); }

const PyValue* PyValue::find(std::string_view key) const { return entries().find(PyValue(key)); }

const PyValue& PyValue::operator[](std::string_view key) const {
  if (const PyValue* found = find(key)) return *found;
  constexpr std::size_t kShown = 8;
  std::string keys;
  for (const auto& [name, value] : std::span(entries().items()).first(std::min(kShown, size()))) {
    keys += (keys.empty() ? "" : ", ") + shown(name);
  }
  throw IndexError(fmt::format("the checkpoint's {} has no entry {}; its {} entries: {}{}", type_name(),
                               shown(PyValue(key)), size(), keys, size() > kShown ? ", …" : ""));
}

const PyValue& PyValue::operator[](std::size_t index) const {
  if (index >= items().size()) {
    throw IndexError(fmt::format("index {} is out of range for a {} of {} elements", index, type_name(), size()));
  }
  return items()[index];
}

NamedTensors PyValue::tensors() const {
  NamedTensors result;
  result.reserve(entries().size());
  for (const auto& [key, value] : entries()) {
    if (!key.is_string() || !value.is_tensor()) {
      throw TypeError(
          fmt::format("a state_dict holds tensors by name, this {} has a {} at {}; give the entry that is the "
                      "state_dict, such as checkpoint[\"model\"]",
                      type_name(), value.type_name(), shown(key)));
    }
    result.emplace_back(key.as_string(), value.as_tensor());
  }
  return result;
}

const void* PyValue::identity() const {
  return std::visit(
      []<typename T>(const T& value) -> const void* {
        if constexpr (requires { value.get(); }) {
          return value.get();
        } else {
          return nullptr;
        }
      },
      value_);
}

bool PyDict::is_hashable(const PyValue& key) {
  std::string text;
  return append_key(key, 0, text);
}

void PyDict::set(PyValue key, PyValue value) {
  std::string text;
  if (!append_key(key, 0, text)) {
    throw TypeError(fmt::format("a {} cannot be the key of a dictionary", key.type_name()));
  }
  const auto [it, is_new] = index_.emplace(std::move(text), items_.size());
  if (is_new) {
    index_bytes_ += it->first.size();
    items_.emplace_back(std::move(key), std::move(value));
  } else {
    items_[it->second].second = std::move(value);
  }
}

const PyValue* PyDict::find(const PyValue& key) const {
  std::string text;
  if (!append_key(key, 0, text)) return nullptr;
  const auto it = index_.find(text);
  return it == index_.end() ? nullptr : &items_[it->second].second;
}

void PyDict::clear() {
  items_.clear();
  index_.clear();
  index_bytes_ = 0;
  attributes = {};
}

}  // namespace lamella
