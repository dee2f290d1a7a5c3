// What looks something up, by plain loops over contiguous copies.
#include <lamella/ops/search.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "ops/elementwise.h"
#include "ops/half.h"

namespace lamella {

namespace {

constexpr const char* kAxis = "dim";

/// A copy that lies row by row in memory, with 16-bit numbers widened: contiguous strides alone do not say so.
Tensor plain(const Tensor& tensor) {
  const Tensor copy = empty(tensor.shape(), {.dtype = accumulated(tensor.dtype())});
  return copy.copy_(tensor);
}

template <typename T>
const T* numbers(const Tensor& contiguous) {
  return reinterpret_cast<const T*>(physical(contiguous).data);
}
template <typename T>
T* numbers_for_write(const Tensor& contiguous) {
  return reinterpret_cast<T*>(physical_for_write(contiguous).data);
}
template <typename T>
bool is_nan(T x) {
  return x != x;
}
/// Ascending; NaN is the largest and equal to itself.
template <typename T>
bool before(T a, T b) {
  return a < b || (is_nan(b) && !is_nan(a));
}

/// `fn` with the type of a tensor's elements, of which 16-bit ones were widened.
template <typename Fn>
void with_plain_type(DType dtype, Fn&& fn) {
  visit_dtype(dtype, [&]<typename T>() {
    if constexpr (std::is_arithmetic_v<T>) fn.template operator()<T>();
  });
}

// cummax, cummin: outputs values, indices

void infer_running(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(0).shape, {}, args.input(0).dtype});
  outputs.push_back({args.input(0).shape, {}, DType::kInt64});
}

template <typename T, bool kMax>
void run_line(const T* in, T* values, std::int64_t* places, std::int64_t extent, std::int64_t step) {
  T best = in[0];
  std::int64_t place = 0;
  for (std::int64_t i = 0; i < extent; ++i) {
    const T x = in[i * step];
    if (is_nan(x) || (!is_nan(best) && (kMax ? x >= best : x <= best))) {
      best = x;
      place = i;
    }
    values[i * step] = best;
    places[i * step] = place;
  }
}

template <bool kMax>
void forward_running(const ForwardArgs& args) {
  const Tensor x = plain(args.input(0));
  const Tensor values = empty(x.shape(), {.dtype = x.dtype()});
  const Tensor places = empty(x.shape(), {.dtype = DType::kInt64});
  const auto axis = static_cast<std::size_t>(args.attributes.integer(kAxis));
  const std::int64_t extent = x.shape()[axis];
  std::int64_t step = 1;
  for (std::size_t i = axis + 1; i < x.shape().size(); ++i) step *= x.shape()[i];
  with_plain_type(x.dtype(), [&]<typename T>() {
    const T* in = numbers<T>(x);
    T* to = numbers_for_write<T>(values);
    auto* at = numbers_for_write<std::int64_t>(places);
    for (std::int64_t start = 0; start < x.numel(); start += extent * step) {
      for (std::int64_t i = start; i < start + step; ++i) run_line<T, kMax>(in + i, to + i, at + i, extent, step);
    }
  });
  args.output(0).copy_(values);
  args.output(1).copy_(places);
}
TensorList backward_running(const BackwardArgs& args) {
  const TensorMeta& input = args.input_meta(0);
  return {scatter_add(zeros(input.shape, {.dtype = input.dtype}), args.attributes.integer(kAxis), args.output(1),
                      args.grad())};
}
template <bool kMax>
constexpr OpDef running_row(std::string_view name) {
  return {.name = name,
          .infer = infer_running,
          .forward = forward_running<kMax>,
          .backward = backward_running,
          .saves_outputs = save(1),
          .no_grad_outputs = save(1),
          .order = OrderPolicy::kPlain};
}
constexpr OpDef kCummax = running_row<true>("cummax");
constexpr OpDef kCummin = running_row<false>("cummin");

ValuesIndices running(const OpDef& row, const Tensor& input, std::int64_t axis) {
  axis = normalize_axis(axis, input.dim());
  if (input.dim() == 0) return {input.clone(), zeros({}, {.dtype = DType::kInt64})};
  const TensorList results = call_all(row, {&input, 1}, {{kAxis, axis}});
  return {results[0], results[1]};
}

// searchsorted: inputs sequence, values, sorter, the first two of one dtype

