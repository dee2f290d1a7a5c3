// Drives the register tiles of gemm_tile.cpp over a whole product.
//
// C is cut into tiles, each one task with a packed panel of its own: a panel is packed once a task, which costs about
// 1/rows of the task's time, and saves the barrier that a shared panel needs. Within a task: blocks of k (a panel of
// B, 512 x 64 floats, stays in L2, six rows of A in L1), panels of n, row tiles. A is read as it stands.
#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <type_traits>

#include "core/parallel.h"
#include "kernels/gemm/gemm_plain.h"
#include "kernels/gemm/gemm_tile.h"
#include "kernels/gemm/scratch.h"
#include "lamella/dtype.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

constexpr int64_t kBlockK = 512;     // elements of k a pass over C
constexpr int64_t kDirectRows = 24;  // up to here reading B's own rows beats packing them first
constexpr int64_t kTaskRows = 384;   // largest tile of C a task: its block of A stays in L2
constexpr int64_t kTaskColumns = 512;
constexpr int64_t kTaskWork = 1 << 18;  // multiply-adds that pay for a task
constexpr int64_t kMostTasks = 64;
constexpr int64_t kThin = 4;        // rows or columns below which gathering an operand along k is free
constexpr int64_t kStripRows = 48;  // rows of the detour through a buffer, for a C that has no whole vectors

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

template <typename T>
Gemm<T> transposed(const Gemm<T>& p) {
  Gemm<T> t = p;
  std::swap(t.m, t.n);
  t.a = p.b, t.a_row = p.b_col, t.a_col = p.b_row;
  t.b = p.a, t.b_row = p.a_col, t.b_col = p.a_row;
  std::swap(t.c_row, t.c_col);
  std::swap(t.row_bias, t.column_bias);
  return t;
}

/// The part [i, i + m) x [j, j + n) of a product.
template <typename T>
Gemm<T> tile_of(const Gemm<T>& p, TaskRange rows, TaskRange columns) {
  Gemm<T> t = p;
  t.m = rows.end - rows.begin;
  t.n = columns.end - columns.begin;
  t.a += rows.begin * p.a_row;
  t.b += columns.begin * p.b_col;
  t.c += rows.begin * p.c_row + columns.begin * p.c_col;
  if (t.row_bias) t.row_bias += rows.begin;
  if (t.column_bias) t.column_bias += columns.begin;
  return t;
}

/// What stays to be done to the sums of block `block` of `blocks` along k.
template <typename T>
GemmEpilogue<T> epilogue_of(const Gemm<T>& p, int64_t block, int64_t blocks) {
  const bool last = block + 1 == blocks;
  return {p.alpha, block == 0 ? p.beta : T(1), last ? p.row_bias : nullptr, last ? p.column_bias : nullptr,
          last && p.relu};
}

/// outer_panel into a C without whole vectors: by way of a buffer of kStripRows rows.
template <typename T>
void outer_panel_buffered(const GemmTileFunctions<T>& tiles, const Gemm<T>& p, int64_t depth, int64_t vectors,
                          const T* b, int64_t b_row, T* buffer, GemmEpilogue<T> e) {
  const int64_t width = vectors * tiles.lanes;
  T* bias = buffer + kStripRows * width;
  if (e.column_bias) {
    std::copy_n(e.column_bias, p.n, bias);
    std::fill(bias + p.n, bias + width, T(0));
    e.column_bias = bias;
  }
  for (int64_t i = 0; i < p.m; i += kStripRows) {
    const int64_t rows = std::min(kStripRows, p.m - i);
    if (e.beta != T(0)) {
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t j = 0; j < p.n; ++j) buffer[r * width + j] = p.c[(i + r) * p.c_row + j * p.c_col];
        std::fill(buffer + r * width + p.n, buffer + (r + 1) * width, T(0));
      }
    }
    tiles.outer_panel(rows, depth, vectors, p.a + i * p.a_row, p.a_row, p.a_col, b, b_row, buffer, width, e);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t j = 0; j < p.n; ++j) p.c[(i + r) * p.c_row + j * p.c_col] = buffer[r * width + j];
    }
    if (e.row_bias) e.row_bias += rows;
  }
}

