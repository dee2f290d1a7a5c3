// What losses have in common: "mean", "sum" and "none", and the dtype that they are computed in.
#pragma once

#include <string_view>

#include <lamella/dtype.h>
#include <lamella/tensor.h>

namespace lamella {

/// Raises ValueError for another word.
Tensor reduce_loss(const Tensor& loss, std::string_view reduction);

/// The operands of a loss, 16-bit ones as float32, so that it rounds once; under autocast it does not round at all.
struct LossOperands {
  /// The result has the promoted dtype of the two.
  LossOperands(const Tensor& input, const Tensor& target);
  /// The result has `result`.
  LossOperands(const Tensor& input, const Tensor& target, DType result);
  Tensor rounded(const Tensor& loss) const;

  Tensor input;
  Tensor target;
  DType dtype;
};

}  // namespace lamella
