// Values in and out: lamella.tensor(data), numpy, DLPack, item() and tolist().
#include <nanobind/ndarray.h>

#include <limits>
#include <vector>

#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>

#include "families.h"
#include "objects.h"
#include "operators.h"

namespace lamella::python {

namespace {

nb::dlpack::dtype dlpack_dtype(DType dtype) {
  using Code = nb::dlpack::dtype_code;
  Code code = Code::Float;
  if (dtype == DType::kBool) {
    code = Code::Bool;
  } else if (dtype == DType::kUInt8) {
    code = Code::UInt;
  } else if (is_integral(dtype)) {
    code = Code::Int;
  } else if (dtype == DType::kBFloat16) {
    code = Code::Bfloat;
  }
  return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(8 * size_of(dtype)), 1};
}

DType dtype_of_dlpack(nb::dlpack::dtype given) {
  for (int i = 0; i < kDTypeCount; ++i) {
    if (dlpack_dtype(static_cast<DType>(i)) == given) return static_cast<DType>(i);
  }
  throw TypeError(
      "from_numpy/from_dlpack: this dtype has no counterpart; the supported ones are: float64, float32, "
      "float16, int64, int32, int16, int8, uint8, bool");
}

/// A tensor over the memory of an array, which it keeps alive.
Tensor share(nb::ndarray<nb::ro> array, const char* function) {
  if (array.device_type() != nb::device::cpu::value) {
    throw TypeError(std::string(function) + ": the memory is not the CPU's");
  }
  Dims shape;
  Dims strides;
  for (std::size_t i = 0; i < array.ndim(); ++i) {
    shape.push_back(static_cast<std::int64_t>(array.shape(i)));
    strides.push_back(array.stride(i));
    if (array.stride(i) < 0) {
      throw ValueError(std::string(function) +
                       ": at least one stride in the given array is negative, and tensors with negative strides are "
                       "not supported: pass array.copy()");
    }
  }
  const DType dtype = dtype_of_dlpack(array.dtype());
  void* const memory = const_cast<void*>(array.data());
  auto owner = std::make_shared<nb::ndarray<nb::ro>>(std::move(array));
  return from_blob(memory, shape, dtype, strides, [owner]() mutable {
    if (!nb::is_alive()) return;
    const nb::gil_scoped_acquire python;
    owner.reset();
  });
}

/// Says why an array cannot be shared.
[[noreturn]] void refuse_array(const nb::object& array) {
  const nb::object dtype = array.attr("dtype");
  if (dtype.attr("isnative").is(nb::bool_(false))) {
    throw ValueError(
        "from_numpy: given numpy array has byte order different from the native byte order: pass "
        "array.astype(array.dtype.newbyteorder('='))");
  }
  const auto itemsize = nb::cast<std::int64_t>(array.attr("itemsize"));
  for (nb::handle stride : array.attr("strides")) {
    if (itemsize > 0 && nb::cast<std::int64_t>(stride) % itemsize != 0) {
      throw ValueError(
          "from_numpy: given numpy array strides not a multiple of the element byte size: pass array.copy()");
    }
  }
  throw TypeError("can't convert np.ndarray of type numpy." +
                  nb::cast<std::string>(dtype.attr("type").attr("__name__")) +
                  ". The only supported types are: float64, float32, float16, int64, int32, int16, int8, uint8, and "
                  "bool.");
}

Tensor from_array(const nb::object& array) {
  nb::ndarray<nb::ro> view;
  if (!nb::try_cast(array, view)) refuse_array(array);
  return share(std::move(view), "from_numpy");
}

/// Shares an array's memory. A write to a read-only array's tensor would go behind numpy's back: that is warned of,
/// once.
Tensor from_numpy(const nb::object& array) {
  if (!nb::isinstance(array, nb::module_::import_("numpy").attr("ndarray"))) {
    throw TypeError("expected np.ndarray (got " + nb::cast<std::string>(array.type().attr("__name__")) + ")");
  }
  static bool warned = false;
  if (!warned && array.attr("flags").attr("writeable").is(nb::bool_(false))) {
    warned = true;
    warn(
        "from_numpy: the given NumPy array is not writable, but the tensor that shares its memory is: a write to the "
        "tensor would change the array. Pass array.copy() if you mean to write. This is said once.");
  }
  return from_array(array);
}

template <typename... Framework>
nb::object array_over(nb::handle self, const Tensor& tensor) {
  std::vector<std::size_t> shape(tensor.shape().begin(), tensor.shape().end());
  const std::vector<std::int64_t> strides(tensor.strides().begin(), tensor.strides().end());
  nb::ndarray<Framework...> array(tensor.data_ptr(), shape.size(), shape.data(), self, strides.data(),
                                  dlpack_dtype(tensor.dtype()));
  return nb::cast(array, nb::rv_policy::reference);
}

nb::object to_numpy(nb::handle self, bool force) {
  Tensor tensor;
  unwrap(self.ptr(), tensor);
  if (tensor.requires_grad()) {
    if (!force) {
      throw Error("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
    }
    return to_numpy(nb::cast(tensor.detach()), false);
  }
  if (tensor.dtype() == DType::kBFloat16) {
    throw TypeError("numpy has no bfloat16 (Got unsupported ScalarType BFloat16): use tensor.float().numpy()");
  }
  return array_over<nb::numpy>(self, tensor);
}

// --- lamella.tensor(data) --------------------------------------------------------------------------------------------

bool is_sequence(PyObject* object) {
  return PyList_Check(object) || PyTuple_Check(object) || PyRange_Check(object) ||
         (PySequence_Check(object) != 0 && !PyUnicode_Check(object) && !PyBytes_Check(object) && !is_tensor(object));
}

bool is_array(nb::handle object) { return nb::hasattr(object, "__array_interface__"); }

/// Reads nested sequences of numbers (and of tensors or arrays, as torch does).
class Reader {
 public:
  static constexpr std::size_t kMostAxes = 128;  // torch's; a list that holds itself has more

  void read(PyObject* object, std::size_t depth) {
    if (is_tensor(object)) return read_tensor(nb::cast<Tensor>(nb::handle(object)), depth);
    if (is_array(object)) return read_tensor(from_numpy_any(object), depth);
    if (!is_sequence(object)) return read_number(object, depth);
    if (depth >= kMostAxes) {
      throw ValueError("tensor(): too many dimensions: lists in lists, " + std::to_string(depth) + " deep");
    }
    PyObject* items = PySequence_Fast(object, "");
    if (items == nullptr) throw nb::python_error();
    const nb::object keep = nb::steal(items);
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    expect_extent(count, depth);
    for (Py_ssize_t i = 0; i < count; ++i) read(PySequence_Fast_GET_ITEM(items, i), depth + 1);
  }

  Tensor make(OptionalDType wanted) const {
    const DType dtype = wanted ? *wanted : natural_dtype();
    Tensor result = empty(shape_, {.dtype = dtype});
    visit_dtype(dtype, [&]<typename T>() {
      T* const out = result.data<T>();
      for (std::size_t i = 0; i < values_.size(); ++i) out[i] = converted<T>(values_[i], dtype);
    });
    return result;
  }

 private:
  /// A number that an integer dtype has no place for is a mistake; negative ones wrap around in unsigned dtypes, as in
  /// torch.
  template <typename T>
  static T converted(const Scalar& value, DType dtype) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      constexpr double kBeyond = 2.0 * static_cast<double>(std::int64_t{1} << (std::numeric_limits<T>::digits - 1));
      const double number = value.to_double();
      const double least = std::is_signed_v<T> ? -kBeyond : 1 - kBeyond;
      const bool exact = value.kind() != Scalar::Kind::kFloat && sizeof(T) == 8;
      if (!exact && !(number > least - 1 && number < kBeyond)) {
        throw Error("tensor(): " + to_string(value) + " is out of the range of " + std::string(name_of(dtype)) +
                    " (value cannot be converted to type " + std::string(name_of(dtype)) + " without overflow)");
      }
    }
    return value.to<T>();
  }
  static Tensor from_numpy_any(nb::handle object) {
    return from_array(nb::module_::import_("numpy").attr("array")(object, "order"_a = "C"));
  }
  DType natural_dtype() const {
    if (found_) return *found_;
    return any_float_ || values_.empty() ? default_dtype() : any_int_ ? DType::kInt64 : DType::kBool;
  }
  void expect_extent(std::int64_t extent, std::size_t depth) {
    if (depth == shape_.size() && !closed_) {
      shape_.push_back(extent);
    } else if (depth >= shape_.size()) {
      throw ValueError("tensor(): a list stands beside a number at depth " + std::to_string(depth));
    } else if (shape_[depth] != extent) {
      throw ValueError("expected sequence of length " + std::to_string(shape_[depth]) + " at dim " +
                       std::to_string(depth) + " (got " + std::to_string(extent) + ")");
    }
    if (extent == 0) closed_ = true;
  }
  void read_number(PyObject* object, std::size_t depth) {
    closed_ = true;
    Scalar value;
    if (!to_scalar(object, value)) {
      throw TypeError(std::string("tensor(): expected numbers, got an element of type ") + Py_TYPE(object)->tp_name);
    }
    if (depth != shape_.size()) {
      throw TypeError("expected sequence of length " + std::to_string(shape_[depth]) + " at dim " +
                      std::to_string(depth) + " (got a number)");
    }
    if (PyLong_Check(object) && value.is_float()) {
      throw ValueError("tensor(): the integer " + nb::cast<std::string>(nb::str(nb::handle(object))) +
                       " needs more than 64 bits (Overflow when unpacking long long); write it as a float");
    }
    any_float_ |= value.is_float();
    any_int_ |= value.kind() == Scalar::Kind::kInt;
    values_.push_back(value);
  }
  /// A tensor inside a list must be a number (torch: "only one element tensors can be converted"); an array may have
  /// axes.
  void read_tensor(const Tensor& tensor, std::size_t depth) {
    for (const std::int64_t extent : tensor.shape()) expect_extent(extent, depth++);
    closed_ = true;
    found_ = found_ ? promote_types(*found_, tensor.dtype()) : tensor.dtype();
    const Tensor plain = tensor.detach().contiguous();
    visit_dtype(plain.dtype(), [&]<typename T>() {
      const T* const data = plain.data<T>();
      for (std::int64_t i = 0; i < plain.numel(); ++i) values_.emplace_back(data[i]);
    });
  }

