#include "kernels/reduce/sort.h"

#include <algorithm>
#include <memory>

#include "core/parallel.h"
#include "kernels/copy/cast.h"
#include "kernels/reduce/lines.h"

namespace lamella::kernels {
namespace {

template <typename T>
bool less(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (b != b) return a == a;
  }
  return a < b;
}

template <typename T, bool kDescending>
void sort_indices(const T* values, std::int64_t* order, std::int64_t n, std::int64_t count) {
  const auto before = [values](std::int64_t a, std::int64_t b) {
    const T x = values[a], y = values[b];
    if (kDescending ? less(y, x) : less(x, y)) return true;
    if (kDescending ? less(x, y) : less(y, x)) return false;
    return a < b;
  };
  for (std::int64_t i = 0; i < n; ++i) order[i] = i;
  if (count < n) {
    std::partial_sort(order, order + count, order + n, before);
  } else {
    std::sort(order, order + n, before);
  }
}

template <typename T>
void sort_lines(const Lines& lines, bool descending, std::int64_t count, const Operand& values, const Operand& indices,
                const ConstOperand& in, std::int64_t begin, std::int64_t end) {
  const std::int64_t n = lines.length;
  const auto line = std::make_unique<T[]>(static_cast<std::size_t>(n));
  const auto sorted = std::make_unique<T[]>(static_cast<std::size_t>(count));
  const auto order = std::make_unique<std::int64_t[]>(static_cast<std::size_t>(n));
  for (std::int64_t l = begin; l < end; ++l) {
    load_strided(line.get(), dtype_of<T>, advance(in.data, in.dtype, lines.plan.offset(0, l)), in.dtype, lines.step[0],
                 n);
    descending ? sort_indices<T, true>(line.get(), order.get(), n, count)
               : sort_indices<T, false>(line.get(), order.get(), n, count);
    if (values.data != nullptr) {
      for (std::int64_t i = 0; i < count; ++i)
        sorted[static_cast<std::size_t>(i)] = line[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
      store_strided(advance(values.data, values.dtype, lines.plan.offset(1, l)), values.dtype, lines.step[1],
                    sorted.get(), dtype_of<T>, count);
    }
    store_strided(advance(indices.data, indices.dtype, lines.plan.offset(2, l)), indices.dtype, lines.step[2],
                  order.get(), DType::kInt64, count);
  }
}

}  // namespace

void sort(Shape shape, int axis, bool descending, std::int64_t count, Operand values, Operand indices,
          ConstOperand in) {
  if (values.data == nullptr) values = {nullptr, in.dtype, indices.strides};
  const Lines lines(shape, axis, {in.strides, values.strides, indices.strides});
  if (lines.plan.numel == 0 || count == 0) return;
  const std::int64_t tasks = tasks_for(lines.plan.numel * lines.length * 32);
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(lines.plan.numel, tasks, task);
    if (begin == end) return;
    visit_line_type(in.dtype,
                    [&]<typename T>() { sort_lines<T>(lines, descending, count, values, indices, in, begin, end); });
  });
}

}  // namespace lamella::kernels
