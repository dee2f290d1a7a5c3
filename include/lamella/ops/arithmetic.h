// Elementwise arithmetic and comparison with PyTorch's broadcasting and type promotion. A Scalar operand is weaker than
// a tensor: it changes the dtype only if its category (bool < integer < floating-point) is higher.
#pragma once

#include <optional>
#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

/// a + alpha * b
Tensor add(const Tensor& a, const Tensor& b, Scalar alpha = 1);
Tensor add(const Tensor& a, Scalar b, Scalar alpha = 1);
/// a - alpha * b. Raises TypeError for bool tensors, as torch.
Tensor sub(const Tensor& a, const Tensor& b, Scalar alpha = 1);
Tensor sub(const Tensor& a, Scalar b, Scalar alpha = 1);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, Scalar b);
/// True division: integers give the default floating-point dtype.
Tensor div(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, Scalar b);
/// The quotient rounded towards zero ("trunc") or minus infinity ("floor"); integers stay integers.
Tensor div(const Tensor& a, const Tensor& b, std::string_view rounding_mode);
/// Rounded towards minus infinity. Integer division by zero raises Error.
Tensor floor_divide(const Tensor& a, const Tensor& b);
/// Python's %: the sign is the divisor's.
Tensor remainder(const Tensor& a, const Tensor& b);
/// C's fmod: the sign is the dividend's.
Tensor fmod(const Tensor& a, const Tensor& b);
Tensor pow(const Tensor& a, const Tensor& b);
Tensor pow(const Tensor& a, Scalar exponent);
/// NaN spreads. The gradient of a tie is split evenly.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);
/// condition ? a : b. `condition` is bool.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, Scalar a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, Scalar b);
Tensor where(const Tensor& condition, Scalar a, Scalar b);
/// Limits to [min, max]; an absent bound does not limit. The gradient is 1 where the value is inside or on a bound.
Tensor clamp(const Tensor& input, std::optional<Scalar> min, std::optional<Scalar> max);
/// By tensors, of which either may be undefined; where both bounds disagree the upper one wins.
Tensor clamp(const Tensor& input, const Tensor& min, const Tensor& max);
Tensor masked_fill(const Tensor& input, const Tensor& mask, Scalar value);
/// `value` is 0-d and is differentiated too.
Tensor masked_fill(const Tensor& input, const Tensor& mask, const Tensor& value);
/// start + weight (end - start)
Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight);
Tensor lerp(const Tensor& start, const Tensor& end, Scalar weight);
/// input + value a b
Tensor addcmul(const Tensor& input, const Tensor& a, const Tensor& b, Scalar value = 1);
/// input + value a / b. Raises for integers.
Tensor addcdiv(const Tensor& input, const Tensor& a, const Tensor& b, Scalar value = 1);
/// The angle of the point (b, a).
Tensor atan2(const Tensor& a, const Tensor& b);
/// sqrt(a^2 + b^2)
Tensor hypot(const Tensor& a, const Tensor& b);
/// |a| with b's sign.
Tensor copysign(const Tensor& a, const Tensor& b);
/// log(exp(a) + exp(b)) without overflow.
Tensor logaddexp(const Tensor& a, const Tensor& b);

Tensor neg(const Tensor& a);
Tensor abs(const Tensor& a);
Tensor sign(const Tensor& a);
Tensor square(const Tensor& a);
Tensor sqrt(const Tensor& a);
Tensor rsqrt(const Tensor& a);
Tensor reciprocal(const Tensor& a);
Tensor exp(const Tensor& a);
Tensor log(const Tensor& a);
Tensor log1p(const Tensor& a);
Tensor expm1(const Tensor& a);
Tensor sin(const Tensor& a);
Tensor cos(const Tensor& a);
Tensor erf(const Tensor& a);
Tensor floor(const Tensor& a);
Tensor ceil(const Tensor& a);
Tensor round(const Tensor& a);  ///< half to even
/// To a number of decimals; negative ones round before the point.
Tensor round(const Tensor& a, std::int64_t decimals);
Tensor trunc(const Tensor& a);
/// x - trunc(x)
Tensor frac(const Tensor& a);
Tensor log2(const Tensor& a);
Tensor log10(const Tensor& a);
Tensor exp2(const Tensor& a);
Tensor tan(const Tensor& a);
Tensor asin(const Tensor& a);
Tensor acos(const Tensor& a);
Tensor atan(const Tensor& a);
Tensor sinh(const Tensor& a);
Tensor cosh(const Tensor& a);
Tensor asinh(const Tensor& a);
Tensor acosh(const Tensor& a);
Tensor atanh(const Tensor& a);
Tensor erfc(const Tensor& a);
/// log(x / (1 - x)), with x first limited to [eps, 1 - eps] where eps is given.
Tensor logit(const Tensor& a, std::optional<double> eps = {});
/// NaN and infinities replaced: by default with 0 and the largest finite numbers of the dtype.
Tensor nan_to_num(const Tensor& a, double nan = 0.0, std::optional<double> posinf = {},
                  std::optional<double> neginf = {});

