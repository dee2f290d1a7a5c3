#include <lamella/ops/index.h>

#include <algorithm>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "kernels/copy/copy.h"
#include "ops/half.h"
#include "ops/index_args.h"

namespace lamella {

namespace {

constexpr const char* kAxis = "dim";

std::size_t axis_of(const Attributes& a) { return static_cast<std::size_t>(a.integer(kAxis)); }

// cat

void infer_cat(const InferArgs& args, OutputSpecs& outputs) {
  const std::size_t axis = axis_of(args.attributes);
  Dims shape = args.input(0).shape;
  DType dtype = args.input(0).dtype;
  for (std::size_t t = 1; t < args.inputs.size(); ++t) {
    const TensorMeta& next = *args.inputs[t];
    dtype = promote_types(dtype, next.dtype);
    if (next.shape.size() != shape.size())
      throw Error(fmt::format("cat(): Tensors must have same number of dimensions: got {} and {}", shape.size(),
                              next.shape.size()));
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i == axis || next.shape[i] == shape[i]) continue;
      const bool off_by_one = std::abs(next.shape[i] - shape[i]) == 1 && i >= 2;
      throw Error(fmt::format(
          "cat(): Sizes of tensors must match except in dimension {}. Expected size {} but got size {} for tensor "
          "number {} in the list (dimension {}, shapes {} and {}).{}",
          axis, shape[i], next.shape[i], t, i, to_string(args.input(0).shape), to_string(next.shape),
          off_by_one ? " A skip connection of an odd size? Pad one side, or interpolate to the other's size." : ""));
    }
    shape[axis] += next.shape[axis];
  }
  bool channels_last = true;
  for (const TensorMeta* input : args.inputs) channels_last = channels_last && input->suggests_channels_last();
  Dims strides = channels_last ? channels_last_strides(shape) : Dims{};
  outputs.push_back({std::move(shape), std::move(strides), dtype});
}

void forward_cat(const ForwardArgs& args) {
  const std::size_t axis = axis_of(args.attributes);
  const DType dtype = meta(args.output()).dtype;
  const Physical out = physical_for_write(args.output());
  std::int64_t start = 0;  // along the axis, whose stride is one in memory too, since the output is no view
  for (const Tensor& input : args.inputs) {
    const Dims& shape = meta(input).shape;
    const Access in(input, shape);
    kernels::copy(shape, {kernels::advance(out.data, dtype, start * out.strides[axis]), dtype, out.strides.data()}, in);
    start += shape[axis];
  }
}

TensorList backward_cat(const BackwardArgs& args) {
  const auto axis = args.attributes.integer(kAxis);
  TensorList gradients(args.input_metas.size());
  std::int64_t start = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const std::int64_t length = args.input_metas[i].shape[static_cast<std::size_t>(axis)];
    if (args.needs[i]) gradients[i] = narrow(args.grad(), axis, start, length).to(args.input_metas[i].dtype);
    start += length;
  }
  return gradients;
}

// Channels-last where all have it: joining channels is then a copy of runs.
constexpr OpDef kCat{
    .name = "cat", .infer = infer_cat, .forward = forward_cat, .backward = backward_cat, .order = OrderPolicy::kPlain};
constexpr OpDef kCatChannelsLast{.name = "cat",
                                 .infer = infer_cat,
                                 .forward = forward_cat,
                                 .backward = backward_cat,
                                 .order = OrderPolicy::kChannelsLast};

// gather and scatter_add are each other's adjoints. `broadcast`: the index is 1-D and stands for whole slices.

void infer_gather(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const TensorMeta& index = args.input(1);
  const std::size_t axis = axis_of(args.attributes);
  if (args.attributes.flag("broadcast")) {
    outputs.push_back({slices(input.shape, axis, index.numel()), {}, input.dtype});
    return;
  }
  if (index.rank() != input.rank())
    throw Error(
        fmt::format("gather(): Index tensor must have the same number of dimensions as input tensor, got {} and {}",
                    index.rank(), input.rank()));
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    if (i != axis && index.shape[i] > input.shape[i]) {
      throw Error(
          fmt::format("gather(): Size does not match at dimension {} expected index {} to be no larger than self {} "
                      "apart from dimension {}",
                      i, to_string(index.shape), to_string(input.shape), axis));
    }
  }
  outputs.push_back({index.shape, {}, input.dtype});
}

