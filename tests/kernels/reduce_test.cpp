#include "kernels/reduce/reduce.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include <lamella/error.h>

#include "kernel_testing.h"
#include "kernels/reduce/arg.h"
#include "kernels/reduce/scan.h"
#include "kernels/reduce/sort.h"
#include "strided_testing.h"

namespace lamella::kernels {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

double naive(ReduceOp op, const std::vector<double>& x, double p0) {
  const auto n = static_cast<double>(x.size());
  double sum = 0, product = 1, most = -kInf, least = kInf, nonzero = 0, absolute = 0, squares = 0, powers = 0, exps = 0;
  for (const double v : x) {
    sum += v;
    product *= v;
    most = std::max(most, v);
    least = std::min(least, v);
    nonzero += v != 0;
    absolute += std::fabs(v);
    squares += v * v;
    powers += std::pow(std::fabs(v), p0);
    exps += std::exp(v);
  }
  double largest = 0, smallest = kInf, deviations = 0;
  for (const double v : x) {
    largest = std::max(largest, std::fabs(v));
    smallest = std::min(smallest, std::fabs(v));
    deviations += (v - sum / n) * (v - sum / n);
  }
  switch (op) {
    case ReduceOp::kSum:
    case ReduceOp::kNanSum:
      return sum;
    case ReduceOp::kMean:
      return sum / n;
    case ReduceOp::kProd:
      return product;
    case ReduceOp::kMax:
      return most;
    case ReduceOp::kMin:
      return least;
    case ReduceOp::kAny:
      return nonzero > 0;
    case ReduceOp::kAll:
      return nonzero == n;
    case ReduceOp::kCountNonzero:
      return nonzero;
    case ReduceOp::kNorm1:
      return absolute;
    case ReduceOp::kNorm2:
      return std::sqrt(squares);
    case ReduceOp::kNormInf:
      return largest;
    case ReduceOp::kNormNegInf:
      return smallest;
    case ReduceOp::kNormP:
      return std::pow(powers, 1 / p0);
    case ReduceOp::kLogSumExp:
      return std::log(exps);
    case ReduceOp::kVar:
      return deviations / std::max(0.0, n - p0);
    case ReduceOp::kStd:
      return std::sqrt(deviations / std::max(0.0, n - p0));
    case ReduceOp::kCount:
      break;
  }
  return kNan;
}

// The elements of `in` that each output collects, by the output's flat index.
std::map<std::int64_t, std::vector<double>> groups(const Array& in, const std::vector<bool>& reduced) {
  std::map<std::int64_t, std::vector<double>> result;
  for (std::int64_t i = 0; i < in.size(); ++i) {
    std::int64_t rest = i, group = 0, total = 1;
    for (std::size_t a = in.shape().size(); a-- > 0;) {
      const std::int64_t extent = in.shape()[a];
      if (!reduced[a]) {
        group += rest % extent * total;
        total *= extent;
      }
      rest /= extent;
    }
    result[group].push_back(in[i]);
  }
  return result;
}

Extents without(const Extents& shape, const std::vector<bool>& reduced) {
  Extents result = shape;
  for (std::size_t a = 0; a < shape.size(); ++a) result[a] = reduced[a] ? 1 : shape[a];
  return result;
}

TEST(Reduce, EveryOperatorOverAnyAxesOfAnyLayout) {
  on_every_target([] {
    Dice dice(21);
    for (int round = 0; round < 600; ++round) {
      const auto op = static_cast<ReduceOp>(dice.below(static_cast<std::int64_t>(ReduceOp::kCount)));
      const DType dtype = dice.dtype();
      const Extents shape = dice.shape();
      if (!supports(op, dtype) || numel(shape) == 0) continue;
      std::vector<bool> reduced(shape.size());
      for (std::size_t a = 0; a < shape.size(); ++a) reduced[a] = dice.chance(50);
      const Array in = dice.repeating(dtype, shape);
      const Extents kept = without(shape, reduced);
      Array out(result_dtype(op, dtype), kept, dice.layout(kept));
      const Extents strides = out.strides_without(reduced);
      const double p0 = op == ReduceOp::kNormP ? 3 : 1;
      reduce(op, shape, {out.memory().data(), out.dtype(), strides.data()}, in.in(), p0);
      // Whole numbers and halves up to 8 add up exactly in the accumulators; roots, powers and the last rounding
      // remain.
      const double eps = out.dtype() == DType::kFloat16 ? 0x1p-11 : out.dtype() == DType::kBFloat16 ? 0x1p-8 : 0x1p-23;
      for (const auto& [group, x] : groups(in, reduced)) {
        const double y = naive(op, x, p0);
        if (op == ReduceOp::kProd && std::fabs(y) > 1e4) continue;  // int64 wraps, halves overflow
        if (std::isnan(y) || std::isinf(rounded(out.dtype(), y))) {
          ASSERT_FALSE(std::isfinite(out[group]));
          continue;
        }
        ASSERT_NEAR(out[group], y, std::max(eps * std::fabs(y), op == ReduceOp::kLogSumExp ? 1e-6 : 1e-12))
            << "op " << static_cast<int>(op) << ' ' << name_of(dtype) << " of " << x.size();
      }
    }
  });
}

TEST(Reduce, GivesEqualBitsForAnyThreads) {
  Dice dice(22);
  Array in(DType::kFloat32, {6, 70, 90, 20});
  for (std::int64_t i = 0; i < in.size(); ++i) in.set(i, dice.uniform(-1, 1));
  const std::vector<std::vector<bool>> axes = {
      {true, true, true, true}, {true, false, true, true}, {false, true, false, false}, {true, true, true, false}};
  for (const ReduceOp op : {ReduceOp::kSum, ReduceOp::kVar, ReduceOp::kLogSumExp}) {
    for (const std::vector<bool>& reduced : axes) {
      expect_equal_bits_for_any_threads([&] {
        Array out(DType::kFloat32, without(in.shape(), reduced));
        const Extents strides = out.strides_without(reduced);
        reduce(op, in.shape(), {out.memory().data(), DType::kFloat32, strides.data()}, in.in());
        return out.memory();
      });
    }
  }
}

TEST(Reduce, Float32SumsAreRoundedOnce) {
  on_every_target([] {
    Dice dice(23);
    Array in(DType::kFloat32, {300000});
    long double exact = 0;
    for (std::int64_t i = 0; i < in.size(); ++i) {
      in.set(i, dice.uniform(0, 1));
      exact += static_cast<long double>(in[i]);
    }
    Array out(DType::kFloat32, {1}, {0});
    reduce(ReduceOp::kSum, in.shape(), out.out(), in.in());
    EXPECT_EQ(out[0], static_cast<float>(exact));
  });
}

TEST(Reduce, NothingGivesTheNeutralValue) {
  const Extents shape = {3, 0};
  const Extents strides = {1, 0};
  Array in(DType::kFloat32, shape), out(DType::kFloat32, {3, 1});
  const auto run = [&](ReduceOp op) {
    reduce(op, shape, {out.memory().data(), DType::kFloat32, strides.data()}, in.in());
    return out[2];
  };
  EXPECT_EQ(run(ReduceOp::kSum), 0);
  EXPECT_EQ(run(ReduceOp::kProd), 1);
  EXPECT_TRUE(std::isnan(run(ReduceOp::kMean)));
  EXPECT_TRUE(std::isnan(run(ReduceOp::kVar)));
  EXPECT_EQ(run(ReduceOp::kAll), 1);
  EXPECT_EQ(run(ReduceOp::kAny), 0);
  EXPECT_EQ(run(ReduceOp::kLogSumExp), -kInf);
}

TEST(Reduce, NanSpreadsExceptInNansum) {
  on_every_target([] {
    Array in(DType::kFloat32, {100});
    for (std::int64_t i = 0; i < 100; ++i) in.set(i, i == 41 ? kNan : 1);
    Array out(DType::kFloat32, {1}, {0});
    for (const ReduceOp op : {ReduceOp::kSum, ReduceOp::kMax, ReduceOp::kMin, ReduceOp::kNorm2, ReduceOp::kNormInf,
                              ReduceOp::kLogSumExp, ReduceOp::kVar}) {
      reduce(op, in.shape(), out.out(), in.in());
      EXPECT_TRUE(std::isnan(out[0])) << static_cast<int>(op);
    }
    reduce(ReduceOp::kNanSum, in.shape(), out.out(), in.in());
    EXPECT_EQ(out[0], 99);
    EXPECT_THROW(reduce(ReduceOp::kMean, in.shape(), out.out(),
                        ConstOperand(in.memory().data(), DType::kInt32, in.strides().data())),
                 TypeError);
  });
}

TEST(Reduce, IntegersSumInSixtyFourBits) {
  Array in(DType::kUInt8, {1000});
  for (std::int64_t i = 0; i < 1000; ++i) in.set(i, 200);
  Array out(DType::kInt64, {1}, {0});
  reduce(ReduceOp::kSum, in.shape(), out.out(), in.in());
  EXPECT_EQ(out[0], 200000);
}

struct Line {
  std::vector<double> x;
  std::vector<std::int64_t> at;  // flat indices into the array
};

// All lines along `axis`, in the order of the shape without it.
std::vector<Line> lines_of(const Array& in, std::size_t axis) {
  std::int64_t inner = 1;
  for (std::size_t a = axis + 1; a < in.shape().size(); ++a) inner *= in.shape()[a];
  const std::int64_t length = in.shape()[axis];
  std::vector<Line> lines(static_cast<std::size_t>(in.size() / std::max<std::int64_t>(length, 1)));
  for (std::int64_t i = 0; i < in.size(); ++i) {
    Line& line = lines[static_cast<std::size_t>(i / (inner * length) * inner + i % inner)];
    line.x.push_back(in[i]);
    line.at.push_back(i);
  }
  return lines;
}

TEST(ArgReduce, FindsTheFirstOfTheBest) {
  Dice dice(24);
  for (int round = 0; round < 200; ++round) {
    const Extents shape = dice.shape();
    if (shape.empty() || numel(shape) == 0) continue;
    const auto axis = static_cast<std::size_t>(dice.below(static_cast<std::int64_t>(shape.size())));
    Array in = dice.array(dice.dtype(), shape);
    if (is_floating_point(in.dtype()) && dice.chance(50)) in.set(dice.below(in.size()), kNan);
    Extents kept = shape;
    kept[axis] = 1;
    for (const ArgOp op : {ArgOp::kMax, ArgOp::kMin}) {
      Array values(in.dtype(), kept, dice.layout(kept)), indices(DType::kInt64, kept, dice.layout(kept));
      arg_reduce(op, shape, static_cast<int>(axis), values.out(), indices.out(), in.in());
      const std::vector<Line> lines = lines_of(in, axis);
      for (std::size_t l = 0; l < lines.size(); ++l) {
        const std::vector<double>& x = lines[l].x;
        std::size_t best = 0;
        for (std::size_t i = 1; i < x.size() && !std::isnan(x[best]); ++i) {
          if (std::isnan(x[i]) || (op == ArgOp::kMax ? x[i] > x[best] : x[i] < x[best])) best = i;
        }
        ASSERT_EQ(indices[static_cast<std::int64_t>(l)], static_cast<double>(best));
        ASSERT_TRUE(values[static_cast<std::int64_t>(l)] == x[best] || std::isnan(x[best]));
      }
    }
  }
}

TEST(Sort, IsStableWithNanLast) {
  Dice dice(25);
  for (int round = 0; round < 200; ++round) {
    const Extents shape = dice.shape();
    if (shape.empty() || numel(shape) == 0) continue;
    const auto axis = static_cast<std::size_t>(dice.below(static_cast<std::int64_t>(shape.size())));
    Array in = dice.array(dice.dtype(), shape);
    if (is_floating_point(in.dtype()) && dice.chance(50)) in.set(dice.below(in.size()), kNan);
    Extents first = shape;
    first[axis] = dice.chance(50) ? shape[axis] : dice.below(shape[axis] + 1);
    const bool descending = dice.chance(50);
    Array values(in.dtype(), first, dice.layout(first)), indices(DType::kInt64, first, dice.layout(first));
    sort(shape, static_cast<int>(axis), descending, first[axis], values.out(), indices.out(), in.in());
    const auto key = [](double x) { return std::isnan(x) ? kInf : x; };
    const std::vector<Line> lines = lines_of(in, axis), sorted = lines_of(values, axis),
                            order = lines_of(indices, axis);
    for (std::size_t l = 0; l < order.size(); ++l) {
      std::vector<std::size_t> expected(lines[l].x.size());
      std::iota(expected.begin(), expected.end(), std::size_t{0});
      std::stable_sort(expected.begin(), expected.end(), [&](std::size_t a, std::size_t b) {
        return descending ? key(lines[l].x[a]) > key(lines[l].x[b]) : key(lines[l].x[a]) < key(lines[l].x[b]);
      });
      for (std::size_t i = 0; i < order[l].x.size(); ++i) {
        ASSERT_EQ(order[l].x[i], static_cast<double>(expected[i]));
        ASSERT_EQ(key(sorted[l].x[i]), key(lines[l].x[expected[i]]));
      }
    }
  }
}

TEST(Scan, AccumulatesAlongAnAxis) {
  Dice dice(26);
  for (int round = 0; round < 200; ++round) {
    const Extents shape = dice.shape();
    if (shape.empty() || numel(shape) == 0) continue;
    const auto axis = static_cast<std::size_t>(dice.below(static_cast<std::int64_t>(shape.size())));
    const Array in = dice.array(dice.dtype(), shape);
    Array out(is_floating_point(in.dtype()) ? in.dtype() : DType::kInt64, shape, dice.layout(shape));
    scan(ScanOp::kSum, shape, static_cast<int>(axis), out.out(), in.in());
    for (const Line& line : lines_of(in, axis)) {
      double sum = 0;
      for (std::size_t i = 0; i < line.x.size(); ++i) {
        sum += line.x[i];
        ASSERT_EQ(out[line.at[i]], rounded(out.dtype(), sum)) << name_of(in.dtype());
      }
    }
  }
  Array x(DType::kInt32, {4});
  for (std::int64_t i = 0; i < 4; ++i) x.set(i, static_cast<double>(i + 1));
  scan(ScanOp::kProd, x.shape(), 0, x.out(), x.in());
  EXPECT_EQ(x[3], 24);
}

}  // namespace
}  // namespace lamella::kernels
