// Dropout: the random zeros are drawn from PyTorch's stream.
#pragma once

#include <lamella/tensor.h>

namespace lamella {

/// In training each element is zero with probability p, and the others are scaled by 1 / (1 - p); otherwise the input
/// itself.
Tensor dropout(const Tensor& input, double p = 0.5, bool training = true);
/// Whole channels of [N, C, *] are dropped.
Tensor dropout2d(const Tensor& input, double p = 0.5, bool training = true);

}  // namespace lamella