void forward_gather(const ForwardArgs& args) {
  const std::size_t axis = axis_of(args.attributes);
  const bool broadcast = args.attributes.flag("broadcast");
  const Dims& shape = args.output().shape();
  const std::int64_t extent = args.input(0).shape()[axis];
  const Physical in = physical(args.input(0));
  const Access index = index_access(args.input(1), shape, axis, broadcast);
  const WriteAccess out(args.output());
  const auto status = kernels::gather(shape, static_cast<int>(axis), extent, out,
                                      {in.data, args.input(0).dtype(), in.strides.data()}, index);
  check_status(broadcast ? "index_select" : "gather", status, static_cast<std::int64_t>(axis), extent);
}

Tensor scatter_add_any(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src, bool broadcast);
Tensor gather_any(const Tensor& input, std::int64_t axis, const Tensor& index, bool broadcast);

TensorList backward_gather(const BackwardArgs& args) {
  const TensorMeta& input = args.input_meta(0);
  return {scatter_add_any(zeros(input.shape, {.dtype = input.dtype}), args.attributes.integer(kAxis), args.input(1),
                          args.grad(), args.attributes.flag("broadcast")),
          Tensor()};
}

constexpr OpDef kGather{.name = "gather",
                        .infer = infer_gather,
                        .forward = forward_gather,
                        .backward = backward_gather,
                        .saves_inputs = save(1),
                        .order = OrderPolicy::kPlain};

void infer_scatter_add(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  const bool broadcast = args.attributes.flag("broadcast");
  check_scatter_shapes(broadcast ? "index_add" : "scatter_add", input, args.input(1), args.input(2),
                       axis_of(args.attributes), broadcast);
  outputs.push_back({input.shape, {}, input.dtype});
}

void forward_scatter_add(const ForwardArgs& args) {
  const std::size_t axis = axis_of(args.attributes);
  args.output().copy_(args.input(0));  // nothing where they are the same
  const Dims& shape = args.input(2).shape();
  const std::int64_t extent = args.output().shape()[axis];
  const Access src(args.input(2), shape);
  const Access index = index_access(args.input(1), shape, axis, args.attributes.flag("broadcast"));
  const WriteAccess out(args.output());
  check_status("scatter_add",
               kernels::scatter(kernels::ScatterOp::kAdd, shape, static_cast<int>(axis), extent, out, src, index),
               static_cast<std::int64_t>(axis), extent);
}

TensorList backward_scatter_add(const BackwardArgs& args) {
  return {args.grad(), Tensor(),
          args.needs_input(2) ? gather_any(args.grad(), args.attributes.integer(kAxis), args.input(1),
                                           args.attributes.flag("broadcast"))
                              : Tensor()};
}

constexpr OpDef kScatterAdd{.name = "scatter_add",
                            .infer = infer_scatter_add,
                            .forward = with_float<forward_scatter_add>,
                            .backward = backward_scatter_add,
                            .saves_inputs = save(1),
                            .order = OrderPolicy::kPlain};

Tensor gather_any(const Tensor& input, std::int64_t axis, const Tensor& index, bool broadcast) {
  return call(kGather, {input, index}, {{kAxis, axis}, {"broadcast", broadcast}});
}
Tensor scatter_add_any(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src, bool broadcast) {
  return call(kScatterAdd, {input, index, src}, {{kAxis, axis}, {"broadcast", broadcast}});
}

// flip and roll: their own adjoints, with the shift turned.

void infer_flip(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, preserved_strides(args.input(0)), args.input(0).dtype});
}
void infer_roll(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& input = args.input(0);
  outputs.push_back(
      {input.shape, input.suggests_channels_last() ? channels_last_strides(input.shape) : Dims{}, input.dtype});
}

