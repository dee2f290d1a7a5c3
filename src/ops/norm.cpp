// Normalisation. The fused backwards are operators; their own derivatives are those of the formula written out.
#include <lamella/ops/norm.h>

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "kernels/norm/norm.h"
#include "ops/channels_last.h"
#include "ops/half.h"
#include "ops/op.h"

namespace lamella {

namespace {

using kernels::NormShape;
using kernels::NormStrides;

constexpr const char* kTraining = "training";
constexpr const char* kMomentum = "momentum";
constexpr const char* kEps = "eps";
constexpr const char* kGroups = "num_groups";

NormShape norm_shape(const Dims& shape) {
  NormShape s{shape[0], shape[1], 1};
  for (std::size_t i = 2; i < shape.size(); ++i) s.spatial *= shape[i];
  return s;
}

/// Whether the spatial axes of `strides` are one run; its stride.
bool spatial_run(const Dims& shape, const Dims& strides, std::int64_t& step) {
  step = 1;
  std::int64_t expected = 0;
  for (std::size_t i = shape.size(); i-- > 2;) {
    if (shape[i] == 1) continue;
    if (expected == 0) {
      step = strides[i];
      expected = step * shape[i];
    } else if (strides[i] != expected) {
      return false;
    } else {
      expected *= shape[i];
    }
  }
  return true;
}

/// A tensor [N, C, *] as the kernels read it: in place where its spatial axes are one run, from a channels-last copy
/// otherwise.
template <typename T>
struct NormInput {
  explicit NormInput(const Tensor& t) : access(physical(t)) {
    std::int64_t step = 1;
    if (spatial_run(t.shape(), access.strides, step)) {
      data = reinterpret_cast<const T*>(access.data);
      strides = {access.strides[0], access.strides[1], step};
      return;
    }
    copy.emplace(t);
    const Dims dense = dense_channels_last(t.shape());
    spatial_run(t.shape(), dense, step);
    data = copy->template data<T>();
    strides = {dense[0], dense[1], step};
  }
  Physical access;
  std::optional<ChannelsLastInput> copy;
  const T* data = nullptr;
  NormStrides strides{};
};

/// Outputs are allocated dense, so their spatial axes are one run.
template <typename T>
struct NormOutput {
  explicit NormOutput(const Tensor& t) : access(physical_for_write(t)), data(reinterpret_cast<T*>(access.data)) {
    std::int64_t step = 1;
    spatial_run(t.shape(), access.strides, step);
    strides = {access.strides[0], access.strides[1], step};
  }
  Physical access;
  T* data;
  NormStrides strides{};
};

/// A vector of one number a channel, or null.
template <typename T>
struct Vector {
  explicit Vector(const Tensor& t)
      : dense(t.defined() ? t.contiguous() : t),
        access(dense.defined() ? physical(dense) : Physical{}),
        data(reinterpret_cast<const T*>(access.data)) {}
  Tensor dense;
  Physical access;
  const T* data;
};
template <typename T>
T* written(const Tensor& t) {
  impl(t).storage->make_plain();
  return reinterpret_cast<T*>(physical_for_write(t).data);
}

template <typename Fn>
void with_real(std::string_view op, DType dtype, Fn&& fn) {
  if (dtype == DType::kFloat32) {
    fn.template operator()<float>();
  } else if (dtype == DType::kFloat64) {
    fn.template operator()<double>();
  } else {
    throw NotImplementedError(
        fmt::format("{}: not implemented for {}; convert the input to float32", op, name_of(dtype)));
  }
}

Dims result_strides(const TensorMeta& x) {
  return x.suggests_channels_last() ? channels_last_strides(x.shape) : Dims{};
}

/// [1, C, 1, …]: a vector of channels against [N, C, *].
Tensor by_channel(const Tensor& vector, std::int64_t rank) {
  Dims shape(static_cast<std::size_t>(rank), 1);
  shape[1] = vector.numel();
  return vector.reshape(std::move(shape));
}

Dims all_but_channels(std::int64_t rank) {
  Dims axes;
  for (std::int64_t i = 0; i < rank; ++i) {
    if (i != 1) axes.push_back(i);
  }
  return axes;
}

// batch_norm: inputs x, weight, bias, running_mean, running_var; outputs y, mean, inverse_deviation.

void infer_batch_norm(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(0);
  outputs.push_back({x.shape, result_strides(x), x.dtype});
  for (int i = 0; i < 2; ++i) outputs.push_back({Dims{x.shape[1]}, {}, accumulated(x.dtype)});
}

void forward_batch_norm(const ForwardArgs& args) {
  const Attributes& a = args.attributes;
  const Tensor& x = args.input(0);
  const NormShape shape = norm_shape(x.shape());
  with_real("batch_norm", x.dtype(), [&]<typename T>() {
    const NormInput<T> in(x);
    const Vector<T> gamma(args.input(1));
    const Vector<T> beta(args.input(2));
    T* mean = written<T>(args.output(1));
    T* inverse = written<T>(args.output(2));
    if (a.flag(kTraining)) {
      const bool any = x.numel() > 0;  // an empty batch has no moments: the running ones stay
      kernels::RunningMoments<T> running{any && args.has(3) ? written<T>(args.input(3)) : nullptr,
                                         any && args.has(4) ? written<T>(args.input(4)) : nullptr, a.real(kMomentum)};
      kernels::batch_norm_moments(shape, in.data, in.strides, a.real(kEps), {mean, static_cast<T*>(nullptr), inverse},
                                  running);
    } else {
      const Vector<T> running_mean(args.input(3));
      const Vector<T> running_var(args.input(4));
      std::copy_n(running_mean.data, shape.channels, mean);
      kernels::inverse_deviations(shape.channels, running_var.data, a.real(kEps), inverse);
    }
    const NormOutput<T> out(args.output());
    kernels::batch_norm_forward(shape, {mean, inverse, gamma.data, beta.data}, in.data, in.strides, out.data,
                                out.strides);
  });
}

extern const OpDef kBatchNormBackward;
TensorList backward_batch_norm(const BackwardArgs& args) {
  const Tensor inputs[] = {args.take_grad(), args.input(0), args.input(1), args.output(1), args.output(2)};
  TensorList fused = call_all(kBatchNormBackward, inputs,
                              {{kTraining, args.attributes.flag(kTraining)}, {kEps, args.attributes.real(kEps)}});
  return {args.needs_input(0) ? fused[0] : Tensor(), args.needs_input(1) ? fused[1] : Tensor(),
          args.needs_input(2) ? fused[2] : Tensor(), Tensor(), Tensor()};
}

constexpr OpDef kBatchNorm{.name = "batch_norm",
                           .infer = infer_batch_norm,
                           .forward = with_float<forward_batch_norm>,
                           .backward = backward_batch_norm,
                           .saves_inputs = save(0) | save(1),
                           .saves_outputs = save(1) | save(2),
                           .no_grad_outputs = save(1) | save(2)};

// batch_norm_backward: inputs dy, x, weight, mean, inverse_deviation; outputs dx, dweight, dbias.

void infer_batch_norm_backward(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(1);
  const DType parameters = args.has(2) ? args.input(2).dtype : x.dtype;
  outputs.push_back({x.shape, result_strides(x), x.dtype});
  for (int i = 0; i < 2; ++i) outputs.push_back({Dims{x.shape[1]}, {}, parameters});
}

void forward_batch_norm_backward(const ForwardArgs& args) {
  const Tensor& x = args.input(1);
  const NormShape shape = norm_shape(x.shape());
  with_real("batch_norm_backward", x.dtype(), [&]<typename T>() {
    const NormInput<T> dy(args.input(0));
    const NormInput<T> in(x);
    const Vector<T> gamma(args.input(2));
    const Vector<T> mean(args.input(3));
    const Vector<T> inverse(args.input(4));
    const NormOutput<T> dx(args.output());
    kernels::batch_norm_backward(shape, {mean.data, inverse.data, gamma.data}, args.attributes.flag(kTraining), dy.data,
                                 dy.strides, in.data, in.strides, dx.data, dx.strides, written<T>(args.output(1)),
                                 written<T>(args.output(2)));
  });
}

/// The three gradients written out; mean and inverse deviation are functions of x again in training.
struct Written {
  Tensor dx, dgamma, dbeta;
};
Written written_out(const Tensor& dy, const Tensor& x, const Tensor& gamma, Tensor mean_of_batch, Tensor inverse,
                    bool training, double eps) {
  const std::int64_t rank = x.dim();
  const Dims axes = all_but_channels(rank);
  if (training) {
    mean_of_batch = mean(x, axes, true);
    inverse = rsqrt(mean(square(x - mean_of_batch), axes, true) + eps);
  } else {
    mean_of_batch = by_channel(mean_of_batch, rank);
    inverse = by_channel(inverse, rank);
  }
  const Tensor xhat = (x - mean_of_batch) * inverse;
  const Tensor scaled = gamma.defined() ? dy * by_channel(gamma, rank) : dy;
  Written w;
  w.dgamma = sum(dy * xhat, axes);
  w.dbeta = sum(dy, axes);
  w.dx = training ? inverse * (scaled - mean(scaled, axes, true) - xhat * mean(scaled * xhat, axes, true))
                  : inverse * scaled;
  return w;
}

/// The derivative of a fused backward is that of its formula (of dy, x and weight), which the tape knows.
template <typename Formula>
TensorList differentiate_written(const BackwardArgs& args, Formula&& formula) {
  const EnableGradGuard guard;
  // dy, x and weight as nodes of their own, so that differentiating with respect to one stops there although it may
  // itself depend on another.
  TensorList variables;
  for (std::size_t i = 0; i < 3; ++i)
    variables.push_back(args.inputs[i].defined() ? args.inputs[i].view(args.inputs[i].shape()) : Tensor());
  const Written w = formula(widened(variables[0]), widened(variables[1]), widened(variables[2]));
  const DType parameters = (variables[2].defined() ? variables[2] : variables[1]).dtype();
  const Tensor results[] = {w.dx.to(variables[1].dtype()), w.dgamma.to(parameters), w.dbeta.to(parameters)};
  TensorList outputs;
  TensorList seeds;
  for (std::size_t i = 0; i < std::size(results); ++i) {
    // The sum of a dy that is constant depends on nothing.
    if (!args.grads[i].defined() || !results[i].requires_grad()) continue;
    outputs.push_back(results[i]);
    seeds.push_back(args.grads[i]);
  }
  TensorList wanted;
  SmallVector<std::size_t, 4> places;
  for (std::size_t i = 0; i < 3; ++i) {
    if (!args.needs[i]) continue;
    wanted.push_back(variables[i]);
    places.push_back(i);
  }
  TensorList gradients(args.inputs.size());
  if (outputs.empty() || wanted.empty()) return gradients;
  const TensorList found = grad(outputs, wanted, seeds, {.create_graph = true, .allow_unused = true});
  for (std::size_t i = 0; i < places.size(); ++i) gradients[places[i]] = found[i];
  return gradients;
}

TensorList backward_batch_norm_backward(const BackwardArgs& args) {
  return differentiate_written(args, [&](const Tensor& dy, const Tensor& x, const Tensor& weight) {
    return written_out(dy, x, weight, args.input(3), args.input(4), args.attributes.flag(kTraining),
                       args.attributes.real(kEps));
  });
}

constexpr OpDef kBatchNormBackward{.name = "batch_norm_backward",
                                   .infer = infer_batch_norm_backward,
                                   .forward = with_float<forward_batch_norm_backward>,
                                   .backward = backward_batch_norm_backward,
                                   .saves_inputs = kSaveAll,
                                   .overwrites = true};

struct NamedVector {
  std::string_view name;
  const Tensor& vector;
};

/// One number a channel, of the input's dtype; for a 16-bit input all may also be float32.
void check_vectors(std::string_view op, const Tensor& input, std::initializer_list<NamedVector> list) {
  const std::int64_t channels = input.size(1);
  std::optional<DType> dtype;
  for (const auto& [name, vector] : list) {
    if (!vector.defined()) continue;
    if (vector.dim() != 1 || vector.numel() != channels) {
      throw Error(fmt::format("{}: {} has shape {} (num_features = {}), but the input {} has {} channels", op, name,
                              to_string(vector.shape()), vector.numel(), to_string(input.shape()), channels));
    }
    const DType own = vector.dtype();
    if (dtype ? own != *dtype : own != input.dtype() && own != accumulated(input.dtype())) {
      throw Error(fmt::format("{}: the input is {} but {} is {}; convert one of them with .to(){}", op,
                              name_of(input.dtype()), name, name_of(own),
                              is_half(input.dtype()) ? ", or all parameters and statistics to float32" : ""));
    }
    dtype = own;
  }
}

/// What a training step made of a running moment: in the tensor itself, or in the float32 copy of a 16-bit one.
void store_running(const Tensor& moment, const Tensor& updated) {
  if (!moment.defined()) return;
  const NoGradGuard guard;
  if (moment.is_same(updated)) {
    moment.bump_version();
  } else {
    moment.copy_(updated);
  }
}

}  // namespace

Tensor batch_norm(const Tensor& input, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight,
                  const Tensor& bias, bool training, double momentum, double eps) {
  if (input.dim() < 2)
    throw Error(fmt::format("batch_norm: expected an input [N, C, *] of at least 2 axes, got shape {}",
                            to_string(input.shape())));
  const std::int64_t channels = input.size(1);
  check_vectors("batch_norm", input,
                {{"running_mean", running_mean}, {"running_var", running_var}, {"weight", weight}, {"bias", bias}});
  if (training && channels > 0 && input.numel() == channels) {
    throw ValueError(
        fmt::format("batch_norm: Expected more than 1 value per channel when training, got input size {} (batch {} x 1 "
                    "spatial position); use eval(), a bigger batch, or drop_last",
                    to_string(input.shape()), input.size(0)));
  }
  if (!training && (!running_mean.defined() || !running_var.defined()))
    throw Error("batch_norm: Expected running_mean and running_var to be defined when training=False");
  const Tensor inputs[] = {input, weight, bias, widened(running_mean), widened(running_var)};
  TensorList outputs = call_all(kBatchNorm, inputs, {{kTraining, training}, {kMomentum, momentum}, {kEps, eps}});
  if (training) {
    store_running(running_mean, inputs[3]);
    store_running(running_var, inputs[4]);
  }
  return outputs[0];
}

// Group and layer normalisation.

namespace {

void infer_group_norm(const InferArgs& args, OutputSpecs& outputs) {
  const TensorMeta& x = args.input(0);
  outputs.push_back({x.shape, result_strides(x), x.dtype});
  for (int i = 0; i < 2; ++i)
    outputs.push_back({Dims{x.shape[0], args.attributes.integer(kGroups)}, {}, accumulated(x.dtype)});
}

void forward_group_norm(const ForwardArgs& args) {
  const Tensor& x = args.input(0);
  with_real("group_norm", x.dtype(), [&]<typename T>() {
    const NormInput<T> in(x);
    const Vector<T> gamma(args.input(1));
    const Vector<T> beta(args.input(2));
    T* mean = written<T>(args.output(1));
    T* inverse = written<T>(args.output(2));
    const NormOutput<T> out(args.output());
    kernels::group_norm_forward(norm_shape(x.shape()), args.attributes.integer(kGroups), args.attributes.real(kEps),
                                in.data, in.strides, gamma.data, beta.data, out.data, out.strides, mean, inverse);
  });
}

void infer_group_norm_backward(const InferArgs& args, OutputSpecs& outputs) {
  infer_batch_norm_backward(args, outputs);
}

void forward_group_norm_backward(const ForwardArgs& args) {
  const Tensor& x = args.input(1);
  with_real("group_norm_backward", x.dtype(), [&]<typename T>() {
    const NormInput<T> dy(args.input(0));
    const NormInput<T> in(x);
    const Vector<T> gamma(args.input(2));
    const Vector<T> mean(args.input(3));
    const Vector<T> inverse(args.input(4));
    const NormOutput<T> dx(args.output());
    kernels::group_norm_backward(norm_shape(x.shape()), args.attributes.integer(kGroups), dy.data, dy.strides, in.data,
                                 in.strides, mean.data, inverse.data, gamma.data, dx.data, dx.strides,
                                 written<T>(args.output(1)), written<T>(args.output(2)));
  });
}

Written group_written_out(const Tensor& dy, const Tensor& x, const Tensor& gamma, std::int64_t groups, double eps) {
  const std::int64_t rank = x.dim();
  const Dims axes = all_but_channels(rank);
  const auto grouped = [&](const Tensor& t) { return t.reshape({x.size(0), groups, -1}); };
  const Tensor rows = grouped(x);
  const Tensor centered = rows - mean(rows, {2}, true);
  const Tensor inverse = rsqrt(mean(square(centered), {2}, true) + eps);
  const Tensor xhat = centered * inverse;
  const Tensor scaled = grouped(gamma.defined() ? dy * by_channel(gamma, rank) : dy);
  Written w;
  w.dgamma = sum(dy * xhat.reshape(x.shape()), axes);
  w.dbeta = sum(dy, axes);
  w.dx = (inverse * (scaled - mean(scaled, {2}, true) - xhat * mean(scaled * xhat, {2}, true))).reshape(x.shape());
  return w;
}

extern const OpDef kGroupNormBackward;
TensorList backward_group_norm(const BackwardArgs& args) {
  const Tensor inputs[] = {args.take_grad(), args.input(0), args.input(1), args.output(1), args.output(2)};
  TensorList fused = call_all(kGroupNormBackward, inputs,
                              {{kGroups, args.attributes.integer(kGroups)}, {kEps, args.attributes.real(kEps)}});
  return {args.needs_input(0) ? fused[0] : Tensor(), args.needs_input(1) ? fused[1] : Tensor(),
          args.needs_input(2) ? fused[2] : Tensor()};
}
constexpr OpDef kGroupNorm{.name = "group_norm",
                           .infer = infer_group_norm,
                           .forward = with_float<forward_group_norm>,
                           .backward = backward_group_norm,
                           .saves_inputs = save(0) | save(1),
                           .saves_outputs = save(1) | save(2),
                           .no_grad_outputs = save(1) | save(2)};

TensorList backward_group_norm_backward(const BackwardArgs& args) {
  return differentiate_written(args, [&](const Tensor& dy, const Tensor& x, const Tensor& weight) {
    return group_written_out(dy, x, weight, args.attributes.integer(kGroups), args.attributes.real(kEps));
  });
}
constexpr OpDef kGroupNormBackward{.name = "group_norm_backward",
                                   .infer = infer_group_norm_backward,
                                   .forward = with_float<forward_group_norm_backward>,
                                   .backward = backward_group_norm_backward,
                                   .saves_inputs = kSaveAll,
                                   .overwrites = true};

}  // namespace

Tensor group_norm(const Tensor& input, std::int64_t groups, const Tensor& weight, const Tensor& bias, double eps) {
  if (input.dim() < 2)
    throw Error(fmt::format("group_norm: expected an input [N, C, *] of at least 2 axes, got shape {}",
                            to_string(input.shape())));
  const std::int64_t channels = input.size(1);
  if (groups < 1 || channels % groups != 0)
    throw Error(
        fmt::format("group_norm: Expected number of channels in input to be divisible by num_groups, but got input of "
                    "shape {} and num_groups={}",
                    to_string(input.shape()), groups));
  check_vectors("group_norm", input, {{"weight", weight}, {"bias", bias}});
  const Tensor inputs[] = {input, weight, bias};
  return call_all(kGroupNorm, inputs, {{kGroups, groups}, {kEps, eps}})[0];
}

Tensor layer_norm(const Tensor& input, Dims normalized_shape, const Tensor& weight, const Tensor& bias, double eps) {
  const std::size_t axes = normalized_shape.size();
  const Dims& shape = input.shape();
  const bool fits = axes >= 1 && shape.size() >= axes &&
                    std::equal(normalized_shape.begin(), normalized_shape.end(), shape.end() - axes);
  if (!fits) {
    throw Error(
        fmt::format("layer_norm: Given normalized_shape={}, expected input with shape [*, {}], but got input of size{}",
                    to_string(normalized_shape),
                    to_string(normalized_shape).substr(1, to_string(normalized_shape).size() - 2), to_string(shape)));
  }
  const std::int64_t row = checked_numel(normalized_shape);
  if (input.numel() == 0) return input.clone();
  const auto vector = [&](const Tensor& t) { return t.defined() ? t.reshape({row}) : t; };
  return group_norm(input.reshape({-1, row}), 1, vector(weight), vector(bias), eps).reshape(shape);
}

}  // namespace lamella
