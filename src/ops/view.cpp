#include <lamella/ops/view.h>

#include <optional>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/reduce.h>

#include "ops/flatten_origin.h"
#include "ops/op.h"
#include "ops/view_rules.h"

namespace lamella {

namespace {

OutputSpec view_spec(const InferArgs& args, Dims shape, Dims strides, std::int64_t offset) {
  return {std::move(shape), std::move(strides), args.input(0).dtype, 0, offset};
}

// view: other extents over the same elements.

void infer_view(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const Dims& shape = args.attributes.dims("shape");
  auto strides = view_strides(input, shape);
  if (!strides) {
    throw Error(
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
        "contiguous "
        "subspaces). Use .reshape(...) instead.");
  }
  outputs.push_back(view_spec(args, shape, std::move(*strides), args.offsets[0]));
}

TensorList backward_view(const BackwardArgs& args) { return {reshape(args.grad(), args.input_meta(0).shape)}; }

constexpr OpDef kView{.name = "view", .infer = infer_view, .forward = nullptr, .backward = backward_view};

// permute

void infer_permute(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const Dims& axes = args.attributes.dims("dims");
  Dims shape;
  Dims strides;
  for (const std::int64_t axis : axes) {
    shape.push_back(input.shape[static_cast<std::size_t>(axis)]);
    strides.push_back(input.strides[static_cast<std::size_t>(axis)]);
  }
  outputs.push_back(view_spec(args, std::move(shape), std::move(strides), args.offsets[0]));
}

TensorList backward_permute(const BackwardArgs& args) {
  const Dims& axes = args.attributes.dims("dims");
  Dims inverse(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i)
    inverse[static_cast<std::size_t>(axes[i])] = static_cast<std::int64_t>(i);
  return {permute(args.grad(), std::move(inverse))};
}

constexpr OpDef kPermute{.name = "permute", .infer = infer_permute, .forward = nullptr, .backward = backward_permute};

// slice: start:stop:step of one axis, and its adjoint.

void infer_slice(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const auto axis = static_cast<std::size_t>(args.attributes.integer("dim"));
  const std::int64_t start = args.attributes.integer("start");
  const std::int64_t stop = args.attributes.integer("end");
  const std::int64_t step = args.attributes.integer("step");
  Dims shape = input.shape;
  Dims strides = input.strides;
  shape[axis] = stop > start ? (stop - start + step - 1) / step : 0;
  const std::int64_t offset = args.offsets[0] + start * strides[axis];
  strides[axis] *= step;
  outputs.push_back(view_spec(args, std::move(shape), std::move(strides), offset));
}

TensorList backward_slice(const BackwardArgs& args);
constexpr OpDef kSlice{.name = "slice", .infer = infer_slice, .forward = nullptr, .backward = backward_slice};

Tensor slice_range(const Tensor& input, std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  return call(kSlice, {input}, {{"dim", axis}, {"start", start}, {"end", stop}, {"step", step}});
}

void infer_slice_backward(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.attributes.dims("shape"), {}, args.input(0).dtype});
}

void forward_slice_backward(const ForwardArgs& args) {
  const Attributes& a = args.attributes;
  args.output().zero_();
  slice_range(args.output(), a.integer("dim"), a.integer("start"), a.integer("end"), a.integer("step"))
      .copy_(args.input(0));
}

TensorList backward_slice_backward(const BackwardArgs& args) {
  const Attributes& a = args.attributes;
  return {slice_range(args.grad(), a.integer("dim"), a.integer("start"), a.integer("end"), a.integer("step"))};
}

constexpr OpDef kSliceBackward{.name = "slice_backward",
                               .infer = infer_slice_backward,
                               .forward = forward_slice_backward,
                               .backward = backward_slice_backward,
                               .order = OrderPolicy::kPlain};

TensorList backward_slice(const BackwardArgs& args) {
  const Attributes& a = args.attributes;
  return {call(kSliceBackward, {args.grad()},
               {{"dim", a.integer("dim")},
                {"start", a.integer("start")},
                {"end", a.integer("end")},
                {"step", a.integer("step")},
                {"shape", args.input_meta(0).shape}})};
}

// select: one index of an axis, which goes.

void infer_select(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const auto axis = static_cast<std::size_t>(args.attributes.integer("dim"));
  Dims shape = input.shape;
  Dims strides = input.strides;
  const std::int64_t offset = args.offsets[0] + args.attributes.integer("index") * strides[axis];
  shape.erase(shape.begin() + axis);
  strides.erase(strides.begin() + axis);
  outputs.push_back(view_spec(args, std::move(shape), std::move(strides), offset));
}

