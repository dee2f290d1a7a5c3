// Batch normalisation: partial results [part, channel] by tasks whose bounds the shape sets, merged in the order of
// parts.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "core/parallel.h"
#include "kernels/norm/norm.h"
#include "kernels/norm/norm_blocks.h"
#include "kernels/norm/norm_walk.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

/// How the tensors of one call can be walked together, and how the work is cut.
struct Walk {
  NormShape shape;
  bool columns;   // rows of contiguous channels
  int64_t parts;  // pieces of every channel's data: row ranges, or ranges of n
};

/// [n, c] without spatial axes is one run of n along "spatial".
NormStrides flattened(const NormShape& shape, NormStrides strides) {
  return shape.spatial == 1 ? NormStrides{0, strides.channel, strides.batch} : strides;
}

Walk walk_of(const NormShape& given, std::initializer_list<NormStrides> tensors) {
  Walk walk{given, true, 1};
  if (given.spatial == 1) walk.shape = {1, given.channels, given.batch};
  for (const NormStrides& t : tensors) {
    const NormStrides s = flattened(given, t);
    const bool rows = walk.shape.batch == 1 || s.batch == walk.shape.spatial * s.spatial;
    walk.columns = walk.columns && (s.channel == 1 || walk.shape.channels == 1) && rows;
  }
  // One channel is a run if its elements are contiguous; a column of one lane would waste the vector.
  if (walk.shape.channels == 1) walk.columns = false;
  const int64_t rows = walk.shape.batch * walk.shape.spatial;
  const int64_t want = tasks_for(rows * walk.shape.channels);
  const int64_t units = walk.columns ? rows / norm_block_rows(walk.shape.channels) : walk.shape.batch;
  const int64_t shared = walk.columns ? 1 : std::max<int64_t>(1, walk.shape.channels);
  walk.parts = std::clamp<int64_t>((want + shared - 1) / shared, 1, std::max<int64_t>(1, units));
  return walk;
}

/// Calls run(first row, rows) for the blocks of part `part`.
template <typename Run>
void for_blocks(const Walk& walk, int64_t part, Run run) {
  const auto [begin, end] = task_range(walk.shape.batch * walk.shape.spatial, walk.parts, part);
  const int64_t block = norm_block_rows(walk.shape.channels);
  for (int64_t r = begin; r < end; r += block) run(r, std::min(block, end - r));
}

/// Calls run(n, first s, count) for the runs of part `part` of a channel.
template <typename Run>
void for_runs(const Walk& walk, int64_t part, Run run) {
  const auto [begin, end] = task_range(walk.shape.batch, walk.parts, part);
  for (int64_t n = begin; n < end; ++n) {
    for (int64_t s = 0; s < walk.shape.spatial; s += kNormRun) run(n, s, std::min(kNormRun, walk.shape.spatial - s));
  }
}

/// Runs columns(part) for every part, or runs(part, channel) for every part of every channel.
template <typename Columns, typename Runs>
void for_parts(const Walk& walk, Columns columns, Runs runs) {
  if (walk.columns) {
    parallel_for(walk.parts, columns);
    return;
  }
  const int64_t units = walk.parts * walk.shape.channels;
  const int64_t tasks = std::min<int64_t>(units, 64);
  parallel_for(tasks, [&](int64_t task) {
    const auto [begin, end] = task_range(units, tasks, task);
    for (int64_t unit = begin; unit < end; ++unit) runs(unit / walk.shape.channels, unit % walk.shape.channels);
  });
}

std::size_t index(int64_t i) { return static_cast<std::size_t>(i); }

template <typename T>
std::vector<Moments> moments_of(const NormShape& given, const T* x, const NormStrides& given_strides) {
  const Walk walk = walk_of(given, {given_strides});
  const NormStrides xs = flattened(given, given_strides);
  const NormFunctions<T>& kernels = norm_functions<T>();
  const int64_t channels = walk.shape.channels;
  std::vector<Moments> parts(index(walk.parts * channels));
  for_parts(
      walk,
      [&](int64_t part) {
        std::vector<T> mean(index(channels)), squares(index(channels));
        for_blocks(walk, part, [&](int64_t row, int64_t rows) {
          kernels.column_moments(rows, channels, x + row * xs.spatial, xs.spatial, mean.data(), squares.data());
          for (int64_t c = 0; c < channels; ++c) {
            parts[index(part * channels + c)].merge(static_cast<double>(rows), mean[index(c)], squares[index(c)]);
          }
        });
      },
      [&](int64_t part, int64_t c) {
        T buffer[kNormRun], mean, squares;
        for_runs(walk, part, [&](int64_t n, int64_t s, int64_t count) {
          const T* run = gathered(x + n * xs.batch + c * xs.channel + s * xs.spatial, xs.spatial, count, buffer);
          kernels.run_moments(count, run, &mean, &squares);
          parts[index(part * channels + c)].merge(static_cast<double>(count), mean, squares);
        });
      });
  for (int64_t part = 1; part < walk.parts; ++part) {
    for (int64_t c = 0; c < channels; ++c) {
      const Moments& more = parts[index(part * channels + c)];
      parts[index(c)].merge(more.count, more.mean, more.squares);
    }
  }
  parts.resize(index(channels));
  return parts;
}

