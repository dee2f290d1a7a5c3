// How [outer, axis, inner] is cut into slabs and tasks. Private to this folder.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/parallel.h"
#include "kernels/softmax/softmax.h"
#include "kernels/softmax/softmax_slab.h"

namespace lamella::kernels {

/// The slabs of one shape: whole rows, or runs of kSlabLines neighbouring lines.
struct SoftmaxCut {
  static constexpr std::int64_t kSlabLines = 256;
  std::int64_t slabs_each;  // slabs of one outer index
  std::int64_t slabs;
  std::int64_t tasks;

  explicit SoftmaxCut(const SoftmaxShape& shape)
      : slabs_each((shape.inner + kSlabLines - 1) / kSlabLines),
        slabs(shape.outer * slabs_each),
        tasks(std::min(slabs, tasks_for(shape.outer * shape.axis * shape.inner * 8))) {}
};

/// Calls run(slab, offset of its first element, its first line, task), line (o, i) being o * inner + i.
template <typename T, typename Run>
void for_slabs(const SoftmaxShape& shape, Run run) {
  const SoftmaxCut cut(shape);
  if (cut.slabs == 0 || shape.axis == 0) return;
  parallel_for(cut.tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(cut.slabs, cut.tasks, task);
    for (std::int64_t s = begin; s < end; ++s) {
      const std::int64_t o = s / cut.slabs_each, i = s % cut.slabs_each * SoftmaxCut::kSlabLines;
      const SoftmaxSlab<T> slab{shape.axis, shape.inner, std::min(SoftmaxCut::kSlabLines, shape.inner - i)};
      run(slab, o * shape.axis * shape.inner + i, o * shape.inner + i, task);
    }
  });
}

}  // namespace lamella::kernels
