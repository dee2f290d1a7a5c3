// Group normalisation, and with it layer and instance normalisation: (n, group) by (n, group), each by the runs of its
// channels where s is contiguous, by columns otherwise.
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.h"
#include "kernels/norm/norm.h"
#include "kernels/norm/norm_blocks.h"
#include "kernels/norm/norm_walk.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

std::size_t index(int64_t i) { return static_cast<std::size_t>(i); }

/// Columns serve channels that are contiguous in all tensors; anything else goes run by run.
bool by_columns(const NormShape& shape, const NormStrides& a, const NormStrides& b, const NormStrides& c) {
  const bool contiguous = a.channel == 1 && b.channel == 1 && c.channel == 1;
  return contiguous && (shape.spatial == 1 || a.spatial != 1);
}

/// Calls run(first s, count) over the blocks of s.
template <typename Run>
void for_pieces(int64_t spatial, int64_t piece, Run run) {
  for (int64_t s = 0; s < spatial; s += piece) run(s, std::min(piece, spatial - s));
}

/// Mean and squares of one group at x, `channels` of them.
template <typename T>
Moments group_moments(const NormFunctions<T>& kernels, bool columns, int64_t channels, int64_t spatial, const T* x,
                      const NormStrides& xs, std::vector<T>& work) {
  Moments moments;
  const auto add_run = [&](const T* run, int64_t count) {
    T mean, squares;
    kernels.run_moments(count, run, &mean, &squares);
    moments.merge(static_cast<double>(count), mean, squares);
  };
  if (columns && spatial == 1) {
    for_pieces(channels, kNormRun, [&](int64_t c, int64_t count) { add_run(x + c, count); });
  } else if (columns) {
    T *mean = work.data(), *squares = work.data() + channels;
    for_pieces(spatial, norm_block_rows(channels), [&](int64_t s, int64_t rows) {
      kernels.column_moments(rows, channels, x + s * xs.spatial, xs.spatial, mean, squares);
      for (int64_t c = 0; c < channels; ++c) moments.merge(static_cast<double>(rows), mean[c], squares[c]);
    });
  } else {
    for (int64_t c = 0; c < channels; ++c) {
      for_pieces(spatial, kNormRun, [&](int64_t s, int64_t count) {
        T buffer[kNormRun];
        add_run(gathered(x + c * xs.channel + s * xs.spatial, xs.spatial, count, buffer), count);
      });
    }
  }
  return moments;
}

template <typename T>
void group_affine(const NormFunctions<T>& kernels, bool columns, int64_t channels, int64_t spatial, const T* x,
                  const NormStrides& xs, const T* scale, const T* shift, T* y, const NormStrides& ys) {
  if (columns) {
    kernels.column_affine(spatial, channels, x, xs.spatial, scale, shift, false, y, ys.spatial);
    return;
  }
  for (int64_t c = 0; c < channels; ++c) {
    for_pieces(spatial, kNormRun, [&](int64_t s, int64_t count) {
      T x_buffer[kNormRun], y_buffer[kNormRun];
      T* out = y + c * ys.channel + s * ys.spatial;
      T* stage = staged(out, ys.spatial, y_buffer);
      kernels.run_affine(count, gathered(x + c * xs.channel + s * xs.spatial, xs.spatial, count, x_buffer), scale[c],
                         shift[c], false, stage);
      scattered(out, ys.spatial, count, stage);
    });
  }
}

