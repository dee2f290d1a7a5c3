// What the tests of the convolution kernels share: shapes in words, rows to walk, tolerances, and one instance a
// target.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "conv_reference.h"
#include "core/cpu_target.h"
#include "kernels/conv/conv.h"

namespace lamella::kernels {

inline std::string text(const ConvShape& s) {
  const auto triple = [](const std::array<std::int64_t, 3>& a) {
    return "[" + std::to_string(a[0]) + "," + std::to_string(a[1]) + "," + std::to_string(a[2]) + "]";
  };
  return "batch " + std::to_string(s.batch) + " channels " + std::to_string(s.in_channels) + "->" +
         std::to_string(s.out_channels) + " groups " + std::to_string(s.groups) + " input " + triple(s.input) +
         " kernel " + triple(s.kernel) + " stride " + triple(s.stride) + " padding " + triple(s.padding) +
         " dilation " + triple(s.dilation) + " output " + triple(s.output);
}

/// The output size for padding `end` at the end of each axis, shrunk to nothing where the kernel does not fit.
inline ConvShape with_output(ConvShape s, std::array<std::int64_t, 3> end) {
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int64_t room = s.input[a] + s.padding[a] + end[a] - s.dilation[a] * (s.kernel[a] - 1) - 1;
    s.output[a] = room < 0 ? 0 : room / s.stride[a] + 1;
  }
  return s;
}

/// Error of a float sum of `terms` products of values in [-1, 1), as a bound on every element; Winograd's rows state
/// theirs as a multiple of it.
template <typename T>
double tolerance(std::int64_t terms, std::string_view row) {
  const double direct = 2.0 * std::numeric_limits<T>::epsilon() * static_cast<double>(terms + 1);
  return row.starts_with("winograd") ? 8.0 * direct : direct;
}

template <typename T>
void expect_close(const std::vector<T>& actual, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  const T* const a = actual.data();
  const double* const e = expected.data();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!(std::abs(double(a[i]) - e[i]) <= tolerance)) {
      FAIL() << "element " << i << " is " << a[i] << ", expected " << e[i] << " within " << tolerance;
    }
  }
}

template <typename T>
const char* dtype_name() {
  return sizeof(T) == 4 ? "float32" : "float64";
}

/// Runs `check(plan)` for every row of the direction that applies to the shape, on the target in use.
template <typename T, typename Check>
void for_each_row(const ConvShape& shape, ConvDirection direction, Check&& check) {
  const auto run = [&](std::string_view name, auto&& applies) {
    ConvPlan<T> plan{shape, direction, ConvPrecision::kFast, cpu_target()};
    if (!applies(plan)) return;
    SCOPED_TRACE(std::string(name) + ", " + dtype_name<T>() + ", " + std::string(name_of(cpu_target())) + ": " +
                 text(shape));
    check(make_conv_plan<T>(shape, direction, ConvPrecision::kFast, name));
  };
  if (direction == ConvDirection::kWeightGradient) {
    for (const auto& row : weight_gradient_rows<T>()) run(row.name, row.applies);
  } else {
    for (const auto& row : correlation_rows<T>()) run(row.name, row.applies);
  }
}

template <typename T>
std::vector<T> packed_weights(const ConvPlan<T>& plan, const std::vector<T>& weight) {
  std::vector<T> packed(static_cast<std::size_t>(packed_elements(plan)), std::numeric_limits<T>::quiet_NaN());
  pack(plan, weight.data(), packed.data());
  return packed;
}

template <typename T>
std::vector<T> unwritten(std::int64_t count) {
  return std::vector<T>(static_cast<std::size_t>(count), std::numeric_limits<T>::quiet_NaN());
}

/// Runs a test on every target that this build has; one that the machine cannot run is skipped by name.
class ConvOnTarget : public testing::TestWithParam<CpuTarget> {
 protected:
  void SetUp() override {
    for (const CpuTarget target : available_cpu_targets()) {
      if (target == GetParam()) {
        scope_.emplace(target);
        return;
      }
    }
    GTEST_SKIP() << "this machine cannot run " << name_of(GetParam());
  }

 private:
  std::optional<CpuTargetScope> scope_;
};

#define LAMELLA_ON_EVERY_TARGET(Fixture)                                                                    \
  INSTANTIATE_TEST_SUITE_P(Targets, Fixture,                                                                \
                           testing::ValuesIn(compiled_cpu_targets().begin(), compiled_cpu_targets().end()), \
                           [](const auto& instance) { return std::string(name_of(instance.param)); })

}  // namespace lamella::kernels
