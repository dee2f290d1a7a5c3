// Rows along the innermost axis, with the sources of every axis looked up in tables; the part of a row that is not
// padding is one copy, or one addition backward.
#include "kernels/pad/pad.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <numeric>
#include <type_traits>
#include <vector>

#include "core/parallel.h"
#include "kernels/strided.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

constexpr int64_t kOutside = -1;

/// One axis: where its outputs read, and which of them read straight on.
struct PadAxis {
  int64_t input, output, before;
  int64_t x_stride, y_stride;
  std::vector<int64_t> source;           // of every output; kOutside: the constant
  int64_t straight_begin, straight_end;  // outputs o with source o - before, all in one run
};

int64_t source_of(PadMode mode, int64_t i, int64_t n) {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case PadMode::kConstant:
      return kOutside;
    case PadMode::kReplicate:
      return std::clamp<int64_t>(i, 0, n - 1);
    case PadMode::kReflect:
      return std::clamp<int64_t>(i < 0 ? -i : 2 * (n - 1) - i, 0, n - 1);
    case PadMode::kCircular:
      break;
  }
  return ((i % n) + n) % n;
}

/// The axes of a padding, the one on which y lies closest last.
std::vector<PadAxis> axes_of(const PadShape& shape, const PadStrides& xs, const PadStrides& ys) {
  std::vector<PadAxis> axes;
  for (std::size_t a = 0; a < static_cast<std::size_t>(shape.rank); ++a) {
    PadAxis axis{shape.input[a], shape.output[a], shape.before[a], xs[a], ys[a], {}, 0, 0};
    for (int64_t o = 0; o < axis.output; ++o) axis.source.push_back(source_of(shape.mode, o - axis.before, axis.input));
    axis.straight_begin = std::clamp<int64_t>(axis.before, 0, axis.output);
    axis.straight_end = std::clamp<int64_t>(axis.before + axis.input, axis.straight_begin, axis.output);
    axes.push_back(std::move(axis));
  }
  std::stable_sort(axes.begin(), axes.end(), [](const PadAxis& a, const PadAxis& b) {
    // An extent of 1 makes any stride; it must not claim the inner loop.
    const int64_t stride_a = a.output == 1 ? INT64_MAX : std::abs(a.y_stride);
    const int64_t stride_b = b.output == 1 ? INT64_MAX : std::abs(b.y_stride);
    return stride_a > stride_b;
  });
  return axes;
}

/// Product of an extent over all axes but the last.
int64_t rows_of(const std::vector<PadAxis>& axes, int64_t PadAxis::* extent) {
  return std::accumulate(axes.begin(), axes.end() - 1, int64_t{1},
                         [&](int64_t product, const PadAxis& axis) { return product * axis.*extent; });
}

template <typename T>
void copy_row(const PadAxis& axis, T constant, const T* x, T* y) {
  const auto slow = [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) {
      const int64_t i = axis.source[static_cast<std::size_t>(o)];
      y[o * axis.y_stride] = i == kOutside ? constant : x[i * axis.x_stride];
    }
  };
  slow(0, axis.straight_begin);
  const int64_t count = axis.straight_end - axis.straight_begin;
  if (axis.x_stride == 1 && axis.y_stride == 1 && count > 0) {
    std::copy_n(x + (axis.straight_begin - axis.before), count, y + axis.straight_begin);
  } else {
    slow(axis.straight_begin, axis.straight_end);
  }
  slow(axis.straight_end, axis.output);
}

template <typename T, typename Sum>
void add_row(const PadAxis& axis, const T* dy, Sum* sum) {
  const auto slow = [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) {
      const int64_t i = axis.source[static_cast<std::size_t>(o)];
      if (i != kOutside) sum[i] += static_cast<Sum>(dy[o * axis.y_stride]);
    }
  };
  slow(0, axis.straight_begin);
  if (axis.y_stride == 1) {
    for (int64_t o = axis.straight_begin; o < axis.straight_end; ++o) {
      sum[o - axis.before] += static_cast<Sum>(dy[o]);
    }
  } else {
    slow(axis.straight_begin, axis.straight_end);
  }
  slow(axis.straight_end, axis.output);
}

/// For every input position of an axis the outputs that read it, in order.
struct Readers {
  std::vector<int64_t> start, outputs;
  explicit Readers(const PadAxis& axis) : start(static_cast<std::size_t>(axis.input) + 1, 0) {
    for (const int64_t i : axis.source) {
      if (i != kOutside) ++start[static_cast<std::size_t>(i) + 1];
    }
    std::partial_sum(start.begin(), start.end(), start.begin());
    outputs.resize(static_cast<std::size_t>(start.back()));
    std::vector<int64_t> next(start.begin(), start.end() - 1);
    for (std::size_t o = 0; o < axis.source.size(); ++o) {
      if (axis.source[o] == kOutside) continue;
      outputs[static_cast<std::size_t>(next[static_cast<std::size_t>(axis.source[o])]++)] = static_cast<int64_t>(o);
    }
  }
};

