// Files: Python's values to and from lamella's trees of them (lamella/io/checkpoint.h). serialization.py is what users
// see.
#include <lamella/error.h>
#include <lamella/io.h>
#include <lamella/io/checkpoint.h>

#include <nanobind/stl/array.h>

#include <array>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "families.h"
#include "io/image.h"
#include "objects.h"

namespace lamella::python {

namespace {

using Kind = PyValue::Kind;
constexpr int kMaxDepth = 100;

nb::object attribute(const char* module, const char* name) { return nb::module_::import_(module).attr(name); }

// --- To be saved -------------------------------------------------------------------------------------------------

/// Turns Python objects into values. What is one object stays one.
class ToValue {
 public:
  PyValue operator()(nb::handle object) { return value(object, 0); }

 private:
  struct Types {
    nb::object parameter = attribute("lamella.nn.parameter", "Parameter");
    nb::object ordered_dict = attribute("collections", "OrderedDict");
    nb::object counter = attribute("collections", "Counter");
    nb::object size = attribute("lamella._C", "Size");
    nb::object device = attribute("lamella._C", "device");
    nb::object dtype = attribute("lamella._C", "dtype");
  };

  PyValue value(nb::handle object, int depth) {
    PyObject* const p = object.ptr();
    if (p == Py_None) return {};
    if (PyBool_Check(p)) return PyValue(p == Py_True);
    if (PyLong_CheckExact(p)) return integer(object);
    if (PyFloat_CheckExact(p)) return PyValue(PyFloat_AS_DOUBLE(p));
    if (PyComplex_CheckExact(p))
      return PyValue(std::complex<double>(PyComplex_RealAsDouble(p), PyComplex_ImagAsDouble(p)));
    if (const auto it = known_.find(p); it != known_.end()) {
      if (open_.contains(p)) throw ValueError("save: " + place() + " holds itself");
      return it->second;
    }
    if (depth > kMaxDepth) throw ValueError("save: containers are nested deeper than 100 at " + place());
    PyValue made = text(object);
    if (made.is_none()) made = is_tensor(p) ? tensor(object, depth) : container(object, depth);
    if (made.is_none()) made = small(object);
    known_.emplace(p, made);
    keep_.push_back(nb::borrow(object));  // so that no other object gets its address meanwhile
    return made;
  }

  static PyValue integer(nb::handle object) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
    if (overflow == 0) return PyValue(static_cast<std::int64_t>(number));
    const auto bits = nb::cast<std::size_t>(object.attr("bit_length")());
    const nb::object bytes = object.attr("to_bytes")(bits / 8 + 1, "little", "signed"_a = true);
    return PyValue::from_text(Kind::kBigInt, std::string(PyBytes_AS_STRING(bytes.ptr()), nb::len(bytes)));
  }

  static PyValue text(nb::handle object) {
    PyObject* const p = object.ptr();
    const auto of = [](Kind kind, const char* data, Py_ssize_t size) {
      return PyValue::from_text(kind, std::string(data, static_cast<std::size_t>(size)));
    };
    if (PyUnicode_CheckExact(p)) {
      Py_ssize_t size = 0;
      const char* const data = PyUnicode_AsUTF8AndSize(p, &size);
      if (data == nullptr) throw nb::python_error();
      return of(Kind::kString, data, size);
    }
    if (PyBytes_CheckExact(p)) return of(Kind::kBytes, PyBytes_AS_STRING(p), PyBytes_GET_SIZE(p));
    if (PyByteArray_CheckExact(p)) return of(Kind::kByteArray, PyByteArray_AS_STRING(p), PyByteArray_GET_SIZE(p));
    return {};
  }

  PyValue small(nb::handle object) const {
    DType dtype{};
    if (object.type().is(types_.dtype) && to_dtype(object.ptr(), dtype)) return PyValue(dtype);
    if (object.type().is(types_.device)) {
      return PyValue::from_text(Kind::kDevice, nb::cast<std::string>(nb::str(object)));
    }
    unsupported(object);
  }

