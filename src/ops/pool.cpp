// Pooling and its adjoints. Maxima keep one byte each (the tap's number in its window) where a window has at most 256
// taps.
#include <lamella/ops/pool.h>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/view.h>

#include "kernels/pool/gather.h"
#include "ops/channels_last.h"
#include "ops/conv_args.h"
#include "ops/layout.h"
#include "ops/op.h"
#include "ops/pool_args.h"

namespace lamella {

namespace {

constexpr const char* kKernel = "kernel_size";
constexpr const char* kStride = "stride";
constexpr const char* kPad = "padding";
constexpr const char* kDilation = "dilation";
constexpr const char* kCeil = "ceil_mode";
constexpr const char* kInputSize = "input_size";
constexpr const char* kOutputSize = "output_size";
constexpr const char* kIndexType = "index_dtype";

PoolGeometry geometry_of(const Attributes& a) {
  return {a.dims(kKernel), a.dims(kStride), a.dims(kPad), a.dims(kDilation), a.flag(kCeil)};
}
OwnedAttributes attributes_of(const PoolGeometry& g) {
  return {{kKernel, g.kernel}, {kStride, g.stride}, {kPad, g.padding}, {kDilation, g.dilation}, {kCeil, g.ceil_mode}};
}
OwnedAttributes with(OwnedAttributes a, const char* name, AttributeValue value) {
  a.set(name, std::move(value));
  return a;
}

Dims batched(const Dims& like, const Dims& extents) {
  Dims shape{like[0], like[1]};
  shape.append(extents.begin(), extents.end());
  return shape;
}

OutputSpec output_like(const TensorMeta& input, Dims shape, DType dtype) {
  Dims strides = shape.size() > 3 && input.suggests_channels_last() ? channels_last_strides(shape) : Dims{};
  return {std::move(shape), std::move(strides), dtype};
}

/// torch's average and adaptive pooling over three axes is contiguous whatever the input's strides are.
OutputSpec contiguous_in_3d(OutputSpec spec) {
  if (spec.shape.size() == 5) spec.strides.clear();
  return spec;
}

/// `op` is the family's name: "max_pool" of a tensor [N, C, H, W] is max_pool2d to its caller.
[[noreturn]] void throw_dtype(std::string_view op, const Tensor& tensor) {
  throw NotImplementedError(fmt::format("{}{}d: not implemented for {}; convert the input to float32", op,
                                        tensor.dim() - 2, name_of(tensor.dtype())));
}

template <typename Fn>
void with_floating(std::string_view op, const Tensor& tensor, Fn&& fn) {
  visit_dtype(tensor.dtype(), [&]<typename T>() {
    if constexpr (std::is_integral_v<T>) {
      throw_dtype(op, tensor);
    } else {
      fn.template operator()<T>();
    }
  });
}

/// A tensor's pointer and its strides as pooling takes them; `kept` holds the memory.
template <typename T>
struct PoolInput {
  explicit PoolInput(const Tensor& t)
      : kept(physical(t)), data(reinterpret_cast<const T*>(kept.data)), strides(pool_strides(kept.strides)) {}
  Physical kept;
  const T* data;
  kernels::PoolStrides strides;
};
template <typename T>
struct PoolOutput {
  explicit PoolOutput(const Tensor& t)
      : kept(physical_for_write(t)), data(reinterpret_cast<T*>(kept.data)), strides(pool_strides(kept.strides)) {}
  Physical kept;
  T* data;
  kernels::PoolStrides strides;
};
/// A gradient as channels-last memory, which all the other sides of a backward have.
template <typename T>
struct PoolGradient {
  explicit PoolGradient(const Tensor& t)
      : dense(t), data(dense.data<T>()), strides(pool_strides(dense_channels_last(t.shape()))) {}
  ChannelsLastInput dense;
  const T* data;
  kernels::PoolStrides strides;
};

// max_pool: outputs values, indices

void infer_max_pool(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(0);
  const PoolGeometry g = geometry_of(args.attributes);
  const Dims shape = batched(x.shape, pool_output_extents("max_pool", x.shape, g));
  outputs.push_back(output_like(x, shape, x.dtype));
  outputs.push_back(output_like(x, shape, args.attributes.dtype(kIndexType)));
}

template <typename T, typename Index>
void run_max_pool(const ForwardArgs& args, const PoolGeometry& g) {
  const kernels::PoolShape shape = pool_shape(args.input(0).shape(), args.output().shape(), &g);
  const PoolInput<T> x(args.input(0));
  const PoolOutput<T> y(args.output(0));
  const PoolOutput<Index> index(args.output(1));
  kernels::max_pool_forward(shape, x.data, x.strides, y.data, y.strides, index.data, index.strides);
}

void forward_max_pool(const ForwardArgs& args) {
  const PoolGeometry g = geometry_of(args.attributes);
  visit_dtype(args.input(0).dtype(), [&]<typename T>() {
    if constexpr (std::is_same_v<T, bool>) {
      throw_dtype("max_pool", args.input(0));
    } else if (args.output(1).dtype() == DType::kUInt8) {
      run_max_pool<T, std::uint8_t>(args, g);
    } else {
      run_max_pool<T, std::int64_t>(args, g);
    }
  });
}

Tensor max_pool_backward(const Tensor& dy, const Tensor& index, const Dims& input_size, const Attributes& a);

TensorList backward_max_pool(const BackwardArgs& args) {
  return {max_pool_backward(args.grad(), args.output(1), args.input_meta(0).shape, args.attributes)};
}

constexpr OpDef kMaxPool{.name = "max_pool",
                         .infer = infer_max_pool,
                         .forward = forward_max_pool,
                         .backward = backward_max_pool,
                         .saves_outputs = save(1),
                         .no_grad_outputs = save(1),
                         .order = OrderPolicy::kChannelsLast,
                         .autocast = AutocastPolicy::kFloat32In3d};

// max_pool_backward: inputs dy, indices

void infer_max_pool_backward(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back(output_like(args.input(0), args.attributes.dims(kInputSize), args.input(0).dtype));
}

void forward_max_pool_backward(const ForwardArgs& args) {
  const PoolGeometry g = geometry_of(args.attributes);
  const kernels::PoolShape shape = pool_shape(args.output().shape(), args.input(0).shape(), &g);
  with_floating("max_pool_backward", args.output(), [&]<typename T>() {
    const PoolGradient<T> dy(args.input(0));
    const auto run = [&]<typename Index>() {
      const PoolGradient<Index> index(args.input(1));
      const PoolOutput<T> dx(args.output());
      kernels::max_pool_backward(shape, dy.data, dy.strides, index.data, index.strides, dx.data, dx.strides);
    };
    args.input(1).dtype() == DType::kUInt8 ? run.template operator()<std::uint8_t>()
                                           : run.template operator()<std::int64_t>();
  });
}

Tensor max_pool_gather(const Tensor& g, const Tensor& index, const Attributes& a);
TensorList backward_max_pool_backward(const BackwardArgs& args) {
  return {max_pool_gather(args.grad(), args.input(1), args.attributes), Tensor()};
}

constexpr OpDef kMaxPoolBackward{.name = "max_pool_backward",
                                 .infer = infer_max_pool_backward,
                                 .forward = forward_max_pool_backward,
                                 .backward = backward_max_pool_backward,
                                 .saves_inputs = save(1),
                                 .order = OrderPolicy::kChannelsLast};

// max_pool_gather: the adjoint of max_pool_backward; inputs g (like x), indices

void infer_max_pool_gather(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back(output_like(args.input(0), args.input(1).shape, args.input(0).dtype));
}

void forward_max_pool_gather(const ForwardArgs& args) {
  const PoolGeometry g = geometry_of(args.attributes);
  const kernels::PoolShape shape = pool_shape(args.input(0).shape(), args.output().shape(), &g);
  with_floating("max_pool_gather", args.output(), [&]<typename T>() {
    const PoolInput<T> from(args.input(0));
    const auto run = [&]<typename Index>() {
      const PoolInput<Index> index(args.input(1));
      const PoolOutput<T> to(args.output());
      kernels::max_pool_gather(shape, from.data, from.strides, index.data, index.strides, to.data, to.strides);
    };
    args.input(1).dtype() == DType::kUInt8 ? run.template operator()<std::uint8_t>()
                                           : run.template operator()<std::int64_t>();
  });
}

TensorList backward_max_pool_gather(const BackwardArgs& args) {
  return {max_pool_backward(args.grad(), args.input(1), args.input_meta(0).shape, args.attributes), Tensor()};
}

constexpr OpDef kMaxPoolGather{.name = "max_pool_gather",
                               .infer = infer_max_pool_gather,
                               .forward = forward_max_pool_gather,
                               .backward = backward_max_pool_gather,
                               .saves_inputs = save(1),
                               .order = OrderPolicy::kChannelsLast};

Tensor max_pool_backward(const Tensor& dy, const Tensor& index, const Dims& input_size, const Attributes& a) {
  return call(kMaxPoolBackward, {dy, index}, with(attributes_of(geometry_of(a)), kInputSize, input_size));
}
Tensor max_pool_gather(const Tensor& g, const Tensor& index, const Attributes& a) {
  return call(kMaxPoolGather, {g, index}, attributes_of(geometry_of(a)));
}

// avg_pool and its adjoint, which is linear in dy; so the adjoint of that is avg_pool again.

kernels::AveragePool average_of(const Attributes& a) {
  return {a.flag("count_include_pad"), a.integer("divisor_override")};
}

void infer_avg_pool(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(0);
  outputs.push_back(contiguous_in_3d(output_like(
      x, batched(x.shape, pool_output_extents("avg_pool", x.shape, geometry_of(args.attributes))), x.dtype)));
}

void forward_avg_pool(const ForwardArgs& args) {
  const PoolGeometry g = geometry_of(args.attributes);
  const kernels::PoolShape shape = pool_shape(args.input(0).shape(), args.output().shape(), &g);
  const auto run = [&]<typename T>() {
    const PoolInput<T> x(args.input(0));
    const PoolOutput<T> y(args.output());
    kernels::average_pool_forward(shape, average_of(args.attributes), x.data, x.strides, y.data, y.strides);
  };
  if (args.input(0).dtype() == DType::kInt64) {
    run.template operator()<std::int64_t>();
  } else {
    with_floating("avg_pool", args.input(0), run);
  }
}

void infer_avg_pool_backward(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back(output_like(args.input(0), args.attributes.dims(kInputSize), args.input(0).dtype));
}

void forward_avg_pool_backward(const ForwardArgs& args) {
  const PoolGeometry g = geometry_of(args.attributes);
  const kernels::PoolShape shape = pool_shape(args.output().shape(), args.input(0).shape(), &g);
  with_floating("avg_pool_backward", args.output(), [&]<typename T>() {
    const PoolGradient<T> dy(args.input(0));
    const PoolOutput<T> dx(args.output());
    kernels::average_pool_backward(shape, average_of(args.attributes), dy.data, dy.strides, dx.data, dx.strides);
  });
}

OwnedAttributes average_attributes(const Attributes& a) {
  OwnedAttributes result = attributes_of(geometry_of(a));
  result.set("count_include_pad", a.flag("count_include_pad"));
  result.set("divisor_override", a.integer("divisor_override"));
  return result;
}

extern const OpDef kAvgPoolBackward;
TensorList backward_avg_pool(const BackwardArgs& args) {
  return {call(kAvgPoolBackward, {args.grad()},
               with(average_attributes(args.attributes), kInputSize, args.input_meta(0).shape))};
}
constexpr OpDef kAvgPool{.name = "avg_pool",
                         .infer = infer_avg_pool,
                         .forward = forward_avg_pool,
                         .backward = backward_avg_pool,
                         .order = OrderPolicy::kChannelsLast,
                         .autocast = AutocastPolicy::kFloat32In3d};
TensorList backward_avg_pool_backward(const BackwardArgs& args) {
  return {call(kAvgPool, {args.grad()}, average_attributes(args.attributes))};
}
constexpr OpDef kAvgPoolBackward{.name = "avg_pool_backward",
                                 .infer = infer_avg_pool_backward,
                                 .forward = forward_avg_pool_backward,
                                 .backward = backward_avg_pool_backward,
                                 .order = OrderPolicy::kChannelsLast};

// adaptive_avg_pool

void infer_adaptive(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back(contiguous_in_3d(output_like(
      args.input(0), batched(args.input(0).shape, args.attributes.dims(kOutputSize)), args.input(0).dtype)));
}

void forward_adaptive_avg(const ForwardArgs& args) {
  const kernels::PoolShape shape = pool_shape(args.input(0).shape(), args.output().shape(), nullptr);
  with_floating("adaptive_avg_pool", args.input(0), [&]<typename T>() {
    const PoolInput<T> x(args.input(0));
    const PoolOutput<T> y(args.output());
    kernels::adaptive_average_pool_forward(shape, x.data, x.strides, y.data, y.strides);
  });
}

void forward_adaptive_avg_backward(const ForwardArgs& args) {
  const kernels::PoolShape shape = pool_shape(args.output().shape(), args.input(0).shape(), nullptr);
  with_floating("adaptive_avg_pool_backward", args.output(), [&]<typename T>() {
    const PoolGradient<T> dy(args.input(0));
    const PoolOutput<T> dx(args.output());
    kernels::adaptive_average_pool_backward(shape, dy.data, dy.strides, dx.data, dx.strides);
  });
}

extern const OpDef kAdaptiveAvgPoolBackward;
TensorList backward_adaptive_avg(const BackwardArgs& args) {
  return {call(kAdaptiveAvgPoolBackward, {args.grad()}, {{kInputSize, args.input_meta(0).shape}})};
}
constexpr OpDef kAdaptiveAvgPool{.name = "adaptive_avg_pool",
                                 .infer = infer_adaptive,
                                 .forward = forward_adaptive_avg,
                                 .backward = backward_adaptive_avg,
                                 .order = OrderPolicy::kChannelsLast,
                                 .autocast = AutocastPolicy::kFloat32In3d};
TensorList backward_adaptive_avg_backward(const BackwardArgs& args) {
  const Dims& shape = args.input_meta(0).shape;
  return {call(kAdaptiveAvgPool, {args.grad()}, {{kOutputSize, Dims(shape.begin() + 2, shape.end())}})};
}
constexpr OpDef kAdaptiveAvgPoolBackward{.name = "adaptive_avg_pool_backward",
                                         .infer = infer_avg_pool_backward,
                                         .forward = forward_adaptive_avg_backward,
                                         .backward = backward_adaptive_avg_backward,
                                         .order = OrderPolicy::kChannelsLast};

// adaptive_max_pool: outputs values, int64 indices; its backward is a scatter by torch's index, which max_pool_backward
// is too.

void infer_adaptive_max(const InferArgs& args, OutputSpecs& outputs) {
  const Dims shape = batched(args.input(0).shape, args.attributes.dims(kOutputSize));
  outputs.push_back(contiguous_in_3d(output_like(args.input(0), shape, args.input(0).dtype)));
  outputs.push_back(contiguous_in_3d(output_like(args.input(0), shape, DType::kInt64)));
}

void forward_adaptive_max(const ForwardArgs& args) {
  const kernels::PoolShape shape = pool_shape(args.input(0).shape(), args.output().shape(), nullptr);
  with_floating("adaptive_max_pool", args.input(0), [&]<typename T>() {
    const PoolInput<T> x(args.input(0));
    const PoolOutput<T> y(args.output(0));
    const PoolOutput<std::int64_t> index(args.output(1));
    kernels::adaptive_max_pool_forward(shape, x.data, x.strides, y.data, y.strides, index.data, index.strides);
  });
}

void forward_adaptive_max_backward(const ForwardArgs& args) {
  const kernels::PoolShape shape = pool_shape(args.output().shape(), args.input(0).shape(), nullptr);
  with_floating("adaptive_max_pool_backward", args.output(), [&]<typename T>() {
    const PoolGradient<T> dy(args.input(0));
    const PoolGradient<std::int64_t> index(args.input(1));
    const PoolOutput<T> dx(args.output());
    kernels::adaptive_max_pool_backward(shape, dy.data, dy.strides, index.data, index.strides, dx.data, dx.strides);
  });
}

void forward_adaptive_max_gather(const ForwardArgs& args) {
  const kernels::PoolShape shape = pool_shape(args.input(0).shape(), args.output().shape(), nullptr);
  with_floating("adaptive_max_pool_gather", args.output(), [&]<typename T>() {
    const PoolInput<T> from(args.input(0));
    const PoolInput<std::int64_t> index(args.input(1));
    const PoolOutput<T> to(args.output());
    kernels::max_pool_gather(shape, from.data, from.strides, index.data, index.strides, to.data, to.strides);
  });
}

extern const OpDef kAdaptiveMaxPoolBackward;
extern const OpDef kAdaptiveMaxPoolGather;
TensorList adaptive_max_scatter(const BackwardArgs& args, const Tensor& index) {
  return {call(kAdaptiveMaxPoolBackward, {args.grad(), index}, {{kInputSize, args.input_meta(0).shape}}), Tensor()};
}
TensorList backward_adaptive_max(const BackwardArgs& args) { return {adaptive_max_scatter(args, args.output(1))[0]}; }
constexpr OpDef kAdaptiveMaxPool{.name = "adaptive_max_pool",
                                 .infer = infer_adaptive_max,
                                 .forward = forward_adaptive_max,
                                 .backward = backward_adaptive_max,
                                 .saves_outputs = save(1),
                                 .no_grad_outputs = save(1),
                                 .order = OrderPolicy::kChannelsLast,
                                 .autocast = AutocastPolicy::kFloat32In3d};
TensorList backward_adaptive_max_backward(const BackwardArgs& args) {
  return {call(kAdaptiveMaxPoolGather, {args.grad(), args.input(1)}), Tensor()};
}
constexpr OpDef kAdaptiveMaxPoolBackward{.name = "adaptive_max_pool_backward",
                                         .infer = infer_max_pool_backward,
                                         .forward = forward_adaptive_max_backward,
                                         .backward = backward_adaptive_max_backward,
                                         .saves_inputs = save(1),
                                         .order = OrderPolicy::kChannelsLast};
TensorList backward_adaptive_max_gather(const BackwardArgs& args) { return adaptive_max_scatter(args, args.input(1)); }
constexpr OpDef kAdaptiveMaxPoolGather{.name = "adaptive_max_pool_gather",
                                       .infer = infer_max_pool_gather,
                                       .forward = forward_adaptive_max_gather,
                                       .backward = backward_adaptive_max_gather,
                                       .saves_inputs = save(1),
                                       .order = OrderPolicy::kChannelsLast};

/// Runs `fn` on a batch: an input without one gets a batch of 1, which the result loses again.
template <typename Fn>
Tensor on_batch(const Tensor& input, std::int64_t axes, Fn&& fn) {
  return input.dim() == axes + 2 ? fn(input) : squeeze(fn(unsqueeze(input, 0)), 0);
}

TensorList max_pool_any(const Tensor& batch, const PoolGeometry& g, bool torch_indices) {
  std::int64_t taps = 1;
  for (const std::int64_t k : g.kernel) taps *= std::min<std::int64_t>(k, 257);
  const DType index = torch_indices || taps > 256 ? DType::kInt64 : DType::kUInt8;
  return call_all(kMaxPool, std::span<const Tensor>(&batch, 1), with(attributes_of(g), kIndexType, index));
}

Tensor max_pool(std::string_view op, const Tensor& input, const Dims& kernel, const MaxPoolOptions& o,
                std::int64_t axes) {
  const PoolGeometry g = pool_geometry(op, kernel, o.stride, o.padding, o.dilation, o.ceil_mode, axes);
  check_pool_input(op, input, axes);
  return on_batch(input, axes, [&](const Tensor& batch) { return max_pool_any(batch, g, false)[0]; });
}

PooledIndices max_pool_indices(std::string_view op, const Tensor& input, const Dims& kernel, const MaxPoolOptions& o,
                               std::int64_t axes) {
  const PoolGeometry g = pool_geometry(op, kernel, o.stride, o.padding, o.dilation, o.ceil_mode, axes);
  check_pool_input(op, input, axes);
  const bool has_batch = input.dim() == axes + 2;
  const TensorList results = max_pool_any(has_batch ? input : unsqueeze(input, 0), g, true);
  return has_batch ? PooledIndices{results[0], results[1]}
                   : PooledIndices{squeeze(results[0], 0), squeeze(results[1], 0)};
}

Tensor avg_pool(std::string_view op, const Tensor& input, const Dims& kernel, const AvgPoolOptions& o,
                std::int64_t axes) {
  const PoolGeometry g = pool_geometry(op, kernel, o.stride, o.padding, {1}, o.ceil_mode, axes);
  check_pool_input(op, input, axes);
  if (o.divisor_override && *o.divisor_override == 0) throw Error(fmt::format("{}: divisor must be not zero", op));
  OwnedAttributes a = attributes_of(g);
  a.set("count_include_pad", o.count_include_pad);
  a.set("divisor_override", o.divisor_override.value_or(0));
  return on_batch(input, axes, [&](const Tensor& batch) { return call(kAvgPool, {batch}, a); });
}

Dims adaptive_extents(std::string_view op, const Tensor& input, const Dims& output_size, std::int64_t axes) {
  check_pool_input(op, input, axes);
  Dims extents = expand_to_axes(op, "output_size", output_size, axes);
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] == -1) extents[i] = input.shape()[input.shape().size() - extents.size() + i];
    if (extents[i] < 0)
      throw Error(fmt::format("{}: elements of output_size must be greater than or equal to 0 but received {}", op,
                              to_string(output_size)));
  }
  return extents;
}

