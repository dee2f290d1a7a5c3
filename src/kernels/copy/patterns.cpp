#include "kernels/copy/patterns.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "core/parallel.h"
#include "kernels/copy/cast.h"
#include "kernels/copy/copy.h"

namespace lamella::kernels {
namespace {

// out[i] = cast(fn(i)) through tiles of T; tasks begin at multiples of a tile.
template <typename T, typename Fn>
void generate(std::int64_t n, const Operand& out, Fn&& fn) {
  const std::int64_t tiles = (n + kTile - 1) / kTile;
  const std::int64_t tasks = tasks_for(n * 4);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(tiles, tasks, task);
    alignas(64) T tile[kTile];
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t count = std::min(kTile, n - t * kTile);
      for (std::int64_t i = 0; i < count; ++i) tile[i] = fn(t * kTile + i);
      store_strided(advance(out.data, out.dtype, t * kTile * out.strides[0]), out.dtype, out.strides[0], tile,
                    dtype_of<T>, count);
    }
  });
}

// torch's vectors of 32 bytes: their first element is rounded before the rest is added.
template <typename T>
void arange_as(std::int64_t n, const Operand& out, double start, double step) {
  constexpr std::int64_t kLanes = 32 / sizeof(T);
  generate<T>(n, out, [=](std::int64_t i) {
    const std::int64_t block = i / kLanes * kLanes;
    const bool whole = block + kLanes <= n;
    const double base = start + step * static_cast<double>(whole ? block : i);
    return static_cast<T>(static_cast<double>(static_cast<T>(base)) +
                          static_cast<double>(whole ? i - block : 0) * step);
  });
}

template <typename T>
void linspace_as(std::int64_t n, const Operand& out, double start, double end) {
  const T first = static_cast<T>(start), last = static_cast<T>(end);
  const T step = n > 1 ? (last - first) / static_cast<T>(n - 1) : T{0};
  generate<T>(n, out, [=](std::int64_t i) {
    return i < n / 2 || n == 1 ? std::fma(step, static_cast<T>(i), first)
                               : std::fma(-step, static_cast<T>(n - 1 - i), last);
  });
}

constexpr std::byte kZero[8] = {};  // 0 of every dtype

}  // namespace

void arange(std::int64_t n, Operand out, double start, double step) {
  if (!is_floating_point(out.dtype)) {
    const double first = std::trunc(start), stride = std::trunc(step);
    return arange(n, out, static_cast<std::int64_t>(first), static_cast<std::int64_t>(stride));
  }
  if (out.dtype == DType::kFloat32) return arange_as<float>(n, out, start, step);
  if (out.dtype == DType::kFloat64) return arange_as<double>(n, out, start, step);
  generate<double>(n, out, [=](std::int64_t i) { return start + step * static_cast<double>(i); });
}

void arange(std::int64_t n, Operand out, std::int64_t start, std::int64_t step) {
  generate<std::int64_t>(n, out, [=](std::int64_t i) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(start) +
                                     static_cast<std::uint64_t>(step) * static_cast<std::uint64_t>(i));
  });
}

void linspace(std::int64_t n, Operand out, double start, double end) {
  out.dtype == DType::kFloat64 || !is_floating_point(out.dtype) ? linspace_as<double>(n, out, start, end)
                                                                : linspace_as<float>(n, out, start, end);
}

void triangle(Triangle which, Shape shape, Operand out, ConstOperand in, std::int64_t diagonal) {
  if (numel(shape) == 0) return;
  const std::size_t row_axis = shape.size() - 2, column_axis = shape.size() - 1;
  const std::int64_t columns = shape[column_axis];
  std::int64_t part[kMaxAxes];
  std::copy(shape.begin(), shape.end(), part);
  part[row_axis] = 1;
  const Shape extents(part, shape.size());
  for (std::int64_t row = 0; row < shape[row_axis]; ++row) {
    const auto out_at = [&](std::int64_t column) -> Operand {
      return {advance(out.data, out.dtype, row * out.strides[row_axis] + column * out.strides[column_axis]), out.dtype,
              out.strides};
    };
    const auto in_at = [&](std::int64_t column) -> ConstOperand {
      return {advance(in.data, in.dtype, row * in.strides[row_axis] + column * in.strides[column_axis]), in.dtype,
              in.strides};
    };
    const bool lower = which == Triangle::kLower;
    const std::int64_t border = std::clamp<std::int64_t>(row + diagonal + (lower ? 1 : 0), 0, columns);
    part[column_axis] = border;
    lower ? copy(extents, out_at(0), in_at(0)) : fill(extents, out_at(0), kZero);
    part[column_axis] = columns - border;
    lower ? fill(extents, out_at(border), kZero) : copy(extents, out_at(border), in_at(border));
  }
}

void eye(Shape shape, Operand out) {
  fill(shape, out, kZero);
  const std::int64_t n = std::min(shape[0], shape[1]);
  const std::int64_t stride = out.strides[0] + out.strides[1];
  std::byte one[8];
  const bool value = true;
  load_strided(one, out.dtype, &value, DType::kBool, 1, 1);
  fill({&n, 1}, {out.data, out.dtype, &stride}, one);
}

}  // namespace lamella::kernels
