// What the convolution kernels promise beside the right sum: epilogues, accumulation, empty shapes, equal bits for any
// number of threads, NaN and infinity, the precision of each mode, and how a plan chooses.
#include <lamella/error.h>
#include <lamella/threads.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "conv_fixture.h"

namespace lamella::kernels {
namespace {

ConvShape shape(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t extent, std::int64_t kernel,
                std::int64_t stride = 1, std::int64_t groups = 1) {
  ConvShape s;
  s.batch = batch;
  s.in_channels = in;
  s.out_channels = out;
  s.groups = groups;
  s.input = {1, extent, extent};
  s.kernel = {1, kernel, kernel};
  s.stride = {1, stride, stride};
  s.padding = {0, kernel / 2, kernel / 2};
  return with_output(s, s.padding);
}

std::int64_t x_elements(const ConvShape& s) { return s.batch * s.input_pixels() * s.in_channels; }
std::int64_t y_elements(const ConvShape& s) { return s.batch * s.output_pixels() * s.out_channels; }

// One shape a row at least: direct with and without copied rows, Winograd's schedules, depthwise, window and pixels.
const ConvShape kShapes[] = {
    shape(2, 1, 16, 28, 3),         shape(4, 16, 32, 14, 3),        shape(2, 3, 20, 31, 7, 2), shape(3, 40, 24, 9, 1),
    shape(2, 36, 36, 13, 3, 2, 36), shape(2, 8, 12, 10, 3, 1, 4),   shape(36, 130, 144, 2, 3), shape(9, 64, 48, 7, 3),
    shape(1, 5, 2, 12, 5),          shape(2, 30, 30, 15, 3, 1, 30),
};

using ConvContract = ConvOnTarget;
LAMELLA_ON_EVERY_TARGET(ConvContract);

TEST_P(ConvContract, EpilogueAddsBiasAndResidualThenAppliesRelu) {
  for (const ConvShape& s : kShapes) {
    const auto x = reference::values<float>(x_elements(s), 1), w = reference::values<float>(s.weights(), 2);
    const auto bias = reference::values<float>(s.out_channels, 3),
               residual = reference::values<float>(y_elements(s), 4);
    const auto sums = reference::forward(s, x, w);
    for_each_row<float>(s, ConvDirection::kForward, [&](const ConvPlan<float>& plan) {
      const auto packed = packed_weights(plan, w);
      for (int parts = 0; parts < 8; ++parts) {
        const bool with_bias = parts & 1, with_residual = parts & 2, relu = parts & 4;
        std::vector<double> expected = sums;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          if (with_bias) expected[i] += bias[i % static_cast<std::size_t>(s.out_channels)];
          if (with_residual) expected[i] += residual[i];
          if (relu) expected[i] = std::max(0.0, expected[i]);
        }
        auto y = unwritten<float>(y_elements(s));
        forward(plan, x.data(), packed.data(), y.data(),
                {.bias = with_bias ? bias.data() : nullptr,
                 .residual = with_residual ? residual.data() : nullptr,
                 .relu = relu});
        expect_close(y, expected, tolerance<float>(s.group_in_channels() * s.taps() + 2, plan.row_name()));
      }
    });
  }
}

TEST_P(ConvContract, InputGradientIsTheForwardPassOfATransposedConvolution) {
  // ConvTranspose2d(6, 10, 4, stride=3, padding=1, output_padding=2), 5x5 -> 15x15: pixels that no tap reaches hold the
  // bias.
  ConvShape s = shape(2, 10, 6, 15, 4, 3);
  s.padding = {0, 1, 1};
  s.output = {1, 5, 5};
  const auto dy = reference::values<float>(y_elements(s), 1), w = reference::values<float>(s.weights(), 2);
  const auto bias = reference::values<float>(s.in_channels, 3);
  auto expected = reference::input_gradient(s, dy, w);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += bias[i % static_cast<std::size_t>(s.in_channels)];
  for_each_row<float>(s, ConvDirection::kInputGradient, [&](const ConvPlan<float>& plan) {
    auto y = unwritten<float>(x_elements(s));
    input_gradient(plan, dy.data(), packed_weights(plan, w).data(), y.data(), {.bias = bias.data()});
    expect_close(y, expected, tolerance<float>(s.out_channels * s.taps() + 1, plan.row_name()));
  });
}

TEST_P(ConvContract, PixelsThatNoTapReachesHaveNoGradient) {
  ConvShape s = shape(1, 3, 4, 9, 1, 3);
  const std::vector<float> dy(static_cast<std::size_t>(y_elements(s)), 1.0F),
      w(static_cast<std::size_t>(s.weights()), 1.0F);
  for_each_row<float>(s, ConvDirection::kInputGradient, [&](const ConvPlan<float>& plan) {
    auto dx = unwritten<float>(x_elements(s));
    input_gradient(plan, dy.data(), packed_weights(plan, w).data(), dx.data());
    for (std::size_t i = 0; i < dx.size(); ++i) {
      const std::size_t column = i / 3 % 9, row = i / 27;
      EXPECT_EQ(dx[i], row % 3 == 0 && column % 3 == 0 ? 4.0F : 0.0F);
    }
  });
}

TEST_P(ConvContract, WeightAndBiasGradientsAccumulateWhenAsked) {
  for (const ConvShape& s : kShapes) {
    const auto x = reference::values<float>(x_elements(s), 1), dy = reference::values<float>(y_elements(s), 2);
    for_each_row<float>(s, ConvDirection::kWeightGradient, [&](const ConvPlan<float>& plan) {
      auto once = unwritten<float>(s.weights());
      weight_gradient(plan, x.data(), dy.data(), once.data());
      std::vector<float> added(once.size(), 1.5F);
      weight_gradient(plan, x.data(), dy.data(), added.data(), true);
      for (std::size_t i = 0; i < once.size(); ++i) ASSERT_EQ(added[i], 1.5F + once[i]);
    });
  }
}

TEST_P(ConvContract, BiasGradientSumsOverPixels) {
  for (std::int64_t channels = 1; channels <= 70; ++channels) {
    for (const std::int64_t pixels : {0, 1, 2, 31, 700}) {
      const auto dy = reference::values<float>(pixels * channels, 7);
      std::vector<double> expected(static_cast<std::size_t>(channels));
      for (std::size_t i = 0; i < dy.size(); ++i) expected[i % expected.size()] += dy[i];
      auto db = unwritten<float>(channels);
      bias_gradient(dy.data(), pixels, channels, db.data());
      expect_close(db, expected, tolerance<float>(pixels, ""));
      std::vector<float> added(db.size(), 2.0F);
      bias_gradient(dy.data(), pixels, channels, added.data(), true);
      for (std::size_t i = 0; i < db.size(); ++i) ASSERT_EQ(added[i], 2.0F + db[i]);
    }
  }
}

TEST_P(ConvContract, EmptyBatchesAndEmptyOutputsAreFine) {
  ConvShape no_batch = shape(0, 16, 16, 30, 3);
  ConvShape no_output = shape(2, 3, 4, 2, 3);
  no_output.padding = {0, 0, 0};
  no_output.output = {1, 0, 0};
  for (const ConvShape& s : {no_batch, no_output}) {
    const std::vector<float> x(static_cast<std::size_t>(x_elements(s)), 1.0F),
        w(static_cast<std::size_t>(s.weights()), 1.0F);
    for_each_row<float>(s, ConvDirection::kForward, [&](const ConvPlan<float>& plan) {
      forward<float>(plan, x.data(), packed_weights(plan, w).data(), nullptr);
    });
    for_each_row<float>(s, ConvDirection::kInputGradient, [&](const ConvPlan<float>& plan) {
      auto dx = unwritten<float>(x_elements(s));
      input_gradient<float>(plan, nullptr, packed_weights(plan, w).data(), dx.data());
      for (const float value : dx) EXPECT_EQ(value, 0.0F);
    });
    for_each_row<float>(s, ConvDirection::kWeightGradient, [&](const ConvPlan<float>& plan) {
      auto dw = unwritten<float>(s.weights());
      weight_gradient<float>(plan, x.data(), nullptr, dw.data());
      for (const float value : dw) EXPECT_EQ(value, 0.0F);
    });
  }
}

class ThreadsScope {
 public:
  explicit ThreadsScope(int threads) : previous_(num_threads()) { set_num_threads(threads); }
  ~ThreadsScope() { set_num_threads(previous_); }
  ThreadsScope(const ThreadsScope&) = delete;
  ThreadsScope& operator=(const ThreadsScope&) = delete;