/// sums[c] = sum over s of dy, products[c] = sum of dy (x - mean).
template <typename T>
void group_products(const NormFunctions<T>& kernels, bool columns, int64_t channels, int64_t spatial, const T* dy,
                    const NormStrides& dys, const T* x, const NormStrides& xs, T mean, std::vector<T>& work,
                    double* sums, double* products) {
  std::fill_n(sums, channels, 0.0);
  std::fill_n(products, channels, 0.0);
  if (columns) {
    T *sum = work.data(), *product = sum + channels, *means = product + channels;
    std::fill_n(means, channels, mean);
    for_pieces(spatial, norm_block_rows(channels), [&](int64_t s, int64_t rows) {
      kernels.column_products(rows, channels, dy + s * dys.spatial, dys.spatial, x + s * xs.spatial, xs.spatial, means,
                              nullptr, nullptr, sum, product);
      for (int64_t c = 0; c < channels; ++c) {
        sums[c] += static_cast<double>(sum[c]);
        products[c] += static_cast<double>(product[c]);
      }
    });
    return;
  }
  for (int64_t c = 0; c < channels; ++c) {
    for_pieces(spatial, kNormRun, [&](int64_t s, int64_t count) {
      T x_buffer[kNormRun], dy_buffer[kNormRun], sum, product;
      kernels.run_products(count, gathered(dy + c * dys.channel + s * dys.spatial, dys.spatial, count, dy_buffer),
                           gathered(x + c * xs.channel + s * xs.spatial, xs.spatial, count, x_buffer), mean, nullptr,
                           nullptr, &sum, &product);
      sums[c] += static_cast<double>(sum);
      products[c] += static_cast<double>(product);
    });
  }
}

/// dx = dy factor[c] - offset - (x - mean) slope
template <typename T>
void group_gradient(const NormFunctions<T>& kernels, bool columns, int64_t channels, int64_t spatial, const T* dy,
                    const NormStrides& dys, const T* x, const NormStrides& xs, T mean, const T* factor, T offset,
                    T slope, std::vector<T>& work, T* dx, const NormStrides& dxs) {
  if (columns) {
    T *means = work.data(), *offsets = means + channels, *slopes = offsets + channels;
    std::fill_n(means, channels, mean);
    std::fill_n(offsets, channels, offset);
    std::fill_n(slopes, channels, slope);
    kernels.column_gradient(spatial, channels, dy, dys.spatial, x, xs.spatial, means, nullptr, nullptr, offsets, slopes,
                            factor, dx, dxs.spatial);
    return;
  }
  for (int64_t c = 0; c < channels; ++c) {
    for_pieces(spatial, kNormRun, [&](int64_t s, int64_t count) {
      T x_buffer[kNormRun], dy_buffer[kNormRun], dx_buffer[kNormRun];
      T* out = dx + c * dxs.channel + s * dxs.spatial;
      T* stage = staged(out, dxs.spatial, dx_buffer);
      kernels.run_gradient(count, gathered(dy + c * dys.channel + s * dys.spatial, dys.spatial, count, dy_buffer),
                           gathered(x + c * xs.channel + s * xs.spatial, xs.spatial, count, x_buffer), mean, nullptr,
                           nullptr, offset, slope, factor[c], stage);
      scattered(out, dxs.spatial, count, stage);
    });
  }
}

}  // namespace

template <typename T>
void group_norm_forward(const NormShape& shape, int64_t groups, double epsilon, const T* x, const NormStrides& xs,
                        const T* gamma, const T* beta, T* y, const NormStrides& ys, T* mean, T* inverse_deviation) {
  const NormFunctions<T>& kernels = norm_functions<T>();
  const int64_t channels = shape.channels / groups, units = shape.batch * groups;
  const bool columns = by_columns(shape, xs, ys, ys);
  const int64_t tasks = std::min(units, tasks_for(units * channels * shape.spatial));
  parallel_for(tasks, [&](int64_t task) {
    std::vector<T> work(index(2 * channels)), scale(index(channels)), shift(index(channels));
    const auto [begin, end] = task_range(units, tasks, task);
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t n = unit / groups, first = unit % groups * channels;
      const T* group = x + n * xs.batch + first * xs.channel;
      const Moments m = group_moments(kernels, columns, channels, shape.spatial, group, xs, work);
      mean[unit] = static_cast<T>(m.mean);
      inverse_deviation[unit] = static_cast<T>(1.0 / std::sqrt(m.squares / m.count + epsilon));
      for (int64_t c = 0; c < channels; ++c) {
        scale[index(c)] = inverse_deviation[unit] * (gamma ? gamma[first + c] : T(1));
        shift[index(c)] = (beta ? beta[first + c] : T(0)) - mean[unit] * scale[index(c)];
      }
      group_affine(kernels, columns, channels, shape.spatial, group, xs, scale.data(), shift.data(),
                   y + n * ys.batch + first * ys.channel, ys);
    }
  });
}

