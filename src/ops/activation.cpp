// Activations: a forward, and a backward that is an operator of one pass itself, with its own derivative in terms of
// operators.
#include <lamella/ops/activation.h>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/inplace.h>

#include "ops/elementwise.h"

namespace lamella {

using kernels::BinaryOp;
using kernels::UnaryOp;
using namespace elementwise;

namespace {

// What the derivative of an activation reads.
constexpr std::uint32_t kInput = 1;
constexpr std::uint32_t kOutput = 2;

double p0_of(const Attributes& a) { return a.has("p0") ? a.real("p0") : 0; }
double p1_of(const Attributes& a) { return a.has("p1") ? a.real("p1") : 0; }

template <UnaryOp kOp>
void forward_activation(const ForwardArgs& args) {
  const DType dtype = args.input(0).dtype();
  if (!kernels::supports(kOp, dtype))
    throw NotImplementedError(
        fmt::format("this activation is not implemented for {}; convert the input to float32", name_of(dtype)));
  run_unary(kOp, dtype, args, p0_of(args.attributes), p1_of(args.attributes));
}

template <BinaryOp kOp>
void forward_slope(const ForwardArgs& args) {
  run_binary(kOp, args.output().dtype(), args, p0_of(args.attributes), p1_of(args.attributes));
}

void infer_slope(const InferArgs& args, OutputSpecs& outputs) { infer_as(args, outputs, args.input(0).dtype); }

/// dy * f'(x) for a function whose slope is piecewise constant: it is linear in dy, and x has no part in its
/// derivative.
TensorList linear_slope(const BackwardArgs& args, const OpDef& slope) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = call(slope, {args.grad(), args.input(1)}, args.attributes);
  if (args.needs_input(1)) gradients[1] = mul(args.grad(), Scalar(0.0));
  return gradients;
}

template <const OpDef& kSlope, std::uint32_t kReads>
TensorList backward_through(const BackwardArgs& args) {
  const Tensor inputs[] = {args.take_grad(), kReads == kInput ? args.input(0) : args.output()};
  return {call_all(kSlope, inputs, args.attributes)[0]};
}

// Piecewise linear: relu, relu6, leaky_relu, hardsigmoid.

template <BinaryOp kOp>
constexpr OpDef linear_slope_row(std::string_view name, TensorList (*backward)(const BackwardArgs&)) {
  return {.name = name,
          .infer = infer_slope,
          .forward = forward_slope<kOp>,
          .backward = backward,
          .saves_inputs = save(1),
          .overwrites = true};
}

template <UnaryOp kOp, const OpDef& kSlope, std::uint32_t kReads>
constexpr OpDef activation_row(std::string_view name) {
  return {.name = name,
          .infer = infer_same,
          .forward = forward_activation<kOp>,
          .backward = backward_through<kSlope, kReads>,
          .saves_inputs = kReads == kInput ? save(0) : kSaveNone,
          .saves_outputs = kReads == kOutput ? save(0) : kSaveNone};
}

extern const OpDef kReluBackward;
extern const OpDef kRelu6Backward;
extern const OpDef kLeakyReluBackward;
extern const OpDef kHardsigmoidBackward;
TensorList backward_relu_slope(const BackwardArgs& args) { return linear_slope(args, kReluBackward); }
TensorList backward_relu6_slope(const BackwardArgs& args) { return linear_slope(args, kRelu6Backward); }
TensorList backward_leaky_relu_slope(const BackwardArgs& args) { return linear_slope(args, kLeakyReluBackward); }
TensorList backward_hardsigmoid_slope(const BackwardArgs& args) { return linear_slope(args, kHardsigmoidBackward); }
constexpr OpDef kReluBackward = linear_slope_row<BinaryOp::kReluBackward>("relu_backward", backward_relu_slope);
constexpr OpDef kRelu6Backward = linear_slope_row<BinaryOp::kRelu6Backward>("relu6_backward", backward_relu6_slope);
constexpr OpDef kLeakyReluBackward =
    linear_slope_row<BinaryOp::kLeakyReluBackward>("leaky_relu_backward", backward_leaky_relu_slope);
constexpr OpDef kHardsigmoidBackward =
    linear_slope_row<BinaryOp::kHardsigmoidBackward>("hardsigmoid_backward", backward_hardsigmoid_slope);

constexpr OpDef kRelu = activation_row<UnaryOp::kRelu, kReluBackward, kOutput>("relu");
constexpr OpDef kRelu6 = activation_row<UnaryOp::kRelu6, kRelu6Backward, kInput>("relu6");
constexpr OpDef kLeakyRelu = activation_row<UnaryOp::kLeakyRelu, kLeakyReluBackward, kInput>("leaky_relu");
constexpr OpDef kHardsigmoid = activation_row<UnaryOp::kHardsigmoid, kHardsigmoidBackward, kInput>("hardsigmoid");

// leaky_relu_ keeps only what it wrote, whose sign says the same for a positive slope.
constexpr OpDef kLeakyReluInPlace = activation_row<UnaryOp::kLeakyRelu, kLeakyReluBackward, kOutput>("leaky_relu");

// Smooth ones: the slope operator's derivative by x (or y), written with operators.

TensorList smooth(const BackwardArgs& args, const OpDef& slope, Tensor (*curvature)(const Tensor&, const Attributes&)) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = call(slope, {args.grad(), args.input(1)}, args.attributes);
  if (args.needs_input(1)) gradients[1] = args.grad() * args.input(0) * curvature(args.input(1), args.attributes);
  return gradients;
}

