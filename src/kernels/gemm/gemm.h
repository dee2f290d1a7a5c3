// Matrix products on raw memory.
//
//   C[i,j] = act(alpha * sum_k A[i,k] B[k,j] + beta * C[i,j] + row_bias[i] + column_bias[j])     act: identity or ReLU
//
// Element (i,j) of X stands at x[i * x_row + j * x_col]; strides are counted in elements and may be anything (0 and
// negative ones too) for A and B, so a transpose is a swap of two strides and costs nothing; those of C must not make
// two elements coincide. A, B and the biases must not overlap C.
// As in torch, C is not read when beta is 0 (NaN in it does not spread), and ReLU keeps NaN.
//
// The order of summation depends on extents, strides and instruction set alone: any number of threads gives equal bits.
// Error: |error| <= (k + 8) eps (|alpha| sum |A||B| + |beta C| + |biases|), eps of T; 16-bit types sum in float32 and
// round once.
#pragma once

#include <cstdint>

namespace lamella::kernels {

template <typename T>
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0;  // C is [m, n]; any of them may be 0 (k = 0: an empty sum)
  const T* a = nullptr;              // [m, k]
  std::int64_t a_row = 0, a_col = 1;
  const T* b = nullptr;  // [k, n]
  std::int64_t b_row = 0, b_col = 1;
  T* c = nullptr;  // [m, n]
  std::int64_t c_row = 0, c_col = 1;
  T alpha = T(1);
  T beta = T(0);
  const T* row_bias = nullptr;     // [m], contiguous, or null
  const T* column_bias = nullptr;  // [n], contiguous, or null
  bool relu = false;
};

/// T: float, double; uint8, int8, int16, int32, int64 (wrapping as torch does); bfloat16, float16.
template <typename T>
void gemm(const Gemm<T>& problem);

/// `batch` products of one shape; A, B and C of product i start at a + i * a_batch, and so on (a_batch = 0: shared).
/// The biases are shared.
template <typename T>
void batched_gemm(const Gemm<T>& problem, std::int64_t batch, std::int64_t a_batch, std::int64_t b_batch,
                  std::int64_t c_batch);

/// How a float or double product is computed: a pure function of the problem and the instruction set.
enum class GemmPath {
  kOuter,  // broadcasts A against vectors along n; B packed into panels unless its rows can be read as they are
  kDot,  // vectors along k, summed at the end: both operands contiguous along k (a linear layer's forward), no packing
};

struct GemmPlan {
  GemmPath path;
  bool transposed;       // computes C^T = B^T A^T instead
  std::int64_t m_tasks;  // C is cut into m_tasks x n_tasks tiles …
  std::int64_t n_tasks;
  std::int64_t k_tasks;  // … and the sum into k_tasks partial sums, added in order
};

template <typename T>
GemmPlan gemm_plan(const Gemm<T>& problem);

/// gemm by a given plan, for tests and benchmarks; kDot needs a_col == 1 and b_row == 1 (after the transposition).
template <typename T>
void gemm(const Gemm<T>& problem, const GemmPlan& plan);

}  // namespace lamella::kernels
