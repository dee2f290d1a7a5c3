// Convolution. Deep learning's convolution is cross-correlation: the kernel is not flipped.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

/// Padding of a convolution: a number for all axes, a number an axis, "same" or "valid".
class Padding {
 public:
  Padding() : values_{0} {}
  template <std::integral T>
  Padding(T all) : values_{static_cast<std::int64_t>(all)} {}
  Padding(std::initializer_list<std::int64_t> each) : values_(each) {}
  Padding(Dims each) : values_(std::move(each)) {}
  /// Raises ValueError for another word.
  Padding(const char* mode);

  bool same() const { return same_; }
  /// One or one an axis; {0} for "same".
  const Dims& values() const { return values_; }
  friend bool operator==(const Padding&, const Padding&) = default;

 private:
  Dims values_;
  bool same_ = false;
};

/// A list of one number stands for all axes.
struct ConvOptions {
  Extents stride = {1};
  Padding padding = {};
  Extents dilation = {1};
  std::int64_t groups = 1;
};

/// y[n][k][o] = bias[k] + sum over c, t of x[n][c][o * stride - padding + t * dilation] * weight[k][c][t]
///
/// Shapes: input [N, C, spatial…] or [C, spatial…], weight [K, C / groups, kernel…], bias [K] or undefined, result
/// [N, K, out…] with out = floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1. "same" needs stride 1 and
/// gives out = in; an odd rest of padding goes behind, as in torch. dtypes: floating-point, the same for all; 16-bit
/// types accumulate in float32. Errors: every shape or number that does not fit, with the arithmetic; TypeError for
/// dtypes.
Tensor conv1d(const Tensor& input, const Tensor& weight, const Tensor& bias = {}, ConvOptions options = {});
Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {}, ConvOptions options = {});
Tensor conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias = {}, ConvOptions options = {});

/// In torch's argument order.
struct ConvTransposeOptions {
  Extents stride = {1};
  Extents padding = {0};
  Extents output_padding = {0};
  std::int64_t groups = 1;
  Extents dilation = {1};
};

/// The adjoint of a convolution: weight [C, K / groups, kernel…], out = (in - 1) stride - 2 padding + dilation (kernel
/// - 1) + output_padding + 1.
Tensor conv_transpose1d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                        ConvTransposeOptions options = {});
Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                        ConvTransposeOptions options = {});
Tensor conv_transpose3d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                        ConvTransposeOptions options = {});

/// How float32 convolutions may be computed: "exact" sums products directly; "fast" (the default) also allows
/// Winograd's F(4x4, 3x3), with an error at most 8 times that of direct summation, which spreads a NaN or infinity over
/// a tile. Raises ValueError for another word.
void set_conv_precision(std::string_view precision);
std::string_view conv_precision();

}  // namespace lamella
