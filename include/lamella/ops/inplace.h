// In-place forms of the elementwise operators: the result stands in the first argument, which is returned. The
// operator's own checks hold, and its result's shape and dtype (after promotion) must fit the tensor: Error says what
// does not. (add_, sub_, mul_, div_, copy_, fill_ and zero_ are methods of Tensor; activations and index operators have
// theirs beside them.)
#pragma once

#include <optional>

#include <lamella/tensor.h>

namespace lamella {

// One tensor.
const Tensor& neg_(const Tensor& self);
const Tensor& abs_(const Tensor& self);
const Tensor& sign_(const Tensor& self);
const Tensor& square_(const Tensor& self);
const Tensor& sqrt_(const Tensor& self);
const Tensor& rsqrt_(const Tensor& self);
const Tensor& reciprocal_(const Tensor& self);
const Tensor& exp_(const Tensor& self);
const Tensor& log_(const Tensor& self);
const Tensor& log1p_(const Tensor& self);
const Tensor& expm1_(const Tensor& self);
const Tensor& sin_(const Tensor& self);
const Tensor& cos_(const Tensor& self);
const Tensor& erf_(const Tensor& self);
const Tensor& floor_(const Tensor& self);
const Tensor& ceil_(const Tensor& self);
const Tensor& round_(const Tensor& self);
const Tensor& trunc_(const Tensor& self);
const Tensor& logical_not_(const Tensor& self);
const Tensor& log2_(const Tensor& self);
const Tensor& log10_(const Tensor& self);
const Tensor& exp2_(const Tensor& self);
const Tensor& tan_(const Tensor& self);
const Tensor& asin_(const Tensor& self);
const Tensor& acos_(const Tensor& self);
const Tensor& atan_(const Tensor& self);
const Tensor& sinh_(const Tensor& self);
const Tensor& cosh_(const Tensor& self);
const Tensor& asinh_(const Tensor& self);
const Tensor& acosh_(const Tensor& self);
const Tensor& atanh_(const Tensor& self);
const Tensor& erfc_(const Tensor& self);
const Tensor& bitwise_not_(const Tensor& self);
const Tensor& frac_(const Tensor& self);
const Tensor& sigmoid_(const Tensor& self);
const Tensor& tanh_(const Tensor& self);
const Tensor& round_(const Tensor& self, std::int64_t decimals);
const Tensor& nan_to_num_(const Tensor& self, double nan = 0.0, std::optional<double> posinf = {},
                          std::optional<double> neginf = {});
const Tensor& clamp_(const Tensor& self, std::optional<Scalar> min, std::optional<Scalar> max);

// Two tensors; a number is wrapped(number).
const Tensor& floor_divide_(const Tensor& self, const Tensor& other);
const Tensor& remainder_(const Tensor& self, const Tensor& other);
const Tensor& pow_(const Tensor& self, const Tensor& other);
const Tensor& eq_(const Tensor& self, const Tensor& other);
const Tensor& ne_(const Tensor& self, const Tensor& other);
const Tensor& lt_(const Tensor& self, const Tensor& other);
const Tensor& le_(const Tensor& self, const Tensor& other);
const Tensor& gt_(const Tensor& self, const Tensor& other);
const Tensor& ge_(const Tensor& self, const Tensor& other);
const Tensor& logical_and_(const Tensor& self, const Tensor& other);
const Tensor& logical_or_(const Tensor& self, const Tensor& other);
const Tensor& logical_xor_(const Tensor& self, const Tensor& other);
const Tensor& fmod_(const Tensor& self, const Tensor& other);
const Tensor& atan2_(const Tensor& self, const Tensor& other);
const Tensor& bitwise_and_(const Tensor& self, const Tensor& other);
const Tensor& bitwise_or_(const Tensor& self, const Tensor& other);
const Tensor& bitwise_xor_(const Tensor& self, const Tensor& other);
const Tensor& bitwise_left_shift_(const Tensor& self, const Tensor& other);
const Tensor& bitwise_right_shift_(const Tensor& self, const Tensor& other);
const Tensor& masked_fill_(const Tensor& self, const Tensor& mask, Scalar value);
const Tensor& masked_fill_(const Tensor& self, const Tensor& mask, const Tensor& value);

// Three tensors.
const Tensor& lerp_(const Tensor& self, const Tensor& end, const Tensor& weight);
const Tensor& lerp_(const Tensor& self, const Tensor& end, Scalar weight);
const Tensor& addcmul_(const Tensor& self, const Tensor& a, const Tensor& b, Scalar value = 1);
const Tensor& addcdiv_(const Tensor& self, const Tensor& a, const Tensor& b, Scalar value = 1);
/// An undefined bound does not limit.
const Tensor& clamp_(const Tensor& self, const Tensor& min, const Tensor& max);

}  // namespace lamella