/// Offsets in dy of all rows that read the input row `row`: the product of its readers on every outer axis.
void reading_rows(const std::vector<PadAxis>& axes, const std::vector<Readers>& readers, int64_t row,
                  std::vector<int64_t>& offsets, int64_t& x_offset) {
  offsets.assign(1, 0);
  x_offset = 0;
  for (std::size_t a = axes.size() - 1; a-- > 0;) {
    const int64_t i = row % axes[a].input;
    row /= axes[a].input;
    x_offset += i * axes[a].x_stride;
    const auto begin = readers[a].start[static_cast<std::size_t>(i)],
               end = readers[a].start[static_cast<std::size_t>(i) + 1];
    const std::size_t known = offsets.size();
    std::vector<int64_t> product;
    product.reserve(known * static_cast<std::size_t>(end - begin));
    for (int64_t r = begin; r < end; ++r) {
      for (std::size_t k = 0; k < known; ++k) {
        product.push_back(offsets[k] + readers[a].outputs[static_cast<std::size_t>(r)] * axes[a].y_stride);
      }
    }
    offsets = std::move(product);
  }
}

}  // namespace

namespace {

/// Padding moves elements whatever they mean: one instance for each size of them.
template <typename T>
void forward(const PadShape& shape, T constant, const T* x, const PadStrides& xs, T* y, const PadStrides& ys) {
  const std::vector<PadAxis> axes = axes_of(shape, xs, ys);
  const PadAxis& inner = axes.back();
  const int64_t rows = rows_of(axes, &PadAxis::output);
  if (rows == 0 || inner.output == 0) return;
  const int64_t tasks = std::min(rows, tasks_for(rows * (inner.output + 16)));
  parallel_for(tasks, [&](int64_t task) {
    const auto [begin, end] = task_range(rows, tasks, task);
    for (int64_t row = begin; row < end; ++row) {
      const T* in = x;
      T* out = y;
      bool inside = true;
      for (std::size_t a = axes.size() - 1, rest = static_cast<std::size_t>(row); a-- > 0;) {
        const std::size_t o = rest % static_cast<std::size_t>(axes[a].output);
        rest /= static_cast<std::size_t>(axes[a].output);
        out += static_cast<int64_t>(o) * axes[a].y_stride;
        inside = inside && axes[a].source[o] != kOutside;
        if (inside) in += axes[a].source[o] * axes[a].x_stride;
      }
      if (inside) {
        copy_row(inner, constant, in, out);
      } else {
        for (int64_t o = 0; o < inner.output; ++o) out[o * inner.y_stride] = constant;
      }
    }
  });
}

}  // namespace

template <typename T>
void pad_forward(const PadShape& shape, T constant, const T* x, const PadStrides& xs, T* y, const PadStrides& ys) {
  using Bits = std::conditional_t<
      sizeof(T) == 1, Bits8,
      std::conditional_t<sizeof(T) == 2, Bits16, std::conditional_t<sizeof(T) == 4, Bits32, Bits64>>>;
  forward(shape, std::bit_cast<Bits>(constant), reinterpret_cast<const Bits*>(x), xs, reinterpret_cast<Bits*>(y), ys);
}

template <typename T>
void pad_backward(const PadShape& shape, const T* dy, const PadStrides& dys, T* dx, const PadStrides& dxs) {
  using Sum = std::conditional_t<std::is_same_v<T, double>, double, float>;
  const std::vector<PadAxis> axes = axes_of(shape, dxs, dys);
  const std::vector<Readers> readers(axes.begin(), axes.end() - 1);
  const PadAxis& inner = axes.back();
  const int64_t rows = rows_of(axes, &PadAxis::input);
  if (rows == 0 || inner.input == 0) return;
  const int64_t tasks = std::min(rows, tasks_for(rows * (inner.output + 64)));
  parallel_for(tasks, [&](int64_t task) {
    std::vector<Sum> sum(static_cast<std::size_t>(inner.input));
    std::vector<int64_t> offsets;
    const auto [begin, end] = task_range(rows, tasks, task);
    for (int64_t row = begin; row < end; ++row) {
      int64_t x_offset = 0;
      reading_rows(axes, readers, row, offsets, x_offset);
      std::fill(sum.begin(), sum.end(), Sum(0));
      for (const int64_t offset : offsets) add_row(inner, dy + offset, sum.data());
      for (int64_t i = 0; i < inner.input; ++i) {
        dx[x_offset + i * inner.x_stride] = T(sum[static_cast<std::size_t>(i)]);
      }
    }
  });
}

#define LAMELLA_INSTANTIATE(T) \
  template void pad_forward(const PadShape&, T, const T*, const PadStrides&, T*, const PadStrides&);
#define LAMELLA_INSTANTIATE_FLOATING(T) \
  LAMELLA_INSTANTIATE(T)                \
  template void pad_backward(const PadShape&, const T*, const PadStrides&, T*, const PadStrides&);
LAMELLA_INSTANTIATE(bool)
LAMELLA_INSTANTIATE(std::uint8_t)
LAMELLA_INSTANTIATE(std::int8_t)
LAMELLA_INSTANTIATE(std::int16_t)
LAMELLA_INSTANTIATE(std::int32_t)
LAMELLA_INSTANTIATE(int64_t)
LAMELLA_INSTANTIATE_FLOATING(float)
LAMELLA_INSTANTIATE_FLOATING(double)
LAMELLA_INSTANTIATE_FLOATING(bfloat16)
LAMELLA_INSTANTIATE_FLOATING(float16)
#undef LAMELLA_INSTANTIATE
#undef LAMELLA_INSTANTIATE_FLOATING

}  // namespace lamella::kernels
