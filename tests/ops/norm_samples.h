// Samples of include/lamella/ops/norm.h.
#pragma once

#include <lamella/ops/norm.h>

#include "ops/sample.h"

namespace lamella::testing {

/// 16-bit inputs with float32 parameters and statistics, as a network has them under autocast.
inline void add_mixed_norm_samples(Operators& all) {
  const auto wide = [](Input input) {
    input.dtype = DType::kFloat32;
    return input;
  };
  const Input weight = wide(positive({4}));
  const Input bias = wide(normal({4}));
  const Input mean = bias.constant();
  const Input var = weight.constant();
  const std::vector<DType> half = {DType::kBFloat16, DType::kFloat16};
  all.add("batch_norm (mixed)")
      .types(half)
      .without_differences()
      .sample(
          "batch_norm_training(a, b, c, d, e, 0.2, 1e-3)",
          [](T x, T m, T v, T w, T b) -> TensorList {
            const Tensor running_mean = m.clone();
            const Tensor running_var = v.clone();
            const Tensor y = batch_norm(x, running_mean, running_var, w, b, true, 0.2, 1e-3);
            return {y, running_mean, running_var};
          },
          normal({2, 4, 3, 5}), mean, var, weight, bias)
      .sample(
          "F.batch_norm(a, b, c, d, e)", [](T x, T m, T v, T w, T b) { return batch_norm(x, m, v, w, b); },
          normal({2, 4, 3, 5}), mean, var, weight, bias)
      .sample(
          "F.batch_norm(a, b, c)", [](T x, T m, T v) { return batch_norm(x, m, v); }, normal({3, 4}), mean, var)
      .error(
          "F.batch_norm(a, b, c)", [](T x, T m, T v) { return batch_norm(x, m, v); },
          normal({3, 4}).of(DType::kBFloat16), mean, var.of(DType::kBFloat16))
      .error(
          "F.batch_norm(a, b, c)", [](T x, T m, T v) { return batch_norm(x, m, v); }, normal({3, 4}),
          mean.of(DType::kFloat64), var.of(DType::kFloat64));
  all.add("group_norm (mixed)")
      .types(half)
      .without_differences()
      .sample(
          "F.group_norm(a, 2, b, c)", [](T x, T w, T b) { return group_norm(x, 2, w, b); }, normal({3, 4, 5}), weight,
          bias)
      .error(
          "F.group_norm(a, 2, b)", [](T x, T w) { return group_norm(x, 2, w); }, normal({3, 4, 5}),
          weight.of(DType::kBFloat16));
  all.add("layer_norm (mixed)")
      .types(half)
      .without_differences()
      .sample(
          "F.layer_norm(a, (4,), b, c)", [](T x, T w, T b) { return layer_norm(x, {4}, w, b); }, normal({3, 5, 4}),
          weight, bias);
}

inline void add_norm_samples(Operators& all) {
  const std::string order = "means of up to 300 numbers in another order, divided by a standard deviation";
  // The running statistics are the results of a training step too.
  const auto train = [](T x, T weight, T bias, T mean, T var) -> TensorList {
    const Tensor m = mean.clone();
    const Tensor v = var.clone();
    const Tensor y = batch_norm(x, m, v, weight, bias, true, 0.2, 1e-3);
    return {y, m, v};
  };
  const auto evaluate = [](T x, T weight, T bias, T mean, T var) {
    return batch_norm(x, mean, var, weight, bias, false, 0.1, 1e-3);
  };
  Operator& batch = all.add("batch_norm").types(kFloats).within(8, order);
  for (const Dims& shape : {Dims{5, 3}, Dims{4, 3, 7}, Dims{2, 3, 4, 5}, Dims{2, 3, 2, 3, 4}, Dims{3, 3, 10, 10}}) {
    const Input vector = positive({3});
    batch.sample("batch_norm_training(a, d, e, b, c, 0.2, 1e-3)", train, normal(shape), vector, normal({3}),
                 normal({3}).constant(), vector.constant());
    batch.sample("F.batch_norm(a, d, e, b, c, False, 0.1, 1e-3)", evaluate, normal(shape), vector, normal({3}),
                 normal({3}).constant(), vector.constant());
  }
  batch.sample(
      "F.batch_norm(a, None, None, None, None, True)", [](T x) { return batch_norm(x, {}, {}, {}, {}, true); },
      normal({4, 3, 5}));
  batch.sample(
      "F.batch_norm(a, None, None, b, None, True)", [](T x, T w) { return batch_norm(x, {}, {}, w, {}, true); },
      normal({4, 3, 5}), normal({3}));
  batch.error(
      "F.batch_norm(a, b, b)", [](T x, T m) { return batch_norm(x, m, m); }, normal({4, 3, 5}),
      positive({4}).constant());
  batch.error(
      "F.batch_norm(a, None, None, None, None, True)", [](T x) { return batch_norm(x, {}, {}, {}, {}, true); },
      normal({1, 3}));
  batch.error("F.batch_norm(a, None, None)", [](T x) { return batch_norm(x, {}, {}); }, normal({4, 3}));
  const auto grouped = [](T x, T w, T b) { return group_norm(x, 2, w, b, 1e-3); };
  all.add("group_norm")
      .types(kFloats)
      .within(8, order)
      .sample("F.group_norm(a, 2, b, c, 1e-3)", grouped, normal({3, 4, 5}), positive({4}), normal({4}))
      .sample("F.group_norm(a, 2, b, c, 1e-3)", grouped, normal({2, 6, 4, 5}), positive({6}), normal({6}))
      .sample(
          "F.group_norm(a, 3)", [](T x) { return group_norm(x, 3); }, normal({2, 6, 3}))
      .sample(
          "F.group_norm(a, 6)", [](T x) { return group_norm(x, 6); }, normal({2, 6, 2, 3}))
      .sample(
          "F.group_norm(a, 1)", [](T x) { return group_norm(x, 1); }, normal({2, 6}))
      .error(
          "F.group_norm(a, 4)", [](T x) { return group_norm(x, 4); }, normal({2, 6, 3}))
      .error("F.group_norm(a, 2, b)", [](T x, T w) { return group_norm(x, 2, w); }, normal({2, 6, 3}), normal({4}));
  all.add("layer_norm")
      .types(kFloats)
      .within(8, order)
      .sample(
          "F.layer_norm(a, (5,), b, c, 1e-3)", [](T x, T w, T b) { return layer_norm(x, {5}, w, b, 1e-3); },
          normal({3, 4, 5}), positive({5}), normal({5}))
      .sample(
          "F.layer_norm(a, (4, 5), b, c)", [](T x, T w, T b) { return layer_norm(x, {4, 5}, w, b); },
          normal({2, 3, 4, 5}), positive({4, 5}), normal({4, 5}))
      .sample(
          "F.layer_norm(a, (19,))", [](T x) { return layer_norm(x, {19}); }, normal({7, 19}))
      .error(
          "F.layer_norm(a, (4,))", [](T x) { return layer_norm(x, {4}); }, normal({3, 5}))
      .error("F.layer_norm(a, (5,), b)", [](T x, T w) { return layer_norm(x, {5}, w); }, normal({3, 5}), normal({4}));
  const auto instances = [](T x, T weight, T bias, T mean, T var) -> TensorList {
    const Tensor m = mean.clone();
    const Tensor v = var.clone();
    const Tensor y = instance_norm(x, m, v, weight, bias, true, 0.2, 1e-3);
    return {y, m, v};
  };
  Operator& instance = all.add("instance_norm").within(8, order);
  for (const Dims& shape : {Dims{2, 3, 7}, Dims{2, 3, 4, 5}, Dims{2, 3, 2, 3, 4}}) {
    const Input vector = positive({3});
    instance.sample("(lambda m, v: (F.instance_norm(a, m, v, b, c, True, 0.2, 1e-3), m, v))(d.clone(), e.clone())",
                    instances, normal(shape), vector, normal({3}), normal({3}).constant(), vector.constant());
    instance.sample(
        "F.instance_norm(a, d, e, b, c, False, 0.1, 1e-3)",
        [](T x, T w, T b, T m, T v) { return instance_norm(x, m, v, w, b, false, 0.1, 1e-3); }, normal(shape), vector,
        normal({3}), normal({3}).constant(), vector.constant());
    instance.sample("F.instance_norm(a)", [](T x) { return instance_norm(x); }, normal(shape));
  }
  instance.error("F.instance_norm(a)", [](T x) { return instance_norm(x); }, normal({2, 3, 1}));
  instance.error(
      "F.instance_norm(a, use_input_stats=False)", [](T x) { return instance_norm(x, {}, {}, {}, {}, false); },
      normal({2, 3, 4}));
  instance.error(
      "F.instance_norm(a, weight=b)", [](T x, T w) { return instance_norm(x, {}, {}, w); }, normal({2, 3, 4}),
      normal({4}));
  all.add("rms_norm")
      .types(kFloats)
      .within(8, order)
      .sample(
          "F.rms_norm(a, (5,), b, 1e-3)", [](T x, T w) { return rms_norm(x, {5}, w, 1e-3); }, normal({3, 4, 5}),
          positive({5}))
      .sample(
          "F.rms_norm(a, (4, 5))", [](T x) { return rms_norm(x, {4, 5}); }, normal({2, 3, 4, 5}))
      .error(
          "F.rms_norm(a, (4,))", [](T x) { return rms_norm(x, {4}); }, normal({3, 5}))
      .error("F.rms_norm(a, (5,), b)", [](T x, T w) { return rms_norm(x, {5}, w); }, normal({3, 5}), normal({4}));
  all.add("local_response_norm")
      .within(8, order)
      .plain_only()
      .sample(
          "F.local_response_norm(a, 3, 0.1, 0.75, 2.0)", [](T x) { return local_response_norm(x, 3, 0.1, 0.75, 2.0); },
          normal({2, 5, 3, 4}))
      .sample(
          "F.local_response_norm(a, 2)", [](T x) { return local_response_norm(x, 2); }, normal({2, 5, 3}))
      .sample(
          "F.local_response_norm(a, 4, 0.5)", [](T x) { return local_response_norm(x, 4, 0.5); },
          normal({2, 5, 2, 3, 2}))
      .error("F.local_response_norm(a, 2)", [](T x) { return local_response_norm(x, 2); }, normal({2, 5}));
  add_mixed_norm_samples(all);
}

}  // namespace lamella::testing
