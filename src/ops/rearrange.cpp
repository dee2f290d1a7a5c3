// Repeats, joins, grids and shuffles made of views and copies.
#include <algorithm>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/index.h>
#include <lamella/ops/view.h>

#include "core/tensor_impl.h"

namespace lamella {

Tensor repeat(const Tensor& input, Dims repeats) {
  const auto rank = repeats.size();
  if (rank < input.shape().size())
    throw Error(
        fmt::format("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
                    "got {} for shape {}",
                    to_string(repeats), to_string(input.shape())));
  const std::size_t added = rank - input.shape().size();
  Dims doubled;  // [1, extent] an axis
  Dims spread;
  Dims joined;
  for (std::size_t i = 0; i < rank; ++i) {
    if (repeats[i] < 0)
      throw Error(
          fmt::format("Trying to create tensor with negative dimension {}: {}", repeats[i], to_string(repeats)));
    const std::int64_t extent = i < added ? 1 : input.shape()[i - added];
    doubled.push_back(1);
    doubled.push_back(extent);
    spread.push_back(repeats[i]);
    spread.push_back(extent);
    joined.push_back(repeats[i] * extent);
  }
  return input.reshape(std::move(doubled))
      .expand(std::move(spread))
      .clone(MemoryFormat::kContiguous)
      .view(std::move(joined));
}

Tensor tile(const Tensor& input, Dims repeats) {
  while (repeats.size() < input.shape().size()) repeats.insert(repeats.begin(), 1);
  return repeat(input, std::move(repeats));
}

Tensor broadcast_to(const Tensor& input, Dims shape) { return expand(input, std::move(shape)); }

TensorList broadcast_tensors(const TensorList& tensors) {
  Dims shape;
  for (const Tensor& t : tensors) shape = broadcast_shapes(shape, t.shape());
  TensorList result;
  for (const Tensor& t : tensors) result.push_back(expand(t, shape));
  return result;
}

Tensor movedim(const Tensor& input, Dims source, Dims destination) {
  const std::int64_t rank = input.dim();
  if (source.size() != destination.size())
    throw Error(
        fmt::format("movedim: Invalid source or destination dims: source ({} dims) should contain the same number "
                    "of dims as destination ({} dims)",
                    to_string(source), to_string(destination)));
  Dims order(static_cast<std::size_t>(rank), -1);
  SmallVector<bool, 6> moved(static_cast<std::size_t>(rank), false);
  for (std::size_t i = 0; i < source.size(); ++i) {
    const auto from = static_cast<std::size_t>(normalize_axis(source[i], rank));
    const auto to = static_cast<std::size_t>(normalize_axis(destination[i], rank));
    if (moved[from] || order[to] != -1)
      throw Error(fmt::format("movedim: repeated dim in `source` ({}) or `destination` ({})", to_string(source),
                              to_string(destination)));
    moved[from] = true;
    order[to] = static_cast<std::int64_t>(from);
  }
  std::size_t next = 0;
  for (std::int64_t& axis : order) {
    if (axis != -1) continue;
    while (moved[next]) ++next;
    axis = static_cast<std::int64_t>(next++);
  }
  return permute(input, std::move(order));
}

Tensor squeeze(const Tensor& input, Dims axes) {
  for (std::int64_t& axis : axes) axis = normalize_axis(axis, input.dim());
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    throw Error(fmt::format("a dim appears multiple times in the list of dims {}", to_string(axes)));
  Tensor result = input;
  for (std::size_t i = axes.size(); i-- > 0;) result = squeeze(result, axes[i]);
  return result;
}

// Joins

namespace {

TensorList at_least(const TensorList& tensors, std::int64_t rank) {
  TensorList result;
  for (const Tensor& t : tensors) {
    Tensor x = t;
    if (x.dim() == 0) x = x.reshape({1});
    if (x.dim() == 1 && rank >= 2) x = x.unsqueeze(0);
    if (x.dim() == 2 && rank >= 3) x = x.unsqueeze(2);
    result.push_back(x);
  }
  return result;
}

}  // namespace

Tensor hstack(const TensorList& tensors) {
  if (tensors.empty()) throw Error("hstack expects a non-empty TensorList");
  const TensorList used = at_least(tensors, 1);
  return cat(used, used[0].dim() == 1 ? 0 : 1);
}
Tensor vstack(const TensorList& tensors) {
  if (tensors.empty()) throw Error("vstack expects a non-empty TensorList");
  return cat(at_least(tensors, 2), 0);
}
Tensor dstack(const TensorList& tensors) {
  if (tensors.empty()) throw Error("dstack expects a non-empty TensorList");
  return cat(at_least(tensors, 3), 2);
}

TensorList tensor_split(const Tensor& input, std::int64_t sections, std::int64_t axis) {
  if (input.dim() == 0) throw Error("tensor_split expected at least a 1-dimensional tensor, but got a 0-d tensor");
  if (sections < 1) throw Error(fmt::format("number of sections must be larger than 0, got {}", sections));
  const std::int64_t extent = input.size(axis);
  TensorList pieces;
  std::int64_t start = 0;
  for (std::int64_t i = 0; i < sections; ++i) {
    const std::int64_t length = extent / sections + (i < extent % sections ? 1 : 0);
    pieces.push_back(narrow(input, axis, start, length));
    start += length;
  }
  return pieces;
}
TensorList tensor_split(const Tensor& input, Dims indices, std::int64_t axis) {
  if (input.dim() == 0) throw Error("tensor_split expected at least a 1-dimensional tensor, but got a 0-d tensor");
  TensorList pieces;
  std::int64_t start = 0;
  for (const std::int64_t end : indices) {
    pieces.push_back(input.slice(axis, {.start = start, .stop = end}));
    start = end;
  }
  pieces.push_back(input.slice(axis, {.start = start}));
  return pieces;
}

TensorList meshgrid(const TensorList& tensors, std::string_view indexing) {
  if (tensors.empty()) throw Error("meshgrid expects a non-empty TensorList");
  if (indexing != "ij" && indexing != "xy")
    throw Error(fmt::format("torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {}", indexing));
  const bool swap = indexing == "xy" && tensors.size() >= 2;
  const auto place = [&](std::size_t i) { return swap && i < 2 ? 1 - i : i; };
  Dims shape(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].dim() > 1)
      throw Error(fmt::format("torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: shape {}",
                              to_string(tensors[i].shape())));
    if (tensors[i].dtype() != tensors[0].dtype())
      throw Error("torch.meshgrid expects all tensors to have the same dtype");
    shape[place(i)] = tensors[i].numel();
  }
  TensorList result;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    Dims aligned(tensors.size(), 1);
    aligned[place(i)] = tensors[i].numel();
    result.push_back(tensors[i].reshape(std::move(aligned)).expand(shape));
  }
  return result;
}

