// Pooling: a window slides over each channel; its maximum or its mean is kept.
#pragma once

#include <optional>

#include <lamella/tensor.h>

namespace lamella {

/// A list of one number stands for all axes; an empty stride means the window's size.
struct MaxPoolOptions {
  Extents stride = {};
  Extents padding = {0};
  Extents dilation = {1};
  bool ceil_mode = false;
};

/// Shapes: [N, C, spatial…] or [C, spatial…]; out = floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1,
/// rounded up with ceil_mode (a last window must start inside of the input). Padding counts as minus infinity and is at
/// most half of the window. NaN spreads. The gradient goes to the first of equal maxima.
Tensor max_pool1d(const Tensor& input, Extents kernel_size, MaxPoolOptions options = {});
Tensor max_pool2d(const Tensor& input, Extents kernel_size, MaxPoolOptions options = {});
Tensor max_pool3d(const Tensor& input, Extents kernel_size, MaxPoolOptions options = {});

/// The same with int64 positions of the maxima in each channel's plane (return_indices=True).
struct PooledIndices {
  Tensor values;
  Tensor indices;
};
PooledIndices max_pool1d_with_indices(const Tensor& input, Extents kernel_size, MaxPoolOptions options = {});
PooledIndices max_pool2d_with_indices(const Tensor& input, Extents kernel_size, MaxPoolOptions options = {});
PooledIndices max_pool3d_with_indices(const Tensor& input, Extents kernel_size, MaxPoolOptions options = {});

struct AvgPoolOptions {
  Extents stride = {};
  Extents padding = {0};
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<std::int64_t> divisor_override = {};
};
Tensor avg_pool1d(const Tensor& input, Extents kernel_size, AvgPoolOptions options = {});
Tensor avg_pool2d(const Tensor& input, Extents kernel_size, AvgPoolOptions options = {});
Tensor avg_pool3d(const Tensor& input, Extents kernel_size, AvgPoolOptions options = {});

/// Windows that share the input out evenly; an extent of -1 keeps the input's.
Tensor adaptive_avg_pool1d(const Tensor& input, Extents output_size);
Tensor adaptive_avg_pool2d(const Tensor& input, Extents output_size);
Tensor adaptive_avg_pool3d(const Tensor& input, Extents output_size);
Tensor adaptive_max_pool1d(const Tensor& input, Extents output_size);
Tensor adaptive_max_pool2d(const Tensor& input, Extents output_size);
Tensor adaptive_max_pool3d(const Tensor& input, Extents output_size);
PooledIndices adaptive_max_pool1d_with_indices(const Tensor& input, Extents output_size);
PooledIndices adaptive_max_pool2d_with_indices(const Tensor& input, Extents output_size);
PooledIndices adaptive_max_pool3d_with_indices(const Tensor& input, Extents output_size);

/// An empty stride means the window's size.
struct MaxUnpoolOptions {
  Extents stride = {};
  Extents padding = {0};
  Extents output_size = {};  ///< default: (in - 1) stride - 2 padding + kernel
};
/// The inverse of max pooling as far as there is one: each value at its index (int64, as pooling gives it) in a plane
/// of zeros. Raises for an index out of range, and for an output size more than a stride away from the default.
Tensor max_unpool1d(const Tensor& input, const Tensor& indices, Extents kernel_size, MaxUnpoolOptions options = {});
Tensor max_unpool2d(const Tensor& input, const Tensor& indices, Extents kernel_size, MaxUnpoolOptions options = {});
Tensor max_unpool3d(const Tensor& input, const Tensor& indices, Extents kernel_size, MaxUnpoolOptions options = {});

}  // namespace lamella
