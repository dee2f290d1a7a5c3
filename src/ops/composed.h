// In-place forms of functions that are made of several operators.
#pragma once

#include <string_view>

#include <lamella/tensor.h>

#include "core/tensor_impl.h"
#include "ops/view_history.h"

namespace lamella {

/// self = fn(old values of self). The old values are a copy, with the old history, so that whatever `fn` saves of them
/// stays as it was. Raises as every in-place operator does where the result does not fit.
template <typename Fn>
const Tensor& composed_in_place(std::string_view name, const Tensor& self, Fn&& fn) {
  const Tensor result = fn(self.clone());
  check_inplace_result(name, self, result.shape(), result.dtype());
  return self.copy_(result);
}

}  // namespace lamella
