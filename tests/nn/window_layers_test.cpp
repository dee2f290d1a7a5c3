// Layers with windows and borders: how their arguments may be written, and what they compute.
#include <gtest/gtest.h>

#include <lamella/autograd.h>
#include <lamella/nn/all.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/conv.h>
#include <lamella/ops/create.h>
#include <lamella/ops/pool.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

using namespace lamella;

namespace {

template <typename Fn>
std::string error_of(Fn&& fn) {
  try {
    fn();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

Tensor counting(Dims shape) {
  const std::int64_t count = checked_numel(shape);
  return arange(count).to(DType::kFloat32).view(std::move(shape));
}

}  // namespace

// A list alone is the kernel's, not the arguments of a layer to copy.
TEST(Pool, TakesOneListForItsKernel) {
  EXPECT_EQ(nn::MaxPool2d({3, 2}).kernel_size, (nn::PerAxis<2>{3, 2}));
  EXPECT_EQ(nn::MaxPool2d({3, 2}).stride, (nn::PerAxis<2>{3, 2}));
  EXPECT_EQ(nn::AvgPool3d({3, 2, 1}).kernel_size, (nn::PerAxis<3>{3, 2, 1}));
  EXPECT_EQ(nn::MaxUnpool2d({3, 2}).stride, (nn::PerAxis<2>{3, 2}));
  const nn::MaxPool2d member{3, 2};  // in braces as in parentheses: a kernel and a stride
  EXPECT_EQ(member.kernel_size, nn::PerAxis<2>(3));
  EXPECT_EQ(member.stride, nn::PerAxis<2>(2));
}

TEST(MaxPool, GivesIndicesThatUnpoolingTakes) {
  const Tensor x = counting({1, 1, 4, 4});
  nn::MaxPool2d pool(2);
  const auto [values, indices] = pool.forward_with_indices(x);
  EXPECT_TRUE(equal(values, pool(x)));
  EXPECT_EQ(indices.to_vector<std::int64_t>(), (std::vector<std::int64_t>{5, 7, 13, 15}));
  const Tensor back = nn::MaxUnpool2d(2)(values, indices);
  EXPECT_EQ(back.to_vector<float>(), (std::vector<float>{0, 0, 0, 0, 0, 5, 0, 7, 0, 0, 0, 0, 0, 13, 0, 15}));
  const auto adaptive = nn::AdaptiveMaxPool2d(1).forward_with_indices(x);
  EXPECT_EQ(adaptive.indices.item<std::int64_t>(), 15);
}

TEST(MaxUnpool, TakesASizeWithinAStrideOfItsOwn) {
  const Tensor x = counting({1, 1, 5, 5});
  const auto [values, indices] = nn::MaxPool2d(2).forward_with_indices(x);
  nn::MaxUnpool2d unpool(2);
  EXPECT_EQ(unpool.to_string(), "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))");
  EXPECT_EQ(unpool(values, indices, {5, 5}).shape(), x.shape());
  EXPECT_EQ(unpool(values, indices, {1, 1, 5, 5}).shape(), x.shape());
  EXPECT_EQ(unpool(values, indices, {5, 5})[0][0][3][3].item<float>(), 18);
  EXPECT_THROW(unpool(values, indices, {7, 5}), Error);
  EXPECT_EQ(error_of([] { nn::MaxUnpool1d(2, 0); }), "MaxUnpool1d: stride must be at least 1, got 0");
}

TEST(AdaptivePool, KeepsAnAxisAsItIs) {
  nn::AdaptiveAvgPool2d pool({nn::kLikeInput, 2});
  EXPECT_EQ(pool.to_string(), "AdaptiveAvgPool2d(output_size=(None, 2))");
  EXPECT_EQ(pool(counting({1, 1, 3, 4})).shape(), (Dims{1, 1, 3, 2}));
  EXPECT_EQ(error_of([] { nn::AdaptiveMaxPool1d(-2); }), "AdaptiveMaxPool1d: output_size must be at least 0, got -2");
}

TEST(ConvTranspose, TakesTheSizeThatItIsToGive) {
  nn::ConvTranspose2d deconv(2, 3, 3, {.stride = 2, .padding = 1});
  const Tensor x = rand({4, 2, 5, 6});
  EXPECT_EQ(deconv(x).shape(), (Dims{4, 3, 9, 11}));
  const Tensor y = deconv(x, {10, 11});
  EXPECT_EQ(y.shape(), (Dims{4, 3, 10, 11}));
  EXPECT_TRUE(
      equal(y, conv_transpose2d(x, deconv.weight, deconv.bias, {.stride = 2, .padding = 1, .output_padding = {1, 0}})));
  EXPECT_EQ(deconv(x, {4, 3, 10, 12}).shape(), (Dims{4, 3, 10, 12}));
  EXPECT_EQ(deconv(x[0], {10, 12}).shape(), (Dims{3, 10, 12})) << "without a batch";
  EXPECT_EQ(
      error_of([&] { deconv(x, {11, 11}); }),
      "ConvTranspose2d: requested an output size of [11, 11], but valid sizes range from [9, 11] to [10, 12] (for an "
      "input of shape [4, 2, 5, 6])");
  EXPECT_NE(error_of([&] { deconv(x, {9}); }).find("output_size must have 2 numbers, or 4"), std::string::npos);
}

TEST(ConvTranspose, RunsHooksWhereASizeIsGiven) {
  nn::ConvTranspose1d deconv(1, 1, 2, 2);
  int calls = 0;
  const auto handle = deconv.register_forward_hook([&](nn::Module&, const Tensor& in, const Tensor& out) {
    ++calls;
    EXPECT_EQ(in.size(2), 3);
    EXPECT_EQ(out.size(2), 7);
  });
  deconv(rand({1, 1, 3}), {7});
  EXPECT_EQ(calls, 1);
  nn::MaxUnpool1d unpool(2);
  const auto counted = unpool.register_forward_pre_hook(
      [&](nn::Module&, const TensorList& in) { calls += static_cast<int>(in.size()); });
  unpool(ones({1, 1, 2}), tensor({1, 3}).view({1, 1, 2}), {5});
  EXPECT_EQ(calls, 3);
}

TEST(Padding, TakesOneNumberOrOneASide) {
  const Tensor x = counting({1, 1, 2, 3});
  EXPECT_EQ(nn::ZeroPad2d(1)(x).shape(), (Dims{1, 1, 4, 5}));
  EXPECT_EQ(nn::ZeroPad2d({1, 2, 0, -1})(x).shape(), (Dims{1, 1, 1, 6}));
  EXPECT_EQ(nn::ConstantPad1d({1, 0}, 7.5)(x[0][0]).to_vector<float>(),
            (std::vector<float>{7.5, 0, 1, 2, 7.5, 3, 4, 5}));
  EXPECT_EQ(nn::ReflectionPad1d({1, 2})(x[0]).to_vector<float>(),
            (std::vector<float>{1, 0, 1, 2, 1, 0, 4, 3, 4, 5, 4, 3}));
  EXPECT_EQ(nn::ReplicationPad1d(1)(x[0]).to_vector<float>(), (std::vector<float>{0, 0, 1, 2, 2, 3, 3, 4, 5, 5}));
  EXPECT_EQ(nn::CircularPad1d(1)(x[0]).to_vector<float>(), (std::vector<float>{2, 0, 1, 2, 0, 5, 3, 4, 5, 3}));
  EXPECT_EQ(nn::CircularPad2d(Dims{1, 0, 0, 0}).padding, (nn::PerSide<2>{1, 0, 0, 0}));
  EXPECT_EQ(nn::ZeroPad3d(1).to_string(), "ZeroPad3d((1, 1, 1, 1, 1, 1))");
  EXPECT_EQ(nn::ConstantPad2d(2, 3).to_string(), "ConstantPad2d(padding=(2, 2, 2, 2), value=3.0)");
  EXPECT_EQ(error_of([] { nn::ZeroPad2d(Dims{1, 2}); }), "expected 1 number or 4 (one a side), got 2: [1, 2]");
}

TEST(Rearrange, DealsChannelsAndPixels) {
  const Tensor x = counting({1, 4, 1, 2});
  EXPECT_EQ(nn::PixelShuffle(2)(x).to_vector<float>(), (std::vector<float>{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_TRUE(equal(nn::PixelUnshuffle(2)(nn::PixelShuffle(2)(x)), x));
  EXPECT_EQ(nn::ChannelShuffle(2)(x).to_vector<float>(), (std::vector<float>{0, 1, 4, 5, 2, 3, 6, 7}));
  EXPECT_EQ(nn::PixelShuffle(3).to_string(), "PixelShuffle(upscale_factor=3)");
  EXPECT_EQ(error_of([] { nn::ChannelShuffle(0); }), "ChannelShuffle: groups must be at least 1, got 0");
}

TEST(Unfold, IsTheTransposeOfFold) {
  nn::Unfold unfold({2, 3}, {.padding = {1, 0}, .stride = 2});
  nn::Fold fold({5, 6}, {2, 3}, {.padding = {1, 0}, .stride = 2});
  EXPECT_EQ(unfold.to_string(), "Unfold(kernel_size=(2, 3), dilation=1, padding=(1, 0), stride=2)");
  EXPECT_EQ(fold.to_string(), "Fold(output_size=(5, 6), kernel_size=(2, 3), dilation=1, padding=(1, 0), stride=2)");
  const Tensor x = rand({1, 2, 5, 6});
  const Tensor columns = unfold(x);
  const Tensor y = rand(columns.shape());
  // <unfold x, y> = <x, fold y>, to the rounding of some hundred products
  EXPECT_NEAR(sum(columns * y).item<double>(), sum(x * fold(y)).item<double>(), 1e-4);
}

TEST(Upsample, HasItsOldNamesForPictures) {
  const Tensor x = counting({1, 1, 1, 2});
  EXPECT_EQ(nn::UpsamplingNearest2d({.scale_factor = 2})(x).to_vector<float>(),
            (std::vector<float>{0, 0, 1, 1, 0, 0, 1, 1}));
  EXPECT_EQ(nn::UpsamplingBilinear2d({.size = {1, 3}})(x).to_vector<float>(), (std::vector<float>{0, 0.5, 1}));
  EXPECT_EQ(nn::UpsamplingBilinear2d({.size = {1, 3}}).to_string(),
            "UpsamplingBilinear2d(size=(1, 3), mode='bilinear')");
}