 private:
  int previous_;
};

TEST_P(ConvContract, BitsAreTheSameForAnyNumberOfThreads) {
  for (const ConvShape& s : kShapes) {
    const auto x = reference::values<float>(x_elements(s), 1), w = reference::values<float>(s.weights(), 2);
    const auto dy = reference::values<float>(y_elements(s), 3);
    const auto expect_same_bits = [&](std::int64_t elements, auto&& run) {
      std::vector<float> first = unwritten<float>(elements), other = unwritten<float>(elements);
      {
        const ThreadsScope one(1);
        run(first.data());
      }
      for (const int threads : {2, 3}) {
        const ThreadsScope several(threads);
        run(other.data());
        EXPECT_EQ(std::memcmp(first.data(), other.data(), first.size() * sizeof(float)), 0) << threads << " threads";
      }
    };
    for_each_row<float>(s, ConvDirection::kForward, [&](const ConvPlan<float>& plan) {
      expect_same_bits(y_elements(s), [&](float* y) { forward(plan, x.data(), packed_weights(plan, w).data(), y); });
    });
    for_each_row<float>(s, ConvDirection::kInputGradient, [&](const ConvPlan<float>& plan) {
      expect_same_bits(x_elements(s),
                       [&](float* dx) { input_gradient(plan, dy.data(), packed_weights(plan, w).data(), dx); });
    });
    for_each_row<float>(s, ConvDirection::kWeightGradient, [&](const ConvPlan<float>& plan) {
      expect_same_bits(s.weights(), [&](float* dw) { weight_gradient(plan, x.data(), dy.data(), dw); });
    });
  }
}

TEST_P(ConvContract, NanAndInfinityReachTheOutputsWhoseWindowHoldsThemAndNoOthers) {
  for (const ConvShape& s : {shape(1, 3, 18, 9, 3), shape(1, 20, 20, 9, 3, 1, 20), shape(2, 24, 33, 12, 3)}) {
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      auto x = reference::values<float>(x_elements(s), 1);
      const std::vector<float> w(static_cast<std::size_t>(s.weights()), 0.5F);
      x[static_cast<std::size_t>((4 * s.input[2] + 5) * s.in_channels)] =
          value;  // channel 0 of pixel (4, 5) of image 0
      const auto expected = reference::forward(s, x, w);
      for_each_row<float>(s, ConvDirection::kForward, [&](const ConvPlan<float>& plan) {
        if (plan.row_name().starts_with("winograd")) return;  // spreads them over a tile: ConvPrecision says so
        auto y = unwritten<float>(y_elements(s));
        forward(plan, x.data(), packed_weights(plan, w).data(), y.data(), {.relu = std::isnan(value)});
        for (std::size_t i = 0; i < y.size(); ++i) {
          ASSERT_EQ(std::isnan(y[i]), std::isnan(expected[i])) << i;
          ASSERT_EQ(std::isinf(y[i]), std::isinf(expected[i])) << i;
        }
      });
    }
  }
}

