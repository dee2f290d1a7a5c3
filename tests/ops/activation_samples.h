// Samples of include/lamella/ops/activation.h.
#pragma once

#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>

#include "ops/sample.h"

namespace lamella::testing {

/// Shapes that each elementwise operator runs on: tails of vectors, 4-D and 5-D, one element, 0-d, none.
template <typename Fn>
void on_common_shapes(Operator& op, const std::string& torch, Fn fn, Values values) {
  const Dims shapes[] = {{7, 19}, {2, 3, 4, 5}, {2, 4, 2, 3, 2}, {1}, {}, {0, 3}};
  for (const Dims& shape : shapes) op.sample(torch, fn, Input{values, shape});
}

inline void add_activation_samples(Operators& all) {
  Operator* op = nullptr;
  const auto unary = [&](const char* name, const std::string& torch, auto fn,
                         const std::vector<DType>& types = kFloats) {
    op = &all.add(name).types(types);
    on_common_shapes(*op, torch, fn, Values::kDistinct);
    op->sample(torch, fn, special());
  };
  unary("relu", "F.relu(a)", [](T a) { return relu(a); }, kNumbers);
  unary("relu_", "F.relu_(a.clone())", [](T a) { return relu_(a.clone()); }, kNumbers);
  op->error("torch.relu_(a)", [](T a) { return relu_(a); }, normal({3}));
  unary("relu6", "F.relu6(a * 4)", [](T a) { return relu6(a * 4); });
  unary("relu6_", "F.relu6((a * 4).clone(), inplace=True)", [](T a) { return relu6_((a * 4).clone()); });
  unary("leaky_relu", "F.leaky_relu(a, 0.2)", [](T a) { return leaky_relu(a, 0.2); });
  op->sample("F.leaky_relu(a)", [](T a) { return leaky_relu(a); }, distinct({5}));
  unary("leaky_relu_", "F.leaky_relu_(a.clone(), 0.2)", [](T a) { return leaky_relu_(a.clone(), 0.2); });
  unary("elu", "F.elu(a, 1.5)", [](T a) { return elu(a, 1.5); });
  op->sample("F.elu(a)", [](T a) { return elu(a); }, distinct({5}));
  unary("elu_", "F.elu(a.clone(), 1.5, inplace=True)", [](T a) { return elu_(a.clone(), 1.5); });
  unary("hardswish_", "F.hardswish(a.clone(), inplace=True)", [](T a) { return hardswish_(a.clone()); });
  unary("hardsigmoid_", "F.hardsigmoid(a.clone(), inplace=True)", [](T a) { return hardsigmoid_(a.clone()); });
  unary("gelu", "F.gelu(a)", [](T a) { return gelu(a); });
  op->sample("F.gelu(a, approximate='tanh')", [](T a) { return gelu(a, "tanh"); }, distinct({2, 33}));
  op->error("F.gelu(a, approximate='other')", [](T a) { return gelu(a, "other"); }, distinct({2}));
  unary("silu", "F.silu(a)", [](T a) { return silu(a); });
  unary("silu_", "F.silu(a.clone(), inplace=True)", [](T a) { return silu_(a.clone()); });
  unary("hardswish", "F.hardswish(a)", [](T a) { return hardswish(a); });
  unary("hardsigmoid", "F.hardsigmoid(a)", [](T a) { return hardsigmoid(a); });
  unary("sigmoid", "torch.sigmoid(a)", [](T a) { return sigmoid(a); }, kEverything);
  unary("tanh", "torch.tanh(a)", [](T a) { return tanh(a); }, kEverything);
  unary("softplus", "F.softplus(a)", [](T a) { return softplus(a); });
  op->sample("F.softplus(a, 2.0, 1.0)", [](T a) { return softplus(a, 2.0, 1.0); }, distinct({3, 11}));

  unary("mish", "F.mish(a)", [](T a) { return mish(a); });
  unary("mish_", "F.mish(a.clone(), inplace=True)", [](T a) { return mish_(a.clone()); });
  unary("hardtanh", "F.hardtanh(a, -0.6, 1.2)", [](T a) { return hardtanh(a, -0.6, 1.2); });
  op->sample("F.hardtanh(a)", [](T a) { return hardtanh(a); }, normal({5}).of(DType::kInt32));
  op->error("F.hardtanh(a, 1, -1)", [](T a) { return hardtanh(a, 1, -1); }, normal({5}));
  unary("hardtanh_", "F.hardtanh(a.clone(), inplace=True)", [](T a) { return hardtanh_(a.clone()); });
  unary("celu", "F.celu(a, 1.5)", [](T a) { return celu(a, 1.5); });
  op->error("F.celu(a, 0)", [](T a) { return celu(a, 0); }, normal({5}));
  unary("celu_", "F.celu(a.clone(), inplace=True)", [](T a) { return celu_(a.clone()); });
  unary("selu", "F.selu(a)", [](T a) { return selu(a); });
  unary("selu_", "F.selu(a.clone(), inplace=True)", [](T a) { return selu_(a.clone()); });
  unary("logsigmoid", "F.logsigmoid(a)", [](T a) { return logsigmoid(a); });
  unary("softsign", "F.softsign(a)", [](T a) { return softsign(a); });
  unary("tanhshrink", "F.tanhshrink(a)", [](T a) { return tanhshrink(a); });
  unary("hardshrink", "F.hardshrink(a, 0.7)", [](T a) { return hardshrink(a, 0.7); });
  unary("softshrink", "F.softshrink(a, 0.7)", [](T a) { return softshrink(a, 0.7); });
  op->error("F.softshrink(a, -1)", [](T a) { return softshrink(a, -1); }, normal({5}));
  unary("threshold", "F.threshold(a, 0.3, 9)", [](T a) { return threshold(a, 0.3, 9); }, kNumbers);
  unary("threshold_", "F.threshold(a.clone(), 0.3, 9, inplace=True)",
        [](T a) { return threshold_(a.clone(), 0.3, 9); });
  op = &all.add("prelu").types(kFloats);
  const auto sloped = [](T a, T w) { return prelu(a, w); };
  op->sample("F.prelu(a, b)", sloped, distinct({2, 3, 4, 5}), normal({3}));
  op->sample("F.prelu(a, b)", sloped, distinct({7, 19}), normal({1}));
  op->error("F.prelu(a, b)", sloped, distinct({2, 4}), normal({3}));
  op = &all.add("rrelu").types({DType::kFloat32, DType::kFloat64}).plain_only();
  op->sample("F.rrelu(a, 0.1, 0.5)", [](T a) { return rrelu(a, 0.1, 0.5); }, distinct({7, 19}));
  op->sample(
      "seeded(5, lambda: F.rrelu(a, 0.1, 0.5, training=True))",
      [](T a) {
        Generator generator(5);
        return rrelu(a, 0.1, 0.5, true, &generator);
      },
      distinct({7, 19}).constant());
  op = &all.add("glu").types(kFloats);
  op->sample("F.glu(a)", [](T a) { return glu(a); }, normal({3, 10}));
  op->sample("F.glu(a, 1)", [](T a) { return glu(a, 1); }, normal({2, 4, 3, 5}));
  op->error("F.glu(a)", [](T a) { return glu(a); }, normal({3, 5}));
  all.add("softmin").types(kFloats).sample("F.softmin(a, 1)", [](T a) { return softmin(a, 1); }, normal({3, 10}));

  for (const bool logarithm : {false, true}) {
    const std::string call = logarithm ? "F.log_softmax(a, " : "F.softmax(a, ";
    op = &all.add(logarithm ? "log_softmax" : "softmax").types(kFloats);
    for (const std::int64_t axis : {0, 1, -1}) {
      const auto fn = [=](T a) { return logarithm ? log_softmax(a, axis) : softmax(a, axis); };
      const std::string torch = call + std::to_string(axis) + ")";
      op->sample(torch, fn, normal({3, 10})).sample(torch, fn, normal({2, 3, 4, 5})).sample(torch, fn, normal({2, 1}));
      op->sample(torch, fn, normal({0, 3})).sample(torch, fn, normal({4, 129}));
    }
    const auto last = [=](T a) { return logarithm ? log_softmax(a, -1) : softmax(a, -1); };
    op->sample(call + "-1)", last, normal({}));
    op->sample(call + "-1)", last, special());
    op->error(call + "2)", [=](T a) { return logarithm ? log_softmax(a, 2) : softmax(a, 2); }, normal({3, 4}));
    op->error(call + "0)", [=](T a) { return logarithm ? log_softmax(a, 0) : softmax(a, 0); }, index(4, {3}));
  }
}

}  // namespace lamella::testing
