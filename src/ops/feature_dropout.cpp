// Dropout of whole channels, and the forms that keep mean and variance of SELU activations.
#include <cmath>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/dropout.h>
#include <lamella/ops/view.h>

#include "ops/composed.h"

namespace lamella {

namespace {

/// What SELU sends minus infinity to: -scale * alpha.
constexpr double kSeluFloor = -1.7580993408473766;

void check_p(double p) {
  if (!(p >= 0 && p <= 1))
    throw ValueError(fmt::format("dropout probability has to be between 0 and 1, but got {}", p));
}

/// One number a channel of [N, C, *].
Dims channel_shape(const Tensor& input) {
  if (input.dim() < 2)
    throw Error(fmt::format("Feature dropout requires at least 2 dimensions in the input, got shape {}",
                            to_string(input.shape())));
  Dims shape(input.shape().size(), 1);
  shape[0] = input.size(0);
  shape[1] = input.size(1);
  return shape;
}

/// An input without a batch gets one, which the result loses again.
Tensor on_channels(const Tensor& input, std::int64_t axes, double p, bool training) {
  if (input.dim() == axes + 2) return dropout2d(input, p, training);  // any other rank is one example, as in torch
  return dropout2d(input.unsqueeze(0), p, training).squeeze(0);
}

/// Where the mask is 0 the value is SELU's floor; an affine map then restores mean 0 and variance 1.
Tensor alpha_dropped(const Tensor& input, Dims mask_shape, double p) {
  if (p == 1) return input * 0;
  const Tensor mask = empty(std::move(mask_shape), {.dtype = input.dtype()}).bernoulli_(1 - p);
  const double scale = 1 / std::sqrt((kSeluFloor * kSeluFloor * p + 1) * (1 - p));
  const Tensor shift = (mask - 1) * (-kSeluFloor * scale) + (-kSeluFloor * scale * p);
  return input * (mask * scale) + shift;
}

}  // namespace

Tensor dropout1d(const Tensor& input, double p, bool training) {
  if (input.dim() != 2 && input.dim() != 3)
    throw Error(fmt::format("dropout1d: Expected 2D or 3D input, but received a {}D input.", input.dim()));
  return on_channels(input, 1, p, training);
}
Tensor dropout3d(const Tensor& input, double p, bool training) { return on_channels(input, 3, p, training); }

Tensor alpha_dropout(const Tensor& input, double p, bool training) {
  check_p(p);
  if (!training || p == 0 || input.numel() == 0) return input;
  return alpha_dropped(input, input.shape(), p);
}
Tensor feature_alpha_dropout(const Tensor& input, double p, bool training) {
  check_p(p);
  if (!training || p == 0 || input.numel() == 0) return input;
  return alpha_dropped(input, channel_shape(input), p);
}
const Tensor& dropout_(const Tensor& self, double p, bool training) {
  check_p(p);
  if (!training || p == 0) return self;
  return composed_in_place("dropout_", self, [=](const Tensor& x) { return dropout(x, p, true); });
}

}  // namespace lamella
