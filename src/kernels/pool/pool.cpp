// Walks the output rows of a pooling: n, (c,) and the first two spatial axes are the rows, cut into tasks; the last
// axis and, in channels-last memory, the channels are the row function's.
#include "kernels/pool/pool.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "core/parallel.h"
#include "kernels/pool/pool_rows.h"
#include "kernels/pool/pool_taps.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;
using Extents = std::array<int64_t, 3>;

/// A tensor of one pass: the one read from, the one written, the index.
struct View {
  const void* data;
  PoolStrides strides;
  int64_t element;  // bytes

  template <typename T>
  View(const T* tensor, const PoolStrides& s) : data(tensor), strides(s), element(sizeof(T)) {}

  void* at(int64_t n, int64_t c, int64_t offset) const {
    const auto* bytes = static_cast<const std::byte*>(data);
    return const_cast<std::byte*>(bytes + (n * strides.batch + c * strides.channel + offset) * element);
  }
};

/// The taps of the first two axes for row (i, j), as offsets in `in` and, if wanted, in the index.
struct OuterTaps {
  std::vector<PoolTap> taps;
  std::vector<int64_t> index_offsets;

  void set(const PoolWindows& windows, int64_t i, int64_t j, const PoolStrides& in, const PoolStrides& index) {
    taps.clear();
    index_offsets.clear();
    for (const PoolTap& a : windows.axis[0].of(i)) {
      for (const PoolTap& b : windows.axis[1].of(j)) {
        taps.push_back({a.position * in.axis[0] + b.position * in.axis[1], a.id + b.id, a.count * b.count});
        index_offsets.push_back(a.position * index.axis[0] + b.position * index.axis[1]);
      }
    }
  }
};

/// A row function without its types, so that one driver serves them all.
struct RowFunction {
  void (*call)(void (*function)(), const PoolRow<void, void>& row);
  void (*function)();

  template <typename T, typename Index>
  RowFunction(PoolRowFunction<T, Index> typed)  // NOLINT: a conversion, as to std::function
      : call([](void (*untyped)(), const PoolRow<void, void>& row) {
          reinterpret_cast<PoolRowFunction<T, Index>>(untyped)(
              {row.outer, row.outer_index_offset, row.axis, row.width, row.channels, static_cast<const T*>(row.in),
               row.in_step, static_cast<T*>(row.out), row.out_step, static_cast<Index*>(row.index), row.index_step,
               row.divisor});
        }),
        function(reinterpret_cast<void (*)()>(typed)) {}

  void operator()(const PoolRow<void, void>& row) const { call(function, row); }
};

/// Runs `function` on every row of the output extents `extents`. `index_follows_out`: the index is laid out as the
/// output (forward), not as the input (backward).
void for_rows(const PoolShape& shape, const PoolWindows& windows, const Extents& extents, const View& in,
              const View& out, const View& index, bool index_follows_out, int64_t divisor, RowFunction function) {
  const bool channels_last =
      in.strides.channel == 1 && out.strides.channel == 1 && (index.data == nullptr || index.strides.channel == 1);
  const int64_t lines = channels_last ? 1 : shape.channels;
  const int64_t channels = channels_last ? shape.channels : 1;
  const int64_t rows = shape.batch * lines * extents[0] * extents[1];
  if (rows <= 0 || channels <= 0 || extents[2] <= 0) return;
  int64_t taps = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    taps *= 1 + static_cast<int64_t>(windows.axis[a].taps.size()) / std::max<int64_t>(1, extents[a]);
  }
  const int64_t tasks = std::min(rows, tasks_for(rows * extents[2] * (channels + 4) * taps));
  parallel_for(tasks, [&](int64_t task) {
    OuterTaps outer;
    const auto [begin, end] = task_range(rows, tasks, task);
    for (int64_t r = begin; r < end; ++r) {
      const int64_t j = r % extents[1], i = r / extents[1] % extents[0];
      const int64_t c = r / (extents[0] * extents[1]) % lines, n = r / (extents[0] * extents[1] * lines);
      outer.set(windows, i, j, in.strides, index.strides);
      const auto own = [&](const PoolStrides& strides) { return i * strides.axis[0] + j * strides.axis[1]; };
      function({outer.taps, outer.index_offsets.data(), &windows.axis[2], extents[2], channels, in.at(n, c, 0),
                in.strides.axis[2], out.at(n, c, own(out.strides)), out.strides.axis[2],
                index.data == nullptr ? nullptr : index.at(n, c, index_follows_out ? own(index.strides) : 0),
                index.strides.axis[2], divisor});
    }
  });
}

