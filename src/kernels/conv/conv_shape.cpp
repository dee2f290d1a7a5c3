#include "kernels/conv/conv_shape.h"

#include <string>

#include <lamella/error.h>

namespace lamella::kernels {
namespace {

std::string text(std::int64_t value) { return std::to_string(value); }

void require_at_least(const char* what, std::int64_t value, std::int64_t least) {
  if (value < least) {
    throw ValueError("convolution: " + std::string(what) + " is " + text(value) + ", expected at least " + text(least));
  }
}

std::int64_t checked_product(const char* what, std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    throw ValueError("convolution: " + std::string(what) + " has more elements than 63 bits can count");
  }
  return product;
}

std::int64_t checked_product(const char* what, const std::array<std::int64_t, 3>& extents, std::int64_t factor) {
  for (const std::int64_t extent : extents) factor = checked_product(what, factor, extent);
  return factor;
}

}  // namespace

std::int64_t conv_output_size(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t padding_begin,
                              std::int64_t padding_end, std::int64_t dilation) {
  require_at_least("the input's extent", input, 0);
  require_at_least("the kernel size", kernel, 1);
  require_at_least("the stride", stride, 1);
  require_at_least("the dilation", dilation, 1);
  require_at_least("the padding", padding_begin, 0);
  require_at_least("the padding", padding_end, 0);
  std::int64_t padded = 0, reach = 0;
  if (__builtin_add_overflow(input, padding_begin, &padded) || __builtin_add_overflow(padded, padding_end, &padded) ||
      __builtin_mul_overflow(dilation, kernel - 1, &reach) || __builtin_add_overflow(reach, 1, &reach)) {
    throw ValueError("convolution: the padded input or the dilated kernel is longer than 63 bits can count");
  }
  if (reach > padded) {
    throw ValueError("convolution: the kernel covers " + text(reach) + " positions (" + text(kernel) +
                     " with dilation " + text(dilation) + ") but the padded input has " + text(padded) + " (" +
                     text(input) + " + " + text(padding_begin) + " + " + text(padding_end) +
                     "); pad more or take a smaller kernel");
  }
  return (padded - reach) / stride + 1;
}

void check(const ConvShape& s) {
  require_at_least("the batch", s.batch, 0);
  require_at_least("groups", s.groups, 1);
  require_at_least("the number of input channels", s.in_channels, 0);
  require_at_least("the number of output channels", s.out_channels, 0);
  if (s.in_channels % s.groups != 0 || s.out_channels % s.groups != 0) {
    throw ValueError("convolution: groups = " + text(s.groups) + " must divide the " + text(s.in_channels) +
                     " input and the " + text(s.out_channels) + " output channels");
  }
  constexpr std::int64_t kLargest = std::int64_t{1} << 40;  // keeps sums of products of two of them within int64
  for (std::size_t a = 0; a < 3; ++a) {
    require_at_least("the input's extent", s.input[a], 0);
    require_at_least("the output's extent", s.output[a], 0);
    require_at_least("the kernel size", s.kernel[a], 1);
    require_at_least("the stride", s.stride[a], 1);
    require_at_least("the dilation", s.dilation[a], 1);
    require_at_least("the padding", s.padding[a], 0);
    if (s.kernel[a] > kLargest / s.dilation[a] || s.output[a] > kLargest / s.stride[a] || s.padding[a] > kLargest ||
        s.input[a] > kLargest || s.stride[a] > kLargest) {
      throw ValueError("convolution: an extent, times its stride or dilation, is larger than 2^40");
    }
  }
  checked_product("the input", s.input, checked_product("the input", s.batch, s.in_channels));
  checked_product("the output", s.output, checked_product("the output", s.batch, s.out_channels));
  const std::int64_t weights =
      checked_product("the weight", s.kernel, checked_product("the weight", s.out_channels, s.group_in_channels()));
  checked_product("the sum", s.output, checked_product("the sum", weights, s.batch > 0 ? s.batch : 1));
}

}  // namespace lamella::kernels
