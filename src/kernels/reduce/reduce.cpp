// Two loop orders. Where memory is contiguous along a reduced axis, an output takes whole runs (`run`); where it is so
// along a kept axis, a block of outputs takes one run each of the reduced index (`across`). Few outputs of many
// elements are split into a fixed number of partial results that are merged in order.
#include "kernels/reduce/reduce.h"

#include <cstdlib>
#include <memory>
#include <string>

#include <lamella/error.h>

#include "core/parallel.h"
#include "kernels/copy/cast.h"
#include "kernels/reduce/reduce_table.h"

namespace lamella::kernels {
namespace {

constexpr std::int64_t kBlock = 256;              // outputs that are accumulated side by side
constexpr std::int64_t kRowsOfPart = 256;         // additions before a merge
constexpr std::int64_t kEnoughUnits = 64;         // so many independent outputs need no split
constexpr std::int64_t kSplitElements = 1 << 16;  // elements of a partial result

// One set of axes of the reduction, as a shape with strides.
struct Axes {
  std::int64_t extent[kMaxAxes];
  std::int64_t in[kMaxAxes];
  std::int64_t out[kMaxAxes];
  std::size_t count = 0;

  void add(std::int64_t size, std::int64_t in_stride, std::int64_t out_stride) {
    extent[count] = size;
    in[count] = in_stride;
    out[count] = out_stride;
    ++count;
  }
  StridedPlan plan() const { return {Shape(extent, count), {in, out}}; }
};

struct Split {
  Axes kept;
  Axes reduced;
  Split(Shape shape, const Operand& out, const ConstOperand& operand) {
    for (std::size_t a = 0; a < shape.size(); ++a) {
      Axes& axes = out.strides[a] == 0 && shape[a] != 1 ? reduced : kept;
      axes.add(shape[a], operand.strides[a], out.strides[a]);
    }
  }
};

struct Reduction {
  const ReduceFunction& function;
  const StridedPlan kept;     // operand 0 the input, 1 the output
  const StridedPlan reduced;  // operand 0 the input
  const Operand& out;
  const ConstOperand& in;
  const double p0;
  const bool is_across;
  const std::int64_t width;   // outputs of a unit: a block along the kept axis 0
  const std::int64_t blocks;  // along the kept axis 0
  const std::int64_t units;
  const std::int64_t splits;

  Reduction(const ReduceFunction& f, const Split& axes, const Operand& o, const ConstOperand& i, double p)
      : function(f),
        kept(axes.kept.plan()),
        reduced(axes.reduced.plan()),
        out(o),
        in(i),
        p0(p),
        is_across(kept.extent[0] > 1 &&
                  (reduced.numel == 1 || std::abs(kept.stride[0][0]) < std::abs(reduced.stride[0][0]))),
        width(std::min(kBlock, kept.extent[0])),
        blocks((kept.extent[0] + width - 1) / width),
        units(kept.numel / kept.extent[0] * blocks),
        splits(units >= kEnoughUnits
                   ? 1
                   : std::clamp<std::int64_t>(tasks_for(reduced.numel * width, kSplitElements, kEnoughUnits), 1,
                                              std::max<std::int64_t>(reduced.numel, 1))) {}

  std::int64_t first_output(std::int64_t unit) const { return unit / blocks * kept.extent[0] + unit % blocks * width; }
  std::int64_t outputs(std::int64_t unit) const { return std::min(width, kept.extent[0] - unit % blocks * width); }

  // Initialises `acc`, one accumulator an output of the unit, and feeds it the elements of one split.
  void accumulate(std::int64_t unit, std::int64_t split, void* acc) const {
    const std::int64_t n = outputs(unit);
    const std::int64_t base = kept.offset(0, first_output(unit));
    const auto [begin, end] = task_range(reduced.numel, splits, split);
    const std::int64_t step = reduced.stride[0][0];
    function.init(acc, n);
    if (!is_across) {
      std::byte* each = static_cast<std::byte*>(acc);
      for (std::int64_t j = 0; j < n; ++j, each += function.size) {
        const std::int64_t first = base + j * kept.stride[0][0];
        if (reduced.rank == 1) {
          take(each, first + begin * step, step, end - begin, function.run);
          continue;
        }
        for_rows(reduced, 0, begin, end - begin, [&](std::int64_t offset, std::int64_t count, std::int64_t) {
          take(each, first + offset, step, count, function.run);
        });
      }
      return;
    }
    alignas(64) std::byte part[kBlock * kMaxAccumulator];  // two levels, as in the lanes of a run
    for (std::int64_t i = begin; i < end; i += kRowsOfPart) {
      function.init(part, n);
      for_rows(reduced, 0, i, std::min(kRowsOfPart, end - i),
               [&](std::int64_t offset, std::int64_t count, std::int64_t) {
                 for (std::int64_t r = 0; r < count; ++r) {
                   take(part, base + offset + r * step, kept.stride[0][0], n, function.across);
                 }
               });
      function.merge(acc, part, n);
    }
  }

