// Every kernel of the convolution tables, on every instruction set that this machine runs, against a float64 reference.
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "conv_reference.h"
#include "core/cpu_target.h"
#include "kernels/conv/conv.h"

namespace lamella::kernels {
namespace {

std::string text(const ConvShape& s) {
  const auto triple = [](const std::array<std::int64_t, 3>& a) {
    return "[" + std::to_string(a[0]) + "," + std::to_string(a[1]) + "," + std::to_string(a[2]) + "]";
  };
  return "batch " + std::to_string(s.batch) + " channels " + std::to_string(s.in_channels) + "->" +
         std::to_string(s.out_channels) + " groups " + std::to_string(s.groups) + " input " + triple(s.input) +
         " kernel " + triple(s.kernel) + " stride " + triple(s.stride) + " padding " + triple(s.padding) +
         " dilation " + triple(s.dilation) + " output " + triple(s.output);
}

/// The output size for padding `end` at the end of each axis, shrunk to nothing where the kernel does not fit.
ConvShape with_output(ConvShape s, std::array<std::int64_t, 3> end) {
  for (std::size_t a = 0; a < 3; ++a) {
    const std::int64_t room = s.input[a] + s.padding[a] + end[a] - s.dilation[a] * (s.kernel[a] - 1) - 1;
    s.output[a] = room < 0 ? 0 : room / s.stride[a] + 1;
  }
  return s;
}

class Shapes {
 public:
  explicit Shapes(std::uint32_t seed) : generator_(seed) {}

  /// Uniform in [low, high].
  std::int64_t in(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(generator_() % static_cast<std::uint32_t>(high - low + 1));
  }

  /// A shape of one to three axes whose sum has at most about `budget` products.
  ConvShape next(std::int64_t budget) {
    for (;;) {
      ConvShape s;
      s.batch = in(1, 3);
      const std::int64_t kind = in(0, 9);
      if (kind < 2) {  // depthwise, with a multiplier at times
        s.groups = s.in_channels = in(1, 70);
        s.out_channels = s.groups * (kind == 0 ? 1 : in(1, 3));
      } else {
        s.groups = kind < 4 ? in(2, 4) : 1;
        const std::int64_t most = s.groups > 1 ? 20 : 70;
        s.in_channels = s.groups * (in(0, 3) == 0 ? in(1, 4) : in(1, most));
        s.out_channels = s.groups * (in(0, 3) == 0 ? in(1, 4) : in(1, most));
      }
      std::array<std::int64_t, 3> end = {0, 0, 0};
      const std::size_t axes = static_cast<std::size_t>(in(0, 5) == 0 ? 3 : in(0, 3) == 0 ? 1 : 2);
      const bool pointwise = in(0, 5) == 0;
      const bool square = in(0, 3) == 0;  // 3x3, stride 1: what Winograd takes
      for (std::size_t a = 3 - axes; a < 3; ++a) {
        s.input[a] = in(1, axes == 1 ? 70 : axes == 2 ? 31 : 9);
        s.kernel[a] = pointwise ? 1 : square ? 3 : in(1, 5);
        s.stride[a] = square ? 1 : in(0, 1) == 0 ? 1 : in(1, 3);
        s.dilation[a] = square || in(0, 2) != 0 ? 1 : in(1, 3);
        s.padding[a] = in(0, s.kernel[a]);
        end[a] = in(0, s.kernel[a]);
      }
      s = with_output(s, end);
      if (s.output_pixels() > 0 && s.multiply_adds() <= budget) return s;
    }
  }

 private:
  std::mt19937 generator_;
};

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

template <typename T>
struct Problem {
  ConvShape shape;
  std::vector<T> x, w, dy;
  std::vector<double> y, dx, dw;

  explicit Problem(const ConvShape& s)
      : shape(s),
        x(reference::values<T>(s.batch * s.input_pixels() * s.in_channels, 1)),
        w(reference::values<T>(s.weights(), 2)),
        dy(reference::values<T>(s.batch * s.output_pixels() * s.out_channels, 3)),
        y(reference::forward(s, x, w)),
        dx(reference::input_gradient(s, dy, w)),
        dw(reference::weight_gradient(s, x, dy)) {}
};

template <typename T>
void expect_all_rows_right(const Problem<T>& p) {
  const ConvShape& s = p.shape;
  for_each_row<T>(s, ConvDirection::kForward, [&](const ConvPlan<T>& plan) {
    auto y = unwritten<T>(s.batch * s.output_pixels() * s.out_channels);
    forward(plan, p.x.data(), packed_weights(plan, p.w).data(), y.data());
    expect_close(y, p.y, tolerance<T>(s.group_in_channels() * s.taps(), plan.row_name()));
  });
  for_each_row<T>(s, ConvDirection::kInputGradient, [&](const ConvPlan<T>& plan) {
    auto dx = unwritten<T>(s.batch * s.input_pixels() * s.in_channels);
    input_gradient(plan, p.dy.data(), packed_weights(plan, p.w).data(), dx.data());
    expect_close(dx, p.dx, tolerance<T>(s.group_out_channels() * s.taps(), plan.row_name()));
  });
  for_each_row<T>(s, ConvDirection::kWeightGradient, [&](const ConvPlan<T>& plan) {
    auto dw = unwritten<T>(s.weights());
    weight_gradient(plan, p.x.data(), p.dy.data(), dw.data());
    expect_close(dw, p.dw, tolerance<T>(s.batch * s.output_pixels(), plan.row_name()));
  });
}

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

TEST_P(ConvOnTarget, AgreesWithTheSumOnRandomShapes) {
  Shapes shapes(20);
  for (int i = 0; i < 150 && !HasFailure(); ++i) expect_all_rows_right(Problem<float>(shapes.next(300'000)));
  for (int i = 0; i < 40 && !HasFailure(); ++i) expect_all_rows_right(Problem<double>(shapes.next(200'000)));
}

INSTANTIATE_TEST_SUITE_P(Targets, ConvOnTarget,
                         testing::ValuesIn(compiled_cpu_targets().begin(), compiled_cpu_targets().end()),
                         [](const auto& info) { return std::string(name_of(info.param)); });

}  // namespace
}  // namespace lamella::kernels
