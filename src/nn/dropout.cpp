#include <lamella/nn/dropout.h>

#include <fmt/format.h>

#include <lamella/ops/dropout.h>

#include "nn/print.h"
#include "nn/type_name.h"

namespace lamella::nn {

DropoutBase::DropoutBase(const std::type_info& layer, double probability, bool in_place)
    : p(probability), inplace(in_place) {
  if (!(p >= 0 && p <= 1)) {
    throw ValueError(fmt::format("{}: dropout probability has to be between 0 and 1, but got {}", type_name_of(layer),
                                 python_number(p)));
  }
}

std::string DropoutBase::extra_repr() const {
  return fmt::format("p={}, inplace={}", python_number(p), python_bool(inplace));
}

Tensor DropoutBase::finish(const Tensor& input, const Tensor& result) const {
  return inplace && training() ? input.copy_(result) : result;
}

Tensor Dropout::forward(const Tensor& input) { return finish(input, dropout(input, p, training())); }
Tensor Dropout1d::forward(const Tensor& input) { return finish(input, dropout1d(input, p, training())); }
Tensor Dropout2d::forward(const Tensor& input) { return finish(input, dropout2d(input, p, training())); }
Tensor Dropout3d::forward(const Tensor& input) { return finish(input, dropout3d(input, p, training())); }
Tensor AlphaDropout::forward(const Tensor& input) { return finish(input, alpha_dropout(input, p, training())); }
Tensor FeatureAlphaDropout::forward(const Tensor& input) {
  return finish(input, feature_alpha_dropout(input, p, training()));
}

}  // namespace lamella::nn
