#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/reduce.h>

#include "kernels/softmax/softmax.h"
#include "ops/op.h"

namespace lamella {

namespace {

using kernels::SoftmaxKind;

constexpr const char* kAxis = "dim";

kernels::SoftmaxShape softmax_shape(const Dims& shape, std::int64_t axis) {
  kernels::SoftmaxShape s;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    (at < axis ? s.outer : at == axis ? s.axis : s.inner) *= shape[i];
  }
  return s;
}

/// Contiguous memory in plain order, which the kernels of this family read and write.
Physical plain(const Tensor& contiguous) {
  impl(contiguous).storage->make_plain();
  return physical(contiguous);
}

template <typename Fn>
void with_floating(std::string_view op, DType dtype, Fn&& fn) {
  visit_dtype(dtype, [&]<typename T>() {
    if constexpr (std::is_integral_v<T>) {
      throw NotImplementedError(
          fmt::format("\"{}\" not implemented for {}; convert the input to float32", op, name_of(dtype)));
    } else {
      fn.template operator()<T>();
    }
  });
}

void infer_same(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, {}, args.input(0).dtype});
}

template <SoftmaxKind kKind>
void forward(const ForwardArgs& args) {
  const Tensor x = args.input(0).contiguous();
  const Physical in = plain(x);
  const Physical out = physical_for_write(args.output());
  const auto shape = softmax_shape(x.shape(), args.attributes.integer(kAxis));
  with_floating("softmax", x.dtype(), [&]<typename T>() {
    kernels::softmax_forward(kKind, shape, reinterpret_cast<const T*>(in.data), reinterpret_cast<T*>(out.data));
  });
}

// The backwards: inputs dy, y.

template <SoftmaxKind kKind>
void forward_backward(const ForwardArgs& args) {
  const Tensor dy = args.input(0).contiguous();
  const Tensor y = args.input(1).contiguous();
  const Physical gradient = plain(dy);
  const Physical saved = plain(y);
  const Physical out = physical_for_write(args.output());
  const auto shape = softmax_shape(y.shape(), args.attributes.integer(kAxis));
  with_floating("softmax_backward", y.dtype(), [&]<typename T>() {
    kernels::softmax_backward(kKind, shape, reinterpret_cast<const T*>(saved.data),
                              reinterpret_cast<const T*>(gradient.data), reinterpret_cast<T*>(out.data));
  });
}

extern const OpDef kSoftmaxBackward;
extern const OpDef kLogSoftmaxBackward;

template <const OpDef& kBackward>
TensorList backward(const BackwardArgs& args) {
  return {call(kBackward, {args.grad(), args.output()}, {{kAxis, args.attributes.integer(kAxis)}})};
}

// dx = y (dy - s) with s = sum of dy y.  With g the gradient of dx and t = sum of g y:
//   of dy: y (g - t)                of y: g (dy - s) - t dy
TensorList backward_softmax_backward(const BackwardArgs& args) {
  const Dims axis{args.attributes.integer(kAxis)};
  const Tensor& g = args.grad();
  const Tensor& dy = args.input(0);
  const Tensor& y = args.input(1);
  const Tensor t = sum(g * y, axis, true);
  return {args.needs_input(0) ? y * (g - t) : Tensor(),
          args.needs_input(1) ? g * (dy - sum(dy * y, axis, true)) - t * dy : Tensor()};
}
constexpr OpDef kSoftmaxBackward{.name = "softmax_backward",
                                 .infer = infer_same,
                                 .forward = forward_backward<SoftmaxKind::kSoftmax>,
                                 .backward = backward_softmax_backward,
                                 .saves_inputs = save(0) | save(1),
                                 .order = OrderPolicy::kPlain};

// dx = dy - exp(y) s with s = sum of dy.  of dy: g - sum of g exp(y)        of y: -g exp(y) s
TensorList backward_log_softmax_backward(const BackwardArgs& args) {
  const Dims axis{args.attributes.integer(kAxis)};
  const Tensor& g = args.grad();
  const Tensor p = exp(args.input(1));
  return {args.needs_input(0) ? g - sum(g * p, axis, true) : Tensor(),
          args.needs_input(1) ? neg(g * p * sum(args.input(0), axis, true)) : Tensor()};
}
constexpr OpDef kLogSoftmaxBackward{.name = "log_softmax_backward",
                                    .infer = infer_same,
                                    .forward = forward_backward<SoftmaxKind::kLogSoftmax>,
                                    .backward = backward_log_softmax_backward,
                                    .saves_inputs = save(0) | save(1),
                                    .order = OrderPolicy::kPlain};

constexpr OpDef kSoftmax{.name = "softmax",
                         .infer = infer_same,
                         .forward = forward<SoftmaxKind::kSoftmax>,
                         .backward = backward<kSoftmaxBackward>,
                         .saves_outputs = save(0),
                         .order = OrderPolicy::kPlain};
constexpr OpDef kLogSoftmax{.name = "log_softmax",
                            .infer = infer_same,
                            .forward = forward<SoftmaxKind::kLogSoftmax>,
                            .backward = backward<kLogSoftmaxBackward>,
                            .saves_outputs = save(0),
                            .order = OrderPolicy::kPlain};

}  // namespace

Tensor softmax(const Tensor& input, std::int64_t axis) {
  return call(kSoftmax, {input}, {{kAxis, normalize_axis(axis, input.dim())}});
}
Tensor log_softmax(const Tensor& input, std::int64_t axis) {
  return call(kLogSoftmax, {input}, {{kAxis, normalize_axis(axis, input.dim())}});
}

}  // namespace lamella
