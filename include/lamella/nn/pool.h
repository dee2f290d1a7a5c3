// Pooling layers.
#pragma once

#include <optional>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>
#include <lamella/ops/pool.h>

namespace lamella::nn {

/// In torch's argument order; given by name. `stride` is kernel_size unless said.
template <int kRank>
struct MaxPoolLayerOptions {
  ByName by_name = ByName();
  PerAxis<kRank> stride = kLikeKernel;
  PerAxis<kRank> padding = 0;
  PerAxis<kRank> dilation = 1;
  bool ceil_mode = false;
};

/// The largest element of each window.
///
/// Args: kernel_size, then options by name; stride and padding by position too: nn::MaxPool2d(2), nn::MaxPool2d(3, 2,
/// 1). Shape: out = floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, or ceil with ceil_mode. Errors:
/// ValueError for kernel or stride below 1, and for a padding above half of the kernel.
template <int kRank>
class MaxPoolNd : public Module {
 public:
  explicit MaxPoolNd(PerAxis<kRank> kernel_size, MaxPoolLayerOptions<kRank> options = {});
  template <Whole T, std::size_t kCount>
    requires(kCount == kRank)
  explicit MaxPoolNd(const T (&each)[kCount]) : MaxPoolNd(PerAxis<kRank>(each)) {}
  explicit MaxPoolNd(PerAxis<kRank> kernel_size, PerAxis<kRank> stride, PerAxis<kRank> padding = 0);

  Tensor forward(const Tensor& input) override;
  /// The maxima and where they were, for MaxUnpool: torch's return_indices=True. Runs no hooks.
  PooledIndices forward_with_indices(const Tensor& input) const;
  std::string extra_repr() const override;

  PerAxis<kRank> kernel_size;
  PerAxis<kRank> stride;
  PerAxis<kRank> padding;
  PerAxis<kRank> dilation;
  bool ceil_mode;
};

extern template class MaxPoolNd<1>;
extern template class MaxPoolNd<2>;
extern template class MaxPoolNd<3>;

class MaxPool1d : public Layer<MaxPool1d, MaxPoolNd<1>> {
 public:
  using Layer::Layer;
};
class MaxPool2d : public Layer<MaxPool2d, MaxPoolNd<2>> {
 public:
  using Layer::Layer;
};
class MaxPool3d : public Layer<MaxPool3d, MaxPoolNd<3>> {
 public:
  using Layer::Layer;
};

/// In torch's argument order; given by name. `stride` is kernel_size unless said.
template <int kRank>
struct AvgPoolLayerOptions {
  ByName by_name = ByName();
  PerAxis<kRank> stride = kLikeKernel;
  PerAxis<kRank> padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< whether padded zeros count in the mean
  std::optional<std::int64_t> divisor_override = {};
};

/// The mean of each window; arguments as MaxPoolNd.
template <int kRank>
class AvgPoolNd : public Module {
 public:
  explicit AvgPoolNd(PerAxis<kRank> kernel_size, AvgPoolLayerOptions<kRank> options = {});
  template <Whole T, std::size_t kCount>
    requires(kCount == kRank)
  explicit AvgPoolNd(const T (&each)[kCount]) : AvgPoolNd(PerAxis<kRank>(each)) {}
  explicit AvgPoolNd(PerAxis<kRank> kernel_size, PerAxis<kRank> stride, PerAxis<kRank> padding = 0);

  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

  PerAxis<kRank> kernel_size;
  PerAxis<kRank> stride;
  PerAxis<kRank> padding;
  bool ceil_mode;
  bool count_include_pad;
  std::optional<std::int64_t> divisor_override;
};

extern template class AvgPoolNd<1>;
extern template class AvgPoolNd<2>;
extern template class AvgPoolNd<3>;

class AvgPool1d : public Layer<AvgPool1d, AvgPoolNd<1>> {
 public:
  using Layer::Layer;
};
class AvgPool2d : public Layer<AvgPool2d, AvgPoolNd<2>> {
 public:
  using Layer::Layer;
};
class AvgPool3d : public Layer<AvgPool3d, AvgPoolNd<3>> {
 public:
  using Layer::Layer;
};

/// Puts values back where the indices of max pooling say, with zeros between them.
///
/// Args: those of the pooling: nn::MaxUnpool2d(2), nn::MaxUnpool2d(3, 2, 1). Shape: input and indices [N, C, spatial…]
/// or without N, to out = (in - 1) stride - 2 padding + kernel, or to an output_size less than a stride away from that
/// (its spatial axes, or the whole shape): unpool(values, indices, {5, 5}).
template <int kRank>
class MaxUnpoolNd : public ModuleOf<Tensor(const Tensor&, const Tensor&)> {
 public:
  explicit MaxUnpoolNd(PerAxis<kRank> kernel_size, PerAxis<kRank> stride = kLikeKernel, PerAxis<kRank> padding = 0);
  template <Whole T, std::size_t kCount>
    requires(kCount == kRank)
  explicit MaxUnpoolNd(const T (&each)[kCount]) : MaxUnpoolNd(PerAxis<kRank>(each)) {}

