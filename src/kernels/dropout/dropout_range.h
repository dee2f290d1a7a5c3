// One range of a dropout, by instruction set. Private to this folder.
#pragma once

#include <cstdint>

#include "lamella/dtype.h"

namespace lamella::kernels {

template <typename T>
using DropoutRange = void (*)(std::int64_t n, const T* x, const std::uint8_t* mask, double scale, T* y);

struct DropoutTable {
  DropoutRange<float> f32;
  DropoutRange<double> f64;
  DropoutRange<bfloat16> bf16;
  DropoutRange<float16> f16;
};

}  // namespace lamella::kernels
