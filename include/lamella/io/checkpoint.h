// PyTorch's own files (.pt, .pth): what torch.save wrote is read and what torch.load reads is written, without Python
// and without running anything of the file.
//
//   const PyValue checkpoint = load_pt("checkpoint.pt");                 // {'epoch': 7, 'model': {…}, 'optim': {…}}
//   model.load_state_dict(checkpoint["model"].tensors());
//   save_pt("weights.pt", PyValue::state_dict(model.state_dict()));
//
// Thread safety: all functions may be called from any thread. A PyValue is a handle, as a name in Python is: copies
// share lists and dictionaries, and only one thread at a time may change these.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <lamella/dtype.h>
#include <lamella/io.h>
#include <lamella/tensor.h>

namespace lamella {

class PyDict;

/// A value of a Python program, of the kinds that a checkpoint is made of.
class PyValue {
 public:
  enum class Kind : std::uint8_t {
    kNone,
    kBool,
    kInt,
    kBigInt,  ///< beyond 64 bits: as_bytes() are those of the number, little endian, two's complement
    kFloat,
    kComplex,
    kString,  ///< UTF-8
    kBytes,
    kByteArray,
    kDType,
    kDevice,  ///< "cpu", "cuda:0"
    kTensor,
    kList,
    kTuple,
    kSize,  ///< torch.Size
    kSet,
    kDict,
    kOrderedDict,
    kCounter,
  };
  using Sequence = std::vector<PyValue>;

  /// A tensor with what autograd and Python said of it. `tensor` itself is outside autograd.
  struct TensorData;

  PyValue() = default;  ///< None
  PyValue(bool value) : kind_(Kind::kBool), value_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  PyValue(T value) : PyValue(from_int(static_cast<std::int64_t>(value))) {
    static_assert(sizeof(T) < 8 || std::is_signed_v<T>, "may be beyond 64 bits: cast it to std::int64_t");
  }
  PyValue(double value) : kind_(Kind::kFloat), value_(value) {}
  PyValue(std::complex<double> value) : kind_(Kind::kComplex), value_(value) {}
  PyValue(DType value) : kind_(Kind::kDType), value_(value) {}
  PyValue(std::string_view text) : PyValue(from_text(Kind::kString, std::string(text))) {}
  PyValue(const char* text) : PyValue(std::string_view(text)) {}
  PyValue(const std::string& text) : PyValue(std::string_view(text)) {}
  /// Raises ValueError for an undefined tensor.
  PyValue(const Tensor& tensor, bool requires_grad = false);
  /// An nn.Parameter.
  static PyValue parameter(const Tensor& tensor, bool requires_grad = true);
  /// kList, kTuple, kSize or kSet.
  static PyValue sequence(Kind kind, Sequence items);
  static PyValue list(Sequence items = {}) { return sequence(Kind::kList, std::move(items)); }
  static PyValue tuple(Sequence items = {}) { return sequence(Kind::kTuple, std::move(items)); }
  /// kDict, kOrderedDict or kCounter. Raises TypeError for a key that Python could not hash.
  static PyValue dict(std::vector<std::pair<PyValue, PyValue>> items = {}, Kind kind = Kind::kDict);
  /// A module's state_dict: an OrderedDict of the tensors in order.
  static PyValue state_dict(const NamedTensors& tensors);
  /// kBigInt, kString, kBytes, kByteArray or kDevice.
  static PyValue from_text(Kind kind, std::string text);

