// The row as plain loops over blocks of channels, which the compiler vectorises for the target that includes them
// (deliberately without an include guard). Weights are applied innermost axis first, as torch nests them.

template <typename T, typename Sum>
void weighted_row(const InterpolateRow<T>& row) {
  constexpr int kBlock = 16;
  const auto block_of = [&](std::int64_t w, std::int64_t c, auto count) {
    Sum sum[kBlock] = {};
    for (const InterpolateTap& outer : row.outer) {
      Sum line[kBlock] = {};
      for (const InterpolateTap& tap : row.axis->of(w)) {
        const T* x = row.in + outer.position + tap.position * row.in_step + c;
        const Sum weight = static_cast<Sum>(tap.weight);
        for (int q = 0; q < count; ++q) line[q] += weight * static_cast<Sum>(x[q]);
      }
      const Sum weight = static_cast<Sum>(outer.weight);
      for (int q = 0; q < count; ++q) sum[q] += weight * line[q];
    }
    for (int q = 0; q < count; ++q) row.out[w * row.out_step + c + q] = T(sum[q]);
  };
  for (std::int64_t w = 0; w < row.width; ++w) {
    std::int64_t c = 0;
    for (; c + kBlock <= row.channels; c += kBlock) block_of(w, c, std::integral_constant<int, kBlock>());
    if (c < row.channels) block_of(w, c, static_cast<int>(row.channels - c));
  }
}
