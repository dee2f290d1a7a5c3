#include "io/pickle_globals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/tensor_impl.h"

namespace lamella::io {
namespace {

using Role = PickleGlobal::Role;
using Kind = PyValue::Kind;

constexpr std::string_view kTensors = "torch._utils";
constexpr PickleGlobal kGlobals[] = {
    {"torch", "DoubleStorage", Role::kStorage, DType::kFloat64},
    {"torch", "FloatStorage", Role::kStorage, DType::kFloat32},
    {"torch", "HalfStorage", Role::kStorage, DType::kFloat16},
    {"torch", "BFloat16Storage", Role::kStorage, DType::kBFloat16},
    {"torch", "LongStorage", Role::kStorage, DType::kInt64},
    {"torch", "IntStorage", Role::kStorage, DType::kInt32},
    {"torch", "ShortStorage", Role::kStorage, DType::kInt16},
    {"torch", "CharStorage", Role::kStorage, DType::kInt8},
    {"torch", "ByteStorage", Role::kStorage, DType::kUInt8},
    {"torch", "BoolStorage", Role::kStorage, DType::kBool},
    {"torch.storage", "UntypedStorage", Role::kUntyped},
    {"torch", "UntypedStorage", Role::kUntyped},
    {"torch", "float64", Role::kDType, DType::kFloat64},
    {"torch", "float32", Role::kDType, DType::kFloat32},
    {"torch", "float16", Role::kDType, DType::kFloat16},
    {"torch", "bfloat16", Role::kDType, DType::kBFloat16},
    {"torch", "int64", Role::kDType, DType::kInt64},
    {"torch", "int32", Role::kDType, DType::kInt32},
    {"torch", "int16", Role::kDType, DType::kInt16},
    {"torch", "int8", Role::kDType, DType::kInt8},
    {"torch", "uint8", Role::kDType, DType::kUInt8},
    {"torch", "bool", Role::kDType, DType::kBool},
    {"torch", "Tensor", Role::kTensorType, 0},
    {"torch.nn.parameter", "Parameter", Role::kTensorType, 1},
    {kTensors, "_rebuild_tensor", Role::kRebuildTensor, 1},
    {kTensors, "_rebuild_tensor_v2", Role::kRebuildTensor, 2},
    {kTensors, "_rebuild_tensor_v3", Role::kRebuildTensor, 3},
    {kTensors, "_rebuild_parameter", Role::kRebuildParameter},
    {kTensors, "_rebuild_parameter_with_state", Role::kRebuildWithState},
    {"torch._tensor", "_rebuild_from_type_v2", Role::kRebuildFromType},
    {"collections", "OrderedDict", Role::kOrderedDict},
    {"collections", "Counter", Role::kCounter},
    {"torch", "Size", Role::kSize},
    {"torch", "device", Role::kDevice},
    {"_codecs", "encode", Role::kEncode},
    {"builtins", "bytes", Role::kNoBytes},
    {"builtins", "bytearray", Role::kByteArray},
    {"builtins", "set", Role::kSet},
    {"builtins", "complex", Role::kComplex},
    {"torch", "ComplexFloatStorage", Role::kUnsupported, {}, "numbers of dtype complex64"},
    {"torch", "ComplexDoubleStorage", Role::kUnsupported, {}, "numbers of dtype complex128"},
    {"torch", "QInt8Storage", Role::kUnsupported, {}, "quantised numbers"},
    {"torch", "QUInt8Storage", Role::kUnsupported, {}, "quantised numbers"},
    {"torch", "QInt32Storage", Role::kUnsupported, {}, "quantised numbers"},
    {"torch", "uint16", Role::kUnsupported, {}, "numbers of dtype uint16"},
    {"torch", "uint32", Role::kUnsupported, {}, "numbers of dtype uint32"},
    {"torch", "uint64", Role::kUnsupported, {}, "numbers of dtype uint64"},
    {"torch", "complex64", Role::kUnsupported, {}, "the dtype complex64"},
    {"torch", "complex128", Role::kUnsupported, {}, "the dtype complex128"},
    {"torch", "float8_e4m3fn", Role::kUnsupported, {}, "numbers of dtype float8_e4m3fn"},
    {"torch", "float8_e5m2", Role::kUnsupported, {}, "numbers of dtype float8_e5m2"},
    {"torch", "float8_e4m3fnuz", Role::kUnsupported, {}, "numbers of dtype float8_e4m3fnuz"},
    {"torch", "float8_e5m2fnuz", Role::kUnsupported, {}, "numbers of dtype float8_e5m2fnuz"},
    {kTensors, "_rebuild_sparse_tensor", Role::kUnsupported, {}, "a sparse tensor"},
    {kTensors, "_rebuild_sparse_csr_tensor", Role::kUnsupported, {}, "a sparse tensor"},
    {kTensors, "_rebuild_qtensor", Role::kUnsupported, {}, "a quantised tensor"},
    {kTensors,
     "_rebuild_meta_tensor_no_storage",
     Role::kUnsupported,
     {},
     "a tensor of the meta device, without values"},
    {kTensors, "_rebuild_nested_tensor", Role::kUnsupported, {}, "a nested tensor"},
    {kTensors, "_rebuild_wrapper_subclass", Role::kUnsupported, {}, "a subclass of Tensor"},
    {kTensors, "_rebuild_device_tensor_from_numpy", Role::kUnsupported, {}, "a tensor of another device (XLA)"},
    {kTensors, "_rebuild_device_tensor_from_cpu_tensor", Role::kUnsupported, {}, "a tensor of another device"},
};

std::string unknown_global(std::string_view module, std::string_view name) {
  const std::string full = fmt::format("{}.{}", module, name);
  if (module.starts_with("numpy")) {
    return fmt::format(
        "holds a value of NumPy's ({}), which takes code to load; save float(x), int(x) or "
        "torch.from_numpy(x) in its place",
        full);
  }
  return fmt::format(
      "holds a {}, which takes code to load, and no code of a file is ever run. If a whole module was saved, "
      "load it in Python with PyTorch and save model.state_dict()",
      full);
}

// --- Arguments of calls ------------------------------------------------------------------------------------------

[[noreturn]] void wrong_arguments(const PickleGlobal& function) {
  throw Refusal{fmt::format("calls {}.{} with other arguments than PyTorch does", function.module, function.name)};
}

/// Reads the arguments of one call; whatever is not as PyTorch writes it is refused.
class Arguments {
 public:
  Arguments(const PickleGlobal& function, const std::vector<PickleItem>& items) : function_(function), items_(items) {}

