// What every file of the bindings needs: how lamella's types cross the border, and when the interpreter's lock is let
// go.
//
// A tensor is one Python object for as long as either side holds it: the Python object owns the TensorImpl, and the
// handles in C++ hold the Python object (core/ref_counted.h). Python's None is an undefined tensor, where an argument
// is declared with `.none()`.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <functional>
#include <type_traits>

#include <lamella/dims.h>
#include <lamella/dtype.h>
#include <lamella/ops/conv.h>
#include <lamella/scalar.h>
#include <lamella/tensor.h>

#include "core/tensor_impl.h"
#include "lifetime.h"

namespace nb = nanobind;

namespace lamella::python {

using namespace nb::literals;
using TensorClass = nb::class_<TensorImpl>;

/// A borrowed argument; unlike what it is made of, nothing converts to it by itself, so that `given ? argument : made`
/// is a Tensor.
struct BorrowedArgument : BorrowedTensor {
  BorrowedArgument() = default;
  explicit BorrowedArgument(const Tensor& tensor) : BorrowedTensor(tensor) {}
};

/// An argument that may be a tensor or a number (the right-hand side of `a + b`).
struct Operand {
  BorrowedArgument tensor;  ///< undefined: the scalar counts
  Scalar scalar;
  bool is_tensor() const { return tensor.defined(); }
  /// The tensor, or a 0-d one of the number that promotes as a number does.
  Tensor as_tensor() const;
};

/// What a convolution takes as padding. The word is checked where it is used, since casters cannot raise.
struct PaddingArgument {
  Dims each;
  const char* word = nullptr;
  operator Padding() const { return word != nullptr ? Padding(word) : Padding(each); }
};

/// A device argument, of which "cpu" is the only one that exists: calls with another raise, as torch without CUDA does.
struct DeviceArgument {
  const char* unknown = nullptr;  ///< the name of a device that is not there
};

/// A dtype argument: a lamella.dtype, Python's float, int or bool, or None.
using OptionalDType = std::optional<DType>;

/// The Python object of a tensor: a new reference, None for an undefined one.
PyObject* wrap(const Tensor& tensor) noexcept;
/// The same where nobody needs the handle any more.
PyObject* wrap(Tensor&& tensor) noexcept;
/// Reads a Python object; false (and no error set) if it is no tensor.
bool unwrap(PyObject* object, Tensor& tensor) noexcept;
/// The same without counting, while somebody holds the object.
bool borrow(PyObject* object, BorrowedTensor& tensor) noexcept;
bool to_scalar(PyObject* object, Scalar& scalar) noexcept;
bool to_dims(PyObject* object, Dims& dims) noexcept;
bool to_reals(PyObject* object, SmallVector<double, 6>& values) noexcept;
bool to_device(PyObject* object, DeviceArgument& device) noexcept;
bool to_dtype(PyObject* object, DType& dtype) noexcept;
/// A lamella.Size.
PyObject* make_size(const Dims& dims) noexcept;
/// The one object of a dtype: a borrowed reference.
PyObject* dtype_object(DType dtype) noexcept;

/// Several dims from Python's `f(2, 3)` or `f((2, 3))`. Raises TypeError naming `function` for anything else.
Dims dims_of(const nb::args& args, const char* function);

template <typename T>
void check_argument(const T&) {}
/// Raises Error for a device that is not there.
void check_argument(const DeviceArgument& device);

// How much work a call will be, in elements: what decides whether other Python threads may run meanwhile.
template <typename T>
std::int64_t work_of(const T&) {
  return 0;
}
inline std::int64_t work_of(const Tensor& tensor) { return tensor.defined() ? tensor.numel() : 0; }
inline std::int64_t work_of(const Operand& operand) { return work_of(operand.tensor.get()); }
inline std::int64_t work_of(const TensorList& tensors) {
  std::int64_t sum = 0;
  for (const Tensor& tensor : tensors) sum += work_of(tensor);
  return sum;
}

/// Lets the interpreter's lock go for work of more than some twenty microseconds; below that the exchange costs more
/// than it gives.
class LockRelease {
 public:
  static constexpr std::int64_t kMinimum = 8192;
  explicit LockRelease(std::int64_t elements) : state_(elements >= kMinimum ? PyEval_SaveThread() : nullptr) {}
  /// Holds a borrowed tensor for the time, so that its handles can be copied without asking for the lock.
  LockRelease(std::int64_t elements, const Tensor& borrowed)
      : held_(elements >= kMinimum ? borrowed : Tensor()),
        state_(elements >= kMinimum ? PyEval_SaveThread() : nullptr) {}
  ~LockRelease() {
    if (state_ == nullptr) return;
    take_lock_back(state_);
    give_back_pending();
  }
  LockRelease(const LockRelease&) = delete;
  LockRelease& operator=(const LockRelease&) = delete;