/// sum dy and sum dy (x - mean) of a channel.
struct Products {
  double sum = 0;
  double product = 0;
};

/// The multiplication and addition that a normalisation amounts to.
template <typename T>
struct Linear {
  std::vector<T> scale, shift;
  Linear(int64_t channels, const ChannelAffine<T>& affine) : scale(index(channels)), shift(index(channels)) {
    for (int64_t c = 0; c < channels; ++c) {
      scale[index(c)] = affine.inverse_deviation[c] * (affine.gamma ? affine.gamma[c] : T(1));
      shift[index(c)] = (affine.beta ? affine.beta[c] : T(0)) - affine.mean[c] * scale[index(c)];
    }
  }
};

template <typename T>
std::vector<Products> products_of(const NormShape& given, const T* mean, const Linear<T>* gate, const T* dy,
                                  const NormStrides& given_dys, const T* x, const NormStrides& given_xs) {
  const Walk walk = walk_of(given, {given_dys, given_xs});
  const NormStrides dys = flattened(given, given_dys), xs = flattened(given, given_xs);
  const NormFunctions<T>& kernels = norm_functions<T>();
  const int64_t channels = walk.shape.channels;
  std::vector<Products> parts(index(walk.parts * channels));
  for_parts(
      walk,
      [&](int64_t part) {
        std::vector<T> sum(index(channels)), product(index(channels));
        for_blocks(walk, part, [&](int64_t row, int64_t rows) {
          kernels.column_products(rows, channels, dy + row * dys.spatial, dys.spatial, x + row * xs.spatial, xs.spatial,
                                  mean, gate ? gate->scale.data() : nullptr, gate ? gate->shift.data() : nullptr,
                                  sum.data(), product.data());
          for (int64_t c = 0; c < channels; ++c) {
            parts[index(part * channels + c)].sum += static_cast<double>(sum[index(c)]);
            parts[index(part * channels + c)].product += static_cast<double>(product[index(c)]);
          }
        });
      },
      [&](int64_t part, int64_t c) {
        T x_buffer[kNormRun], dy_buffer[kNormRun], sum, product;
        for_runs(walk, part, [&](int64_t n, int64_t s, int64_t count) {
          const T* values = gathered(x + n * xs.batch + c * xs.channel + s * xs.spatial, xs.spatial, count, x_buffer);
          const T* gradients =
              gathered(dy + n * dys.batch + c * dys.channel + s * dys.spatial, dys.spatial, count, dy_buffer);
          kernels.run_products(count, gradients, values, mean[c], gate ? &gate->scale[index(c)] : nullptr,
                               gate ? &gate->shift[index(c)] : nullptr, &sum, &product);
          parts[index(part * channels + c)].sum += static_cast<double>(sum);
          parts[index(part * channels + c)].product += static_cast<double>(product);
        });
      });
  for (int64_t part = 1; part < walk.parts; ++part) {
    for (int64_t c = 0; c < channels; ++c) {
      parts[index(c)].sum += parts[index(part * channels + c)].sum;
      parts[index(c)].product += parts[index(part * channels + c)].product;
    }
  }
  parts.resize(index(channels));
  return parts;
}

}  // namespace

template <typename T>
void inverse_deviations(int64_t channels, const T* variance, double epsilon, T* inverse_deviation) {
  for (int64_t c = 0; c < channels; ++c) {
    inverse_deviation[c] = static_cast<T>(1.0 / std::sqrt(static_cast<double>(variance[c]) + epsilon));
  }
}

template <typename T>
void batch_norm_moments(const NormShape& shape, const T* x, const NormStrides& x_strides, double epsilon,
                        const ChannelMoments<T>& moments, const RunningMoments<T>& running) {
  const std::vector<Moments> channels = moments_of(shape, x, x_strides);
  for (int64_t c = 0; c < shape.channels; ++c) {
    const Moments& m = channels[index(c)];
    const double variance = m.squares / m.count;
    moments.mean[c] = static_cast<T>(m.mean);
    if (moments.variance) moments.variance[c] = static_cast<T>(variance);
    if (moments.inverse_deviation) moments.inverse_deviation[c] = static_cast<T>(1.0 / std::sqrt(variance + epsilon));
    const double keep = 1.0 - running.momentum;
    if (running.mean) running.mean[c] = static_cast<T>(running.momentum * m.mean + keep * running.mean[c]);
    if (running.variance) {
      const double unbiased = m.squares / (m.count - 1.0);
      running.variance[c] = static_cast<T>(running.momentum * unbiased + keep * running.variance[c]);
    }
  }
}