  std::size_t size() const { return items_.size(); }
  void expect_size(std::size_t least, std::size_t most) const {
    if (size() < least || size() > most) wrong_arguments(function_);
  }
  const PyValue& value(std::size_t i) const { return get<PyValue>(i); }
  const PickleGlobal& global(std::size_t i) const { return *get<const PickleGlobal*>(i); }
  const StorageClaim& claim(std::size_t i) const { return *get<std::shared_ptr<const StorageClaim>>(i); }
  const PyValue& value(std::size_t i, Kind kind) const {
    const PyValue& found = value(i);
    if (found.kind() != kind) wrong_arguments(function_);
    return found;
  }
  const PickleItem& item(std::size_t i) const { return items_[i]; }
  std::int64_t integer(std::size_t i) const { return value(i, Kind::kInt).as_int(); }
  bool flag(std::size_t i) const { return value(i, Kind::kBool).as_bool(); }
  /// A tuple of numbers from 0.
  Dims dims(std::size_t i) const {
    const PyValue& tuple = value(i);
    if (tuple.kind() != Kind::kTuple && tuple.kind() != Kind::kSize) wrong_arguments(function_);
    Dims result;
    if (tuple.size() > static_cast<std::size_t>(kMaxRank)) {
      throw Refusal{fmt::format("holds a tensor of {} axes, at most {} are possible", tuple.size(), kMaxRank)};
    }
    for (const PyValue& extent : tuple.items()) {
      if (extent.kind() != Kind::kInt || extent.as_int() < 0) wrong_arguments(function_);
      result.push_back(extent.as_int());
    }
    return result;
  }

