// Losses over classes. The fused backward is for the first derivative; when gradients are themselves recorded, the same
// formula is written with operators.
#include <lamella/ops/loss.h>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "kernels/softmax/softmax.h"
#include "ops/autocast.h"
#include "ops/half.h"
#include "ops/loss_reduction.h"
#include "ops/op.h"

namespace lamella {

namespace {

constexpr const char* kIgnore = "ignore_index";
constexpr const char* kSmoothing = "label_smoothing";
constexpr const char* kReduction = "reduction";
constexpr const char* kLogits = "logits";  // cross entropy of logits, or the likelihood of log probabilities

kernels::SoftmaxShape class_shape(const Dims& x) {
  kernels::SoftmaxShape s;
  if (x.size() == 1) {
    s.axis = x[0];
    return s;
  }
  s.outer = x[0];
  s.axis = x[1];
  for (std::size_t i = 2; i < x.size(); ++i) s.inner *= x[i];
  return s;
}

Dims target_shape(const Dims& x) {
  if (x.size() == 1) return {};
  Dims shape{x[0]};
  shape.append(x.begin() + 2, x.end());
  return shape;
}

kernels::LossOptions loss_options(const Attributes& a) { return {a.integer(kIgnore), a.real(kSmoothing)}; }

/// Contiguous memory in plain order.
struct Plain {
  explicit Plain(const Tensor& t) : tensor(t.defined() ? t.contiguous() : t) {
    if (!tensor.defined()) return;
    impl(tensor).storage->make_plain();
    access = physical(tensor);
  }
  template <typename T>
  const T* data() const {
    return reinterpret_cast<const T*>(access.data);
  }
  Tensor tensor;
  Physical access;
};

template <typename Fn>
void with_real(DType dtype, Fn&& fn) {
  if (dtype == DType::kFloat32) {
    fn.template operator()<float>();
  } else if (dtype == DType::kFloat64) {
    fn.template operator()<double>();
  } else {
    throw NotImplementedError(
        fmt::format("cross_entropy: not implemented for {}; convert the input to float32", name_of(dtype)));
  }
}

// class_loss: inputs x, target (int64), weight; outputs loss, log_sum_exp (of logits), total weight (the divisor of the
// mean).

void infer_class_loss(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(0);
  if (args.has(2) && args.input(2).dtype != x.dtype) {
    throw Error(fmt::format("{}: the input is {} but the weight of the classes is {}; convert one of them with .to()",
                            args.attributes.flag(kLogits) ? "cross_entropy" : "nll_loss", name_of(x.dtype),
                            name_of(args.input(2).dtype)));
  }
  const Dims each = target_shape(x.shape);
  outputs.push_back({args.attributes.text(kReduction) == "none" ? each : Dims{}, {}, x.dtype});
  outputs.push_back({args.attributes.flag(kLogits) ? each : Dims{0}, {}, accumulated(x.dtype)});
  outputs.push_back({Dims{}, {}, DType::kFloat64});
}

void forward_class_loss(const ForwardArgs& args) {
  const Attributes& a = args.attributes;
  const Plain x(args.input(0));
  const Plain target(args.input(1));
  const Plain weight(args.input(2));
  const auto shape = class_shape(x.tensor.shape());
  const std::string& reduction = a.text(kReduction);
  with_real(x.tensor.dtype(), [&]<typename T>() {
    T* loss = reinterpret_cast<T*>(physical_for_write(args.output(0)).data);
    const bool unreduced = reduction == "none";  // of an empty batch `loss` is null then
    T* each = unreduced ? loss : nullptr;
    const T* w = args.has(2) ? weight.data<T>() : nullptr;
    const kernels::LossSums sums =
        a.flag(kLogits)
            ? kernels::cross_entropy_forward(shape, loss_options(a), x.data<T>(), target.data<std::int64_t>(), w, each,
                                             reinterpret_cast<T*>(physical_for_write(args.output(1)).data))
            : kernels::nll_forward(shape, loss_options(a), x.data<T>(), target.data<std::int64_t>(), w, each);
    if (sums.bad_target >= 0) {
      throw IndexError(fmt::format("{}: Target {} at index {} is out of bounds for {} classes (0 to {})",
                                   a.flag(kLogits) ? "cross_entropy" : "nll_loss",
                                   target.data<std::int64_t>()[sums.bad_target], sums.bad_target, shape.axis,
                                   shape.axis - 1));
    }
    if (!unreduced) *loss = static_cast<T>(reduction == "mean" ? sums.loss / sums.weight : sums.loss);
    *reinterpret_cast<double*>(physical_for_write(args.output(2)).data) = sums.weight;
  });
}

/// The gradient by operators. Shapes below are [outer, 1 or classes, inner].
Tensor written_gradient(const BackwardArgs& args) {
  const Attributes& a = args.attributes;
  const Tensor x = widened(args.input(0));
  const Tensor weight = widened(args.input(2));
  const Tensor dy = widened(args.grad());
  const DType dtype = dy.dtype();
  const Dims& x_shape = args.input_meta(0).shape;
  const auto s = class_shape(x_shape);
  const Tensor target = args.input(1).reshape({s.outer, 1, s.inner});
  const Tensor valid = ne(target, wrapped(a.integer(kIgnore)));
  const Tensor label = where(valid, target, wrapped(0));
  const Tensor hot = eq(label, arange(s.axis).view({1, s.axis, 1})).to(dtype);
  const Tensor classes = weight.defined() ? weight : ones({s.axis}, {.dtype = dtype});
  const Tensor of_target = index_select(classes, 0, label.reshape({-1})).view({s.outer, 1, s.inner}) * valid.to(dtype);
  Tensor g = a.text(kReduction) == "none" ? dy.reshape({s.outer, 1, s.inner}) : dy;
  if (a.text(kReduction) == "mean") g = g / args.output(2).to(dtype);
  if (!a.flag(kLogits)) return (neg(g * of_target) * hot).reshape(x_shape);
  const Tensor p = softmax(x.reshape({s.outer, s.axis, s.inner}), 1);
  const double smoothing = a.real(kSmoothing);
  Tensor slope = of_target * (1 - smoothing) * (p - hot);
  if (smoothing > 0) {
    const Tensor row = classes.view({1, s.axis, 1});
    slope = slope + valid.to(dtype) * (smoothing / static_cast<double>(s.axis)) * (p * sum(classes) - row);
  }
  return (g * slope).reshape(x_shape);
}

void infer_class_loss_backward(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.attributes.dims("input_size"), {}, args.input(0).dtype});
}

