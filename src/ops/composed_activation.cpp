// Activations that are made of other operators, or of a kernel with a slope that is.
#include <cmath>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/inplace.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "ops/autocast.h"
#include "ops/composed.h"
#include "ops/elementwise.h"

namespace lamella {

using kernels::BinaryOp;
using kernels::UnaryOp;
using namespace elementwise;

namespace {

constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
constexpr double kSeluScale = 1.0507009873554804934193349852946;

void check_supported(std::string_view op, UnaryOp kernel, DType dtype) {
  if (!kernels::supports(kernel, dtype))
    throw NotImplementedError(
        fmt::format("{}: not implemented for {}; convert the input to float32", op, name_of(dtype)));
}

// mish: y = x t with t = tanh(softplus(x)), so y' = t + x (1 - t^2) sigmoid(x).

void forward_mish(const ForwardArgs& args) {
  check_supported("mish", UnaryOp::kMish, args.input(0).dtype());
  run_unary(UnaryOp::kMish, args.input(0).dtype(), args);
}
TensorList backward_mish(const BackwardArgs& args) {
  const Tensor& x = args.input(0);
  const Tensor t = tanh(softplus(x));
  return {args.grad() * (t + x * (1 - square(t)) * sigmoid(x))};
}
constexpr OpDef kMish{
    .name = "mish", .infer = infer_same, .forward = forward_mish, .backward = backward_mish, .saves_inputs = save(0)};

void forward_logsigmoid(const ForwardArgs& args) {
  check_supported("logsigmoid", UnaryOp::kLogSigmoid, args.input(0).dtype());
  run_unary(UnaryOp::kLogSigmoid, args.input(0).dtype(), args);
}
TensorList backward_logsigmoid(const BackwardArgs& args) { return {args.grad() * sigmoid(neg(args.input(0)))}; }
void infer_logsigmoid(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, {}, args.input(0).dtype});  // contiguous, as torch's
}
constexpr OpDef kLogSigmoid{.name = "logsigmoid",
                            .infer = infer_logsigmoid,
                            .forward = forward_logsigmoid,
                            .backward = backward_logsigmoid,
                            .saves_inputs = save(0)};

// hardtanh: the slope is 1 strictly inside of the bounds (clamp's is 1 on them too).

void forward_hardtanh_slope(const ForwardArgs& args) {
  run_binary(BinaryOp::kHardtanhBackward, args.output().dtype(), args, args.attributes.real("p0"),
             args.attributes.real("p1"));
}
extern const OpDef kHardtanhBackward;
TensorList backward_hardtanh_slope(const BackwardArgs& args) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = call(kHardtanhBackward, {args.grad(), args.input(1)}, args.attributes);
  if (args.needs_input(1)) gradients[1] = zeros(args.input_meta(1).shape, {.dtype = args.input_meta(1).dtype});
  return gradients;
}
void infer_hardtanh_slope(const InferArgs& args, OutputSpecs& outputs) { infer_as(args, outputs, args.input(0).dtype); }
constexpr OpDef kHardtanhBackward{.name = "hardtanh_backward",
                                  .infer = infer_hardtanh_slope,
                                  .forward = forward_hardtanh_slope,
                                  .backward = backward_hardtanh_slope,
                                  .saves_inputs = save(1)};

void forward_hardtanh(const ForwardArgs& args) {
  const DType dtype = args.input(0).dtype();
  if (dtype == DType::kBool) throw NotImplementedError("hardtanh: not implemented for bool");
  run_unary(UnaryOp::kClamp, dtype, args, args.attributes.real("p0"), args.attributes.real("p1"));
}
TensorList backward_hardtanh(const BackwardArgs& args) {
  return {call(kHardtanhBackward, {args.grad(), args.input(0)}, args.attributes)};
}
constexpr OpDef kHardtanh{.name = "hardtanh",
                          .infer = infer_same,
                          .forward = forward_hardtanh,
                          .backward = backward_hardtanh,
                          .saves_inputs = save(0)};

OwnedAttributes hardtanh_attributes(const Tensor& input, double low, double high) {
  if (low > high) throw ValueError(fmt::format("hardtanh: min_val {} is greater than max_val {}", low, high));
  if (input.dtype() == DType::kUInt8 && low < 0)
    throw Error("cannot do hardtanh on an unsigned type with negative limits");
  return {{"p0", low}, {"p1", high}};
}

/// A number of x's own dtype: unlike a Scalar it makes no integer tensor floating-point.
Tensor number_like(const Tensor& x, double value) { return full({}, value, {.dtype = x.dtype()}); }

void need_floating(std::string_view op, const Tensor& input) {
  if (!is_floating_point(input.dtype()))
    throw NotImplementedError(
        fmt::format("{}: not implemented for {}; convert the input to float32", op, name_of(input.dtype())));
}

}  // namespace