void infer_search(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({args.input(1).shape, {}, args.attributes.flag("out_int32") ? DType::kInt32 : DType::kInt64});
}

void forward_search(const ForwardArgs& args) {
  const Tensor sequence = plain(args.input(0));
  const Tensor values = plain(args.input(1));
  const Tensor result = empty(values.shape(), {.dtype = DType::kInt64});
  const bool right = args.attributes.flag("right");
  const std::int64_t extent = sequence.shape().back();
  const bool shared = sequence.dim() == 1;
  const std::int64_t per_line = values.dim() == 0 || shared ? values.numel() : values.shape().back();
  with_plain_type(sequence.dtype(), [&]<typename T>() {
    const T* sorted = numbers<T>(sequence);
    const T* wanted = numbers<T>(values);
    auto* places = numbers_for_write<std::int64_t>(result);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      const T* first = sorted + (shared ? 0 : i / per_line * extent);
      places[i] = (right ? std::upper_bound(first, first + extent, wanted[i], before<T>)
                         : std::lower_bound(first, first + extent, wanted[i], before<T>)) -
                  first;
    }
  });
  args.output().copy_(result);
}
constexpr OpDef kSearch{
    .name = "searchsorted", .infer = infer_search, .forward = forward_search, .order = OrderPolicy::kPlain};

void check_search(const Tensor& sequence, const Tensor& values, const SearchOptions& options) {
  if (sequence.dim() == 0)
    throw Error("torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension");
  if (options.sorter.defined() && !(options.sorter.shape() == sequence.shape()))
    throw Error(
        fmt::format("torch.searchsorted(): boundary and sorter must have the same size, but got boundary "
                    "tensor {} and got sorter tensor {}",
                    to_string(sequence.shape()), to_string(options.sorter.shape())));
  if (options.sorter.defined() && options.sorter.dtype() != DType::kInt64)
    throw Error(fmt::format("torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {}",
                            name_of(options.sorter.dtype())));
  if (sequence.dim() == 1) return;
  const bool fits = values.dim() == sequence.dim() &&
                    std::equal(sequence.shape().begin(), sequence.shape().end() - 1, values.shape().begin());
  if (!fits)
    throw Error(
        fmt::format("torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions "
                    "of boundaries tensor and input value tensor must match, but we got boundaries tensor {} "
                    "and input value tensor {}",
                    to_string(sequence.shape()), to_string(values.shape())));
}

// The order of the rows of a matrix, compared element by element: int64 [rows]

void infer_row_order(const InferArgs& args, OutputSpecs& outputs) {
  outputs.push_back({Dims{args.input(0).shape[0]}, {}, DType::kInt64});
}
void forward_row_order(const ForwardArgs& args) {
  const Tensor x = plain(args.input(0));
  const std::int64_t width = x.shape()[1];
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.shape()[0]));
  std::iota(order.begin(), order.end(), 0);
  with_plain_type(x.dtype(), [&]<typename T>() {
    const T* rows = numbers<T>(x);
    std::stable_sort(order.begin(), order.end(), [=](std::int64_t a, std::int64_t b) {
      const T* first = rows + a * width;
      const T* second = rows + b * width;
      return std::lexicographical_compare(first, first + width, second, second + width, before<T>);
    });
  });
  std::copy(order.begin(), order.end(), numbers_for_write<std::int64_t>(args.output()));
}
constexpr OpDef kRowOrder{
    .name = "row_order", .infer = infer_row_order, .forward = forward_row_order, .order = OrderPolicy::kPlain};

/// Runs of equal neighbouring rows.
UniqueElements runs(const Tensor& rows) {
  const std::int64_t n = rows.size(0);
  const DType int64 = DType::kInt64;
  if (n == 0) return {rows.clone(), zeros({0}, {.dtype = int64}), zeros({0}, {.dtype = int64})};
  const Tensor changes = any(ne(narrow(rows, 0, 1, n - 1), narrow(rows, 0, 0, n - 1)), Dims{1});
  const Tensor starts = cat({ones({1}, {.dtype = DType::kBool}), changes});
  const Tensor first = nonzero(starts).reshape({-1});
  const Tensor ends = cat({narrow(first, 0, 1, first.numel() - 1), full({1}, n)});
  return {index_select(rows, 0, first), cumsum(starts.to(int64), 0) - 1, ends - first};
}

