// unfold (im2col) and fold (col2im): each is the other's adjoint, one strided copy a tap of the window.
#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/ops/pad.h>
#include <lamella/ops/view.h>

#include "ops/conv_args.h"
#include "ops/op.h"

namespace lamella {

namespace {

constexpr const char* kKernel = "kernel_size";
constexpr const char* kDilation = "dilation";
constexpr const char* kPad = "padding";
constexpr const char* kStride = "stride";
constexpr const char* kOutputSize = "output_size";

/// How many windows fit along each axis.
Dims windows_of(std::string_view op, const Dims& extents, const Attributes& a) {
  Dims windows;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t room = extents[i] + 2 * a.dims(kPad)[i] - a.dims(kDilation)[i] * (a.dims(kKernel)[i] - 1) - 1;
    windows.push_back(room < 0 ? 0 : room / a.dims(kStride)[i] + 1);
    if (windows.back() >= 1) continue;
    throw Error(
        fmt::format("{}: Given input with spatial size {}, kernel_size={}, dilation={}, padding={}, stride={}: "
                    "no window fits along axis {}",
                    op, to_string(extents), to_string(a.dims(kKernel)), to_string(a.dims(kDilation)),
                    to_string(a.dims(kPad)), to_string(a.dims(kStride)), i));
  }
  return windows;
}

/// Calls fn(elements of the padded picture, columns) for each tap of the window: both [N, C, windows…].
template <typename Fn>
void for_taps(const Tensor& padded, const Tensor& columns, const Dims& windows, const Attributes& a, Fn&& fn) {
  const Dims& kernel = a.dims(kKernel);
  const Tensor taps = columns.view({padded.size(0), padded.size(1), kernel[0], kernel[1], windows[0], windows[1]});
  const auto along = [&](const Tensor& x, std::size_t i, std::int64_t tap) {
    const std::int64_t start = tap * a.dims(kDilation)[i];
    const std::int64_t stride = a.dims(kStride)[i];
    return x.slice(static_cast<std::int64_t>(i) + 2,
                   {.start = start, .stop = start + (windows[i] - 1) * stride + 1, .step = stride});
  };
  for (std::int64_t r = 0; r < kernel[0]; ++r) {
    const Tensor rows = along(padded, 0, r);
    for (std::int64_t s = 0; s < kernel[1]; ++s) fn(along(rows, 1, s), taps.select(2, r).select(2, s));
  }
}

Dims spatial(const Dims& shape) { return {shape[2], shape[3]}; }
Dims border(const Attributes& a) {
  const Dims& p = a.dims(kPad);
  return {p[1], p[1], p[0], p[0]};
}

void infer_unfold(const InferArgs& args, OutputSpecs& outputs) {
  const Dims& shape = args.input(0).shape;
  const Dims windows = windows_of("unfold", spatial(shape), args.attributes);
  const Dims& kernel = args.attributes.dims(kKernel);
  outputs.push_back(
      {Dims{shape[0], shape[1] * kernel[0] * kernel[1], windows[0] * windows[1]}, {}, args.input(0).dtype});
}
void forward_unfold(const ForwardArgs& args) {
  const Dims windows = windows_of("unfold", spatial(args.input(0).shape()), args.attributes);
  const Tensor padded = pad(args.input(0), border(args.attributes));
  for_taps(padded, args.output(), windows, args.attributes,
           [](const Tensor& picture, const Tensor& column) { column.copy_(picture); });
}

void infer_fold(const InferArgs& args, OutputSpecs& outputs) {
  const Dims& kernel = args.attributes.dims(kKernel);
  const Dims& extents = args.attributes.dims(kOutputSize);
  const Dims& shape = args.input(0).shape;
  const Dims windows = windows_of("fold", extents, args.attributes);
  if (shape[1] % (kernel[0] * kernel[1]) != 0)
    throw Error(
        fmt::format("fold: Expected size of input's dimension 1 to be divisible by the product of kernel_size, "
                    "but got input.size(1)={} and kernel_size={}.",
                    shape[1], to_string(kernel)));
  if (shape[2] != windows[0] * windows[1])
    throw Error(
        fmt::format("fold: given output_size={}, kernel_size={}, dilation={}, padding={}, stride={}, expected size of "
                    "input's dimension 2 to match the calculated number of sliding blocks {} * {} = {}, but got {}",
                    to_string(extents), to_string(kernel), to_string(args.attributes.dims(kDilation)),
                    to_string(args.attributes.dims(kPad)), to_string(args.attributes.dims(kStride)), windows[0],
                    windows[1], windows[0] * windows[1], shape[2]));
  outputs.push_back(
      {Dims{shape[0], shape[1] / (kernel[0] * kernel[1]), extents[0], extents[1]}, {}, args.input(0).dtype});
}
void forward_fold(const ForwardArgs& args) {
  const Dims& shape = args.output().shape();
  const Dims& padding = args.attributes.dims(kPad);
  const Dims windows = windows_of("fold", spatial(shape), args.attributes);
  const Tensor padded = zeros({shape[0], shape[1], shape[2] + 2 * padding[0], shape[3] + 2 * padding[1]},
                              {.dtype = args.output().dtype()});
  for_taps(padded, args.input(0).contiguous(), windows, args.attributes,
           [](const Tensor& picture, const Tensor& column) { picture.add_(column); });
  args.output().copy_(padded.narrow(2, padding[0], shape[2]).narrow(3, padding[1], shape[3]));
}

OwnedAttributes geometry(const Attributes& a) {
  return {{kKernel, a.dims(kKernel)}, {kDilation, a.dims(kDilation)}, {kPad, a.dims(kPad)}, {kStride, a.dims(kStride)}};
}

extern const OpDef kFold;
TensorList backward_unfold(const BackwardArgs& args) {
  OwnedAttributes a = geometry(args.attributes);
  a.set(kOutputSize, spatial(args.input_meta(0).shape));
  return {call(kFold, {args.grad()}, std::move(a))};
}
constexpr OpDef kUnfold{.name = "unfold",
                        .infer = infer_unfold,
                        .forward = forward_unfold,
                        .backward = backward_unfold,
                        .order = OrderPolicy::kPlain};
TensorList backward_fold(const BackwardArgs& args) { return {call(kUnfold, {args.grad()}, geometry(args.attributes))}; }
constexpr OpDef kFold{.name = "fold",
                      .infer = infer_fold,
                      .forward = forward_fold,
                      .backward = backward_fold,
                      .order = OrderPolicy::kPlain};

OwnedAttributes checked(std::string_view op, const Dims& kernel, const UnfoldOptions& o) {
  OwnedAttributes a{{kKernel, expand_to_axes(op, kKernel, kernel, 2)},
                    {kDilation, expand_to_axes(op, kDilation, o.dilation, 2)},
                    {kPad, expand_to_axes(op, kPad, o.padding, 2)},
                    {kStride, expand_to_axes(op, kStride, o.stride, 2)}};
  for (const auto& [name, value] : a.view().items()) {
    for (const std::int64_t number : std::get<Dims>(value)) {
      if (number >= (name == kPad ? 0 : 1)) continue;
      throw Error(fmt::format("{}: {} should be {}, but got {}", op, name,
                              name == kPad ? "non-negative" : "greater than zero", to_string(std::get<Dims>(value))));
    }
  }
  return a;
}

}  // namespace