constexpr PoolStrides kNoStrides{0, 1, {0, 0, 0}};

template <typename T, typename Index>
PoolRowFunction<T, Index> max_function() {
  if constexpr (sizeof(Index) == 1)
    return pool_row_functions<T>().max_tap;
  else
    return pool_row_functions<T>().max_place;
}
template <typename T, typename Index>
PoolRowFunction<T, Index> max_backward_function() {
  if constexpr (sizeof(Index) == 1)
    return pool_row_functions<T>().max_tap_backward;
  else
    return pool_row_functions<T>().max_place_backward;
}
template <typename Index>
constexpr PoolIds ids_of() {
  return sizeof(Index) == 1 ? PoolIds::kTap : PoolIds::kPlace;
}

/// Whether the windows are 2 x 2 and tile the input, in channels-last memory: the pooling of most networks.
bool is_halving(const PoolShape& s, const PoolStrides& ys, const PoolStrides& is, const PoolStrides& xs) {
  return s.batch * s.channels > 0 && s.kernel == Extents{1, 2, 2} && s.stride == Extents{1, 2, 2} &&
         s.padding == Extents{0, 0, 0} && s.dilation[1] == 1 && s.dilation[2] == 1 && s.input[0] == s.output[0] &&
         s.input[1] == 2 * s.output[1] && s.input[2] == 2 * s.output[2] && ys.channel == 1 && is.channel == 1 &&
         xs.channel == 1;
}

/// One pass over the outputs, each with the four inputs of its window.
void halve(const PoolShape& shape, const View& y, const View& index, const View& x, PoolHalvingFunction function) {
  const int64_t rows = shape.batch * shape.output[0] * shape.output[1];
  const int64_t tasks = std::min(rows, tasks_for(rows * shape.output[2] * (shape.channels + 4) * 4));
  parallel_for(tasks, [&](int64_t task) {
    const auto [begin, end] = task_range(rows, tasks, task);
    for (int64_t r = begin; r < end; ++r) {
      const int64_t j = r % shape.output[1], i = r / shape.output[1] % shape.output[0];
      const int64_t n = r / (shape.output[0] * shape.output[1]);
      const auto offset = [&](const View& view, int64_t row) {
        return i * view.strides.axis[0] + row * view.strides.axis[1];
      };
      function({static_cast<float*>(y.at(n, 0, offset(y, j))), y.strides.axis[2],
                static_cast<std::uint8_t*>(index.at(n, 0, offset(index, j))), index.strides.axis[2],
                static_cast<float*>(x.at(n, 0, offset(x, 2 * j))), x.strides.axis[2], x.strides.axis[1],
                shape.output[2], shape.channels});
    }
  });
}

template <typename T, typename Index>
void max_forward(const PoolShape& shape, const PoolWindows& windows, const T* x, const PoolStrides& xs, T* y,
                 const PoolStrides& ys, Index* index, const PoolStrides& is) {
  if constexpr (std::is_same_v<T, float> && sizeof(Index) == 1) {
    if (index != nullptr && is_halving(shape, ys, is, xs)) {
      return halve(shape, {y, ys}, {index, is}, {x, xs}, pool_halving_functions().forward);
    }
  }
  for_rows(shape, windows, shape.output, {x, xs}, {y, ys}, {index, is}, true, 0, RowFunction(max_function<T, Index>()));
}