  Dims shape_;
  std::vector<Scalar> values_;
  bool closed_ = false;  ///< the depth of the numbers is known
  bool any_float_ = false;
  bool any_int_ = false;
  std::optional<DType> found_;
};

/// The data as a tensor; shares memory where it can (`copy` false) and where no other dtype is wanted.
Tensor from_data(nb::handle data, OptionalDType dtype, bool copy) {
  Tensor result;
  if (unwrap(data.ptr(), result)) {
    result = copy ? result.detach().clone() : result;
  } else if (is_array(data)) {
    const nb::object array = nb::module_::import_("numpy").attr("asarray")(data);
    result = copy ? from_array(array) : from_numpy(array);
    if (copy) result = result.clone(MemoryFormat::kContiguous);
  } else {
    Reader reader;
    reader.read(data.ptr(), 0);
    return reader.make(dtype);
  }
  return dtype && *dtype != result.dtype() ? result.to(*dtype) : result;
}

/// torch.Tensor(…), the old constructor: sizes, or data in the default dtype.
Tensor from_legacy_arguments(const nb::args& args) {
  if (args.size() == 0) return empty({0});
  const nb::handle first = args[0];
  const bool is_size = PyTuple_Check(first.ptr()) && !PyTuple_CheckExact(first.ptr());
  if (PyLong_Check(first.ptr()) || is_size) return empty(dims_of(args, "Tensor"));
  return from_data(first, default_dtype(), true);
}