template <BinaryOp kOp>
constexpr OpDef smooth_slope_row(std::string_view name, TensorList (*backward)(const BackwardArgs&)) {
  return {.name = name,
          .infer = infer_slope,
          .forward = forward_slope<kOp>,
          .backward = backward,
          .saves_inputs = save(0) | save(1),
          .overwrites = true};
}

extern const OpDef kSigmoidBackward;
extern const OpDef kTanhBackward;
extern const OpDef kGeluBackward;
extern const OpDef kGeluTanhBackward;
extern const OpDef kSiluBackward;
extern const OpDef kHardswishBackward;
extern const OpDef kSoftplusBackward;
extern const OpDef kEluBackward;

// sigmoid: y' = y (1 - y); as a function of y its slope is 1 - 2y.
Tensor sigmoid_curvature(const Tensor& y, const Attributes&) { return 1 - 2 * y; }
TensorList backward_sigmoid_slope(const BackwardArgs& args) {
  return smooth(args, kSigmoidBackward, sigmoid_curvature);
}
constexpr OpDef kSigmoidBackward =
    smooth_slope_row<BinaryOp::kSigmoidBackward>("sigmoid_backward", backward_sigmoid_slope);

// tanh: y' = 1 - y^2; as a function of y its slope is -2y.
Tensor tanh_curvature(const Tensor& y, const Attributes&) { return -2 * y; }
TensorList backward_tanh_slope(const BackwardArgs& args) { return smooth(args, kTanhBackward, tanh_curvature); }
constexpr OpDef kTanhBackward = smooth_slope_row<BinaryOp::kTanhBackward>("tanh_backward", backward_tanh_slope);

// gelu: y' = Phi(x) + x phi(x), y'' = phi(x) (2 - x^2), with phi the normal density.
Tensor gelu_curvature(const Tensor& x, const Attributes&) {
  const Tensor density = exp(square(x) * -0.5) * 0.3989422804014327;
  return density * (2 - square(x));
}
TensorList backward_gelu_slope(const BackwardArgs& args) { return smooth(args, kGeluBackward, gelu_curvature); }
constexpr OpDef kGeluBackward = smooth_slope_row<BinaryOp::kGeluBackward>("gelu_backward", backward_gelu_slope);