template <typename T, typename Index>
void max_backward(const PoolShape& shape, const PoolWindows& windows, const T* dy, const PoolStrides& dys,
                  const Index* index, const PoolStrides& is, T* dx, const PoolStrides& dxs) {
  if constexpr (std::is_same_v<T, float> && sizeof(Index) == 1) {
    if (is_halving(shape, dys, is, dxs)) {
      return halve(shape, {dy, dys}, {index, is}, {dx, dxs}, pool_halving_functions().backward);
    }
  }
  for_rows(shape, inverted(windows, shape.input), shape.input, {dy, dys}, {dx, dxs}, {index, is}, false, 0,
           RowFunction(max_backward_function<T, Index>()));
}

template <typename T>
void average_forward(const PoolShape& shape, const PoolWindows& windows, int64_t divisor, const T* x,
                     const PoolStrides& xs, T* y, const PoolStrides& ys) {
  for_rows(shape, windows, shape.output, {x, xs}, {y, ys}, {static_cast<int64_t*>(nullptr), kNoStrides}, true, divisor,
           RowFunction(pool_row_functions<T>().average));
}

template <typename T>
void average_backward(const PoolShape& shape, const PoolWindows& windows, int64_t divisor, const T* dy,
                      const PoolStrides& dys, T* dx, const PoolStrides& dxs) {
  for_rows(shape, inverted(windows, shape.input), shape.input, {dy, dys}, {dx, dxs},
           {static_cast<int64_t*>(nullptr), kNoStrides}, false, divisor,
           RowFunction(pool_row_functions<T>().average_backward));
}

}  // namespace

int64_t pool_output_size(int64_t input, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation,
                         bool ceil_mode) {
  const int64_t room = input + 2 * padding - dilation * (kernel - 1) - 1 + (ceil_mode ? stride - 1 : 0);
  const int64_t floor = room >= 0 ? room / stride : -((-room + stride - 1) / stride);
  int64_t output = floor + 1;
  if (ceil_mode && (output - 1) * stride >= input + padding) --output;
  return output;
}

template <typename T, typename Index>
void max_pool_forward(const PoolShape& shape, const T* x, const PoolStrides& xs, T* y, const PoolStrides& ys,
                      Index* index, const PoolStrides& is) {
  max_forward(shape, pool_windows(shape, ids_of<Index>()), x, xs, y, ys, index, is);
}

template <typename T, typename Index>
void max_pool_backward(const PoolShape& shape, const T* dy, const PoolStrides& dys, const Index* index,
                       const PoolStrides& is, T* dx, const PoolStrides& dxs) {
  max_backward(shape, pool_windows(shape, ids_of<Index>()), dy, dys, index, is, dx, dxs);
}

template <typename T>
void average_pool_forward(const PoolShape& shape, const AveragePool& options, const T* x, const PoolStrides& xs, T* y,
                          const PoolStrides& ys) {
  average_forward(shape, pool_windows(shape, PoolIds::kTap, options.count_include_pad), options.divisor_override, x, xs,
                  y, ys);
}

template <typename T>
void average_pool_backward(const PoolShape& shape, const AveragePool& options, const T* dy, const PoolStrides& dys,
                           T* dx, const PoolStrides& dxs) {
  average_backward(shape, pool_windows(shape, PoolIds::kTap, options.count_include_pad), options.divisor_override, dy,
                   dys, dx, dxs);
}

template <typename T>
void adaptive_average_pool_forward(const PoolShape& shape, const T* x, const PoolStrides& xs, T* y,
                                   const PoolStrides& ys) {
  average_forward(shape, adaptive_windows(shape), 0, x, xs, y, ys);
}

template <typename T>
void adaptive_average_pool_backward(const PoolShape& shape, const T* dy, const PoolStrides& dys, T* dx,
                                    const PoolStrides& dxs) {
  average_backward(shape, adaptive_windows(shape), 0, dy, dys, dx, dxs);
}

