// lamella.Size: a tuple of extents, as torch.Size is.
#include "objects.h"

namespace lamella::python {

namespace {

PyTypeObject* size_type = nullptr;

/// A Size of a tuple's items (takes over the reference).
PyObject* size_of_tuple(PyObject* tuple) {
  if (tuple == nullptr || !PyTuple_Check(tuple)) return tuple;
  const Py_ssize_t count = PyTuple_GET_SIZE(tuple);
  PyObject* size = size_type->tp_alloc(size_type, count);
  for (Py_ssize_t i = 0; i < count && size != nullptr; ++i) {
    PyObject* item = PyTuple_GET_ITEM(tuple, i);
    Py_INCREF(item);
    PyTuple_SET_ITEM(size, i, item);
  }
  Py_DECREF(tuple);
  return size;
}

PyObject* size_new(PyTypeObject*, PyObject* args, PyObject* keywords) {
  PyObject* tuple = PyTuple_Type.tp_new(&PyTuple_Type, args, keywords);
  for (Py_ssize_t i = 0; tuple != nullptr && i < PyTuple_GET_SIZE(tuple); ++i) {
    PyObject* item = PyTuple_GET_ITEM(tuple, i);
    if (PyLong_Check(item)) continue;
    PyObject* integer = PyFloat_Check(item) ? nullptr : PyNumber_Index(item);
    if (integer == nullptr) {
      PyErr_Format(PyExc_TypeError, "lamella.Size() takes an iterable of int (item %zd is a %s)", i,
                   Py_TYPE(item)->tp_name);
      Py_DECREF(tuple);
      return nullptr;
    }
    PyTuple_SetItem(tuple, i, integer);
  }
  return size_of_tuple(tuple);
}

PyObject* size_repr(PyObject* self) {
  PyObject* list = PySequence_List(self);
  if (list == nullptr) return nullptr;
  PyObject* text = PyUnicode_FromFormat("torch.Size(%R)", list);
  Py_DECREF(list);
  return text;
}

PyObject* size_numel(PyObject* self, PyObject*) {
  long long product = 1;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(self); ++i) product *= PyLong_AsLongLong(PyTuple_GET_ITEM(self, i));
  return PyLong_FromLongLong(product);
}

PyObject* size_reduce(PyObject* self, PyObject*) {
  PyObject* list = PySequence_List(self);
  return list == nullptr ? nullptr : Py_BuildValue("O(N)", reinterpret_cast<PyObject*>(size_type), list);
}

PyObject* size_concat(PyObject* a, PyObject* b) { return size_of_tuple(PyTuple_Type.tp_as_sequence->sq_concat(a, b)); }
PyObject* size_repeat(PyObject* a, Py_ssize_t n) { return size_of_tuple(PyTuple_Type.tp_as_sequence->sq_repeat(a, n)); }
PyObject* size_subscript(PyObject* a, PyObject* key) {
  PyObject* item = PyTuple_Type.tp_as_mapping->mp_subscript(a, key);
  return PySlice_Check(key) ? size_of_tuple(item) : item;
}

}  // namespace

PyObject* make_size(const Dims& dims) noexcept {
  PyObject* size = size_type->tp_alloc(size_type, static_cast<Py_ssize_t>(dims.size()));
  for (std::size_t i = 0; i < dims.size() && size != nullptr; ++i) {
    PyTuple_SET_ITEM(size, static_cast<Py_ssize_t>(i), PyLong_FromLongLong(dims[i]));
  }
  return size;
}

void bind_size(nb::module_& m) {
  static PyMethodDef methods[] = {
      {"numel", size_numel, METH_NOARGS, "The product of the extents."},
      {"__reduce__", size_reduce, METH_NOARGS, nullptr},
      {nullptr, nullptr, 0, nullptr},
  };
  PyType_Slot slots[] = {
      {Py_tp_base, &PyTuple_Type},
      {Py_tp_new, reinterpret_cast<void*>(size_new)},
      {Py_tp_repr, reinterpret_cast<void*>(size_repr)},
      {Py_tp_methods, methods},
      {Py_sq_concat, reinterpret_cast<void*>(size_concat)},
      {Py_sq_repeat, reinterpret_cast<void*>(size_repeat)},
      {Py_mp_subscript, reinterpret_cast<void*>(size_subscript)},
      {Py_tp_doc, const_cast<char*>("The shape of a tensor: a tuple of ints.")},
      {0, nullptr},
  };
  PyType_Spec spec{"lamella.Size", 0, 0, Py_TPFLAGS_DEFAULT, slots};
  size_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (size_type == nullptr) throw nb::python_error();
  m.attr("Size") = nb::handle(reinterpret_cast<PyObject*>(size_type));
}

}  // namespace lamella::python