TensorList backward_select(const BackwardArgs& args) {
  const std::int64_t axis = args.attributes.integer("dim");
  const std::int64_t index = args.attributes.integer("index");
  return {call(kSliceBackward, {unsqueeze(args.grad(), axis)},
               {{"dim", axis},
                {"start", index},
                {"end", index + 1},
                {"step", std::int64_t{1}},
                {"shape", args.input_meta(0).shape}})};
}

constexpr OpDef kSelect{.name = "select", .infer = infer_select, .forward = nullptr, .backward = backward_select};

// unsqueeze and squeeze

void infer_unsqueeze(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const auto axis = static_cast<std::size_t>(args.attributes.integer("dim"));
  Dims shape = input.shape;
  Dims strides = input.strides;
  const std::int64_t stride = axis < shape.size() ? shape[axis] * strides[axis] : 1;
  shape.insert(shape.begin() + axis, 1);
  strides.insert(strides.begin() + axis, stride);
  outputs.push_back(view_spec(args, std::move(shape), std::move(strides), args.offsets[0]));
}

constexpr OpDef kUnsqueeze{
    .name = "unsqueeze", .infer = infer_unsqueeze, .forward = nullptr, .backward = backward_view};

void infer_squeeze(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const Dims& axes = args.attributes.dims("dims");
  Dims shape;
  Dims strides;
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    const bool named = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
    if (named && input.shape[i] == 1) continue;
    shape.push_back(input.shape[i]);
    strides.push_back(input.strides[i]);
  }
  outputs.push_back(view_spec(args, std::move(shape), std::move(strides), args.offsets[0]));
}

constexpr OpDef kSqueeze{.name = "squeeze", .infer = infer_squeeze, .forward = nullptr, .backward = backward_view};

// expand: stride 0 on stretched axes.

void infer_expand(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const Dims& wanted = args.attributes.dims("size");
  if (wanted.size() < input.shape.size()) {
    throw Error(
        fmt::format("expand(): the number of sizes provided ({}) must be greater or equal to the number of dimensions "
                    "in the tensor ({}): "
                    "shape {}, wanted {}",
                    wanted.size(), input.shape.size(), to_string(input.shape), to_string(wanted)));
  }
  const std::size_t added = wanted.size() - input.shape.size();
  Dims shape = wanted;
  Dims strides(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i < added) {
      if (wanted[i] < 0) {
        throw Error(fmt::format(
            "expand(): the expanded size of the tensor ({}) isn't allowed in a leading, non-existing dimension {}",
            wanted[i], i));
      }
      continue;
    }
    const std::int64_t extent = input.shape[i - added];
    if (wanted[i] == -1 || wanted[i] == extent) {
      shape[i] = extent;
      strides[i] = input.strides[i - added];
    } else if (extent != 1) {
      throw Error(
          fmt::format("The expanded size of the tensor ({}) must match the existing size ({}) at non-singleton "
                      "dimension {}.  Target sizes: {}.  "
                      "Tensor sizes: {}",
                      wanted[i], extent, i, to_string(wanted), to_string(input.shape)));
    }
  }
  outputs.push_back(view_spec(args, std::move(shape), std::move(strides), args.offsets[0]));
}

TensorList backward_expand(const BackwardArgs& args) { return {sum_to_size(args.grad(), args.input_meta(0).shape)}; }

constexpr OpDef kExpand{.name = "expand", .infer = infer_expand, .forward = nullptr, .backward = backward_expand};

Tensor view_as(const Tensor& input, Dims shape) {
  Tensor view = call(kView, {input}, {{"shape", std::move(shape)}});
  note_flatten(input.shape(), view.shape());
  return view;
}

}  // namespace

Tensor Tensor::view(Dims shape) const { return view_as(*this, infer_extent(std::move(shape), numel())); }

Tensor reshape(const Tensor& input, Dims shape) {
  shape = infer_extent(std::move(shape), input.numel());
  if (view_strides(meta(input), shape)) return view_as(input, std::move(shape));
  return view_as(input.clone(MemoryFormat::kContiguous), std::move(shape));
}

Tensor flatten(const Tensor& input, std::int64_t start, std::int64_t end) {
  const std::int64_t rank = input.dim();
  const auto first = static_cast<std::size_t>(normalize_axis(start, rank));
  const auto last = static_cast<std::size_t>(normalize_axis(end, rank));
  if (first > last) throw Error("flatten() has invalid args: start_dim cannot come after end_dim");
  if (rank == 0) return reshape(input, {1});
  if (first == last) return input;
  Dims shape(input.shape().begin(), input.shape().begin() + first);
  std::int64_t joined = 1;
  for (std::size_t i = first; i <= last; ++i) joined *= input.shape()[i];
  shape.push_back(joined);
  shape.append(input.shape().begin() + last + 1, input.shape().end());
  return reshape(input, std::move(shape));
}

