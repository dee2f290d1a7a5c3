// What the kernels that walk over strided memory have in common: operands, and the plan of a walk.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include <lamella/dtype.h>

namespace lamella::kernels {

/// Extents, outermost axis first: 0 to 64 axes, any extent may be 0.
using Shape = std::span<const std::int64_t>;

/// Where an output's elements are. `strides` are in elements, one an axis of the shape; 0 repeats along the axis.
struct Operand {
  void* data;
  DType dtype;
  const std::int64_t* strides;
};

/// The same for an input.
struct ConstOperand {
  const void* data;
  DType dtype;
  const std::int64_t* strides;
  ConstOperand() = default;
  ConstOperand(const void* pointer, DType type, const std::int64_t* steps)
      : data(pointer), dtype(type), strides(steps) {}
  ConstOperand(const Operand& o) : data(o.data), dtype(o.dtype), strides(o.strides) {}
};

inline constexpr int kMaxAxes = 64;
inline constexpr int kMaxOperands = 4;  ///< one output with up to three inputs
/// Elements of a stack tile through which operands of another dtype or stride are brought.
inline constexpr std::int64_t kTile = 1024;
inline constexpr std::size_t kTileBytes = kTile * 8;

/// Elements of any dtype of a size, moved without being looked at. (Structs, since an attribute of a plain type would
/// be lost in template arguments.)
struct [[gnu::may_alias]] Bits8 {
  std::uint8_t bits;
};
struct [[gnu::may_alias]] Bits16 {
  std::uint16_t bits;
};
struct [[gnu::may_alias]] Bits32 {
  std::uint32_t bits;
};
struct [[gnu::may_alias]] Bits64 {
  std::uint64_t bits;
};

inline std::int64_t numel(Shape shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

/// Whether `strides` are those of plain row-major memory; the strides of axes of extent 1 do not matter.
inline bool is_contiguous(Shape shape, const std::int64_t* strides) {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

inline std::byte* advance(void* data, DType dtype, std::int64_t elements) {
  return static_cast<std::byte*>(data) + elements * static_cast<std::int64_t>(size_of(dtype));
}
inline const std::byte* advance(const void* data, DType dtype, std::int64_t elements) {
  return static_cast<const std::byte*>(data) + elements * static_cast<std::int64_t>(size_of(dtype));
}

/// A walk over all elements in the order of the first operand's memory: axes sorted by its strides (innermost first,
/// ties by the next operand's), axes of extent 1 dropped, neighbours that advance alike in every operand merged. Flat
/// index i of the walk counts axis 0 fastest.
struct StridedPlan {
  int rank;
  int operands;
  std::int64_t numel;
  std::int64_t extent[kMaxAxes];
  std::int64_t stride[kMaxOperands][kMaxAxes];

  StridedPlan(Shape shape, std::initializer_list<const std::int64_t*> strides)
      : StridedPlan(shape, std::span(strides.begin(), strides.size())) {}
  StridedPlan(Shape shape, std::span<const std::int64_t* const> strides);

  /// Element i of the walk is element i of the operand's memory.
  bool is_dense(int operand) const;
  /// The operand is one element.
  bool is_scalar(int operand) const { return rank == 1 && (stride[operand][0] == 0 || extent[0] == 1); }
  /// The operand repeats after every run of axis 0.
  bool repeats_rows(int operand) const;
  /// The operand's offset, in elements, of the walk's element i.
  std::int64_t offset(int operand, std::int64_t i) const;
};

/// The position of a walk that goes from one run along axis 0 to the next without dividing.
class RunCursor {
 public:
  RunCursor(const StridedPlan& plan, std::int64_t run) : plan_(plan) {
    for (int k = 0; k < plan.operands; ++k) offset_[k] = 0;
    for (int a = 1; a < plan.rank; ++a) {
      index_[a] = run % plan.extent[a];
      run /= plan.extent[a];
      for (int k = 0; k < plan.operands; ++k) offset_[k] += index_[a] * plan.stride[k][a];
    }
  }
  /// The operand's offset, in elements, of the run's first element.
  std::int64_t offset(int operand) const { return offset_[operand]; }
  void next() {
    for (int a = 1; a < plan_.rank; ++a) {
      for (int k = 0; k < plan_.operands; ++k) offset_[k] += plan_.stride[k][a];
      if (++index_[a] < plan_.extent[a]) return;
      for (int k = 0; k < plan_.operands; ++k) offset_[k] -= plan_.extent[a] * plan_.stride[k][a];
      index_[a] = 0;
    }
  }

 private:
  const StridedPlan& plan_;
  std::int64_t index_[kMaxAxes];
  std::int64_t offset_[kMaxOperands];
};

/// Calls fn(offset, n, done) for the runs along axis 0 that make up the walk's elements [start, start + count):
/// `offset` in elements into the operand's memory, `done` elements were passed before.
template <typename Fn>
void for_rows(const StridedPlan& plan, int operand, std::int64_t start, std::int64_t count, Fn&& fn) {
  if (count <= 0) return;
  std::int64_t index[kMaxAxes];
  std::int64_t offset = 0;
  const std::int64_t* stride = plan.stride[operand];
  std::int64_t rest = start;
  for (int a = 0; a < plan.rank; ++a) {
    index[a] = rest % plan.extent[a];
    rest /= plan.extent[a];
    offset += index[a] * stride[a];
  }
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t n = std::min(plan.extent[0] - index[0], count - done);
    fn(offset, n, done);
    done += n;
    offset -= index[0] * stride[0];
    index[0] = 0;
    for (int a = 1; a < plan.rank; ++a) {
      offset += stride[a];
      if (++index[a] < plan.extent[a]) break;
      offset -= index[a] * stride[a];
      index[a] = 0;
    }
  }
}

}  // namespace lamella::kernels