 private:
  template <typename T>
  const T& get(std::size_t i) const {
    const T* found = i < items_.size() ? std::get_if<T>(&items_[i]) : nullptr;
    if (found == nullptr) wrong_arguments(function_);
    return *found;
  }
  const PickleGlobal& function_;
  const std::vector<PickleItem>& items_;
};

// --- Tensors -----------------------------------------------------------------------------------------------------

struct Geometry {
  std::int64_t offset;
  Dims shape, strides;
};

/// Raises unless every element lies in a storage of `numel` elements.
void check_bounds(const Geometry& geometry, std::int64_t numel) {
  const auto refuse = [&](std::string_view why) {
    throw Refusal{fmt::format("holds a tensor of shape {}, strides {} and offset {} {}", to_string(geometry.shape),
                              to_string(geometry.strides), geometry.offset, why)};
  };
  if (geometry.shape.size() != geometry.strides.size()) refuse("with another number of strides than axes");
  std::int64_t elements = 1, last = geometry.offset;
  bool empty = false, overflow = geometry.offset < 0;
  for (std::size_t i = 0; i < geometry.shape.size(); ++i) {
    const std::int64_t extent = geometry.shape[i];
    std::int64_t reach = 0;
    overflow |= __builtin_mul_overflow(elements, std::max<std::int64_t>(extent, 1), &elements);
    overflow |= __builtin_mul_overflow(std::max<std::int64_t>(extent - 1, 0), geometry.strides[i], &reach);
    overflow |= __builtin_add_overflow(last, reach, &last);
    empty |= extent == 0;
  }
  if (overflow) refuse("which is beyond 2^63 - 1");
  if (empty ? geometry.offset > numel : last >= numel) refuse(fmt::format("in a storage of {} elements", numel));
}

PyValue rebuild_tensor(const PickleGlobal& function, const Arguments& arguments, const StorageLoader& storages) {
  const int version = std::get<int>(function.detail);
  arguments.expect_size(version == 1 ? 4 : version == 2 ? 6 : 7, version == 1 ? 4 : version == 2 ? 7 : 8);
  const StorageClaim& claim = arguments.claim(0);
  Geometry geometry{arguments.integer(1), arguments.dims(2), arguments.dims(3)};
  DType dtype = DType::kFloat32;
  if (version == 3) {
    dtype = arguments.value(6, Kind::kDType).as_dtype();
  } else if (claim.dtype) {
    dtype = *claim.dtype;
  } else {
    throw Refusal{std::string("holds a tensor without a dtype")};
  }
  const std::size_t metadata = version == 3 ? 7 : 6;
  if (version > 1 && arguments.size() > metadata && !arguments.value(metadata).is_none()) {
    if (!arguments.value(metadata).is_dict()) wrong_arguments(function);
    for (const char* bit : {"conj", "neg"}) {
      const PyValue* set = arguments.value(metadata).find(bit);
      if (set != nullptr && !(set->kind() == Kind::kBool && !set->as_bool())) {
        throw Refusal{
            fmt::format("holds a tensor whose values are to be taken with the {} bit, which lamella lacks; save "
                        "x.resolve_{}()",
                        bit, bit)};
      }
    }
  }
  const bool requires_grad = version > 1 && arguments.flag(4);
  if (requires_grad && !is_floating_point(dtype))
    throw Refusal{std::string("holds a tensor of integers that requires grad")};

  RefPtr<Storage> storage = storages(claim, dtype);
  std::int64_t numel = static_cast<std::int64_t>(storage->bytes() / size_of(dtype));
  std::int64_t base = 0;
  if (claim.view_numel) {
    base = claim.view_offset;
    if (base < 0 || *claim.view_numel < 0 || base > numel || *claim.view_numel > numel - base) {
      throw Refusal{
          fmt::format("holds a view of elements {} to {} of a storage of {}", base, *claim.view_numel, numel)};
    }
    numel = *claim.view_numel;
  }
  check_bounds(geometry, numel);
  TensorMeta meta{std::move(geometry.shape), std::move(geometry.strides), dtype, {}};
  return {make_tensor(make_ref<TensorImpl>(std::move(storage), std::move(meta), base + geometry.offset)),
          requires_grad};
}

PyValue with_state(const PyValue& value, bool parameter, bool requires_grad, const PyValue& state) {
  if (requires_grad && !value.as_tensor().is_floating_point()) {
    throw Refusal{std::string("holds a parameter of integers that requires grad")};
  }
  PyValue result =
      parameter ? PyValue::parameter(value.as_tensor(), requires_grad) : PyValue(value.as_tensor(), requires_grad);
  // Of (attributes, slots) the first; of None and slots alone nothing.
  const PyValue& attributes = state.kind() == Kind::kTuple && state.size() == 2 ? state.items().front() : state;
  if (attributes.kind() == Kind::kDict && !attributes.entries().empty()) result.set_attributes(attributes);
  return result;
}

PyValue rebuild_from_type(const Arguments& arguments, const StorageLoader& storages) {
  arguments.expect_size(4, 4);
  const PickleGlobal& rebuild = arguments.global(0);
  const PickleGlobal& type = arguments.global(1);
  if (type.role != Role::kTensorType)
    throw Refusal{fmt::format("holds a tensor of the class {}.{}", type.module, type.name)};
  if (rebuild.role == Role::kRebuildFromType) throw Refusal{std::string("holds a tensor of a type of a type")};
  const PyValue value = call_pickle_global(rebuild, pickle_arguments(arguments.item(2)), storages);
  if (!value.is_tensor()) throw Refusal{std::string("holds a tensor that is none")};
  const bool parameter = value.tensor_data().parameter || std::get<int>(type.detail) == 1;
  return with_state(value, parameter, value.tensor_data().requires_grad, arguments.value(3));
}

// --- The rest ----------------------------------------------------------------------------------------------------

PyValue ordered_dict(const Arguments& arguments) {
  arguments.expect_size(0, 1);
  std::vector<PyDict::Item> items;
  if (arguments.size() == 1) {  // Python 2: a list of [key, value]
    for (const PyValue& pair : arguments.value(0, Kind::kList).items()) {
      if (!pair.is_sequence() || pair.size() != 2 || !PyDict::is_hashable(pair[std::size_t{0}])) {
        throw Refusal{std::string("builds an OrderedDict of what are no pairs")};
      }
      items.emplace_back(pair.items()[0], pair.items()[1]);
    }
  }
  return PyValue::dict(std::move(items), Kind::kOrderedDict);
}

PyValue counter(const Arguments& arguments) {
  arguments.expect_size(0, 1);
  if (arguments.size() == 0) return PyValue::dict({}, Kind::kCounter);
  return PyValue::dict(arguments.value(0, Kind::kDict).entries().items(), Kind::kCounter);
}

/// Bytes, written as the text whose code points, 0 to 255, they are.
std::string latin1(const Arguments& arguments) {
  const std::string& encoding = arguments.value(1, Kind::kString).as_string();
  if (encoding != "latin1" && encoding != "latin-1")
    throw Refusal{std::string("holds bytes in another encoding than latin1")};
  std::string result;
  const std::string& text = arguments.value(0, Kind::kString).as_string();
  for (std::size_t i = 0; i < text.size(); ++i) {  // UTF-8, checked already
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      result += text[i];
    } else if (lead <= 0xc3) {
      result += static_cast<char>((lead & 3U) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3fU));
    } else {
      throw Refusal{std::string("holds bytes beyond 255")};
    }
  }
  return result;
}

