// Activations as layers. Shapes stay; formulas stand with the functions in lamella/ops/activation.h.
#pragma once

#include <string>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// In place, the input itself is overwritten and returned: no memory for the result.
struct InplaceOptions {
  ByName by_name = ByName();
  bool inplace = false;
};

/// max(x, 0). nn::ReLU(), nn::ReLU(true), nn::ReLU({.inplace = true})
class ReLU : public Layer<ReLU> {
 public:
  explicit ReLU(bool in_place = false) : inplace(in_place) {}
  explicit ReLU(InplaceOptions options) : inplace(options.inplace) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  bool inplace;
};

/// min(max(x, 0), 6)
class ReLU6 : public Layer<ReLU6> {
 public:
  explicit ReLU6(bool in_place = false) : inplace(in_place) {}
  explicit ReLU6(InplaceOptions options) : inplace(options.inplace) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  bool inplace;
};

class LeakyReLU : public Layer<LeakyReLU> {
 public:
  explicit LeakyReLU(double slope = 0.01, bool in_place = false) : negative_slope(slope), inplace(in_place) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  double negative_slope;
  bool inplace;
};

class ELU : public Layer<ELU> {
 public:
  explicit ELU(double scale = 1.0, bool in_place = false) : alpha(scale), inplace(in_place) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  double alpha;
  bool inplace;
};

/// Raises ValueError unless `approximate` is "none" or "tanh".
class GELU : public Layer<GELU> {
 public:
  explicit GELU(std::string approximation = "none");
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::string approximate;
};

class SiLU : public Layer<SiLU> {
 public:
  explicit SiLU(bool in_place = false) : inplace(in_place) {}
  explicit SiLU(InplaceOptions options) : inplace(options.inplace) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  bool inplace;
};

class Hardswish : public Layer<Hardswish> {
 public:
  explicit Hardswish(bool in_place = false) : inplace(in_place) {}
  explicit Hardswish(InplaceOptions options) : inplace(options.inplace) {}
  Tensor forward(const Tensor& input) override;
  bool inplace;
};

class Hardsigmoid : public Layer<Hardsigmoid> {
 public:
  explicit Hardsigmoid(bool in_place = false) : inplace(in_place) {}
  explicit Hardsigmoid(InplaceOptions options) : inplace(options.inplace) {}
  Tensor forward(const Tensor& input) override;
  bool inplace;
};

class Sigmoid : public Layer<Sigmoid> {
 public:
  Tensor forward(const Tensor& input) override;
};

class Tanh : public Layer<Tanh> {
 public:
  Tensor forward(const Tensor& input) override;
};

class Softplus : public Layer<Softplus> {
 public:
  explicit Softplus(double scale = 1.0, double limit = 20.0) : beta(scale), threshold(limit) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  double beta;
  double threshold;
};

/// exp(x) / sum of exp(x) along the axis `dim`.
class Softmax : public Layer<Softmax> {
 public:
  explicit Softmax(std::int64_t axis) : dim(axis) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::int64_t dim;
};

class LogSoftmax : public Layer<LogSoftmax> {
 public:
  explicit LogSoftmax(std::int64_t axis) : dim(axis) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::int64_t dim;
};

}  // namespace lamella::nn
