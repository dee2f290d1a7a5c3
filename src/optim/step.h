// One step of one parameter: the arithmetic that the optimisers here and those of the Python package share.
#pragma once

#include <lamella/tensor.h>

#include "kernels/optim/optim.h"

namespace lamella::optim {

// The parameter is changed in place and its version bumped, whatever autograd's mode. State tensors have the
// parameter's shape and are updated in place; any floating-point dtype and any strides do. Raises ValueError for
// another shape, NotImplementedError for a parameter that is not of floating point, and, as any in-place operator,
// Error for a parameter whose elements share memory.

/// `buffer` may be undefined where the momentum is 0.
void sgd_step(const kernels::SgdStep& step, const Tensor& parameter, const Tensor& gradient, const Tensor& buffer);
/// `largest_square` undefined: no amsgrad.
void adam_step(const kernels::AdamStep& step, const Tensor& parameter, const Tensor& gradient, const Tensor& mean,
               const Tensor& square, const Tensor& largest_square);
/// `mean` undefined: not centred. `buffer` may be undefined where the momentum is 0.
void rmsprop_step(const kernels::RmsPropStep& step, const Tensor& parameter, const Tensor& gradient,
                  const Tensor& square, const Tensor& mean, const Tensor& buffer);

}  // namespace lamella::optim