PyValue byte_array(const Arguments& arguments) {
  arguments.expect_size(0, 2);
  std::string bytes;
  if (arguments.size() == 1) bytes = arguments.value(0, Kind::kBytes).as_bytes();
  if (arguments.size() == 2) bytes = latin1(arguments);
  return PyValue::from_text(Kind::kByteArray, std::move(bytes));
}

PyValue set_of(const Arguments& arguments) {
  arguments.expect_size(0, 1);
  PyValue::Sequence items;
  if (arguments.size() == 1) items = arguments.value(0, Kind::kList).items();
  if (!std::ranges::all_of(items, PyDict::is_hashable))
    throw Refusal{std::string("builds a set of what cannot be in one")};
  return PyValue::sequence(Kind::kSet, std::move(items));
}

PyValue device(const Arguments& arguments) {
  arguments.expect_size(1, 2);
  std::string name = arguments.value(0, Kind::kString).as_string();
  if (arguments.size() == 2) name += fmt::format(":{}", arguments.integer(1));
  return PyValue::from_text(Kind::kDevice, std::move(name));
}

}  // namespace

const PickleGlobal& find_pickle_global(std::string_view module, std::string_view name) {
  if (module == "__builtin__") module = "builtins";
  const auto* found =
      std::ranges::find_if(kGlobals, [&](const PickleGlobal& g) { return g.name == name && g.module == module; });
  if (found == std::end(kGlobals)) throw Refusal{unknown_global(module, name)};
  if (found->role == Role::kUnsupported) {
    throw Refusal{fmt::format("holds {} ({}.{}), which lamella lacks", found->why, module, name)};
  }
  return *found;
}

