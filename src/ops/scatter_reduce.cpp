#include <lamella/ops/scatter_reduce.h>

#include <cmath>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "ops/composed.h"
#include "ops/half.h"
#include "ops/index_args.h"

namespace lamella {

namespace {

constexpr const char* kAxis = "dim";
constexpr const char* kReduce = "reduce";

// prod, amax, amin: inputs self, index, src. sum and mean are made of scatter_add.

enum class Reduction : std::uint8_t { kProd, kMax, kMin };

Reduction reduction_of(const Attributes& attributes) {
  const std::string& word = attributes.text(kReduce);
  return word == "prod" ? Reduction::kProd : word == "amax" ? Reduction::kMax : Reduction::kMin;
}

void infer_reduce(const InferArgs& args, OutputSpecs& outputs) {
  check_scatter_shapes("scatter_reduce", args.input(0), args.input(1), args.input(2),
                       static_cast<std::size_t>(args.attributes.integer(kAxis)), false);
  outputs.push_back({args.input(0).shape, {}, args.input(0).dtype});
}

template <typename T>
T combine(Reduction reduction, T a, T b) {
  if (reduction == Reduction::kProd) return static_cast<T>(a * b);
  if (a != a || b != b) return a != a ? a : b;
  return reduction == Reduction::kMax ? std::max(a, b) : std::min(a, b);
}

/// All three contiguous; `places` holds int64 indices that are in range.
template <typename T>
void reduce_into(Reduction reduction, const Dims& shape, const Dims& out_strides, std::size_t axis, T* out,
                 const std::int64_t* places, const T* src) {
  const std::int64_t count = checked_numel(shape);
  Dims at(shape.size(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < shape.size(); ++k) offset += (k == axis ? places[i] : at[k]) * out_strides[k];
    out[offset] = combine(reduction, out[offset], src[i]);
    for (std::size_t k = shape.size(); k-- > 0 && ++at[k] == shape[k];) at[k] = 0;
  }
}

void forward_reduce(const ForwardArgs& args) {
  const auto axis = static_cast<std::size_t>(args.attributes.integer(kAxis));
  const auto plain = [](const Tensor& t, DType dtype) {  // a copy that lies row by row in memory
    return Tensor(empty(t.shape(), {.dtype = dtype}).copy_(t));
  };
  const Tensor index = plain(args.input(1), DType::kInt64);
  const Tensor src = plain(args.input(2), args.input(2).dtype());
  const Tensor result = plain(args.input(0), args.input(0).dtype());
  const auto* places = reinterpret_cast<const std::int64_t*>(physical(index).data);
  const std::int64_t extent = result.shape()[axis];
  for (std::int64_t i = 0; i < index.numel(); ++i) {
    if (places[i] < 0 || places[i] >= extent)
      throw IndexError(fmt::format("scatter_reduce(): index {} is out of bounds for dimension {} with size {}",
                                   places[i], axis, extent));
  }
  visit_dtype(result.dtype(), [&]<typename T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      reduce_into(reduction_of(args.attributes), index.shape(), result.strides(), axis,
                  reinterpret_cast<T*>(physical_for_write(result).data), places,
                  reinterpret_cast<const T*>(physical(src).data));
    }
  });
  args.output().copy_(result);
}

/// Each of the equal extremes takes its part.
void split_between_equals(const BackwardArgs& args, TensorList& gradients) {
  const std::int64_t axis = args.attributes.integer(kAxis);
  const Tensor& index = args.input(1);
  const Tensor& result = args.output();
  const DType dtype = result.dtype();
  const Tensor self_wins = eq(args.input(0), result).to(dtype);
  const Tensor src_wins = eq(args.input(2), gather(result, axis, index)).to(dtype);
  const Tensor share = args.grad() / scatter_add(self_wins, axis, index, src_wins);
  if (args.needs_input(0)) gradients[0] = self_wins * share;
  if (args.needs_input(2)) gradients[2] = src_wins * gather(share, axis, index);
}

/// The gradient of a product is the product of the others: the quotient, but at zeros, which are left out.
void products_of_others(const BackwardArgs& args, TensorList& gradients) {
  const std::int64_t axis = args.attributes.integer(kAxis);
  const Tensor& self = args.input(0);
  const Tensor& index = args.input(1);
  const Tensor& src = args.input(2);
  if (args.needs_input(0)) {
    const Tensor without_zeros = masked_fill(self, eq(self, wrapped(0)), 1);
    gradients[0] = args.grad() * scatter_reduce(without_zeros, axis, index, src, "prod") / without_zeros;
  }
  if (!args.needs_input(2)) return;
  const Tensor zero = eq(src, wrapped(0));
  const Tensor zeros_there = gather(scatter_add(zeros_like(self), axis, index, zero.to(src.dtype())), axis, index);
  const Tensor only_zero = logical_and(zero, eq(zeros_there, wrapped(1)));
  const Tensor others = scatter_reduce(self, axis, index, masked_fill(src, only_zero, 1), "prod");
  const Tensor at_zero = gather(args.grad() * others, axis, index);
  const Tensor elsewhere = gather(args.grad() * args.output(), axis, index) / masked_fill(src, zero, 1);
  gradients[2] = where(only_zero, at_zero, elsewhere);
}

TensorList backward_reduce(const BackwardArgs& args) {
  TensorList gradients(3);
  if (reduction_of(args.attributes) == Reduction::kProd) {
    products_of_others(args, gradients);
  } else {
    split_between_equals(args, gradients);
  }
  return gradients;
}

