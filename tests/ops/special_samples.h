// Samples of include/lamella/ops/special.h.
#pragma once

#include <cmath>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/special.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_special_samples(Operators& all) {
  const auto add = [&](const char* name, Tensor (*fn)(const Tensor&), const Input& input) -> Operator& {
    return all.add(name)
        .types(kFloats)
        .sample("torch." + std::string(name) + "(a)", fn, input)
        .sample("torch." + std::string(name) + "(a)", fn, special())
        .sample("torch." + std::string(name) + "(a)", fn, normal({7}).of(DType::kInt64));
  };
  const auto add_in_place = [&](const char* name, const Tensor& (*fn)(const Tensor&), const Input& input) {
    const auto run = [fn](T a) { return fn(a.clone()); };
    all.add(name)
        .types(kFloats)
        .sample("a.clone()." + std::string(name) + "()", run, input)
        .error("a." + std::string(name) + "()", fn, input);
  };
  add("erfinv", erfinv, unit({4, 9})).within(8, "PyTorch's steps are in float32");
  add("lgamma", lgamma, distinct({4, 9})).within(2, "near its zeros PyTorch's float32 rounds more than once");
  add("digamma", digamma, positive({4, 9}))
      .within(4, "near its zero PyTorch's float32 rounds more than once")
      .without_differences();  // of the second order
  add("sinc", sinc, distinct({4, 9})).within(2, "pi times x is rounded before the sine");
  add_in_place("erfinv_", erfinv_, unit({3, 5}));
  add_in_place("lgamma_", lgamma_, positive({3, 5}));
  all.add("digamma_")
      .types(kFloats)
      .within(4, "as digamma")
      .without_differences()
      .sample("a.clone().digamma_()", [](T a) { return digamma_(a.clone()); }, positive({3, 5}));
  all.add("signbit")
      .types(kEverything)
      .sample(
          "torch.signbit(a)", [](T a) { return signbit(a); }, normal({4, 9}).constant())
      .sample("torch.signbit(a)", [](T a) { return signbit(a); }, special());
}

inline void add_special_pair_samples(Operators& all) {
  const auto without_some = [](T a, T b) { return where(gt(b, wrapped(0.5)), NAN, a); };
  const std::string some = "torch.where(b > 0.5, torch.nan, a)";
  for (const bool largest : {true, false}) {
    const std::string name = largest ? "fmax" : "fmin";
    const auto fn = [=](T a, T b) { return largest ? fmax(a, b) : fmin(a, b); };
    all.add(name)
        .types(kEverything)
        .sample("torch." + name + "(a, b)", fn, distinct({4, 9}), unit({4, 9}))
        .sample("torch." + name + "(a, b)", fn, distinct({2, 3, 4, 5}), unit({3, 1, 5}));
    all.add(name + " (NaN)")
        .types(kFloats)
        .sample("torch." + name + "(a, b)", fn, special(), special())
        .sample(
            "torch." + name + "(" + some + ", b)", [=](T a, T b) { return fn(without_some(a, b), b); },
            distinct({4, 9}).constant(), normal({4, 9}))
        .sample(
            "torch." + name + "(b, " + some + ")", [=](T a, T b) { return fn(b, without_some(a, b)); },
            distinct({4, 9}).constant(), normal({4, 9}));
  }
  all.add("xlogy")
      .types(kFloats)
      .sample(
          "torch.xlogy(a, b)", [](T a, T b) { return xlogy(a, b); }, distinct({4, 9}), positive({4, 9}))
      .sample(
          "torch.xlogy(a, b)", [](T a, T b) { return xlogy(a, b); }, distinct({2, 3, 4, 5}), positive({3, 1, 5}))
      .sample(
          "torch.xlogy(a * 0, b)", [](T a, T b) { return xlogy(a * 0, b); }, unit({16}).constant(), special())
      .sample(
          "torch.xlogy(a, b)", [](T a, T b) { return xlogy(a, b); }, normal({5}).of(DType::kInt64),
          positive({5}).of(DType::kInt64));
  all.add("xlogy_")
      .types(kFloats)
      .sample(
          "a.clone().xlogy_(b)", [](T a, T b) { return xlogy_(a.clone(), b); }, distinct({3, 5}), positive({5}))
      .error("a.clone().xlogy_(b)", [](T a, T b) { return xlogy_(a.clone(), b); }, distinct({5}), positive({3, 5}));
  all.add("heaviside")
      .types(kNumbers)
      .sample(
          "torch.heaviside(torch.round(a), b)", [](T a, T b) { return heaviside(round(a), b); },
          normal({4, 9}).constant(), normal({9}).constant())
      .error(
          "torch.heaviside(a, b)", [](T a, T b) { return heaviside(a, b); }, normal({3}).constant(),
          normal({3}).of(DType::kFloat64));
  all.add("heaviside (NaN)")
      .types(kFloats)
      .sample("torch.heaviside(a, b)", [](T a, T b) { return heaviside(a, b); }, special(), normal({16}).constant());
}

}  // namespace lamella::testing
