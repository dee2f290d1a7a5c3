// x[…] and x[…] = y, by torch's rules: numbers, slices, None, … and masks or index tensors, mixed.
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "objects.h"

namespace lamella::python {

namespace {

std::string type_name(PyObject* object) { return Py_TYPE(object)->tp_name; }

[[noreturn]] void throw_bad_index(PyObject* item) {
  throw IndexError(
      "only integers, slices (`:`), ellipsis (`...`), None and long, int, byte or bool tensors are valid "
      "indices (got " +
      type_name(item) + ")");
}

bool is_list_like(PyObject* object) {
  return PyList_Check(object) || PyTuple_Check(object) || PyRange_Check(object) ||
         nb::hasattr(object, "__array_interface__");
}

/// A list of numbers is one index; a list that holds sequences, slices or tensors stands for a tuple, as in torch.
bool means_tuple(PyObject* object) {
  if (PyTuple_Check(object)) return true;
  if (!PyList_Check(object) || PyList_GET_SIZE(object) >= 32) return false;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(object); ++i) {
    PyObject* item = PyList_GET_ITEM(object, i);
    if (is_tensor(item) || PySlice_Check(item) || item == Py_Ellipsis || item == Py_None ||
        (!PyUnicode_Check(item) && PySequence_Check(item) != 0)) {
      return true;
    }
  }
  return false;
}

/// What the slices, numbers and Nones make of a tensor, and the index tensors that remain.
class Selection {
 public:
  Selection(Tensor source, PyObject* key) : view_(std::move(source)) {
    if (!means_tuple(key)) {
      consumed_by_ellipsis_ = view_.dim() - axes_of(key);
      apply(key);
      return;
    }
    const nb::object items = nb::steal(PySequence_Fast(key, ""));
    if (!items.is_valid()) throw nb::python_error();
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
    std::int64_t consumed = 0;
    for (Py_ssize_t i = 0; i < count; ++i) consumed += axes_of(PySequence_Fast_GET_ITEM(items.ptr(), i));
    if (consumed > view_.dim()) {
      throw IndexError("too many indices for tensor of dimension " + std::to_string(view_.dim()) + " (got " +
                       std::to_string(consumed) + ")");
    }
    consumed_by_ellipsis_ = view_.dim() - consumed;
    for (Py_ssize_t i = 0; i < count; ++i) apply(PySequence_Fast_GET_ITEM(items.ptr(), i));
  }

  const Tensor& view() const { return view_; }
  bool has_indices() const { return has_indices_; }
  /// One entry an axis, undefined where the axis is left alone; a mask stands for all of its axes.
  const TensorList& indices() const { return indices_; }

 private:
  static bool is_mask(const Tensor& index) { return index.dtype() == DType::kBool || index.dtype() == DType::kUInt8; }

  std::int64_t axes_of(PyObject* item) const {
    if (item == Py_None || item == Py_Ellipsis || PyBool_Check(item)) return 0;
    Tensor index;
    return unwrap(item, index) && is_mask(index) ? index.dim() : 1;
  }

