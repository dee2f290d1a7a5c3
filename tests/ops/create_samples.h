// Samples of include/lamella/ops/create.h and dropout.h: constants, ranges, and PyTorch's streams of random numbers.
#pragma once

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/dropout.h>

#include "ops/sample.h"

namespace lamella::testing {

/// The same call from the default generator of a seed; "seeded(3, lambda: …)" in Python.
template <typename Fn>
auto seeded(std::uint64_t seed, Fn fn) {
  return [=](const auto&... inputs) {
    const ForkRng restore;
    manual_seed(seed);
    return fn(inputs...);
  };
}
inline std::string seeded_torch(std::uint64_t seed, const std::string& torch) {
  return "seeded(" + std::to_string(seed) + ", lambda: " + torch + ")";
}

inline void add_constant_samples(Operators& all) {
  all.add("empty")
      .sample("torch.empty(2, 3).fill_(1)", [] { return empty({2, 3}).fill_(1); })
      .error("torch.empty(-1)", [] { return empty({-1}); });
  all.add("zeros")
      .sample("torch.zeros(2, 3)", [] { return zeros({2, 3}); })
      .sample("torch.zeros(2, 0, dtype=torch.int64)", [] { return zeros({2, 0}, {.dtype = DType::kInt64}); })
      .error("torch.zeros(2, -3)", [] { return zeros({2, -3}); });
  all.add("ones").sample("torch.ones(())", [] { return ones({}); }).sample("torch.ones(3, dtype=torch.bool)", [] {
    return ones({3}, {.dtype = DType::kBool});
  });
  all.add("full")
      .sample("torch.full((2, 3), 7)", [] { return full({2, 3}, 7); })
      .sample("torch.full((2,), 0.1)", [] { return full({2}, 0.1); })
      .sample("torch.full((2,), True)", [] { return full({2}, true); })
      .sample("torch.full((2,), 7, dtype=torch.float16)", [] { return full({2}, 7, {.dtype = DType::kFloat16}); });
  all.add("empty_like")
      .types(kEverything)
      .sample("torch.empty_like(a).fill_(1)", [](T a) { return empty_like(a).fill_(1); }, normal({2, 3, 4, 5}));
  all.add("zeros_like")
      .types(kEverything)
      .sample("torch.zeros_like(a)", [](T a) { return zeros_like(a); }, normal({2, 3, 4, 5}));
  all.add("ones_like")
      .types(kEverything)
      .sample("torch.ones_like(a)", [](T a) { return ones_like(a); }, normal({2, 3, 4, 5}));
  all.add("full_like")
      .types(kNumbers)
      .sample(
          "torch.full_like(a, 3)", [](T a) { return full_like(a, 3); }, normal({2, 3, 4, 5}))
      .sample(
          "torch.full_like(a, 2.5, dtype=torch.float64)",
          [](T a) { return full_like(a, 2.5, {.dtype = DType::kFloat64}); }, normal({3}).constant());
  all.add("empty_strided")
      .sample("torch.empty_strided((2, 3), (1, 2)).fill_(2)", [] { return empty_strided({2, 3}, {1, 2}).fill_(2); })
      .error("torch.empty_strided((2, 3), (1,))", [] { return empty_strided({2, 3}, {1}); });
  all.add("arange")
      .sample("torch.arange(5)", [] { return arange(5); })
      .sample("torch.arange(2, 9, 3)", [] { return arange(2, 9, 3); })
      .sample("torch.arange(5, 0, -2)", [] { return arange(5, 0, -2); })
      .sample("torch.arange(0.0, 1.0, 0.1)", [] { return arange(0.0, 1.0, 0.1); })
      .sample("torch.arange(1, 2, 0.3, dtype=torch.float64)",
              [] { return arange(1, 2, 0.3, {.dtype = DType::kFloat64}); })
      .sample("torch.arange(0)", [] { return arange(0); })
      .error("torch.arange(0, 5, 0)", [] { return arange(0, 5, 0); })
      .error("torch.arange(5, 0)", [] { return arange(5, 0); });
  all.add("linspace")
      .sample("torch.linspace(0, 1, 11)", [] { return linspace(0, 1, 11); })
      .sample("torch.linspace(-3, 5, 7, dtype=torch.float64)",
              [] { return linspace(-3, 5, 7, {.dtype = DType::kFloat64}); })
      .sample("torch.linspace(2, 5, 1)", [] { return linspace(2, 5, 1); })
      .sample("torch.linspace(2, 5, 0)", [] { return linspace(2, 5, 0); })
      .error("torch.linspace(2, 5, -1)", [] { return linspace(2, 5, -1); });
  all.add("eye")
      .sample("torch.eye(3)", [] { return eye(3); })
      .sample("torch.eye(3, 5)", [] { return eye(3, 5); })
      .sample("torch.eye(2, 0, dtype=torch.int64)", [] { return eye(2, 0, {.dtype = DType::kInt64}); })
      .error("torch.eye(-1)", [] { return eye(-1); });
  all.add("tensor")
      .sample("torch.tensor([[1, 2], [3, 4]])", [] { return tensor({{1, 2}, {3, 4}}); })
      .sample("torch.tensor([[1.5, 2], [3, 4]])", [] { return tensor({{1.5, 2}, {3, 4}}); })
      .sample("torch.tensor([True, False])", [] { return tensor({true, false}); })
      .sample("torch.tensor(3)", [] { return tensor(3); })
      .sample("torch.tensor([1, 2], dtype=torch.float16)", [] { return tensor({1, 2}, {.dtype = DType::kFloat16}); })
      .error("torch.tensor([[1, 2], [3]])", [] { return tensor({{1, 2}, {3}}); });
  all.add("from_blob").sample("torch.arange(24).as_strided((2, 3), (8, 2))", [] {
    static std::vector<std::int64_t> memory(24);
    for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<std::int64_t>(i);
    return from_blob(memory.data(), {2, 3}, DType::kInt64, {8, 2});
  });
}

inline void add_random_samples(Operators& all) {
  Operator& uniform = all.add("rand").within(0, "the same bits");
  Operator& gauss = all.add("randn");
  Operator& whole = all.add("randint");
  Operator& order = all.add("randperm");
  Operator& coin = all.add("bernoulli").plain_only();
  for (const std::uint64_t seed : {0U, 1U, 42U, 2147483647U}) {
    for (const std::int64_t n : {1, 7, 15, 16, 17, 1000}) {
      const std::string size = std::to_string(n);
      uniform.sample(seeded_torch(seed, "torch.rand(" + size + ")"), seeded(seed, [=] { return rand({n}); }));
      uniform.sample(seeded_torch(seed, "torch.rand(" + size + ", dtype=torch.float64)"),
                     seeded(seed, [=] { return rand({n}, {.dtype = DType::kFloat64}); }));
      gauss.sample(seeded_torch(seed, "torch.randn(" + size + ")"), seeded(seed, [=] { return randn({n}); }));
      gauss.sample(seeded_torch(seed, "torch.randn(" + size + ", dtype=torch.float64)"),
                   seeded(seed, [=] { return randn({n}, {.dtype = DType::kFloat64}); }));
      whole.sample(seeded_torch(seed, "torch.randint(-3, 100, (" + size + ",))"),
                   seeded(seed, [=] { return randint(-3, 100, {n}); }));
      whole.sample(seeded_torch(seed, "torch.randint(0, 2**40, (" + size + ",))"),
                   seeded(seed, [=] { return randint(0, std::int64_t{1} << 40, {n}); }));
      order.sample(seeded_torch(seed, "torch.randperm(" + size + ")"), seeded(seed, [=] { return randperm(n); }));
    }
    coin.sample(seeded_torch(seed, "torch.bernoulli(a)"), seeded(seed, [](T p) { return bernoulli(p); }),
                unit({200}).constant());
    for (const DType type : {DType::kBFloat16, DType::kFloat16}) {
      const std::string dtype = ", dtype=torch." + std::string(name_of(type)) + ")";
      uniform.sample(seeded_torch(seed, "torch.rand(40" + dtype),
                     seeded(seed, [=] { return rand({40}, {.dtype = type}); }));
      gauss.sample(seeded_torch(seed, "torch.randn(40" + dtype),
                   seeded(seed, [=] { return randn({40}, {.dtype = type}); }));
    }
  }
  // Draws of one kind after another: what each leaves behind (a second normal number, half of a word) matters to the
  // next.
  all.add("one stream")
      .sample(seeded_torch(5,
                           "(torch.randn(3), torch.rand(3), torch.randn(1), torch.randn(17), torch.randint(9, (3,)), "
                           "torch.randn(5))"),
              seeded(5,
                     [] {
                       TensorList drawn{randn({3})};
                       drawn.push_back(rand({3}));
                       drawn.push_back(randn({1}));
                       drawn.push_back(randn({17}));
                       drawn.push_back(randint(0, 9, {3}));
                       drawn.push_back(randn({5}));
                       return drawn;
                     }))
      .sample(
          seeded_torch(6, "(torch.randperm(7), torch.randn(2, dtype=torch.float64), torch.rand(1), torch.randn(1))"),
          seeded(6, [] {
            TensorList drawn{randperm(7)};
            drawn.push_back(randn({2}, {.dtype = DType::kFloat64}));
            drawn.push_back(rand({1}));
            drawn.push_back(randn({1}));
            return drawn;
          }));
  order.error("torch.randperm(-1)", [] { return randperm(-1); });
  whole.error("torch.randint(3, 3, (2,))", [] { return randint(3, 3, {2}); });
  coin.error("torch.bernoulli(a + 2)", [](T p) { return bernoulli(p + 2); }, unit({3}).constant());
  all.add("Tensor.uniform_")
      .sample(seeded_torch(3, "a.clone().uniform_(-2, 3)"), seeded(3, [](T a) { return a.clone().uniform_(-2, 3); }),
              normal({3, 40}).constant());
  all.add("Tensor.normal_")
      .sample(seeded_torch(3, "a.clone().normal_(1, 3)"), seeded(3, [](T a) { return a.clone().normal_(1, 3); }),
              normal({3, 40}).constant());
  all.add("Tensor.bernoulli_")
      .sample(seeded_torch(3, "a.clone().bernoulli_(0.3)"), seeded(3, [](T a) { return a.clone().bernoulli_(0.3); }),
              normal({3, 40}).constant());
}

inline void add_dropout_samples(Operators& all) {
  Operator& elements = all.add("dropout");
  Operator& channels = all.add("dropout2d");
  for (const std::uint64_t seed : {1U, 7U}) {
    elements.sample(seeded_torch(seed, "F.dropout(a, 0.3)"), seeded(seed, [](T a) { return dropout(a, 0.3); }),
                    normal({5, 40}));
    elements.sample(seeded_torch(seed, "F.dropout(a, 0.5)"), seeded(seed, [](T a) { return dropout(a); }),
                    normal({2, 3, 4, 5}));
    channels.sample(seeded_torch(seed, "F.dropout2d(a, 0.4)"), seeded(seed, [](T a) { return dropout2d(a, 0.4); }),
                    normal({2, 6, 3, 4}));
  }
  elements.sample("F.dropout(a, 0.5, False)", [](T a) { return dropout(a, 0.5, false); }, normal({5}));
  elements.sample("F.dropout(a, 0.0)", [](T a) { return dropout(a, 0); }, normal({5}));
  elements.sample("F.dropout(a, 1.0)", [](T a) { return dropout(a, 1); }, normal({5}));
  elements.error("F.dropout(a, 1.5)", [](T a) { return dropout(a, 1.5); }, normal({5}));
  channels.error("F.dropout2d(a, -0.5)", [](T a) { return dropout2d(a, -0.5); }, normal({1, 2, 3, 4}));
}

inline void add_create_samples(Operators& all) {
  add_constant_samples(all);
  add_random_samples(all);
  add_dropout_samples(all);
}

}  // namespace lamella::testing
