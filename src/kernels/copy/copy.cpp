#include "kernels/copy/copy.h"

#include <cstring>

#include "core/parallel.h"
#include "kernels/copy/cast.h"
#include "kernels/copy/transpose.h"

namespace lamella::kernels {
namespace {

constexpr std::int64_t kGrain = 1 << 18;  // bytes moved that are worth a task

void copy_flat(std::int64_t n, const Operand& out, const ConstOperand& in) {
  const std::int64_t bytes = static_cast<std::int64_t>(size_of(out.dtype) + size_of(in.dtype));
  const std::int64_t tasks = tasks_for(n * bytes, kGrain);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(n, tasks, task);
    load_strided(advance(out.data, out.dtype, begin), out.dtype, advance(in.data, in.dtype, begin), in.dtype, 1,
                 end - begin);
  });
}

// The axis along which the input is contiguous while the output is so along axis 0; 0 if there is none.
int transposed_axis(const StridedPlan& plan) {
  if (plan.stride[0][0] != 1 || plan.extent[0] < 2) return 0;
  for (int a = 1; a < plan.rank; ++a) {
    if (plan.stride[1][a] == 1 && plan.extent[a] >= 2) return a;
  }
  return 0;
}

// Blocks of axis 0 by `axis`, for each index of the other axes.
void copy_transposing(const StridedPlan& plan, int axis, const Operand& out, const ConstOperand& in) {
  const std::int64_t columns = plan.extent[0];  // contiguous in the output
  const std::int64_t rows = plan.extent[axis];  // contiguous in the input
  const std::int64_t size = static_cast<std::int64_t>(size_of(out.dtype));
  const auto edge = [](std::int64_t extent, std::int64_t other) {  // a narrow matrix takes longer blocks
    return std::min(
        extent, kTransposeBlock * std::max<std::int64_t>(1, kTransposeBlock / (2 * std::max<std::int64_t>(other, 8))));
  };
  const std::int64_t row_edge = edge(rows, columns), column_edge = edge(columns, rows);
  const std::int64_t row_blocks = (rows + row_edge - 1) / row_edge;
  const std::int64_t column_blocks = (columns + column_edge - 1) / column_edge;
  const std::int64_t blocks = plan.numel / (rows * columns) * row_blocks * column_blocks;
  const std::int64_t tasks = tasks_for(2 * plan.numel * size, kGrain);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(blocks, tasks, task);
    for (std::int64_t b = begin; b < end; ++b) {
      const std::int64_t c = b % column_blocks * column_edge;
      const std::int64_t r = b / column_blocks % row_blocks * row_edge;
      std::int64_t to = r * plan.stride[0][axis] + c, from = c * plan.stride[1][0] + r;
      std::int64_t rest = b / column_blocks / row_blocks;
      for (int a = 1; a < plan.rank; ++a) {
        if (a == axis) continue;
        to += rest % plan.extent[a] * plan.stride[0][a];
        from += rest % plan.extent[a] * plan.stride[1][a];
        rest /= plan.extent[a];
      }
      transpose_block(size, advance(out.data, out.dtype, to), plan.stride[0][axis], advance(in.data, in.dtype, from),
                      plan.stride[1][0], std::min(row_edge, rows - r), std::min(column_edge, columns - c));
    }
  });
}

// Runs along axis 0, in tasks of whole runs.
void copy_runs(const StridedPlan& plan, const Operand& out, const ConstOperand& in) {
  const std::int64_t bytes = static_cast<std::int64_t>(size_of(out.dtype) + size_of(in.dtype));
  const std::int64_t tasks = tasks_for(plan.numel * bytes, kGrain);
  parallel_for(tasks, [&](std::int64_t task) {
    auto [i, end] = task_range(plan.numel, tasks, task);
    alignas(64) std::byte tile[kTileBytes];
    if (plan.stride[0][0] == 1 || plan.stride[1][0] == 1) {
      for (const std::int64_t n0 = plan.extent[0]; i < end;) {
        const std::int64_t n = std::min(n0 - i % n0, end - i);
        void* to = advance(out.data, out.dtype, plan.offset(0, i));
        const void* from = advance(in.data, in.dtype, plan.offset(1, i));
        if (plan.stride[0][0] == 1) {
          load_strided(to, out.dtype, from, in.dtype, plan.stride[1][0], n);
        } else {
          store_strided(to, out.dtype, plan.stride[0][0], from, in.dtype, n);
        }
        i += n;
      }
      return;
    }
    for (std::int64_t n; i < end; i += n) {
      n = std::min(kTile, end - i);
      for_rows(plan, 1, i, n, [&](std::int64_t offset, std::int64_t count, std::int64_t done) {
        load_strided(advance(tile, out.dtype, done), out.dtype, advance(in.data, in.dtype, offset), in.dtype,
                     plan.stride[1][0], count);
      });
      for_rows(plan, 0, i, n, [&](std::int64_t offset, std::int64_t count, std::int64_t done) {
        store_strided(advance(out.data, out.dtype, offset), out.dtype, plan.stride[0][0],
                      advance(tile, out.dtype, done), out.dtype, count);
      });
    }
  });
}

}  // namespace

void copy(Shape shape, Operand out, ConstOperand in) {
  const std::int64_t n = numel(shape);
  if (n == 0) return;
  if (is_contiguous(shape, out.strides) && is_contiguous(shape, in.strides)) return copy_flat(n, out, in);
  const StridedPlan plan(shape, {out.strides, in.strides});
  if (plan.is_dense(0) && plan.is_dense(1)) return copy_flat(n, out, in);
  if (const int axis = transposed_axis(plan); axis != 0 && out.dtype == in.dtype) {
    return copy_transposing(plan, axis, out, in);
  }
  copy_runs(plan, out, in);
}

void fill(Shape shape, Operand out, const void* value) {
  const std::int64_t n = numel(shape);
  if (n == 0) return;
  const StridedPlan plan(shape, {out.strides});
  const std::int64_t tasks = tasks_for(n * static_cast<std::int64_t>(size_of(out.dtype)), kGrain);
  alignas(8) std::byte element[8];
  std::memcpy(element, value, size_of(out.dtype));
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(n, tasks, task);
    alignas(64) std::byte tile[kTileBytes];
    const std::int64_t prepared = std::min(kTile, end - begin);
    if (plan.stride[0][0] != 1) load_strided(tile, out.dtype, element, out.dtype, 0, prepared);
    for_rows(plan, 0, begin, end - begin, [&](std::int64_t offset, std::int64_t count, std::int64_t) {
      if (plan.stride[0][0] == 1) {
        load_strided(advance(out.data, out.dtype, offset), out.dtype, element, out.dtype, 0, count);
        return;
      }
      for (std::int64_t i = 0; i < count; i += kTile) {
        store_strided(advance(out.data, out.dtype, offset + i * plan.stride[0][0]), out.dtype, plan.stride[0][0], tile,
                      out.dtype, std::min(kTile, count - i));
      }
    });
  });
}

}  // namespace lamella::kernels
