#include "kernels/reduce/scan.h"

#include <type_traits>

#include "core/parallel.h"
#include "kernels/copy/cast.h"
#include "kernels/reduce/lines.h"

namespace lamella::kernels {
namespace {

template <typename T>
void scan_line(ScanOp op, const Lines& lines, std::int64_t line, const Operand& out, const ConstOperand& in) {
  using Acc = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;
  alignas(64) T tile[kTile];
  const std::int64_t from = lines.plan.offset(0, line), to = lines.plan.offset(1, line);
  Acc acc = op == ScanOp::kSum ? 0 : 1;
  for (std::int64_t i = 0; i < lines.length; i += kTile) {
    const std::int64_t n = std::min(kTile, lines.length - i);
    load_strided(tile, dtype_of<T>, advance(in.data, in.dtype, from + i * lines.step[0]), in.dtype, lines.step[0], n);
    for (std::int64_t j = 0; j < n; ++j) {
      const Acc x = static_cast<Acc>(tile[j]);
      acc = op == ScanOp::kSum ? acc + x : acc * x;
      tile[j] = static_cast<T>(acc);
    }
    store_strided(advance(out.data, out.dtype, to + i * lines.step[1]), out.dtype, lines.step[1], tile, dtype_of<T>, n);
  }
}

}  // namespace

void scan(ScanOp op, Shape shape, int axis, Operand out, ConstOperand in) {
  const Lines lines(shape, axis, {in.strides, out.strides});
  const std::int64_t tasks = tasks_for(lines.plan.numel * lines.length * 4);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(lines.plan.numel, tasks, task);
    for (std::int64_t line = begin; line < end; ++line) {
      visit_line_type(in.dtype, [&]<typename T>() { scan_line<T>(op, lines, line, out, in); });
    }
  });
}

}  // namespace lamella::kernels
