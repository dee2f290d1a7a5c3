// Samples of include/lamella/ops/interpolate.h.
#pragma once

#include <lamella/ops/interpolate.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_interpolate_samples(Operators& all) {
  Operator& op = all.add("interpolate")
                     .types(kFloats)
                     .within(10, "coordinates are computed in float32, by another order of operations");
  struct Mode {
    const char* name;
    std::int64_t axes;
    bool aligns;
  };
  const Mode modes[] = {{"nearest", 1, false},       {"nearest", 2, false},       {"nearest", 3, false},
                        {"nearest-exact", 1, false}, {"nearest-exact", 2, false}, {"linear", 1, true},
                        {"bilinear", 2, true},       {"bicubic", 2, true},        {"trilinear", 3, true},
                        {"area", 1, false},          {"area", 2, false},          {"area", 3, false}};
  for (const Mode& mode : modes) {
    Dims shape = {2, 3};
    for (std::int64_t i = 0; i < mode.axes; ++i) shape.push_back(5 - i);
    const std::string tail = ", mode='" + std::string(mode.name) + "'";
    const auto sized = [&](const std::string& size, Dims dims) {
      op.sample(
          "F.interpolate(a, size=" + size + tail + ")",
          [=](T a) { return interpolate(a, {.size = dims, .mode = mode.name}); }, normal(shape));
    };
    sized("7", {7});
    sized("2", {2});
    for (const double factor : {2.0, 0.6, 1.5}) {
      const std::string scaled = "F.interpolate(a, scale_factor=" + std::to_string(factor) + tail;
      op.sample(
          scaled + ")", [=](T a) { return interpolate(a, {.scale_factor = ScaleFactors{factor}, .mode = mode.name}); },
          normal(shape));
      op.sample(
          scaled + ", recompute_scale_factor=True)",
          [=](T a) {
            return interpolate(
                a, {.scale_factor = ScaleFactors{factor}, .mode = mode.name, .recompute_scale_factor = true});
          },
          normal(shape));
    }
    const auto aligned = [=](T a) {
      return interpolate(a, {.size = Dims{7}, .mode = mode.name, .align_corners = true});
    };
    const std::string torch = "F.interpolate(a, size=7" + tail + ", align_corners=True)";
    if (mode.aligns) {
      op.sample(torch, aligned, normal(shape));
      op.sample(
          "F.interpolate(a, size=1" + tail + ", align_corners=True)",
          [=](T a) { return interpolate(a, {.size = Dims{1}, .mode = mode.name, .align_corners = true}); },
          normal(shape));
    } else {
      op.error(torch, aligned, normal(shape));
    }
  }
  for (const char* mode : {"bilinear", "bicubic"}) {
    op.sample(
        "F.interpolate(a, size=(3, 7), mode='" + std::string(mode) + "', antialias=True)",
        [=](T a) { return interpolate(a, {.size = Dims{3, 7}, .mode = mode, .antialias = true}); },
        normal({1, 2, 8, 6}));
  }
  op.error("F.interpolate(a)", [](T a) { return interpolate(a, {}); }, normal({1, 2, 4}));
  op.error(
      "F.interpolate(a, size=2, scale_factor=2)",
      [](T a) { return interpolate(a, {.size = Dims{2}, .scale_factor = ScaleFactors{2}}); }, normal({1, 2, 4}));
  op.error(
      "F.interpolate(a, size=2, mode='bilinear')",
      [](T a) { return interpolate(a, {.size = Dims{2}, .mode = "bilinear"}); }, normal({1, 2, 4}));
  op.error("F.interpolate(a, size=0)", [](T a) { return interpolate(a, {.size = Dims{0}}); }, normal({1, 2, 4}));
  op.error(
      "F.interpolate(a, size=2, mode='cubic')", [](T a) { return interpolate(a, {.size = Dims{2}, .mode = "cubic"}); },
      normal({1, 2, 4}));
  op.error("F.interpolate(a, size=2)", [](T a) { return interpolate(a, {.size = Dims{2}}); }, normal({2, 4}));
  for (const char* mode : {"nearest", "bilinear", "bicubic"}) {
    op.sample(
        "F.interpolate(a, size=(5, 7), mode='" + std::string(mode) + "')",
        [=](T a) { return interpolate(a, {.size = Dims{5, 7}, .mode = mode}); },
        positive({2, 3, 4, 6}).of(DType::kUInt8));
  }
}

inline void add_grid_samples(Operators& all) {
  Operator& op = all.add("grid_sample").within(10, "positions are computed in another order of operations");
  op.plain_only();  // PyTorch's own result for channels-last inputs depends on the grid's strides
  const auto sampled = [&](const char* mode, const char* border, bool align, Dims input, Dims grid) {
    const std::string torch = "F.grid_sample(a, b * 0.8, mode='" + std::string(mode) + "', padding_mode='" + border +
                              "', align_corners=" + (align ? "True)" : "False)");
    const GridSampleOptions options{.mode = mode, .padding_mode = border, .align_corners = align};
    op.sample(torch, [=](T a, T b) { return grid_sample(a, b * 0.8, options); }, normal(input), distinct(grid));
  };
  for (const char* border : {"zeros", "border", "reflection"}) {
    for (const bool align : {false, true}) {
      for (const char* mode : {"bilinear", "nearest", "bicubic"})
        sampled(mode, border, align, {2, 2, 3, 4}, {2, 3, 2, 2});
      for (const char* mode : {"bilinear", "nearest"}) sampled(mode, border, align, {1, 2, 3, 4, 2}, {1, 2, 2, 2, 3});
    }
  }
  op.error(
      "F.grid_sample(a, b)", [](T a, T b) { return grid_sample(a, b); }, normal({2, 2, 3, 4}), normal({2, 3, 2, 3}));
  op.error("F.grid_sample(a, b)", [](T a, T b) { return grid_sample(a, b); }, normal({2, 3, 4}), normal({2, 3, 2}));
  op.error(
      "F.grid_sample(a, b, mode='cubic')", [](T a, T b) { return grid_sample(a, b, {.mode = "cubic"}); },
      normal({2, 2, 3, 4}), normal({2, 3, 2, 2}));
  Operator& affine = all.add("affine_grid");
  for (const bool align : {false, true}) {
    const std::string tail = align ? ", align_corners=True)" : ", align_corners=False)";
    affine.sample(
        "F.affine_grid(a, (2, 3, 4, 5)" + tail, [=](T a) { return affine_grid(a, {2, 3, 4, 5}, align); },
        normal({2, 2, 3}));
    affine.sample(
        "F.affine_grid(a, (2, 3, 2, 1, 3)" + tail, [=](T a) { return affine_grid(a, {2, 3, 2, 1, 3}, align); },
        normal({2, 3, 4}));
  }
  affine.error("F.affine_grid(a, (2, 3, 4, 5))", [](T a) { return affine_grid(a, {2, 3, 4, 5}); }, normal({2, 3, 4}));
}

}  // namespace lamella::testing
