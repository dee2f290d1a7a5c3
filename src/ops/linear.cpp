#include <lamella/ops/linear.h>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "autograd/node.h"
#include "core/module_path.h"
#include "kernels/gemm/gemm.h"
#include "ops/autocast.h"
#include "ops/flatten_origin.h"
#include "ops/layout.h"
#include "ops/op.h"

namespace lamella {

namespace {

void check_same_dtype(std::string_view op, const TensorMeta& a, const TensorMeta& b) {
  if (a.dtype == b.dtype) return;
  throw Error(
      fmt::format("{}: mat1 and mat2 must have the same dtype, but got {} and {}; convert one of them with .to()", op,
                  name_of(a.dtype), name_of(b.dtype)));
}

[[noreturn]] void throw_no_bool(std::string_view op) {
  throw NotImplementedError(fmt::format("{}: not implemented for bool; convert it with .to()", op));
}

template <typename Fn>
void with_number(std::string_view op, DType dtype, Fn&& fn) {
  visit_dtype(dtype, [&]<typename T>() {
    if constexpr (std::is_same_v<T, bool>) {
      throw_no_bool(op);
    } else {
      fn.template operator()<T>();
    }
  });
}

// bmm, of which mm is the case without a batch axis.

void infer_mm(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& a = args.input(0);
  const TensorMeta& b = args.input(1);
  check_same_dtype("mm", a, b);
  if (a.rank() != 2 || b.rank() != 2)
    throw Error(fmt::format("mm: expected two matrices, got shapes {} and {}", to_string(a.shape), to_string(b.shape)));
  if (a.shape[1] != b.shape[0]) {
    throw Error(fmt::format("mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})", a.shape[0], a.shape[1],
                            b.shape[0], b.shape[1]));
  }
  outputs.push_back({Dims{a.shape[0], b.shape[1]}, {}, a.dtype});
}

void infer_bmm(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& a = args.input(0);
  const TensorMeta& b = args.input(1);
  check_same_dtype("bmm", a, b);
  if (a.rank() != 3 || b.rank() != 3)
    throw Error(fmt::format("bmm: batch1 and batch2 must be 3D tensors, got shapes {} and {}", to_string(a.shape),
                            to_string(b.shape)));
  if (a.shape[0] != b.shape[0] || a.shape[2] != b.shape[1]) {
    throw Error(fmt::format("Expected size for first two dimensions of batch2 tensor to be: {} but got: {}.",
                            to_string(Dims{a.shape[0], a.shape[2]}), to_string(Dims{b.shape[0], b.shape[1]})));
  }
  outputs.push_back({Dims{a.shape[0], a.shape[1], b.shape[2]}, {}, a.dtype});
}

void forward_product(const ForwardArgs& args) {
  const Physical a = physical(args.input(0));
  const Physical b = physical(args.input(1));
  const Physical c = physical_for_write(args.output());
  const std::size_t batch_axes = args.output().shape().size() - 2;  // 0 or 1
  const Dims& shape = args.output().shape();
  with_number("matmul", args.output().dtype(), [&]<typename T>() {
    kernels::Gemm<T> problem;
    problem.m = shape[batch_axes];
    problem.n = shape[batch_axes + 1];
    problem.k = args.input(0).shape().back();
    problem.a = reinterpret_cast<const T*>(a.data);
    problem.a_row = a.strides[batch_axes];
    problem.a_col = a.strides[batch_axes + 1];
    problem.b = reinterpret_cast<const T*>(b.data);
    problem.b_row = b.strides[batch_axes];
    problem.b_col = b.strides[batch_axes + 1];
    problem.c = reinterpret_cast<T*>(c.data);
    problem.c_row = c.strides[batch_axes];
    problem.c_col = c.strides[batch_axes + 1];
    if (batch_axes == 0) {
      kernels::gemm(problem);
    } else {
      kernels::batched_gemm(problem, shape[0], a.strides[0], b.strides[0], c.strides[0]);
    }
  });
}

TensorList backward_mm(const BackwardArgs& args) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = mm(args.grad(), args.input(1).t());
  if (args.needs_input(1)) gradients[1] = mm(args.input(0).t(), args.grad());
  return gradients;
}
TensorList backward_bmm(const BackwardArgs& args) {
  TensorList gradients(2);
  if (args.needs_input(0)) gradients[0] = bmm(args.grad(), transpose(args.input(1), 1, 2));
  if (args.needs_input(1)) gradients[1] = bmm(transpose(args.input(0), 1, 2), args.grad());
  return gradients;
}

constexpr OpDef kMm{.name = "mm",
                    .infer = infer_mm,
                    .forward = forward_product,
                    .backward = backward_mm,
                    .saves_inputs = save(0) | save(1),
                    .bilinear = true,
                    .order = OrderPolicy::kPlain,
                    .autocast = AutocastPolicy::kLower};
/// Of vectors, which PyTorch's lists do not name.
constexpr OpDef kDot = with_autocast(kMm, AutocastPolicy::kKeep);
constexpr OpDef kBmm{.name = "bmm",
                     .infer = infer_bmm,
                     .forward = forward_product,
                     .backward = backward_bmm,
                     .saves_inputs = save(0) | save(1),
                     .bilinear = true,
                     .order = OrderPolicy::kPlain,
                     .autocast = AutocastPolicy::kLower};

// linear: inputs x [rows, in], weight [out, in], bias

void infer_linear(const InferArgs& args, OutputSpecs& outputs) {
  check_same_dtype("linear", args.input(0), args.input(1));
  if (args.has(2)) check_same_dtype("linear", args.input(2), args.input(1));
  outputs.push_back({Dims{args.input(0).shape[0], args.input(1).shape[0]}, {}, args.input(0).dtype});
}

void forward_linear(const ForwardArgs& args) {
  const Physical x = physical(args.input(0));
  const Physical w = physical(args.input(1));
  const Tensor bias = args.has(2) ? args.input(2).contiguous() : Tensor();
  const Physical b = bias.defined() ? physical(bias) : Physical{};
  const Physical y = physical_for_write(args.output());
  with_number("linear", args.output().dtype(), [&]<typename T>() {
    kernels::Gemm<T> problem;
    problem.m = args.input(0).shape()[0];
    problem.n = args.input(1).shape()[0];
    problem.k = args.input(0).shape()[1];
    problem.a = reinterpret_cast<const T*>(x.data);
    problem.a_row = x.strides[0];
    problem.a_col = x.strides[1];
    problem.b = reinterpret_cast<const T*>(w.data);
    problem.b_row = w.strides[1];
    problem.b_col = w.strides[0];
    problem.c = reinterpret_cast<T*>(y.data);
    problem.c_row = y.strides[0];
    problem.c_col = y.strides[1];
    problem.column_bias = reinterpret_cast<const T*>(b.data);
    kernels::gemm(problem);
  });
}

TensorList backward_linear(const BackwardArgs& args) {
  TensorList gradients(3);
  if (args.needs_input(0)) gradients[0] = mm(args.grad(), args.input(1));
  if (args.needs_input(1)) gradients[1] = mm(args.grad().t(), args.input(0));
  if (args.needs_input(2)) gradients[2] = sum(args.grad(), {0});
  return gradients;
}

constexpr OpDef kLinear{.name = "linear",
                        .infer = infer_linear,
                        .forward = forward_linear,
                        .backward = backward_linear,
                        .saves_inputs = save(0) | save(1),
                        .bilinear = true,
                        .order = OrderPolicy::kPlain,
                        .autocast = AutocastPolicy::kLower};

void check_linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  if (weight.dim() != 2)
    throw Error(fmt::format("linear: expected a weight [out, in], got shape {}", to_string(weight.shape())));
  if (input.dim() == 0) throw Error("linear: expected an input [*, in], got a 0-d tensor");
  if (input.size(-1) != weight.size(1)) {
    std::int64_t all = 1;
    for (std::size_t i = 1; i < input.shape().size(); ++i) all *= input.shape()[i];
    const std::string hint =
        input.dim() > 2 && all == weight.size(1)
            ? fmt::format(
                  "; the axes after the first have that many elements: is a Flatten missing before it? (input {})",
                  to_string(input.shape()))
            : "";
    const std::string_view op = module_path().empty() ? "linear: " : "";  // a path says what the layer is
    throw Error(fmt::format("{}got {} features{}, expects {}{}", op, input.size(-1), flatten_origin(input.shape()),
                            weight.size(1), hint));
  }
  if (bias.defined() && (bias.dim() != 1 || bias.size(0) != weight.size(0))) {
    throw Error(
        fmt::format("linear: expected a bias of {} elements, got shape {}", weight.size(0), to_string(bias.shape())));
  }
}

}  // namespace

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  check_linear(input, weight, bias);
  Dims shape = input.shape();
  shape.back() = weight.size(0);
  forget_flatten(shape);
  if (input.dim() == 2) return call(kLinear, {input, weight, bias});
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < input.shape().size(); ++i) rows *= input.shape()[i];
  return call(kLinear, {input.reshape({rows, input.size(-1)}), weight, bias}).view(std::move(shape));
}

