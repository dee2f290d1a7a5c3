// A block of lines is followed side by side, since along most axes neighbours in memory belong to different lines;
// where a line itself is contiguous the block is one line, whose tiles are scanned one after the other.
#include "kernels/reduce/arg.h"

#include <cstdlib>

#include "core/parallel.h"
#include "kernels/copy/cast.h"
#include "kernels/reduce/lines.h"

namespace lamella::kernels {
namespace {

constexpr std::int64_t kBlock = 256;

template <ArgOp kOp, typename T>
bool beats(T x, T best) {
  if constexpr (std::is_floating_point_v<T>) {
    if (x != x) return best == best;
  }
  return kOp == ArgOp::kMax ? x > best : x < best;
}

template <ArgOp kOp, typename T>
struct ArgReduction {
  const Lines& lines;  // operands: in, values, indices
  const Operand& values;
  const Operand& indices;
  const ConstOperand& in;

  // One line into best[0] and index[0].
  void along(std::int64_t offset, T* best, std::int64_t* index) const {
    alignas(64) T tile[kTile];
    for (std::int64_t i = 0; i < lines.length; i += kTile) {
      const std::int64_t n = std::min(kTile, lines.length - i);
      load_strided(tile, dtype_of<T>, advance(in.data, in.dtype, offset + i * lines.step[0]), in.dtype, lines.step[0],
                   n);
      if (i == 0) *best = tile[0], *index = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        if (beats<kOp>(tile[j], *best)) *best = tile[j], *index = i + j;
      }
    }
  }

  // n lines, neighbours along the plan's axis 0.
  void across(std::int64_t offset, std::int64_t n, T* best, std::int64_t* index) const {
    alignas(64) T tile[kBlock];
    for (std::int64_t i = 0; i < lines.length; ++i) {
      load_strided(i == 0 ? best : tile, dtype_of<T>, advance(in.data, in.dtype, offset + i * lines.step[0]), in.dtype,
                   lines.plan.stride[0][0], n);
      if (i == 0) std::fill_n(index, n, 0);
      for (std::int64_t j = 0; i > 0 && j < n; ++j) {
        const bool better = beats<kOp>(tile[j], best[j]);
        best[j] = better ? tile[j] : best[j];
        index[j] = better ? i : index[j];
      }
    }
  }

  void store(std::int64_t line, std::int64_t n, const T* best, const std::int64_t* index) const {
    const StridedPlan& plan = lines.plan;
    if (values.data != nullptr) {
      store_strided(advance(values.data, values.dtype, plan.offset(1, line)), values.dtype, plan.stride[1][0], best,
                    dtype_of<T>, n);
    }
    store_strided(advance(indices.data, indices.dtype, plan.offset(2, line)), indices.dtype, plan.stride[2][0], index,
                  DType::kInt64, n);
  }

  void run() const {
    const StridedPlan& plan = lines.plan;
    const bool side_by_side = plan.extent[0] > 1 && std::abs(plan.stride[0][0]) < std::abs(lines.step[0]);
    const std::int64_t width = side_by_side ? std::min(kBlock, plan.extent[0]) : 1;
    const std::int64_t blocks = (plan.extent[0] + width - 1) / width;
    const std::int64_t units = plan.numel / plan.extent[0] * blocks;
    const std::int64_t tasks = tasks_for(plan.numel * lines.length * 2);
    parallel_for(tasks, [&](std::int64_t task) {
      const auto [begin, end] = task_range(units, tasks, task);
      alignas(64) T best[kBlock];
      alignas(64) std::int64_t index[kBlock];
      for (std::int64_t u = begin; u < end; ++u) {
        const std::int64_t line = u / blocks * plan.extent[0] + u % blocks * width;
        const std::int64_t n = std::min(width, plan.extent[0] - u % blocks * width);
        side_by_side ? across(plan.offset(0, line), n, best, index) : along(plan.offset(0, line), best, index);
        store(line, n, best, index);
      }
    });
  }
};

}  // namespace

void arg_reduce(ArgOp op, Shape shape, int axis, Operand values, Operand indices, ConstOperand in) {
  if (values.data == nullptr) values = {nullptr, in.dtype, indices.strides};
  const Lines lines(shape, axis, {in.strides, values.strides, indices.strides});
  if (lines.plan.numel == 0 || lines.length == 0) return;
  visit_line_type(in.dtype, [&]<typename T>() {
    op == ArgOp::kMax ? ArgReduction<ArgOp::kMax, T>{lines, values, indices, in}.run()
                      : ArgReduction<ArgOp::kMin, T>{lines, values, indices, in}.run();
  });
}

}  // namespace lamella::kernels
