// The networks of the catalogue, and measuring a model.
#include <lamella/autograd.h>
#include <lamella/models.h>
#include <lamella/nn/all.h>
#include <lamella/ops/create.h>
#include <lamella/ops/loss.h>

#include "data/data_testing.h"

namespace lamella {
namespace {

TEST(Lenet, IsTheNetworkOfItsDescription) {
  models::LeNet net = models::lenet();
  // 9*16+16 + 2*16 + 9*16*32+32 + 2*32 + 1568*128+128 + 128*10+10
  EXPECT_EQ(net.parameter_count(), 207018);
  EXPECT_EQ(net(zeros({2, 1, 28, 28})).shape(), (Dims{2, 10}));
  std::vector<std::string> names;
  for (const auto& child : net.named_children()) names.push_back(child.name);
  EXPECT_EQ(names, (std::vector<std::string>{"conv1", "bn1", "relu1", "pool1", "conv2", "bn2", "relu2", "pool2",
                                             "flatten", "fc1", "relu3", "fc2"}));
}

TEST(Lenet, TrainsThroughItsReluInPlace) {
  manual_seed(0);
  models::LeNet net = models::lenet({.width = 4});
  cross_entropy(net(rand({2, 1, 28, 28})), tensor(std::vector<std::int64_t>{3, 7})).backward();
  for (const auto& [name, parameter] : net.named_parameters()) {
    EXPECT_TRUE(parameter.grad().defined()) << name;
  }
}

TEST(Lenet, RefusesNumbersOutOfRange) {
  expect_contains(error_of<ValueError>([] { models::lenet({.width = 0}); }), "lenet: width is 0");
  EXPECT_THROW(models::mlp({.hidden = {1, 0}}), ValueError);
}

TEST(Mlp, HasTheTutorialsParameters) {
  models::Mlp net = models::mlp();
  EXPECT_EQ(net.parameter_count(), 388010);
  EXPECT_EQ(net(zeros({2, 1, 28, 28})).shape(), (Dims{2, 10}));
}

TEST(Catalogue, BuildsEveryEntryForOtherPicturesAndClasses) {
  for (const models::CatalogueEntry& entry : models::catalogue()) {
    const auto model = models::build(entry.name, {.in_channels = 3, .classes = 4});
    EXPECT_EQ(model->input_shape(), (Dims{3, 28, 28})) << entry.name;
    EXPECT_EQ((*model)(zeros({2, 3, 28, 28})).shape(), (Dims{2, 4})) << entry.name;
  }
  const auto wide = models::build("lenet-wide");
  EXPECT_EQ(wide->at<nn::Conv2d>(4).out_channels, 64);
  expect_contains(error_of<ValueError>([] { models::build("resnet"); }), "lenet, lenet-wide, mlp");
}

// --- Measuring -----------------------------------------------------------------------------------------------------

/// Its scores are its inputs.
data::Loader scores_of_three() {
  const Tensor scores = tensor({{1., 0.}, {0., 2.}, {3., 0.}});
  return data::Loader(data::TensorDataset(scores, tensor(std::vector<std::int64_t>{0, 1, 1})), {.batch_size = 2});
}

TEST(Evaluate, CountsEveryExampleOnce) {
  nn::Identity identity;
  const Evaluation evaluation = evaluate(identity, scores_of_three());
  EXPECT_EQ(evaluation.examples, 3);
  EXPECT_DOUBLE_EQ(evaluation.accuracy, 2.0 / 3.0);
  const double loss = (std::log1p(std::exp(-1.)) + std::log1p(std::exp(-2.)) + std::log1p(std::exp(3.))) / 3;
  EXPECT_NEAR(evaluation.loss, loss, 1e-6);  // three float32 losses
  EXPECT_DOUBLE_EQ(accuracy(identity, scores_of_three()), 2.0 / 3.0);
}

TEST(Evaluate, RunsInEvalModeAndGivesEachModuleItsModeBack) {
  nn::Sequential net(nn::Dropout(0.99), nn::Dropout(0.99));
  net[1].eval();
  EXPECT_DOUBLE_EQ(accuracy(net, scores_of_three()), 2.0 / 3.0) << "dropout was at work";
  EXPECT_TRUE(net.training());
  EXPECT_TRUE(net[0].training());
  EXPECT_FALSE(net[1].training());
}

TEST(Evaluate, RefusesWhatHasNoAccuracy) {
  nn::Identity identity;
  const auto labels = zeros({2}, {.dtype = DType::kInt64});
  EXPECT_THROW(evaluate(identity, data::Loader(data::TensorDataset(zeros({2, 3, 4}), labels), {})), ValueError);
  EXPECT_THROW(evaluate(identity, data::Loader(data::TensorDataset(zeros({0, 3}), zeros({0})), {})), ValueError);
}

}  // namespace
}  // namespace lamella
