// Diagonals and triangles of matrices.
#include <algorithm>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "ops/op.h"

namespace lamella {

namespace {

constexpr const char* kOffset = "offset";
constexpr const char* kFirst = "dim1";
constexpr const char* kSecond = "dim2";

// diagonal: a view whose last axis walks along two axes at once; and its adjoint, zeros but for the diagonal.

void infer_diagonal(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const auto first = static_cast<std::size_t>(args.attributes.integer(kFirst));
  const auto second = static_cast<std::size_t>(args.attributes.integer(kSecond));
  const std::int64_t shift = args.attributes.integer(kOffset);
  const std::int64_t length = shift >= 0 ? std::min(input.shape[first], input.shape[second] - shift)
                                         : std::min(input.shape[first] + shift, input.shape[second]);
  std::int64_t offset = args.offsets[0];
  if (length > 0) offset += shift >= 0 ? shift * input.strides[second] : -shift * input.strides[first];
  OutputSpec spec{{}, {}, input.dtype, 0, offset};
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    if (i == first || i == second) continue;
    spec.shape.push_back(input.shape[i]);
    spec.strides.push_back(input.strides[i]);
  }
  spec.shape.push_back(std::max<std::int64_t>(length, 0));
  spec.strides.push_back(input.strides[first] + input.strides[second]);
  outputs.push_back(std::move(spec));
}

TensorList backward_diagonal(const BackwardArgs& args);
constexpr OpDef kDiagonal{
    .name = "diagonal", .infer = infer_diagonal, .forward = nullptr, .backward = backward_diagonal};

OwnedAttributes geometry(const Attributes& a) {
  return {{kOffset, a.integer(kOffset)}, {kFirst, a.integer(kFirst)}, {kSecond, a.integer(kSecond)}};
}

void infer_embed(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.attributes.dims("shape"), {}, args.input(0).dtype});
}
void forward_embed(const ForwardArgs& args) {
  args.output().zero_();
  call(kDiagonal, {args.output()}, geometry(args.attributes)).copy_(args.input(0));
}
TensorList backward_embed(const BackwardArgs& args) {
  return {call(kDiagonal, {args.grad()}, geometry(args.attributes))};
}
constexpr OpDef kDiagonalEmbed{.name = "diagonal_backward",
                               .infer = infer_embed,
                               .forward = forward_embed,
                               .backward = backward_embed,
                               .order = OrderPolicy::kPlain};

TensorList backward_diagonal(const BackwardArgs& args) {
  OwnedAttributes a = geometry(args.attributes);
  a.set("shape", args.input_meta(0).shape);
  return {call(kDiagonalEmbed, {args.grad()}, std::move(a))};
}

OwnedAttributes checked_geometry(std::int64_t offset, std::int64_t first, std::int64_t second, std::int64_t rank) {
  const std::int64_t a = normalize_axis(first, rank);
  const std::int64_t b = normalize_axis(second, rank);
  if (a == b) throw Error(fmt::format("diagonal dimensions cannot be identical {}, {}", first, second));
  return {{kOffset, offset}, {kFirst, a}, {kSecond, b}};
}

/// x with zeros where column - row is below (or, `above`, beyond) the diagonal.
Tensor triangle(std::string_view op, const Tensor& input, std::int64_t diagonal, bool above) {
  if (input.dim() < 2)
    throw Error(
        fmt::format("{}: input tensor must have at least 2 dimensions, got shape {}", op, to_string(input.shape())));
  const Tensor rows = arange(input.size(-2)).unsqueeze(1) + diagonal;
  const Tensor columns = arange(input.size(-1));
  return masked_fill(input, above ? gt(columns, rows) : lt(columns, rows), 0);
}

}  // namespace

Tensor diagonal(const Tensor& input, std::int64_t offset, std::int64_t first, std::int64_t second) {
  return call(kDiagonal, {input}, checked_geometry(offset, first, second, input.dim()));
}

Tensor diag_embed(const Tensor& input, std::int64_t offset, std::int64_t first, std::int64_t second) {
  if (input.dim() == 0) throw Error("diag_embed: expected an input of at least one axis, got a 0-d tensor");
  OwnedAttributes a = checked_geometry(offset, first, second, input.dim() + 1);
  const std::int64_t extent = input.size(-1) + std::abs(offset);
  Dims shape(input.shape().begin(), input.shape().end() - 1);
  for (const std::int64_t axis : {std::min(a.view().integer(kFirst), a.view().integer(kSecond)),
                                  std::max(a.view().integer(kFirst), a.view().integer(kSecond))}) {
    shape.insert(shape.begin() + axis, extent);
  }
  a.set("shape", std::move(shape));
  return call(kDiagonalEmbed, {input}, std::move(a));
}

Tensor diag(const Tensor& input, std::int64_t diagonal) {
  if (input.dim() == 1) return diag_embed(input, diagonal);
  if (input.dim() == 2) return lamella::diagonal(input, diagonal).clone(MemoryFormat::kContiguous);
  throw Error(fmt::format("diag(): Supports 1D or 2D tensors. Got {}D", input.dim()));
}

Tensor tril(const Tensor& input, std::int64_t diagonal) { return triangle("tril", input, diagonal, true); }
Tensor triu(const Tensor& input, std::int64_t diagonal) { return triangle("triu", input, diagonal, false); }

}  // namespace lamella
