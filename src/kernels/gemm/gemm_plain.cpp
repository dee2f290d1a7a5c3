#include "kernels/gemm/gemm_plain.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "core/parallel.h"
#include "kernels/gemm/scratch.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

/// [rows, columns] of any strides as contiguous float32.
template <typename T>
std::vector<float> widened(std::int64_t rows, std::int64_t columns, const T* x, std::int64_t row, std::int64_t column) {
  std::vector<float> wide(static_cast<std::size_t>(rows * columns));
  parallel_for(tasks_for(rows * columns), [&, tasks = tasks_for(rows * columns)](std::int64_t task) {
    const auto [begin, end] = task_range(rows, tasks, task);
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        wide[static_cast<std::size_t>(i * columns + j)] = static_cast<float>(x[i * row + j * column]);
      }
    }
  });
  return wide;
}

}  // namespace

template <typename T>
void gemm_integer(const Gemm<T>& p) {
  // Unsigned and at least 32 bits wide, so that neither overflow nor promotion to int is undefined behaviour.
  using Sum = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  const std::int64_t tasks = std::min(p.m, tasks_for(p.m * p.n * p.k));
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(p.m, tasks, task);
    const Scratch<Sum> scratch(p.n);
    Sum* sum = scratch.data();
    for (std::int64_t i = begin; i < end; ++i) {
      std::fill_n(sum, p.n, Sum(0));
      for (std::int64_t q = 0; q < p.k; ++q) {
        const Sum left = static_cast<Sum>(p.a[i * p.a_row + q * p.a_col]);
        const T* right = p.b + q * p.b_row;
        for (std::int64_t j = 0; j < p.n; ++j) sum[j] += left * static_cast<Sum>(right[j * p.b_col]);
      }
      for (std::int64_t j = 0; j < p.n; ++j) {
        T& out = p.c[i * p.c_row + j * p.c_col];
        Sum value = static_cast<Sum>(p.alpha) * sum[j];
        if (p.beta != T(0)) value += static_cast<Sum>(p.beta) * static_cast<Sum>(out);
        if (p.row_bias) value += static_cast<Sum>(p.row_bias[i]);
        if (p.column_bias) value += static_cast<Sum>(p.column_bias[j]);
        out = static_cast<T>(value);
        if (p.relu) out = std::max(out, T(0));
      }
    }
  });
}

template <typename T>
void gemm_widened(const Gemm<T>& p) {
  const float beta = static_cast<float>(p.beta);
  const std::vector<float> a = widened(p.m, p.k, p.a, p.a_row, p.a_col), b = widened(p.k, p.n, p.b, p.b_row, p.b_col);
  std::vector<float> c =
      beta != 0.0F ? widened(p.m, p.n, p.c, p.c_row, p.c_col) : std::vector<float>(static_cast<std::size_t>(p.m * p.n));
  const std::vector<float> row_bias = widened(p.row_bias ? p.m : 0, 1, p.row_bias, 1, 1),
                           column_bias = widened(p.column_bias ? p.n : 0, 1, p.column_bias, 1, 1);
  gemm(Gemm<float>{.m = p.m,
                   .n = p.n,
                   .k = p.k,
                   .a = a.data(),
                   .a_row = p.k,
                   .b = b.data(),
                   .b_row = p.n,
                   .c = c.data(),
                   .c_row = p.n,
                   .alpha = static_cast<float>(p.alpha),
                   .beta = beta,
                   .row_bias = p.row_bias ? row_bias.data() : nullptr,
                   .column_bias = p.column_bias ? column_bias.data() : nullptr,
                   .relu = p.relu});
  for (std::int64_t i = 0; i < p.m; ++i) {
    for (std::int64_t j = 0; j < p.n; ++j) {
      p.c[i * p.c_row + j * p.c_col] = T(c[static_cast<std::size_t>(i * p.n + j)]);
    }
  }
}

template void gemm_integer(const Gemm<std::uint8_t>&);
template void gemm_integer(const Gemm<std::int8_t>&);
template void gemm_integer(const Gemm<std::int16_t>&);
template void gemm_integer(const Gemm<std::int32_t>&);
template void gemm_integer(const Gemm<std::int64_t>&);
template void gemm_widened(const Gemm<bfloat16>&);
template void gemm_widened(const Gemm<float16>&);

}  // namespace lamella::kernels
