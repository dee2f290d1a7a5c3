// The parts of the module: one function a file, called by module.cpp.
#pragma once

#include "bind.h"

namespace lamella::python {

void bind_tensor(const Scope& scope);
void bind_activation(const Scope& scope);

}  // namespace lamella::python
