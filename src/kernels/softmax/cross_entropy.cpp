// The class losses: negative log likelihood, and cross entropy straight from logits.
#include <algorithm>
#include <vector>

#include "kernels/softmax/softmax.h"
#include "kernels/softmax/softmax_slab.h"
#include "kernels/softmax/softmax_walk.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

/// The first element whose label is neither a class nor ignored, or -1.
int64_t bad_target(const SoftmaxShape& shape, const LossOptions& options, const int64_t* target) {
  for (int64_t i = 0; i < shape.outer * shape.inner; ++i) {
    if (target[i] != options.ignore_index && (target[i] < 0 || target[i] >= shape.axis)) return i;
  }
  return -1;
}

/// Sums of the tasks, in their order.
LossSums total_of(const std::vector<LossSums>& parts) {
  LossSums total;
  for (const LossSums& part : parts) {
    total.loss += part.loss;
    total.weight += part.weight;
  }
  return total;
}

template <typename T>
double weight_of(const T* weight, int64_t c) {
  return weight ? static_cast<double>(weight[c]) : 1.0;
}

template <typename T>
double sum_of_weights(const SoftmaxShape& shape, const T* weight) {
  double sum = 0;
  for (int64_t c = 0; c < shape.axis; ++c) sum += weight_of(weight, c);
  return sum;
}

}  // namespace

template <typename T>
LossSums nll_forward(const SoftmaxShape& shape, const LossOptions& options, const T* x, const int64_t* target,
                     const T* weight, T* loss) {
  LossSums sums;
  sums.bad_target = bad_target(shape, options, target);
  if (sums.bad_target >= 0) return sums;
  for (int64_t o = 0; o < shape.outer; ++o) {
    for (int64_t i = 0; i < shape.inner; ++i) {
      const int64_t line = o * shape.inner + i, t = target[line];
      const bool ignored = t == options.ignore_index;
      const double w = ignored ? 0.0 : weight_of(weight, t);
      const double value = ignored ? 0.0 : -w * static_cast<double>(x[(o * shape.axis + t) * shape.inner + i]);
      if (loss) loss[line] = static_cast<T>(value);
      sums.loss += value;
      sums.weight += w;
    }
  }
  return sums;
}

template <typename T>
void nll_backward(const SoftmaxShape& shape, const LossOptions& options, const int64_t* target, const T* weight,
                  const T* gradient, int64_t gradient_step, double scale, T* dx) {
  std::fill_n(dx, shape.outer * shape.axis * shape.inner, T(0));
  for (int64_t o = 0; o < shape.outer; ++o) {
    for (int64_t i = 0; i < shape.inner; ++i) {
      const int64_t line = o * shape.inner + i, t = target[line];
      if (t == options.ignore_index) continue;
      dx[(o * shape.axis + t) * shape.inner + i] =
          static_cast<T>(-weight_of(weight, t) * static_cast<double>(gradient[line * gradient_step]) * scale);
    }
  }
}

template <typename T>
LossSums cross_entropy_forward(const SoftmaxShape& shape, const LossOptions& options, const T* x, const int64_t* target,
                               const T* weight, T* loss, T* log_sum_exp) {
  LossSums bad;
  bad.bad_target = bad_target(shape, options, target);
  if (bad.bad_target >= 0) return bad;
  const double smoothing = options.label_smoothing, all_weights = sum_of_weights(shape, weight);
  std::vector<LossSums> parts(static_cast<std::size_t>(std::max<int64_t>(1, SoftmaxCut(shape).tasks)));
  for_slabs<T>(shape, [&](const SoftmaxSlab<T>& slab, int64_t at, int64_t first, int64_t task) {
    T weighted[SoftmaxCut::kSlabLines];
    softmax_functions<T>().log_sum_exp(slab, x + at, weight, log_sum_exp + first, smoothing != 0 ? weighted : nullptr);
    LossSums& sums = parts[static_cast<std::size_t>(task)];
    for (int64_t i = 0; i < slab.count; ++i) {
      const int64_t t = target[first + i];
      double value = 0;
      if (t != options.ignore_index) {
        const double lse = log_sum_exp[first + i], w = weight_of(weight, t);
        value = (1 - smoothing) * w * (lse - static_cast<double>(x[at + t * slab.stride + i]));
        if (smoothing != 0) {
          value += smoothing / static_cast<double>(shape.axis) * (lse * all_weights - static_cast<double>(weighted[i]));
        }
        sums.weight += w;
      }
      if (loss) loss[first + i] = static_cast<T>(value);
      sums.loss += value;
    }
  });
  return total_of(parts);
}

template <typename T>
void cross_entropy_backward(const SoftmaxShape& shape, const LossOptions& options, const T* x, const int64_t* target,
                            const T* weight, const T* log_sum_exp, const T* gradient, int64_t gradient_step,
                            double scale, T* dx) {
  const double smoothing = options.label_smoothing, all_weights = sum_of_weights(shape, weight);
  for_slabs<T>(shape, [&](const SoftmaxSlab<T>& slab, int64_t at, int64_t first, int64_t) {
    T p[SoftmaxCut::kSlabLines], q[SoftmaxCut::kSlabLines], hit[SoftmaxCut::kSlabLines];
    for (int64_t i = 0; i < slab.count; ++i) {
      const int64_t t = target[first + i];
      const bool ignored = t == options.ignore_index;
      const double g = ignored ? 0.0 : static_cast<double>(gradient[(first + i) * gradient_step]) * scale;
      const double on_target = ignored ? 0.0 : g * (1 - smoothing) * weight_of(weight, t);
      const double on_all = g * smoothing / static_cast<double>(shape.axis);
      p[i] = static_cast<T>(on_target + on_all * all_weights);
      q[i] = static_cast<T>(on_all);
      hit[i] = static_cast<T>(on_target);
    }
    softmax_functions<T>().gradient(slab, x + at, weight, log_sum_exp + first, p, q, dx + at);
    for (int64_t i = 0; i < slab.count; ++i) {
      const int64_t t = target[first + i];
      if (t == options.ignore_index) {
        // NaN logits of an ignored element must not reach the gradient as 0 * NaN.
        for (int64_t c = 0; c < slab.axis; ++c) dx[at + c * slab.stride + i] = T(0);
      } else {
        dx[at + t * slab.stride + i] -= hit[i];
      }
    }
  });
}

#define LAMELLA_INSTANTIATE(T)                                                                                         \
  template LossSums nll_forward(const SoftmaxShape&, const LossOptions&, const T*, const int64_t*, const T*, T*);      \
  template void nll_backward(const SoftmaxShape&, const LossOptions&, const int64_t*, const T*, const T*, int64_t,     \
                             double, T*);                                                                              \
  template LossSums cross_entropy_forward(const SoftmaxShape&, const LossOptions&, const T*, const int64_t*, const T*, \
                                          T*, T*);                                                                     \
  template void cross_entropy_backward(const SoftmaxShape&, const LossOptions&, const T*, const int64_t*, const T*,    \
                                       const T*, const T*, int64_t, double, T*);
LAMELLA_INSTANTIATE(float)
LAMELLA_INSTANTIATE(double)
#undef LAMELLA_INSTANTIATE

}  // namespace lamella::kernels