  void apply(PyObject* item) {
    Tensor index;
    if (PyLong_CheckExact(item)) {
      select(PyLong_AsLongLong(item));
    } else if (PySlice_Check(item)) {
      slice(item);
    } else if (item == Py_Ellipsis) {
      axis_ += consumed_by_ellipsis_;
    } else if (item == Py_None) {
      view_ = view_.unsqueeze(axis_++);
    } else if (PyBool_Check(item)) {
      apply_flag(item == Py_True);
    } else if (unwrap(item, index)) {
      apply_tensor(index);
    } else if (is_list_like(item)) {
      apply_tensor(nb::cast<Tensor>(nb::module_::import_("lamella._C").attr("tensor")(nb::handle(item))), true);
    } else if (PyIndex_Check(item) && !PyFloat_Check(item)) {
      const Py_ssize_t number = PyNumber_AsSsize_t(item, PyExc_IndexError);
      if (number == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
      select(number);
    } else {
      throw_bad_index(item);
    }
  }

  void select(std::int64_t index) {
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    if (view_.dim() == 0) {
      throw IndexError(
          "invalid index of a 0-dim tensor. Use `tensor.item()` in Python to convert a 0-dim tensor to a "
          "number");
    }
    if (axis_ >= view_.dim()) {
      throw IndexError("too many indices for tensor of dimension " + std::to_string(view_.dim()));
    }
    const std::int64_t extent = view_.size(axis_);
    if (index < -extent || index >= extent) {
      throw IndexError("index " + std::to_string(index) + " is out of bounds for dimension " + std::to_string(axis_) +
                       " with size " + std::to_string(extent));
    }
    view_ = view_.select(axis_, index);
  }

  void slice(PyObject* item) {
    Py_ssize_t start = 0;
    Py_ssize_t stop = 0;
    Py_ssize_t step = 1;
    if (PySlice_Unpack(item, &start, &stop, &step) < 0) throw nb::python_error();
    if (step <= 0) throw ValueError("step must be greater than zero");
    if (axis_ >= view_.dim()) {
      throw IndexError(view_.dim() == 0 ? "slice() cannot be applied to a 0-dim tensor."
                                        : "too many indices for tensor of dimension " + std::to_string(view_.dim()));
    }
    if (start != 0 || step != 1 || stop < view_.size(axis_)) {
      view_ = view_.slice(axis_, {start, stop, step});
    }
    ++axis_;
  }

  void add(const Tensor& index) {
    while (static_cast<std::int64_t>(indices_.size()) + skipped_ < axis_) indices_.push_back(Tensor());
    indices_.push_back(index);
    has_indices_ = true;
  }

  /// True adds an axis of one element, False one of none.
  void apply_flag(bool value) {
    view_ = view_.unsqueeze(axis_);
    add(value ? zeros({1}, {.dtype = DType::kInt64}) : empty({0}, {.dtype = DType::kInt64}));
    ++axis_;
  }

  void apply_tensor(const Tensor& index, bool from_list = false) {
    if (index.dim() == 0 && !is_mask(index)) {
      if (is_floating_point(index.dtype())) {
        throw IndexError("tensors used as indices must be long, int, byte or bool tensors, got " +
                         std::string(name_of(index.dtype())));
      }
      select(index.item().to_int());
      return;
    }
    if (index.dim() == 0) {
      apply_flag(index.item().to_bool());
      return;
    }
    const bool empty_list = from_list && index.numel() == 0;  // [] is no list of floats
    Tensor entry = empty_list ? index.to(DType::kInt64) : index;
    if (entry.dtype() == DType::kUInt8) entry = entry.to(DType::kBool);
    add(entry);
    if (is_mask(entry)) skipped_ += entry.dim() - 1;
    axis_ += is_mask(entry) ? entry.dim() : 1;
  }

  Tensor view_;
  TensorList indices_;
  bool has_indices_ = false;
  std::int64_t axis_ = 0;
  std::int64_t skipped_ = 0;  ///< axes of masks beyond their first, which have no entry of their own
  std::int64_t consumed_by_ellipsis_ = 0;
};

Tensor get_item(const Tensor& self, nb::handle key) {
  const Selection selection(self, key.ptr());
  if (!selection.has_indices()) {
    return selection.view().is_same(self) ? self.as_strided(self.shape(), self.strides(), self.storage_offset())
                                          : selection.view();
  }
  const LockRelease release(work_of(self), self);
  return index(selection.view(), selection.indices());
}

Tensor value_of(const Tensor& self, nb::handle value) {
  Tensor tensor;
  Scalar scalar;
  if (unwrap(value.ptr(), tensor)) return tensor;
  if (to_scalar(value.ptr(), scalar)) return full({}, scalar, {.dtype = self.dtype()});
  if (is_list_like(value.ptr())) return nb::cast<Tensor>(nb::module_::import_("lamella._C").attr("tensor")(value));
  throw TypeError("can't assign a " + type_name(value.ptr()) + " to a tensor of " + std::string(name_of(self.dtype())));
}

/// torch lets a value have leading axes of 1 that the place has not.
Tensor without_leading_ones(Tensor value, std::int64_t rank) {
  while (value.dim() > rank && value.size(0) == 1) value = value.squeeze(0);
  return value;
}

void set_item(const Tensor& self, nb::handle key, nb::handle given) {
  const Tensor value = value_of(self, given);
  const Selection selection(self, key.ptr());
  const LockRelease release(work_of(self), self);
  if (selection.has_indices()) {
    const Tensor typed = value.dtype() == self.dtype() ? value : value.to(self.dtype());
    index_put_(selection.view(), selection.indices(), typed);
  } else {
    selection.view().copy_(without_leading_ones(value, selection.view().dim()));
  }
}

/// `i in x`: whether any element equals it.
bool contains(const Tensor& self, const Operand& item) {
  if (item.is_tensor()) return any(self == item.tensor).item().to_bool();
  return any(self == item.scalar).item().to_bool();
}

}  // namespace

void bind_indexing(const Scope& scope) {
  TensorClass tensor = scope.tensor;
  tensor.def("__getitem__", get_item, "key"_a.none())
      .def("__setitem__", set_item, "key"_a.none(), "value"_a)
      .def("__contains__", contains)
      .def("__iter__", [](const Tensor& self) {
        if (self.dim() == 0) throw TypeError("iteration over a 0-d tensor");
        return nb::iter(nb::cast(unbind(self, 0)));
      });
}

}  // namespace lamella::python
