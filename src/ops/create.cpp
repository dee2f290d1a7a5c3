// Tensors from nothing and from C++ values.
#include <lamella/ops/create.h>

#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include <lamella/error.h>

#include "core/random.h"
#include "core/tensor_impl.h"
#include "core/thread_state.h"
#include "kernels/copy/copy.h"
#include "ops/layout.h"
#include "ops/op.h"

namespace lamella {

namespace {

Tensor fresh(Dims shape, Dims strides, DType dtype, bool requires_grad) {
  Tensor tensor = allocate({std::move(shape), std::move(strides), dtype, {}}, PhysicalOrder::plain());
  impl(tensor).inference = thread_state.inference;
  if (requires_grad) tensor.requires_grad_();
  return tensor;
}

/// New memory is written below autograd: the tensor may already require grad.
void* raw(const Tensor& tensor) { return impl(tensor).storage->plain_data(); }

void fill_raw(const Tensor& tensor, Scalar value) {
  if (tensor.numel() == 0) return;
  visit_dtype(tensor.dtype(), [&]<typename T>() {
    const T element = value.to<T>();
    const Dims flat{static_cast<std::int64_t>(impl(tensor).storage->bytes() / sizeof(T))};
    const std::int64_t stride = 1;
    kernels::fill(flat, {raw(tensor), tensor.dtype(), &stride}, &element);
  });
}

DType floating(std::optional<DType> dtype) { return dtype.value_or(default_dtype()); }

void need_floating(std::string_view op, DType dtype) {
  if (!is_floating_point(dtype))
    throw Error(fmt::format("{}: expected a floating-point dtype, got {}", op, name_of(dtype)));
}

Generator& generator_of(Generator* given) { return given != nullptr ? *given : default_generator(); }

}  // namespace

Tensor empty(Dims shape, TensorOptions options) {
  return fresh(std::move(shape), {}, floating(options.dtype), options.requires_grad);
}

Tensor empty_strided(Dims shape, Dims strides, TensorOptions options) {
  if (shape.size() != strides.size())
    throw Error(fmt::format("empty_strided: {} extents but {} strides", shape.size(), strides.size()));
  for (const std::int64_t stride : strides) {
    if (stride < 0) throw Error("empty_strided: strides must not be negative");
  }
  return fresh(std::move(shape), std::move(strides), floating(options.dtype), options.requires_grad);
}

Tensor full(Dims shape, Scalar value, TensorOptions options) {
  const DType natural = value.is_float() ? default_dtype() : value.natural_dtype();
  Tensor tensor = fresh(std::move(shape), {}, options.dtype.value_or(natural), options.requires_grad);
  fill_raw(tensor, value);
  return tensor;
}

Tensor zeros(Dims shape, TensorOptions options) {
  return full(std::move(shape), 0, {floating(options.dtype), options.requires_grad});
}
Tensor ones(Dims shape, TensorOptions options) {
  return full(std::move(shape), 1, {floating(options.dtype), options.requires_grad});
}

Tensor empty_like(const Tensor& like, TensorOptions options) {
  return fresh(like.shape(), preserved_strides(meta(like)), options.dtype.value_or(like.dtype()),
               options.requires_grad);
}
Tensor full_like(const Tensor& like, Scalar value, TensorOptions options) {
  Tensor tensor = empty_like(like, options);
  fill_raw(tensor, value);
  return tensor;
}
Tensor zeros_like(const Tensor& like, TensorOptions options) { return full_like(like, 0, options); }
Tensor ones_like(const Tensor& like, TensorOptions options) { return full_like(like, 1, options); }

Tensor arange(Scalar start, Scalar end, Scalar step, TensorOptions options) {
  const bool floats = start.is_float() || end.is_float() || step.is_float();
  const DType dtype = options.dtype.value_or(floats ? default_dtype() : DType::kInt64);
  const double from = start.to_double();
  const double to = end.to_double();
  const double by = step.to_double();
  if (by == 0 || std::isnan(by)) throw Error("arange: step must be nonzero");
  if (!std::isfinite(from) || !std::isfinite(to))
    throw Error(fmt::format("arange: unsupported range: {} -> {}", from, to));
  if ((by > 0 && from > to) || (by < 0 && from < to))
    throw Error("arange: upper bound and lower bound inconsistent with step sign");
  const double count = std::ceil((to - from) / by);
  if (count > 1e18) throw Error(fmt::format("arange: {} elements are too many", count));
  Tensor tensor = fresh({static_cast<std::int64_t>(count)}, {}, dtype, options.requires_grad);
  visit_dtype(dtype, [&]<typename T>() {
    auto* out = static_cast<T*>(raw(tensor));
    for (std::int64_t i = 0; i < tensor.numel(); ++i) {
      out[i] = floats ? Scalar(from + static_cast<double>(i) * by).to<T>()
                      : Scalar(start.to_int() + i * step.to_int()).to<T>();
    }
  });
  return tensor;
}

Tensor arange(Scalar end) { return arange(end.is_float() ? Scalar(0.0) : Scalar(0), end); }

Tensor linspace(double start, double end, std::int64_t steps, TensorOptions options) {
  if (steps < 0) throw Error("linspace: number of steps must be non-negative");
  Tensor tensor = fresh({steps}, {}, floating(options.dtype), options.requires_grad);
  visit_dtype(tensor.dtype(), [&]<typename T>() {
    // Both halves count from their own end, in the element type, as torch does, so that both ends are exact.
    using Real = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const Real from = static_cast<Real>(start);
    const Real to = static_cast<Real>(end);
    const Real step = steps > 1 ? (to - from) / static_cast<Real>(steps - 1) : Real(0);
    auto* out = static_cast<T*>(raw(tensor));
    for (std::int64_t i = 0; i < steps; ++i) {
      const Real value = i < steps / 2 || steps == 1 ? from + step * static_cast<Real>(i)
                                                     : to - step * static_cast<Real>(steps - i - 1);
      out[i] = Scalar(static_cast<double>(value)).to<T>();
    }
  });
  return tensor;
}

Tensor eye(std::int64_t n, std::optional<std::int64_t> m, TensorOptions options) {
  if (n < 0 || m.value_or(0) < 0)
    throw Error(fmt::format("eye: extents must be greater or equal to 0, got {} and {}", n, m.value_or(n)));
  const std::int64_t columns = m.value_or(n);
  Tensor tensor = zeros({n, columns}, {options.dtype});
  visit_dtype(tensor.dtype(), [&]<typename T>() {
    for (std::int64_t i = 0; i < std::min(n, columns); ++i)
      static_cast<T*>(raw(tensor))[i * (columns + 1)] = Scalar(1).to<T>();
  });
  if (options.requires_grad) tensor.requires_grad_();
  return tensor;
}

Tensor rand(Dims shape, RandomOptions options) {
  const DType dtype = floating(options.dtype);
  need_floating("rand", dtype);
  Tensor tensor = fresh(std::move(shape), {}, dtype, options.requires_grad);
  fill_uniform(generator_of(options.generator), raw(tensor), tensor.numel(), dtype);
  return tensor;
}

Tensor randn(Dims shape, RandomOptions options) {
  const DType dtype = floating(options.dtype);
  need_floating("randn", dtype);
  Tensor tensor = fresh(std::move(shape), {}, dtype, options.requires_grad);
  fill_normal(generator_of(options.generator), raw(tensor), tensor.numel(), dtype);
  return tensor;
}

Tensor randint(std::int64_t low, std::int64_t high, Dims shape, RandomOptions options) {
  Tensor tensor = fresh(std::move(shape), {}, options.dtype.value_or(DType::kInt64), options.requires_grad);
  fill_randint(generator_of(options.generator), raw(tensor), tensor.numel(), tensor.dtype(), low, high);
  return tensor;
}

Tensor randperm(std::int64_t n, RandomOptions options) {
  if (n < 0) throw Error(fmt::format("randperm: n must be non-negative, got {}", n));
  Tensor tensor = fresh({n}, {}, DType::kInt64, false);
  fill_randperm(generator_of(options.generator), static_cast<std::int64_t*>(raw(tensor)), n);
  return options.dtype ? tensor.to(*options.dtype) : tensor;
}

Tensor bernoulli(const Tensor& p, Generator* generator) {
  need_floating("bernoulli", p.dtype());
  const Tensor dense = p.detach().contiguous();
  Tensor tensor = fresh(dense.shape(), {}, p.dtype(), false);
  fill_bernoulli(generator_of(generator), raw(tensor), tensor.numel(), p.dtype(), physical(dense).data, p.dtype());
  return tensor;
}

// In-place random numbers.

namespace {

using Fill = void (*)(const Attributes& attributes, void* data, std::int64_t n, DType dtype, bool contiguous);

void infer_like(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, {}, args.input(0).dtype});
}
TensorList no_gradient(const BackwardArgs& args) { return {zeros_like(args.grad())}; }

