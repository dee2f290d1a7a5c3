// What the drivers in gemm.cpp call: the SIMD inner kernels of one instruction set. Private to this folder.
#pragma once

#include <cstdint>

namespace lamella::kernels {

/// What happens to a tile of sums on its way to C: C = act(alpha * sum + beta * C + row_bias[i] + column_bias[j]).
template <typename T>
struct GemmEpilogue {
  T alpha;
  T beta;
  const T* row_bias;     // of the tile's first row, or null
  const T* column_bias;  // of the tile's first column, or null
  bool relu;
};

template <typename T>
struct GemmTileFunctions {
  std::int64_t lanes;        // elements a vector
  std::int64_t max_vectors;  // widest panel of `outer_panel`

  /// C[m, vectors * lanes] (rows c_row apart) from A[m, k] (any strides) and a panel B[k, vectors * lanes] (rows b_row
  /// apart); vectors is 1, 2 or 4, at most max_vectors.
  void (*outer_panel)(std::int64_t m, std::int64_t k, std::int64_t vectors, const T* a, std::int64_t a_row,
                      std::int64_t a_col, const T* b, std::int64_t b_row, T* c, std::int64_t c_row,
                      const GemmEpilogue<T>& epilogue);

  /// dst[k, width] = B[k, n] of any strides, zeros in the columns n .. width.
  void (*pack_panel)(std::int64_t k, std::int64_t n, const T* b, std::int64_t b_row, std::int64_t b_col, T* dst,
                     std::int64_t width);

  /// C[m, n] (any strides) = epilogue of sum_k A[i,k] B[j,k], both contiguous along k.
  void (*dot_block)(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t a_row, const T* b,
                    std::int64_t b_row, T* c, std::int64_t c_row, std::int64_t c_col, const GemmEpilogue<T>& epilogue);
};

struct GemmTileTable {
  GemmTileFunctions<float> f32;
  GemmTileFunctions<double> f64;
};

/// The functions of the target in use.
template <typename T>
const GemmTileFunctions<T>& gemm_tile_functions();

}  // namespace lamella::kernels
