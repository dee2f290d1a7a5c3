// Python callables that C++ keeps: hooks and the backwards of custom functions.
#pragma once

#include <memory>

#include <lamella/error.h>

#include "bind.h"

namespace lamella::python {

/// A Python object that C++ may drop on any thread.
class KeptObject {
 public:
  explicit KeptObject(nb::handle object) : object_(object.inc_ref().ptr(), Drop{}) {}
  nb::handle get() const { return object_.get(); }

 private:
  struct Drop {
    void operator()(PyObject* object) const {
      if (!nb::is_alive()) return;
      const nb::gil_scoped_acquire python;
      Py_DECREF(object);
    }
  };
  std::shared_ptr<PyObject> object_;
};

/// Calls it as a hook on a gradient: None leaves the gradient as it is.
inline Tensor call_hook(const KeptObject& hook, const Tensor& gradient) {
  const nb::gil_scoped_acquire python;
  const nb::object result = hook.get()(gradient);
  Tensor replaced;
  if (!result.is_none() && !unwrap(result.ptr(), replaced)) {
    throw TypeError("a hook on a gradient must return a tensor or None, got " +
                    nb::cast<std::string>(result.type().attr("__name__")));
  }
  return replaced;
}

}  // namespace lamella::python
