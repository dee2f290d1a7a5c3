// gather and index_get are one loop, and so are scatter and index_put: an operand of int64 offsets says where each
// element is in the indexed memory. For one axis the offset is the index times the stride; several index tensors are
// first summed into one tensor of offsets over the axes along which they vary.
#include "kernels/index/index.h"

#include <memory>
#include <type_traits>

#include "core/parallel.h"
#include "kernels/copy/cast.h"
#include "kernels/copy/copy.h"

namespace lamella::kernels {
namespace {

constexpr std::int64_t kGrain = 1 << 14;

// Offsets (index * scale, negative ones wrapped by extent) into indexed memory.
struct Offsets {
  ConstOperand index;
  std::int64_t extent;
  std::int64_t scale;

  void load(std::int64_t* tile, std::int64_t offset, std::int64_t stride, std::int64_t n) const {
    load_strided(tile, DType::kInt64, advance(index.data, index.dtype, offset), index.dtype, stride, n);
    for (std::int64_t i = 0; i < n; ++i) tile[i] = (tile[i] < 0 ? tile[i] + extent : tile[i]) * scale;
  }
};

// Runs of at most kTile elements along axis 0 of `plan`: fn(first flat element, n).
template <typename Fn>
void for_runs(const StridedPlan& plan, std::int64_t begin, std::int64_t end, Fn&& fn) {
  for (std::int64_t i = begin; i < end;) {
    const std::int64_t n = std::min({kTile, plan.extent[0] - i % plan.extent[0], end - i});
    fn(i, n);
    i += n;
  }
}

template <typename U>
void get_run(U* out, std::int64_t out_step, const U* in, std::int64_t in_step, const std::int64_t* offsets,
             std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i * out_step] = in[i * in_step + offsets[i]];
}

void get(Shape shape, const Operand& out, const ConstOperand& in, const Offsets& at) {
  const StridedPlan plan(shape, {out.strides, in.strides, at.index.strides});
  const std::int64_t out_step = plan.stride[0][0], in_step = plan.stride[1][0], index_step = plan.stride[2][0];
  const std::int64_t tasks = tasks_for(plan.numel * 2, kGrain);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(plan.numel, tasks, task);
    alignas(64) std::int64_t offsets[kTile];
    for_runs(plan, begin, end, [&](std::int64_t i, std::int64_t n) {
      void* to = advance(out.data, out.dtype, plan.offset(0, i));
      const void* from = advance(in.data, in.dtype, plan.offset(1, i));
      at.load(offsets, plan.offset(2, i), index_step, index_step == 0 ? 1 : n);
      if (index_step == 0 && out_step == 1) {
        return load_strided(to, out.dtype, advance(from, in.dtype, offsets[0]), in.dtype, in_step, n);
      }
      if (index_step == 0) std::fill_n(offsets + 1, n - 1, offsets[0]);
      const auto move = [&]<typename U>(U* target) {
        get_run(target, out_step, static_cast<const U*>(from), in_step, offsets, n);
      };
      switch (size_of(out.dtype)) {
        case 1:
          return move(static_cast<Bits8*>(to));
        case 2:
          return move(static_cast<Bits16*>(to));
        case 4:
          return move(static_cast<Bits32*>(to));
        default:
          return move(static_cast<Bits64*>(to));
      }
    });
  });
}

template <typename T>
T multiply(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) {
    return a && b;
  } else if constexpr (std::is_integral_v<T>) {
    using U = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
    return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
  } else if constexpr (std::is_floating_point_v<T>) {
    return a * b;
  } else {
    return T(static_cast<float>(a) * static_cast<float>(b));
  }
}
template <typename T>
T add(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) {
    return a || b;
  } else if constexpr (std::is_integral_v<T>) {
    using U = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  } else if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    return T(static_cast<float>(a) + static_cast<float>(b));
  }
}
template <typename T>
auto comparable(T x) {
  if constexpr (std::is_arithmetic_v<T>) {
    return x;
  } else {
    return static_cast<float>(x);
  }
}

template <typename T>
T combine(ScatterOp op, T old, T x) {
  const auto a = comparable(old), b = comparable(x);
  switch (op) {
    case ScatterOp::kAdd:
      return add(old, x);
    case ScatterOp::kMultiply:
      return multiply(old, x);
    case ScatterOp::kMax:
      return a != a || a > b ? old : x;
    case ScatterOp::kMin:
      return a != a || a < b ? old : x;
    case ScatterOp::kAssign:
      break;
  }
  return x;
}

template <typename T>
void put_run(ScatterOp op, T* out, std::int64_t out_step, const T* src, std::int64_t src_step,
             const std::int64_t* offsets, std::int64_t offset_step, std::int64_t n, T alpha) {
  for (std::int64_t i = 0; i < n; ++i) {
    T& target = out[i * out_step + offsets[i * offset_step]];
    const T x = src[i * src_step];
    target = op == ScatterOp::kAdd ? add(target, multiply(x, alpha)) : combine(op, target, x);
  }
}

template <typename T>
T alpha_as(double alpha) {
  if constexpr (std::is_same_v<T, bool>) {
    return alpha != 0;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::int64_t>(alpha));
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(alpha);
  } else {
    return T(static_cast<float>(alpha));
  }
}