template <typename T>
void run_outer(const Gemm<T>& p) {
  const GemmTileFunctions<T>& tiles = gemm_tile_functions<T>();
  const int64_t widest = tiles.max_vectors * tiles.lanes;
  const int64_t blocks = std::max<int64_t>(1, ceil_div(p.k, kBlockK));
  const int64_t panel = ceil_div(p.k, blocks) * widest;
  const Scratch<T> scratch(panel + (kStripRows + 1) * widest);
  for (int64_t block = 0; block < blocks; ++block) {
    const auto [k_begin, k_end] = task_range(p.k, blocks, block);
    const int64_t depth = k_end - k_begin;
    for (int64_t j = 0; j < p.n;) {
      int64_t vectors = tiles.max_vectors;
      while (vectors > 1 && vectors * tiles.lanes > p.n - j + tiles.lanes - 1) vectors /= 2;
      const int64_t width = vectors * tiles.lanes, n = std::min(width, p.n - j);
      Gemm<T> part = tile_of(p, {0, p.m}, {j, j + n});
      part.a += k_begin * p.a_col;
      part.b += k_begin * p.b_row;
      const bool whole = n == width;
      const bool direct = p.b_col == 1 && whole && p.m <= kDirectRows;
      if (!direct) tiles.pack_panel(depth, n, part.b, p.b_row, p.b_col, scratch.data(), width);
      const T* b = direct ? part.b : scratch.data();
      const int64_t b_row = direct ? p.b_row : width;
      const GemmEpilogue<T> e = epilogue_of(part, block, blocks);
      if (whole && p.c_col == 1) {
        tiles.outer_panel(p.m, depth, vectors, part.a, p.a_row, p.a_col, b, b_row, part.c, p.c_row, e);
      } else {
        outer_panel_buffered(tiles, part, depth, vectors, b, b_row, scratch.data() + panel, e);
      }
      j += n;
    }
  }
}

template <typename T>
void run_dot(const Gemm<T>& p) {
  constexpr int64_t kDepth = 1024;  // three or four rows of B in half of L1
  const int64_t blocks = std::max<int64_t>(1, ceil_div(p.k, 2 * kDepth));
  for (int64_t block = 0; block < blocks; ++block) {
    const auto [begin, end] = task_range(p.k, blocks, block);
    gemm_tile_functions<T>().dot_block(p.m, p.n, end - begin, p.a + begin, p.a_row, p.b + begin, p.b_col, p.c, p.c_row,
                                       p.c_col, epilogue_of(p, block, blocks));
  }
}

template <typename T>
void run_tile(const Gemm<T>& p, GemmPath path) {
  if (path == GemmPath::kDot) {
    run_dot(p);
  } else {
    run_outer(p);
  }
}

/// All tiles of C, one a task.
template <typename T>
void run_tiles(const Gemm<T>& p, const GemmPlan& plan) {
  parallel_for(plan.m_tasks * plan.n_tasks, [&](int64_t task) {
    run_tile(tile_of(p, task_range(p.m, plan.m_tasks, task % plan.m_tasks),
                     task_range(p.n, plan.n_tasks, task / plan.m_tasks)),
             plan.path);
  });
}

/// A long sum into few elements: partial sums side by side, then added in order.
template <typename T>
void run_split(const Gemm<T>& p, const GemmPlan& plan) {
  const int64_t size = p.m * p.n;
  const Scratch<T> partial(plan.k_tasks * size);
  parallel_for(plan.k_tasks, [&](int64_t task) {
    const auto [begin, end] = task_range(p.k, plan.k_tasks, task);
    run_tile(Gemm<T>{.m = p.m,
                     .n = p.n,
                     .k = end - begin,
                     .a = p.a + begin * p.a_col,
                     .a_row = p.a_row,
                     .a_col = p.a_col,
                     .b = p.b + begin * p.b_row,
                     .b_row = p.b_row,
                     .b_col = p.b_col,
                     .c = partial.data() + task * size,
                     .c_row = p.n},
             plan.path);
  });
  for (int64_t i = 0; i < p.m; ++i) {
    for (int64_t j = 0; j < p.n; ++j) {
      T sum = T(0);
      for (int64_t task = 0; task < plan.k_tasks; ++task) sum += partial.data()[task * size + i * p.n + j];
      T& out = p.c[i * p.c_row + j * p.c_col];
      T value = p.alpha * sum;
      if (p.beta != T(0)) value += p.beta * out;
      if (p.row_bias) value += p.row_bias[i];
      if (p.column_bias) value += p.column_bias[j];
      out = p.relu && value < T(0) ? T(0) : value;
    }
  }
}

/// Cuts C until there are enough tasks, the longer side first; then, if C is too small for that, the sum.
template <typename T>
void cut(const Gemm<T>& p, GemmPlan& plan) {
  const int64_t want = tasks_for(p.m * p.n * p.k, kTaskWork, kMostTasks);
  const int64_t lanes = gemm_tile_functions<T>().lanes;
  const int64_t least_rows = 12, least_columns = plan.path == GemmPath::kDot ? 8 : 2 * lanes;
  plan.m_tasks = std::max<int64_t>(1, ceil_div(p.m, kTaskRows));
  plan.n_tasks = std::max<int64_t>(1, ceil_div(p.n, kTaskColumns));
  while (plan.m_tasks * plan.n_tasks < want) {
    const bool more_rows = p.m / plan.m_tasks >= 2 * least_rows, more_columns = p.n / plan.n_tasks >= 2 * least_columns;
    if (!more_rows && !more_columns) break;
    // A cut of n packs nothing twice, so rows are cut only when they are much the longer side.
    (more_columns && (!more_rows || p.m / plan.m_tasks < 4 * (p.n / plan.n_tasks)) ? plan.n_tasks : plan.m_tasks) *= 2;
  }
  const int64_t tiles = plan.m_tasks * plan.n_tasks;
  plan.k_tasks = std::clamp<int64_t>(std::min(want / (2 * tiles), p.k / kBlockK), 1, 16);
  if (plan.k_tasks > 1) plan.m_tasks = plan.n_tasks = 1;
}