template <typename T>
void batch_norm_forward(const NormShape& given, const ChannelAffine<T>& affine, const T* x, const NormStrides& given_xs,
                        T* y, const NormStrides& given_ys) {
  const Walk walk = walk_of(given, {given_xs, given_ys});
  const NormStrides xs = flattened(given, given_xs), ys = flattened(given, given_ys);
  const NormFunctions<T>& kernels = norm_functions<T>();
  const Linear<T> linear(given.channels, affine);
  for_parts(
      walk,
      [&](int64_t part) {
        for_blocks(walk, part, [&](int64_t row, int64_t rows) {
          kernels.column_affine(rows, given.channels, x + row * xs.spatial, xs.spatial, linear.scale.data(),
                                linear.shift.data(), affine.relu, y + row * ys.spatial, ys.spatial);
        });
      },
      [&](int64_t part, int64_t c) {
        T x_buffer[kNormRun], y_buffer[kNormRun];
        for_runs(walk, part, [&](int64_t n, int64_t s, int64_t count) {
          const T* in = gathered(x + n * xs.batch + c * xs.channel + s * xs.spatial, xs.spatial, count, x_buffer);
          T* out = y + n * ys.batch + c * ys.channel + s * ys.spatial;
          T* stage = staged(out, ys.spatial, y_buffer);
          kernels.run_affine(count, in, linear.scale[index(c)], linear.shift[index(c)], affine.relu, stage);
          scattered(out, ys.spatial, count, stage);
        });
      });
}

template <typename T>
void batch_norm_backward(const NormShape& given, const ChannelAffine<T>& affine, bool training, const T* dy,
                         const NormStrides& given_dys, const T* x, const NormStrides& given_xs, T* dx,
                         const NormStrides& given_dxs, T* dgamma, T* dbeta) {
  const int64_t channels = given.channels;
  const Linear<T> linear(channels, affine);
  const Linear<T>* gate = affine.relu ? &linear : nullptr;
  std::vector<T> offset(index(channels), T(0)), slope(index(channels), T(0));
  if (training || dgamma || dbeta) {
    const std::vector<Products> products = products_of(given, affine.mean, gate, dy, given_dys, x, given_xs);
    const double n = static_cast<double>(given.batch * given.spatial);
    for (int64_t c = 0; c < channels; ++c) {
      const double inverse = affine.inverse_deviation[c], factor = linear.scale[index(c)];
      if (dgamma) dgamma[c] = static_cast<T>(products[index(c)].product * inverse);
      if (dbeta) dbeta[c] = static_cast<T>(products[index(c)].sum);
      if (!training) continue;
      offset[index(c)] = static_cast<T>(factor * products[index(c)].sum / n);
      slope[index(c)] = static_cast<T>(factor * inverse * inverse * products[index(c)].product / n);
    }
  }
  if (!dx) return;
  const Walk walk = walk_of(given, {given_dys, given_xs, given_dxs});
  const NormStrides dys = flattened(given, given_dys), xs = flattened(given, given_xs),
                    dxs = flattened(given, given_dxs);
  const NormFunctions<T>& kernels = norm_functions<T>();
  for_parts(
      walk,
      [&](int64_t part) {
        for_blocks(walk, part, [&](int64_t row, int64_t rows) {
          kernels.column_gradient(rows, channels, dy + row * dys.spatial, dys.spatial, x + row * xs.spatial, xs.spatial,
                                  affine.mean, gate ? gate->scale.data() : nullptr, gate ? gate->shift.data() : nullptr,
                                  offset.data(), slope.data(), linear.scale.data(), dx + row * dxs.spatial,
                                  dxs.spatial);
        });
      },
      [&](int64_t part, int64_t c) {
        T x_buffer[kNormRun], dy_buffer[kNormRun], dx_buffer[kNormRun];
        for_runs(walk, part, [&](int64_t n, int64_t s, int64_t count) {
          const T* values = gathered(x + n * xs.batch + c * xs.channel + s * xs.spatial, xs.spatial, count, x_buffer);
          const T* gradients =
              gathered(dy + n * dys.batch + c * dys.channel + s * dys.spatial, dys.spatial, count, dy_buffer);
          T* out = dx + n * dxs.batch + c * dxs.channel + s * dxs.spatial;
          T* stage = staged(out, dxs.spatial, dx_buffer);
          kernels.run_gradient(count, gradients, values, affine.mean[c], gate ? &gate->scale[index(c)] : nullptr,
                               gate ? &gate->shift[index(c)] : nullptr, offset[index(c)], slope[index(c)],
                               linear.scale[index(c)], stage);
          scattered(out, dxs.spatial, count, stage);
        });
      });
}

#define LAMELLA_INSTANTIATE(T)                                                                                       \
  template void inverse_deviations(int64_t, const T*, double, T*);                                                   \
  template void batch_norm_moments(const NormShape&, const T*, const NormStrides&, double, const ChannelMoments<T>&, \
                                   const RunningMoments<T>&);                                                        \
  template void batch_norm_forward(const NormShape&, const ChannelAffine<T>&, const T*, const NormStrides&, T*,      \
                                   const NormStrides&);                                                              \
  template void batch_norm_backward(const NormShape&, const ChannelAffine<T>&, bool, const T*, const NormStrides&,   \
                                    const T*, const NormStrides&, T*, const NormStrides&, T*, T*);
LAMELLA_INSTANTIATE(float)
LAMELLA_INSTANTIATE(double)
#undef LAMELLA_INSTANTIATE

}  // namespace lamella::kernels
