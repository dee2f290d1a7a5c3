// Activations: lamella.relu(x), x.relu(), lamella.nn.functional.relu(x, inplace=False).
#include <lamella/ops/activation.h>

#include <lamella/ops/inplace.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

using Plain = Tensor (*)(const Tensor&);
using InPlace = const Tensor& (*)(const Tensor&);

/// functional.name(input, inplace=False)
template <Plain kPlain, InPlace kInPlace>
void bind_functional(const Scope& scope, const char* name) {
  scope.functional(
      name, [](const Tensor& input, bool inplace) { return inplace ? kInPlace(input) : kPlain(input); }, "input",
      "inplace"_a = false);
}

void bind_without_parameters(const Scope& scope) {
  scope.both("relu", &relu, "input").both("relu_", &relu_, "input").functional("relu_", &relu_, "input");
  scope.both("selu", &selu, "input").both("selu_", &selu_, "input").functional("selu_", &selu_, "input");
  scope.both("sigmoid", &sigmoid, "input").both("sigmoid_", &sigmoid_, "input");
  scope.both("tanh", &tanh, "input").both("tanh_", &tanh_, "input");
  scope.functional("sigmoid", &sigmoid, "input").functional("tanh", &tanh, "input");
  bind_functional<relu, relu_>(scope, "relu");
  bind_functional<relu6, relu6_>(scope, "relu6");
  bind_functional<silu, silu_>(scope, "silu");
  bind_functional<mish, mish_>(scope, "mish");
  bind_functional<selu, selu_>(scope, "selu");
  bind_functional<hardswish, hardswish_>(scope, "hardswish");
  bind_functional<hardsigmoid, hardsigmoid_>(scope, "hardsigmoid");
  scope.functional("logsigmoid", &logsigmoid, "input");
  scope.functional("softsign", &softsign, "input");
  scope.functional("tanhshrink", &tanhshrink, "input");
}

/// functional.name(input, alpha, inplace=False) and name_(input, alpha)
template <Tensor (*kPlain)(const Tensor&, double), const Tensor& (*kInPlace)(const Tensor&, double)>
void bind_with_slope(const Scope& scope, const char* name, const char* in_place_name, const char* parameter,
                     double value) {
  scope.functional(
      name,
      [](const Tensor& input, double slope, bool inplace) {
        return inplace ? kInPlace(input, slope) : kPlain(input, slope);
      },
      "input", nb::arg(parameter) = value, "inplace"_a = false);
  scope.functional(in_place_name, kInPlace, "input", nb::arg(parameter) = value);
}

void bind_with_parameters(const Scope& scope) {
  bind_with_slope<leaky_relu, leaky_relu_>(scope, "leaky_relu", "leaky_relu_", "negative_slope", 0.01);
  bind_with_slope<elu, elu_>(scope, "elu", "elu_", "alpha", 1.0);
  bind_with_slope<celu, celu_>(scope, "celu", "celu_", "alpha", 1.0);
  scope.function("celu", &celu, "input", "alpha"_a = 1.0).function("celu_", &celu_, "input", "alpha"_a = 1.0);
  scope.functional(
      "hardtanh",
      [](const Tensor& input, double min_val, double max_val, bool inplace) {
        return inplace ? hardtanh_(input, min_val, max_val) : hardtanh(input, min_val, max_val);
      },
      "input", "min_val"_a = -1.0, "max_val"_a = 1.0, "inplace"_a = false);
  scope.functional("hardtanh_", &hardtanh_, "input", "min_val"_a = -1.0, "max_val"_a = 1.0);
  scope.functional(
      "threshold",
      [](const Tensor& input, double limit, double value, bool inplace) {
        return inplace ? threshold_(input, limit, value) : threshold(input, limit, value);
      },
      "input", "threshold"_a, "value"_a, "inplace"_a = false);
  scope.functional("threshold_", &threshold_, "input", "threshold"_a, "value"_a);
  scope.function("threshold", &threshold, "input", "threshold"_a, "value"_a);
  scope.functional("gelu", &gelu, "input", nb::kw_only(), "approximate"_a = "none");
  scope.functional("softplus", &softplus, "input", "beta"_a = 1.0, "threshold"_a = 20.0);
  scope.both("hardshrink", &hardshrink, "input", "lambd"_a = 0.5);
  scope.functional("hardshrink", &hardshrink, "input", "lambd"_a = 0.5);
  scope.functional("softshrink", &softshrink, "input", "lambd"_a = 0.5);
  scope.both("prelu", &prelu, "input", "weight"_a).functional("prelu", &prelu, "input", "weight"_a);
  scope.functional("glu", &glu, "input", "dim"_a = -1);
  const auto rrelu_of = [](const Tensor& input, double lower, double upper, bool training, bool inplace) {
    if (!inplace) return rrelu(input, lower, upper, training);
    if (!training) return leaky_relu_(input, (lower + upper) / 2);
    // The derivative needs the values from before.
    return input.copy_(rrelu(input.clone(), lower, upper, training));
  };
  scope.functional("rrelu", rrelu_of, "input", "lower"_a = 1.0 / 8, "upper"_a = 1.0 / 3, "training"_a = false,
                   "inplace"_a = false);
  scope.functional(
      "rrelu_",
      [rrelu_of](const Tensor& input, double lower, double upper, bool training) {
        return rrelu_of(input, lower, upper, training, true);
      },
      "input", "lower"_a = 1.0 / 8, "upper"_a = 1.0 / 3, "training"_a = false);
}

/// torch's choice where no dim is given, which it warns of.
std::int64_t implicit_dim(const Tensor& input, OptionalInt dim) {
  if (dim) return *dim;
  const nb::gil_scoped_acquire python;
  warn("Implicit dimension choice for softmax has been deprecated. Change the call to include dim=X as an argument.");
  const std::int64_t rank = input.dim();
  return rank == 0 || rank == 1 || rank == 3 ? 0 : 1;
}

using AlongAxis = Tensor (*)(const Tensor&, std::int64_t);

template <AlongAxis kFunction>
Tensor along(const Tensor& input, std::int64_t dim, OptionalDType dtype) {
  return kFunction(cast_to(input, dtype), dim);
}
template <AlongAxis kFunction>
Tensor along_implicit(const Tensor& input, OptionalInt dim, int, OptionalDType dtype) {
  return kFunction(cast_to(input, dtype), implicit_dim(input, dim));
}
template <AlongAxis kFunction>
void bind_softmax(const Scope& scope, const char* name) {
  scope.both(name, along<kFunction>, "input", "dim"_a, "dtype"_a = nb::none());
  scope.functional(name, along_implicit<kFunction>, "input", "dim"_a = nb::none(), "_stacklevel"_a = 3,
                   "dtype"_a = nb::none());
}

}  // namespace

void bind_activation(const Scope& scope) {
  bind_without_parameters(scope);
  bind_with_parameters(scope);
  bind_softmax<softmax>(scope, "softmax");
  bind_softmax<log_softmax>(scope, "log_softmax");
  scope.functional("softmin", along_implicit<softmin>, "input", "dim"_a = nb::none(), "_stacklevel"_a = 3,
                   "dtype"_a = nb::none());
}

}  // namespace lamella::python