Tensor adaptive(std::string_view op, const OpDef& row, const Tensor& input, const Dims& output_size,
                std::int64_t axes) {
  const Dims extents = adaptive_extents(op, input, output_size, axes);
  return on_batch(input, axes, [&](const Tensor& batch) {
    return call_all(row, std::span<const Tensor>(&batch, 1), {{kOutputSize, extents}})[0];
  });
}

PooledIndices adaptive_max_indices(std::string_view op, const Tensor& input, const Dims& output_size,
                                   std::int64_t axes) {
  const Dims extents = adaptive_extents(op, input, output_size, axes);
  const bool has_batch = input.dim() == axes + 2;
  const Tensor batch = has_batch ? input : unsqueeze(input, 0);
  const TensorList results = call_all(kAdaptiveMaxPool, std::span<const Tensor>(&batch, 1), {{kOutputSize, extents}});
  return has_batch ? PooledIndices{results[0], results[1]}
                   : PooledIndices{squeeze(results[0], 0), squeeze(results[1], 0)};
}

}  // namespace

Tensor max_pool1d(const Tensor& input, Extents kernel_size, MaxPoolOptions options) {
  return max_pool("max_pool1d", input, kernel_size, options, 1);
}
Tensor max_pool2d(const Tensor& input, Extents kernel_size, MaxPoolOptions options) {
  return max_pool("max_pool2d", input, kernel_size, options, 2);
}
Tensor max_pool3d(const Tensor& input, Extents kernel_size, MaxPoolOptions options) {
  return max_pool("max_pool3d", input, kernel_size, options, 3);
}
PooledIndices max_pool1d_with_indices(const Tensor& input, Extents kernel_size, MaxPoolOptions options) {
  return max_pool_indices("max_pool1d", input, kernel_size, options, 1);
}
PooledIndices max_pool2d_with_indices(const Tensor& input, Extents kernel_size, MaxPoolOptions options) {
  return max_pool_indices("max_pool2d", input, kernel_size, options, 2);
}
PooledIndices max_pool3d_with_indices(const Tensor& input, Extents kernel_size, MaxPoolOptions options) {
  return max_pool_indices("max_pool3d", input, kernel_size, options, 3);
}
Tensor avg_pool1d(const Tensor& input, Extents kernel_size, AvgPoolOptions options) {
  return avg_pool("avg_pool1d", input, kernel_size, options, 1);
}
Tensor avg_pool2d(const Tensor& input, Extents kernel_size, AvgPoolOptions options) {
  return avg_pool("avg_pool2d", input, kernel_size, options, 2);
}
Tensor avg_pool3d(const Tensor& input, Extents kernel_size, AvgPoolOptions options) {
  return avg_pool("avg_pool3d", input, kernel_size, options, 3);
}
Tensor adaptive_avg_pool1d(const Tensor& input, Extents output_size) {
  return adaptive("adaptive_avg_pool1d", kAdaptiveAvgPool, input, output_size, 1);
}
Tensor adaptive_avg_pool2d(const Tensor& input, Extents output_size) {
  return adaptive("adaptive_avg_pool2d", kAdaptiveAvgPool, input, output_size, 2);
}
Tensor adaptive_avg_pool3d(const Tensor& input, Extents output_size) {
  return adaptive("adaptive_avg_pool3d", kAdaptiveAvgPool, input, output_size, 3);
}
Tensor adaptive_max_pool1d(const Tensor& input, Extents output_size) {
  return adaptive("adaptive_max_pool1d", kAdaptiveMaxPool, input, output_size, 1);
}
Tensor adaptive_max_pool2d(const Tensor& input, Extents output_size) {
  return adaptive("adaptive_max_pool2d", kAdaptiveMaxPool, input, output_size, 2);
}
Tensor adaptive_max_pool3d(const Tensor& input, Extents output_size) {
  return adaptive("adaptive_max_pool3d", kAdaptiveMaxPool, input, output_size, 3);
}
PooledIndices adaptive_max_pool1d_with_indices(const Tensor& input, Extents output_size) {
  return adaptive_max_indices("adaptive_max_pool1d", input, output_size, 1);
}
PooledIndices adaptive_max_pool2d_with_indices(const Tensor& input, Extents output_size) {
  return adaptive_max_indices("adaptive_max_pool2d", input, output_size, 2);
}
PooledIndices adaptive_max_pool3d_with_indices(const Tensor& input, Extents output_size) {
  return adaptive_max_indices("adaptive_max_pool3d", input, output_size, 3);
}

}  // namespace lamella
