// Max unpooling: a scatter into planes of zeros.
#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/pool.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "ops/autocast.h"
#include "ops/conv_args.h"
#include "ops/pool_args.h"

namespace lamella {

namespace {

/// The output's extents: the ones asked for (which may come with batch and channels), or those that a pooling without a
/// rest came from.
Dims unpool_extents(std::string_view op, const Tensor& input, const Dims& kernel, const MaxUnpoolOptions& o,
                    std::int64_t axes) {
  const Dims stride = o.stride.empty() ? kernel : expand_to_axes(op, "stride", o.stride, axes);
  const Dims padding = expand_to_axes(op, "padding", o.padding, axes);
  const auto count = static_cast<std::size_t>(axes);
  const std::size_t first = input.shape().size() - count;
  Dims extents;
  for (std::size_t i = 0; i < count; ++i)
    extents.push_back((input.shape()[first + i] - 1) * stride[i] + kernel[i] - 2 * padding[i]);
  if (o.output_size.empty()) return extents;
  const Dims& wanted = o.output_size;
  if (wanted.size() != count && wanted.size() != count + 2)
    throw ValueError(fmt::format("{}: output_size should be a sequence containing {} or {} elements, but it has {}", op,
                                 count, count + 2, wanted.size()));
  const Dims asked(wanted.end() - count, wanted.end());
  for (std::size_t i = 0; i < count; ++i) {
    if (asked[i] > extents[i] - stride[i] && asked[i] < extents[i] + stride[i]) continue;
    throw ValueError(fmt::format("{}: invalid output_size {} (dim {} must be between {} and {})", op, to_string(asked),
                                 i, extents[i] - stride[i], extents[i] + stride[i]));
  }
  return asked;
}

Tensor max_unpool(std::string_view op, const Tensor& values, const Tensor& indices, const Dims& kernel_size,
                  const MaxUnpoolOptions& options, std::int64_t axes) {
  const Tensor input = autocast_input(AutocastPolicy::kFloat32, values);
  check_pool_input(op, input, axes);
  if (indices.dtype() != DType::kInt64)
    throw Error(fmt::format("{}: elements in indices should be type int64 but got: {}", op, name_of(indices.dtype())));
  if (!(indices.shape() == input.shape()))
    throw Error(fmt::format("{}: Expected shape of indices to be same as that of the input tensor ({}) but got {}", op,
                            to_string(input.shape()), to_string(indices.shape())));
  const Dims extents = unpool_extents(op, input, expand_to_axes(op, "kernel_size", kernel_size, axes), options, axes);
  const std::int64_t first = input.dim() - axes;
  std::int64_t places = 1;
  for (const std::int64_t extent : extents) places *= extent;
  if (indices.numel() > 0 && (min(indices).item<std::int64_t>() < 0 || max(indices).item<std::int64_t>() >= places)) {
    throw Error(fmt::format(
        "{}: Found an invalid max index: the indices go from {} to {}, but a plane of {} has {} "
        "elements; is output_size right?",
        op, min(indices).item<std::int64_t>(), max(indices).item<std::int64_t>(), to_string(extents), places));
  }
  Dims planes(input.shape().begin(), input.shape().begin() + first);
  planes.push_back(places);
  const Tensor flat =
      scatter(zeros(planes, {.dtype = input.dtype()}), first, flatten(indices, first), flatten(input, first));
  planes.erase(planes.end() - 1);
  planes.append(extents.begin(), extents.end());
  const Tensor result = flat.view(std::move(planes));
  return axes == 2 && meta(input).suggests_channels_last() ? result.contiguous(MemoryFormat::kChannelsLast) : result;
}

}  // namespace

Tensor max_unpool1d(const Tensor& input, const Tensor& indices, Extents kernel_size, MaxUnpoolOptions options) {
  return max_unpool("max_unpool1d", input, indices, kernel_size, options, 1);
}
Tensor max_unpool2d(const Tensor& input, const Tensor& indices, Extents kernel_size, MaxUnpoolOptions options) {
  return max_unpool("max_unpool2d", input, indices, kernel_size, options, 2);
}
Tensor max_unpool3d(const Tensor& input, const Tensor& indices, Extents kernel_size, MaxUnpoolOptions options) {
  return max_unpool("max_unpool3d", input, indices, kernel_size, options, 3);
}

}  // namespace lamella