/// Draws in the order of the elements and copies where they do not lie in that order.
template <Fill kFill>
void forward_random(const ForwardArgs& args) {
  const Tensor& target = args.output();
  impl(target).storage->make_plain();
  if (target.is_contiguous() || is_dense(meta(target))) {
    kFill(args.attributes, physical_for_write(target).data, target.numel(), target.dtype(), target.is_contiguous());
    return;
  }
  const Tensor dense = empty(target.shape(), {.dtype = target.dtype()});
  kFill(args.attributes, raw(dense), dense.numel(), dense.dtype(), false);
  target.copy_(dense);
}

void uniform(const Attributes& a, void* data, std::int64_t n, DType dtype, bool) {
  fill_uniform(default_generator(), data, n, dtype, a.real("from"), a.real("to"));
}
void normal(const Attributes& a, void* data, std::int64_t n, DType dtype, bool contiguous) {
  (contiguous ? fill_normal : fill_normal_scalar)(default_generator(), data, n, dtype, a.real("mean"), a.real("std"));
}
void flip(const Attributes& a, void* data, std::int64_t n, DType dtype, bool) {
  fill_bernoulli(default_generator(), data, n, dtype, a.real("p"));
}
void whole(const Attributes& a, void* data, std::int64_t n, DType dtype, bool) {
  if (a.has("high")) {
    fill_randint(default_generator(), data, n, dtype, a.integer("low"), a.integer("high"));
  } else {
    fill_random(default_generator(), data, n, dtype);
  }
}
void exponential(const Attributes& a, void* data, std::int64_t n, DType dtype, bool) {
  fill_exponential(default_generator(), data, n, dtype, a.real("lambda"));
}