  using ModuleOf::operator();
  Tensor operator()(const Tensor& input, const Tensor& indices, const Dims& output_size);
  Tensor forward(const Tensor& input, const Tensor& indices) override { return forward(input, indices, {}); }
  Tensor forward(const Tensor& input, const Tensor& indices, const Dims& output_size) const;
  std::string extra_repr() const override;

  PerAxis<kRank> kernel_size;
  PerAxis<kRank> stride;
  PerAxis<kRank> padding;
};

extern template class MaxUnpoolNd<1>;
extern template class MaxUnpoolNd<2>;
extern template class MaxUnpoolNd<3>;

class MaxUnpool1d : public Layer<MaxUnpool1d, MaxUnpoolNd<1>> {
 public:
  using Layer::Layer;
};
class MaxUnpool2d : public Layer<MaxUnpool2d, MaxUnpoolNd<2>> {
 public:
  using Layer::Layer;
};
class MaxUnpool3d : public Layer<MaxUnpool3d, MaxUnpoolNd<3>> {
 public:
  using Layer::Layer;
};

/// As an extent of an adaptive pooling's output_size: the input's (torch's None).
inline constexpr std::int64_t kLikeInput = -1;

/// Pools any input to output_size: window o of an axis spans floor(o in / out) to ceil((o + 1) in / out). Errors:
/// ValueError for a negative size other than kLikeInput.
template <int kRank>
class AdaptivePoolNd : public Module {
 public:
  std::string extra_repr() const override;

  PerAxis<kRank> output_size;

 protected:
  AdaptivePoolNd(std::string_view kind, PerAxis<kRank> size);
};

extern template class AdaptivePoolNd<1>;
extern template class AdaptivePoolNd<2>;
extern template class AdaptivePoolNd<3>;

template <int kRank>
class AdaptiveAvgPoolNd : public AdaptivePoolNd<kRank> {
 public:
  explicit AdaptiveAvgPoolNd(PerAxis<kRank> size) : AdaptivePoolNd<kRank>("Avg", size) {}
  Tensor forward(const Tensor& input) override;
};
template <int kRank>
class AdaptiveMaxPoolNd : public AdaptivePoolNd<kRank> {
 public:
  explicit AdaptiveMaxPoolNd(PerAxis<kRank> size) : AdaptivePoolNd<kRank>("Max", size) {}
  Tensor forward(const Tensor& input) override;
  /// The maxima and where they were: torch's return_indices=True. Runs no hooks.
  PooledIndices forward_with_indices(const Tensor& input) const;
};

extern template class AdaptiveAvgPoolNd<1>;
extern template class AdaptiveAvgPoolNd<2>;
extern template class AdaptiveAvgPoolNd<3>;
extern template class AdaptiveMaxPoolNd<1>;
extern template class AdaptiveMaxPoolNd<2>;
extern template class AdaptiveMaxPoolNd<3>;

class AdaptiveAvgPool1d : public Layer<AdaptiveAvgPool1d, AdaptiveAvgPoolNd<1>> {
 public:
  using Layer::Layer;
};
class AdaptiveAvgPool2d : public Layer<AdaptiveAvgPool2d, AdaptiveAvgPoolNd<2>> {
 public:
  using Layer::Layer;
};
class AdaptiveAvgPool3d : public Layer<AdaptiveAvgPool3d, AdaptiveAvgPoolNd<3>> {
 public:
  using Layer::Layer;
};
class AdaptiveMaxPool1d : public Layer<AdaptiveMaxPool1d, AdaptiveMaxPoolNd<1>> {
 public:
  using Layer::Layer;
};
class AdaptiveMaxPool2d : public Layer<AdaptiveMaxPool2d, AdaptiveMaxPoolNd<2>> {
 public:
  using Layer::Layer;
};
class AdaptiveMaxPool3d : public Layer<AdaptiveMaxPool3d, AdaptiveMaxPoolNd<3>> {
 public:
  using Layer::Layer;
};

}  // namespace lamella::nn
