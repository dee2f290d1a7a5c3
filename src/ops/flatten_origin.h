// What flattened features were before, for the error text of a linear layer that gets the wrong number of them.
#pragma once

#include <string>

#include <lamella/dims.h>

namespace lamella {

// Between the flatten and the linear layer stand operators that keep the shape (ReLU, dropout, a norm), in grad mode or
// not. A note carried by the tensor would have to pass through each of them, and each would pay for it. So the thread
// remembers the shapes of its last few flattenings instead, a few stores a view, and a tensor is recognised by its
// shape. The worst that a coincidence can do is a true equation that does not help.

/// Notes that `from` was viewed as `to`, if that made one axis of the last axes of a feature map:
/// [N, C, H, W] -> [N, C*H*W], after any number of leading axes. Other views are ignored.
void note_flatten(const Dims& from, const Dims& to);

/// A tensor of this shape was made of something else, such as by a linear layer: forgets flattenings that gave it.
void forget_flatten(const Dims& shape);

/// " (= 32·7·7 after flatten)" for the last axis of `shape`, or "" where no flattening of this thread gave that shape.
std::string flatten_origin(const Dims& shape);

}  // namespace lamella
