// Tensors from nothing: constants, ranges, random numbers, and values from C++ and foreign memory.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include <lamella/random.h>
#include <lamella/tensor.h>

namespace lamella {

/// What factory functions take besides the shape.
struct TensorOptions {
  std::optional<DType> dtype = {};  ///< default: default_dtype(), or the values' own
  bool requires_grad = false;
};
struct RandomOptions {
  std::optional<DType> dtype = {};
  bool requires_grad = false;
  Generator* generator = nullptr;  ///< default: default_generator()
};

Tensor empty(Dims shape, TensorOptions options = {});
Tensor zeros(Dims shape, TensorOptions options = {});
Tensor ones(Dims shape, TensorOptions options = {});
/// The dtype is the value's own where none is said (an integer gives int64).
Tensor full(Dims shape, Scalar value, TensorOptions options = {});
Tensor empty_like(const Tensor& like, TensorOptions options = {});
Tensor zeros_like(const Tensor& like, TensorOptions options = {});
Tensor ones_like(const Tensor& like, TensorOptions options = {});
Tensor full_like(const Tensor& like, Scalar value, TensorOptions options = {});
/// With strides of any kind (gaps and overlaps are the caller's own doing).
Tensor empty_strided(Dims shape, Dims strides, TensorOptions options = {});

/// start, start + step, … below end. int64 where all three are integers.
Tensor arange(Scalar start, Scalar end, Scalar step = 1, TensorOptions options = {});
Tensor arange(Scalar end);
/// `steps` numbers from start to end, both included.
Tensor linspace(double start, double end, std::int64_t steps, TensorOptions options = {});
Tensor eye(std::int64_t n, std::optional<std::int64_t> m = {}, TensorOptions options = {});

/// Uniform in [0, 1): PyTorch's numbers for the same seed, to the last bit.
Tensor rand(Dims shape, RandomOptions options = {});
/// Standard normal: PyTorch's numbers for the same seed, to rounding.
Tensor randn(Dims shape, RandomOptions options = {});
/// Integers in [low, high), int64 unless said.
Tensor randint(std::int64_t low, std::int64_t high, Dims shape, RandomOptions options = {});
/// A random permutation of 0 … n - 1.
Tensor randperm(std::int64_t n, RandomOptions options = {});
/// 1 with the probability that the element of `p` gives, else 0.
Tensor bernoulli(const Tensor& p, Generator* generator = nullptr);

/// Rectangular nested braces: {{1, 2}, {3, 4}}.
class NestedList {
 public:
  NestedList(Scalar value) : scalar_(value) {}
  template <typename T>
    requires std::is_arithmetic_v<T>
  NestedList(T value) : scalar_(value) {}
  NestedList(std::initializer_list<NestedList> items) : items_(items), is_list_(true) {}

 private:
  friend Tensor tensor(const NestedList& values, TensorOptions options);
  friend struct NestedListReader;
  Scalar scalar_;
  std::vector<NestedList> items_;
  bool is_list_ = false;
};

/// From nested braces; bool, int64 or the default floating-point dtype by what stands in them. Raises ValueError for
/// ragged lists.
Tensor tensor(const NestedList& values, TensorOptions options = {});
/// Copies values; the shape is that of the list unless given.
template <typename T>
Tensor tensor(std::span<const T> values, std::optional<Dims> shape = {}, TensorOptions options = {});
template <typename T>
Tensor tensor(const std::vector<T>& values, std::optional<Dims> shape = {}, TensorOptions options = {}) {
  return tensor(std::span<const T>(values), std::move(shape), options);
}

/// A tensor over memory of the caller's: no copy. `strides` are in elements, empty for contiguous; `release` runs when
/// the last tensor over it is gone. The memory must stay valid until then.
///
///   // An interleaved BGR picture with rows of `pitch` bytes, seen as three planes [3, height, width]:
///   const Tensor bgr = from_blob(pixels, {height, width, 3}, DType::kUInt8, {pitch, 3, 1}).permute({2, 0, 1});
///   const Tensor rgb = flip(bgr, {0});  // a copy, red first
Tensor from_blob(void* data, Dims shape, DType dtype, Dims strides = {}, std::function<void()> release = {});

}  // namespace lamella
