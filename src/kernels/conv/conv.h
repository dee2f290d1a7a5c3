// Convolution on raw pointers: forward, input gradient (= transposed convolution), weight gradient, bias gradient, for
// float and double, one to three spatial axes, any stride, padding, dilation and number of groups.
//
// Usage: make a plan (a pure function of its arguments, cheap: a few comparisons), pack the weights once into memory of
// your own, run as often as you like:
//
//   const auto plan = make_conv_plan<float>(shape, ConvDirection::kForward, ConvPrecision::kFast);
//   std::vector<float> packed(packed_elements(plan));
//   pack(plan, weight, packed.data());
//   forward(plan, x, packed.data(), y, {.bias = bias});
//
// Layouts are those of ConvShape: x, y and their gradients dense and channels-last, weights as PyTorch stores them. No
// pointer need be aligned beyond its type. Outputs are written whole, and must not overlap inputs.
// Thread safety: every function may be called from any thread; work runs through parallel_for. The result has the same
// bits for any number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/cpu_target.h"
#include "kernels/conv/conv_shape.h"
#include "kernels/conv/correlation.h"

namespace lamella::kernels {

/// kExact: sums of products, in a fixed order. kFast, float only, also allows Winograd's F(4x4, 3x3), whose largest
/// error is at most 8 times that of direct summation, and which spreads a NaN or an infinity over a tile of 4x4
/// outputs.
enum class ConvPrecision { kExact, kFast };

/// What happens to a sum before it is stored: y = relu?(sum + bias[k] + residual[n][o][k]).
template <typename T>
struct ConvEpilogue {
  const T* bias = nullptr;
  const T* residual = nullptr;  // laid out as y
  bool relu = false;            // NaN stays NaN
};

/// Pixels times vectors of channels that a kernel keeps in registers, and the lanes of a vector.
struct ConvTile {
  std::int64_t pixels, vectors, lanes;
};

template <typename T>
struct ConvPlan;

/// A way to compute a correlation (forward or input gradient). packed_elements, pack and run are called with plans for
/// which `applies` holds, and only with those.
template <typename T>
struct CorrelationRow {
  std::string_view name;
  bool (*applies)(const ConvPlan<T>& plan);
  ConvTile (*tile)(CpuTarget target);
  std::int64_t (*packed_elements)(const ConvPlan<T>& plan);
  void (*pack)(const ConvPlan<T>& plan, const T* weight, T* packed);
  void (*run)(const ConvPlan<T>& plan, const T* in, const T* packed, T* out, const ConvEpilogue<T>& epilogue);
  bool plain_weights = false;  // pack only copies: PyTorch's weights themselves may be given for `packed`
};

/// A way to compute the weight gradient. `dw` is in PyTorch's layout; with `accumulate` it is added to.
template <typename T>
struct WeightGradientRow {
  std::string_view name;
  bool (*applies)(const ConvPlan<T>& plan);
  ConvTile (*tile)(CpuTarget target);
  void (*run)(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate);
};

/// The rows in order of preference: a plan takes the first one that applies. The last row of each table always applies.
template <typename T>
std::span<const CorrelationRow<T>> correlation_rows();
template <typename T>
std::span<const WeightGradientRow<T>> weight_gradient_rows();

/// Which kernel runs for a shape. Exactly one of the two row pointers is set, as `direction` says.
template <typename T>
struct ConvPlan {
  ConvShape shape;
  ConvDirection direction = ConvDirection::kForward;
  ConvPrecision precision = ConvPrecision::kExact;
  CpuTarget target = CpuTarget::kBaseline;
  const CorrelationRow<T>* correlation = nullptr;
  const WeightGradientRow<T>* weight_gradient = nullptr;

  std::string_view row_name() const { return correlation != nullptr ? correlation->name : weight_gradient->name; }
  ConvTile tile() const { return correlation != nullptr ? correlation->tile(target) : weight_gradient->tile(target); }
};

/// The plan for a shape on the target in use; `row_name` forces a row (for tests and benchmarks). Raises ValueError
/// where check(shape) does, and where the named row does not exist or does not apply.
template <typename T>
ConvPlan<T> make_conv_plan(const ConvShape& shape, ConvDirection direction,
                           ConvPrecision precision = ConvPrecision::kExact, std::string_view row_name = {});

/// Elements of T that `pack` writes for a forward or input gradient plan.
template <typename T>
std::int64_t packed_elements(const ConvPlan<T>& plan);

/// Whether the plan reads weights in PyTorch's order, so that they need no packing.
template <typename T>
bool takes_plain_weights(const ConvPlan<T>& plan) {
  return plan.correlation->plain_weights;
}

/// Brings weight [out_channels][in_channels / groups][D][H][W] into the order in which the plan's kernel reads it. The
/// result is valid for plans of the same target, row, direction, kernel, stride, padding, dilation, groups and
/// channels, whatever their batch and extents.
template <typename T>
void pack(const ConvPlan<T>& plan, const T* weight, T* packed);

/// y[n][o][k], see ConvShape, with the epilogue applied. The plan's direction is kForward.
template <typename T>
void forward(const ConvPlan<T>& plan, const T* x, const T* packed, T* y, const ConvEpilogue<T>& epilogue = {});

/// dx[n][i][c] = sum over k and t of dy[n][o][k] * w[k][c][t] where o * stride - padding + t * dilation = i; the
/// forward pass of a transposed convolution, with its bias (of in_channels elements) in the epilogue. The plan's
/// direction is kInputGradient.
template <typename T>
void input_gradient(const ConvPlan<T>& plan, const T* dy, const T* packed, T* dx, const ConvEpilogue<T>& epilogue = {});

/// dw[k][c][t] = sum over n and o of dy[n][o][k] * x[n][o * stride - padding + t * dilation][c], or that added to dw.
/// The plan's direction is kWeightGradient.
template <typename T>
void weight_gradient(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate = false);

/// db[k] = sum over pixels of dy[pixel][k], or that added to db.
template <typename T>
void bias_gradient(const T* dy, std::int64_t pixels, std::int64_t channels, T* db, bool accumulate = false);

}  // namespace lamella::kernels
