// Every kernel of the convolution tables, on every instruction set that this machine runs, against a float64 reference.
#include <random>

#include "conv_fixture.h"

namespace lamella::kernels {
namespace {

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

using ConvAgreement = ConvOnTarget;
LAMELLA_ON_EVERY_TARGET(ConvAgreement);

TEST_P(ConvAgreement, OnRandomShapes) {
  Shapes shapes(20);
  for (int i = 0; i < 400 && !HasFailure(); ++i) expect_all_rows_right(Problem<float>(shapes.next(300'000)));
}

TEST_P(ConvAgreement, OnRandomShapesInDouble) {
  Shapes shapes(21);
  for (int i = 0; i < 120 && !HasFailure(); ++i) expect_all_rows_right(Problem<double>(shapes.next(200'000)));
}

ConvShape square(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width,
                 std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  ConvShape s;
  s.batch = batch;
  s.in_channels = in;
  s.out_channels = out;
  s.input = {1, height, width};
  s.kernel = {1, kernel, kernel};
  s.stride = {1, stride, stride};
  s.padding = {0, padding, padding};
  return with_output(s, {0, padding, padding});
}

// Rows of 1 to 2 tiles + 1 pixels (14 on AVX-512), with channels on both sides of a vector and of a panel.
TEST_P(ConvAgreement, OnEveryWidthOfATile) {
  for (std::int64_t width = 1; width <= 30 && !HasFailure(); ++width) {
    for (const std::int64_t channels : {1, 9, 33}) {
      expect_all_rows_right(Problem<float>(square(1, 5, channels, 3, width, 3, 1, 1)));
      expect_all_rows_right(Problem<float>(square(1, channels, 5, 1, width, 1, 1, 0)));
    }
  }
}

TEST_P(ConvAgreement, OnEveryChannelCountOfTwoPanels) {
  for (std::int64_t channels = 1; channels <= 66 && !HasFailure(); ++channels) {
    expect_all_rows_right(Problem<float>(square(1, channels, 3, 4, 4, 3, 1, 1)));
    expect_all_rows_right(Problem<float>(square(1, 3, channels, 4, 4, 3, 2, 1)));
    ConvShape depthwise = square(1, channels, channels, 5, 9, 3, 1, 1);
    depthwise.groups = channels;
    expect_all_rows_right(Problem<float>(depthwise));
  }
}

// What Winograd takes: 3x3 of stride 1 with enough channels and tiles; outputs that end inside of a tile, paddings from
// none to more than the kernel needs, few and many tiles (each of the schedules), and channels that end inside of a
// vector.
TEST_P(ConvAgreement, OnWinogradShapes) {
  static const std::vector<Problem<float>> problems = [] {
    std::vector<Problem<float>> all;
    for (const ConvShape& s : {
             square(8, 16, 16, 8, 8, 3, 1, 1), square(3, 17, 31, 14, 13, 3, 1, 1), square(2, 33, 16, 15, 22, 3, 1, 2),
             square(33, 16, 35, 3, 2, 3, 1, 1), square(1, 18, 37, 31, 19, 3, 1, 0),
             square(2, 40, 60, 15, 16, 3, 1, 1),   // sums of the weight gradient larger than parts may have
             square(8, 80, 84, 5, 5, 3, 1, 1),     // and larger than the tiles
             square(33, 130, 136, 2, 3, 3, 1, 1),  // weights that are transformed on the way
             square(68, 140, 250, 1, 2, 3, 1, 1),  // for two blocks of tiles, in two chunks of channels
         }) {
      all.emplace_back(s);
    }
    return all;
  }();
  for (const Problem<float>& problem : problems) {
    const ConvPlan<float> plan = make_conv_plan<float>(problem.shape, ConvDirection::kForward, ConvPrecision::kFast);
    EXPECT_EQ(plan.row_name(), problem.shape.in_channels < 128 ? "winograd" : "winograd-fused") << text(problem.shape);
    expect_all_rows_right(problem);
    if (HasFailure()) return;
  }
}

TEST_P(ConvAgreement, OnKernelsLongerThanATile) {
  ConvShape signal;
  signal.batch = 2;
  signal.in_channels = 3;
  signal.out_channels = 18;
  signal.input = {1, 1, 90};
  signal.kernel = {1, 1, 41};
  signal.padding = {0, 0, 20};
  expect_all_rows_right(Problem<float>(with_output(signal, {0, 0, 20})));
  signal.stride = {1, 1, 4};
  expect_all_rows_right(Problem<float>(with_output(signal, {0, 0, 20})));
  expect_all_rows_right(Problem<float>(square(1, 2, 17, 20, 21, 11, 1, 5)));
  expect_all_rows_right(Problem<float>(square(1, 3, 16, 23, 23, 7, 2, 3)));
}

// More columns than a unit of work takes: long signals, and pointwise convolutions folded to one row of pixels.
TEST_P(ConvAgreement, OnLongRows) {
  expect_all_rows_right(Problem<float>(square(2, 9, 17, 40, 41, 1, 1, 0)));
  ConvShape signal;
  signal.in_channels = 4;
  signal.out_channels = 5;
  signal.input = {1, 1, 3000};
  signal.kernel = {1, 1, 3};
  signal.padding = {0, 0, 1};
  expect_all_rows_right(Problem<float>(with_output(signal, {0, 0, 1})));
  signal.groups = signal.in_channels = signal.out_channels = 7;
  expect_all_rows_right(Problem<float>(with_output(signal, {0, 0, 1})));
}

// 512 channels put the pixels of a tile 2 KiB apart, which takes the copy with another pitch.
TEST_P(ConvAgreement, OnPixelsAPowerOfTwoApart) {
  expect_all_rows_right(Problem<float>(square(1, 512, 17, 5, 4, 1, 1, 0)));
  expect_all_rows_right(Problem<float>(square(1, 512, 3, 3, 4, 3, 1, 1)));
  expect_all_rows_right(Problem<float>(square(1, 256, 5, 6, 6, 2, 2, 0)));
}

}  // namespace
}  // namespace lamella::kernels
