// Orders and numbers were made by torch 2.13:
//   torch.manual_seed(0); l = DataLoader(TensorDataset(torch.arange(10)), batch_size=4, shuffle=True)
//   for e in range(2): print([b[0].tolist() for b in l])
#include <lamella/data.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "data/data_testing.h"

namespace lamella::data {
namespace {

using Order = std::vector<std::vector<std::int64_t>>;

TensorDataset numbers(std::int64_t n) { return TensorDataset(arange(n), arange(n)); }

Order epoch(const Loader& loader) {
  Order order;
  for (auto [inputs, targets] : loader) {
    order.push_back(inputs.to_vector<std::int64_t>());
    EXPECT_EQ(targets.to_vector<std::int64_t>(), order.back());
  }
  return order;
}

TEST(Loader, ShufflesAsTorchFromTheDefaultGenerator) {
  manual_seed(0);
  const Loader loader(numbers(10), {.batch_size = 4, .shuffle = true});
  EXPECT_EQ(epoch(loader), (Order{{6, 7, 1, 4}, {2, 0, 9, 8}, {3, 5}}));
  EXPECT_EQ(epoch(loader), (Order{{2, 4, 7, 0}, {8, 9, 5, 3}, {6, 1}}));
  EXPECT_EQ(rand({1}).item<float>(), 0.455627977848053F) << "the generator's state afterwards differs from torch's";
}

TEST(Loader, ShufflesAsTorchFromAGeneratorOfItsOwn) {
  Generator generator(3);
  const Loader loader(numbers(10), {.batch_size = 5, .shuffle = true, .generator = &generator});
  EXPECT_EQ(epoch(loader), (Order{{7, 4, 2, 9, 1}, {5, 0, 8, 6, 3}}));
  EXPECT_EQ(epoch(loader), (Order{{1, 2, 0, 5, 9}, {4, 8, 3, 6, 7}}));
  EXPECT_EQ(rand({1}, {.generator = &generator}).item<float>(), 0.5824220776557922F);
}

TEST(Loader, DrawsASeedEvenInOrderAsTorchDoes) {
  manual_seed(0);
  EXPECT_EQ(epoch(Loader(numbers(10), {.batch_size = 4})), (Order{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}}));
  EXPECT_EQ(rand({1}).item<float>(), 0.08847743272781372F);
}

TEST(Loader, HasTorchsDefaults) {
  const Loader loader(numbers(3));
  EXPECT_EQ(loader.size(), 3);
  EXPECT_EQ(epoch(loader), (Order{{0}, {1}, {2}}));
}

TEST(Loader, CanLeaveOutASmallerLastBatch) {
  const Loader loader(numbers(10), {.batch_size = 4, .drop_last = true});
  EXPECT_EQ(loader.size(), 2);
  EXPECT_EQ(epoch(loader), (Order{{0, 1, 2, 3}, {4, 5, 6, 7}}));
}

TEST(Loader, OfNothingHasNoBatch) {
  const Loader loader(numbers(0), {.batch_size = 4});
  EXPECT_EQ(loader.size(), 0);
  EXPECT_TRUE(epoch(loader).empty());
  EXPECT_THROW(Loader(numbers(0), {.shuffle = true}), ValueError);
}

TEST(Loader, RefusesABatchSizeBelowOne) { EXPECT_THROW(Loader(numbers(3), {.batch_size = 0}), ValueError); }

TEST(Loader, TakesAnyDataset) {
  struct Squares {
    std::int64_t size() const { return 4; }
    Batch batch(std::span<const std::int64_t> indices) const {
      return {tensor(indices), tensor(std::vector<std::int64_t>(indices.size(), indices[0] * indices[0]))};
    }
  };
  static_assert(Dataset<Squares> && Dataset<TensorDataset> && Dataset<ImageDataset> && !Dataset<Tensor>);
  std::vector<std::int64_t> squares;
  for (const auto& batch : Loader(Squares(), {})) squares.push_back(batch.labels.item<std::int64_t>());
  EXPECT_EQ(squares, (std::vector<std::int64_t>{0, 1, 4, 9}));
}

TEST(TensorDataset, RefusesWhatDoesNotAgree) {
  expect_contains(error_of<ValueError>([] { TensorDataset(zeros({3, 2}), zeros({2})); }), "[3, 2] and [2]");
  EXPECT_THROW(TensorDataset(zeros({}), zeros({})), ValueError);
}

}  // namespace
}  // namespace lamella::data
