#include <lamella/nn/dropout.h>

#include <fmt/format.h>

#include <lamella/ops/dropout.h>

#include "nn/print.h"

namespace lamella::nn {

DropoutBase::DropoutBase(double probability, bool in_place) : p(probability), inplace(in_place) {
  if (!(p >= 0 && p <= 1))
    throw ValueError(fmt::format("dropout probability has to be between 0 and 1, but got {}", p));
}

std::string DropoutBase::extra_repr() const {
  return fmt::format("p={}, inplace={}", python_number(p), python_bool(inplace));
}

Tensor Dropout::forward(const Tensor& input) {
  const Tensor result = dropout(input, p, training());
  return inplace && training() ? input.copy_(result) : result;
}

Tensor Dropout2d::forward(const Tensor& input) {
  const Tensor result = dropout2d(input, p, training());
  return inplace && training() ? input.copy_(result) : result;
}

}  // namespace lamella::nn
