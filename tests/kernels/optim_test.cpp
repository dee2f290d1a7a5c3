// Optimiser steps against their formulas in float64, over arrays of every tail and on every instruction set.
#include "kernels/optim/optim.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "kernels/kernel_testing.h"

namespace lamella::kernels {
namespace {

using std::int64_t;

/// Parameter, gradient and up to three states of one element.
struct Element {
  double p, g, a, b, c;
};

template <typename T>
struct Arrays {
  std::vector<T> p, g, a, b, c;
  explicit Arrays(std::size_t n) {
    std::mt19937 random(static_cast<unsigned>(n));
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (auto* x : {&p, &g, &a, &b, &c}) {
      for (std::size_t i = 0; i < n; ++i) x->push_back(static_cast<T>(uniform(random)));
    }
    for (auto* x : {&a, &b, &c}) {
      for (T& v : *x) v = std::abs(v) + T(0.1);  // second moments are not negative
    }
  }
  int64_t size() const { return static_cast<int64_t>(p.size()); }
};

/// Runs `step` on arrays of many sizes and `expected` on each element; states must agree too.
template <typename T>
void check(const std::function<void(Arrays<T>&)>& step, const std::function<void(Element&)>& expected) {
  on_every_target([&] {
    for (const std::size_t n : {0, 1, 3, 4, 7, 8, 15, 16, 17, 33, 63, 64, 65, 1000, 40000}) {
      Arrays<T> now(n);
      const Arrays<T> before = now;
      step(now);
      for (std::size_t i = 0; i < n; ++i) {
        Element e{static_cast<double>(before.p[i]), static_cast<double>(before.g[i]), static_cast<double>(before.a[i]),
                  static_cast<double>(before.b[i]), static_cast<double>(before.c[i])};
        expected(e);
        // At most a dozen roundings of values of order 1, scalars rounded to T among them.
        const double eps = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
        ASSERT_NEAR(static_cast<double>(now.p[i]), e.p, eps * (1 + std::abs(e.p))) << i << " of " << n;
        ASSERT_NEAR(static_cast<double>(now.a[i]), e.a, eps * (1 + std::abs(e.a))) << i << " of " << n;
        ASSERT_NEAR(static_cast<double>(now.b[i]), e.b, eps * (1 + std::abs(e.b))) << i << " of " << n;
        ASSERT_NEAR(static_cast<double>(now.c[i]), e.c, eps * (1 + std::abs(e.c))) << i << " of " << n;
        ASSERT_EQ(now.g[i], before.g[i]);
      }
    }
  });
}

template <typename T>
class OptimTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(OptimTest, Types);

TYPED_TEST(OptimTest, SgdFollowsItsFormula) {
  using T = TypeParam;
  for (int variant = 0; variant < 32; ++variant) {
    SgdStep s{.learning_rate = 0.1};
    s.momentum = variant & 1 ? 0.9 : 0;
    s.nesterov = (variant & 3) == 3;
    s.dampening = (variant & 3) == 1 ? 0.3 : 0;
    s.weight_decay = variant & 4 ? 0.05 : 0;
    s.maximize = (variant & 8) != 0;
    s.first = (variant & 16) != 0;
    check<T>(
        [&](Arrays<T>& x) { sgd_step(s, x.size(), x.p.data(), x.g.data(), s.momentum != 0 ? x.a.data() : nullptr); },
        [&](Element& e) {
          double g = (s.maximize ? -e.g : e.g) + s.weight_decay * e.p;
          if (s.momentum != 0) {
            e.a = s.first ? g : s.momentum * e.a + (1 - s.dampening) * g;
            g = s.nesterov ? g + s.momentum * e.a : e.a;
          }
          e.p -= s.learning_rate * g;
        });
  }
}

TYPED_TEST(OptimTest, AdamFollowsItsFormula) {
  using T = TypeParam;
  for (int variant = 0; variant < 16; ++variant) {
    const AdamStep s{.learning_rate = 0.01,
                     .beta1 = variant & 1 ? 0.3 : 0.9,
                     .beta2 = 0.99,
                     .epsilon = 1e-6,
                     .weight_decay = variant & 2 ? 0.1 : 0,
                     .decoupled = variant % 3 == 0,
                     .maximize = variant % 5 == 0,
                     .step = 1 + variant};
    const bool amsgrad = (variant & 4) != 0;
    check<T>(
        [&](Arrays<T>& x) {
          adam_step(s, x.size(), x.p.data(), x.g.data(), x.a.data(), x.b.data(), amsgrad ? x.c.data() : nullptr);
        },
        [&](Element& e) {
          double g = s.maximize ? -e.g : e.g;
          if (s.decoupled) {
            e.p *= 1 - s.learning_rate * s.weight_decay;
          } else {
            g += s.weight_decay * e.p;
          }
          e.a = s.beta1 * e.a + (1 - s.beta1) * g;
          e.b = s.beta2 * e.b + (1 - s.beta2) * g * g;
          if (amsgrad) e.c = std::max(e.c, e.b);
          const double step = static_cast<double>(s.step);
          const double m = e.a / (1 - std::pow(s.beta1, step));
          const double v = (amsgrad ? e.c : e.b) / (1 - std::pow(s.beta2, step));
          e.p -= s.learning_rate * m / (std::sqrt(v) + s.epsilon);
        });
  }
}

TYPED_TEST(OptimTest, RmsPropFollowsItsFormula) {
  using T = TypeParam;
  for (int variant = 0; variant < 8; ++variant) {
    const RmsPropStep s{.learning_rate = 0.01,
                        .alpha = 0.9,
                        .epsilon = 1e-3,
                        .weight_decay = variant & 1 ? 0.1 : 0,
                        .momentum = variant & 2 ? 0.8 : 0,
                        .maximize = variant == 5};
    const bool centered = (variant & 4) != 0;
    check<T>(
        [&](Arrays<T>& x) {
          for (T& v : x.a) v += T(2);  // v - a^2 stays positive
          rmsprop_step(s, x.size(), x.p.data(), x.g.data(), x.a.data(), centered ? x.b.data() : nullptr,
                       s.momentum > 0 ? x.c.data() : nullptr);
        },
        [&](Element& e) {
          const double g = (s.maximize ? -e.g : e.g) + s.weight_decay * e.p;
          e.a = s.alpha * (e.a + 2) + (1 - s.alpha) * g * g;
          double v = e.a;
          if (centered) {
            e.b += (1 - s.alpha) * (g - e.b);
            v -= e.b * e.b;
          }
          const double d = g / (std::sqrt(v) + s.epsilon);
          if (s.momentum > 0) e.c = s.momentum * e.c + d;
          e.p -= s.learning_rate * (s.momentum > 0 ? e.c : d);
        });
  }
}

TYPED_TEST(OptimTest, ThreadsDoNotChangeABit) {
  using T = TypeParam;
  on_every_target([] {
    expect_equal_bits_for_any_threads([] {
      Arrays<T> x(100003);
      for (int64_t step = 1; step <= 3; ++step) {
        adam_step(AdamStep{.step = step}, x.size(), x.p.data(), x.g.data(), x.a.data(), x.b.data(), x.c.data());
      }
      return x.p;
    });
  });
}

}  // namespace
}  // namespace lamella::kernels