  // Hands a run of the input, brought to the kernel's dtype, to `kernel` in pieces that fit a tile. (A block of outputs
  // fits, so only `run`, which takes any number of pieces, sees more than one.)
  void take(void* acc, std::int64_t offset, std::int64_t stride, std::int64_t n,
            void (*kernel)(void*, const void*, std::int64_t, double)) const {
    if (stride == 1 && in.dtype == function.in) return kernel(acc, advance(in.data, in.dtype, offset), n, p0);
    alignas(64) std::byte tile[kTileBytes];
    for (std::int64_t i = 0; i < n; i += kTile) {
      const std::int64_t count = std::min(kTile, n - i);
      load_strided(tile, function.in, advance(in.data, in.dtype, offset + i * stride), in.dtype, stride, count);
      kernel(acc, tile, count, p0);
    }
  }

  void store(std::int64_t unit, const void* acc) const {
    alignas(64) std::byte result[kBlock * 8];
    const std::int64_t n = outputs(unit);
    function.finish(result, acc, n, reduced.numel, p0);
    store_strided(advance(out.data, out.dtype, kept.offset(1, first_output(unit))), out.dtype, kept.stride[1][0],
                  result, function.out, n);
  }

  void run() const {
    const std::int64_t tasks = tasks_for(kept.numel * reduced.numel * function.cost);
    parallel_for(tasks, [&](std::int64_t task) {
      const auto [begin, end] = task_range(units, tasks, task);
      alignas(64) std::byte acc[kBlock * kMaxAccumulator];
      for (std::int64_t u = begin; u < end; ++u) {
        accumulate(u, 0, acc);
        store(u, acc);
      }
    });
  }

  void run_split() const {
    const std::int64_t bytes = width * function.size;
    const auto partial = std::make_unique<std::byte[]>(static_cast<std::size_t>(units * splits * bytes));
    parallel_for(units * splits, [&](std::int64_t i) {
      accumulate(i / splits, i % splits, &partial[static_cast<std::size_t>(i * bytes)]);
    });
    for (std::int64_t u = 0; u < units; ++u) {
      std::byte* acc = &partial[static_cast<std::size_t>(u * splits * bytes)];
      for (std::int64_t s = 1; s < splits; ++s) function.merge(acc, acc + s * bytes, outputs(u));
      store(u, acc);
    }
  }
};

}  // namespace

void reduce(ReduceOp op, Shape shape, Operand out, ConstOperand in, double p0) {
  const ReduceFunction& function = reduce_function(op, reduce_compute_dtype(op, in.dtype));
  if (function.run == nullptr) {
    throw TypeError("reduction " + std::to_string(static_cast<int>(op)) + " is not defined for " +
                    std::string(name_of(in.dtype)) + "; convert the input to a floating-point dtype first");
  }
  const Split axes(shape, out, in);
  if (numel(Shape(axes.kept.extent, axes.kept.count)) == 0) return;
  const Reduction reduction(function, axes, out, in, p0);
  if (reduction.splits > 1) {
    reduction.run_split();
  } else {
    reduction.run();
  }
}

bool supports(ReduceOp op, DType in) { return reduce_function(op, reduce_compute_dtype(op, in)).run != nullptr; }

DType result_dtype(ReduceOp op, DType in) {
  if (op == ReduceOp::kAny || op == ReduceOp::kAll) return DType::kBool;
  if (op == ReduceOp::kCountNonzero) return DType::kInt64;
  const bool widens = op == ReduceOp::kSum || op == ReduceOp::kProd;
  return widens && !is_floating_point(in) ? DType::kInt64 : in;
}

}  // namespace lamella::kernels
