// How `call` applies an operator's autocast policy (op.h), for the functions that are made of several operators too.
#pragma once

#include <span>

#include "core/thread_state.h"
#include "ops/op.h"

namespace lamella {

/// Whether `policy` may change inputs on this thread now.
inline bool autocasts(AutocastPolicy policy) { return thread_state.autocast && policy != AutocastPolicy::kKeep; }

/// The inputs as the policy wants them; differentiable. Only floating-point tensors other than float64 change.
TensorList autocast_inputs(AutocastPolicy policy, std::span<const Tensor> inputs);
/// The same for one tensor of a function that has no row of its own.
Tensor autocast_input(AutocastPolicy policy, const Tensor& input);

}  // namespace lamella
