#include <lamella/ops/dropout.h>

#include <algorithm>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "kernels/dropout/dropout.h"
#include "ops/layout.h"
#include "ops/op.h"

namespace lamella {

namespace {

constexpr const char* kP = "p";

double scale_of(const Attributes& a) { return a.real(kP) == 1 ? 0 : 1 / (1 - a.real(kP)); }

// dropout: inputs x, mask (uint8, contiguous). The mask is drawn outside, so that a replay gives the same bits.

void infer_dropout(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, {}, args.input(0).dtype});
}

void forward_dropout(const ForwardArgs& args) {
  const Tensor x = args.input(0).contiguous();
  impl(x).storage->make_plain();
  const Physical in = physical(x);
  const Physical mask = physical(args.input(1));
  const Physical out = physical_for_write(args.output());
  visit_dtype(x.dtype(), [&]<typename T>() {
    if constexpr (std::is_integral_v<T>) {
      throw TypeError(fmt::format("dropout: result type Float can't be cast to {}; convert the input to float32",
                                  name_of(x.dtype())));
    } else {
      kernels::dropout_apply(x.numel(), reinterpret_cast<const T*>(in.data),
                             reinterpret_cast<const std::uint8_t*>(mask.data), scale_of(args.attributes),
                             reinterpret_cast<T*>(out.data));
    }
  });
}

extern const OpDef kDropout;
TensorList backward_dropout(const BackwardArgs& args) {
  return {call(kDropout, {args.grad(), args.input(1)}, args.attributes), Tensor()};
}
constexpr OpDef kDropout{.name = "dropout",
                         .infer = infer_dropout,
                         .forward = forward_dropout,
                         .backward = backward_dropout,
                         .saves_inputs = save(1),
                         .order = OrderPolicy::kPlain};

/// The axes from the outermost in memory to the innermost: the order in which torch draws the mask.
Dims memory_order(const Dims& strides) {
  Dims order;
  for (std::size_t i = 0; i < strides.size(); ++i) order.push_back(static_cast<std::int64_t>(i));
  const auto stride = [&](std::int64_t axis) { return strides[static_cast<std::size_t>(axis)]; };
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return stride(a) > stride(b); });
  return order;
}
Dims inverse(const Dims& order) {
  Dims result(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    result[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return result;
}

void check_p(double p) {
  if (!(p >= 0 && p <= 1))
    throw ValueError(fmt::format("dropout probability has to be between 0 and 1, but got {}", p));
}

}  // namespace

Tensor dropout(const Tensor& input, double p, bool training) {
  check_p(p);
  if (!training || p == 0 || input.numel() == 0) return input;
  if (const Dims strides = preserved_strides(meta(input)); !strides.empty()) {
    const Dims order = memory_order(strides);
    return permute(dropout(permute(input, order), p, true), inverse(order));
  }
  const Tensor mask = empty(input.shape(), {.dtype = DType::kUInt8}).bernoulli_(1 - p);
  return call(kDropout, {input, mask}, {{kP, p}});
}

Tensor dropout2d(const Tensor& input, double p, bool training) {
  check_p(p);
  if (input.dim() < 2)
    throw Error(fmt::format("dropout2d: expected an input [N, C, *], got shape {}", to_string(input.shape())));
  if (!training || p == 0 || input.numel() == 0) return input;
  Dims shape(input.shape().size(), 1);
  shape[0] = input.size(0);
  shape[1] = input.size(1);
  const Tensor mask = empty(std::move(shape), {.dtype = input.dtype()}).bernoulli_(1 - p);
  return input * (p == 1 ? mask : mask / (1 - p));
}

}  // namespace lamella
