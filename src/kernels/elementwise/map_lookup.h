// Looks a kernel up in the tables of the instruction sets. Included after highway.h, in the part that is compiled once.
#pragma once

#include "kernels/dispatch.h"
#include "kernels/elementwise/map_table.h"

namespace lamella::kernels {

/// The kernel for `op` in tables that begin with `first`: the target's own, else the baseline's, which is null where
/// the operator is not defined for `compute`.
template <template <long long> class Kernels, typename Op>
const MapFunction& map_function(Op op, Op first, DType compute) {
  const auto of = [&](CpuTarget target) -> const MapFunction& {
    return dispatch<Kernels>(target)[row_index(op, first)].types[compute_index(compute)];
  };
  const MapFunction& own = of(target_for(compute));
  return own.kernel != nullptr ? own : of(CpuTarget::kBaseline);
}

}  // namespace lamella::kernels
