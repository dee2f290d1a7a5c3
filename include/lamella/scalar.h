// A number without a tensor. It is a type of its own because promotion treats it as weaker than any tensor's dtype.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>

#include <lamella/dtype.h>

namespace lamella {

/// A bool, an integer or a real number, as it was written.
class Scalar {
 public:
  enum class Kind : std::uint8_t { kBool, kInt, kFloat };

  Scalar() : Scalar(0) {}
  Scalar(bool value) : kind_(Kind::kBool), int_(value ? 1 : 0) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Scalar(T value) : kind_(Kind::kInt), int_(static_cast<std::int64_t>(value)) {}
  template <std::floating_point T>
  Scalar(T value) : kind_(Kind::kFloat), float_(static_cast<double>(value)) {}
  Scalar(bfloat16 value) : Scalar(static_cast<float>(value)) {}
  Scalar(float16 value) : Scalar(static_cast<float>(value)) {}

  Kind kind() const { return kind_; }
  bool is_float() const { return kind_ == Kind::kFloat; }
  double to_double() const { return is_float() ? float_ : static_cast<double>(int_); }
  std::int64_t to_int() const { return is_float() ? static_cast<std::int64_t>(float_) : int_; }
  bool to_bool() const { return is_float() ? float_ != 0 : int_ != 0; }

  template <typename T>
  T to() const {
    if constexpr (std::same_as<T, bool>) {
      return to_bool();
    } else if constexpr (std::integral<T>) {
      return static_cast<T>(to_int());
    } else if constexpr (std::floating_point<T>) {
      return static_cast<T>(to_double());
    } else {
      return T(static_cast<float>(to_double()));
    }
  }

  /// bool, int64 or the default floating-point dtype's category: what a 0-d tensor made of it would be.
  DType natural_dtype() const {
    return kind_ == Kind::kBool ? DType::kBool : kind_ == Kind::kInt ? DType::kInt64 : DType::kFloat32;
  }
  friend bool operator==(const Scalar& a, const Scalar& b) {
    return a.is_float() || b.is_float() ? a.to_double() == b.to_double() : a.int_ == b.int_;
  }

 private:
  Kind kind_;
  union {
    std::int64_t int_;
    double float_;
  };
};

/// "3", "0.5", "true".
std::string to_string(const Scalar& scalar);

/// PyTorch's promotion of two tensor dtypes of equal rank category (torch.promote_types).
DType promote_types(DType a, DType b);

/// torch.can_cast: whether the category of `from` fits into that of `to` (no float to int, no number to bool).
bool can_cast(DType from, DType to);

/// The dtype of factory functions that say none: float32 unless set. Raises TypeError for a dtype that is not
/// floating-point.
DType default_dtype();
void set_default_dtype(DType dtype);

}  // namespace lamella