/// `fn` of the slices along an axis as the rows of a matrix; its values become slices again.
template <typename Fn>
UniqueElements of_slices(const Tensor& input, std::int64_t axis, Fn&& fn) {
  axis = normalize_axis(axis, input.dim());
  if (input.dim() == 0) return fn(input.detach().reshape({1, 1}));
  Tensor front = movedim(input.detach(), axis, 0);
  Dims shape = front.shape();
  std::int64_t width = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) width *= shape[i];
  if (width == 0 && shape[0] > 0)
    throw Error(
        fmt::format("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied "
                    "(shape {}, dim {})",
                    to_string(input.shape()), axis));
  UniqueElements result = fn(front.reshape({shape[0], width}));
  shape[0] = result.values.size(0);
  result.values = movedim(result.values.view(std::move(shape)), 0, axis);
  return result;
}

}  // namespace

ValuesIndices cummax(const Tensor& input, std::int64_t axis) { return running(kCummax, input, axis); }
ValuesIndices cummin(const Tensor& input, std::int64_t axis) { return running(kCummin, input, axis); }

ValuesIndices mode(const Tensor& input, std::int64_t axis, bool keepdim) {
  axis = normalize_axis(axis, input.dim());
  if (input.dim() == 0) return {input.clone(), zeros({}, {.dtype = DType::kInt64})};
  const std::int64_t n = input.size(axis);
  if (n == 0)
    throw IndexError(fmt::format("mode(): Expected reduction dim {} to have non-zero size (shape {})", axis,
                                 to_string(input.shape())));
  // Sorted, the first of the longest runs ends where the length of the run so far is first the largest.
  const SortedIndices order = sort(input.detach(), axis);
  Dims along(static_cast<std::size_t>(input.dim()), 1);
  along[static_cast<std::size_t>(axis)] = n;
  const Tensor places = arange(n).view(std::move(along));
  const Tensor changes = ne(narrow(order.values, axis, 1, n - 1), narrow(order.values, axis, 0, n - 1));
  const Tensor first = zeros(narrow(order.values, axis, 0, 1).shape(), {.dtype = DType::kBool});
  const Tensor starts = cummax(cat({first, changes}, axis).to(DType::kInt64) * places, axis).values;
  const Tensor place = gather(order.indices, axis, argmax(places - starts, axis, true));
  const Tensor values = gather(input, axis, place);
  return keepdim ? ValuesIndices{values, place} : ValuesIndices{squeeze(values, axis), squeeze(place, axis)};
}

Tensor searchsorted(const Tensor& sequence, const Tensor& values, SearchOptions options) {
  check_search(sequence, values, options);
  const Tensor sorted = options.sorter.defined() ? gather(sequence, -1, options.sorter) : sequence;
  const std::array<Tensor, 2> both{sequence, values};
  const DType dtype = elementwise::result_type(both);
  return call(kSearch, {sorted.detach().to(dtype), values.detach().to(dtype)},
              {{"out_int32", options.out_int32}, {"right", options.right}});
}
Tensor bucketize(const Tensor& input, const Tensor& boundaries, SearchOptions options) {
  if (boundaries.dim() != 1)
    throw Error(fmt::format("boundaries tensor must be 1 dimension, but got dim({})", boundaries.dim()));
  return searchsorted(boundaries, input, std::move(options));
}

Tensor isin(const Tensor& elements, const Tensor& candidates, bool invert) {
  if (candidates.numel() == 0) return full(elements.shape(), invert);
  const std::array<Tensor, 2> both{elements, candidates};
  const DType dtype = elementwise::result_type(both);
  const Tensor x = elements.detach().to(dtype);
  const Tensor sorted = sort(candidates.detach().to(dtype).reshape({-1}), 0).values;
  const Tensor place = clamp(searchsorted(sorted, x), {}, Scalar(sorted.numel() - 1));
  const Tensor found = index_select(sorted, 0, place.reshape({-1})).view(x.shape());
  return invert ? ne(found, x) : eq(found, x);
}

UniqueElements unique_consecutive(const Tensor& input, std::int64_t axis) { return of_slices(input, axis, runs); }

UniqueElements unique(const Tensor& input, std::int64_t axis) {
  return of_slices(input, axis, [](const Tensor& rows) {
    const Tensor order = call(kRowOrder, {rows});
    UniqueElements result = runs(index_select(rows, 0, order));
    result.inverse = scatter(result.inverse, 0, order, result.inverse);
    return result;
  });
}

}  // namespace lamella