template <typename T>
void adaptive_max_pool_forward(const PoolShape& shape, const T* x, const PoolStrides& xs, T* y, const PoolStrides& ys,
                               int64_t* index, const PoolStrides& is) {
  max_forward(shape, adaptive_windows(shape), x, xs, y, ys, index, is);
}

template <typename T>
void adaptive_max_pool_backward(const PoolShape& shape, const T* dy, const PoolStrides& dys, const int64_t* index,
                                const PoolStrides& is, T* dx, const PoolStrides& dxs) {
  max_backward(shape, adaptive_windows(shape), dy, dys, index, is, dx, dxs);
}

#define LAMELLA_INSTANTIATE_MAX(T)                                                                                 \
  template void max_pool_forward(const PoolShape&, const T*, const PoolStrides&, T*, const PoolStrides&,           \
                                 std::uint8_t*, const PoolStrides&);                                               \
  template void max_pool_forward(const PoolShape&, const T*, const PoolStrides&, T*, const PoolStrides&, int64_t*, \
                                 const PoolStrides&);                                                              \
  template void adaptive_max_pool_forward(const PoolShape&, const T*, const PoolStrides&, T*, const PoolStrides&,  \
                                          int64_t*, const PoolStrides&);
#define LAMELLA_INSTANTIATE_AVERAGE(T)                                                                       \
  template void average_pool_forward(const PoolShape&, const AveragePool&, const T*, const PoolStrides&, T*, \
                                     const PoolStrides&);                                                    \
  template void adaptive_average_pool_forward(const PoolShape&, const T*, const PoolStrides&, T*, const PoolStrides&);
#define LAMELLA_INSTANTIATE_BACKWARD(T)                                                                               \
  template void max_pool_backward(const PoolShape&, const T*, const PoolStrides&, const std::uint8_t*,                \
                                  const PoolStrides&, T*, const PoolStrides&);                                        \
  template void max_pool_backward(const PoolShape&, const T*, const PoolStrides&, const int64_t*, const PoolStrides&, \
                                  T*, const PoolStrides&);                                                            \
  template void adaptive_max_pool_backward(const PoolShape&, const T*, const PoolStrides&, const int64_t*,            \
                                           const PoolStrides&, T*, const PoolStrides&);                               \
  template void average_pool_backward(const PoolShape&, const AveragePool&, const T*, const PoolStrides&, T*,         \
                                      const PoolStrides&);                                                            \
  template void adaptive_average_pool_backward(const PoolShape&, const T*, const PoolStrides&, T*, const PoolStrides&);
#define LAMELLA_INSTANTIATE_FLOATING(T) \
  LAMELLA_INSTANTIATE_MAX(T) LAMELLA_INSTANTIATE_AVERAGE(T) LAMELLA_INSTANTIATE_BACKWARD(T)
LAMELLA_INSTANTIATE_FLOATING(float)
LAMELLA_INSTANTIATE_FLOATING(double)
LAMELLA_INSTANTIATE_FLOATING(bfloat16)
LAMELLA_INSTANTIATE_FLOATING(float16)
LAMELLA_INSTANTIATE_MAX(std::uint8_t)
LAMELLA_INSTANTIATE_MAX(std::int8_t)
LAMELLA_INSTANTIATE_MAX(std::int16_t)
LAMELLA_INSTANTIATE_MAX(std::int32_t)
LAMELLA_INSTANTIATE_MAX(int64_t)
LAMELLA_INSTANTIATE_AVERAGE(int64_t)
#undef LAMELLA_INSTANTIATE_MAX
#undef LAMELLA_INSTANTIATE_AVERAGE
#undef LAMELLA_INSTANTIATE_BACKWARD
#undef LAMELLA_INSTANTIATE_FLOATING

}  // namespace lamella::kernels
