// Activations as layers. Shapes stay; formulas stand with the functions in lamella/ops/activation.h. Arguments are
// given by position or by name: nn::LeakyReLU(0.2), nn::LeakyReLU({.inplace = true}). In place, the input itself is
// overwritten and returned: no memory for the result.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

struct InplaceOptions {
  ByName by_name = ByName();
  bool inplace = false;
};

/// An activation that has no other argument: nn::ReLU(), nn::ReLU(true), nn::ReLU({.inplace = true}).
class InplaceActivation : public Module {
 public:
  explicit InplaceActivation(bool in_place = false) : inplace(in_place) {}
  explicit InplaceActivation(InplaceOptions options) : inplace(options.inplace) {}
  std::string extra_repr() const override;
  bool inplace;
};

/// max(x, 0)
class ReLU : public Layer<ReLU, InplaceActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
/// min(max(x, 0), 6)
class ReLU6 : public Layer<ReLU6, InplaceActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class SELU : public Layer<SELU, InplaceActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class SiLU : public Layer<SiLU, InplaceActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class Mish : public Layer<Mish, InplaceActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class Hardswish : public Layer<Hardswish, InplaceActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override { return ""; }
};
class Hardsigmoid : public Layer<Hardsigmoid, InplaceActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override { return ""; }
};

struct LeakyReLUOptions {
  ByName by_name = ByName();
  double negative_slope = 0.01;
  bool inplace = false;
};
class LeakyReLU : public Layer<LeakyReLU> {
 public:
  explicit LeakyReLU(double slope = 0.01, bool in_place = false) : negative_slope(slope), inplace(in_place) {}
  explicit LeakyReLU(LeakyReLUOptions options) : LeakyReLU(options.negative_slope, options.inplace) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  double negative_slope;
  bool inplace;
};

/// Of ELU and CELU.
struct ELUOptions {
  ByName by_name = ByName();
  double alpha = 1.0;
  bool inplace = false;
};
class ExponentialActivation : public Module {
 public:
  explicit ExponentialActivation(double scale = 1.0, bool in_place = false) : alpha(scale), inplace(in_place) {}
  explicit ExponentialActivation(ELUOptions options) : ExponentialActivation(options.alpha, options.inplace) {}
  std::string extra_repr() const override;
  double alpha;
  bool inplace;
};
class ELU : public Layer<ELU, ExponentialActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class CELU : public Layer<CELU, ExponentialActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};

struct HardtanhOptions {
  ByName by_name = ByName();
  double min_val = -1.0;
  double max_val = 1.0;
  bool inplace = false;
};
/// Errors: ValueError unless max_val is greater than min_val.
class Hardtanh : public Layer<Hardtanh> {
 public:
  explicit Hardtanh(double least = -1.0, double most = 1.0, bool in_place = false);
  explicit Hardtanh(HardtanhOptions options) : Hardtanh(options.min_val, options.max_val, options.inplace) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  double min_val;
  double max_val;
  bool inplace;
};

/// x where x > threshold, value elsewhere.
class Threshold : public Layer<Threshold> {
 public:
  Threshold(double limit, double other, bool in_place = false) : threshold(limit), value(other), inplace(in_place) {}
  Threshold(double limit, double other, InplaceOptions options) : Threshold(limit, other, options.inplace) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  double threshold;
  double value;
  bool inplace;
};

struct RReLUOptions {
  ByName by_name = ByName();
  double lower = 1.0 / 8;
  double upper = 1.0 / 3;
  bool inplace = false;
};
/// A leaky ReLU whose slopes are drawn from [lower, upper) in training mode, and are their mean in eval mode.
class RReLU : public Layer<RReLU> {
 public:
  explicit RReLU(double low = 1.0 / 8, double high = 1.0 / 3, bool in_place = false)
      : lower(low), upper(high), inplace(in_place) {}
  explicit RReLU(RReLUOptions options) : RReLU(options.lower, options.upper, options.inplace) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  double lower;
  double upper;
  bool inplace;
};