template <typename T>
void group_norm_backward(const NormShape& shape, int64_t groups, const T* dy, const NormStrides& dys, const T* x,
                         const NormStrides& xs, const T* mean, const T* inverse_deviation, const T* gamma, T* dx,
                         const NormStrides& dxs, T* dgamma, T* dbeta) {
  const NormFunctions<T>& kernels = norm_functions<T>();
  const int64_t channels = shape.channels / groups;
  const bool columns = by_columns(shape, xs, dys, dx ? dxs : dys);
  const int64_t tasks =
      std::max<int64_t>(1, std::min(shape.batch, tasks_for(shape.batch * shape.channels * shape.spatial, 32768, 16)));
  std::vector<double> gammas(index(tasks * shape.channels), 0.0), betas(gammas.size(), 0.0);
  const double elements = static_cast<double>(channels * shape.spatial);
  parallel_for(tasks, [&](int64_t task) {
    std::vector<T> work(index(3 * channels)), factor(index(channels));
    std::vector<double> sums(index(channels)), products(index(channels));
    const auto [begin, end] = task_range(shape.batch, tasks, task);
    for (int64_t unit = begin * groups; unit < end * groups; ++unit) {
      const int64_t n = unit / groups, first = unit % groups * channels;
      const T *gradients = dy + n * dys.batch + first * dys.channel, *values = x + n * xs.batch + first * xs.channel;
      group_products(kernels, columns, channels, shape.spatial, gradients, dys, values, xs, mean[unit], work,
                     sums.data(), products.data());
      const double inverse = inverse_deviation[unit];
      double sum = 0, product = 0;
      for (int64_t c = 0; c < channels; ++c) {
        const double weight = gamma ? static_cast<double>(gamma[first + c]) : 1.0;
        sum += weight * sums[index(c)];
        product += weight * products[index(c)];
        factor[index(c)] = static_cast<T>(weight * inverse);
        gammas[index(task * shape.channels + first + c)] += products[index(c)] * inverse;
        betas[index(task * shape.channels + first + c)] += sums[index(c)];
      }
      if (!dx) continue;
      group_gradient(kernels, columns, channels, shape.spatial, gradients, dys, values, xs, mean[unit], factor.data(),
                     static_cast<T>(inverse * sum / elements),
                     static_cast<T>(inverse * inverse * inverse * product / elements), work,
                     dx + n * dxs.batch + first * dxs.channel, dxs);
    }
  });
  for (int64_t c = 0; c < shape.channels; ++c) {
    double sum_gamma = 0, sum_beta = 0;
    for (int64_t task = 0; task < tasks; ++task) {
      sum_gamma += gammas[index(task * shape.channels + c)];
      sum_beta += betas[index(task * shape.channels + c)];
    }
    if (dgamma) dgamma[c] = static_cast<T>(sum_gamma);
    if (dbeta) dbeta[c] = static_cast<T>(sum_beta);
  }
}

#define LAMELLA_INSTANTIATE(T)                                                                                \
  template void group_norm_forward(const NormShape&, int64_t, double, const T*, const NormStrides&, const T*, \
                                   const T*, T*, const NormStrides&, T*, T*);                                 \
  template void group_norm_backward(const NormShape&, int64_t, const T*, const NormStrides&, const T*,        \
                                    const NormStrides&, const T*, const T*, const T*, T*, const NormStrides&, T*, T*);
LAMELLA_INSTANTIATE(float)
LAMELLA_INSTANTIATE(double)
#undef LAMELLA_INSTANTIATE

}  // namespace lamella::kernels
