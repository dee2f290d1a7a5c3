// lamella.dtype and lamella.device.
#include <array>
#include <string>

#include <lamella/error.h>

#include "objects.h"

namespace lamella::python {

namespace {

/// One object a dtype, so that `is` and dict keys work.
struct DTypeObject {
  DType dtype;
};
std::array<PyObject*, kDTypeCount> dtype_objects{};
PyTypeObject* dtype_type = nullptr;
PyTypeObject* device_type = nullptr;

/// "cpu", "cpu:0"; anything else is the name of a device that is not there.
struct DeviceObject {
  std::string type;
  std::optional<int> index;
  std::string name() const { return index ? type + ":" + std::to_string(*index) : type; }
  friend bool operator==(const DeviceObject&, const DeviceObject&) = default;
};

bool is_cpu(std::string_view name) { return name == "cpu" || name == "cpu:0"; }

DeviceObject parse_device(const std::string& name) {
  const std::size_t colon = name.find(':');
  DeviceObject device{name.substr(0, colon), {}};
  static constexpr const char* known[] = {"cpu", "cuda", "mps", "xpu", "meta", "mkldnn", "hip", "xla"};
  bool found = false;
  for (const char* word : known) found |= device.type == word;
  if (!found) throw Error("device: expected one of cpu, cuda, mps, xpu, meta at the start of '" + name + "'");
  if (colon != std::string::npos) {
    const std::string digits = name.substr(colon + 1);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos) {
      throw Error("device: invalid index in '" + name + "'");
    }
    device.index = std::stoi(digits);
  }
  return device;
}

}  // namespace

PyObject* dtype_object(DType dtype) noexcept { return dtype_objects[static_cast<std::size_t>(dtype)]; }

bool to_dtype(PyObject* object, DType& dtype) noexcept {
  if (Py_TYPE(object) == dtype_type) {
    dtype = nb::inst_ptr<DTypeObject>(object)->dtype;
    return true;
  }
  const auto is = [object](PyTypeObject& type) { return object == reinterpret_cast<PyObject*>(&type); };
  if (is(PyFloat_Type)) {
    dtype = DType::kFloat64;
  } else if (is(PyLong_Type)) {
    dtype = DType::kInt64;
  } else if (is(PyBool_Type)) {
    dtype = DType::kBool;
  } else {
    return false;
  }
  return true;
}

bool to_device(PyObject* object, DeviceArgument& device) noexcept {
  device.unknown = nullptr;
  if (object == Py_None) return true;
  if (PyUnicode_Check(object)) {
    const char* name = PyUnicode_AsUTF8(object);
    if (name == nullptr) return false;
    if (!is_cpu(name)) device.unknown = name;
    return true;
  }
  if (Py_TYPE(object) == device_type) {
    const DeviceObject& given = *nb::inst_ptr<DeviceObject>(object);
    if (!is_cpu(given.name())) device.unknown = given.type.c_str();
    return true;
  }
  if (PyLong_Check(object) && !PyBool_Check(object)) {  // torch: the number of a GPU
    device.unknown = "cuda";
    return true;
  }
  return false;
}

void check_argument(const DeviceArgument& device) {
  if (device.unknown != nullptr) {
    throw Error(std::string("device '") + device.unknown +
                "' is not there: lamella computes on the CPU; use device='cpu'");
  }
}

void bind_dtype(nb::module_& m) {
  nb::class_<DTypeObject> type(m, "dtype", "The type of a tensor's elements.", nb::is_weak_referenceable());
  dtype_type = reinterpret_cast<PyTypeObject*>(type.ptr());
  type.def("__repr__", [](const DTypeObject& self) { return "torch." + std::string(name_of(self.dtype)); })
      .def("__reduce__", [](const DTypeObject& self) { return std::string(name_of(self.dtype)); })
      .def_prop_ro("is_floating_point", [](const DTypeObject& self) { return is_floating_point(self.dtype); })
      .def_prop_ro("is_complex", [](const DTypeObject&) { return false; })
      .def_prop_ro("is_signed",
                   [](const DTypeObject& self) { return self.dtype != DType::kBool && self.dtype != DType::kUInt8; })
      .def_prop_ro("itemsize", [](const DTypeObject& self) { return size_of(self.dtype); });
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    nb::object object = nb::cast(DTypeObject{dtype});
    m.attr(std::string(name_of(dtype)).c_str()) = object;
    dtype_objects[static_cast<std::size_t>(i)] = object.release().ptr();  // lives as long as the process
  }
  const std::pair<const char*, DType> others[] = {{"float", DType::kFloat32}, {"double", DType::kFloat64},
                                                  {"half", DType::kFloat16},  {"short", DType::kInt16},
                                                  {"int", DType::kInt32},     {"long", DType::kInt64}};
  for (const auto& [name, dtype] : others) m.attr(name) = nb::handle(dtype_object(dtype));
}

void bind_device(nb::module_& m) {
  /// torch.strided, the only layout.
  struct Layout {};
  nb::class_<Layout>(m, "layout").def("__repr__", [](const Layout&) { return "torch.strided"; });
  m.attr("strided") = nb::cast(Layout{});
  nb::class_<DeviceObject> type(m, "device", "Where a tensor's memory lives: the CPU.");
  device_type = reinterpret_cast<PyTypeObject*>(type.ptr());
  type.def(
          "__init__", [](DeviceObject* self, const std::string& name) { new (self) DeviceObject(parse_device(name)); },
          "type"_a)
      .def(
          "__init__",
          [](DeviceObject* self, const std::string& name, int index) {
            DeviceObject device = parse_device(name);
            device.index = index;
            new (self) DeviceObject(std::move(device));
          },
          "type"_a, "index"_a)
      .def("__init__", [](DeviceObject* self, const DeviceObject& other) { new (self) DeviceObject(other); })
      .def_prop_ro("type", [](const DeviceObject& self) { return self.type; })
      .def_prop_ro("index", [](const DeviceObject& self) { return self.index; })
      .def("__str__", &DeviceObject::name)
      .def("__repr__",
           [](const DeviceObject& self) {
             std::string text = "device(type='" + self.type + "'";
             if (self.index) text += ", index=" + std::to_string(*self.index);
             return text + ")";
           })
      .def(
          "__eq__", [](const DeviceObject& a, const DeviceObject& b) { return a == b; }, nb::is_operator())
      .def("__eq__", [](const DeviceObject&, const nb::object&) { return false; })
      .def("__hash__", [](const DeviceObject& self) { return std::hash<std::string>()(self.name()); })
      .def("__enter__", [](nb::object self) { return self; })
      .def("__exit__", [](const nb::object&, const nb::args&) {})
      .def("__reduce__", [](nb::object self) {
        return nb::make_tuple(self.type(), nb::make_tuple(nb::cast<const DeviceObject&>(self).name()));
      });
}

}  // namespace lamella::python
