// Resizing over one to three spatial axes, with torch's coordinates.
//
//   y[n,c,o] = sum over taps of weight(o, i) x[n,c,i], the weights a product over the axes; forward and backward walk
//   the same list of taps, backward inverted.
//
// On an axis of `input` and `output` positions let scale = (input - 1) / (output - 1) with align_corners (0 if output
// is 1), else 1 / scale_factor if one is given, else input / output. The source of output o is
//   nearest        floor(scale o), with input / output for align_corners, which it has not
//   nearest-exact  floor(scale (o + 1/2))
//   linear, cubic  scale o with align_corners, else scale (o + 1/2) - 1/2; linear does not go below 0; cubic has a =
//   -3/4
//                  and repeats the border
//   area           the mean over [floor(o input / output), ceil((o + 1) input / output))
// Antialiased, linear (a triangle) and cubic (a = -1/2) stretch over `scale` inputs where they shrink, and their
// weights are normalised. Coordinates and weights are made in float32 for all types but double, as torch makes them.
//
// torch's nearest backward takes an axis whose extent stays for the identity even where a scale factor such as 1.04
// makes its forward repeat elements; here the gradient is always that of the forward.
//
// There are always three spatial axes; leading ones that are not there have extents 1. Strides are in elements; a
// channel stride of 1 in both tensors (channels-last) gives vectors over channels. Outputs must not overlap inputs.
#pragma once

#include <array>
#include <cstdint>

namespace lamella::kernels {

enum class Interpolation { kNearest, kNearestExact, kLinear, kCubic, kArea };

struct InterpolateShape {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  std::array<std::int64_t, 3> input{1, 1, 1};   // at least 1 each
  std::array<std::int64_t, 3> output{1, 1, 1};  // at least 1 each
  Interpolation mode = Interpolation::kNearest;
  bool align_corners = false;                    // linear and cubic
  bool antialias = false;                        // linear and cubic
  std::array<double, 3> scale_factors{0, 0, 0};  // 0: none given; not for area
};

struct InterpolateStrides {
  std::int64_t batch;
  std::int64_t channel;
  std::array<std::int64_t, 3> axis;
};

/// T: float, double, bfloat16, float16 (summed in float32); the nearest modes also uint8, int8, int16, int32, int64.
template <typename T>
void interpolate_forward(const InterpolateShape& shape, const T* x, const InterpolateStrides& x_strides, T* y,
                         const InterpolateStrides& y_strides);

/// Writes all of dx. T: float, double, bfloat16, float16.
template <typename T>
void interpolate_backward(const InterpolateShape& shape, const T* dy, const InterpolateStrides& dy_strides, T* dx,
                          const InterpolateStrides& dx_strides);

}  // namespace lamella::kernels