struct PReLUOptions {
  ByName by_name = ByName();
  std::int64_t num_parameters = 1;
  double init = 0.25;
};
/// x where x > 0, weight * x elsewhere, with one weight, or one a channel (axis 1). Attributes: weight
/// [num_parameters], which start at `init`. Errors: ValueError for a negative number of them.
class PReLU : public Layer<PReLU> {
 public:
  explicit PReLU(std::int64_t parameters = 1, double start = 0.25);
  explicit PReLU(PReLUOptions options) : PReLU(options.num_parameters, options.init) {}
  Tensor forward(const Tensor& input) override;
  void members(Members& m) override { m("weight", weight); }
  std::string extra_repr() const override;
  void reset_parameters();
  std::int64_t num_parameters;
  double init;
  Parameter weight;
};

struct GELUOptions {
  ByName by_name = ByName();
  std::string approximate = "none";
};
/// Errors: ValueError unless `approximate` is "none" or "tanh".
class GELU : public Layer<GELU> {
 public:
  GELU() : GELU("none") {}
  template <std::convertible_to<std::string_view> Word>  // a plain string would be as good a match as the options
  explicit GELU(const Word& approximation) : GELU(GELUOptions{.approximate = std::string(approximation)}) {}
  explicit GELU(GELUOptions options);
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::string approximate;
};

struct SoftplusOptions {
  ByName by_name = ByName();
  double beta = 1.0;
  double threshold = 20.0;
};
class Softplus : public Layer<Softplus> {
 public:
  explicit Softplus(double scale = 1.0, double limit = 20.0) : beta(scale), threshold(limit) {}
  explicit Softplus(SoftplusOptions options) : Softplus(options.beta, options.threshold) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  double beta;
  double threshold;
};

class ShrinkActivation : public Module {
 public:
  explicit ShrinkActivation(double limit = 0.5) : lambd(limit) {}
  std::string extra_repr() const override;
  double lambd;
};
/// x where |x| > lambd, 0 elsewhere.
class Hardshrink : public Layer<Hardshrink, ShrinkActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
/// x brought towards 0 by lambd.
class Softshrink : public Layer<Softshrink, ShrinkActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};

class Sigmoid : public Layer<Sigmoid> {
 public:
  Tensor forward(const Tensor& input) override;
};
class LogSigmoid : public Layer<LogSigmoid> {
 public:
  Tensor forward(const Tensor& input) override;
};
class Tanh : public Layer<Tanh> {
 public:
  Tensor forward(const Tensor& input) override;
};
class Tanhshrink : public Layer<Tanhshrink> {
 public:
  Tensor forward(const Tensor& input) override;
};
class Softsign : public Layer<Softsign> {
 public:
  Tensor forward(const Tensor& input) override;
};

/// One that works along the axis `dim`.
class AxisActivation : public Module {
 public:
  explicit AxisActivation(std::int64_t axis) : dim(axis) {}
  std::string extra_repr() const override;
  std::int64_t dim;
};
/// exp(x) / sum of exp(x)
class Softmax : public Layer<Softmax, AxisActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
class LogSoftmax : public Layer<LogSoftmax, AxisActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
/// The softmax of -x.
class Softmin : public Layer<Softmin, AxisActivation> {
 public:
  using Layer::Layer;
  Tensor forward(const Tensor& input) override;
};
/// The first half along the axis times the sigmoid of the second half.
class GLU : public Layer<GLU, AxisActivation> {
 public:
  explicit GLU(std::int64_t axis = -1) : Layer(axis) {}
  Tensor forward(const Tensor& input) override;
};
/// The softmax over the channels of [N, C, H, W] or [C, H, W].
class Softmax2d : public Layer<Softmax2d> {
 public:
  Tensor forward(const Tensor& input) override;
};

}  // namespace lamella::nn
