#include <lamella/scalar.h>

#include <atomic>

#include <fmt/format.h>

#include <lamella/error.h>

namespace lamella {

namespace {
std::atomic<DType> default_floating_point{DType::kFloat32};
}

std::string to_string(const Scalar& scalar) {
  switch (scalar.kind()) {
    case Scalar::Kind::kBool:
      return scalar.to_bool() ? "true" : "false";
    case Scalar::Kind::kInt:
      return fmt::format("{}", scalar.to_int());
    case Scalar::Kind::kFloat:
      break;
  }
  return fmt::format("{}", scalar.to_double());
}

DType promote_types(DType a, DType b) {
  if (a == b) return a;
  if (is_floating_point(a) || is_floating_point(b)) {
    if (!is_floating_point(a)) return b;
    if (!is_floating_point(b)) return a;
    // The two 16-bit types hold neither of each other.
    if (size_of(a) == 2 && size_of(b) == 2) return DType::kFloat32;
    return a > b ? a : b;
  }
  if (a == DType::kBool) return b;
  if (b == DType::kBool) return a;
  const bool unsigned_a = a == DType::kUInt8;
  const bool unsigned_b = b == DType::kUInt8;
  if (unsigned_a || unsigned_b) {  // uint8 and a signed type: the smallest signed type that holds both
    const DType other = unsigned_a ? b : a;
    return other == DType::kInt8 ? DType::kInt16 : other;
  }
  return a > b ? a : b;
}

bool can_cast(DType from, DType to) {
  if (is_floating_point(from) && !is_floating_point(to)) return false;
  return !(from != DType::kBool && to == DType::kBool);
}

DType default_dtype() { return default_floating_point.load(std::memory_order_relaxed); }

void set_default_dtype(DType dtype) {
  if (!is_floating_point(dtype)) {
    throw TypeError(fmt::format("only floating-point types are supported as the default type, got {}", name_of(dtype)));
  }
  default_floating_point.store(dtype, std::memory_order_relaxed);
}

}  // namespace lamella
