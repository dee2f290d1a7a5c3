// The parts of the module: one function a file, called by module.cpp.
#pragma once

#include "bind.h"

namespace lamella::python {

void bind_tensor(const Scope& scope);
void bind_autograd(const Scope& scope);
void bind_indexing(const Scope& scope);
void bind_values(const Scope& scope);
void bind_random(const Scope& scope);
void bind_create(const Scope& scope);
void bind_activation(const Scope& scope);
void bind_optim(const Scope& scope);
void bind_io(const Scope& scope);

}  // namespace lamella::python
