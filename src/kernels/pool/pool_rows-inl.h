// The rows as plain loops over blocks of channels, which the compiler vectorises for the target that includes them.
// Included once a target and once more for the types that have no vectors (deliberately without an include guard),
// after kWholeBlocks: whether whole blocks get loops of their own.

/// bfloat16 and float16 are compared and summed as float32, everything else as itself.
template <typename T>
using PoolSum = std::conditional_t<std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>, float, T>;

inline constexpr int kPoolBlock = 32;  // channels a pass over a window: sums and ids stay in registers or L1

template <typename S>
constexpr S lowest_of() {
  if constexpr (std::is_floating_point_v<S>) return -std::numeric_limits<S>::infinity();
  return std::numeric_limits<S>::lowest();
}

template <typename S>
constexpr bool is_nan(S value) {
  if constexpr (std::is_floating_point_v<S>) return value != value;
  return false;
}

/// Calls run(first channel, channels), whole blocks with a constant count so that their loops unroll.
template <typename Run>
void for_pool_blocks(std::int64_t channels, Run run) {
  std::int64_t c = 0;
  if constexpr (!kWholeBlocks) {
    for (; c < channels; c += kPoolBlock) run(c, static_cast<int>(std::min<std::int64_t>(kPoolBlock, channels - c)));
    return;
  }
  for (; c + kPoolBlock <= channels; c += kPoolBlock) run(c, std::integral_constant<int, kPoolBlock>());
  if (c + 16 <= channels) {
    run(c, std::integral_constant<int, 16>());
    c += 16;
  }
  if (c < channels) run(c, static_cast<int>(channels - c));
}

template <typename T, typename Index>
void max_row(const PoolRow<T, Index>& row, std::int64_t first_channel) {
  using S = PoolSum<T>;
  for (std::int64_t w = 0; w < row.width; ++w) {
    const std::span<const PoolTap> taps = row.axis->of(w);
    const bool any = !taps.empty() && !row.outer.empty();
    for_pool_blocks(row.channels - first_channel, [&](std::int64_t block, auto count) {
      const std::int64_t c = first_channel + block;
      S best[kPoolBlock];
      std::int64_t id[kPoolBlock];
      for (int q = 0; q < count; ++q) best[q] = lowest_of<S>();
      for (int q = 0; q < count; ++q) id[q] = any ? row.outer[0].id + taps[0].id : 0;
      for (const PoolTap& outer : row.outer) {
        for (const PoolTap& tap : taps) {
          const T* x = row.in + outer.position + tap.position * row.in_step + c;
          const std::int64_t here = outer.id + tap.id;
          for (int q = 0; q < count; ++q) {
            const S value = static_cast<S>(x[q]);
            const bool take = value > best[q] || is_nan(value);
            best[q] = take ? value : best[q];
            id[q] = take ? here : id[q];
          }
        }
      }
      for (int q = 0; q < count; ++q) row.out[w * row.out_step + c + q] = T(best[q]);
      if (!row.index) return;
      for (int q = 0; q < count; ++q) row.index[w * row.index_step + c + q] = static_cast<Index>(id[q]);
    });
  }
}

template <typename T, typename Index>
void max_row(const PoolRow<T, Index>& row) {
  max_row(row, 0);
}

template <typename T, typename Index>
void max_row_backward(const PoolRow<T, Index>& row) {
  using S = PoolSum<T>;
  for (std::int64_t w = 0; w < row.width; ++w) {
    for_pool_blocks(row.channels, [&](std::int64_t c, auto count) {
      S sum[kPoolBlock];
      for (int q = 0; q < count; ++q) sum[q] = S(0);
      for (std::size_t o = 0; o < row.outer.size(); ++o) {
        for (const PoolTap& tap : row.axis->of(w)) {
          const T* dy = row.in + row.outer[o].position + tap.position * row.in_step + c;
          const Index* index = row.index + row.outer_index_offset[o] + tap.position * row.index_step + c;
          const Index here = static_cast<Index>(row.outer[o].id + tap.id);
          for (int q = 0; q < count; ++q) sum[q] += index[q] == here ? static_cast<S>(dy[q]) : S(0);
        }
      }
      for (int q = 0; q < count; ++q) row.out[w * row.out_step + c + q] = T(sum[q]);
    });
  }
}

template <typename T>
void average_row(const PoolRow<T, std::int64_t>& row) {
  using S = PoolSum<T>;
  for (std::int64_t w = 0; w < row.width; ++w) {
    const std::span<const PoolTap> taps = row.axis->of(w);
    const std::int64_t counted = taps.empty() || row.outer.empty() ? 1 : row.outer[0].count * taps[0].count;
    const S divisor = static_cast<S>(row.divisor ? row.divisor : counted);
    for_pool_blocks(row.channels, [&](std::int64_t c, auto count) {
      S sum[kPoolBlock];
      for (int q = 0; q < count; ++q) sum[q] = S(0);
      for (const PoolTap& outer : row.outer) {
        for (const PoolTap& tap : taps) {
          const T* x = row.in + outer.position + tap.position * row.in_step + c;
          for (int q = 0; q < count; ++q) sum[q] += static_cast<S>(x[q]);
        }
      }
      for (int q = 0; q < count; ++q) row.out[w * row.out_step + c + q] = T(sum[q] / divisor);
    });
  }
}

template <typename T>
void average_row_backward(const PoolRow<T, std::int64_t>& row) {
  using S = PoolSum<T>;
  for (std::int64_t w = 0; w < row.width; ++w) {
    for_pool_blocks(row.channels, [&](std::int64_t c, auto count) {
      S sum[kPoolBlock];
      for (int q = 0; q < count; ++q) sum[q] = S(0);
      for (const PoolTap& outer : row.outer) {
        for (const PoolTap& tap : row.axis->of(w)) {
          const T* dy = row.in + outer.position + tap.position * row.in_step + c;
          const S divisor = static_cast<S>(row.divisor ? row.divisor : outer.count * tap.count);
          for (int q = 0; q < count; ++q) sum[q] += static_cast<S>(dy[q]) / divisor;
        }
      }
      for (int q = 0; q < count; ++q) row.out[w * row.out_step + c + q] = T(sum[q]);
    });
  }
}