// In the order of the plan. Where the index does not vary along axis 0 while the output does, tasks take columns of it:
// no two of them write one place.
template <typename T>
void put(ScatterOp op, Shape shape, const Operand& out, const ConstOperand& src, const Offsets& at, double alpha) {
  const StridedPlan plan(shape, {src.strides, out.strides, at.index.strides});
  const std::int64_t width = plan.extent[0];
  const std::int64_t src_step = plan.stride[0][0], out_step = plan.stride[1][0], index_step = plan.stride[2][0];
  const bool by_columns = index_step == 0 && out_step == 1 && plan.rank > 1;
  const std::int64_t tasks = by_columns ? std::min(tasks_for(plan.numel * 2, kGrain), (width + 63) / 64) : 1;
  const T factor = alpha_as<T>(alpha);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [first, last] = task_range(width, tasks, task);
    alignas(64) std::int64_t offsets[kTile];
    for (std::int64_t row = 0; row < plan.numel; row += width) {
      for (std::int64_t c = first; c < last; c += kTile) {
        const std::int64_t n = std::min(kTile, last - c);
        at.load(offsets, plan.offset(2, row + c), index_step, index_step == 0 ? 1 : n);
        put_run(op, static_cast<T*>(out.data) + plan.offset(1, row + c), out_step,
                static_cast<const T*>(src.data) + plan.offset(0, row + c), src_step, offsets, index_step == 0 ? 0 : 1,
                n, factor);
      }
    }
  });
}

void put_any(ScatterOp op, Shape shape, const Operand& out, const ConstOperand& src, const Offsets& at, double alpha) {
  visit_dtype(out.dtype, [&]<typename T>() { put<T>(op, shape, out, src, at, alpha); });
}

// The strides of an operand with the indexed axis taken out of the walk.
struct StillAt {
  std::int64_t strides[kMaxAxes];
  StillAt(Shape shape, const std::int64_t* from, int axis) {
    for (std::size_t a = 0; a < shape.size(); ++a) strides[a] = static_cast<int>(a) == axis ? 0 : from[a];
  }
};

// The sum of all index tensors' offsets, contiguous over the axes along which any of them varies.
class CombinedOffsets {
 public:
  CombinedOffsets(Shape shape, std::span<const IndexedAxis> axes) {
    std::int64_t extents[kMaxAxes];
    std::int64_t total = 1;
    for (std::size_t a = shape.size(); a-- > 0;) {
      bool varies = false;
      for (const IndexedAxis& axis : axes) varies = varies || axis.index.strides[a] != 0;
      extents[a] = varies ? shape[a] : 1;
      strides_[a] = varies ? total : 0;
      total *= extents[a];
    }
    offsets_ = std::make_unique<std::int64_t[]>(static_cast<std::size_t>(total));
    for (const IndexedAxis& axis : axes) add(Shape(extents, shape.size()), axis);
  }
  Offsets operand() const { return {{offsets_.get(), DType::kInt64, strides_}, 0, 1}; }

 private:
  void add(Shape extents, const IndexedAxis& axis) {
    const Offsets at{axis.index, axis.extent, axis.stride};
    const std::int64_t step = extents.empty() ? 1 : axis.index.strides[extents.size() - 1];
    alignas(64) std::int64_t tile[kTile];
    for_logical_rows(extents, axis.index.strides, [&](std::int64_t position, std::int64_t offset, std::int64_t n) {
      for (std::int64_t i = 0; i < n; i += kTile) {
        const std::int64_t count = std::min(kTile, n - i);
        at.load(tile, offset + i * step, step, count);
        for (std::int64_t j = 0; j < count; ++j) offsets_[static_cast<std::size_t>(position + i + j)] += tile[j];
      }
    });
  }
  std::int64_t strides_[kMaxAxes];
  std::unique_ptr<std::int64_t[]> offsets_;
};

IndexStatus check_all(Shape shape, std::span<const IndexedAxis> axes) {
  for (std::size_t k = 0; k < axes.size(); ++k) {
    IndexStatus status = check_indices(shape, axes[k].index, axes[k].extent, true);
    status.operand = static_cast<int>(k);
    if (!status.ok) return status;
  }
  return {};
}

}  // namespace

IndexStatus gather(Shape shape, int axis, std::int64_t extent, Operand out, ConstOperand in, ConstOperand index,
                   bool negative) {
  const IndexStatus status = check_indices(shape, index, extent, negative);
  if (!status.ok || numel(shape) == 0) return status;
  const StillAt still(shape, in.strides, axis);
  const std::int64_t scale = shape.empty() ? 1 : in.strides[axis];
  get(shape, out, {in.data, in.dtype, still.strides}, {index, extent, scale});
  return status;
}

IndexStatus scatter(ScatterOp op, Shape shape, int axis, std::int64_t extent, Operand out, ConstOperand src,
                    ConstOperand index, double alpha, bool negative) {
  const IndexStatus status = check_indices(shape, index, extent, negative);
  if (!status.ok || numel(shape) == 0) return status;
  const StillAt still(shape, out.strides, axis);
  const std::int64_t scale = shape.empty() ? 1 : out.strides[axis];
  put_any(op, shape, {out.data, out.dtype, still.strides}, src, {index, extent, scale}, alpha);
  return status;
}

IndexStatus index_get(Shape shape, Operand out, ConstOperand in, std::span<const IndexedAxis> axes) {
  const IndexStatus status = check_all(shape, axes);
  if (!status.ok || numel(shape) == 0) return status;
  get(shape, out, in, CombinedOffsets(shape, axes).operand());
  return status;
}

IndexStatus index_put(ScatterOp op, Shape shape, Operand out, ConstOperand src, std::span<const IndexedAxis> axes) {
  const IndexStatus status = check_all(shape, axes);
  if (!status.ok || numel(shape) == 0) return status;
  put_any(op, shape, out, src, CombinedOffsets(shape, axes).operand(), 1);
  return status;
}

}  // namespace lamella::kernels
