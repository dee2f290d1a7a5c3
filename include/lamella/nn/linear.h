// Linear layers, and those that only change shapes.
#pragma once

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

struct LinearOptions {
  ByName by_name = ByName();
  bool bias = true;
};

/// y = x weight^T + bias
///
/// Shape: [*, in_features] to [*, out_features].
/// Attributes: weight [out_features, in_features] and bias [out_features] (undefined without), both uniform in
/// ±sqrt(1 / in_features).
/// Errors: ValueError where the input has another number of features, with the arithmetic of the flatten before it.
class Linear : public Layer<Linear> {
 public:
  Linear(std::int64_t in_features, std::int64_t out_features, LinearOptions options = {});

  Tensor forward(const Tensor& input) override;
  void members(Members& m) override { m("weight", weight)("bias", bias); }
  std::string extra_repr() const override;
  void reset_parameters();

  std::int64_t in_features;
  std::int64_t out_features;
  Parameter weight;
  Parameter bias;
};

/// Joins the axes start_dim..end_dim into one.
class Flatten : public Layer<Flatten> {
 public:
  explicit Flatten(std::int64_t start = 1, std::int64_t end = -1) : start_dim(start), end_dim(end) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::int64_t start_dim;
  std::int64_t end_dim;
};

/// Splits the axis `dim` into several.
class Unflatten : public Layer<Unflatten> {
 public:
  Unflatten(std::int64_t axis, Dims size) : dim(axis), unflattened_size(std::move(size)) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
  std::int64_t dim;
  Dims unflattened_size;
};

/// Returns its input: a placeholder where a layer was taken out.
class Identity : public Layer<Identity> {
 public:
  Tensor forward(const Tensor& input) override { return input; }
};

}  // namespace lamella::nn
