// Convolution and its two adjoints. The three are closed under differentiation, so a second derivative needs no code of
// its own:
//
//   y  = conv(x, w)              dx = input_gradient(dy, w)      dw = weight_gradient(x, dy)
//   dx = input_gradient(dy, w)   d(dy) = conv(g, w)              dw = weight_gradient(g, dy)
//   dw = weight_gradient(x, dy)  dx = input_gradient(dy, g)      d(dy) = conv(x, g)
#include <lamella/ops/conv.h>

#include <atomic>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/view.h>

#include "kernels/conv/conv.h"
#include "ops/channels_last.h"
#include "ops/conv_args.h"
#include "ops/half.h"
#include "ops/op.h"

namespace lamella {

namespace {

using kernels::ConvDirection;
using kernels::ConvShape;

std::atomic<bool> fast_precision{true};

constexpr std::string_view kConvNames[] = {"conv1d", "conv2d", "conv3d"};
constexpr std::string_view kConvTransposeNames[] = {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"};

constexpr const char* kStride = "stride";
constexpr const char* kPaddingBegin = "padding";
constexpr const char* kPaddingEnd = "padding_end";
constexpr const char* kDilation = "dilation";
constexpr const char* kGroups = "groups";
constexpr const char* kInputSize = "input_size";    // spatial extents of x
constexpr const char* kKernelSize = "kernel_size";  // spatial extents of w

OwnedAttributes attributes_of(const ConvGeometry& g) {
  return {{kStride, g.stride},
          {kPaddingBegin, g.padding},
          {kPaddingEnd, g.padding_end},
          {kDilation, g.dilation},
          {kGroups, g.groups}};
}
/// The same geometry for another of the three operators.
OwnedAttributes with_extents(const Attributes& a, const char* name, Dims extents) {
  OwnedAttributes result{{kStride, a.dims(kStride)},
                         {kPaddingBegin, a.dims(kPaddingBegin)},
                         {kPaddingEnd, a.dims(kPaddingEnd)},
                         {kDilation, a.dims(kDilation)},
                         {kGroups, a.integer(kGroups)}};
  if (name != nullptr) result.set(name, std::move(extents));
  return result;
}

Dims spatial(const Dims& shape) { return Dims(shape.begin() + 2, shape.end()); }

/// Spatial axes stand at the end of the kernels' three.
void place(std::array<std::int64_t, 3>& target, const Dims& values) {
  std::copy(values.begin(), values.end(), target.end() - static_cast<std::ptrdiff_t>(values.size()));
}

ConvShape conv_shape(const Dims& x, const Dims& w, const Dims& y, const Attributes& a) {
  ConvShape shape;
  shape.batch = x[0];
  shape.in_channels = x[1];
  shape.out_channels = w[0];
  shape.groups = a.integer(kGroups);
  place(shape.input, spatial(x));
  place(shape.kernel, spatial(w));
  place(shape.output, spatial(y));
  place(shape.stride, a.dims(kStride));
  place(shape.padding, a.dims(kPaddingBegin));
  place(shape.dilation, a.dims(kDilation));
  return shape;
}

/// Identifies a packing of one weight tensor: all that kernels::pack depends on besides the values.

template <typename T>
std::uint64_t variant_of(const kernels::ConvPlan<T>& plan, std::int64_t offset) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 1099511628211ULL; };
  const ConvShape& s = plan.shape;
  for (const std::int64_t value :
       {s.in_channels, s.out_channels, s.groups, offset, static_cast<std::int64_t>(plan.target),
        static_cast<std::int64_t>(plan.direction), static_cast<std::int64_t>(sizeof(T))}) {
    mix(static_cast<std::uint64_t>(value));
  }
  for (const auto& list : {s.kernel, s.stride, s.padding, s.dilation}) {
    for (const std::int64_t value : list) mix(static_cast<std::uint64_t>(value));
  }
  return hash;
}

/// The weights in the plan's order, valid as long as this and the tensor live. What was packed is kept in the storage's
/// cache from its second use on, until something writes to the weights: a step of training uses it once, and would only
/// hold the memory.
template <typename T>
class PackedWeight {
 public:
  PackedWeight(const kernels::ConvPlan<T>& plan, const Tensor& weight) : plain_(weight.contiguous()) {
    Storage& storage = *impl(weight).storage;
    const std::uint64_t variant = variant_of(plan, impl(weight).offset), epoch = storage.write_epoch();
    if (kernels::takes_plain_weights(plan)) {
      data_ = plain_data();
      return;
    }
    const bool cacheable = weight.is_contiguous();
    const RefPtr<Buffer> seen = cacheable ? storage.find_derived(plan.correlation, variant) : nullptr;
    if (seen && seen->bytes() > 0) {
      buffer_ = seen;
    } else {
      buffer_ = make_ref<Buffer>(static_cast<std::size_t>(packed_elements(plan)) * sizeof(T));
      kernels::pack(plan, plain_data(), reinterpret_cast<T*>(buffer_->data()));
      if (cacheable) {
        storage.keep_derived(plan.correlation, variant, epoch, seen ? buffer_ : make_ref<Buffer>(std::size_t{0}));
      }
    }
    data_ = reinterpret_cast<const T*>(buffer_->data());
  }