TEST_P(ConvContract, IntegersAreExactInEveryRowButWinograd) {
  for (const ConvShape& s : kShapes) {
    auto x = reference::values<float>(x_elements(s), 1), w = reference::values<float>(s.weights(), 2);
    for (float& value : x) value = std::floor(value * 8.0F);
    for (float& value : w) value = std::floor(value * 8.0F);
    const auto expected = reference::forward(s, x, w);
    for_each_row<float>(s, ConvDirection::kForward, [&](const ConvPlan<float>& plan) {
      if (plan.row_name().starts_with("winograd")) return;
      auto y = unwritten<float>(y_elements(s));
      forward(plan, x.data(), packed_weights(plan, w).data(), y.data());
      expect_close(y, expected, 0.0);
    });
  }
}

TEST_P(ConvContract, WhatTakesPlainWeightsPacksThemAsTheyAre) {
  for (const ConvShape& s : kShapes) {
    const auto w = reference::values<float>(s.weights(), 2);
    for_each_row<float>(s, ConvDirection::kForward, [&](const ConvPlan<float>& plan) {
      if (!takes_plain_weights(plan)) return;
      const auto packed = packed_weights(plan, w);
      EXPECT_TRUE(std::equal(w.begin(), w.end(), packed.begin())) << plan.row_name();
    });
  }
}

