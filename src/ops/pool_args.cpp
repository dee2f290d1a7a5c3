#include "ops/pool_args.h"

#include <fmt/format.h>

#include <lamella/error.h>

#include "ops/conv_args.h"

namespace lamella {

PoolGeometry pool_geometry(std::string_view op, const Dims& kernel, const Dims& stride, const Dims& padding,
                           const Dims& dilation, bool ceil_mode, std::int64_t axes) {
  PoolGeometry g;
  g.kernel = expand_to_axes(op, "kernel_size", kernel, axes);
  g.stride = stride.empty() ? g.kernel : expand_to_axes(op, "stride", stride, axes);
  g.padding = expand_to_axes(op, "padding", padding, axes);
  g.dilation = expand_to_axes(op, "dilation", dilation, axes);
  g.ceil_mode = ceil_mode;
  for (std::size_t i = 0; i < g.kernel.size(); ++i) {
    if (g.kernel[i] < 1)
      throw Error(
          fmt::format("{}: kernel size should be greater than zero, but got kernel_size {}", op, to_string(g.kernel)));
    if (g.stride[i] < 1)
      throw Error(fmt::format("{}: stride should be greater than zero, but got stride {}", op, to_string(g.stride)));
    if (g.dilation[i] < 1)
      throw Error(
          fmt::format("{}: dilation should be greater than zero, but got dilation {}", op, to_string(g.dilation)));
    if (g.padding[i] < 0)
      throw Error(fmt::format("{}: padding must not be negative, but got padding {}", op, to_string(g.padding)));
    const std::int64_t reach = g.dilation[i] * (g.kernel[i] - 1) + 1;
    if (g.padding[i] > reach / 2) {
      throw Error(
          fmt::format("{}: pad should be at most half of effective kernel size, but got pad={}, kernel_size={} and "
                      "dilation={} on axis {}",
                      op, g.padding[i], g.kernel[i], g.dilation[i], i));
    }
  }
  return g;
}

void check_pool_input(std::string_view op, const Tensor& input, std::int64_t axes) {
  constexpr std::string_view names[3] = {"(N,C,L) or (C,L)", "(N,C,H,W) or (C,H,W)", "(N,C,D,H,W) or (C,D,H,W)"};
  if (input.dim() != axes + 1 && input.dim() != axes + 2) {
    throw Error(fmt::format("{}: expected a {}D or {}D input {}, but got shape {}", op, axes + 1, axes + 2,
                            names[axes - 1], to_string(input.shape())));
  }
  const std::size_t first = input.dim() == axes + 2 ? 1 : 0;
  for (std::size_t i = first; i < input.shape().size(); ++i) {
    if (input.shape()[i] == 0) {
      throw Error(fmt::format("{}: expected an input with non-zero extents on all axes but the batch, but got shape {}",
                              op, to_string(input.shape())));
    }
  }
}

Dims pool_output_extents(std::string_view op, const Dims& input, const PoolGeometry& g) {
  Dims output;
  for (std::size_t i = 0; i < g.kernel.size(); ++i) {
    const std::int64_t extent =
        kernels::pool_output_size(input[i + 2], g.kernel[i], g.stride[i], g.padding[i], g.dilation[i], g.ceil_mode);
    if (extent < 1) {
      throw Error(fmt::format(
          "{}{}d: Given input size: {}. Output size is too small: the window {} (dilation {}) is larger "
          "than the input {} padded by {} on axis {}",
          op, g.kernel.size(), to_string(input), g.kernel[i], g.dilation[i], input[i + 2], g.padding[i], i));
    }
    output.push_back(extent);
  }
  return output;
}

kernels::PoolShape pool_shape(const Dims& input, const Dims& output, const PoolGeometry* g) {
  kernels::PoolShape shape;
  shape.batch = input[0];
  shape.channels = input[1];
  const std::size_t axes = input.size() - 2;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::size_t at = 3 - axes + i;
    shape.input[at] = input[i + 2];
    shape.output[at] = output[i + 2];
    if (g == nullptr) continue;
    shape.kernel[at] = g->kernel[i];
    shape.stride[at] = g->stride[i];
    shape.padding[at] = g->padding[i];
    shape.dilation[at] = g->dilation[i];
  }
  return shape;
}

kernels::PoolStrides pool_strides(const Dims& strides) {
  kernels::PoolStrides result{strides[0], strides[1], {0, 0, 0}};
  const std::size_t axes = strides.size() - 2;
  for (std::size_t i = 0; i < axes; ++i) result.axis[3 - axes + i] = strides[i + 2];
  return result;
}

}  // namespace lamella
