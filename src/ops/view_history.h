// Histories of views: what an in-place write through one alias means for the others.
//
// A differentiable view knows its base (the tensor that owns the history of the memory). A write through the view
// becomes a node of the base ("CopySlices": the base with one slice replaced), and every view's own history is made
// anew from the base's when it is next asked for (autograd/node.cpp, grad_fn_of), as in PyTorch.
#pragma once

#include <memory>
#include <string_view>

#include <lamella/tensor.h>

#include "autograd/node.h"

namespace lamella {

/// Notes that `view` looks at `source`'s memory.
void track_view(const Tensor& view, const Tensor& source);

/// Raises where the result of an in-place operator does not fit `self`: shape, dtype, or overlapping memory.
void check_inplace_result(std::string_view op, const Tensor& self, const Dims& shape, DType dtype);
/// Raises for a leaf that requires grad and for a view of one.
void check_inplace_allowed(std::string_view op, const Tensor& self);
/// Raises for a write under grad mode to a view that was made under no_grad, as in torch.
void check_tracked(std::string_view op, const Tensor& self, bool differentiable);

/// Makes `node` the last writer of `self`, directly or as a slice of its base.
void rebase_history(const Tensor& self, const std::shared_ptr<Node>& node);

}  // namespace lamella