double largest_error(const std::vector<float>& actual, const std::vector<double>& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    largest = std::max(largest, std::abs(double(actual[i]) - expected[i]));
  return largest;
}

TEST_P(ConvContract, WinogradErrsAtMostEightTimesAsMuchAsDirectSummation) {
  for (const ConvShape& s : {shape(4, 16, 16, 12, 3), shape(4, 100, 16, 12, 3), shape(32, 128, 128, 3, 3)}) {
    const auto x = reference::values<float>(x_elements(s), 1), w = reference::values<float>(s.weights(), 2);
    const auto dy = reference::values<float>(y_elements(s), 3);
    const auto ratio = [&](ConvDirection direction, const std::vector<double>& expected, auto&& run) {
      const auto error = [&](std::string_view row) {
        std::vector<float> actual(expected.size());
        run(make_conv_plan<float>(s, direction, ConvPrecision::kFast, row), actual.data());
        return largest_error(actual, expected);
      };
      const bool weights = direction == ConvDirection::kWeightGradient;
      const double direct = error(weights ? "pixels" : "direct");
      EXPECT_LE(error("winograd"), 8.0 * direct) << text(s);
      if (!weights && s.in_channels == 128) {
        EXPECT_LE(error("winograd-fused"), 8.0 * direct) << text(s);
      }
    };
    ratio(ConvDirection::kForward, reference::forward(s, x, w),
          [&](const ConvPlan<float>& plan, float* y) { forward(plan, x.data(), packed_weights(plan, w).data(), y); });
    ratio(ConvDirection::kInputGradient, reference::input_gradient(s, dy, w),
          [&](const ConvPlan<float>& plan, float* dx) {
            input_gradient(plan, dy.data(), packed_weights(plan, w).data(), dx);
          });
    ratio(ConvDirection::kWeightGradient, reference::weight_gradient(s, x, dy),
          [&](const ConvPlan<float>& plan, float* dw) { weight_gradient(plan, x.data(), dy.data(), dw); });
  }
}

TEST(ConvPlans, ExactPrecisionAndDoubleNeverTakeWinograd) {
  const ConvShape s = shape(16, 64, 64, 28, 3);
  for (const auto direction :
       {ConvDirection::kForward, ConvDirection::kInputGradient, ConvDirection::kWeightGradient}) {
    EXPECT_EQ(make_conv_plan<float>(s, direction, ConvPrecision::kFast).row_name(), "winograd");
    EXPECT_NE(make_conv_plan<float>(s, direction, ConvPrecision::kExact).row_name(), "winograd");
    EXPECT_NE(make_conv_plan<double>(s, direction, ConvPrecision::kFast).row_name(), "winograd");
  }
}

