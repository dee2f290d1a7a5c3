// Walks the output rows; nearest modes copy, everything else sums weighted taps.
#include "kernels/interpolate/interpolate.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "core/parallel.h"
#include "kernels/interpolate/interpolate_rows.h"
#include "kernels/interpolate/interpolate_taps.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

template <typename T>
InterpolateAxes axes_of(const InterpolateShape& shape) {
  using Real = std::conditional_t<std::is_same_v<T, double>, double, float>;
  return interpolate_axes<Real>(shape);
}

/// The one tap of every output.
template <typename T>
void copy_row(const InterpolateRow<T>& row) {
  const T* in = row.in + row.outer[0].position;
  for (int64_t w = 0; w < row.width; ++w) {
    const T* x = in + row.axis->of(w)[0].position * row.in_step;
    std::copy_n(x, row.channels, row.out + w * row.out_step);
  }
}

template <typename T>
void for_rows(const InterpolateShape& shape, const InterpolateAxes& axes, const std::array<int64_t, 3>& extents,
              const T* in, const InterpolateStrides& is, T* out, const InterpolateStrides& os,
              InterpolateRowFunction<T> function) {
  const bool channels_last = is.channel == 1 && os.channel == 1;
  const int64_t lines = channels_last ? 1 : shape.channels, channels = channels_last ? shape.channels : 1;
  const int64_t rows = shape.batch * lines * extents[0] * extents[1];
  if (rows <= 0 || channels <= 0 || extents[2] <= 0) return;
  int64_t taps = 1;
  for (std::size_t a = 0; a < 3; ++a) taps *= 1 + static_cast<int64_t>(axes[a].taps.size()) / extents[a];
  const int64_t tasks = std::min(rows, tasks_for(rows * extents[2] * (channels + 4) * taps));
  parallel_for(tasks, [&](int64_t task) {
    std::vector<InterpolateTap> outer;
    const auto [begin, end] = task_range(rows, tasks, task);
    for (int64_t r = begin; r < end; ++r) {
      const int64_t j = r % extents[1], i = r / extents[1] % extents[0];
      const int64_t c = r / (extents[0] * extents[1]) % lines, n = r / (extents[0] * extents[1] * lines);
      outer.clear();
      for (const InterpolateTap& a : axes[0].of(i)) {
        for (const InterpolateTap& b : axes[1].of(j)) {
          outer.push_back({a.position * is.axis[0] + b.position * is.axis[1], a.weight * b.weight});
        }
      }
      function({outer, &axes[2], extents[2], channels, in + n * is.batch + c * is.channel, is.axis[2],
                out + n * os.batch + c * os.channel + i * os.axis[0] + j * os.axis[1], os.axis[2]});
    }
  });
}

}  // namespace

template <typename T>
void interpolate_forward(const InterpolateShape& shape, const T* x, const InterpolateStrides& xs, T* y,
                         const InterpolateStrides& ys) {
  const bool nearest = shape.mode == Interpolation::kNearest || shape.mode == Interpolation::kNearestExact;
  InterpolateRowFunction<T> function = &copy_row<T>;
  if constexpr (!std::is_integral_v<T>) {
    if (!nearest) function = interpolate_row_function<T>();
  }
  for_rows(shape, axes_of<T>(shape), shape.output, x, xs, y, ys, function);
}

template <typename T>
void interpolate_backward(const InterpolateShape& shape, const T* dy, const InterpolateStrides& dys, T* dx,
                          const InterpolateStrides& dxs) {
  for_rows(shape, inverted(axes_of<T>(shape), shape.input), shape.input, dy, dys, dx, dxs,
           interpolate_row_function<T>());
}

#define LAMELLA_INSTANTIATE(T)                                                                        \
  template void interpolate_forward(const InterpolateShape&, const T*, const InterpolateStrides&, T*, \
                                    const InterpolateStrides&);
LAMELLA_INSTANTIATE(std::uint8_t)
LAMELLA_INSTANTIATE(std::int8_t)
LAMELLA_INSTANTIATE(std::int16_t)
LAMELLA_INSTANTIATE(std::int32_t)
LAMELLA_INSTANTIATE(int64_t)
#define LAMELLA_INSTANTIATE_FLOATING(T)                                                                \
  LAMELLA_INSTANTIATE(T)                                                                               \
  template void interpolate_backward(const InterpolateShape&, const T*, const InterpolateStrides&, T*, \
                                     const InterpolateStrides&);
LAMELLA_INSTANTIATE_FLOATING(float)
LAMELLA_INSTANTIATE_FLOATING(double)
LAMELLA_INSTANTIATE_FLOATING(bfloat16)
LAMELLA_INSTANTIATE_FLOATING(float16)
#undef LAMELLA_INSTANTIATE
#undef LAMELLA_INSTANTIATE_FLOATING

}  // namespace lamella::kernels