  PyValue tensor(nb::handle object, int depth) {
    Tensor tensor;
    unwrap(object.ptr(), tensor);
    const bool parameter = nb::isinstance(object, types_.parameter);
    PyValue made =
        parameter ? PyValue::parameter(tensor, tensor.requires_grad()) : PyValue(tensor, tensor.requires_grad());
    const nb::object attributes = nb::getattr(object, "__dict__", nb::none());
    if (nb::isinstance<nb::dict>(attributes) && nb::len(attributes) > 0) {
      const Step step(*this, ".__dict__");
      made.set_attributes(value(attributes, depth + 1));
    }
    return made;
  }

  PyValue container(nb::handle object, int depth) {
    PyObject* const p = object.ptr();
    if (PyList_CheckExact(p)) return sequence(object, Kind::kList, depth);
    if (PyTuple_CheckExact(p)) return sequence(object, Kind::kTuple, depth);
    if (object.type().is(types_.size)) return sequence(object, Kind::kSize, depth);
    if (PySet_Check(p) && Py_TYPE(p) == &PySet_Type) return sequence(object, Kind::kSet, depth);
    if (PyDict_CheckExact(p)) return dict(object, Kind::kDict, depth);
    if (object.type().is(types_.ordered_dict)) return dict(object, Kind::kOrderedDict, depth);
    if (object.type().is(types_.counter)) return dict(object, Kind::kCounter, depth);
    return {};
  }

  /// Notes a mutable container before its items, so that one that holds itself is seen.
  PyValue& begin(nb::handle object, PyValue made) {
    open_.insert(object.ptr());
    return known_.emplace(object.ptr(), std::move(made)).first->second;
  }

  PyValue sequence(nb::handle object, Kind kind, int depth) {
    PyValue made = begin(object, PyValue::sequence(kind, {}));
    std::size_t index = 0;
    for (nb::handle item : nb::borrow<nb::iterable>(object)) {
      const Step step(*this, "[" + std::to_string(index++) + "]");
      made.items().push_back(value(item, depth + 1));
    }
    open_.erase(object.ptr());
    return made;
  }

  PyValue dict(nb::handle object, Kind kind, int depth) {
    PyValue made = begin(object, PyValue::dict({}, kind));
    for (nb::handle item : nb::borrow<nb::iterable>(object.attr("items")())) {
      const Step step(*this, "[" + nb::cast<std::string>(nb::repr(item[0])).substr(0, 60) + "]");
      made.entries().set(value(item[0], depth + 1), value(item[1], depth + 1));
    }
    if (kind == Kind::kOrderedDict) {
      const nb::object attributes = nb::getattr(object, "__dict__", nb::none());
      if (nb::isinstance<nb::dict>(attributes) && nb::len(attributes) > 0) {
        const Step step(*this, ".__dict__");
        made.entries().attributes = value(attributes, depth + 1);
      }
    }
    open_.erase(object.ptr());
    return made;
  }

  [[noreturn]] void unsupported(nb::handle object) const {
    const std::string name = nb::cast<std::string>(object.type().attr("__module__")) + "." +
                             nb::cast<std::string>(object.type().attr("__qualname__"));
    const std::string begin = "save: " + place() + " is a " + name + ", ";
    if (nb::isinstance(object, attribute("lamella.nn", "Module"))) {
      throw TypeError(begin +
                      "a whole module, which only code can load again; save its state: "
                      "save(model.state_dict(), f), and read it by model.load_state_dict(load(f))");
    }
    if (nb::hasattr(object, "state_dict")) throw TypeError(begin + "which is code and state; save its state_dict()");
    if (name.starts_with("numpy.")) {
      const bool array = name == "numpy.ndarray";
      throw TypeError(begin + "which no safe reader loads again; save " + (array ? "from_numpy(x)" : "x.item()") +
                      " instead");
    }
    const bool maps = PyDict_Check(object.ptr()), lists = PyTuple_Check(object.ptr());
    throw TypeError(begin + "which a file of data cannot hold; save " +
                    (maps    ? "dict(x)"
                     : lists ? "tuple(x)"
                             : "numbers, text, tensors, and lists and dicts of these"));
  }

