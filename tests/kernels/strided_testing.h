// Arrays of any dtype and layout for the tests of the strided kernels, read and written one element at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <ostream>
#include <random>
#include <vector>

#include "kernels/strided.h"

namespace lamella::kernels {

inline constexpr DType kAllDTypes[] = {DType::kBool,    DType::kUInt8,  DType::kInt8,    DType::kInt16,
                                       DType::kInt32,   DType::kInt64,  DType::kFloat16, DType::kBFloat16,
                                       DType::kFloat32, DType::kFloat64};

using Extents = std::vector<std::int64_t>;

inline void PrintTo(DType dtype, std::ostream* out) { *out << name_of(dtype); }

template <typename T>
T element_from(double value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<T>(value);
  } else {
    return T(static_cast<float>(value));
  }
}
template <typename T>
double element_to_double(T value) {
  if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<double>(value);
  } else {
    return static_cast<double>(static_cast<float>(value));
  }
}

/// What a value becomes when it is stored in `dtype`.
inline double rounded(DType dtype, double value) {
  return visit_dtype(dtype, [&]<typename T>() { return element_to_double(element_from<T>(value)); });
}

/// Memory with a shape and strides; `operator[]` and `set` take the flat index of the logical (row-major) order.
class Array {
 public:
  Array(DType dtype, Extents shape) : Array(dtype, shape, row_major(shape)) {}
  Array(DType dtype, Extents shape, Extents strides)
      : dtype_(dtype), shape_(std::move(shape)), strides_(std::move(strides)) {
    std::int64_t last = 0;
    for (std::size_t a = 0; a < shape_.size(); ++a) last += (std::max<std::int64_t>(shape_[a], 1) - 1) * strides_[a];
    memory_.resize(static_cast<std::size_t>(last + 1) * size_of(dtype));
  }

  static Extents row_major(const Extents& shape) {
    Extents strides(shape.size());
    std::int64_t total = 1;
    for (std::size_t a = shape.size(); a-- > 0;) {
      strides[a] = total;
      total *= std::max<std::int64_t>(shape[a], 1);
    }
    return strides;
  }

  DType dtype() const { return dtype_; }
  const Extents& shape() const { return shape_; }
  const Extents& strides() const { return strides_; }
  std::int64_t size() const { return numel(shape_); }
  std::vector<std::byte>& memory() { return memory_; }
  Operand out() { return {memory_.data(), dtype_, strides_.data()}; }
  ConstOperand in() const { return {memory_.data(), dtype_, strides_.data()}; }

  double operator[](std::int64_t i) const {
    return visit_dtype(dtype_, [&]<typename T>() {
      T value;
      std::memcpy(&value, &memory_[place(i) * sizeof(T)], sizeof(T));
      return element_to_double(value);
    });
  }
  void set(std::int64_t i, double value) {
    visit_dtype(dtype_, [&]<typename T>() {
      const T element = element_from<T>(value);
      std::memcpy(&memory_[place(i) * sizeof(T)], &element, sizeof(T));
    });
  }
  /// The strides with 0 along the axes where `zero` holds.
  Extents strides_without(const std::vector<bool>& zero) const {
    Extents result = strides_;
    for (std::size_t a = 0; a < result.size(); ++a) result[a] = zero[a] ? 0 : result[a];
    return result;
  }

 private:
  std::size_t place(std::int64_t i) const {
    std::int64_t offset = 0;
    for (std::size_t a = shape_.size(); a-- > 0;) {
      offset += i % shape_[a] * strides_[a];
      i /= shape_[a];
    }
    return static_cast<std::size_t>(offset);
  }

  DType dtype_;
  Extents shape_;
  Extents strides_;
  std::vector<std::byte> memory_;
};

/// Seeded random shapes, layouts and values.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}

  std::int64_t below(std::int64_t n) { return std::uniform_int_distribution<std::int64_t>(0, n - 1)(engine_); }
  bool chance(int percent) { return below(100) < percent; }
  DType dtype() { return kAllDTypes[below(kDTypeCount)]; }

  Extents shape(std::size_t most_axes = 4) {
    static constexpr std::int64_t kSizes[] = {1, 2, 3, 5, 8, 17, 33};
    Extents result(static_cast<std::size_t>(below(static_cast<std::int64_t>(most_axes) + 1)));
    for (std::int64_t& extent : result) extent = chance(2) ? 0 : kSizes[below(7)];
    while (numel(result) > 6000) result.pop_back();
    if (result.size() == 1 && chance(20)) result[0] = 2500;
    return result;
  }

  /// Axes in any order of memory, some of them twice as far apart as need be.
  Extents layout(const Extents& shape) {
    std::vector<std::size_t> order(shape.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (chance(60)) std::shuffle(order.begin(), order.end(), engine_);
    Extents strides(shape.size());
    std::int64_t total = 1;
    for (std::size_t i = order.size(); i-- > 0;) {
      if (chance(15)) total *= 2;
      strides[order[i]] = total;
      total *= std::max<std::int64_t>(shape[order[i]], 1);
    }
    return strides;
  }

  /// Small whole numbers and halves, exact in every dtype that holds them: -8 to 8, or 0 to 8.
  Array array(DType dtype, const Extents& shape, const Extents& strides) {
    Array result(dtype, shape, strides);
    for (std::int64_t i = 0; i < result.size(); ++i) result.set(i, value(dtype));
    return result;
  }
  Array array(DType dtype, const Extents& shape) { return array(dtype, shape, layout(shape)); }
  /// An array that repeats along some axes.
  Array repeating(DType dtype, const Extents& shape) {
    Extents strides = layout(shape);
    for (std::int64_t& stride : strides) stride = chance(30) ? 0 : stride;
    return array(dtype, shape, strides);
  }

  double value(DType dtype) {
    if (dtype == DType::kBool) return static_cast<double>(below(2));
    if (dtype == DType::kUInt8) return static_cast<double>(below(9));
    if (!is_floating_point(dtype)) return static_cast<double>(below(17) - 8);
    return static_cast<double>(below(33) - 16) / 2;
  }
  double uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine_); }
  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

}  // namespace lamella::kernels
