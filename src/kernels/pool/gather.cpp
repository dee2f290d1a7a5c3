#include "kernels/pool/gather.h"

#include <algorithm>

#include <lamella/dtype.h>

#include "core/parallel.h"

namespace lamella::kernels {

namespace {

using Place = std::array<std::int64_t, 3>;

Place place_of(const PoolShape& s, const Place& o, std::uint8_t tap) {
  const std::int64_t t = tap;
  const Place in_window = {t / (s.kernel[1] * s.kernel[2]), t / s.kernel[2] % s.kernel[1], t % s.kernel[2]};
  Place place;
  for (std::size_t a = 0; a < 3; ++a)
    place[a] =
        std::clamp<std::int64_t>(o[a] * s.stride[a] - s.padding[a] + in_window[a] * s.dilation[a], 0, s.input[a] - 1);
  return place;
}

Place place_of(const PoolShape& s, const Place&, std::int64_t flat) {
  return {flat / (s.input[1] * s.input[2]), flat / s.input[2] % s.input[1], flat % s.input[2]};
}

std::int64_t offset(const PoolStrides& strides, std::int64_t n, std::int64_t c, const Place& place) {
  return n * strides.batch + c * strides.channel + place[0] * strides.axis[0] + place[1] * strides.axis[1] +
         place[2] * strides.axis[2];
}

}  // namespace

template <typename T, typename Index>
void max_pool_gather(const PoolShape& s, const T* g, const PoolStrides& g_strides, const Index* index,
                     const PoolStrides& index_strides, T* y, const PoolStrides& y_strides) {
  const std::int64_t outputs = s.output[0] * s.output[1] * s.output[2];
  if (outputs == 0 || s.channels == 0 || s.batch == 0) return;
  const std::int64_t tasks = std::min(s.batch, tasks_for(s.batch * s.channels * outputs));
  parallel_for(tasks, [&](std::int64_t task) {
    const TaskRange images = task_range(s.batch, tasks, task);
    for (std::int64_t n = images.begin; n < images.end; ++n) {
      Place o;
      for (o[0] = 0; o[0] < s.output[0]; ++o[0]) {
        for (o[1] = 0; o[1] < s.output[1]; ++o[1]) {
          for (o[2] = 0; o[2] < s.output[2]; ++o[2]) {
            for (std::int64_t c = 0; c < s.channels; ++c) {
              y[offset(y_strides, n, c, o)] =
                  g[offset(g_strides, n, c, place_of(s, o, index[offset(index_strides, n, c, o)]))];
            }
          }
        }
      }
    }
  });
}

template void max_pool_gather(const PoolShape&, const float*, const PoolStrides&, const std::uint8_t*,
                              const PoolStrides&, float*, const PoolStrides&);
template void max_pool_gather(const PoolShape&, const float*, const PoolStrides&, const std::int64_t*,
                              const PoolStrides&, float*, const PoolStrides&);
template void max_pool_gather(const PoolShape&, const double*, const PoolStrides&, const std::uint8_t*,
                              const PoolStrides&, double*, const PoolStrides&);
template void max_pool_gather(const PoolShape&, const double*, const PoolStrides&, const std::int64_t*,
                              const PoolStrides&, double*, const PoolStrides&);
template void max_pool_gather(const PoolShape&, const bfloat16*, const PoolStrides&, const std::uint8_t*,
                              const PoolStrides&, bfloat16*, const PoolStrides&);
template void max_pool_gather(const PoolShape&, const bfloat16*, const PoolStrides&, const std::int64_t*,
                              const PoolStrides&, bfloat16*, const PoolStrides&);
template void max_pool_gather(const PoolShape&, const float16*, const PoolStrides&, const std::uint8_t*,
                              const PoolStrides&, float16*, const PoolStrides&);
template void max_pool_gather(const PoolShape&, const float16*, const PoolStrides&, const std::int64_t*,
                              const PoolStrides&, float16*, const PoolStrides&);

}  // namespace lamella::kernels