  std::string place() const {
    std::string path = "the object";
    for (const std::string& step : path_) path += step;
    return path == "the object" ? path : path.replace(0, 10, "obj");
  }

  struct Step {
    Step(ToValue& to, std::string name) : path(to.path_) { path.push_back(std::move(name)); }
    ~Step() { path.pop_back(); }
    std::vector<std::string>& path;
  };

  Types types_;
  std::unordered_map<PyObject*, PyValue> known_;
  std::unordered_set<PyObject*> open_;
  std::vector<nb::object> keep_;
  std::vector<std::string> path_;
};

std::vector<std::byte> encode(nb::handle object) {
  const PyValue value = ToValue()(object);
  const LockRelease release(LockRelease::kMinimum);
  return encode_pt(value);
}

// --- Loaded ------------------------------------------------------------------------------------------------------

/// Turns values, which hold no circles, into Python objects.
class ToObject {
 public:
  nb::object operator()(const PyValue& value) {
    const void* const id = value.identity();
    if (id != nullptr) {
      if (const auto it = known_.find(id); it != known_.end()) return it->second;
    }
    nb::object made = make(value);
    if (id != nullptr) known_.emplace(id, made);
    return made;
  }

 private:
  nb::object make(const PyValue& value) {
    switch (value.kind()) {
      case Kind::kNone:
        return nb::none();
      case Kind::kBool:
        return nb::bool_(value.as_bool());
      case Kind::kInt:
        return nb::int_(value.as_int());
      case Kind::kBigInt:
        return nb::borrow(reinterpret_cast<PyObject*>(&PyLong_Type))
            .attr("from_bytes")(bytes(value), "little", "signed"_a = true);
      case Kind::kFloat:
        return nb::float_(value.as_double());
      case Kind::kComplex:
        return nb::steal(PyComplex_FromDoubles(value.as_complex().real(), value.as_complex().imag()));
      case Kind::kString:
        return nb::str(value.as_bytes().data(), value.as_bytes().size());
      case Kind::kBytes:
        return bytes(value);
      case Kind::kByteArray:
        return nb::steal(
            PyByteArray_FromStringAndSize(value.as_bytes().data(), static_cast<Py_ssize_t>(value.as_bytes().size())));
      case Kind::kDType:
        return nb::borrow(dtype_object(value.as_dtype()));
      case Kind::kDevice:
        return attribute("lamella._C", "device")(value.as_bytes());
      case Kind::kTensor:
        return tensor(value.tensor_data());
      default:
        return value.is_dict() ? dict(value) : sequence(value);
    }
  }

  static nb::bytes bytes(const PyValue& value) { return nb::bytes(value.as_bytes().data(), value.as_bytes().size()); }

  nb::object tensor(const PyValue::TensorData& data) {
    nb::object made = nb::steal(wrap(data.tensor));
    if (data.parameter) {
      made = attribute("lamella.nn.parameter", "Parameter")(made, data.requires_grad);
    } else if (data.requires_grad) {
      data.tensor.requires_grad_(true);
    }
    if (data.attributes.is_dict()) made.attr("__dict__").attr("update")((*this)(data.attributes));
    return made;
  }

  nb::object sequence(const PyValue& value) {
    nb::list list;
    for (const PyValue& item : value.items()) list.append((*this)(item));
    if (value.kind() == Kind::kList) return list;
    if (value.kind() == Kind::kSet) return nb::steal(PySet_New(list.ptr()));
    if (value.kind() == Kind::kSize) return attribute("lamella._C", "Size")(list);
    return nb::steal(PySequence_Tuple(list.ptr()));
  }

  nb::object dict(const PyValue& value) {
    nb::object made = value.kind() == Kind::kDict
                          ? nb::object(nb::dict())
                          : attribute("collections", value.kind() == Kind::kCounter ? "Counter" : "OrderedDict")();
    for (const auto& [key, item] : value.entries()) {
      if (PyObject_SetItem(made.ptr(), (*this)(key).ptr(), (*this)(item).ptr()) != 0) throw nb::python_error();
    }
    if (value.entries().attributes.is_dict()) made.attr("__dict__").attr("update")((*this)(value.entries().attributes));
    return made;
  }