Tensor unfold(const Tensor& input, Extents kernel_size, UnfoldOptions options) {
  OwnedAttributes a = checked("unfold", kernel_size, options);
  if (input.dim() != 3 && input.dim() != 4)
    throw Error(
        fmt::format("unfold: expected input of (N, C, H, W) or (C, H, W), got shape {}", to_string(input.shape())));
  if (input.dim() == 3) return call(kUnfold, {input.unsqueeze(0)}, std::move(a)).squeeze(0);
  return call(kUnfold, {input}, std::move(a));
}

Tensor fold(const Tensor& input, Extents output_size, Extents kernel_size, UnfoldOptions options) {
  OwnedAttributes a = checked("fold", kernel_size, options);
  a.set(kOutputSize, expand_to_axes("fold", kOutputSize, output_size, 2));
  if (input.dim() != 2 && input.dim() != 3)
    throw Error(fmt::format("fold: expected input of (N, C * kernel, L) or (C * kernel, L), got shape {}",
                            to_string(input.shape())));
  if (input.dim() == 2) return call(kFold, {input.unsqueeze(0)}, std::move(a)).squeeze(0);
  return call(kFold, {input}, std::move(a));
}

// unfold_axis: windows of one axis as a view, and its adjoint.

namespace {

constexpr const char* kAxis = "dim";
constexpr const char* kSize = "size";
constexpr const char* kStep = "step";

void infer_windows(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const auto axis = static_cast<std::size_t>(args.attributes.integer(kAxis));
  const std::int64_t size = args.attributes.integer(kSize);
  const std::int64_t step = args.attributes.integer(kStep);
  OutputSpec spec{input.shape, input.strides, input.dtype, 0, args.offsets[0]};
  spec.shape[axis] = (input.shape[axis] - size) / step + 1;
  spec.strides[axis] *= step;
  spec.shape.push_back(size);
  spec.strides.push_back(input.strides[axis]);
  outputs.push_back(std::move(spec));
}

TensorList backward_windows(const BackwardArgs& args);
constexpr OpDef kWindows{
    .name = "unfold_axis", .infer = infer_windows, .forward = nullptr, .backward = backward_windows};

OwnedAttributes windows_attributes(const Attributes& a) {
  return {{kAxis, a.integer(kAxis)}, {kSize, a.integer(kSize)}, {kStep, a.integer(kStep)}};
}

void infer_sum_windows(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.attributes.dims("shape"), {}, args.input(0).dtype});
}
void forward_sum_windows(const ForwardArgs& args) {
  const std::int64_t axis = args.attributes.integer(kAxis);
  const std::int64_t step = args.attributes.integer(kStep);
  const Tensor& windows = args.input(0);
  const std::int64_t reach = (windows.size(axis) - 1) * step + 1;
  args.output().zero_();
  for (std::int64_t tap = 0; tap < args.attributes.integer(kSize); ++tap)
    args.output().slice(axis, {.start = tap, .stop = tap + reach, .step = step}).add_(windows.select(-1, tap));
}
TensorList backward_sum_windows(const BackwardArgs& args) {
  return {call(kWindows, {args.grad()}, windows_attributes(args.attributes))};
}
constexpr OpDef kSumWindows{.name = "unfold_axis_backward",
                            .infer = infer_sum_windows,
                            .forward = forward_sum_windows,
                            .backward = backward_sum_windows,
                            .order = OrderPolicy::kPlain};

TensorList backward_windows(const BackwardArgs& args) {
  OwnedAttributes a = windows_attributes(args.attributes);
  a.set("shape", args.input_meta(0).shape);
  return {call(kSumWindows, {args.grad()}, std::move(a))};
}

}  // namespace

Tensor unfold_axis(const Tensor& input, std::int64_t axis, std::int64_t size, std::int64_t step) {
  const std::int64_t at = normalize_axis(axis, input.dim());
  const std::int64_t extent = input.dim() == 0 ? 1 : input.size(at);
  if (size < 0 || size > extent)
    throw Error(fmt::format("maximum size for tensor at dimension {} is {} but size is {}", at, extent, size));
  if (step < 1) throw Error(fmt::format("step is {} but must be > 0", step));
  if (input.dim() == 0) return unfold_axis(input.view({1}), 0, size, step).select(0, 0);
  return call(kWindows, {input}, {{kAxis, at}, {kSize, size}, {kStep, step}});
}

}  // namespace lamella