std::string_view storage_class(DType dtype) {
  return std::ranges::find_if(
             kGlobals,
             [&](const PickleGlobal& g) { return g.role == Role::kStorage && std::get<DType>(g.detail) == dtype; })
      ->name;
}

std::vector<PickleItem> pickle_arguments(const PickleItem& tuple) {
  if (const auto* arguments = std::get_if<std::shared_ptr<const PickleArguments>>(&tuple)) return (*arguments)->items;
  const PyValue* value = std::get_if<PyValue>(&tuple);
  if (value == nullptr || value->kind() != Kind::kTuple) {
    throw Refusal{fmt::format("has {} where a tuple is needed", described(tuple))};
  }
  return {value->items().begin(), value->items().end()};
}

std::string described(const PickleItem& item) {
  if (const PyValue* value = std::get_if<PyValue>(&item)) return fmt::format("a {}", value->type_name());
  if (const auto* global = std::get_if<const PickleGlobal*>(&item)) {
    return fmt::format("{}.{}", (*global)->module, (*global)->name);
  }
  return std::holds_alternative<std::shared_ptr<const StorageClaim>>(item) ? "a storage"
                                                                           : "a tuple of classes or storages";
}

PyValue call_pickle_global(const PickleGlobal& function, const std::vector<PickleItem>& items,
                           const StorageLoader& storages) {
  const Arguments arguments(function, items);
  switch (function.role) {
    case Role::kRebuildTensor:
      return rebuild_tensor(function, arguments, storages);
    case Role::kRebuildParameter:
      arguments.expect_size(3, 3);
      return with_state(arguments.value(0, Kind::kTensor), true, arguments.flag(1), {});
    case Role::kRebuildWithState:
      arguments.expect_size(4, 4);
      return with_state(arguments.value(0, Kind::kTensor), true, arguments.flag(1), arguments.value(3));
    case Role::kRebuildFromType:
      return rebuild_from_type(arguments, storages);
    case Role::kOrderedDict:
      return ordered_dict(arguments);
    case Role::kCounter:
      return counter(arguments);
    case Role::kSize:
      arguments.expect_size(1, 1);
      return PyValue::sequence(Kind::kSize, arguments.value(0, Kind::kTuple).items());
    case Role::kDevice:
      return device(arguments);
    case Role::kEncode:
      arguments.expect_size(2, 2);
      return PyValue::from_text(Kind::kBytes, latin1(arguments));
    case Role::kNoBytes:
      arguments.expect_size(0, 0);
      return PyValue::from_text(Kind::kBytes, "");
    case Role::kByteArray:
      return byte_array(arguments);
    case Role::kSet:
      return set_of(arguments);
    case Role::kComplex:
      arguments.expect_size(2, 2);
      return std::complex<double>(arguments.value(0, Kind::kFloat).as_double(),
                                  arguments.value(1, Kind::kFloat).as_double());
    default:
      throw Refusal{fmt::format("calls {}.{}", function.module, function.name)};
  }
}

}  // namespace lamella::io
