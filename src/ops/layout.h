// Which strides a result has, by PyTorch's rules; and kernel operands made of tensors.
#pragma once

#include <span>

#include <lamella/dims.h>

#include "core/tensor_impl.h"
#include "kernels/strided.h"

namespace lamella {

/// Every element has its own place and there are no gaps.
bool is_dense(const TensorMeta& meta);

/// torch's preserve_format: the strides of a dense tensor, channels-last or contiguous ones otherwise. Empty:
/// contiguous.
Dims preserved_strides(const TensorMeta& meta);

/// Strides of an elementwise result of `shape` (TensorIterator's rule: axes keep the order of the inputs' strides).
/// Empty: contiguous.
Dims elementwise_strides(std::span<const TensorMeta* const> inputs, const Dims& shape);

/// A tensor as a kernel operand of `shape`: physical pointer and strides, broadcast axes with stride 0. Keep the object
/// alive while the kernel runs.
class Access {
 public:
  /// For reading.
  Access(const Tensor& tensor, const Dims& shape);
  operator kernels::ConstOperand() const { return {data_, dtype_, strides_.data()}; }

 protected:
  std::byte* data_;
  DType dtype_;
  Dims strides_;
  RefPtr<Buffer> keep_;
};

/// For writing: take it after all that is read.
class WriteAccess : public Access {
 public:
  explicit WriteAccess(const Tensor& tensor);
  operator kernels::Operand() const { return {data_, dtype_, strides_.data()}; }
};

}  // namespace lamella
