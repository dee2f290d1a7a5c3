// Samples of the less common forms of include/lamella/ops/dropout.h, on PyTorch's stream of random numbers.
#pragma once

#include <lamella/ops/dropout.h>

#include "ops/create_samples.h"
#include "ops/sample.h"

namespace lamella::testing {

inline void add_feature_dropout_samples(Operators& all) {
  const auto drawn = [&](const char* name, auto fn, Dims shape) {
    const std::string torch = "F." + std::string(name) + "(a, 0.4, True)";
    all.add(name).plain_only().sample(seeded_torch(3, torch), seeded(3, fn), normal(shape));
  };
  drawn("dropout1d", [](T a) { return dropout1d(a, 0.4); }, {4, 6, 3});
  drawn("dropout3d", [](T a) { return dropout3d(a, 0.4); }, {6, 2, 3, 2});
  drawn("alpha_dropout", [](T a) { return alpha_dropout(a, 0.4, true); }, {7, 19});
  drawn("feature_alpha_dropout", [](T a) { return feature_alpha_dropout(a, 0.4, true); }, {4, 6, 3});
  all.add("dropout_")
      .plain_only()
      .sample(seeded_torch(3, "F.dropout(a.clone(), 0.4, inplace=True)"),
              seeded(3, [](T a) { return dropout_(a.clone(), 0.4); }), normal({7, 19}));
  all.add("dropout1d_of_pictures").error("F.dropout1d(a)", [](T a) { return dropout1d(a); }, normal({2, 3, 4, 5}));
}

}  // namespace lamella::testing
