// What the forward pass and the input gradient have in common: a correlation of an input with an affine set of taps.
//
// The forward pass is one correlation. The input gradient of a convolution with stride s is, along each axis, s of
// them, one a residue class ("phase") of the input coordinate: within a class the taps that reach a pixel and their
// offsets in dy are affine, and dy is read with unit stride. No zeros are inserted, no product with a zero is computed.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/conv/conv_shape.h"

namespace lamella::kernels {

enum class ConvDirection { kForward, kInputGradient, kWeightGradient };

/// One axis of a correlation. Position j writes output coordinate out_begin + j * out_step and reads, at tap i, input
/// coordinate j * in_step + first_offset + i * offset_step (offset_step > 0; nothing where that is out of the input)
/// with the weight of kernel index first_index + i * index_step.
struct CorrelationAxis {
  std::int64_t positions, out_begin, out_step;
  std::int64_t in_step, taps, first_offset, offset_step;
  std::int64_t first_index, index_step;
  std::int64_t in_extent, out_extent;

  std::int64_t last_offset() const { return first_offset + (taps - 1) * offset_step; }
  /// The taps [begin, end) of position j that lie inside of the input.
  std::array<std::int64_t, 2> taps_inside(std::int64_t j) const;
};

/// Channel counts are those of one group; pixels of input and output hold groups * channels elements.
struct Correlation {
  std::int64_t batch, groups, in_channels, out_channels;
  std::array<CorrelationAxis, 3> axis;
  // Where w[out][in][tap] of a group stands in PyTorch's weights, in elements; a tap is its linear kernel index.
  std::int64_t weight_out_step, weight_in_step, weight_group_step;
  std::array<std::int64_t, 3> kernel;

  std::int64_t taps() const { return axis[0].taps * axis[1].taps * axis[2].taps; }
  std::int64_t positions() const { return axis[0].positions * axis[1].positions * axis[2].positions; }
  std::int64_t input_pixels() const { return axis[0].in_extent * axis[1].in_extent * axis[2].in_extent; }
  std::int64_t output_pixels() const { return axis[0].out_extent * axis[1].out_extent * axis[2].out_extent; }
  std::int64_t multiply_adds() const { return batch * positions() * taps() * groups * in_channels * out_channels; }
};

/// The number of phases of `direction`: 1 for kForward, the product of the strides for kInputGradient.
std::int64_t phase_count(const ConvShape& shape, ConvDirection direction);

/// Phase `phase` of kForward or kInputGradient. Pointwise correlations (one tap, unit steps, nothing cut) are folded to
/// a single row of batch * D * H * W pixels.
Correlation correlation_of(const ConvShape& shape, ConvDirection direction, std::int64_t phase);

}  // namespace lamella::kernels
