#include "kernels/elementwise/map.h"

#include <atomic>

#include "core/parallel.h"
#include "kernels/copy/cast.h"

namespace lamella::kernels {
namespace {

constexpr std::int64_t kGrain = 1 << 15;      // additions that are worth a task
constexpr std::int64_t kLongRun = kTile / 2;  // runs from here on are walked one by one, shorter ones share a tile

struct Walk {
  const StridedPlan& plan;
  const MapFunction& function;
  const Operand& out;
  std::span<const ConstOperand> in;
  const MapParams& params;
  bool long_runs;
  std::int64_t chunk;         // elements of a tile
  std::int64_t chunks;        // in the whole walk
  std::int64_t chunks_a_run;  // of a long run
  bool direct_out;
  bool direct[kMaxOperands - 1];    // read in place
  bool constant[kMaxOperands - 1];  // the same tile for every chunk

  Walk(const StridedPlan& p, const MapFunction& f, const Operand& o, std::span<const ConstOperand> i,
       const MapParams& s)
      : plan(p), function(f), out(o), in(i), params(s), long_runs(p.extent[0] >= kLongRun || p.rank == 1) {
    const std::int64_t run = p.extent[0];
    chunks_a_run = (run + kTile - 1) / kTile;
    chunk = long_runs ? kTile : kTile / run * run;
    chunks = long_runs ? p.numel / run * chunks_a_run : (p.numel + chunk - 1) / chunk;
    const auto is_direct = [&](int k) { return long_runs ? p.stride[k][0] == 1 : p.is_dense(k); };
    direct_out = o.dtype == f.out && is_direct(0);
    for (std::size_t k = 0; k < in.size(); ++k) {
      const int operand = static_cast<int>(k) + 1;
      direct[k] = in[k].dtype == f.in[k] && is_direct(operand);
      constant[k] = p.repeats_rows(operand) && (!long_runs || p.stride[operand][0] == 0);
    }
  }

  // Chunks [begin, end).
  bool run(std::int64_t begin, std::int64_t end) const {
    alignas(64) std::byte tiles[kMaxOperands - 1][kTileBytes];
    for (std::size_t k = 0; k < in.size(); ++k) {
      if (constant[k] && !direct[k] && begin < end) load_constant(k, tiles[k]);
    }
    return long_runs ? walk_long_runs(begin, end, tiles) : walk_short_runs(begin, end, tiles);
  }

 private:
  using Tiles = std::byte[kMaxOperands - 1][kTileBytes];

  bool walk_long_runs(std::int64_t begin, std::int64_t end, Tiles& tiles) const {
    alignas(64) std::byte out_tile[kTileBytes];
    const void* sources[kMaxOperands - 1];
    RunCursor cursor(plan, begin / chunks_a_run);
    std::int64_t i = begin % chunks_a_run * kTile;  // within the run
    bool ok = true;
    for (std::int64_t c = begin; c < end; ++c) {
      const std::int64_t n = std::min(kTile, plan.extent[0] - i);
      for (std::size_t k = 0; k < in.size(); ++k) {
        const std::int64_t stride = plan.stride[k + 1][0];
        const void* from = advance(in[k].data, in[k].dtype, cursor.offset(static_cast<int>(k) + 1) + i * stride);
        sources[k] = direct[k] ? from : tiles[k];
        if (!direct[k] && !constant[k]) load_strided(tiles[k], function.in[k], from, in[k].dtype, stride, n);
      }
      void* to = advance(out.data, out.dtype, cursor.offset(0) + i * plan.stride[0][0]);
      ok &= function.kernel(direct_out ? to : out_tile, sources, n, params);
      if (!direct_out) store_strided(to, out.dtype, plan.stride[0][0], out_tile, function.out, n);
      i += n;
      if (i == plan.extent[0]) {
        i = 0;
        cursor.next();
      }
    }
    return ok;
  }