Tensor unflatten(const Tensor& input, std::int64_t axis, Dims shape) {
  if (input.dim() == 0) throw IndexError("unflatten(): a tensor of no axes has none to split");
  const auto at = static_cast<std::size_t>(normalize_axis(axis, input.dim()));
  const Dims parts = infer_extent(std::move(shape), input.shape()[at]);
  Dims whole(input.shape().begin(), input.shape().begin() + at);
  whole.append(parts.begin(), parts.end());
  whole.append(input.shape().begin() + at + 1, input.shape().end());
  return input.view(std::move(whole));
}

Tensor permute(const Tensor& input, Dims axes) {
  const std::int64_t rank = input.dim();
  if (static_cast<std::int64_t>(axes.size()) != rank) {
    throw Error(
        fmt::format("permute(): the number of dimensions of the tensor does not match the length of the desired order: "
                    "input.dim() = {} (shape {}) is not equal to len(dims) = {}",
                    rank, to_string(input.shape()), axes.size()));
  }
  SmallVector<bool, 6> seen(axes.size(), false);
  for (std::int64_t& axis : axes) {
    axis = normalize_axis(axis, rank);
    if (std::exchange(seen[static_cast<std::size_t>(axis)], true))
      throw Error("permute(): duplicate dims are not allowed.");
  }
  return call(kPermute, {input}, {{"dims", std::move(axes)}});
}

Tensor transpose(const Tensor& input, std::int64_t a, std::int64_t b) {
  const std::int64_t rank = input.dim();
  a = normalize_axis(a, rank);
  b = normalize_axis(b, rank);
  Dims axes(static_cast<std::size_t>(rank));
  for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i);
  if (rank > 0) std::swap(axes[static_cast<std::size_t>(a)], axes[static_cast<std::size_t>(b)]);
  return call(kPermute, {input}, {{"dims", std::move(axes)}});
}

Tensor movedim(const Tensor& input, std::int64_t source, std::int64_t destination) {
  const std::int64_t rank = input.dim();
  source = normalize_axis(source, rank);
  destination = normalize_axis(destination, rank);
  Dims axes;
  for (std::int64_t i = 0; i < rank; ++i) {
    if (i != source) axes.push_back(i);
  }
  axes.insert(axes.begin() + destination, source);
  return permute(input, std::move(axes));
}

Tensor Tensor::t() const {
  if (dim() > 2)
    throw Error(
        fmt::format("t() expects a tensor with <= 2 dimensions, but self is {}D; use permute or transpose", dim()));
  return dim() < 2 ? *this : lamella::transpose(*this, 0, 1);
}

Tensor squeeze(const Tensor& input) {
  Dims axes;
  for (std::int64_t i = 0; i < input.dim(); ++i) axes.push_back(i);
  return call(kSqueeze, {input}, {{"dims", std::move(axes)}});
}

Tensor squeeze(const Tensor& input, std::int64_t axis) {
  return call(kSqueeze, {input}, {{"dims", Dims{normalize_axis(axis, input.dim())}}});
}

Tensor unsqueeze(const Tensor& input, std::int64_t axis) {
  return call(kUnsqueeze, {input}, {{"dim", normalize_axis(axis, input.dim() + 1)}});
}

Tensor select(const Tensor& input, std::int64_t axis, std::int64_t index) {
  if (input.dim() == 0) throw IndexError("select() cannot be applied to a 0-dim tensor.");
  axis = normalize_axis(axis, input.dim());
  const std::int64_t extent = input.size(axis);
  if (index < -extent || index >= extent) {
    throw IndexError(fmt::format("select(): index {} out of range for tensor of size {} at dimension {}", index,
                                 to_string(input.shape()), axis));
  }
  return call(kSelect, {input}, {{"dim", axis}, {"index", index < 0 ? index + extent : index}});
}

Tensor Tensor::slice(std::int64_t axis, Slice range) const {
  if (dim() == 0) throw IndexError("slice() cannot be applied to a 0-dim tensor.");
  if (range.step < 1) throw ValueError(fmt::format("slice step must be positive, got {}", range.step));
  axis = normalize_axis(axis, dim());
  const std::int64_t extent = size(axis);
  const auto clamp = [extent](std::int64_t index) {
    return std::clamp(index < 0 ? index + extent : index, std::int64_t{0}, extent);
  };
  const std::int64_t start = clamp(range.start.value_or(0));
  const std::int64_t stop = std::max(start, clamp(range.stop.value_or(extent)));
  return slice_range(*this, axis, start, stop, range.step);
}

Tensor narrow(const Tensor& input, std::int64_t axis, std::int64_t start, std::int64_t length) {
  if (input.dim() == 0) throw Error("narrow() cannot be applied to a 0-dim tensor.");
  if (length < 0) throw Error(fmt::format("narrow(): length must be non-negative, got {}.", length));
  axis = normalize_axis(axis, input.dim());
  const std::int64_t extent = input.size(axis);
  const std::int64_t first = start < 0 ? start + extent : start;
  if (first < 0 || first > extent || first + length > extent) {
    throw Error(fmt::format("narrow(): start ({}) + length ({}) exceeds dimension size ({}) of axis {}", start, length,
                            extent, axis));
  }
  return slice_range(input, axis, first, first + length, 1);
}

