// A convolution as one writes it on paper, in float64: what every kernel is held against.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/conv/conv.h"

namespace lamella::kernels::reference {

/// Calls fn(x element, w element, y element) for every product of the convolution that has its x inside of the input.
template <typename Fn>
void for_each_product(const ConvShape& s, Fn&& fn) {
  const std::int64_t c_group = s.group_in_channels(), k_group = s.group_out_channels();
  for (std::int64_t n = 0; n < s.batch; ++n)
    for (std::int64_t od = 0; od < s.output[0]; ++od)
      for (std::int64_t oh = 0; oh < s.output[1]; ++oh)
        for (std::int64_t ow = 0; ow < s.output[2]; ++ow)
          for (std::int64_t t = 0; t < s.kernel[0]; ++t)
            for (std::int64_t r = 0; r < s.kernel[1]; ++r)
              for (std::int64_t q = 0; q < s.kernel[2]; ++q) {
                const std::int64_t d = od * s.stride[0] - s.padding[0] + t * s.dilation[0];
                const std::int64_t h = oh * s.stride[1] - s.padding[1] + r * s.dilation[1];
                const std::int64_t w = ow * s.stride[2] - s.padding[2] + q * s.dilation[2];
                if (d < 0 || d >= s.input[0] || h < 0 || h >= s.input[1] || w < 0 || w >= s.input[2]) continue;
                const std::int64_t x = (((n * s.input[0] + d) * s.input[1] + h) * s.input[2] + w) * s.in_channels;
                const std::int64_t y =
                    (((n * s.output[0] + od) * s.output[1] + oh) * s.output[2] + ow) * s.out_channels;
                const std::int64_t tap = (t * s.kernel[1] + r) * s.kernel[2] + q;
                for (std::int64_t k = 0; k < s.out_channels; ++k)
                  for (std::int64_t c = 0; c < c_group; ++c)
                    fn(x + k / k_group * c_group + c, (k * c_group + c) * s.taps() + tap, y + k);
              }
}

template <typename T>
std::vector<double> forward(const ConvShape& s, const std::vector<T>& x, const std::vector<T>& w) {
  std::vector<double> y(static_cast<std::size_t>(s.batch * s.output_pixels() * s.out_channels));
  double* const out = y.data();
  const T *const a = x.data(), *const b = w.data();
  for_each_product(s, [=](std::int64_t i, std::int64_t j, std::int64_t k) { out[k] += double(a[i]) * double(b[j]); });
  return y;
}

template <typename T>
std::vector<double> input_gradient(const ConvShape& s, const std::vector<T>& dy, const std::vector<T>& w) {
  std::vector<double> dx(static_cast<std::size_t>(s.batch * s.input_pixels() * s.in_channels));
  double* const out = dx.data();
  const T *const a = dy.data(), *const b = w.data();
  for_each_product(s, [=](std::int64_t i, std::int64_t j, std::int64_t k) { out[i] += double(a[k]) * double(b[j]); });
  return dx;
}

template <typename T>
std::vector<double> weight_gradient(const ConvShape& s, const std::vector<T>& x, const std::vector<T>& dy) {
  std::vector<double> dw(static_cast<std::size_t>(s.weights()));
  double* const out = dw.data();
  const T *const a = x.data(), *const b = dy.data();
  for_each_product(s, [=](std::int64_t i, std::int64_t j, std::int64_t k) { out[j] += double(a[i]) * double(b[k]); });
  return dw;
}

/// `count` values in [-1, 1), the same for the same seed everywhere.
template <typename T>
std::vector<T> values(std::int64_t count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<T> result(static_cast<std::size_t>(count));
  for (T& value : result) value = static_cast<T>(static_cast<double>(generator()) * 0x1p-31 - 1.0);
  return result;
}

}  // namespace lamella::kernels::reference
