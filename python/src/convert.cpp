// Numbers, shapes and dtypes between Python and C++.
#include "bind.h"

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>

#include "objects.h"

namespace lamella::python {

namespace {

/// A number object of another library (numpy's scalars): what __index__ or __float__ say. 0-d tensors too, as torch
/// takes them where it takes a number.
bool foreign_scalar(PyObject* object, Scalar& scalar) noexcept {
  if (PyUnicode_Check(object) || PyBytes_Check(object)) return false;
  if (PyIndex_Check(object) && !is_tensor(object)) {
    PyObject* integer = PyNumber_Index(object);
    if (integer != nullptr) {
      const bool fits = to_scalar(integer, scalar);
      Py_DECREF(integer);
      return fits;
    }
    PyErr_Clear();
  }
  const PyNumberMethods* number = Py_TYPE(object)->tp_as_number;
  if (is_tensor(object) || number == nullptr || number->nb_float == nullptr || PySequence_Check(object)) return false;
  const double value = PyFloat_AsDouble(object);
  if (value == -1.0 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return false;
  }
  scalar = value;
  return true;
}

/// An axis or an extent: an int, or what has __index__ (numpy's integers, a 0-d integer tensor).
bool to_int(PyObject* object, std::int64_t& value) noexcept {
  if (PyFloat_Check(object) || !PyIndex_Check(object)) return false;
  value = PyLong_CheckExact(object) ? PyLong_AsLongLong(object) : PyNumber_AsSsize_t(object, PyExc_OverflowError);
  if (value == -1 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return false;
  }
  return true;
}

bool is_list(PyObject* object) { return PyTuple_Check(object) || PyList_Check(object); }

}  // namespace

bool to_scalar(PyObject* object, Scalar& scalar) noexcept {
  if (PyFloat_CheckExact(object)) {
    scalar = PyFloat_AS_DOUBLE(object);
    return true;
  }
  if (PyBool_Check(object)) {
    scalar = object == Py_True;
    return true;
  }
  if (PyLong_Check(object)) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0) {
      scalar = PyLong_AsDouble(object);
      PyErr_Clear();
      return true;
    }
    scalar = static_cast<std::int64_t>(value);
    return true;
  }
  return foreign_scalar(object, scalar);
}

bool to_dims(PyObject* object, Dims& dims) noexcept {
  dims.clear();
  std::int64_t value = 0;
  if (!is_list(object)) {
    if (!to_int(object, value)) return false;
    dims.push_back(value);
    return true;
  }
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(object);
  PyObject** items = PySequence_Fast_ITEMS(object);
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!to_int(items[i], value)) return false;
    dims.push_back(value);
  }
  return true;
}

bool to_reals(PyObject* object, SmallVector<double, 6>& values) noexcept {
  Scalar scalar;
  values.clear();
  if (!is_list(object)) {
    if (!to_scalar(object, scalar)) return false;
    values.push_back(scalar.to_double());
    return true;
  }
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(object);
  PyObject** items = PySequence_Fast_ITEMS(object);
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!to_scalar(items[i], scalar)) return false;
    values.push_back(scalar.to_double());
  }
  return true;
}

Dims dims_of(const nb::args& args, const char* function) {
  Dims dims;
  PyObject* list = args.ptr();
  if (PyTuple_GET_SIZE(list) == 1 && is_list(PyTuple_GET_ITEM(list, 0))) list = PyTuple_GET_ITEM(list, 0);
  if (!to_dims(list, dims)) {
    throw TypeError(std::string(function) + "(): expected ints or one sequence of ints, got " +
                    nb::cast<std::string>(nb::str(nb::handle(list))));
  }
  return dims;
}

Tensor Operand::as_tensor() const { return is_tensor() ? tensor.get() : wrapped(scalar); }

}  // namespace lamella::python