template <typename T>
void run_planned(const Gemm<T>& problem, const GemmPlan& plan) {
  if (problem.m <= 0 || problem.n <= 0) return;
  const Gemm<T> p = plan.transposed ? transposed(problem) : problem;
  if (plan.k_tasks > 1) {
    run_split(p, plan);
  } else {
    run_tiles(p, plan);
  }
}

/// An operand [rows, k] gathered so that it is contiguous along k.
template <typename T>
void gather(int64_t rows, int64_t k, const T* x, int64_t row, int64_t column, T* dst) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t q = 0; q < k; ++q) dst[i * k + q] = x[i * row + q * column];
  }
}

/// A matrix times a vector or two, whichever operand is the thin one, deserves the dot path.
template <typename T>
void run_vector_type(const Gemm<T>& problem) {
  Gemm<T> p = problem;
  const bool thin_b = p.n <= kThin && p.a_col == 1 && p.b_row != 1 && p.m > kThin;
  const bool thin_a = p.m <= kThin && p.b_row == 1 && p.a_col != 1 && p.n > kThin;
  const Scratch<T> scratch(thin_b ? p.n * p.k : thin_a ? p.m * p.k : 0);
  if (thin_b) {
    gather(p.n, p.k, p.b, p.b_col, p.b_row, scratch.data());
    p.b = scratch.data(), p.b_row = 1, p.b_col = p.k;
  } else if (thin_a) {
    gather(p.m, p.k, p.a, p.a_row, p.a_col, scratch.data());
    p.a = scratch.data(), p.a_row = p.k, p.a_col = 1;
  }
  run_planned(p, gemm_plan(p));
}

}  // namespace

template <typename T>
GemmPlan gemm_plan(const Gemm<T>& p) {
  // More rows than these pay for transposing B into panels, unless B has too few columns for a panel.
  constexpr int64_t kDotRows = 192, kDotColumns = 8;
  GemmPlan plan{};
  const bool along_k = p.a_col == 1 && p.b_row == 1;
  plan.path = along_k && (p.m <= kDotRows || p.n <= kDotColumns) ? GemmPath::kDot : GemmPath::kOuter;
  plan.transposed = plan.path == GemmPath::kOuter && p.c_col != 1 && p.c_row == 1;
  cut(plan.transposed ? transposed(p) : p, plan);
  return plan;
}

template <typename T>
void gemm(const Gemm<T>& problem, const GemmPlan& plan) {
  run_planned(problem, plan);
}

template <typename T>
void gemm(const Gemm<T>& problem) {
  if (problem.m <= 0 || problem.n <= 0) return;
  if constexpr (std::is_floating_point_v<T>) {
    run_vector_type(problem);
  } else if constexpr (std::is_integral_v<T>) {
    gemm_integer(problem);
  } else {
    gemm_widened(problem);
  }
}

template <typename T>
void batched_gemm(const Gemm<T>& problem, int64_t batch, int64_t a_batch, int64_t b_batch, int64_t c_batch) {
  const auto product = [&](int64_t i) {
    Gemm<T> p = problem;
    p.a += i * a_batch;
    p.b += i * b_batch;
    p.c += i * c_batch;
    gemm(p);
  };
  const int64_t work = problem.m * problem.n * problem.k;
  // Large products are cut themselves; small ones share tasks, inside which gemm runs inline.
  const int64_t tasks = work >= 16 * kTaskWork ? 1 : std::min(batch, tasks_for(batch * (work + 512), kTaskWork / 4));
  if (tasks <= 1) {
    for (int64_t i = 0; i < batch; ++i) product(i);
    return;
  }
  parallel_for(tasks, [&](int64_t task) {
    const auto [begin, end] = task_range(batch, tasks, task);
    for (int64_t i = begin; i < end; ++i) product(i);
  });
}

template GemmPlan gemm_plan(const Gemm<float>&);
template GemmPlan gemm_plan(const Gemm<double>&);
template void gemm(const Gemm<float>&, const GemmPlan&);
template void gemm(const Gemm<double>&, const GemmPlan&);

#define LAMELLA_INSTANTIATE(T)        \
  template void gemm(const Gemm<T>&); \
  template void batched_gemm(const Gemm<T>&, int64_t, int64_t, int64_t, int64_t);
LAMELLA_INSTANTIATE(float)
LAMELLA_INSTANTIATE(double)
LAMELLA_INSTANTIATE(std::uint8_t)
LAMELLA_INSTANTIATE(std::int8_t)
LAMELLA_INSTANTIATE(std::int16_t)
LAMELLA_INSTANTIATE(std::int32_t)
LAMELLA_INSTANTIATE(std::int64_t)
LAMELLA_INSTANTIATE(bfloat16)
LAMELLA_INSTANTIATE(float16)
#undef LAMELLA_INSTANTIATE

}  // namespace lamella::kernels
