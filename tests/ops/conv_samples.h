// Samples of include/lamella/ops/conv.h: every rank, with strides, paddings, dilations and groups, and what is refused.
#pragma once

#include <array>

#include <lamella/ops/conv.h>
#include <lamella/ops/create.h>

#include "ops/sample.h"

namespace lamella::testing {

struct ConvCase {
  const char* torch;  ///< the options as Python writes them
  ConvOptions options;
  std::int64_t channels = 4;
  std::int64_t outputs = 6;
};

inline const std::vector<ConvCase>& conv_cases() {
  static const std::vector<ConvCase> cases = {
      {"", {}},
      {"", {}, 1, 3},
      {"stride=2", {.stride = {2}}},
      {"padding=1", {.padding = 1}},
      {"padding=2, stride=3", {.stride = {3}, .padding = 2}},
      {"padding='same'", {.padding = "same"}},
      {"padding='same', dilation=2", {.padding = "same", .dilation = {2}}},
      {"padding='valid'", {.padding = "valid"}},
      {"dilation=2", {.dilation = {2}}},
      {"groups=2", {.groups = 2}},
      {"groups=4, padding=1", {.padding = 1, .groups = 4}, 4, 8},
      {"groups=6, padding=1, stride=2", {.stride = {2}, .padding = 1, .groups = 6}, 6, 6},
      {"padding=1, groups=2, stride=2, dilation=2", {.stride = {2}, .padding = 1, .dilation = {2}, .groups = 2}},
  };
  return cases;
}

template <typename Fn>
void add_conv(Operators& all, const std::string& name, Fn conv, const Dims& spatial, const Dims& kernel) {
  Operator& op = all.add(name).types(kFloats).within(4, "sums of up to 300 products in another order");
  const auto shape = [](std::int64_t n, std::int64_t c, const Dims& rest) {
    Dims result = {n, c};
    result.append(rest.begin(), rest.end());
    return result;
  };
  for (const ConvCase& c : conv_cases()) {
    const std::string options = c.torch[0] == 0 ? "" : ", " + std::string(c.torch);
    const auto call = [conv, o = c.options](T a, T b, T d) { return conv(a, b, d, o); };
    op.sample("F." + name + "(a, b, c" + options + ")", call, normal(shape(2, c.channels, spatial)),
              normal(shape(c.outputs, c.channels / c.options.groups, kernel)), normal({c.outputs}));
  }
  const auto plain = [conv](T a, T b) { return conv(a, b, Tensor(), {}); };
  const std::string torch = "F." + name + "(a, b)";
  op.sample(torch, plain, normal(shape(2, 3, spatial)), normal(shape(5, 3, kernel)));
  op.sample(torch, plain, normal(shape(2, 8, spatial)), normal(shape(8, 8, Dims(spatial.size(), 1))));
  Dims unbatched = {3};
  unbatched.append(spatial.begin(), spatial.end());
  op.sample(torch, plain, normal(unbatched), normal(shape(5, 3, kernel)));
  op.sample(torch, plain, normal(shape(0, 3, spatial)), normal(shape(5, 3, kernel)));
  op.error(torch, plain, normal(shape(1, 2, spatial)), normal(shape(5, 3, kernel)));
  op.error(torch, plain, normal(shape(1, 3, Dims(spatial.size(), 1))), normal(shape(5, 3, kernel)));
  op.error(torch, plain, normal({3}), normal(shape(5, 3, kernel)));
  op.error(torch, plain, normal(shape(1, 3, spatial)), normal(shape(5, 3, kernel)).of(DType::kInt64));
  op.error(
      "F." + name + "(a, b, c)", [conv](T a, T b, T c) { return conv(a, b, c, {}); }, normal(shape(1, 3, spatial)),
      normal(shape(5, 3, kernel)), normal({4}));
  op.error(
      "F." + name + "(a, b, groups=2)", [conv](T a, T b) { return conv(a, b, Tensor(), {.groups = 2}); },
      normal(shape(1, 3, spatial)), normal(shape(4, 3, kernel)));
  op.error(
      "F." + name + "(a, b, stride=0)", [conv](T a, T b) { return conv(a, b, Tensor(), {.stride = {0}}); },
      normal(shape(1, 3, spatial)), normal(shape(4, 3, kernel)));
  op.error(
      "F." + name + "(a, b, stride=2, padding='same')",
      [conv](T a, T b) { return conv(a, b, Tensor(), {.stride = {2}, .padding = "same"}); },
      normal(shape(1, 3, spatial)), normal(shape(4, 3, kernel)));
}

template <typename Fn>
void add_conv_transpose(Operators& all, const std::string& name, Fn conv, const Dims& spatial, const Dims& kernel) {
  Operator& op = all.add(name).types(kFloats).within(4, "sums of up to 300 products in another order");
  struct Case {
    const char* torch;
    ConvTransposeOptions options;
    std::int64_t channels = 4, outputs = 6;
  };
  const Case cases[] = {
      {"", {}},
      {"stride=2", {.stride = {2}}},
      {"stride=2, padding=1, output_padding=1", {.stride = {2}, .padding = {1}, .output_padding = {1}}},
      {"groups=2, dilation=2", {.groups = 2, .dilation = {2}}},
      {"groups=4, stride=2", {.stride = {2}, .groups = 4}, 4, 4},
      {"padding=1", {.padding = {1}}, 1, 3},
  };
  const auto shape = [](std::int64_t n, std::int64_t c, const Dims& rest) {
    Dims result = {n, c};
    result.append(rest.begin(), rest.end());
    return result;
  };
  for (const Case& c : cases) {
    const std::string options = c.torch[0] == 0 ? "" : ", " + std::string(c.torch);
    const auto call = [conv, o = c.options](T a, T b, T d) { return conv(a, b, d, o); };
    op.sample("F." + name + "(a, b, c" + options + ")", call, normal(shape(2, c.channels, spatial)),
              normal(shape(c.channels, c.outputs / c.options.groups, kernel)), normal({c.outputs}));
  }
  const auto plain = [conv](T a, T b) { return conv(a, b, Tensor(), {}); };
  op.sample("F." + name + "(a, b)", plain, normal(shape(2, 3, spatial)), normal(shape(3, 5, kernel)));
  op.error("F." + name + "(a, b)", plain, normal(shape(2, 2, spatial)), normal(shape(3, 5, kernel)));
  op.error(
      "F." + name + "(a, b, output_padding=1)",
      [conv](T a, T b) { return conv(a, b, Tensor(), {.output_padding = {1}}); }, normal(shape(2, 3, spatial)),
      normal(shape(3, 5, kernel)));
}

/// Convolutions of random shapes, so that each kernel meets its tails: the same shapes at each run.
inline void add_random_convolutions(Operators& all) {
  Operator& op = all.add("conv2d (random)")
                     .types({DType::kFloat32, DType::kBFloat16})
                     .within(40, "as conv2d (large): up to 1600 products, some by Winograd")
                     .without_differences();
  Generator generator(9);
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return randint(low, high + 1, {}, {.generator = &generator}).item<std::int64_t>();
  };
  for (int i = 0; i < 60; ++i) {
    const std::int64_t groups = i % 4 == 3 ? draw(2, 8) : 1;
    const std::int64_t channels = groups * draw(1, groups > 1 ? 4 : 40);
    const std::int64_t outputs = groups * draw(1, groups > 1 ? 4 : 40);
    const Dims kernel = {draw(1, 5), i % 2 == 0 ? 3 : draw(1, 5)};
    const ConvOptions options{
        .stride = {draw(1, 2)}, .padding = draw(0, 2), .dilation = {draw(1, 2)}, .groups = groups};
    const std::string text =
        ", stride=" + std::to_string(options.stride[0]) + ", padding=" + std::to_string(options.padding.values()[0]) +
        ", dilation=" + std::to_string(options.dilation[0]) + ", groups=" + std::to_string(groups) + ")";
    op.sample(
        "F.conv2d(a, b, c" + text, [options](T a, T b, T c) { return conv2d(a, b, c, options); },
        normal({draw(1, 3), channels, draw(9, 20), draw(9, 20)}),
        normal({outputs, channels / groups, kernel[0], kernel[1]}), normal({outputs}));
  }
}