// Shuffles: [*, C, H, W] with channels and pixels exchanged.

namespace {

void need_planes(std::string_view op, const Tensor& input) {
  if (input.dim() < 3)
    throw Error(fmt::format("{} expects input to have at least 3 dimensions, but got input with {} dimension(s)", op,
                            input.dim()));
}

/// The axes before [C, H, W].
Dims leading(const Tensor& input) { return Dims(input.shape().begin(), input.shape().end() - 3); }
Dims with(Dims shape, std::initializer_list<std::int64_t> rest) {
  shape.append(rest.begin(), rest.end());
  return shape;
}
/// Leading axes in place, then these of the rest.
Tensor permute_rest(const Tensor& x, std::size_t front, std::initializer_list<std::int64_t> rest) {
  Dims order;
  for (std::size_t i = 0; i < front; ++i) order.push_back(static_cast<std::int64_t>(i));
  for (const std::int64_t axis : rest) order.push_back(static_cast<std::int64_t>(front) + axis);
  return permute(x, std::move(order));
}

/// torch's shuffles keep a channels-last input's strides.
Tensor like_input(const Tensor& result, const Tensor& input) {
  const bool channels_last = meta(input).suggests_channels_last();
  return result.contiguous(channels_last ? MemoryFormat::kChannelsLast : MemoryFormat::kContiguous);
}

}  // namespace

Tensor pixel_shuffle(const Tensor& input, std::int64_t upscale_factor) {
  need_planes("pixel_shuffle", input);
  const std::int64_t r = upscale_factor;
  const std::int64_t channels = input.size(-3);
  if (r < 1) throw Error(fmt::format("pixel_shuffle expects a positive upscale_factor, but got {}", r));
  if (channels % (r * r) != 0)
    throw Error(
        fmt::format("pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
                    "upscale_factor, but input.size(-3)={} is not divisible by {}",
                    channels, r * r));
  const std::int64_t height = input.size(-2);
  const std::int64_t width = input.size(-1);
  const Dims front = leading(input);
  const Tensor parts = input.reshape(with(front, {channels / (r * r), r, r, height, width}));
  const Tensor mixed = permute_rest(parts, front.size(), {0, 3, 1, 4, 2});
  return like_input(mixed.reshape(with(front, {channels / (r * r), height * r, width * r})), input);
}

Tensor pixel_unshuffle(const Tensor& input, std::int64_t downscale_factor) {
  need_planes("pixel_unshuffle", input);
  const std::int64_t r = downscale_factor;
  if (r < 1) throw Error(fmt::format("pixel_unshuffle expects a positive downscale_factor, but got {}", r));
  const std::int64_t height = input.size(-2);
  const std::int64_t width = input.size(-1);
  if (height % r != 0 || width % r != 0)
    throw Error(
        fmt::format("pixel_unshuffle expects height and width to be divisible by downscale_factor, but input "
                    "{} is not divisible by {}",
                    to_string(input.shape()), r));
  const std::int64_t channels = input.size(-3);
  const Dims front = leading(input);
  const Tensor parts = input.reshape(with(front, {channels, height / r, r, width / r, r}));
  const Tensor mixed = permute_rest(parts, front.size(), {0, 2, 4, 1, 3});
  return like_input(mixed.reshape(with(front, {channels * r * r, height / r, width / r})), input);
}

Tensor channel_shuffle(const Tensor& input, std::int64_t groups) {
  if (input.dim() < 3)
    throw Error(fmt::format("channel_shuffle expects input with > 2 dims, but got input with sizes {}",
                            to_string(input.shape())));
  const std::int64_t channels = input.size(1);
  if (groups < 1)
    throw Error(fmt::format("Number of groups to divide channels in must be positive. Value of groups:{}", groups));
  if (channels % groups != 0)
    throw Error(fmt::format("Number of channels must be divisible by groups. Got {} channels and {} groups.", channels,
                            groups));
  Dims shape = input.shape();
  shape[1] = channels / groups;
  shape.insert(shape.begin() + 1, groups);
  return like_input(transpose(input.reshape(std::move(shape)), 1, 2).reshape(input.shape()), input);
}

}  // namespace lamella