TEST(ConvPlans, RowsHaveNamesOfTheirOwnAndTheLastAppliesToEverything) {
  std::set<std::string_view> names;
  for (const auto& row : correlation_rows<float>()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
  names.clear();
  for (const auto& row : weight_gradient_rows<float>()) EXPECT_TRUE(names.insert(row.name).second) << row.name;
  for (const ConvShape& s : kShapes) {
    EXPECT_TRUE(correlation_rows<float>().back().applies({s}));
    EXPECT_TRUE(correlation_rows<double>().back().applies({s}));
    EXPECT_TRUE(weight_gradient_rows<float>().back().applies({s, ConvDirection::kWeightGradient}));
    EXPECT_TRUE(weight_gradient_rows<double>().back().applies({s, ConvDirection::kWeightGradient}));
  }
}

template <typename Fn>
std::string message_of(Fn&& fn) {
  try {
    fn();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(ConvPlans, AForcedRowThatDoesNotApplyIsAnError) {
  const ConvShape s = shape(1, 3, 4, 8, 3);
  EXPECT_EQ(message_of([&] { make_conv_plan<float>(s, ConvDirection::kForward, ConvPrecision::kFast, "depthwise"); }),
            "convolution: no kernel of the name \"depthwise\" applies to this shape");
  EXPECT_THROW(make_conv_plan<float>(s, ConvDirection::kWeightGradient, ConvPrecision::kFast, "no such row"),
               ValueError);
}

TEST(ConvShapes, OutputSizeIsTheNumberOfPlacesOfTheKernel) {
  EXPECT_EQ(conv_output_size(28, 3, 1, 0, 0, 1), 26);
  EXPECT_EQ(conv_output_size(28, 3, 1, 1, 1, 1), 28);
  EXPECT_EQ(conv_output_size(28, 3, 2, 1, 1, 1), 14);
  EXPECT_EQ(conv_output_size(9, 3, 1, 2, 2, 2), 9);
  EXPECT_EQ(conv_output_size(6, 4, 1, 1, 2, 1), 6);  // 'same' of an even kernel: one more at the end
  EXPECT_EQ(conv_output_size(0, 1, 1, 1, 0, 1), 1);
}

TEST(ConvShapes, OutputSizeSaysWhatIsWrong) {
  EXPECT_EQ(
      message_of([] { conv_output_size(3, 5, 1, 0, 0, 2); }),
      "convolution: the kernel covers 9 positions (5 with dilation 2) but the padded input has 3 (3 + 0 + 0); pad more "
      "or take a smaller kernel");
  EXPECT_EQ(message_of([] { conv_output_size(8, 3, 0, 0, 0, 1); }),
            "convolution: the stride is 0, expected at least 1");
  EXPECT_EQ(message_of([] { conv_output_size(8, 3, 1, -1, 0, 1); }),
            "convolution: the padding is -1, expected at least 0");
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  EXPECT_THROW(conv_output_size(kHuge, 3, 1, 1, 0, 1), ValueError);
  EXPECT_THROW(conv_output_size(8, kHuge, 1, 0, 0, kHuge), ValueError);
}

TEST(ConvShapes, ShapesThatWouldOverflowAreRefused) {
  ConvShape s = shape(1, 6, 4, 8, 3);
  s.groups = 4;
  EXPECT_EQ(message_of([&] { check(s); }), "convolution: groups = 4 must divide the 6 input and the 4 output channels");
  s = shape(1, 4, 4, 8, 3);
  s.batch = std::int64_t{1} << 60;
  EXPECT_EQ(message_of([&] { check(s); }), "convolution: the input has more elements than 63 bits can count");
  s = shape(1, 4, 4, 8, 3);
  s.input[2] = std::int64_t{1} << 50;
  EXPECT_THROW(check(s), ValueError);
  s = shape(1, 4, 4, 8, 3);
  s.dilation[1] = 0;
  EXPECT_THROW(check(s), ValueError);
}

}  // namespace
}  // namespace lamella::kernels
