// One Python object a tensor: the object owns the TensorImpl, and C++ holds the object while it has any handle.
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "lifetime.h"
#include "objects.h"

namespace lamella::python {

namespace {

PyTypeObject* tensor_type = nullptr;

/// Objects whose last C++ handle went on a thread without the interpreter's lock. They are given back as soon as some
/// thread of ours has the lock again, or at once when much memory waits: a backward must not keep what it has freed,
/// nor wait for the lock at every tensor.
class Pending {
 public:
  static constexpr std::int64_t kMostBytes = 1 << 20;

  void add(PyObject* object, std::int64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      objects_.push_back(object);
      any_.store(true, std::memory_order_release);
      bytes_ += bytes;
      if (bytes_ < kMostBytes) return;
    }
    const nb::gil_scoped_acquire python;
    drain();
  }
  /// Needs the interpreter's lock.
  void drain() noexcept {
    while (any_.load(std::memory_order_acquire)) {
      std::vector<PyObject*> objects;
      {
        const std::lock_guard lock(mutex_);
        objects.swap(objects_);
        bytes_ = 0;
        any_.store(false, std::memory_order_release);
      }
      for (PyObject* object : objects) Py_DECREF(object);
    }
  }

 private:
  std::mutex mutex_;
  std::vector<PyObject*> objects_;
  std::int64_t bytes_ = 0;
  std::atomic<bool> any_ = false;
};

Pending& pending() {
  static Pending* const instance = new Pending;  // outlives every thread
  return *instance;
}

void retain_object(void* owner) {
  if (PyGILState_Check() != 0) {
    Py_INCREF(static_cast<PyObject*>(owner));
  } else {
    const nb::gil_scoped_acquire python;
    Py_INCREF(static_cast<PyObject*>(owner));
  }
}

void release_object(void* owner) {
  if (!nb::is_alive()) return;
  auto* object = static_cast<PyObject*>(owner);
  if (PyGILState_Check() != 0) {
    Py_DECREF(object);
    return;
  }
  const TensorImpl& tensor = *nb::inst_ptr<TensorImpl>(object);
  const bool last = tensor.storage->use_count() == 1;
  pending().add(object, last ? tensor.meta.numel() * static_cast<std::int64_t>(size_of(tensor.meta.dtype)) : 0);
}

/// The Python object of an array that has none, which it owns from now on; null with an error set if there is no
/// memory.
PyObject* make_object(TensorImpl* array) noexcept {
  try {
    return nb::inst_take_ownership(reinterpret_cast<PyObject*>(tensor_type), array).release().ptr();
  } catch (nb::python_error& error) {
    error.restore();
    return nullptr;
  }
}

}  // namespace

void give_back_pending() noexcept { pending().drain(); }

void take_lock_back(PyThreadState* state) noexcept {
  try {
    PyEval_RestoreThread(state);
  } catch (...) {  // not an exception, but the C library's way to end a thread: it must not be swallowed
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  }
}

void set_tensor_type(nb::handle type) {
  tensor_type = reinterpret_cast<PyTypeObject*>(type.ptr());
  set_foreign_owner_hooks({retain_object, release_object});
}

bool is_tensor(PyObject* object) noexcept {
  return (Py_TYPE(object) == tensor_type || PyType_IsSubtype(Py_TYPE(object), tensor_type) != 0) &&
         nb::inst_ready(object);
}

bool unwrap(PyObject* object, Tensor& tensor) noexcept {
  if (!is_tensor(object)) return false;
  tensor = make_tensor(RefPtr<TensorImpl>(nb::inst_ptr<TensorImpl>(object)));
  return true;
}

bool borrow(PyObject* object, BorrowedTensor& tensor) noexcept {
  if (!is_tensor(object)) return false;
  tensor = BorrowedTensor(nb::inst_ptr<TensorImpl>(object));
  return true;
}

PyObject* wrap(const Tensor& tensor) noexcept {
  if (!tensor.defined()) Py_RETURN_NONE;
  if (void* owner = tensor.impl()->foreign_owner()) {
    Py_INCREF(static_cast<PyObject*>(owner));
    return static_cast<PyObject*>(owner);
  }
  return nb::cast(tensor.impl(), nb::rv_policy::take_ownership).release().ptr();
}

PyObject* wrap(Tensor&& tensor) noexcept {
  if (!tensor.defined() || tensor.impl()->use_count() != 1) return wrap(static_cast<const Tensor&>(tensor));
  PyObject* const object = make_object(tensor.impl());
  if (object != nullptr) take_reference(std::move(tensor))->give_to(object);
  return object;
}

}  // namespace lamella::python