  const T* data() const { return data_; }

 private:
  const T* plain_data() const {
    impl(plain_).storage->make_plain();
    return reinterpret_cast<const T*>(physical(plain_).data);
  }

  Tensor plain_;
  RefPtr<Buffer> buffer_;
  const T* data_;
};

/// Calls fn with float or double; 16-bit numbers come as float32 (`with_float`).
template <typename Fn>
void with_real(DType dtype, Fn&& fn) {
  if (dtype == DType::kFloat64) {
    fn.template operator()<double>();
  } else {
    fn.template operator()<float>();
  }
}

template <typename T>
struct Bias {
  explicit Bias(const Tensor& tensor) : dense(tensor.defined() ? tensor.contiguous() : tensor) {
    if (!dense.defined()) return;
    access = physical(dense);
    data = reinterpret_cast<const T*>(access.data);
  }
  Tensor dense;
  Physical access;
  const T* data = nullptr;
};

kernels::ConvPrecision precision() {
  return fast_precision.load(std::memory_order_relaxed) ? kernels::ConvPrecision::kFast
                                                        : kernels::ConvPrecision::kExact;
}

template <typename T>
void run_correlation(const ConvShape& shape, ConvDirection direction, const Tensor& input, const Tensor& weight,
                     const Tensor& bias, const Tensor& output) {
  const auto plan = kernels::make_conv_plan<T>(shape, direction, precision());
  const PackedWeight<T> packed(plan, weight);
  const Bias<T> b(bias);
  const ChannelsLastInput in(input);
  const ChannelsLastOutput out(output);
  kernels::ConvEpilogue<T> epilogue;
  epilogue.bias = b.data;
  if (direction == ConvDirection::kForward) {
    kernels::forward(plan, in.data<T>(), packed.data(), out.data<T>(), epilogue);
  } else {
    kernels::input_gradient(plan, in.data<T>(), packed.data(), out.data<T>(), epilogue);
  }
  out.finish();
}

Dims result_strides(const TensorMeta& x, const TensorMeta& w, const Dims& shape) {
  return shape.size() > 3 && (x.suggests_channels_last() || w.suggests_channels_last()) ? channels_last_strides(shape)
                                                                                        : Dims{};
}

// convolution: inputs x, w, bias

Tensor convolution(const Tensor& x, const Tensor& w, const Tensor& bias, const Attributes& a);
Tensor input_gradient(const Tensor& dy, const Tensor& w, const Tensor& bias, Dims input_size, const Attributes& a);
Tensor weight_gradient(const Tensor& x, const Tensor& dy, Dims kernel_size, const Attributes& a);
Tensor channel_sum(const Tensor& dy);

void infer_convolution(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(0);
  const TensorMeta& w = args.input(1);
  const Attributes& a = args.attributes;
  const ConvGeometry g{a.dims(kStride), a.dims(kPaddingBegin), a.dims(kPaddingEnd), a.dims(kDilation),
                       a.integer(kGroups)};
  Dims shape{x.shape[0], w.shape[0]};
  const std::string_view op = kConvNames[x.rank() - 3];
  check_conv_dtypes(op, x, w, args.has(2) ? &args.input(2) : nullptr);
  const Dims extents = conv_output_extents(op, spatial(x.shape), spatial(w.shape), g);
  shape.append(extents.begin(), extents.end());
  Dims strides = result_strides(x, w, shape);
  outputs.push_back({std::move(shape), std::move(strides), x.dtype});
}

void forward_convolution(const ForwardArgs& args) {
  const ConvShape shape =
      conv_shape(args.input(0).shape(), args.input(1).shape(), args.output().shape(), args.attributes);
  with_real(args.input(0).dtype(), [&]<typename T>() {
    run_correlation<T>(shape, ConvDirection::kForward, args.input(0), args.input(1), args.input(2), args.output());
  });
}

TensorList backward_convolution(const BackwardArgs& args) {
  TensorList gradients(3);
  if (args.needs_input(0))
    gradients[0] =
        input_gradient(args.grad(), args.input(1), Tensor(), spatial(args.input_meta(0).shape), args.attributes);
  if (args.needs_input(1))
    gradients[1] = weight_gradient(args.input(0), args.grad(), spatial(args.input_meta(1).shape), args.attributes);
  if (args.needs_input(2)) gradients[2] = channel_sum(args.grad());
  return gradients;
}

constexpr OpDef kConvolution{.name = "convolution",
                             .infer = infer_convolution,
                             .forward = with_float<forward_convolution>,
                             .backward = backward_convolution,
                             .saves_inputs = save(0) | save(1),
                             .bilinear = true,
                             .order = OrderPolicy::kChannelsLast};

// convolution_input_gradient: inputs dy, w, bias (of a transposed convolution)

void infer_input_gradient(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& dy = args.input(0);
  const TensorMeta& w = args.input(1);
  check_conv_dtypes(kConvTransposeNames[dy.rank() - 3], dy, w, args.has(2) ? &args.input(2) : nullptr);
  Dims shape{dy.shape[0], w.shape[1] * args.attributes.integer(kGroups)};
  const Dims& extents = args.attributes.dims(kInputSize);
  shape.append(extents.begin(), extents.end());
  Dims strides = result_strides(dy, w, shape);
  outputs.push_back({std::move(shape), std::move(strides), dy.dtype});
}

void forward_input_gradient(const ForwardArgs& args) {
  const ConvShape shape =
      conv_shape(args.output().shape(), args.input(1).shape(), args.input(0).shape(), args.attributes);
  with_real(args.input(0).dtype(), [&]<typename T>() {
    run_correlation<T>(shape, ConvDirection::kInputGradient, args.input(0), args.input(1), args.input(2),
                       args.output());
  });
}

/// Without the positions beyond `extents`, which an output padding that the stride does not allow for adds to a
/// transposed convolution's result.
Tensor cropped(Tensor x, std::span<const std::int64_t> extents) {
  for (std::size_t i = 2; i < extents.size(); ++i) {
    if (x.shape()[i] > extents[i]) x = narrow(x, static_cast<std::int64_t>(i), 0, extents[i]);
  }
  return x;
}

TensorList backward_input_gradient(const BackwardArgs& args) {
  TensorList gradients(3);
  if (args.needs_input(0)) {
    const Tensor all = convolution(args.grad(), args.input(1), Tensor(), args.attributes);
    gradients[0] = cropped(all, args.input_meta(0).shape);
  }
  if (args.needs_input(1))
    gradients[1] = weight_gradient(args.grad(), args.input(0), spatial(args.input_meta(1).shape), args.attributes);
  if (args.needs_input(2)) gradients[2] = channel_sum(args.grad());
  return gradients;
}

constexpr OpDef kInputGradient{.name = "convolution_input_gradient",
                               .infer = infer_input_gradient,
                               .forward = with_float<forward_input_gradient>,
                               .backward = backward_input_gradient,
                               .saves_inputs = save(0) | save(1),
                               .bilinear = true,
                               .order = OrderPolicy::kChannelsLast};

// convolution_weight_gradient: inputs x, dy

void infer_weight_gradient(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(0);
  Dims shape{args.input(1).shape[1], x.shape[1] / args.attributes.integer(kGroups)};
  const Dims& kernel = args.attributes.dims(kKernelSize);
  shape.append(kernel.begin(), kernel.end());
  outputs.push_back({std::move(shape), {}, x.dtype});
}

void forward_weight_gradient(const ForwardArgs& args) {
  const Tensor& dw = args.output();
  const ConvShape shape = conv_shape(args.input(0).shape(), dw.shape(), args.input(1).shape(), args.attributes);
  const ChannelsLastInput x(args.input(0));
  const ChannelsLastInput dy(args.input(1));
  const Physical out = physical_for_write(dw);
  with_real(dw.dtype(), [&]<typename T>() {
    const auto plan = kernels::make_conv_plan<T>(shape, ConvDirection::kWeightGradient, precision());
    kernels::weight_gradient(plan, x.data<T>(), dy.data<T>(), reinterpret_cast<T*>(out.data));
  });
}

TensorList backward_weight_gradient(const BackwardArgs& args) {
  TensorList gradients(2);
  if (args.needs_input(0))
    gradients[0] =
        input_gradient(args.input(1), args.grad(), Tensor(), spatial(args.input_meta(0).shape), args.attributes);
  if (args.needs_input(1)) gradients[1] = convolution(args.input(0), args.grad(), Tensor(), args.attributes);
  return gradients;
}

constexpr OpDef kWeightGradient{.name = "convolution_weight_gradient",
                                .infer = infer_weight_gradient,
                                .forward = with_float<forward_weight_gradient>,
                                .backward = backward_weight_gradient,
                                .saves_inputs = save(0) | save(1),
                                .bilinear = true,
                                .order = OrderPolicy::kPlain};

// channel_sum: the bias gradient, db[k] = sum of dy over all axes but the channels.

void infer_channel_sum(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({Dims{args.input(0).shape[1]}, {}, args.input(0).dtype});
}

void forward_channel_sum(const ForwardArgs& args) {
  const Tensor& dy = args.input(0);
  const ChannelsLastInput in(dy);
  const Physical out = physical_for_write(args.output());
  const std::int64_t channels = dy.shape()[1];
  const std::int64_t pixels = channels == 0 ? 0 : dy.numel() / channels;
  with_real(dy.dtype(), [&]<typename T>() {
    kernels::bias_gradient(in.data<T>(), pixels, channels, reinterpret_cast<T*>(out.data));
  });
}

TensorList backward_channel_sum(const BackwardArgs& args) {
  const Dims& shape = args.input_meta(0).shape;
  Dims aligned(shape.size(), 1);
  aligned[1] = shape[1];
  return {args.grad().reshape(std::move(aligned)).expand(shape)};
}

constexpr OpDef kChannelSum{.name = "channel_sum",
                            .infer = infer_channel_sum,
                            .forward = with_float<forward_channel_sum>,
                            .backward = backward_channel_sum,
                            .order = OrderPolicy::kPlain};

Tensor convolution(const Tensor& x, const Tensor& w, const Tensor& bias, const Attributes& a) {
  return call(kConvolution, {x, w, bias}, with_extents(a, nullptr, {}));
}
Tensor input_gradient(const Tensor& dy, const Tensor& w, const Tensor& bias, Dims input_size, const Attributes& a) {
  return call(kInputGradient, {dy, w, bias}, with_extents(a, kInputSize, std::move(input_size)));
}
Tensor weight_gradient(const Tensor& x, const Tensor& dy, Dims kernel_size, const Attributes& a) {
  return call(kWeightGradient, {x, dy}, with_extents(a, kKernelSize, std::move(kernel_size)));
}
Tensor channel_sum(const Tensor& dy) { return call(kChannelSum, {dy}); }

constexpr OpDef kConv = with_autocast(kConvolution, AutocastPolicy::kLower);
constexpr OpDef kConvTranspose = with_autocast(kInputGradient, AutocastPolicy::kLower);

Tensor conv(std::string_view op, const Tensor& input, const Tensor& weight, const Tensor& bias,
            const ConvOptions& options, std::int64_t axes) {
  if (options.groups < 1)
    throw ValueError(fmt::format("{}: groups must be a positive integer, got {}", op, options.groups));
  check_conv_inputs(op, input, weight, bias, axes, options.groups);
  const ConvGeometry geometry = conv_geometry(op, options, spatial(weight.shape()));
  if (input.dim() == axes + 2) return call(kConv, {input, weight, bias}, attributes_of(geometry));
  return squeeze(call(kConv, {unsqueeze(input, 0), weight, bias}, attributes_of(geometry)), 0);
}

Tensor conv_transpose(std::string_view op, const Tensor& input, const Tensor& weight, const Tensor& bias,
                      const ConvTransposeOptions& options, std::int64_t axes) {
  check_conv_transpose_inputs(op, input, weight, bias, axes, options.groups);
  const Dims kernel = spatial(weight.shape());
  const ConvGeometry g =
      conv_geometry(op, {options.stride, Padding(options.padding), options.dilation, options.groups}, kernel);
  const Dims extra = expand_to_axes(op, "output_padding", options.output_padding, axes);
  const Tensor batched = input.dim() == axes + 2 ? input : unsqueeze(input, 0);
  Dims extents;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    if (extra[i] < 0 || (extra[i] >= g.stride[i] && extra[i] >= g.dilation[i])) {
      throw Error(
          fmt::format("{}: output padding must be smaller than either stride or dilation, but got output_padding {}, "
                      "stride {}, dilation {}",
                      op, to_string(extra), to_string(g.stride), to_string(g.dilation)));
    }
    extents.push_back((batched.shape()[i + 2] - 1) * g.stride[i] - 2 * g.padding[i] + g.dilation[i] * (kernel[i] - 1) +
                      extra[i] + 1);
    if (extents.back() < 1) {
      throw Error(fmt::format(
          "{}: the input {} with stride {} and padding {} gives an output extent of {} on axis {}; use less padding",
          op, to_string(input.shape()), to_string(g.stride), to_string(g.padding), extents.back(), i));
    }
  }
  OwnedAttributes attributes = attributes_of(g);
  attributes.set(kInputSize, std::move(extents));
  const Tensor result = call(kConvTranspose, {batched, weight, bias}, std::move(attributes));
  return input.dim() == axes + 2 ? result : squeeze(result, 0);
}

}  // namespace