void forward_flip(const ForwardArgs& args) {
  const Dims& shape = args.output().shape();
  SmallVector<bool, 6> flipped(shape.size(), false);
  for (const std::int64_t axis : args.attributes.dims("dims")) flipped[static_cast<std::size_t>(axis)] = true;
  const Access in(args.input(0), shape);
  const WriteAccess out(args.output());
  kernels::flip(shape, flipped, out, in);
}
TensorList backward_flip(const BackwardArgs& args) { return {flip(args.grad(), args.attributes.dims("dims"))}; }
constexpr OpDef kFlip{.name = "flip", .infer = infer_flip, .forward = forward_flip, .backward = backward_flip};

void forward_roll(const ForwardArgs& args) {
  const Dims& shape = args.output().shape();
  const Access in(args.input(0), shape);
  const WriteAccess out(args.output());
  kernels::roll(shape, static_cast<int>(args.attributes.integer(kAxis)), args.attributes.integer("shifts"), out, in);
}
TensorList backward_roll(const BackwardArgs& args) {
  return {roll(args.grad(), -args.attributes.integer("shifts"), args.attributes.integer(kAxis))};
}
constexpr OpDef kRoll{.name = "roll", .infer = infer_roll, .forward = forward_roll, .backward = backward_roll};

}  // namespace

Tensor cat(const TensorList& tensors, std::int64_t axis) {
  if (tensors.empty()) throw ValueError("torch.cat(): expected a non-empty list of Tensors");
  const auto is_left_out = [](const Tensor& t) { return t.dim() == 1 && t.numel() == 0; };
  bool all = true;
  for (const Tensor& t : tensors) {
    if (t.dim() == 0) throw Error("zero-dimensional tensor cannot be concatenated; use stack()");
    all = all && !is_left_out(t);
  }
  TensorList chosen;
  for (std::size_t i = 0; !all && i < tensors.size(); ++i) {
    if (!is_left_out(tensors[i])) chosen.push_back(tensors[i]);
  }
  const TensorList& used = all ? tensors : chosen;
  if (used.empty()) return tensors[0].clone();
  const std::int64_t at = normalize_axis(axis, used[0].dim());
  bool channels_last = true;
  for (const Tensor& t : used) channels_last = channels_last && !impl(t).storage->is_plain();
  return call_all(channels_last ? kCatChannelsLast : kCat, used, {{kAxis, at}})[0];
}

Tensor stack(const TensorList& tensors, std::int64_t axis) {
  if (tensors.empty()) throw ValueError("stack expects a non-empty TensorList");
  TensorList slabs;
  for (const Tensor& t : tensors) {
    if (!(t.shape() == tensors[0].shape())) {
      throw Error(fmt::format("stack expects each tensor to be equal size, but got {} at entry 0 and {} at entry {}",
                              to_string(tensors[0].shape()), to_string(t.shape()), slabs.size()));
    }
    slabs.push_back(unsqueeze(t, axis));
  }
  return cat(slabs, normalize_axis(axis, tensors[0].dim() + 1));
}

Tensor index_select(const Tensor& input, std::int64_t axis, const Tensor& index) {
  check_vector_index("index_select", index);
  if (input.dim() == 0) return index_select(input.view({1}), 0, index).view({});
  return gather_any(input, normalize_axis(axis, input.dim()), index, true);
}
Tensor index_add(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src, Scalar alpha) {
  check_vector_index("index_add", index);
  if (!(alpha == Scalar(1))) return index_add(input, axis, index, mul(src, alpha));
  return scatter_add_any(input, normalize_axis(axis, input.dim()), index, src, true);
}
Tensor gather(const Tensor& input, std::int64_t axis, const Tensor& index) {
  check_index_dtype("gather", index.dtype());
  if (input.dim() == 0) return gather(input.view({1}), 0, index.view({-1})).view(index.shape());
  return gather_any(input, normalize_axis(axis, input.dim()), index, false);
}
Tensor scatter_add(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src) {
  check_index_dtype("scatter_add", index.dtype());
  if (input.dim() == 0) return scatter_add(input.view({1}), axis, index.reshape({-1}), src.reshape({-1})).view({});
  return scatter_add_any(input, normalize_axis(axis, input.dim()), index, narrow_to_index(src, index), false);
}
const Tensor& scatter_add_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src) {
  check_index_dtype("scatter_add_", index.dtype());
  if (self.dim() == 0) return self.copy_(scatter_add(self.clone(), axis, index, src));
  return call_inplace(kScatterAdd, self, {self, index, narrow_to_index(src, index)},
                      {{kAxis, normalize_axis(axis, self.dim())}, {"broadcast", false}});
}
const Tensor& index_add_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src, Scalar alpha) {
  check_vector_index("index_add_", index);
  if (!(alpha == Scalar(1))) return index_add_(self, axis, index, mul(src, alpha));
  return call_inplace(kScatterAdd, self, {self, index, src},
                      {{kAxis, normalize_axis(axis, self.dim())}, {"broadcast", true}});
}