constexpr OpDef kUniform{
    .name = "uniform", .infer = infer_like, .forward = forward_random<uniform>, .backward = no_gradient};
constexpr OpDef kNormal{
    .name = "normal", .infer = infer_like, .forward = forward_random<normal>, .backward = no_gradient};
constexpr OpDef kBernoulli{
    .name = "bernoulli", .infer = infer_like, .forward = forward_random<flip>, .backward = no_gradient};
constexpr OpDef kRandom{
    .name = "random", .infer = infer_like, .forward = forward_random<whole>, .backward = no_gradient};
constexpr OpDef kExponential{
    .name = "exponential", .infer = infer_like, .forward = forward_random<exponential>, .backward = no_gradient};

}  // namespace

const Tensor& Tensor::uniform_(double from, double to) const {
  return call_inplace(kUniform, *this, {*this}, {{"from", from}, {"to", to}});
}
const Tensor& Tensor::normal_(double mean, double std) const {
  return call_inplace(kNormal, *this, {*this}, {{"mean", mean}, {"std", std}});
}
const Tensor& Tensor::bernoulli_(double p) const { return call_inplace(kBernoulli, *this, {*this}, {{"p", p}}); }
const Tensor& Tensor::random_(std::optional<std::int64_t> low, std::optional<std::int64_t> high) const {
  if (!low && !high) return call_inplace(kRandom, *this, {*this});
  const std::int64_t from = high ? low.value_or(0) : 0;
  return call_inplace(kRandom, *this, {*this}, {{"low", from}, {"high", high ? *high : *low}});
}
const Tensor& Tensor::exponential_(double lambda) const {
  if (!(lambda > 0)) throw ValueError(fmt::format("exponential_: expects lambda > 0, got {}", lambda));
  need_floating("exponential_", dtype());
  return call_inplace(kExponential, *this, {*this}, {{"lambda", lambda}});
}

