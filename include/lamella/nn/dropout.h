// Dropout layers: nn::Dropout(), nn::Dropout(0.2), nn::Dropout({.inplace = true}).
#pragma once

#include <typeinfo>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// In torch's argument order; given by name.
struct DropoutOptions {
  ByName by_name = ByName();
  double p = 0.5;
  bool inplace = false;
};

/// In training mode, sets elements (Dropout) or whole channels (Dropout1d, 2d, 3d) to zero with probability p and
/// multiplies the others by 1 / (1 - p); in eval mode it does nothing. Hinton et al. 2012. Errors: ValueError for p
/// outside of [0, 1].
class DropoutBase : public Module {
 public:
  std::string extra_repr() const override;
  double p;
  bool inplace;

 protected:
  DropoutBase(const std::type_info& layer, double probability, bool in_place);
  /// What to return for `result`: in place, the input that has taken it over.
  Tensor finish(const Tensor& input, const Tensor& result) const;
};

template <typename Self>
class DropoutLayer : public Layer<Self, DropoutBase> {
 public:
  explicit DropoutLayer(double probability = 0.5, bool in_place = false)
      : Layer<Self, DropoutBase>(typeid(Self), probability, in_place) {}
  explicit DropoutLayer(DropoutOptions options) : DropoutLayer(options.p, options.inplace) {}
};

class Dropout : public DropoutLayer<Dropout> {
 public:
  using DropoutLayer::DropoutLayer;
  Tensor forward(const Tensor& input) override;
};
/// Input [N, C, L] or [C, L].
class Dropout1d : public DropoutLayer<Dropout1d> {
 public:
  using DropoutLayer::DropoutLayer;
  Tensor forward(const Tensor& input) override;
};
/// Input [N, C, H, W].
class Dropout2d : public DropoutLayer<Dropout2d> {
 public:
  using DropoutLayer::DropoutLayer;
  Tensor forward(const Tensor& input) override;
};
/// Input [N, C, D, H, W] or [C, D, H, W].
class Dropout3d : public DropoutLayer<Dropout3d> {
 public:
  using DropoutLayer::DropoutLayer;
  Tensor forward(const Tensor& input) override;
};
/// Dropout that keeps mean and variance of what SELU gives. Klambauer et al. 2017.
class AlphaDropout : public DropoutLayer<AlphaDropout> {
 public:
  using DropoutLayer::DropoutLayer;
  Tensor forward(const Tensor& input) override;
};
/// The same for whole channels.
class FeatureAlphaDropout : public DropoutLayer<FeatureAlphaDropout> {
 public:
  using DropoutLayer::DropoutLayer;
  Tensor forward(const Tensor& input) override;
};

}  // namespace lamella::nn
