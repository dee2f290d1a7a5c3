// Samples of include/lamella/ops/pad.h.
#pragma once

#include <lamella/ops/pad.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_pad_samples(Operators& all) {
  Operator& op = all.add("pad").types(kFloats);
  op.sample(
        "F.pad(a, (1, 2))", [](T a) { return pad(a, {1, 2}); }, normal({3, 4}))
      .sample(
          "F.pad(a, (1, 2, 0, 3), value=1.5)", [](T a) { return pad(a, {1, 2, 0, 3}, "constant", 1.5); },
          normal({2, 3, 4, 5}))
      .sample(
          "F.pad(a, (-1, 2, 1, -2))", [](T a) { return pad(a, {-1, 2, 1, -2}); }, normal({2, 3, 4, 5}))
      .sample(
          "F.pad(a, (1, 1, 1, 1, 1, 1))", [](T a) { return pad(a, {1, 1, 1, 1, 1, 1}); }, normal({2, 2, 3}))
      .sample(
          "F.pad(a, (2, 1))", [](T a) { return pad(a, {2, 1}); }, normal({0}))
      .error(
          "F.pad(a, (1,))", [](T a) { return pad(a, {1}); }, normal({3}))
      .error(
          "F.pad(a, (1, 1, 1, 1))", [](T a) { return pad(a, {1, 1, 1, 1}); }, normal({3}))
      .error(
          "F.pad(a, (-3, -3))", [](T a) { return pad(a, {-3, -3}); }, normal({4}))
      .error("F.pad(a, (1, 1), mode='mirror')", [](T a) { return pad(a, {1, 1}, "mirror"); }, normal({2, 4}));
  for (const char* mode : {"reflect", "replicate", "circular"}) {
    const std::string tail = ", mode='" + std::string(mode) + "')";
    op.sample("F.pad(a, (2, 1)" + tail, [=](T a) { return pad(a, {2, 1}, mode); }, normal({2, 3, 5}));
    op.sample("F.pad(a, (2, 1)" + tail, [=](T a) { return pad(a, {2, 1}, mode); }, normal({3, 5}));
    op.sample("F.pad(a, (2, 1, 0, 3)" + tail, [=](T a) { return pad(a, {2, 1, 0, 3}, mode); }, normal({2, 3, 4, 5}));
    op.sample("F.pad(a, (2, 1, 0, 3)" + tail, [=](T a) { return pad(a, {2, 1, 0, 3}, mode); }, normal({3, 4, 5}));
    op.sample(
        "F.pad(a, (2, 1, 0, 1, 1, 2)" + tail, [=](T a) { return pad(a, {2, 1, 0, 1, 1, 2}, mode); },
        normal({2, 3, 3, 4, 5}));
    op.sample("F.pad(a, (-1, 2)" + tail, [=](T a) { return pad(a, {-1, 2}, mode); }, normal({2, 3, 5}));
    op.sample(
        "F.pad(a, (-1, 1, 2, -1)" + tail, [=](T a) { return pad(a, {-1, 1, 2, -1}, mode); }, normal({2, 3, 4, 5}));
    op.error("F.pad(a, (-3, -3)" + tail, [=](T a) { return pad(a, {-3, -3}, mode); }, normal({2, 3, 5}));
    op.error("F.pad(a, (1, 1)" + tail, [=](T a) { return pad(a, {1, 1}, mode); }, normal({5}));
  }
  op.error("F.pad(a, (5, 1), mode='reflect')", [](T a) { return pad(a, {5, 1}, "reflect"); }, normal({2, 5}));
  op.error("F.pad(a, (6, 1), mode='circular')", [](T a) { return pad(a, {6, 1}, "circular"); }, normal({2, 5}));
}

}  // namespace lamella::testing
