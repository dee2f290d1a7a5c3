// 4 x 4 blocks of 4-byte elements are transposed in 128-bit registers: 4 loads, 8 shuffles and 4 stores for 64 bytes,
// which is faster than memory on every x86-64 and ARM core; wider registers would need edges of 8 or 16 elements, and
// channel counts are often smaller. Other sizes and the edges are plain loops.
#include "kernels/copy/transpose.h"

#include <cstring>

#include "kernels/strided.h"

namespace lamella::kernels {
namespace {

using Four [[gnu::vector_size(16)]] = float;

Four load(const Bits32* p) {
  Four v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

void transpose_4x4(Bits32* out, std::int64_t out_stride, const Bits32* in, std::int64_t in_stride) {
  const Four a = load(in), b = load(in + in_stride), c = load(in + 2 * in_stride), d = load(in + 3 * in_stride);
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Four rows[4] = {
      __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
      __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  for (int i = 0; i < 4; ++i) std::memcpy(out + i * out_stride, &rows[i], sizeof(Four));
}

template <typename U>
void transpose_plain(U* out, std::int64_t out_stride, const U* in, std::int64_t in_stride, std::int64_t rows,
                     std::int64_t columns) {
  if (columns < rows) {
    for (std::int64_t c = 0; c < columns; ++c) {
      for (std::int64_t r = 0; r < rows; ++r) out[r * out_stride + c] = in[c * in_stride + r];
    }
  } else {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) out[r * out_stride + c] = in[c * in_stride + r];
    }
  }
}

void transpose_four_bytes(Bits32* out, std::int64_t out_stride, const Bits32* in, std::int64_t in_stride,
                          std::int64_t rows, std::int64_t columns) {
  const std::int64_t whole_rows = rows & ~std::int64_t{3};
  const std::int64_t whole_columns = columns & ~std::int64_t{3};
  for (std::int64_t r = 0; r < whole_rows; r += 4) {
    for (std::int64_t c = 0; c < whole_columns; c += 4) {
      transpose_4x4(out + r * out_stride + c, out_stride, in + c * in_stride + r, in_stride);
    }
  }
  transpose_plain(out + whole_columns, out_stride, in + whole_columns * in_stride, in_stride, whole_rows,
                  columns - whole_columns);
  transpose_plain(out + whole_rows * out_stride, out_stride, in + whole_rows, in_stride, rows - whole_rows, columns);
}

}  // namespace

void transpose_block(std::int64_t size, void* out, std::int64_t out_stride, const void* in, std::int64_t in_stride,
                     std::int64_t rows, std::int64_t columns) {
  const auto plain = [&]<typename U>(U* to) {
    transpose_plain(to, out_stride, static_cast<const U*>(in), in_stride, rows, columns);
  };
  switch (size) {
    case 1:
      return plain(static_cast<Bits8*>(out));
    case 2:
      return plain(static_cast<Bits16*>(out));
    case 4:
      return transpose_four_bytes(static_cast<Bits32*>(out), out_stride, static_cast<const Bits32*>(in), in_stride,
                                  rows, columns);
    default:
      return plain(static_cast<Bits64*>(out));
  }
}

}  // namespace lamella::kernels
