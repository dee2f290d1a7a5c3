#include "data/pixels.h"

#include "core/parallel.h"

namespace lamella::data {

std::vector<float> byte_table(const Normalization& normalization) {
  std::vector<float> table;
  table.reserve(normalization.mean.size() * 256);
  for (std::size_t c = 0; c < normalization.mean.size(); ++c) {
    const auto mean = static_cast<float>(normalization.mean[c]);
    const auto std = static_cast<float>(normalization.std[c]);
    for (int byte = 0; byte < 256; ++byte) table.push_back((static_cast<float>(byte) / 255.0F - mean) / std);
  }
  return table;
}

void gather_pictures(const std::uint8_t* pictures, std::span<const std::int64_t> indices, std::int64_t channels,
                     std::int64_t pixels, std::span<const float> table, float* to) {
  const auto count = static_cast<std::int64_t>(indices.size());
  const std::int64_t size = channels * pixels;
  const std::int64_t tasks = tasks_for(count * size, 65536);
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange range = task_range(count, tasks, task);
    for (std::int64_t i = range.begin; i < range.end; ++i) {
      const std::uint8_t* from = pictures + indices[static_cast<std::size_t>(i)] * size;
      float* out = to + i * size;
      for (std::int64_t c = 0; c < channels; ++c) {
        const float* const value = table.data() + c * 256;
        for (std::int64_t pixel = 0; pixel < pixels; ++pixel) *out++ = value[*from++];
      }
    }
  });
}

}  // namespace lamella::data