// class_loss_backward: inputs dy, x, target, weight, log_sum_exp, total weight.
void forward_class_loss_backward(const ForwardArgs& args) {
  const Attributes& a = args.attributes;
  const Plain dy(args.input(0));
  const Plain x(args.input(1));
  const Plain target(args.input(2));
  const Plain weight(args.input(3));
  const Plain log_sum_exp(args.input(4));
  const auto shape = class_shape(a.dims("input_size"));
  const bool each = a.text(kReduction) == "none";
  const double scale = a.text(kReduction) == "mean" ? 1 / args.input(5).item<double>() : 1;
  const Physical dx = physical_for_write(args.output());
  with_real(args.output().dtype(), [&]<typename T>() {
    const T* w = args.has(3) ? weight.data<T>() : nullptr;
    auto* out = reinterpret_cast<T*>(dx.data);
    if (a.flag(kLogits)) {
      kernels::cross_entropy_backward(shape, loss_options(a), x.data<T>(), target.data<std::int64_t>(), w,
                                      log_sum_exp.data<T>(), dy.data<T>(), each ? 1 : 0, scale, out);
    } else {
      kernels::nll_backward(shape, loss_options(a), target.data<std::int64_t>(), w, dy.data<T>(), each ? 1 : 0, scale,
                            out);
    }
  });
}
constexpr OpDef kClassLossBackward{.name = "class_loss_backward",
                                   .infer = infer_class_loss_backward,
                                   .forward = with_float<forward_class_loss_backward>,
                                   .order = OrderPolicy::kPlain};

TensorList backward_class_loss(const BackwardArgs& args) {
  if (!args.needs_input(0)) return TensorList(3);
  if (grad_enabled()) return {written_gradient(args).to(args.grad().dtype()), Tensor(), Tensor()};
  const Attributes& a = args.attributes;
  return {call(kClassLossBackward,
               {args.grad(), args.input(0), args.input(1), args.input(2), args.output(1), args.output(2)},
               {{kIgnore, a.integer(kIgnore)},
                {kSmoothing, a.real(kSmoothing)},
                {kReduction, a.text(kReduction)},
                {kLogits, a.flag(kLogits)},
                {"input_size", args.input_meta(0).shape}}),
          Tensor(), Tensor()};
}

constexpr OpDef kClassLoss{.name = "class_loss",
                           .infer = infer_class_loss,
                           .forward = with_float<forward_class_loss>,
                           .backward = backward_class_loss,
                           .saves_inputs = save(0) | save(1) | save(2),
                           .saves_outputs = save(1) | save(2),
                           .no_grad_outputs = save(1) | save(2),
                           .order = OrderPolicy::kPlain,
                           .autocast = AutocastPolicy::kFloat32};

