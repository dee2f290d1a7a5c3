// The checks that every convolution goes through (functions, modules, graph), and their texts.
#pragma once

#include <string_view>

#include <lamella/ops/conv.h>

#include "core/tensor_impl.h"

namespace lamella {

/// One number repeated, or one an axis. Raises ValueError that names the argument otherwise.
Dims expand_to_axes(std::string_view op, std::string_view argument, const Dims& values, std::int64_t axes);

/// Options with one number an axis. `padding_end` differs from `padding` for an odd "same" only.
struct ConvGeometry {
  Dims stride;
  Dims padding;
  Dims padding_end;
  Dims dilation;
  std::int64_t groups;
};

/// Checks ranges and expands. `kernel` is what "same" needs.
ConvGeometry conv_geometry(std::string_view op, const ConvOptions& options, const Dims& kernel);

/// Rank, channels, groups, bias. Dtypes are checked where the operator runs, behind autocast.
void check_conv_inputs(std::string_view op, const Tensor& input, const Tensor& weight, const Tensor& bias,
                       std::int64_t axes, std::int64_t groups);
void check_conv_transpose_inputs(std::string_view op, const Tensor& input, const Tensor& weight, const Tensor& bias,
                                 std::int64_t axes, std::int64_t groups);

/// One floating-point dtype for all; `bias` may be null.
void check_conv_dtypes(std::string_view op, const TensorMeta& input, const TensorMeta& weight, const TensorMeta* bias);

/// Output extents. Raises where the kernel does not fit into the padded input.
Dims conv_output_extents(std::string_view op, const Dims& input, const Dims& kernel, const ConvGeometry& geometry);

}  // namespace lamella