Tensor nonzero(const Tensor& input) {
  const Tensor source = input.detach();
  const std::int64_t count = sum(ne(source, wrapped(0))).item<std::int64_t>();
  Tensor result = empty({count, input.dim()}, {.dtype = DType::kInt64});
  if (count == 0) return result;
  const Access in(source, source.shape());
  kernels::nonzero(source.shape(), reinterpret_cast<std::int64_t*>(physical_for_write(result).data), in);
  return result.t().contiguous().t();  // one axis' indices after another's, as torch has them
}

Tensor masked_select(const Tensor& input, const Tensor& mask) {
  if (mask.dtype() != DType::kBool)
    throw TypeError(fmt::format("masked_select: expected BoolTensor for mask, got {}", name_of(mask.dtype())));
  const Dims shape = broadcast_shapes(input.shape(), mask.shape());
  const Tensor places = nonzero(mask.expand(shape).reshape({-1}));
  return index_select(input.expand(shape).reshape({-1}), 0, places.view({-1}));
}

Tensor one_hot(const Tensor& classes, std::int64_t num_classes) {
  if (classes.dtype() != DType::kInt64)
    throw TypeError(
        fmt::format("one_hot is only applicable to index tensor of type int64, got {}", name_of(classes.dtype())));
  if (classes.numel() == 0 && num_classes <= 0) throw Error("Can not infer total number of classes from empty tensor.");
  if (classes.numel() > 0) {
    const auto low = min(classes).item<std::int64_t>();
    const auto high = max(classes).item<std::int64_t>();
    if (low < 0) throw Error(fmt::format("Class values must be non-negative, got {}.", low));
    if (num_classes >= 0 && high >= num_classes)
      throw Error(
          fmt::format("Class values must be smaller than num_classes: got {} for {} classes.", high, num_classes));
    if (num_classes < 0) num_classes = high + 1;
  }
  return eq(classes.unsqueeze(-1), arange(num_classes)).to(DType::kInt64);
}

Tensor take_along_dim(const Tensor& input, const Tensor& index, std::optional<std::int64_t> axis) {
  if (!axis) return gather(input.reshape({-1}), 0, index.reshape({-1}));
  if (input.dim() != index.dim()) {
    throw Error(fmt::format(
        "torch.take_along_dim(): input and indices should have the same number of dimensions, but got {} dimensions "
        "for input, and {} dimensions for indices",
        input.dim(), index.dim()));
  }
  const auto at = static_cast<std::size_t>(normalize_axis(*axis, input.dim()));
  const Dims rest = broadcast_shapes(slices(input.shape(), at, 1), slices(index.shape(), at, 1));
  return gather(input.expand(slices(rest, at, input.shape()[at])), *axis,
                index.expand(slices(rest, at, index.shape()[at])));
}

Tensor take(const Tensor& input, const Tensor& index) {
  if (index.dtype() != DType::kInt64)
    throw Error(fmt::format("take(): Expected a long tensor for index, but got {}", name_of(index.dtype())));
  return lamella::index(input.reshape({-1}), {index.contiguous()});
}

