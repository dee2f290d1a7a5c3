// Dropout layers.
#pragma once

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// In training mode, sets elements (Dropout) or whole channels (Dropout2d) to zero with probability p and multiplies
/// the others by 1 / (1 - p); in eval mode it does nothing. Hinton et al. 2012. Errors: ValueError for p outside of [0,
/// 1].
class DropoutBase : public Module {
 public:
  explicit DropoutBase(double probability = 0.5, bool in_place = false);
  std::string extra_repr() const override;
  double p;
  bool inplace;
};

class Dropout : public Layer<Dropout, DropoutBase> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};

/// Input [N, C, H, W].
class Dropout2d : public Layer<Dropout2d, DropoutBase> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};

}  // namespace lamella::nn