constexpr OpDef kScatterReduce{.name = "scatter_reduce",
                               .infer = infer_reduce,
                               .forward = with_float<forward_reduce>,
                               .backward = backward_reduce,
                               .saves_inputs = kSaveAll,
                               .saves_outputs = save(0),
                               .order = OrderPolicy::kPlain};

/// What leaves every other number as it is.
Scalar neutral(std::string_view reduce, DType dtype) {
  if (reduce == "prod") return 1;
  const bool largest = reduce == "amin";
  if (is_floating_point(dtype)) return largest ? INFINITY : -INFINITY;
  if (dtype == DType::kBool) return largest;
  const int bits = static_cast<int>(size_of(dtype)) * 8 - (dtype == DType::kUInt8 ? 0 : 1);
  const std::int64_t top = bits == 63 ? INT64_MAX : (std::int64_t{1} << bits) - 1;
  return largest ? top : dtype == DType::kUInt8 ? std::int64_t{0} : -top - 1;
}

Tensor mean_of(const Tensor& sums, const Tensor& input, std::int64_t axis, const Tensor& index, bool include_self) {
  const DType dtype = input.dtype();
  const Tensor own = include_self ? ones(input.shape(), {.dtype = dtype})
                                  : scatter(ones(input.shape(), {.dtype = dtype}), axis, index, Scalar(0));
  const Tensor counts = scatter_add(own, axis, index, ones(index.shape(), {.dtype = dtype}));
  return is_floating_point(dtype) ? sums / counts : floor_divide(sums, counts);
}

}  // namespace

Tensor scatter_reduce(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src,
                      std::string_view reduce, bool include_self) {
  check_index_dtype("scatter_reduce", index.dtype());
  if (reduce != "sum" && reduce != "prod" && reduce != "mean" && reduce != "amax" && reduce != "amin")
    throw Error(fmt::format("reduce argument must be either sum, prod, mean, amax or amin, got {}", reduce));
  if (input.dim() == 0) {
    const auto vector = [](const Tensor& t) { return t.reshape({-1}); };
    return scatter_reduce(vector(input), axis, vector(index), vector(src), reduce, include_self).view({});
  }
  axis = normalize_axis(axis, input.dim());
  const bool summed = reduce == "sum" || reduce == "mean";
  const Scalar start = summed ? Scalar(0) : neutral(reduce, input.dtype());
  const Tensor base = include_self ? input : scatter(input, axis, index, start);
  const Tensor used = narrow_to_index(src, index);
  if (!summed) return call(kScatterReduce, {base, index, used}, {{kAxis, axis}, {kReduce, std::string(reduce)}});
  const Tensor sums = scatter_add(base, axis, index, used);
  return reduce == "sum" ? sums : mean_of(sums, input, axis, index, include_self);
}
const Tensor& scatter_reduce_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src,
                              std::string_view reduce, bool include_self) {
  return composed_in_place("scatter_reduce_", self,
                           [&](const Tensor& x) { return scatter_reduce(x, axis, index, src, reduce, include_self); });
}

Tensor put(const Tensor& input, const Tensor& index, const Tensor& source, bool accumulate) {
  if (index.dtype() != DType::kInt64)
    throw Error(fmt::format("put_(): Expected a long tensor for index, but got {}", name_of(index.dtype())));
  if (source.dtype() != input.dtype())
    throw Error(
        fmt::format("put_(): self and source expected to have the same dtype, but got self.dtype = {} and "
                    "source.dtype = {}",
                    name_of(input.dtype()), name_of(source.dtype())));
  if (source.numel() != index.numel())
    throw IndexError(
        fmt::format("put_(): Expected source and index to have the same number of elements, but got "
                    "source.numel() = {}, index.numel() = {}",
                    source.numel(), index.numel()));
  if (index.numel() == 0) return input.clone();
  const Tensor flat = index_put(input.reshape({-1}), {index.reshape({-1})}, source.reshape({-1}), accumulate);
  return empty_like(input).copy_(flat.view(input.shape()));  // which keeps the strides
}
const Tensor& put_(const Tensor& self, const Tensor& index, const Tensor& source, bool accumulate) {
  return composed_in_place("put_", self, [&](const Tensor& x) { return put(x, index, source, accumulate); });
}

const Tensor& fill_diagonal_(const Tensor& self, Scalar value, bool wrap) {
  if (self.dim() < 2) throw Error("dimensions must larger than 1");
  std::int64_t length = self.shape()[0];
  std::int64_t step = 0;
  for (std::size_t i = 0; i < self.shape().size(); ++i) {
    if (self.dim() > 2 && self.shape()[i] != length) throw Error("all dimensions of input must be of equal length");
    length = std::min(length, self.shape()[i]);
    step += self.strides()[i];
  }
  self.as_strided({length}, {step}, self.storage_offset()).fill_(value);
  const std::int64_t width = self.shape()[1];
  if (!wrap || self.dim() != 2 || width == 0) return self;
  for (std::int64_t row = width + 1; row < self.shape()[0]; row += width + 1) {
    const std::int64_t rest = std::min(width, self.shape()[0] - row);
    self.as_strided({rest}, {step}, self.storage_offset() + row * self.strides()[0]).fill_(value);
  }
  return self;
}

}  // namespace lamella
