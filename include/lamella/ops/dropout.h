// Dropout: the random zeros are drawn from PyTorch's stream.
#pragma once

#include <lamella/tensor.h>

namespace lamella {

/// In training each element is zero with probability p, and the others are scaled by 1 / (1 - p); otherwise the input
/// itself.
Tensor dropout(const Tensor& input, double p = 0.5, bool training = true);
/// Whole channels of [N, C, *] are dropped.
Tensor dropout2d(const Tensor& input, double p = 0.5, bool training = true);
/// The same of [N, C, L] or [C, L], and of [N, C, D, H, W] or [C, D, H, W].
Tensor dropout1d(const Tensor& input, double p = 0.5, bool training = true);
Tensor dropout3d(const Tensor& input, double p = 0.5, bool training = true);
/// Dropped elements (channels of [N, C, *]) get SELU's lowest value, and an affine map keeps mean 0 and variance 1.
/// Klambauer et al. 2017.
Tensor alpha_dropout(const Tensor& input, double p = 0.5, bool training = false);
Tensor feature_alpha_dropout(const Tensor& input, double p = 0.5, bool training = false);
const Tensor& dropout_(const Tensor& self, double p = 0.5, bool training = true);

}  // namespace lamella