// --- tolist ----------------------------------------------------------------------------------------------------------

template <typename T>
nb::object number(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return nb::bool_(value);
  } else if constexpr (std::is_integral_v<T>) {
    return nb::int_(static_cast<std::int64_t>(value));
  } else {
    return nb::float_(Scalar(value).to_double());
  }
}

template <typename T>
nb::object nested(const T*& data, const Dims& shape, std::size_t axis) {
  if (axis == shape.size()) return number(*data++);
  nb::list list;
  for (std::int64_t i = 0; i < shape[axis]; ++i) list.append(nested(data, shape, axis + 1));
  return list;
}

nb::object tolist(const Tensor& self) {
  const Tensor plain = self.detach().contiguous();
  return visit_dtype(plain.dtype(), [&]<typename T>() {
    const T* data = plain.data<T>();
    return nested(data, plain.shape(), 0);
  });
}

}  // namespace

void bind_values(const Scope& scope) {
  nb::module_ m = scope.torch;
  TensorClass tensor = scope.tensor;
  m.def(
      "tensor",
      [](nb::handle data, OptionalDType dtype, DeviceArgument device, bool requires_grad, bool) {
        check_argument(device);
        const Tensor result = from_data(data, dtype, true);
        if (requires_grad) result.requires_grad_();
        return result;
      },
      "data"_a.none(), nb::kw_only(), "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false,
      "pin_memory"_a = false);
  tensor.def("__init__", [](TensorImpl* self, nb::args args) {
    const Tensor made = from_legacy_arguments(args);
    new (self) TensorImpl(impl(made).storage, meta(made), 0);
  });
  const auto as_tensor = [](nb::handle data, OptionalDType dtype, DeviceArgument device) {
    check_argument(device);
    return from_data(data, dtype, false);
  };
  m.def("as_tensor", as_tensor, "data"_a, "dtype"_a = nb::none(), "device"_a = nb::none());
  m.def("asarray", as_tensor, "obj"_a, nb::kw_only(), "dtype"_a = nb::none(), "device"_a = nb::none());
  tensor.def(
      "new_tensor",
      [](const Tensor& self, nb::handle data, OptionalDType dtype, DeviceArgument device, bool requires_grad) {
        check_argument(device);
        const Tensor result = from_data(data, dtype.value_or(self.dtype()), true);
        if (requires_grad) result.requires_grad_();
        return result;
      },
      "data"_a, nb::kw_only(), "dtype"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false);
  m.def("from_numpy", &from_numpy, "ndarray"_a);
  m.def(
      "from_dlpack", [](nb::ndarray<nb::ro> array) { return share(std::move(array), "from_dlpack"); }, "ext_tensor"_a);
  tensor.def(
      "numpy", [](nb::handle self, bool force) { return to_numpy(self, force); }, nb::kw_only(), "force"_a = false);
  tensor.def(
      "__dlpack__",
      [](nb::handle self, nb::args, nb::kwargs) {
        const auto& source = nb::cast<Tensor>(self);
        if (source.requires_grad()) {
          throw nb::buffer_error("Can't export tensors that require gradient, use tensor.detach()");
        }
        return array_over<>(self, source);
      },
      "args"_a, "kwargs"_a);
  tensor.def("__dlpack_device__", [](nb::handle) { return nb::make_tuple(1, 0); });
  scope.method("item", [](const Tensor& self) { return self.item(); });
  tensor.def("tolist", [](const Tensor& self) { return tolist(self); });
  scope.method("__float__", [](const Tensor& self) { return self.item().to_double(); });
  scope.method("__int__", [](const Tensor& self) { return self.item().to_int(); });
  scope.method("__bool__", [](const Tensor& self) {
    if (self.numel() != 1) {
      throw Error(self.numel() == 0 ? "Boolean value of Tensor with no values is ambiguous"
                                    : "Boolean value of Tensor with more than one value is ambiguous");
    }
    return self.item().to_bool();
  });
  scope.method("__index__", [](const Tensor& self) {
    if (is_floating_point(self.dtype()) || self.numel() != 1) {
      throw TypeError("only integer tensors of a single element can be converted to an index");
    }
    return self.item().to_int();
  });
}

}  // namespace lamella::python
