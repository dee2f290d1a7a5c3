// What depends on the order of elements: masks, nonzero, flips and rolls.
#include <algorithm>
#include <cstring>

#include "kernels/copy/cast.h"
#include "kernels/copy/copy.h"
#include "kernels/index/index.h"

namespace lamella::kernels {
namespace {

// The offset of the flat position `position` of `shape` in memory of `strides`.
std::int64_t offset_of(Shape shape, const std::int64_t* strides, std::int64_t position) {
  std::int64_t offset = 0;
  for (std::size_t a = shape.size(); a-- > 0;) {
    offset += position % shape[a] * strides[a];
    position /= shape[a];
  }
  return offset;
}

// Calls fn(position, i, n, true elements as bool tile) in order, in pieces of rows: fn(row position, first, n, flags).
template <typename Fn>
void for_flags(Shape shape, const ConstOperand& in, Fn&& fn) {
  const std::int64_t step = shape.empty() ? 1 : in.strides[shape.size() - 1];
  for_logical_rows(shape, in.strides, [&](std::int64_t position, std::int64_t offset, std::int64_t n) {
    bool flags[kTile];
    for (std::int64_t i = 0; i < n; i += kTile) {
      const std::int64_t count = std::min(kTile, n - i);
      load_strided(flags, DType::kBool, advance(in.data, in.dtype, offset + i * step), in.dtype, step, count);
      fn(position + i, count, flags);
    }
  });
}

}  // namespace

void masked_select(Shape shape, void* out, ConstOperand in, ConstOperand mask) {
  const std::size_t size = size_of(in.dtype);
  const std::int64_t step = shape.empty() ? 1 : in.strides[shape.size() - 1];
  std::byte* to = static_cast<std::byte*>(out);
  for_flags(shape, mask, [&](std::int64_t position, std::int64_t n, const bool* flags) {
    const std::byte* from = advance(in.data, in.dtype, offset_of(shape, in.strides, position));
    for (std::int64_t i = 0; i < n; ++i) {
      if (!flags[i]) continue;
      std::memcpy(to, from + i * step * static_cast<std::int64_t>(size), size);
      to += size;
    }
  });
}

void masked_scatter(Shape shape, Operand out, ConstOperand mask, const void* src) {
  const std::size_t size = size_of(out.dtype);
  const std::int64_t step = shape.empty() ? 1 : out.strides[shape.size() - 1];
  const std::byte* from = static_cast<const std::byte*>(src);
  for_flags(shape, mask, [&](std::int64_t position, std::int64_t n, const bool* flags) {
    std::byte* to = advance(out.data, out.dtype, offset_of(shape, out.strides, position));
    for (std::int64_t i = 0; i < n; ++i) {
      if (!flags[i]) continue;
      std::memcpy(to + i * step * static_cast<std::int64_t>(size), from, size);
      from += size;
    }
  });
}

void nonzero(Shape shape, std::int64_t* out, ConstOperand in) {
  const std::size_t rank = shape.size();
  for_flags(shape, in, [&](std::int64_t position, std::int64_t n, const bool* flags) {
    for (std::int64_t i = 0; i < n; ++i) {
      if (!flags[i]) continue;
      std::int64_t rest = position + i;
      for (std::size_t a = rank; a-- > 0;) {
        out[a] = rest % shape[a];
        rest /= shape[a];
      }
      out += rank;
    }
  });
}

void flip(Shape shape, std::span<const bool> flipped, Operand out, ConstOperand in) {
  if (numel(shape) == 0) return;
  std::int64_t strides[kMaxAxes];
  std::int64_t first = 0;
  for (std::size_t a = 0; a < shape.size(); ++a) {
    strides[a] = flipped[a] ? -in.strides[a] : in.strides[a];
    if (flipped[a]) first += (shape[a] - 1) * in.strides[a];
  }
  copy(shape, out, {advance(in.data, in.dtype, first), in.dtype, strides});
}

void roll(Shape shape, int axis, std::int64_t shift, Operand out, ConstOperand in) {
  if (numel(shape) == 0) return;
  if (shape.empty()) return copy(shape, out, in);
  const auto a = static_cast<std::size_t>(axis);
  const std::int64_t extent = shape[a];
  const std::int64_t moved = (shift % extent + extent) % extent;
  std::int64_t part[kMaxAxes];
  std::copy(shape.begin(), shape.end(), part);
  const Shape extents(part, shape.size());
  part[a] = extent - moved;  // the head moves up, the tail comes to the front
  copy(extents, {advance(out.data, out.dtype, moved * out.strides[a]), out.dtype, out.strides}, in);
  part[a] = moved;
  copy(extents, out, {advance(in.data, in.dtype, (extent - moved) * in.strides[a]), in.dtype, in.strides});
}

void repeat_indices(const std::int64_t* repeats, std::int64_t n, std::int64_t* out) {
  for (std::int64_t i = 0; i < n; ++i) out = std::fill_n(out, repeats[i], i);
}

}  // namespace lamella::kernels