 private:
  Tensor held_;
  PyThreadState* state_;
};

// What of an argument must be held while the lock is let go.
template <typename T>
int held_of(const T&) {
  return 0;
}
inline Tensor held_of(const Tensor& tensor) { return tensor; }
inline Tensor held_of(const Operand& operand) { return operand.tensor; }

/// A function of little work whatever the tensors' sizes (views, questions): it keeps the lock.
template <typename Fn>
struct Light {
  Fn fn;
};
template <typename Fn>
Light<Fn> light(Fn fn) {
  return {fn};
}

/// Python objects may be touched and made with the lock only.
template <typename... Args>
inline constexpr bool kTouchesPython = (std::is_base_of_v<nb::detail::api_tag, std::remove_cvref_t<Args>> || ...);

template <bool kKeepsLock, typename Fn, typename R, typename... Args>
auto guard_as(Fn fn, R (*)(Args...)) {
  return [fn](Args... args) -> R {
    (check_argument(args), ...);
    if constexpr (kKeepsLock || kTouchesPython<R, Args...>) {
      return fn(static_cast<Args&&>(args)...);
    } else {
      const std::int64_t work = (std::int64_t{0} + ... + work_of(args));
      if (work < LockRelease::kMinimum) return fn(static_cast<Args&&>(args)...);
      const std::tuple held(held_of(args)...);
      const LockRelease release(work);
      return fn(static_cast<Args&&>(args)...);
    }
  };
}
template <bool kKeepsLock, typename Fn, typename R, typename... Args>
auto guard_member(Fn fn, R (Fn::*)(Args...) const) {
  return guard_as<kKeepsLock>(std::move(fn), static_cast<R (*)(Args...)>(nullptr));
}
/// `fn` (a function, or a lambda without state) with the lock let go while it works on large tensors.
template <bool kKeepsLock = false, typename R, typename... Args>
auto guarded(R (*fn)(Args...)) {
  return guard_as<kKeepsLock>(fn, fn);
}
template <bool kKeepsLock = false, typename Fn>
  requires std::is_class_v<Fn>
auto guarded(Fn fn) {
  return guard_member<kKeepsLock>(fn, &Fn::operator());
}
/// A member of Tensor, as a function of it.
template <bool kKeepsLock = false, typename R, typename... Args>
auto guarded(R (Tensor::*fn)(Args...) const) {
  return guarded<kKeepsLock>(
      [fn](const Tensor& self, Args... args) -> R { return (self.*fn)(static_cast<Args&&>(args)...); });
}
template <bool kKeepsLock = false, typename Fn>
auto guarded(Light<Fn> light) {
  return guarded<true>(light.fn);
}

/// Where a family puts its functions: `lamella.f(x)`, `x.f()` and `lamella.nn.functional.f(x)`.
struct Scope {
  nb::module_ torch;
  TensorClass tensor;
  nb::module_ nn;

  /// lamella.name(first, …)
  template <typename Fn, typename... Extra>
  const Scope& function(const char* name, Fn fn, const char* first, const Extra&... extra) const {
    const_cast<nb::module_&>(torch).def(name, guarded(fn), nb::arg(first), extra...);
    return *this;
  }
  /// x.name(…)
  template <typename Fn, typename... Extra>
  const Scope& method(const char* name, Fn fn, const Extra&... extra) const {
    const_cast<TensorClass&>(tensor).def(name, guarded(fn), extra...);
    return *this;
  }
  /// x.name
  template <typename Fn>
  const Scope& property(const char* name, Fn fn) const {
    const_cast<TensorClass&>(tensor).def_prop_ro(name, guarded(fn));
    return *this;
  }
  template <typename Get, typename Set>
  const Scope& property(const char* name, Get get, Set set) const {
    const_cast<TensorClass&>(tensor).def_prop_rw(name, guarded(get), guarded(set));
    return *this;
  }
  /// lamella.name(first, …) and x.name(…)
  template <typename Fn, typename... Extra>
  const Scope& both(const char* name, Fn fn, const char* first, const Extra&... extra) const {
    return function(name, fn, first, extra...).method(name, fn, extra...);
  }
  /// lamella.nn.functional.name(first, …)
  template <typename Fn, typename... Extra>
  const Scope& functional(const char* name, Fn fn, const char* first, const Extra&... extra) const {
    const_cast<nb::module_&>(nn).def(name, guarded(fn), nb::arg(first), extra...);
    return *this;
  }
};

}  // namespace lamella::python

namespace nanobind::detail {

/// An argument that is a reference is borrowed: Python's caller holds its arguments until the call has returned.
template <>
struct type_caster<lamella::Tensor> {
  using Value = lamella::Tensor;
  static constexpr auto Name = const_name("lamella.Tensor");
  template <typename T>
  using Cast = std::conditional_t<std::is_lvalue_reference_v<T>, const lamella::Tensor&, lamella::Tensor>;
  template <typename T>
  static constexpr bool can_cast() {
    return true;
  }
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    if (source == Py_None) return true;  // reaches us only where the argument may be None
    return lamella::python::borrow(source, value);
  }
  static handle from_cpp(const lamella::Tensor& tensor, rv_policy, cleanup_list*) noexcept {
    return lamella::python::wrap(tensor);
  }
  static handle from_cpp(lamella::Tensor&& tensor, rv_policy, cleanup_list*) noexcept {
    return lamella::python::wrap(std::move(tensor));
  }
  explicit operator const lamella::Tensor&() const { return value.get(); }
  explicit operator lamella::Tensor() const { return value.get(); }
  lamella::BorrowedTensor value;
};