  bool walk_short_runs(std::int64_t begin, std::int64_t end, Tiles& tiles) const {
    alignas(64) std::byte out_tile[kTileBytes];
    const void* sources[kMaxOperands - 1];
    bool ok = true;
    for (std::int64_t c = begin; c < end; ++c) {
      const std::int64_t start = c * chunk;
      const std::int64_t n = std::min(chunk, plan.numel - start);
      for (std::size_t k = 0; k < in.size(); ++k) {
        sources[k] = direct[k] ? advance(in[k].data, in[k].dtype, start) : tiles[k];
        if (!direct[k] && !constant[k]) load(k, tiles[k], start, n);
      }
      ok &= function.kernel(direct_out ? advance(out.data, out.dtype, start) : out_tile, sources, n, params);
      if (!direct_out) store(out_tile, start, n);
    }
    return ok;
  }

  void load_constant(std::size_t k, std::byte* tile) const {
    const std::int64_t stride = plan.stride[k + 1][0];
    if (stride == 0) {
      return load_strided(tile, function.in[k], in[k].data, in[k].dtype, 0, std::min(kTile, plan.numel));
    }
    load(k, tile, 0, std::min(chunk, plan.numel));
  }

  void load(std::size_t k, std::byte* tile, std::int64_t start, std::int64_t n) const {
    const int operand = static_cast<int>(k) + 1;
    for_rows(plan, operand, start, n, [&](std::int64_t offset, std::int64_t count, std::int64_t done) {
      load_strided(advance(tile, function.in[k], done), function.in[k], advance(in[k].data, in[k].dtype, offset),
                   in[k].dtype, plan.stride[operand][0], count);
    });
  }

  void store(const std::byte* tile, std::int64_t start, std::int64_t n) const {
    for_rows(plan, 0, start, n, [&](std::int64_t offset, std::int64_t count, std::int64_t done) {
      store_strided(advance(out.data, out.dtype, offset), out.dtype, plan.stride[0][0],
                    advance(tile, function.out, done), function.out, count);
    });
  }
};

// Everything contiguous and of the kernel's own dtypes.
bool is_flat(Shape shape, const MapFunction& f, const Operand& out, std::span<const ConstOperand> in) {
  if (out.dtype != f.out || !is_contiguous(shape, out.strides)) return false;
  for (std::size_t k = 0; k < in.size(); ++k) {
    if (in[k].dtype != f.in[k] || !is_contiguous(shape, in[k].strides)) return false;
  }
  return true;
}

bool map_flat(std::int64_t n, const MapFunction& f, const Operand& out, std::span<const ConstOperand> in,
              const MapParams& params) {
  const std::int64_t tasks = tasks_for(n * f.cost, kGrain);
  std::atomic<bool> ok{true};
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(n, tasks, task);
    const void* sources[kMaxOperands - 1];
    for (std::size_t k = 0; k < in.size(); ++k) sources[k] = advance(in[k].data, in[k].dtype, begin);
    if (!f.kernel(advance(out.data, out.dtype, begin), sources, end - begin, params)) ok = false;
  });
  return ok;
}

}  // namespace

bool map(Shape shape, const MapFunction& function, const Operand& out, std::span<const ConstOperand> in,
         const MapParams& params) {
  const std::int64_t n = numel(shape);
  if (n == 0) return true;
  if (is_flat(shape, function, out, in)) return map_flat(n, function, out, in, params);
  const std::int64_t* strides[kMaxOperands] = {out.strides};
  for (std::size_t k = 0; k < in.size(); ++k) strides[k + 1] = in[k].strides;
  const StridedPlan plan(shape, std::span<const std::int64_t* const>(strides, in.size() + 1));
  const Walk walk(plan, function, out, in, params);
  bool all_dense = walk.direct_out && plan.is_dense(0);
  for (std::size_t k = 0; k < in.size(); ++k) {
    all_dense = all_dense && walk.direct[k] && plan.is_dense(static_cast<int>(k) + 1);
  }
  if (all_dense) return map_flat(n, function, out, in, params);
  const std::int64_t tasks = tasks_for(n * (function.cost + 1), kGrain);
  std::atomic<bool> ok{true};
  parallel_for(tasks, [&](std::int64_t task) {
    const auto [begin, end] = task_range(walk.chunks, tasks, task);
    if (!walk.run(begin, end)) ok = false;
  });
  return ok;
}

}  // namespace lamella::kernels
