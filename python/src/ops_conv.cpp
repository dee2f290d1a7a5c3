// Convolutions: functional.conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1).
#include <lamella/ops/conv.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using Convolution = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, ConvOptions);
using Transposed = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, ConvTransposeOptions);

template <Convolution kFunction>
Tensor convolve(const Tensor& input, const Tensor& weight, const Tensor& bias, Extents stride, PaddingArgument padding,
                Extents dilation, std::int64_t groups) {
  return kFunction(input, weight, bias, {std::move(stride), padding, std::move(dilation), groups});
}
template <Transposed kFunction>
Tensor spread(const Tensor& input, const Tensor& weight, const Tensor& bias, Extents stride, Extents padding,
              Extents output_padding, std::int64_t groups, Extents dilation) {
  return kFunction(input, weight, bias,
                   {std::move(stride), std::move(padding), std::move(output_padding), groups, std::move(dilation)});
}

/// torch has these names in both namespaces.
template <Convolution kFunction>
void bind_convolution(const Scope& scope, const char* name) {
  const auto bind = [&](nb::module_ where) {
    where.def(name, guarded(convolve<kFunction>), "input"_a, "weight"_a, "bias"_a = nb::none(), "stride"_a = 1,
              "padding"_a = 0, "dilation"_a = 1, "groups"_a = 1);
  };
  bind(scope.torch);
  bind(scope.nn);
}
template <Transposed kFunction>
void bind_transposed(const Scope& scope, const char* name) {
  const auto bind = [&](nb::module_ where) {
    where.def(name, guarded(spread<kFunction>), "input"_a, "weight"_a, "bias"_a = nb::none(), "stride"_a = 1,
              "padding"_a = 0, "output_padding"_a = 0, "groups"_a = 1, "dilation"_a = 1);
  };
  bind(scope.torch);
  bind(scope.nn);
}

}  // namespace

void bind_conv(const Scope& scope) {
  bind_convolution<conv1d>(scope, "conv1d");
  bind_convolution<conv2d>(scope, "conv2d");
  bind_convolution<conv3d>(scope, "conv3d");
  bind_transposed<conv_transpose1d>(scope, "conv_transpose1d");
  bind_transposed<conv_transpose2d>(scope, "conv_transpose2d");
  bind_transposed<conv_transpose3d>(scope, "conv_transpose3d");
}

}  // namespace lamella::python