  Kind kind() const { return kind_; }
  bool is_none() const { return kind_ == Kind::kNone; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_tensor() const { return kind_ == Kind::kTensor; }
  bool is_sequence() const { return kind_ >= Kind::kList && kind_ <= Kind::kSet; }
  bool is_dict() const { return kind_ >= Kind::kDict; }
  /// "dict", "int", "Tensor", …: the name of its type in Python.
  std::string_view type_name() const;

  // What it holds. Each raises TypeError, which names what there is, for a value of another kind.
  bool as_bool() const;
  std::int64_t as_int() const;  ///< of a bool, too
  double as_double() const;     ///< of an int and a bool, too
  std::complex<double> as_complex() const;
  DType as_dtype() const;
  const std::string& as_string() const;
  /// The bytes of a kBigInt, kString, kBytes, kByteArray or kDevice.
  const std::string& as_bytes() const;
  const Tensor& as_tensor() const;
  const TensorData& tensor_data() const;
  /// Hangs attributes, a dict, on a tensor.
  void set_attributes(PyValue attributes);
  const Sequence& items() const;  ///< of a list, tuple, Size or set
  Sequence& items();
  const PyDict& entries() const;  ///< of a dict, OrderedDict or Counter
  PyDict& entries();

  /// Elements or entries; TypeError for others.
  std::size_t size() const;
  /// The entry of that name; null if there is none.
  const PyValue* find(std::string_view key) const;
  /// Raises IndexError, with the keys that there are.
  const PyValue& operator[](std::string_view key) const;
  const PyValue& operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  /// The element of a sequence. Raises IndexError.
  const PyValue& operator[](std::size_t index) const;
  /// The tensors of a flat dictionary of tensors by name: a state_dict. Raises TypeError, naming the first entry that
  /// is none.
  NamedTensors tensors() const;

  /// Python's id(): equal for handles to one list, dictionary, string or tensor; null for plain values.
  const void* identity() const;

 private:
  static PyValue from_int(std::int64_t value);
  [[noreturn]] void throw_wrong_kind(std::string_view expected) const;

  Kind kind_ = Kind::kNone;
  std::variant<std::monostate, bool, std::int64_t, double, std::complex<double>, DType,
               std::shared_ptr<const std::string>, std::shared_ptr<TensorData>, std::shared_ptr<Sequence>,
               std::shared_ptr<PyDict>>
      value_;
};

struct PyValue::TensorData {
  Tensor tensor;
  bool parameter = false;
  bool requires_grad = false;
  PyValue attributes = {};  ///< a dict of attributes that Python code hung on it, or None
};

/// A dictionary in the order of insertion, with Python's rules for keys: 1, 1.0 and True are one key.
class PyDict {
 public:
  using Item = std::pair<PyValue, PyValue>;

  /// Appends, or replaces the value of a key that is there. Raises TypeError for a key that is not hashable (a list, a
  /// tensor).
  void set(PyValue key, PyValue value);
  /// Null if there is none.
  const PyValue* find(const PyValue& key) const;
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  const std::vector<Item>& items() const { return items_; }
  void clear();
  /// Bytes that its index holds: readers of files count them.
  std::size_t index_bytes() const { return index_bytes_; }

  /// Whether a value can be a key: None, numbers, text, dtypes, and tuples of these.
  static bool is_hashable(const PyValue& key);

  /// What stands in the object's __dict__: `_metadata` of a state_dict. A dict, or None.
  PyValue attributes = {};

 private:
  std::vector<Item> items_;
  std::unordered_map<std::string, std::size_t> index_;  // by a text that is equal where Python's keys are
  std::size_t index_bytes_ = 0;
};

struct PtLoadOptions {
  /// Compares the CRC-32 of every part of the archive, at about 1 GB/s. (torch does not: a flipped bit loads silently.)
  bool verify = true;
  /// A file whose compressed parts (torch writes none) unpack to more is refused before memory is taken.
  std::uint64_t max_unpacked_bytes = std::uint64_t{8} << 30;
};

/// Reads what torch.save wrote, in the zip format or the one before torch 1.6: nested dictionaries, lists, tuples,
/// numbers, text and tensors. Tensors that shared memory share it again, strides are kept; devices other than the CPU
/// are ignored. Nothing is executed: a file that needs code (a whole module, a user's class) raises FileError, which
/// names the class, as does one that is damaged, cut short, or holds what no tensor here can (complex, quantised,
/// sparse), or a container that holds itself.
PyValue load_pt(const std::filesystem::path& path, const PtLoadOptions& options = {});
/// The same out of memory; `name` stands for the file in errors.
PyValue load_pt(std::span<const std::byte> bytes, const std::string& name, const PtLoadOptions& options = {});

/// Writes a file that torch.load reads (weights_only=True, too), whole or not at all: PyTorch's zip format, the
/// storages aligned to 64 bytes for mmap=True. As in torch, a view brings its whole storage along. Raises ValueError
/// for a value that is nested deeper than 100 or holds itself, and for text that is not UTF-8; FileError if it cannot
/// be written.
void save_pt(const std::filesystem::path& path, const PyValue& value);
/// The bytes of that file.
std::vector<std::byte> encode_pt(const PyValue& value);

}  // namespace lamella
