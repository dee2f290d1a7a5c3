// The arithmetic that turns uniform numbers into others, fused and vectorised as PyTorch's is, so that the bits agree.
#pragma once

#include <cstdint>

namespace lamella {

/// x = fma(x, scale, shift).
void scale_shift(float* x, std::int64_t n, float scale, float shift);
void scale_shift(double* x, std::int64_t n, double scale, double shift);

/// Turns each 16 uniform numbers of [0, 1) into 16 normal ones, by Box and Muller's transform of the pairs (x[i],
/// x[i+8]).
void box_muller16(float* x, std::int64_t blocks, float mean, float std);
void box_muller16(double* x, std::int64_t blocks, double mean, double std);

}  // namespace lamella