  std::unordered_map<const void*, nb::object> known_;
};

// --- safetensors -------------------------------------------------------------------------------------------------

nb::object ordered_dict(const TensorFile& file) {
  nb::object made = attribute("collections", "OrderedDict")();
  for (const auto& [name, tensor] : file.tensors) made.attr("__setitem__")(name, nb::steal(wrap(tensor)));
  return made;
}

NamedTensors named_tensors(const nb::dict& state) {
  NamedTensors tensors;
  for (const auto& [key, item] : state) {
    Tensor tensor;
    if (!nb::isinstance<nb::str>(key) || !is_tensor(item.ptr()) || !unwrap(item.ptr(), tensor)) {
      throw TypeError("save: a .safetensors file holds tensors by name, as a state_dict has them; the entry " +
                      nb::cast<std::string>(nb::repr(key)) + " is a " +
                      nb::cast<std::string>(item.type().attr("__qualname__")) + ". Save nested checkpoints as .pt");
    }
    tensors.emplace_back(nb::cast<std::string>(key), tensor);
  }
  return tensors;
}

}  // namespace

void bind_io(const Scope& scope) {
  nb::module_ m = scope.torch;
  m.def(
      "_save_pt",
      [](const std::string& path, nb::handle object) {
        const PyValue value = ToValue()(object);
        const LockRelease release(LockRelease::kMinimum);
        save_pt(path, value);
      },
      "path"_a, "obj"_a.none());
  m.def(
      "_encode_pt",
      [](nb::handle object) {
        const std::vector<std::byte> file = encode(object);
        return nb::bytes(file.data(), file.size());
      },
      "obj"_a.none());
  m.def("_load_pt", [](const std::string& path) {
    PyValue value;
    {
      const LockRelease release(LockRelease::kMinimum);
      value = load_pt(path);
    }
    return ToObject()(value);
  });
  m.def("_decode_pt", [](const nb::bytes& file, const std::string& name) {
    PyValue value;
    {
      const LockRelease release(LockRelease::kMinimum);
      value = load_pt({static_cast<const std::byte*>(file.data()), file.size()}, name);
    }
    return ToObject()(value);
  });
  m.def("_save_safetensors", [](const std::string& path, const nb::dict& state) {
    const NamedTensors tensors = named_tensors(state);
    const LockRelease release(LockRelease::kMinimum);
    save(path, tensors, {{"format", "pt"}});
  });
  m.def("_load_safetensors", [](const std::string& path) {
    TensorFile file;
    {
      const LockRelease release(LockRelease::kMinimum);
      file = load(path);
    }
    return ordered_dict(file);
  });
  m.def(
      "_resize_image",
      [](const nb::bytes& pixels, std::array<int, 3> shape, std::array<int, 2> size, bool box) {
        io::Image image = io::make_image(shape[1], shape[0], shape[2]);
        if (pixels.size() != image.pixels.size()) throw ValueError("resize: the pixels do not fill the shape");
        std::memcpy(image.pixels.data(), pixels.data(), pixels.size());
        const io::Image made = io::resize(image, size[1], size[0], box ? io::Filter::kBox : io::Filter::kBilinear);
        return nb::bytes(made.pixels.data(), made.pixels.size());
      },
      "pixels"_a, "shape"_a, "size"_a, "box"_a, "uint8 [H, W, C] to `size` (height, width), as Pillow resizes.");
  m.def(
      "_read_image",
      [](const std::string& path, std::optional<std::int64_t> channels) {
        const LockRelease release(LockRelease::kMinimum);
        return read_image(path, {.channels = channels});
      },
      "path"_a, "channels"_a.none());
  m.def(
      "_write_image",
      [](const Tensor& image, const std::string& path) {
        const LockRelease release(LockRelease::kMinimum);
        write_image(path, image);
      },
      "image"_a, "path"_a);
}

}  // namespace lamella::python