Tensor embedding(const Tensor& index, const Tensor& weight, std::optional<std::int64_t> padding_idx) {
  check_index_dtype("embedding", index.dtype());
  if (weight.dim() != 2)
    throw Error(fmt::format("embedding: 'weight' must be 2-D, got shape {}", to_string(weight.shape())));
  Dims shape = index.shape();
  shape.push_back(weight.size(1));
  Tensor rows = index_select(weight, 0, index.reshape({-1})).view(std::move(shape));
  if (!padding_idx || !rows.requires_grad()) return rows;
  const std::int64_t padding = *padding_idx < 0 ? *padding_idx + weight.size(0) : *padding_idx;
  return where(eq(index, wrapped(padding)).unsqueeze(-1), rows.detach(), rows);
}

Tensor flip(const Tensor& input, Dims axes) {
  SmallVector<bool, 6> seen(static_cast<std::size_t>(std::max<std::int64_t>(input.dim(), 1)), false);
  for (std::int64_t& axis : axes) {
    axis = normalize_axis(axis, input.dim());
    if (std::exchange(seen[static_cast<std::size_t>(axis)], true))
      throw Error(fmt::format("dim {} appears multiple times in the list of dims", axis));
  }
  if (input.dim() == 0) return input.clone();
  return call(kFlip, {input}, {{"dims", std::move(axes)}});
}
Tensor roll(const Tensor& input, std::int64_t shift, std::int64_t axis) {
  if (input.dim() == 0) return input.clone();
  return call(kRoll, {input}, {{kAxis, normalize_axis(axis, input.dim())}, {"shifts", shift}});
}
Tensor roll(const Tensor& input, Dims shifts, Dims axes) {
  if (shifts.empty()) throw Error("roll: `shifts` required");
  if (axes.empty() && shifts.size() == 1) return roll(input.reshape({-1}), shifts[0], 0).view(input.shape());
  if (shifts.size() != axes.size())
    throw Error(
        fmt::format("roll: shifts and dimensions must align. shifts: {}, dims: {}", shifts.size(), axes.size()));
  Tensor result = input;
  for (std::size_t i = 0; i < axes.size(); ++i) result = roll(result, shifts[i], axes[i]);
  return result;
}

Tensor repeat_interleave(const Tensor& input, std::int64_t repeats, std::optional<std::int64_t> axis) {
  if (repeats < 0) throw Error(fmt::format("repeats can not be negative, got {}", repeats));
  const Tensor source = axis ? input : input.reshape({-1});
  if (source.dim() == 0) return repeat_interleave(source.view({1}), repeats, 0);
  const std::int64_t at = normalize_axis(axis.value_or(0), source.dim());
  Dims shape = source.shape();
  shape.insert(shape.begin() + at + 1, repeats);
  const Tensor repeated = source.unsqueeze(at + 1).expand(shape).contiguous();
  shape.erase(shape.begin() + at + 1);
  shape[static_cast<std::size_t>(at)] *= repeats;
  return repeated.view(std::move(shape));
}

Tensor repeat_interleave(const Tensor& input, const Tensor& repeats, std::optional<std::int64_t> axis) {
  check_index_dtype("repeat_interleave", repeats.dtype());
  const Tensor source = axis && input.dim() > 0 ? input : input.reshape({-1});
  const std::int64_t at = normalize_axis(axis.value_or(0), source.dim());
  const std::int64_t extent = source.size(at);
  if (repeats.dim() > 1 || (repeats.numel() != 1 && repeats.numel() != extent)) {
    throw Error(
        fmt::format("repeats must have the same size as input along dim, but got repeats {} and an extent of {}",
                    to_string(repeats.shape()), extent));
  }
  const Tensor counts = repeats.detach().to(DType::kInt64).reshape({-1}).expand({extent}).contiguous();
  if (extent > 0 && min(counts).item<std::int64_t>() < 0) throw Error("repeats can not be negative");
  const Tensor places = empty({sum(counts).item<std::int64_t>()}, {.dtype = DType::kInt64});
  kernels::repeat_indices(counts.data<std::int64_t>(), extent, places.data<std::int64_t>());
  return index_select(source, at, places);
}

}  // namespace lamella
