// Derivatives against central differences. All outputs are weighted with fixed random numbers and summed, so one
// backward checks all of them: an error in any element shows, except with probability zero.
#include <cmath>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>

#include "core/tensor_impl.h"

namespace lamella {

namespace {

using Function = std::function<TensorList(const TensorList&)>;

constexpr std::uint64_t kWeightSeed = 20240229;

/// For what can be differentiated; other outputs (indices, statistics) do not count.
TensorList random_like(const TensorList& tensors, std::uint64_t seed) {
  Generator generator(seed);
  TensorList weights;
  for (const Tensor& t : tensors) {
    weights.push_back(t.defined() && t.requires_grad() ? randn(t.shape(), {.dtype = t.dtype(), .generator = &generator})
                                                       : Tensor());
  }
  return weights;
}

double weighted(const TensorList& outputs, const TensorList& weights) {
  double total = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (weights[i].defined() && outputs[i].numel() > 0) total += sum(outputs[i].detach() * weights[i]).item<double>();
  }
  return total;
}

/// Writes one element of a leaf below autograd.
class Element {
 public:
  Element(const Tensor& tensor, std::int64_t flat) {
    impl(tensor).storage->make_plain();
    Physical p = physical_for_write(tensor);
    std::int64_t offset = 0;
    for (std::size_t axis = tensor.shape().size(); axis-- > 0;) {
      offset += flat % tensor.shape()[axis] * p.strides[axis];
      flat /= tensor.shape()[axis];
    }
    place_ = reinterpret_cast<double*>(p.data) + offset;
    storage_ = impl(tensor).storage;
  }
  double get() const { return *place_; }
  void set(double value) const {
    *place_ = value;
    storage_->bump_epoch();
  }

 private:
  double* place_;
  RefPtr<Storage> storage_;
};

double numeric_slope(const Function& fn, const TensorList& inputs, const TensorList& weights, const Tensor& input,
                     std::int64_t flat, double eps) {
  const Element element(input, flat);
  const double value = element.get();
  element.set(value + eps);
  const double above = weighted(fn(inputs), weights);
  element.set(value - eps);
  const double below = weighted(fn(inputs), weights);
  element.set(value);
  return (above - below) / (2 * eps);
}

}  // namespace

std::string gradcheck(const Function& fn, const TensorList& inputs, GradcheckOptions options) {
  TensorList wanted;
  for (const Tensor& input : inputs) {
    if (!input.defined() || !input.requires_grad()) continue;
    if (input.dtype() != DType::kFloat64)
      throw ValueError(fmt::format("gradcheck needs float64 inputs, got {}: differences of float32 numbers say nothing",
                                   name_of(input.dtype())));
    wanted.push_back(input);
  }
  if (wanted.empty())
    throw ValueError(
        "gradcheck expects at least one input tensor to require gradient, but none of the them have "
        "requires_grad=True.");
  const TensorList outputs = fn(inputs);
  const TensorList weights = random_like(outputs, kWeightSeed);
  TensorList roots;
  TensorList seeds;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!weights[i].defined() || !outputs[i].requires_grad()) continue;
    roots.push_back(outputs[i]);
    seeds.push_back(weights[i]);
  }
  if (roots.empty()) return "gradcheck: no output depends on an input that requires grad";
  const TensorList analytic = grad(roots, wanted, seeds, {.retain_graph = true, .allow_unused = true});
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::vector<double> slopes = analytic[i].defined()
                                           ? analytic[i].to_vector<double>()
                                           : std::vector<double>(static_cast<std::size_t>(wanted[i].numel()));
    for (std::int64_t flat = 0; flat < wanted[i].numel(); ++flat) {
      const double numeric = numeric_slope(fn, inputs, weights, wanted[i], flat, options.eps);
      const double slope = slopes[static_cast<std::size_t>(flat)];
      if (std::abs(slope - numeric) <= options.atol + options.rtol * std::abs(numeric)) continue;
      return fmt::format("gradcheck: input {} of shape {}, element {}: the backward says {}, differences say {}", i,
                         to_string(wanted[i].shape()), flat, slope, numeric);
    }
  }
  return "";
}

std::string gradgradcheck(const Function& fn, const TensorList& inputs, GradcheckOptions options) {
  const TensorList outputs = fn(inputs);
  TensorList weights = random_like(outputs, kWeightSeed + 1);
  const std::size_t count = inputs.size();
  TensorList all = inputs;
  SmallVector<bool, 4> used;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    used.push_back(weights[i].defined() && outputs[i].requires_grad());
    if (used[i]) all.push_back(weights[i].requires_grad_());
  }
  const auto first_derivative = [&](const TensorList& arguments) {
    const TensorList given(arguments.begin(), arguments.begin() + count);
    const TensorList results = fn(given);
    TensorList roots;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (used[i]) roots.push_back(results[i]);
    }
    TensorList wanted;
    for (const Tensor& input : given) {
      if (input.defined() && input.requires_grad()) wanted.push_back(input);
    }
    const TensorList seeds(arguments.begin() + count, arguments.end());
    return grad(roots, wanted, seeds, {.create_graph = true, .allow_unused = true});
  };
  const std::string result = gradcheck(first_derivative, all, options);
  return result.empty() ? "" : "second derivative: " + result;
}

}  // namespace lamella
