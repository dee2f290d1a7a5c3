// The geometry of a convolution: one struct for one to three spatial axes, groups, dilation and transposed convolution.
#pragma once

#include <array>
#include <cstdint>

namespace lamella::kernels {

/// Extents of a convolution, spatial axes in the order D, H, W; a convolution of fewer axes has leading extents of 1.
///
///   y[n][o][k] = sum over taps t and channels c of x[n][o * stride - padding + t * dilation][c] * w[k][c][t]
///
/// for every axis; positions outside of x count as zero. The padding at the end of an axis is whatever `output`
/// implies, so an asymmetric 'same' needs no field of its own.
///
/// Layouts: activations are dense and channels-last, x[n][d][h][w][c] and y[n][d][h][w][k]; weights are PyTorch's plain
/// [out_channels][in_channels / groups][D][H][W].
struct ConvShape {
  std::int64_t batch = 1;
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
  std::int64_t groups = 1;
  std::array<std::int64_t, 3> input = {1, 1, 1};
  std::array<std::int64_t, 3> kernel = {1, 1, 1};
  std::array<std::int64_t, 3> stride = {1, 1, 1};
  std::array<std::int64_t, 3> padding = {0, 0, 0};  // at the beginning
  std::array<std::int64_t, 3> dilation = {1, 1, 1};
  std::array<std::int64_t, 3> output = {1, 1, 1};

  std::int64_t group_in_channels() const { return in_channels / groups; }
  std::int64_t group_out_channels() const { return out_channels / groups; }
  std::int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  std::int64_t input_pixels() const { return input[0] * input[1] * input[2]; }
  std::int64_t output_pixels() const { return output[0] * output[1] * output[2]; }
  std::int64_t weights() const { return out_channels * group_in_channels() * taps(); }
  /// Multiply-adds of the plain sum over the whole batch, those with padding included: 2 * this is what GFLOP/s count.
  std::int64_t multiply_adds() const { return batch * output_pixels() * weights(); }

  bool operator==(const ConvShape&) const = default;
};

/// Positions that a kernel takes along one axis: floor((input + padding_begin + padding_end - dilation * (kernel - 1) -
/// 1) / stride) + 1. Raises ValueError where an argument is out of range, where the (dilated) kernel is larger than the
/// padded input, or where a sum leaves int64.
std::int64_t conv_output_size(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t padding_begin,
                              std::int64_t padding_end, std::int64_t dilation);

/// Raises ValueError unless every field is in range, groups divide both channel counts, and every product (elements of
/// x, y and w, multiply-adds of one image) stays within int64. A plan of a shape that passes never overflows.
void check(const ConvShape& shape);

}  // namespace lamella::kernels
