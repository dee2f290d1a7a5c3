// The steps over one range of elements, by instruction set. Private to this folder.
#pragma once

#include <cstdint>

#include "kernels/optim/optim.h"

namespace lamella::kernels {

template <typename T>
struct OptimFunctions {
  void (*sgd)(const SgdStep&, std::int64_t n, T* parameter, const T* gradient, T* buffer);
  void (*adam)(const AdamStep&, std::int64_t n, T* parameter, const T* gradient, T* mean, T* square, T* largest);
  void (*rmsprop)(const RmsPropStep&, std::int64_t n, T* parameter, const T* gradient, T* square, T* mean, T* buffer);
};

struct OptimTable {
  OptimFunctions<float> f32;
  OptimFunctions<double> f64;
};

}  // namespace lamella::kernels
