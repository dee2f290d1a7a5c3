// Pooling layers.
#pragma once

#include <optional>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

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
  MaxPoolNd(PerAxis<kRank> kernel_size, PerAxis<kRank> stride, PerAxis<kRank> padding = 0);

  Tensor forward(const Tensor& input) override;
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
  AvgPoolNd(PerAxis<kRank> kernel_size, PerAxis<kRank> stride, PerAxis<kRank> padding = 0);

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

/// Pools any input to output_size: window o of an axis spans floor(o in / out) to ceil((o + 1) in / out).
template <int kRank>
class AdaptivePoolNd : public Module {
 public:
  explicit AdaptivePoolNd(PerAxis<kRank> size) : output_size(size) {}
  std::string extra_repr() const override;

  PerAxis<kRank> output_size;
};

extern template class AdaptivePoolNd<1>;
extern template class AdaptivePoolNd<2>;
extern template class AdaptivePoolNd<3>;

class AdaptiveAvgPool1d : public Layer<AdaptiveAvgPool1d, AdaptivePoolNd<1>> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class AdaptiveAvgPool2d : public Layer<AdaptiveAvgPool2d, AdaptivePoolNd<2>> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class AdaptiveAvgPool3d : public Layer<AdaptiveAvgPool3d, AdaptivePoolNd<3>> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class AdaptiveMaxPool1d : public Layer<AdaptiveMaxPool1d, AdaptivePoolNd<1>> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class AdaptiveMaxPool2d : public Layer<AdaptiveMaxPool2d, AdaptivePoolNd<2>> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class AdaptiveMaxPool3d : public Layer<AdaptiveMaxPool3d, AdaptivePoolNd<3>> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};

}  // namespace lamella::nn