Tensor mish(const Tensor& input) { return call(kMish, {input}); }
const Tensor& mish_(const Tensor& self) { return call_inplace(kMish, self, {self}); }
Tensor logsigmoid(const Tensor& input) { return call(kLogSigmoid, {input}); }
Tensor hardtanh(const Tensor& input, double min_val, double max_val) {
  return call(kHardtanh, {input}, hardtanh_attributes(input, min_val, max_val));
}
const Tensor& hardtanh_(const Tensor& self, double min_val, double max_val) {
  return call_inplace(kHardtanh, self, {self}, hardtanh_attributes(self, min_val, max_val));
}

Tensor celu(const Tensor& input, double alpha) {
  if (alpha == 0) throw Error("celu: alpha must not be 0: CELU divides by it");
  return alpha == 1 ? elu(input) : elu(input / alpha) * alpha;
}
const Tensor& celu_(const Tensor& self, double alpha) {
  return composed_in_place("celu_", self, [=](const Tensor& x) { return celu(x, alpha); });
}
Tensor selu(const Tensor& input) { return elu(input, kSeluAlpha) * kSeluScale; }
const Tensor& selu_(const Tensor& self) { return composed_in_place("selu_", self, selu); }

Tensor softsign(const Tensor& input) { return input / (abs(input) + 1); }
Tensor tanhshrink(const Tensor& input) { return input - tanh(input); }
Tensor hardshrink(const Tensor& input, double lambd) {
  need_floating("hardshrink", input);
  return where(le(abs(input.detach()), wrapped(lambd)), number_like(input, 0), input);
}
Tensor softshrink(const Tensor& input, double lambd) {
  need_floating("softshrink", input);
  if (lambd < 0) throw Error(fmt::format("lambda must be greater or equal to 0, but found to be {}.", lambd));
  return input - clamp(input, Scalar(-lambd), Scalar(lambd));
}
Tensor threshold(const Tensor& input, double limit, double value) {
  return where(le(input.detach(), wrapped(limit)), number_like(input, value), input);
}
const Tensor& threshold_(const Tensor& self, double limit, double value) {
  return composed_in_place("threshold_", self, [=](const Tensor& x) { return threshold(x, limit, value); });
}

Tensor prelu(const Tensor& given, const Tensor& given_weight) {
  const Tensor input = autocast_input(AutocastPolicy::kLower, given);
  const Tensor weight = autocast_input(AutocastPolicy::kLower, given_weight);
  if (input.dtype() != weight.dtype())
    throw Error(fmt::format("prelu: Type promoting not supported. Got {} and {}", name_of(input.dtype()),
                            name_of(weight.dtype())));
  if (weight.dim() > 1)
    throw Error(fmt::format("prelu: Expected `weight` to be a scalar or 1D tensor, but got shape {}",
                            to_string(weight.shape())));
  Tensor slope = weight;
  if (weight.numel() == 1) {
    slope = weight.reshape({});
  } else {
    const std::int64_t channels = input.dim() > 1 ? input.size(1) : 1;
    if (input.dim() == 0 || channels != weight.numel())
      throw Error(
          fmt::format("Mismatch of parameter numbers and input channel size. Found parameter numbers = {} and "
                      "channel size = {} (input {}).",
                      weight.numel(), channels, to_string(input.shape())));
    Dims shape(input.shape().size(), 1);
    shape[1] = channels;
    slope = weight.reshape(std::move(shape));
  }
  return where(gt(input.detach(), wrapped(0)), input, input * slope);
}

Tensor rrelu(const Tensor& input, double lower, double upper, bool training, Generator* generator) {
  need_floating("rrelu", input);
  if (lower > upper)
    throw Error(
        fmt::format("rrelu: Lower bound should be less than or equal to the upper bound, got {} and {}", lower, upper));
  if (!training) return leaky_relu(input, (lower + upper) / 2);
  // One draw for each element that is not positive, in their order.
  const Tensor x = input.detach();
  const Tensor negative = le(x, wrapped(0));
  const auto count = sum(negative).item<std::int64_t>();
  const Tensor draws = rand({count}, {.dtype = DType::kFloat64, .generator = generator}) * (upper - lower) + lower;
  return input.contiguous() * masked_scatter(ones(input.shape(), {.dtype = x.dtype()}), negative, draws.to(x.dtype()));
}

Tensor glu(const Tensor& input, std::int64_t axis) {
  if (input.dim() == 0) throw Error("glu does not support 0-dimensional tensors");
  need_floating("glu", input);
  axis = normalize_axis(axis, input.dim());
  const std::int64_t extent = input.size(axis);
  if (extent % 2 != 0)
    throw Error(fmt::format("Halving dimension must be even, but dimension {} is size {}", axis, extent));
  return narrow(input, axis, 0, extent / 2) * sigmoid(narrow(input, axis, extent / 2, extent / 2));
}
Tensor softmin(const Tensor& input, std::int64_t axis) { return softmax(neg(input), axis); }

}  // namespace lamella