Tensor expand(const Tensor& input, Dims shape) { return call(kExpand, {input}, {{"size", std::move(shape)}}); }
Tensor expand_as(const Tensor& input, const Tensor& other) { return expand(input, other.shape()); }

TensorList split(const Tensor& input, Dims sizes, std::int64_t axis) {
  axis = normalize_axis(axis, input.dim());
  std::int64_t total = 0;
  for (const std::int64_t size : sizes) total += size;
  if (total != input.size(axis)) {
    throw Error(
        fmt::format("split_with_sizes expects split_sizes to sum exactly to {} (input tensor's size at dimension {}), "
                    "but got split_sizes={}",
                    input.size(axis), axis, to_string(sizes)));
  }
  TensorList pieces;
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    pieces.push_back(narrow(input, axis, start, size));
    start += size;
  }
  return pieces;
}

TensorList split(const Tensor& input, std::int64_t size, std::int64_t axis) {
  axis = normalize_axis(axis, input.dim());
  const std::int64_t extent = input.size(axis);
  if (size < 0 || (size == 0 && extent != 0))
    throw Error(fmt::format("split expects split_size be positive, but got split_size={}", size));
  Dims sizes;
  for (std::int64_t start = 0; start < extent; start += size) sizes.push_back(std::min(size, extent - start));
  if (sizes.empty()) sizes.push_back(0);
  return split(input, std::move(sizes), axis);
}

TensorList chunk(const Tensor& input, std::int64_t chunks, std::int64_t axis) {
  if (chunks < 1) throw Error(fmt::format("chunk expects `chunks` to be greater than 0, got: {}", chunks));
  const std::int64_t extent = input.size(axis);
  if (extent == 0) {  // of nothing every part has nothing
    TensorList parts;
    for (std::int64_t i = 0; i < chunks; ++i) parts.push_back(narrow(input, axis, 0, 0));
    return parts;
  }
  return split(input, std::max<std::int64_t>((extent + chunks - 1) / chunks, 1), axis);
}

TensorList unbind(const Tensor& input, std::int64_t axis) {
  TensorList slices;
  const std::int64_t extent = input.size(axis);
  for (std::int64_t i = 0; i < extent; ++i) slices.push_back(select(input, axis, i));
  return slices;
}

Tensor sum_to_size(const Tensor& input, Dims shape) {
  if (input.shape() == shape) return input;
  bool fits = shape.size() <= input.shape().size();
  for (std::size_t i = 1; fits && i <= shape.size(); ++i) {
    const std::int64_t wanted = shape[shape.size() - i];
    fits = wanted == 1 || wanted == input.shape()[input.shape().size() - i];
  }
  if (!fits) {
    throw Error(
        fmt::format("sum_to_size(): size {} is not expandable to size {}", to_string(shape), to_string(input.shape())));
  }
  const std::size_t added = input.shape().size() - shape.size();
  Dims axes;
  for (std::size_t i = 0; i < input.shape().size(); ++i) {
    if (i < added || (shape[i - added] == 1 && input.shape()[i] != 1)) axes.push_back(static_cast<std::int64_t>(i));
  }
  const Tensor summed = axes.empty() ? input : sum(input, std::move(axes), true);
  return added == 0 ? summed : summed.view(std::move(shape));
}

Tensor Tensor::reshape(Dims shape) const { return lamella::reshape(*this, std::move(shape)); }
Tensor Tensor::flatten(std::int64_t start, std::int64_t end) const { return lamella::flatten(*this, start, end); }
Tensor Tensor::permute(Dims axes) const { return lamella::permute(*this, std::move(axes)); }
Tensor Tensor::transpose(std::int64_t a, std::int64_t b) const { return lamella::transpose(*this, a, b); }
Tensor Tensor::select(std::int64_t axis, std::int64_t index) const { return lamella::select(*this, axis, index); }
Tensor Tensor::narrow(std::int64_t axis, std::int64_t start, std::int64_t length) const {
  return lamella::narrow(*this, axis, start, length);
}
Tensor Tensor::squeeze() const { return lamella::squeeze(*this); }
Tensor Tensor::squeeze(std::int64_t axis) const { return lamella::squeeze(*this, axis); }
Tensor Tensor::unsqueeze(std::int64_t axis) const { return lamella::unsqueeze(*this, axis); }
Tensor Tensor::expand(Dims shape) const { return lamella::expand(*this, std::move(shape)); }

}  // namespace lamella
