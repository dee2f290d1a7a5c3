// One step of an optimiser over flat arrays of n elements: parameter, gradient and state are each read and written
// once.
//
// The operations and their order are those of torch.optim's single-tensor step (2.13), scalars rounded to T where torch
// rounds them, so trajectories agree to rounding. T: float, double. Every element is independent: equal bits for any
// number of threads. Arrays must not overlap.
#pragma once

#include <cstdint>

namespace lamella::kernels {

struct SgdStep {
  double learning_rate = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
  bool first = false;  // the buffer holds nothing yet: it becomes the gradient, undamped
};

/// g = ±gradient + weight_decay p;  b = momentum b + (1 - dampening) g;  p -= learning_rate (nesterov ? g + momentum b
/// : b). `buffer` may be null when momentum is 0.
template <typename T>
void sgd_step(const SgdStep& step, std::int64_t n, T* parameter, const T* gradient, T* buffer);

struct AdamStep {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;  // AdamW: the parameter shrinks by 1 - learning_rate weight_decay instead of g growing
  bool maximize = false;
  std::int64_t step = 1;  // counted from 1, this step included
};

/// m += (1 - beta1)(g - m);  v = beta2 v + (1 - beta2) g^2;  v* = amsgrad ? max(v*, v) : v;
/// p -= learning_rate / (1 - beta1^step) m / (sqrt(v*) / sqrt(1 - beta2^step) + epsilon).
/// `largest_square` (v*) null: no amsgrad.
template <typename T>
void adam_step(const AdamStep& step, std::int64_t n, T* parameter, const T* gradient, T* mean, T* square,
               T* largest_square);

struct RmsPropStep {
  double learning_rate = 1e-2;
  double alpha = 0.99;
  double epsilon = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool maximize = false;
};

/// v = alpha v + (1 - alpha) g^2;  centred: a += (1 - alpha)(g - a), v - a^2 in place of v;
/// d = g / (sqrt(v) + epsilon);  p -= learning_rate d, or with momentum b = momentum b + d, p -= learning_rate b.
/// `mean` (a) null: not centred; `buffer` (b) may be null when momentum is 0.
template <typename T>
void rmsprop_step(const RmsPropStep& step, std::int64_t n, T* parameter, const T* gradient, T* square, T* mean,
                  T* buffer);

}  // namespace lamella::kernels