template <>
struct type_caster<lamella::TensorList> {
  NB_TYPE_CASTER(lamella::TensorList, const_name("tuple[lamella.Tensor, ...]"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    lamella::Tensor item;
    if (lamella::python::unwrap(source, item)) return false;  // one tensor is no list of tensors
    PyObject* items = PySequence_Fast(source, "");
    if (items == nullptr) {
      PyErr_Clear();
      return false;
    }
    bool fits = true;
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    value.reserve(static_cast<std::size_t>(count));
    for (Py_ssize_t i = 0; i < count && fits; ++i) {
      PyObject* element = PySequence_Fast_GET_ITEM(items, i);
      item = lamella::Tensor();
      fits = element == Py_None || lamella::python::unwrap(element, item);
      value.push_back(item);
    }
    Py_DECREF(items);
    return fits;
  }
  static handle from_cpp(const lamella::TensorList& tensors, rv_policy, cleanup_list*) noexcept {
    PyObject* tuple = PyTuple_New(static_cast<Py_ssize_t>(tensors.size()));
    for (std::size_t i = 0; i < tensors.size() && tuple != nullptr; ++i) {
      PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i), lamella::python::wrap(tensors[i]));
    }
    return tuple;
  }
};

template <>
struct type_caster<lamella::Scalar> {
  NB_TYPE_CASTER(lamella::Scalar, const_name("int | float | bool"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    return lamella::python::to_scalar(source, value);
  }
  static handle from_cpp(const lamella::Scalar& scalar, rv_policy, cleanup_list*) noexcept {
    switch (scalar.kind()) {
      case lamella::Scalar::Kind::kBool:
        return PyBool_FromLong(scalar.to_bool() ? 1 : 0);
      case lamella::Scalar::Kind::kInt:
        return PyLong_FromLongLong(scalar.to_int());
      case lamella::Scalar::Kind::kFloat:
        break;
    }
    return PyFloat_FromDouble(scalar.to_double());
  }
};

template <>
struct type_caster<lamella::python::Operand> {
  NB_TYPE_CASTER(lamella::python::Operand, const_name("lamella.Tensor | int | float | bool"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    return lamella::python::borrow(source, value.tensor) || lamella::python::to_scalar(source, value.scalar);
  }
};

template <>
struct type_caster<lamella::DType> {
  NB_TYPE_CASTER(lamella::DType, const_name("lamella.dtype"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    return lamella::python::to_dtype(source, value);
  }
  static handle from_cpp(lamella::DType dtype, rv_policy, cleanup_list*) noexcept {
    return handle(lamella::python::dtype_object(dtype)).inc_ref();
  }
};

/// A shape or a list of axes: ints in a sequence, or one int.
template <>
struct type_caster<lamella::Dims> {
  NB_TYPE_CASTER(lamella::Dims, const_name("int | collections.abc.Sequence[int]"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    return lamella::python::to_dims(source, value);
  }
  static handle from_cpp(const lamella::Dims& dims, rv_policy, cleanup_list*) noexcept {
    return lamella::python::make_size(dims);
  }
};

/// One number for all axes or one an axis; None: not given.
template <>
struct type_caster<lamella::Extents> {
  NB_TYPE_CASTER(lamella::Extents, const_name("int | collections.abc.Sequence[int]"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    if (source == Py_None) return true;
    lamella::Dims dims;
    if (!lamella::python::to_dims(source, dims)) return false;
    value = lamella::Extents(std::move(dims));
    return true;
  }
};

template <>
struct type_caster<lamella::ScaleFactors> {
  NB_TYPE_CASTER(lamella::ScaleFactors, const_name("float | collections.abc.Sequence[float]"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    PyObject* const source = object.ptr();
    if (source == Py_None) return true;
    lamella::SmallVector<double, 6> reals;
    if (!lamella::python::to_reals(source, reals)) return false;
    value = lamella::ScaleFactors(std::move(reals));
    return true;
  }
};

/// A convolution's padding: numbers, "same" or "valid".
template <>
struct type_caster<lamella::python::PaddingArgument> {
  NB_TYPE_CASTER(lamella::python::PaddingArgument, const_name("int | collections.abc.Sequence[int] | str"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    if (!PyUnicode_Check(object.ptr())) return lamella::python::to_dims(object.ptr(), value.each);
    value.word = PyUnicode_AsUTF8(object.ptr());
    return value.word != nullptr;
  }
};

/// None, "cpu", or a lamella.device.
template <>
struct type_caster<lamella::python::DeviceArgument> {
  NB_TYPE_CASTER(lamella::python::DeviceArgument, const_name("lamella.device | str | None"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    return lamella::python::to_device(object.ptr(), value);
  }
};

}  // namespace nanobind::detail