inline void add_conv_samples(Operators& all) {
  using O = ConvOptions;
  using P = ConvTransposeOptions;
  add_conv(all, "conv1d", [](T a, T b, T c, O o) { return conv1d(a, b, c, std::move(o)); }, {9}, {3});
  add_conv(all, "conv2d", [](T a, T b, T c, O o) { return conv2d(a, b, c, std::move(o)); }, {7, 6}, {3, 2});
  all.add("conv2d (large)")
      .within(40, "\"fast\" allows Winograd with 8 times the error of direct summation, over 288 products")
      .without_differences()
      .sample(
          "F.conv2d(a, b, c, padding=1)", [](T a, T b, T c) { return conv2d(a, b, c, {.padding = 1}); },
          normal({2, 32, 18, 17}), normal({32, 32, 3, 3}), normal({32}))
      .sample(
          "F.conv2d(a, b, c, padding=2)", [](T a, T b, T c) { return conv2d(a, b, c, {.padding = 2}); },
          normal({3, 1, 28, 28}), normal({16, 1, 5, 5}), normal({16}))
      .sample(
          "F.conv2d(a, b, c, stride=(2, 1), padding=(1, 0), dilation=(1, 2))",
          [](T a, T b, T c) { return conv2d(a, b, c, {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}}); },
          normal({2, 16, 13, 14}), normal({24, 16, 3, 3}), normal({24}));
  add_random_convolutions(all);
  add_conv(all, "conv3d", [](T a, T b, T c, O o) { return conv3d(a, b, c, std::move(o)); }, {5, 5, 6}, {3, 2, 2});
  add_conv_transpose(all, "conv_transpose1d",
                     [](T a, T b, T c, P o) { return conv_transpose1d(a, b, c, std::move(o)); }, {5}, {3});
  add_conv_transpose(all, "conv_transpose2d",
                     [](T a, T b, T c, P o) { return conv_transpose2d(a, b, c, std::move(o)); }, {4, 3}, {3, 2});
  add_conv_transpose(all, "conv_transpose3d",
                     [](T a, T b, T c, P o) { return conv_transpose3d(a, b, c, std::move(o)); }, {2, 3, 3}, {3, 2, 2});
}

}  // namespace lamella::testing
