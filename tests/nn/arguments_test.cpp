// What must compile and what must not: a wrong argument is best found by the compiler. (That the right ones compile,
// and mean what torch means, is tested with each layer.)
#include <gtest/gtest.h>

#include <lamella/nn/all.h>
#include <lamella/ops/create.h>

using namespace lamella;

namespace {

template <typename Conv>
concept TakesThreeNumbersAnAxis = requires { Conv(1, 3, {3, 3, 3}); };
template <typename Conv>
concept TakesTwoNumbersAnAxis = requires { Conv(1, 3, {3, 3}); };
template <typename Conv>
concept TakesPaddingOfTwo = requires { Conv(1, 3, 3, {.padding = {1, 2}}); };
static_assert(TakesThreeNumbersAnAxis<nn::Conv3d> && !TakesThreeNumbersAnAxis<nn::Conv2d> &&
              !TakesThreeNumbersAnAxis<nn::Conv1d>);
static_assert(TakesTwoNumbersAnAxis<nn::Conv2d> && !TakesTwoNumbersAnAxis<nn::Conv3d> &&
              !TakesTwoNumbersAnAxis<nn::Conv1d>);
static_assert(TakesPaddingOfTwo<nn::Conv2d> && !TakesPaddingOfTwo<nn::Conv3d>);

template <typename Conv, typename Stride>
concept TakesStride = requires(Stride stride) { Conv(1, 3, 3, stride); };
static_assert(TakesStride<nn::Conv2d, int> && TakesStride<nn::Conv2d, std::int64_t> &&
              TakesStride<nn::Conv2d, std::size_t>);
static_assert(!TakesStride<nn::Conv2d, bool> && !TakesStride<nn::Conv2d, double> &&
              !TakesStride<nn::Conv2d, const char*>);

template <typename Conv>
concept TakesAWrongName = requires { Conv(1, 3, 3, {.pading = 1}); };
template <typename Conv>
concept TakesANumberForTheKernelByName = requires { Conv(1, 3, {.stride = 1}); };
static_assert(!TakesAWrongName<nn::Conv2d> && !TakesANumberForTheKernelByName<nn::Conv2d>);

// Options have names; a list without them is one argument's list.
template <typename Options>
concept TakesOptionsWithoutNames = requires { Options{2, 2}; };
static_assert(!TakesOptionsWithoutNames<nn::Conv2dOptions> && !TakesOptionsWithoutNames<nn::MaxPoolLayerOptions<2>> &&
              !TakesOptionsWithoutNames<nn::BatchNormOptions> && !TakesOptionsWithoutNames<nn::UpsampleOptions>);

static_assert(!TakesOptionsWithoutNames<nn::LeakyReLUOptions> && !TakesOptionsWithoutNames<nn::EmbeddingOptions> &&
              !TakesOptionsWithoutNames<nn::GroupNormOptions> && !TakesOptionsWithoutNames<nn::DropoutOptions>);

// One list alone is the window's, with a number for each axis; it is not the arguments of a layer to copy.
template <typename Layer>
concept TakesAListOfTwo = requires { Layer({3, 2}); };
template <typename Layer>
concept TakesAListOfFour = requires { Layer({1, 2, 3, 4}); };
static_assert(TakesAListOfTwo<nn::MaxPool2d> && TakesAListOfTwo<nn::AvgPool2d> && TakesAListOfTwo<nn::MaxUnpool2d> &&
              TakesAListOfTwo<nn::AdaptiveAvgPool2d> && TakesAListOfTwo<nn::LayerNorm> &&
              TakesAListOfTwo<nn::ReflectionPad1d>);
static_assert(!TakesAListOfTwo<nn::MaxPool1d> && !TakesAListOfTwo<nn::MaxPool3d> && !TakesAListOfTwo<nn::AvgPool3d> &&
              !TakesAListOfTwo<nn::ZeroPad2d>);
static_assert(TakesAListOfFour<nn::ZeroPad2d> && !TakesAListOfFour<nn::ZeroPad1d> && !TakesAListOfFour<nn::ZeroPad3d>);

// Torch's own trap: its second positional argument of Linear would be taken for a flag.
template <typename Linear>
concept TakesAFlag = requires { Linear(3, 4, false); };
static_assert(!TakesAFlag<nn::Linear>);

// A parameter is not a plain tensor, nor the other way round by accident.
template <typename Layer>
concept TakesATensorForItsWeight = requires(Layer layer, Tensor tensor) { layer.weight = tensor; };
static_assert(!TakesATensorForItsWeight<nn::Linear>);
static_assert(std::is_convertible_v<nn::Parameter, Tensor> && !std::is_convertible_v<Tensor, nn::Parameter>);

template <typename T>
concept IsAMember = requires(nn::Members& m, T& part) { m("name", part); };
static_assert(IsAMember<nn::Linear> && IsAMember<nn::Parameter> && IsAMember<nn::Sequential> &&
              IsAMember<std::unique_ptr<nn::Linear>> && IsAMember<std::shared_ptr<nn::Module>>);
static_assert(!IsAMember<Tensor> && !IsAMember<int> && !IsAMember<const nn::Linear>);

template <typename Fn>
concept IsAForwardHook = requires(nn::Linear linear, Fn fn) { linear.register_forward_hook(fn); };
static_assert(IsAForwardHook<void (*)(nn::Module&, const Tensor&, const Tensor&)>);
static_assert(IsAForwardHook<TensorList (*)(nn::Module&, const TensorList&, const TensorList&)>);

static_assert(std::is_nothrow_move_constructible_v<nn::Conv2d> && std::is_nothrow_move_assignable_v<nn::Conv2d>);
static_assert(std::is_nothrow_move_constructible_v<nn::BatchNorm2d> &&
              std::is_nothrow_move_constructible_v<nn::ModuleList>);

}  // namespace

TEST(PerAxis, ExpandsOneNumber) {
  const nn::PerAxis<3> all = 2;
  EXPECT_EQ(all.dims(), (Dims{2, 2, 2}));
  EXPECT_TRUE(all.single());
  EXPECT_EQ(all, (nn::PerAxis<3>{2, 2, 2}));
  EXPECT_EQ(nn::PerAxis<2>(Dims{7}).dims(), (Dims{7, 7}));
  EXPECT_THROW((nn::PerAxis<2>(Dims{1, 2, 3})), ValueError);
  EXPECT_THROW((nn::PerAxis<2>(Dims())), ValueError);
}

TEST(LayerPadding, TakesWords) {
  EXPECT_TRUE(nn::LayerPadding<2>("same").same());
  EXPECT_EQ(nn::LayerPadding<2>(std::string("valid")).word(), "valid");
  EXPECT_EQ(nn::LayerPadding<2>("valid").values(), nn::PerAxis<2>(0));
  EXPECT_THROW(nn::LayerPadding<2>("full"), ValueError);
}