Tensor conv1d(const Tensor& input, const Tensor& weight, const Tensor& bias, ConvOptions options) {
  return conv("conv1d", input, weight, bias, options, 1);
}
Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias, ConvOptions options) {
  return conv("conv2d", input, weight, bias, options, 2);
}
Tensor conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias, ConvOptions options) {
  return conv("conv3d", input, weight, bias, options, 3);
}
Tensor conv_transpose1d(const Tensor& input, const Tensor& weight, const Tensor& bias, ConvTransposeOptions options) {
  return conv_transpose("conv_transpose1d", input, weight, bias, options, 1);
}
Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const Tensor& bias, ConvTransposeOptions options) {
  return conv_transpose("conv_transpose2d", input, weight, bias, options, 2);
}
Tensor conv_transpose3d(const Tensor& input, const Tensor& weight, const Tensor& bias, ConvTransposeOptions options) {
  return conv_transpose("conv_transpose3d", input, weight, bias, options, 3);
}

void set_conv_precision(std::string_view precision) {
  if (precision != "exact" && precision != "fast")
    throw ValueError(fmt::format("set_conv_precision: expected \"exact\" or \"fast\", got \"{}\"", precision));
  fast_precision.store(precision == "fast", std::memory_order_relaxed);
}
std::string_view conv_precision() { return fast_precision.load(std::memory_order_relaxed) ? "fast" : "exact"; }

}  // namespace lamella
