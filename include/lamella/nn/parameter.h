// Parameter: a tensor that a module learns.
#pragma once

#include <iosfwd>
#include <string>

#include <lamella/tensor.h>

namespace lamella::nn {

/// A leaf tensor that requires grad. It is its own type so that a module can tell what it learns from what it only
/// keeps.
class Parameter : public Tensor {
 public:
  /// Undefined: a layer without a bias.
  Parameter() = default;
  /// Shares the memory of `data`, without its history. Raises for integer dtypes where a gradient is asked for.
  explicit Parameter(const Tensor& data, bool requires_grad = true);

  /// "Parameter containing:\ntensor(…, requires_grad=True)", as PyTorch prints it.
  std::string to_string() const;
};

std::ostream& operator<<(std::ostream& out, const Parameter& parameter);

}  // namespace lamella::nn
