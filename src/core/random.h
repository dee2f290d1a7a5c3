// Random numbers into raw memory, in PyTorch's order of draws: what the tensor functions stand on.
//
// PyTorch fills element by element in memory order (of dense tensors, whatever their strides), and so do these.
// Sources: ATen/core/DistributionsHelper.h, TransformationHelper.h and native/cpu/DistributionTemplates.h of
// PyTorch 2.13. Uniform, integer and Bernoulli numbers are equal to the last bit, float32 normal numbers too where
// PyTorch uses AVX2.
//
// Thread safety: each fill locks its generator for its whole length. An empty fill draws nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include <lamella/dtype.h>
#include <lamella/random.h>

namespace lamella {

/// The draws of a generator, which is locked for as long as this lives.
class RandomDraws {
 public:
  explicit RandomDraws(Generator& generator) : lock_(generator.mutex_), state_(generator.state_) {}

  /// 32 random bits.
  std::uint32_t next32();
  /// 64 random bits: two draws, the upper half first.
  std::uint64_t next64();
  /// As many draws of 32 bits as `out` has places.
  void next32(std::span<std::uint32_t> out);
  /// A double in [0, 1), a multiple of 2^-53.
  double uniform();
  /// A number of the standard normal distribution, by Box and Muller's transform, which yields two: every other call
  /// draws nothing.
  double normal();

 private:
  void twist();
  std::lock_guard<std::mutex> lock_;
  Generator::State& state_;
};

/// uniform_(from, to): numbers in [from, to) of a floating-point dtype. Raises ValueError unless from <= to and both
/// and their difference are finite in the dtype.
void fill_uniform(Generator& generator, void* data, std::int64_t n, DType dtype, double from = 0, double to = 1);

/// normal_(mean, std) of a contiguous tensor of a floating-point dtype. 16 and more elements take PyTorch's blockwise
/// path, in which the last 16 elements are drawn anew unless 16 divides n; fewer take the scalar one. Raises ValueError
/// if std < 0.
void fill_normal(Generator& generator, void* data, std::int64_t n, DType dtype, double mean = 0, double std = 1);

/// normal_(mean, std) of a tensor that is not contiguous, in its memory order: the scalar path for any n.
void fill_normal_scalar(Generator& generator, void* data, std::int64_t n, DType dtype, double mean = 0, double std = 1);

/// exponential_(lambda) of a floating-point dtype. Raises ValueError unless lambda > 0.
void fill_exponential(Generator& generator, void* data, std::int64_t n, DType dtype, double lambda = 1);

/// bernoulli_(p): 1 with probability p, else 0, of any dtype. Raises ValueError unless 0 <= p <= 1. These are PyTorch's
/// numbers on every CPU but Intel's, where it takes them from MKL.
void fill_bernoulli(Generator& generator, void* data, std::int64_t n, DType dtype, double p);

/// bernoulli(probabilities): element i is 1 with probability p[i], of the floating-point dtype `p_dtype`. Raises
/// ValueError unless all of them lie in [0, 1].
void fill_bernoulli(Generator& generator, void* data, std::int64_t n, DType dtype, const void* p, DType p_dtype);

/// random_(low, high), randint: whole numbers in [low, high) of any dtype. Raises ValueError unless low < high and both
/// ends fit the dtype.
void fill_randint(Generator& generator, void* data, std::int64_t n, DType dtype, std::int64_t low, std::int64_t high);

/// random_(): whole numbers from 0 to the largest of an integer dtype, 0 or 1 of bool, 0 to 2^digits of a
/// floating-point dtype.
void fill_random(Generator& generator, void* data, std::int64_t n, DType dtype);

/// randperm(n): the numbers 0 … n-1 in random order.
void fill_randperm(Generator& generator, std::int64_t* data, std::int64_t n);

}  // namespace lamella
