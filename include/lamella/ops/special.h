// Special functions, and elementwise functions of two tensors that treat NaN, zero or signs in a way of their own.
#pragma once

#include <lamella/tensor.h>

namespace lamella {

/// The larger and the smaller of two numbers; of a number and a NaN the number. The gradient of a tie goes to the
/// first.
Tensor fmax(const Tensor& a, const Tensor& b);
Tensor fmin(const Tensor& a, const Tensor& b);
/// a log(b), and 0 where a is 0 and b is no NaN. Integers give the default floating-point dtype.
Tensor xlogy(const Tensor& a, const Tensor& b);
const Tensor& xlogy_(const Tensor& a, const Tensor& b);
/// 0 below zero (and for NaN), 1 above, `values` at zero. Both have one dtype, or Error is raised. No gradient.
Tensor heaviside(const Tensor& input, const Tensor& values);
/// Whether the sign bit is set: that of -0.0 is.
Tensor signbit(const Tensor& a);

// Integers give the default floating-point dtype. The forms with an underscore write into their argument.

/// The x for which erf(x) = a; infinite at -1 and 1, NaN beyond.
Tensor erfinv(const Tensor& a);
const Tensor& erfinv_(const Tensor& a);
/// The logarithm of |gamma(a)|.
Tensor lgamma(const Tensor& a);
const Tensor& lgamma_(const Tensor& a);
/// The derivative of lgamma. May be differentiated once.
Tensor digamma(const Tensor& a);
const Tensor& digamma_(const Tensor& a);
/// sin(pi a) / (pi a), and 1 at zero.
Tensor sinc(const Tensor& a);

}  // namespace lamella