// gelu by tanh: y = x (1 + t) / 2 with t = tanh(u), u = k (x + c x^3);
// y'' = t' + x t'' / 2, t' = (1 - t^2) u', t'' = (1 - t^2) (u'' - 2 t u'^2).
Tensor gelu_tanh_curvature(const Tensor& x, const Attributes&) {
  constexpr double k = 0.7978845608028654;
  constexpr double c = 0.044715;
  const Tensor t = tanh((x + pow(x, 3) * c) * k);
  const Tensor u1 = (square(x) * (3 * c) + 1) * k;
  const Tensor u2 = x * (6 * c * k);
  const Tensor fall = 1 - square(t);
  return fall * u1 + x * (fall * (u2 - 2 * t * square(u1))) * 0.5;
}
TensorList backward_gelu_tanh_slope(const BackwardArgs& args) {
  return smooth(args, kGeluTanhBackward, gelu_tanh_curvature);
}
constexpr OpDef kGeluTanhBackward =
    smooth_slope_row<BinaryOp::kGeluTanhBackward>("gelu_tanh_backward", backward_gelu_tanh_slope);

// silu: with s = sigmoid(x): y' = s (1 + x (1 - s)), y'' = s (1 - s) (2 + x (1 - 2s)).
Tensor silu_curvature(const Tensor& x, const Attributes&) {
  const Tensor s = sigmoid(x);
  return s * (1 - s) * (2 + x * (1 - 2 * s));
}
TensorList backward_silu_slope(const BackwardArgs& args) { return smooth(args, kSiluBackward, silu_curvature); }
constexpr OpDef kSiluBackward = smooth_slope_row<BinaryOp::kSiluBackward>("silu_backward", backward_silu_slope);

// hardswish: y' = (2x + 3) / 6 inside of (-3, 3), so y'' = 1/3 there.
Tensor hardswish_curvature(const Tensor& x, const Attributes&) {
  return logical_and(gt(x, wrapped(-3)), lt(x, wrapped(3))).to(x.dtype()) / 3;
}
TensorList backward_hardswish_slope(const BackwardArgs& args) {
  return smooth(args, kHardswishBackward, hardswish_curvature);
}
constexpr OpDef kHardswishBackward =
    smooth_slope_row<BinaryOp::kHardswishBackward>("hardswish_backward", backward_hardswish_slope);

// softplus: y' = sigmoid(beta x), y'' = beta s (1 - s), 0 beyond the threshold.
Tensor softplus_curvature(const Tensor& x, const Attributes& a) {
  const Tensor s = sigmoid(x * a.real("p0"));
  return masked_fill(s * (1 - s) * a.real("p0"), gt(x * a.real("p0"), wrapped(a.real("p1"))), 0);
}
TensorList backward_softplus_slope(const BackwardArgs& args) {
  return smooth(args, kSoftplusBackward, softplus_curvature);
}
constexpr OpDef kSoftplusBackward =
    smooth_slope_row<BinaryOp::kSoftplusBackward>("softplus_backward", backward_softplus_slope);

// elu: y' = alpha exp(x) for x <= 0, and so is y''.
Tensor elu_curvature(const Tensor& x, const Attributes& a) {
  return masked_fill(exp(clamp(x, {}, 0)) * a.real("p0"), gt(x, wrapped(0)), 0);
}
TensorList backward_elu_slope(const BackwardArgs& args) { return smooth(args, kEluBackward, elu_curvature); }
constexpr OpDef kEluBackward = smooth_slope_row<BinaryOp::kEluBackward>("elu_backward", backward_elu_slope);

template <UnaryOp kOp>
void forward_to_float(const ForwardArgs& args) {
  run_unary(kOp, compute_type(args, true), args);
}

