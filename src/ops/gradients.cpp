// What the tape needs of the operators (autograd/node.h).
#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "autograd/node.h"

namespace lamella {

Tensor add_gradients(const Tensor& a, const Tensor& b, bool in_place) {
  if (!in_place) return add(a, b);
  const NoGradGuard guard;
  a.add_(b);
  return a;
}

Tensor ones_like_gradient(const Tensor& root) { return ones(root.shape(), {.dtype = root.dtype()}); }

Tensor cast_gradient(const Tensor& gradient, const TensorMeta& like) {
  if (!(gradient.shape() == like.shape)) {
    if (broadcast_shapes(gradient.shape(), like.shape) == gradient.shape())
      return sum_to_size(gradient, like.shape).to(like.dtype);
    throw Error(fmt::format("a backward function returned a gradient of shape {} for an output of shape {}",
                            to_string(gradient.shape()), to_string(like.shape)));
  }
  return gradient.to(like.dtype);
}

bool has_nan(const Tensor& gradient) {
  const NoGradGuard guard;
  return is_floating_point(gradient.dtype()) && any(isnan(gradient)).item<bool>();
}

}  // namespace lamella