// Bits of integers and bools; shifts are for integers.
Tensor bitwise_and(const Tensor& a, const Tensor& b);
Tensor bitwise_or(const Tensor& a, const Tensor& b);
Tensor bitwise_xor(const Tensor& a, const Tensor& b);
Tensor bitwise_not(const Tensor& a);
Tensor bitwise_left_shift(const Tensor& a, const Tensor& b);
Tensor bitwise_right_shift(const Tensor& a, const Tensor& b);

// Comparisons give bool.
Tensor eq(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, const Tensor& b);
Tensor lt(const Tensor& a, const Tensor& b);
Tensor le(const Tensor& a, const Tensor& b);
Tensor gt(const Tensor& a, const Tensor& b);
Tensor ge(const Tensor& a, const Tensor& b);
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& a);
Tensor isnan(const Tensor& a);
Tensor isinf(const Tensor& a);
Tensor isfinite(const Tensor& a);

/// A 0-d tensor of a number that promotes as a number (torch's wrapped numbers).
Tensor wrapped(Scalar value);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, Scalar b) { return add(a, b); }
inline Tensor operator+(Scalar a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator-(const Tensor& a, Scalar b) { return sub(a, b); }
inline Tensor operator-(Scalar a, const Tensor& b) { return sub(wrapped(a), b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator*(const Tensor& a, Scalar b) { return mul(a, b); }
inline Tensor operator*(Scalar a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator/(const Tensor& a, Scalar b) { return div(a, b); }
inline Tensor operator/(Scalar a, const Tensor& b) { return div(wrapped(a), b); }
inline Tensor operator-(const Tensor& a) { return neg(a); }
inline Tensor operator==(const Tensor& a, const Tensor& b) { return eq(a, b); }
inline Tensor operator==(const Tensor& a, Scalar b) { return eq(a, wrapped(b)); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return ne(a, b); }
inline Tensor operator!=(const Tensor& a, Scalar b) { return ne(a, wrapped(b)); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return lt(a, b); }
inline Tensor operator<(const Tensor& a, Scalar b) { return lt(a, wrapped(b)); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return le(a, b); }
inline Tensor operator<=(const Tensor& a, Scalar b) { return le(a, wrapped(b)); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return gt(a, b); }
inline Tensor operator>(const Tensor& a, Scalar b) { return gt(a, wrapped(b)); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return ge(a, b); }
inline Tensor operator>=(const Tensor& a, Scalar b) { return ge(a, wrapped(b)); }
inline const Tensor& operator+=(const Tensor& a, const Tensor& b) { return a.add_(b); }
inline const Tensor& operator+=(const Tensor& a, Scalar b) { return a.add_(b); }
inline const Tensor& operator-=(const Tensor& a, const Tensor& b) { return a.sub_(b); }
inline const Tensor& operator-=(const Tensor& a, Scalar b) { return a.sub_(wrapped(b)); }
inline const Tensor& operator*=(const Tensor& a, const Tensor& b) { return a.mul_(b); }
inline const Tensor& operator*=(const Tensor& a, Scalar b) { return a.mul_(b); }
inline const Tensor& operator/=(const Tensor& a, const Tensor& b) { return a.div_(b); }
inline const Tensor& operator/=(const Tensor& a, Scalar b) { return a.div_(b); }

/// Same shape, and all elements close: |a - b| <= atol + rtol * |b|.
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);
/// The same element by element, broadcast.
Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);
/// Same shape and dtype category, and all elements equal.
bool equal(const Tensor& a, const Tensor& b);

}  // namespace lamella