constexpr OpDef kSigmoid{.name = "sigmoid",
                         .infer = infer_float,
                         .forward = forward_to_float<UnaryOp::kSigmoid>,
                         .backward = backward_through<kSigmoidBackward, kOutput>,
                         .saves_outputs = save(0)};
constexpr OpDef kTanh{.name = "tanh",
                      .infer = infer_float,
                      .forward = forward_to_float<UnaryOp::kTanh>,
                      .backward = backward_through<kTanhBackward, kOutput>,
                      .saves_outputs = save(0)};
constexpr OpDef kGelu = activation_row<UnaryOp::kGelu, kGeluBackward, kInput>("gelu");
constexpr OpDef kGeluTanh = activation_row<UnaryOp::kGeluTanh, kGeluTanhBackward, kInput>("gelu_tanh");
constexpr OpDef kSilu = activation_row<UnaryOp::kSilu, kSiluBackward, kInput>("silu");
constexpr OpDef kHardswish = activation_row<UnaryOp::kHardswish, kHardswishBackward, kInput>("hardswish");
constexpr OpDef kSoftplus = activation_row<UnaryOp::kSoftplus, kSoftplusBackward, kInput>("softplus");
constexpr OpDef kElu = activation_row<UnaryOp::kElu, kEluBackward, kInput>("elu");

}  // namespace

Tensor relu(const Tensor& input) { return call(kRelu, {input}); }
const Tensor& relu_(const Tensor& input) { return call_inplace(kRelu, input, {input}); }
Tensor relu6(const Tensor& input) { return call(kRelu6, {input}); }
Tensor leaky_relu(const Tensor& input, double negative_slope) {
  return call(kLeakyRelu, {input}, {{"p0", negative_slope}});
}
const Tensor& leaky_relu_(const Tensor& input, double negative_slope) {
  if (negative_slope < 0 && input.requires_grad()) {
    throw Error(
        fmt::format("leaky_relu_: in-place leakyReLu backward calculation is triggered with a negative slope ({}) "
                    "which is not supported; use leaky_relu",
                    negative_slope));
  }
  return call_inplace(kLeakyReluInPlace, input, {input}, {{"p0", negative_slope}});
}
Tensor elu(const Tensor& input, double alpha) { return call(kElu, {input}, {{"p0", alpha}}); }
Tensor gelu(const Tensor& input, std::string_view approximate) {
  if (approximate == "none") return call(kGelu, {input});
  if (approximate == "tanh") return call(kGeluTanh, {input});
  throw ValueError(fmt::format("gelu: approximate argument must be either none or tanh, got '{}'", approximate));
}
Tensor silu(const Tensor& input) { return call(kSilu, {input}); }
const Tensor& silu_(const Tensor& input) { return call_inplace(kSilu, input, {input}); }
const Tensor& relu6_(const Tensor& input) { return call_inplace(kRelu6, input, {input}); }
const Tensor& hardsigmoid_(const Tensor& input) { return call_inplace(kHardsigmoid, input, {input}); }
const Tensor& hardswish_(const Tensor& input) { return call_inplace(kHardswish, input, {input}); }
const Tensor& elu_(const Tensor& input, double alpha) { return call_inplace(kElu, input, {input}, {{"p0", alpha}}); }
Tensor hardswish(const Tensor& input) { return call(kHardswish, {input}); }
Tensor hardsigmoid(const Tensor& input) { return call(kHardsigmoid, {input}); }
Tensor sigmoid(const Tensor& input) { return call(kSigmoid, {input}); }
Tensor tanh(const Tensor& input) { return call(kTanh, {input}); }
const Tensor& sigmoid_(const Tensor& self) { return call_inplace(kSigmoid, self, {self}); }
const Tensor& tanh_(const Tensor& self) { return call_inplace(kTanh, self, {self}); }
Tensor softplus(const Tensor& input, double beta, double threshold) {
  return call(kSoftplus, {input}, {{"p0", beta}, {"p1", threshold}});
}

}  // namespace lamella
