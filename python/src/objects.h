// The small Python types of the module: Size, dtype, device, and the look-up of Tensor's.
#pragma once

#include "bind.h"

namespace lamella::python {

/// Whether an object is a lamella.Tensor that has been made (`Tensor.__new__` alone makes none).
bool is_tensor(PyObject* object) noexcept;
void set_tensor_type(nb::handle type);

void bind_size(nb::module_& m);
void bind_dtype(nb::module_& m);
void bind_device(nb::module_& m);

}  // namespace lamella::python