Tensor mm(const Tensor& a, const Tensor& b) { return call(kMm, {a, b}); }
Tensor bmm(const Tensor& a, const Tensor& b) { return call(kBmm, {a, b}); }

namespace {

Tensor dot_by(const OpDef& row, const Tensor& a, const Tensor& b) {
  if (a.dim() != 1 || b.dim() != 1)
    throw Error(fmt::format("1D tensors expected, but got {}D and {}D tensors", a.dim(), b.dim()));
  if (a.size(0) != b.size(0))
    throw Error(
        fmt::format("inconsistent tensor size, expected tensors to have the same number of elements, but got {} and {} "
                    "elements respectively",
                    a.size(0), b.size(0)));
  return call(row, {a.unsqueeze(0), b.unsqueeze(1)}).view({});
}

}  // namespace

Tensor dot(const Tensor& a, const Tensor& b) { return dot_by(kDot, a, b); }

Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha) {
  Tensor product = alpha == Scalar(1) ? mm(a, b) : mul(mm(a, b), alpha);
  const Tensor added = autocast_input(AutocastPolicy::kLower, input).expand(product.shape());
  if (beta == Scalar(0)) return product;  // without reading the input: its NaN does not spread
  return add(product, added, beta);
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.dim() == 0 || b.dim() == 0)
    throw Error(
        fmt::format("both arguments to matmul need to be at least 1D, but they are {}D and {}D", a.dim(), b.dim()));
  if (a.dim() == 1 && b.dim() == 1) return dot_by(kMm, a, b);
  if (a.dim() == 1) return matmul(a.unsqueeze(0), b).squeeze(-2);
  if (b.dim() == 1) return matmul(a, b.unsqueeze(1)).squeeze(-1);
  if (a.dim() == 2 && b.dim() == 2) return mm(a, b);
  if (b.dim() == 2) {  // one matrix for all: fold the batch into the rows
    Dims shape = a.shape();
    shape.back() = b.size(1);
    std::int64_t rows = 1;
    for (std::size_t i = 0; i + 1 < shape.size(); ++i) rows *= a.shape()[i];
    return mm(a.reshape({rows, a.size(-1)}), b).view(std::move(shape));
  }
  const auto batch_of = [](const Tensor& t) { return Dims(t.shape().begin(), t.shape().end() - 2); };
  const Dims batch = broadcast_shapes(batch_of(a), batch_of(b));
  const std::int64_t count = checked_numel(batch);
  const auto spread = [&](const Tensor& t) {
    Dims shape = batch;
    shape.push_back(t.size(-2));
    shape.push_back(t.size(-1));
    return t.expand(std::move(shape)).reshape({count, t.size(-2), t.size(-1)});
  };
  Dims shape = batch;
  shape.push_back(a.size(-2));
  shape.push_back(b.size(-1));
  return bmm(spread(a), spread(b)).view(std::move(shape));
}

}  // namespace lamella