void check_class_loss(std::string_view op, const Tensor& input, const Tensor& target, const Tensor& weight,
                      std::string_view reduction) {
  if (reduction != "mean" && reduction != "sum" && reduction != "none")
    throw ValueError(fmt::format("{} is not a valid value for reduction; expected mean, sum or none", reduction));
  if (input.dim() < 1)
    throw ValueError(
        fmt::format("{}: expected an input [N, C], [C] or [N, C, d…], got shape {}", op, to_string(input.shape())));
  const std::int64_t classes = input.size(input.dim() == 1 ? 0 : 1);
  if (!(target.shape() == target_shape(input.shape()))) {
    const std::string hint =
        target.dim() == input.dim() && target.dim() > 1 && target.size(1) == 1 ? "; squeeze(1) the target"
        : target.shape() == input.shape() && op == "cross_entropy"
            ? fmt::format("; class probabilities would be floating-point, not {}", name_of(target.dtype()))
            : "";
    if (input.dim() > 1 && target.dim() > 0 && target.dim() == input.dim() - 1 && input.size(0) != target.size(0)) {
      throw ValueError(
          fmt::format("{}: Expected input batch_size ({}) to match target batch_size ({}) (input {}, target {}).", op,
                      input.size(0), target.size(0), to_string(input.shape()), to_string(target.shape())));
    }
    throw ValueError(fmt::format("{}: for an input of shape {} expected class numbers of shape {}, got shape {}{}", op,
                                 to_string(input.shape()), to_string(target_shape(input.shape())),
                                 to_string(target.shape()), hint));
  }
  if (target.dtype() != DType::kInt64 && target.dtype() != DType::kInt32 && target.dtype() != DType::kUInt8) {
    throw Error(
        fmt::format("{}: expected target dtype to be int64, int32 or uint8, but got {}", op, name_of(target.dtype())));
  }
  if (weight.defined() && (weight.dim() != 1 || weight.size(0) != classes)) {
    throw Error(
        fmt::format("{}: weight tensor should be defined either for all {} classes or no classes but got weight tensor "
                    "of shape: {}",
                    op, classes, to_string(weight.shape())));
  }
}

Tensor class_loss(const Tensor& input, const Tensor& target, const Tensor& weight, std::int64_t ignore_index,
                  std::string_view reduction, double smoothing, bool logits) {
  check_class_loss(logits ? "cross_entropy" : "nll_loss", input, target, weight, reduction);
  const Tensor inputs[] = {input, target.to(DType::kInt64), weight};
  return call_all(
      kClassLoss, inputs,
      {{kIgnore, ignore_index}, {kSmoothing, smoothing}, {kReduction, std::string(reduction)}, {kLogits, logits}})[0];
}

/// Cross entropy against class probabilities.
Tensor soft_cross_entropy(const Tensor& scores, const Tensor& probabilities, const CrossEntropyOptions& o) {
  const LossOperands operands(scores, probabilities);
  const Tensor& input = operands.input;
  Tensor target = operands.target;
  const std::int64_t axis = input.dim() == 1 ? 0 : 1;
  const auto classes = static_cast<double>(input.size(axis));
  if (o.label_smoothing > 0) target = target * (1 - o.label_smoothing) + o.label_smoothing / classes;
  Tensor products = log_softmax(input, axis) * target;
  if (o.weight.defined()) {
    Dims aligned(static_cast<std::size_t>(input.dim()), 1);
    aligned[static_cast<std::size_t>(axis)] = input.size(axis);
    products = products * widened(o.weight).reshape(std::move(aligned));
  }
  if (o.reduction == "mean")
    return operands.rounded(neg(sum(products)) / (static_cast<double>(input.numel()) / classes));
  return operands.rounded(reduce_loss(neg(sum(products, {axis})), o.reduction));
}

}  // namespace

Tensor cross_entropy(const Tensor& input, const Tensor& target, CrossEntropyOptions options) {
  if (options.label_smoothing < 0 || options.label_smoothing > 1)
    throw Error(
        fmt::format("cross_entropy: label_smoothing must be between 0.0 and 1.0. Got: {}", options.label_smoothing));
  if (target.is_floating_point() && target.shape() == input.shape()) return soft_cross_entropy(input, target, options);
  return class_loss(input, target, options.weight, options.ignore_index, options.reduction, options.label_smoothing,
                    true);
}

Tensor nll_loss(const Tensor& input, const Tensor& target, NllOptions options) {
  return class_loss(input, target, options.weight, options.ignore_index, options.reduction, 0, false);
}

}  // namespace lamella
