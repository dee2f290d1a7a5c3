#include "ops/as_strided.h"

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/create.h>

#include "ops/layout.h"
#include "ops/op.h"

namespace lamella {

namespace {

constexpr const char* kSize = "size";
constexpr const char* kStride = "stride";
constexpr const char* kOffset = "storage_offset";

StridedGeometry geometry_of(const Attributes& a) { return {a.dims(kSize), a.dims(kStride), a.integer(kOffset)}; }
OwnedAttributes attributes_of(const StridedGeometry& g) {
  return {{kSize, g.shape}, {kStride, g.strides}, {kOffset, g.offset}};
}

/// Raises where the geometry leaves the memory of a tensor that occupies `elements` from its storage's start.
void check_bounds(const StridedGeometry& g, std::int64_t elements) {
  if (g.shape.size() != g.strides.size()) throw Error("mismatch in length of strides and shape");
  if (g.offset < 0) throw Error(fmt::format("Tensor: invalid storage offset {}", g.offset));
  std::int64_t last = g.offset;
  for (std::size_t i = 0; i < g.shape.size(); ++i) {
    if (g.strides[i] < 0)
      throw Error(fmt::format("as_strided: Negative strides are not supported at the moment, got strides: {}",
                              to_string(g.strides)));
    if (g.shape[i] == 0) return;
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(g.shape[i] - 1, g.strides[i], &reach) || __builtin_add_overflow(last, reach, &last))
      last = elements;
  }
  if (last >= elements) {
    throw Error(
        fmt::format("as_strided: sizes {}, strides {}, storage offset {} are out of bounds for storage of {} elements",
                    to_string(g.shape), to_string(g.strides), g.offset, elements));
  }
}

std::int64_t storage_elements(const Tensor& t) {
  return static_cast<std::int64_t>(impl(t).storage->bytes() / size_of(t.dtype()));
}

// as_strided

void infer_as_strided(const InferArgs& args, OutputSpecs& outputs) {
  StridedGeometry g = geometry_of(args.attributes);
  outputs.push_back({std::move(g.shape), std::move(g.strides), args.input(0).dtype, 0, g.offset});
}

TensorList backward_as_strided_op(const BackwardArgs& args) {
  StridedGeometry g = geometry_of(args.attributes);
  g.offset -= args.attributes.integer("base_offset");
  return {as_strided_backward(args.grad(), args.input_meta(0), g)};
}

constexpr OpDef kAsStrided{
    .name = "as_strided", .infer = infer_as_strided, .forward = nullptr, .backward = backward_as_strided_op};

// as_strided_backward: out[offset + sum i_k stride_k] += grad[i], in a buffer of the input's own strides.

void infer_backward(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.attributes.dims("like_size"), args.attributes.dims("like_stride"), args.input(0).dtype});
}

void forward_backward(const ForwardArgs& args) {
  const StridedGeometry g = geometry_of(args.attributes);
  args.output().zero_();
  const Tensor target = alias(args.output(), g.shape, g.strides, g.offset);
  if (is_dense({g.shape, g.strides, DType::kFloat32, {}})) {
    target.copy_(args.input(0));
    return;
  }
  // Elements may overlap: add them one by one, in order.
  const Physical from = physical(args.input(0));
  const Physical to = physical_for_write(target);
  visit_dtype(args.output().dtype(), [&]<typename T>() {
    const auto* in = reinterpret_cast<const T*>(from.data);
    auto* out = reinterpret_cast<T*>(to.data);
    Dims index(g.shape.size());
    for (std::int64_t n = args.input(0).numel(); n > 0; --n) {
      std::int64_t i = 0;
      std::int64_t o = 0;
      for (std::size_t axis = 0; axis < index.size(); ++axis) {
        i += index[axis] * from.strides[axis];
        o += index[axis] * to.strides[axis];
      }
      if constexpr (std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>) {
        out[o] = T(static_cast<float>(out[o]) + static_cast<float>(in[i]));
      } else if constexpr (std::is_same_v<T, bool>) {
        out[o] = out[o] || in[i];
      } else {
        out[o] = static_cast<T>(out[o] + in[i]);
      }
      for (std::size_t axis = index.size(); axis-- > 0;) {
        if (++index[axis] < g.shape[axis]) break;
        index[axis] = 0;
      }
    }
  });
}

TensorList backward_backward(const BackwardArgs& args) {
  const StridedGeometry g = geometry_of(args.attributes);
  const TensorMeta like{
      args.attributes.dims("like_size"), args.attributes.dims("like_stride"), args.grad().dtype(), {}};
  return {with_strides(args.grad(), like).as_strided(g.shape, g.strides, g.offset)};
}

constexpr OpDef kAsStridedBackward{.name = "as_strided_backward",
                                   .infer = infer_backward,
                                   .forward = forward_backward,
                                   .backward = backward_backward,
                                   .order = OrderPolicy::kPlain};

// as_strided_scatter: self with the named elements replaced by source.

void infer_scatter(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, args.input(0).strides, args.input(0).dtype});
}

void forward_scatter(const ForwardArgs& args) {
  const StridedGeometry g = geometry_of(args.attributes);
  args.output().copy_(args.input(0));
  const Tensor target = alias(args.output(), g.shape, g.strides, g.offset);
  if (args.has(1)) {
    target.copy_(args.input(1));
  } else {
    target.zero_();
  }
}

TensorList backward_scatter(const BackwardArgs& args) {
  const StridedGeometry g = geometry_of(args.attributes);
  const Tensor whole = with_strides(args.grad(), args.input_meta(0));
  return {as_strided_scatter(whole, Tensor(), g), whole.as_strided(g.shape, g.strides, g.offset)};
}

constexpr OpDef kAsStridedScatter{.name = "as_strided_scatter",
                                  .infer = infer_scatter,
                                  .forward = forward_scatter,
                                  .backward = backward_scatter,
                                  .order = OrderPolicy::kPlain};

// with_strides: a copy with the strides asked for.

void infer_restride(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, args.attributes.dims(kStride), args.input(0).dtype});
}
void forward_restride(const ForwardArgs& args) { args.output().copy_(args.input(0)); }
TensorList backward_restride(const BackwardArgs& args) { return {args.grad()}; }

constexpr OpDef kRestride{.name = "restride",
                          .infer = infer_restride,
                          .forward = forward_restride,
                          .backward = backward_restride,
                          .order = OrderPolicy::kPlain};

}  // namespace

Tensor Tensor::as_strided(Dims shape, Dims strides, std::int64_t offset) const {
  const StridedGeometry g{std::move(shape), std::move(strides), offset};
  check_bounds(g, storage_elements(*this));
  return call(kAsStrided, {*this},
              {{kSize, g.shape}, {kStride, g.strides}, {kOffset, g.offset}, {"base_offset", storage_offset()}});
}

Tensor as_strided_backward(const Tensor& gradient, const TensorMeta& like, const StridedGeometry& g) {
  return call(kAsStridedBackward, {gradient},
              {{kSize, g.shape},
               {kStride, g.strides},
               {kOffset, g.offset},
               {"like_size", like.shape},
               {"like_stride", like.strides}});
}

Tensor as_strided_scatter(const Tensor& self, const Tensor& source, const StridedGeometry& g) {
  return call(kAsStridedScatter, {self, source}, attributes_of(g));
}

Tensor with_strides(const Tensor& tensor, const TensorMeta& like) {
  if (tensor.strides() == like.strides && tensor.storage_offset() == 0) return tensor;
  return call(kRestride, {tensor}, {{kStride, like.strides}});
}

}  // namespace lamella
