#include "operators.h"

#include <structmember.h>

#include <string>

namespace lamella::python {

namespace {

/// torch.return_types.max(
/// values=tensor(…),
/// indices=tensor(…))
PyObject* pair_repr(PyObject* self) {
  const PyMemberDef* members = Py_TYPE(self)->tp_members;
  return PyUnicode_FromFormat("%s(\n%s=%R,\n%s=%R)", Py_TYPE(self)->tp_name, members[0].name, PyTuple_GET_ITEM(self, 0),
                              members[1].name, PyTuple_GET_ITEM(self, 1));
}

}  // namespace

PyTypeObject* make_pair_type(const Scope& scope, const char* name, const char* first, const char* second) {
  PyStructSequence_Field fields[] = {{first, nullptr}, {second, nullptr}, {nullptr, nullptr}};
  auto* full_name = new std::string("torch.return_types." + std::string(name));  // the type keeps the pointer
  PyStructSequence_Desc description{full_name->c_str(), "Two results by name.", fields, 2};
  PyTypeObject* type = PyStructSequence_NewType(&description);
  if (type == nullptr) throw nb::python_error();
  type->tp_repr = pair_repr;
  const nb::handle object(reinterpret_cast<PyObject*>(type));
  object.attr("__module__") = "lamella.return_types";
  nb::module_ torch = scope.torch;
  if (!nb::hasattr(torch, "return_types")) torch.def_submodule("return_types", "What functions with two results give.");
  torch.attr("return_types").attr(name) = object;
  return type;
}

void warn(const char* text) {
  if (PyErr_WarnEx(PyExc_UserWarning, text, 1) != 0) throw nb::python_error();
}

void check_argument(const LegacyFlag& flag) {
  if (flag.value) warn("size_average and reduce args will be deprecated, please use reduction='...' instead.");
}

std::string_view reduction_of(LegacyFlag size_average, LegacyFlag reduce, std::string_view reduction) {
  if (!size_average.value && !reduce.value) return reduction;
  if (!reduce.value.value_or(true)) return "none";
  return size_average.value.value_or(true) ? "mean" : "sum";
}

}  // namespace lamella::python
