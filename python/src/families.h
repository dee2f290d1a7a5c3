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
void bind_unary(const Scope& scope);
void bind_arithmetic(const Scope& scope);
void bind_compare(const Scope& scope);
void bind_select(const Scope& scope);
void bind_conv(const Scope& scope);
void bind_pool(const Scope& scope);
void bind_norm(const Scope& scope);
void bind_linear(const Scope& scope);
void bind_loss(const Scope& scope);
void bind_interpolate(const Scope& scope);
void bind_dropout(const Scope& scope);
void bind_index(const Scope& scope);
void bind_sort(const Scope& scope);
void bind_special(const Scope& scope);
void bind_search(const Scope& scope);
void bind_metadata(const Scope& scope);
void bind_reduce(const Scope& scope);
void bind_view(const Scope& scope);
void bind_join(const Scope& scope);
void bind_optim(const Scope& scope);
void bind_io(const Scope& scope);

}  // namespace lamella::python
