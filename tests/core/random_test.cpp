// Golden values come from PyTorch 2.13 on x86-64, with g = lambda s: torch.Generator().manual_seed(s) and the command
// that stands beside them; floats are printed by float.hex().
#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include <lamella/error.h>

#include "core/random_transform.h"

namespace lamella {
namespace {

template <typename T, typename Fill>
std::vector<T> filled(std::int64_t n, std::uint64_t seed, Fill&& fill) {
  std::vector<T> values(static_cast<std::size_t>(n));
  Generator generator(seed);
  fill(generator, values.data(), n, dtype_of<T>);
  return values;
}

template <typename T>
std::vector<T> uniform(std::int64_t n, std::uint64_t seed, double from = 0, double to = 1) {
  return filled<T>(n, seed,
                   [&](auto& g, auto* data, auto size, auto dtype) { fill_uniform(g, data, size, dtype, from, to); });
}

template <typename T>
std::vector<T> normal(std::int64_t n, std::uint64_t seed) {
  return filled<T>(n, seed, [&](auto& g, auto* data, auto size, auto dtype) { fill_normal(g, data, size, dtype); });
}

std::vector<std::uint8_t> state_after_normal(std::int64_t n, DType dtype, std::uint64_t seed = 1) {
  Generator generator(seed);
  std::vector<double> values(static_cast<std::size_t>(n));
  fill_normal(generator, values.data(), n, dtype);
  return generator.get_state();
}

// --- The generator ---------------------------------------------------------------------------------------------------

TEST(Generator, IsTheMersenneTwisterOfTheStandardLibrary) {
  for (const std::uint32_t seed : {0U, 1U, 5489U, 0xffffffffU}) {
    std::mt19937 reference(seed);
    Generator generator(seed);
    RandomDraws draws(generator);
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(draws.next32(), reference()) << "seed " << seed << ", draw " << i;
  }
}

TEST(Generator, DrawsInBulkAreTheSingleDraws) {
  for (const std::size_t count : {1U, 5U, 623U, 624U, 625U, 2000U}) {
    Generator one(7);
    Generator other(7);
    RandomDraws single(one);
    RandomDraws bulk(other);
    for (int repeat = 0; repeat < 3; ++repeat) {
      std::vector<std::uint32_t> values(count);
      bulk.next32(values);
      for (const std::uint32_t value : values) ASSERT_EQ(value, single.next32());
    }
  }
}

TEST(Generator, SixtyFourBitsAreTwoDrawsTheUpperHalfFirst) {
  std::mt19937 reference(3);
  const std::uint64_t high = reference();
  const std::uint64_t low = reference();
  Generator generator(3);
  EXPECT_EQ(RandomDraws(generator).next64(), high << 32 | low);
}

TEST(Generator, OnlyTheLowerHalfOfASeedCountsButAllOfItIsKept) {
  EXPECT_EQ(uniform<float>(10, 5), uniform<float>(10, (std::uint64_t{9} << 32) + 5));
  EXPECT_EQ(Generator((std::uint64_t{9} << 32) + 5).initial_seed(), (std::uint64_t{9} << 32) + 5);
  EXPECT_EQ(Generator().initial_seed(), 67280421310721U);  // torch.Generator().initial_seed()
}

TEST(Generator, SeedingAgainStartsAgainAndForgetsTheWaitingNormalNumber) {
  Generator generator(1);
  float once[3];
  float again[3];
  fill_normal(generator, once, 3, DType::kFloat32);
  generator.manual_seed(1);
  fill_normal(generator, again, 3, DType::kFloat32);
  EXPECT_TRUE(std::equal(once, once + 3, again));
}

TEST(Generator, ACopyGoesOnIndependentlyFromTheSamePlace) {
  Generator generator(1);
  float skipped[3];
  fill_normal(generator, skipped, 3, DType::kFloat32);
  Generator copy = generator;
  float ours[3];
  float its[3];
  fill_normal(generator, ours, 3, DType::kFloat32);
  fill_normal(copy, its, 3, DType::kFloat32);
  EXPECT_TRUE(std::equal(ours, ours + 3, its));
}

TEST(Generator, TheStateHasPyTorchsFormat) {
  // q = g(5); torch.randn(3, generator=q); q.get_state()[:24], and the next torch.randn(1, generator=q)
  const std::vector<std::uint8_t> head = {5, 0, 0, 0, 0, 0, 0, 0, 105, 2, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0};
  Generator generator(5);
  float three[3];
  fill_normal(generator, three, 3, DType::kFloat32);
  const std::vector<std::uint8_t> state = generator.get_state();
  ASSERT_EQ(state.size(), 5056U);
  EXPECT_TRUE(std::equal(head.begin(), head.end(), state.begin()));
  float next = 0;
  fill_normal(generator, &next, 1, DType::kFloat32);
  EXPECT_FLOAT_EQ(next, 0x1.55c5bep-1F);
}

TEST(Generator, AStateBringsEverythingBackTheWaitingNormalNumberToo) {
  Generator generator(5);
  float skipped[3];
  fill_normal(generator, skipped, 3, DType::kFloat32);
  const std::vector<std::uint8_t> state = generator.get_state();
  float first[40];
  float second[40];
  fill_normal_scalar(generator, first, 40, DType::kFloat32);
  generator.set_state(state);
  EXPECT_EQ(generator.get_state(), state);
  fill_normal_scalar(generator, second, 40, DType::kFloat32);
  EXPECT_TRUE(std::equal(first, first + 40, second));
}

TEST(Generator, BytesThatAreNoStateRaiseAndChangeNothing) {
  Generator generator(5);
  const std::vector<std::uint8_t> state = generator.get_state();
  EXPECT_THROW(generator.set_state(std::vector<std::uint8_t>(10)), ValueError);
  EXPECT_THROW(generator.set_state({}), ValueError);
  for (const std::size_t byte : {8U, 9U, 11U, 12U, 17U, 23U}) {  // left, seeded, next
    std::vector<std::uint8_t> broken = state;
    broken[byte] = 0xff;
    EXPECT_THROW(generator.set_state(broken), ValueError) << byte;
  }
  EXPECT_EQ(generator.get_state(), state);
}

TEST(Generator, TheDefaultOneIsSeededByManualSeedAndForkRngRestoresIt) {
  manual_seed(11);
  EXPECT_EQ(initial_seed(), 11U);
  float before[4];
  float inside[4];
  float after[4];
  {
    const ForkRng fork;
    fill_uniform(default_generator(), inside, 4, DType::kFloat32);
    manual_seed(99);
  }
  EXPECT_EQ(initial_seed(), 11U);
  fill_uniform(default_generator(), after, 4, DType::kFloat32);
  manual_seed(11);
  fill_uniform(default_generator(), before, 4, DType::kFloat32);
  EXPECT_TRUE(std::equal(before, before + 4, inside));
  EXPECT_TRUE(std::equal(before, before + 4, after));
}

TEST(Generator, SeedsFromEntropyDiffer) {
  const std::uint64_t first = seed();
  EXPECT_EQ(initial_seed(), first);
  EXPECT_NE(seed(), first);
  EXPECT_LT(first, std::uint64_t{1} << 53);
}

TEST(Generator, ThreadsMayShareOne) {
  Generator generator(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      std::vector<float> values(1000);
      fill_uniform(generator, values.data(), 1000, DType::kFloat32);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Generator expected(1);
  std::vector<float> values(4000);
  fill_uniform(expected, values.data(), 4000, DType::kFloat32);
  EXPECT_EQ(generator.get_state(), expected.get_state());
}

// --- Uniform ---------------------------------------------------------------------------------------------------------

TEST(FillUniform, GivesPyTorchsNumbersToTheLastBit) {
  // torch.rand(4, generator=g(0))
  EXPECT_EQ(uniform<float>(4, 0), (std::vector<float>{0x1.fc2abp-2F, 0x1.89545ep-1F, 0x1.6a675p-4F, 0x1.0e66p-3F}));
  // torch.empty(4).uniform_(-0.2, 0.3, generator=g(0)): one fused multiply-add each
  EXPECT_EQ(uniform<float>(4, 0, -0.2, 0.3),
            (std::vector<float>{0x1.8a4458p-5F, 0x1.790f22p-3F, -0x1.3effc6p-3F, -0x1.12669ap-3F}));
  // torch.rand(3, generator=g(0), dtype=torch.float64)
  EXPECT_EQ(uniform<double>(3, 0),
            (std::vector<double>{0x1.f0aac97c4aa2fp-1, 0x1.6a675d821ccc0p-1, 0x1.d6687b744a5f6p-2}));
  // torch.rand(4, generator=g(0), dtype=torch.float16).view(torch.int16)
  std::vector<std::uint16_t> bits;
  for (const float16 value : uniform<float16>(4, 0)) bits.push_back(value.bits);
  EXPECT_EQ(bits, (std::vector<std::uint16_t>{0x37f1, 0x3a25, 0x2daa, 0x303a}));
}

TEST(FillUniform, NeverReachesTheOpenEndThoughRoundingWould) {
  for (const bfloat16 value : uniform<bfloat16>(20000, 0)) ASSERT_LT(static_cast<float>(value), 1.0F);
}

TEST(FillUniform, OneLongFillIsManyShortOnes) {
  const std::vector<float> whole = uniform<float>(3000, 4, -1, 2);
  Generator generator(4);
  std::vector<float> parts(3000);
  fill_uniform(generator, parts.data(), 1, DType::kFloat32, -1, 2);
  fill_uniform(generator, parts.data() + 1, 1999, DType::kFloat32, -1, 2);
  fill_uniform(generator, parts.data() + 2000, 1000, DType::kFloat32, -1, 2);
  EXPECT_EQ(whole, parts);
}

TEST(FillUniform, ARangeThatIsNoneRaises) {
  Generator generator(1);
  float value = 0;
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(fill_uniform(generator, &value, 1, DType::kFloat32, 1, 0), ValueError);
  EXPECT_THROW(fill_uniform(generator, &value, 1, DType::kFloat32, 0, infinity), ValueError);
  EXPECT_THROW(fill_uniform(generator, &value, 1, DType::kFloat32, 0, 1e39), ValueError);
  EXPECT_THROW(fill_uniform(generator, &value, 1, DType::kFloat16, -60000, 60000), ValueError);
  EXPECT_THROW(fill_uniform(generator, &value, 1, DType::kFloat32, std::nan(""), 1), ValueError);
  EXPECT_THROW(fill_uniform(generator, &value, 1, DType::kInt32), TypeError);
}

// --- Normal ----------------------------------------------------------------------------------------------------------

TEST(FillNormal, SixteenAndMoreTakeTheBlockwisePath) {
  // x = torch.randn(19, generator=g(42)); x[:4], x[-4:]: equal to the last bit, since the arithmetic is PyTorch's
  const std::vector<float> x = normal<float>(19, 42);
  EXPECT_EQ(std::vector<float>(x.begin(), x.begin() + 4),
            (std::vector<float>{0x1.ed4a52p+0F, 0x1.7cbea6p+0F, 0x1.cd2acep-1F, 0x1.c223bp-2F}));
  EXPECT_EQ(std::vector<float>(x.end() - 4, x.end()),
            (std::vector<float>{0x1.b83f6p-1F, -0x1.3d2904p-2F, -0x1.953522p-2F, 0x1.9b5878p-1F}));
}

TEST(FillNormal, FewerTakeTheScalarPath) {
  // torch.randn(5, generator=g(42)); the C library's log1p, sin and cos may differ in their last bit
  const std::vector<float> expected = {0x1.58c55cp-2F, 0x1.07cd3ap-3F, 0x1.e02dcep-3F, 0x1.d7b8d8p-3F, -0x1.1f7384p+0F};
  const std::vector<float> x = normal<float>(5, 42);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_FLOAT_EQ(x[i], expected[i]);
}

TEST(FillNormal, Float64TakesTheSamePaths) {
  // x = torch.randn(17, generator=g(7), dtype=torch.float64); x[:3], x[-2:]
  const std::vector<double> x = normal<double>(17, 7);
  EXPECT_DOUBLE_EQ(x[0], 0x1.0f6e8d3a53973p-4);
  EXPECT_DOUBLE_EQ(x[1], -0x1.2a06c67e33848p-2);
  EXPECT_DOUBLE_EQ(x[2], 0x1.d5026572adeb7p-2);
  EXPECT_DOUBLE_EQ(x[15], 0x1.cf6ff3d1fa92fp-2);
  EXPECT_DOUBLE_EQ(x[16], -0x1.aaf04bea1dd97p+0);
}

TEST(FillNormal, SixteenBitTypesRoundFloatsAndDrawNoUnusedRest) {
  // x = torch.empty(19, dtype=torch.bfloat16).normal_(0, 1, generator=g(42)).view(torch.int16); x[:4], x[-3:]
  std::vector<std::uint16_t> bits;
  for (const bfloat16 value : normal<bfloat16>(19, 42)) bits.push_back(value.bits);
  EXPECT_EQ(std::vector<std::uint16_t>(bits.begin(), bits.begin() + 3),
            (std::vector<std::uint16_t>{0x3ff7, 0x3fbe, 0x3f67}));
  EXPECT_EQ(bits[3], 0x3fd2);
  EXPECT_EQ(std::vector<std::uint16_t>(bits.end() - 3, bits.end()),
            (std::vector<std::uint16_t>{0x3d2b, 0xbe81, 0x3f5c}));
  // 19 + 16 draws against 16 + 16
  EXPECT_NE(state_after_normal(19, DType::kFloat32), state_after_normal(19, DType::kFloat16));
  EXPECT_EQ(state_after_normal(32, DType::kFloat32), state_after_normal(32, DType::kFloat16));
}

TEST(FillNormal, HasTheMeanAndDeviationThatItWasAskedFor) {
  constexpr int kCount = 100000;
  std::vector<float> values(kCount);
  Generator generator(1);
  fill_normal(generator, values.data(), kCount, DType::kFloat32, 3, 2);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / kCount;
  double square = 0;
  for (const float value : values) square += (value - mean) * (value - mean);
  EXPECT_NEAR(mean, 3, 5 * 2 / std::sqrt(kCount));                              // five standard errors
  EXPECT_NEAR(std::sqrt(square / kCount), 2, 5 * 2 / std::sqrt(2.0 * kCount));  // the same
}

TEST(FillNormal, ANegativeDeviationRaises) {
  Generator generator(1);
  float values[20];
  EXPECT_THROW(fill_normal(generator, values, 20, DType::kFloat32, 0, -1), ValueError);
  EXPECT_THROW(fill_normal(generator, values, 2, DType::kFloat32, 0, std::nan("")), ValueError);
  EXPECT_THROW(fill_normal(generator, values, 2, DType::kInt64), TypeError);
}

TEST(BoxMuller, TheVectorisedFloatsAgreeWithDoublePrecision) {
  std::vector<float> x = uniform<float>(1600, 9);
  std::vector<double> reference(x.begin(), x.end());
  box_muller16(x.data(), 100, 0, 1);
  box_muller16(reference.data(), 100, 0, 1);
  // Sine and cosine of a float argument near 2 pi are off by its rounding, half of 2^-21; radii reach 6.
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], reference[i], 4e-6);
}

// --- The others --------------------------------------------------------------------------------------------------

TEST(FillExponential, GivesPyTorchsNumbers) {
  // torch.empty(3).exponential_(2, generator=g(3))
  const std::vector<float> expected = {0x1.1c4a6cp-6F, 0x1.5a04f8p-3F, 0x1.7b8094p-1F};
  const auto x =
      filled<float>(3, 3, [](auto& g, auto* data, auto n, auto dtype) { fill_exponential(g, data, n, dtype, 2); });
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_FLOAT_EQ(x[i], expected[i]);
  Generator generator(1);
  float value = 0;
  EXPECT_THROW(fill_exponential(generator, &value, 1, DType::kFloat32, 0), ValueError);
}

TEST(FillBernoulli, OfOneProbabilityGivesPyTorchsNumbersInEveryDtype) {
  // torch.empty(16).bernoulli_(0.3, generator=g(3)).int()
  const std::vector<int> expected = {1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  const auto fill = [](auto& g, auto* data, auto n, auto dtype) { fill_bernoulli(g, data, n, dtype, 0.3); };
  const auto floats = filled<float>(16, 3, fill);
  const auto bytes = filled<std::uint8_t>(16, 3, fill);
  EXPECT_EQ(std::vector<int>(floats.begin(), floats.end()), expected);
  EXPECT_EQ(std::vector<int>(bytes.begin(), bytes.end()), expected);
}

TEST(FillBernoulli, OfATensorOfProbabilitiesGivesPyTorchsNumbers) {
  // torch.bernoulli(torch.linspace(0, 1, 9), generator=g(3)).int()
  const std::vector<float> p = {0, 0.125F, 0.25F, 0.375F, 0.5F, 0.625F, 0.75F, 0.875F, 1};
  std::vector<float> x(9);
  Generator generator(3);
  fill_bernoulli(generator, x.data(), 9, DType::kFloat32, p.data(), DType::kFloat32);
  EXPECT_EQ(x, (std::vector<float>{0, 1, 0, 1, 1, 1, 0, 1, 1}));
}

TEST(FillBernoulli, CertaintiesAreCertainAndOthersRaise) {
  const auto fill = [](double p) {
    return filled<float>(100, 3,
                         [p](auto& g, auto* data, auto n, auto dtype) { fill_bernoulli(g, data, n, dtype, p); });
  };
  EXPECT_EQ(fill(0), std::vector<float>(100, 0.0F));
  EXPECT_EQ(fill(1), std::vector<float>(100, 1.0F));
  EXPECT_THROW(fill(-0.1), ValueError);
  EXPECT_THROW(fill(1.1), ValueError);
  EXPECT_THROW(fill(std::nan("")), ValueError);
  Generator generator(1);
  const float wrong = 2;
  float value = 0;
  EXPECT_THROW(fill_bernoulli(generator, &value, 1, DType::kFloat32, &wrong, DType::kFloat32), ValueError);
}

template <typename T = std::int64_t>
std::vector<T> randint(std::int64_t n, std::uint64_t seed, std::int64_t low, std::int64_t high) {
  return filled<T>(n, seed,
                   [&](auto& g, auto* data, auto size, auto dtype) { fill_randint(g, data, size, dtype, low, high); });
}

TEST(FillRandint, GivesPyTorchsNumbersWithOneDrawOrTwo) {
  // torch.randint(0, 10, (10,), generator=g(1)); torch.randint(-2**40, 2**40, (3,), generator=g(1))
  EXPECT_EQ(randint(10, 1, 0, 10), (std::vector<std::int64_t>{5, 9, 4, 8, 3, 3, 1, 1, 9, 2}));
  const std::int64_t end = std::int64_t{1} << 40;
  EXPECT_EQ(randint(3, 1, -end, end), (std::vector<std::int64_t>{-936314961685, 605300724808, -3744676983}));
}

TEST(FillRandint, StaysWithinItsRangeAndItsDtype) {
  for (const std::int8_t value : randint<std::int8_t>(1000, 1, -128, 128)) EXPECT_LE(value, 127);
  for (const float16 value : randint<float16>(2000, 1, 0, 65504)) ASSERT_LT(static_cast<float>(value), 65504.0F);
  EXPECT_THROW(randint<std::int8_t>(1, 1, 0, 129), ValueError);
  EXPECT_THROW(randint<std::uint8_t>(1, 1, -1, 5), ValueError);
  EXPECT_THROW(randint(1, 1, 5, 5), ValueError);
  EXPECT_THROW(randint(1, 1, 6, 5), ValueError);
}

TEST(FillRandom, GivesPyTorchsNumbersWhichSeedADataLoader) {
  // torch.empty((2,), dtype=torch.int64).random_(generator=g(0))
  const auto x = filled<std::int64_t>(2, 0, fill_random);
  EXPECT_EQ(x, (std::vector<std::int64_t>{900450186894289455, 3969543146641149120}));
}

TEST(FillRandperm, GivesPyTorchsPermutation) {
  // torch.randperm(10, generator=g(0))
  std::vector<std::int64_t> x(10);
  Generator generator(0);
  fill_randperm(generator, x.data(), 10);
  EXPECT_EQ(x, (std::vector<std::int64_t>{4, 1, 7, 5, 3, 9, 0, 8, 6, 2}));
}

TEST(FillRandperm, IsAPermutationOfAnyLength) {
  Generator generator(0);
  for (const std::int64_t n : {0, 1, 2, 1000}) {
    std::vector<std::int64_t> x(static_cast<std::size_t>(n));
    fill_randperm(generator, x.data(), n);
    std::sort(x.begin(), x.end());
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(x[static_cast<std::size_t>(i)], i);
  }
}

}  // namespace
}  // namespace lamella