// Values.

struct NestedListReader {
  Dims shape;
  std::vector<Scalar> values;

  void read(const NestedList& list, std::size_t depth) {
    if (!list.is_list_) {
      if (depth != shape.size())
        throw ValueError(fmt::format("tensor({{…}}): a number stands beside a list at depth {}", depth));
      values.push_back(list.scalar_);
      return;
    }
    const auto extent = static_cast<std::int64_t>(list.items_.size());
    if (depth == shape.size()) {
      if (!values.empty())
        throw ValueError(fmt::format("tensor({{…}}): a list stands beside a number at depth {}", depth));
      shape.push_back(extent);
    } else if (shape[depth] != extent) {
      throw ValueError(
          fmt::format("tensor({{…}}): expected sequence of length {} at dim {} (got {})", shape[depth], depth, extent));
    }
    for (const NestedList& item : list.items_) read(item, depth + 1);
  }

  DType natural_dtype() const {
    DType dtype = values.empty() ? default_dtype() : DType::kBool;
    for (const Scalar& value : values)
      dtype = promote_types(dtype, value.is_float() ? default_dtype() : value.natural_dtype());
    return dtype;
  }
};

Tensor tensor(const NestedList& list, TensorOptions options) {
  NestedListReader reader;
  reader.read(list, 0);
  Tensor result = fresh(reader.shape, {}, options.dtype.value_or(reader.natural_dtype()), options.requires_grad);
  visit_dtype(result.dtype(), [&]<typename T>() {
    for (std::size_t i = 0; i < reader.values.size(); ++i) static_cast<T*>(raw(result))[i] = reader.values[i].to<T>();
  });
  return result;
}

template <typename T>
Tensor tensor(std::span<const T> values, std::optional<Dims> shape, TensorOptions options) {
  const auto count = static_cast<std::int64_t>(values.size());
  Dims dims = shape.value_or(Dims{count});
  if (checked_numel(dims) != count) {
    throw ValueError(fmt::format("tensor(span): {} values do not fill shape {}, which has {} elements", count,
                                 to_string(dims), checked_numel(dims)));
  }
  const DType wanted = options.dtype.value_or(dtype_of<T>);
  Tensor result = fresh(std::move(dims), {}, dtype_of<T>, false);
  if (count > 0) std::memcpy(raw(result), values.data(), values.size_bytes());
  if (wanted != dtype_of<T>) result = result.to(wanted);
  if (options.requires_grad) result.requires_grad_();
  return result;
}

template Tensor tensor(std::span<const bool>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const std::uint8_t>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const std::int8_t>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const std::int16_t>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const std::int32_t>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const std::int64_t>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const bfloat16>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const float16>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const float>, std::optional<Dims>, TensorOptions);
template Tensor tensor(std::span<const double>, std::optional<Dims>, TensorOptions);

Tensor from_blob(void* data, Dims shape, DType dtype, Dims strides, std::function<void()> release) {
  const std::int64_t elements = checked_numel(shape);
  if (strides.empty()) strides = contiguous_strides(shape);
  if (strides.size() != shape.size())
    throw ValueError(fmt::format("from_blob: shape {} has {} axes, but there are {} strides", to_string(shape),
                                 shape.size(), strides.size()));
  if (data == nullptr && elements > 0)
    throw ValueError(
        fmt::format("from_blob: the pointer is null, but shape {} has {} elements", to_string(shape), elements));
  std::int64_t extent = elements > 0 ? 1 : 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (strides[i] < 0)
      throw ValueError(
          fmt::format("from_blob: strides must not be negative, got {}; point at the first row in memory and flip()",
                      to_string(strides)));
    if (elements > 0) extent += (shape[i] - 1) * strides[i];
  }
  auto buffer = make_ref<Buffer>(data, static_cast<std::size_t>(extent) * size_of(dtype), std::move(release));
  auto storage = make_ref<Storage>(std::move(buffer), dtype);
  return make_tensor(
      make_ref<TensorImpl>(std::move(storage), TensorMeta{std::move(shape), std::move(strides), dtype, {}}, 0));
}

}  // namespace lamella
