#include "cli/evaluation.h"

#include <gtest/gtest.h>
#include <lamella/error.h>
#include <lamella/nn/activation.h>
#include <lamella/nn/container.h>
#include <lamella/nn/linear.h>
#include <lamella/nn/norm.h>
#include <lamella/ops/create.h>

#include <cmath>

#include "cli/layer_trace.h"

namespace lamella::cli {
namespace {

/// Three pictures of two pixels; the scores of a model that only flattens are the pixels themselves.
data::ImageDataset pictures() {
  const Tensor images = tensor(std::vector<std::uint8_t>{255, 0, 0, 255, 255, 0}, Dims{3, 1, 1, 2});
  return {images, tensor(std::vector<std::int64_t>{0, 1, 1}), {.classes = {"left", "right"}}};
}

TEST(ClassEvaluation, CountsWhatIsTakenForWhat) {
  nn::Sequential model(nn::Flatten(1), nn::ReLU());
  const ClassEvaluation evaluation = evaluate_classes(model, pictures());
  EXPECT_NEAR(evaluation.accuracy, 2.0 / 3, 1e-12);
  EXPECT_EQ(evaluation.confusion, (std::vector<std::vector<std::int64_t>>{{1, 0}, {1, 1}}));
  // Scores 1 and 0: the loss is log(1 + e^-1) where the model is right, and one more where it is wrong.
  EXPECT_NEAR(evaluation.loss, std::log1p(std::exp(-1.0)) + 1.0 / 3, 1e-6);
}

TEST(ClassEvaluation, TheWorstMistakeIsTheSurestOne) {
  ClassEvaluation evaluation;
  evaluation.confusion.assign(2, std::vector<std::int64_t>(2));
  evaluation.labels = {0, 0, 1, 0};
  evaluation.probabilities = {0.4F, 0.6F, 0.9F, 0.1F, 0.8F, 0.2F, 0.1F, 0.9F};
  const std::vector<MistakeRecord> worst = worst_mistakes(evaluation, 2);
  ASSERT_EQ(worst.size(), 2);
  EXPECT_EQ(worst[0].index, 3);
  EXPECT_EQ(worst[1].index, 2);
  EXPECT_EQ(worst[1].label, 1);
  EXPECT_EQ(worst[1].predicted, 0);
  EXPECT_FLOAT_EQ(static_cast<float>(worst[1].probability), 0.8F);
  EXPECT_EQ(worst_mistakes(evaluation, 20).size(), 3);
}

TEST(ClassEvaluation, KeepsTheModelsMode) {
  nn::Sequential model(nn::Flatten(1), nn::BatchNorm1d(2));
  model.train();
  evaluate_classes(model, pictures());
  EXPECT_TRUE(model.training());
  model.eval();
  evaluate_classes(model, pictures());
  EXPECT_FALSE(model.training());
}

TEST(ClassEvaluation, RefusesAModelWithAnotherNumberOfClasses) {
  nn::Sequential model(nn::Flatten(1), nn::Linear(2, 3));
  EXPECT_THROW(evaluate_classes(model, pictures()), ValueError);
}

TEST(LayerTrace, ListsLayersInTheOrderOfTheirCallsAndLeavesNoHook) {
  nn::Sequential model(nn::Linear(4, 3), nn::ReLU(true), nn::Linear(3, 2));
  const Tensor input = ones({2, 4});
  const std::vector<LayerRecord> layers = trace_layers(model, input, /*keep_activations=*/true);
  ASSERT_EQ(layers.size(), 3);
  EXPECT_EQ(layers[0].name, "0");
  EXPECT_EQ(layers[0].type, "Linear");
  EXPECT_EQ(layers[0].output, (Dims{2, 3}));
  EXPECT_EQ(layers[0].parameters, 4 * 3 + 3);
  EXPECT_EQ(layers[0].multiply_adds, 2 * 3 * 4);
  EXPECT_EQ(layers[0].output_bytes, 2 * 3 * 4);
  EXPECT_EQ(layers[1].output_bytes, 0) << "in place";
  trace_layers(model, input, false);
  EXPECT_EQ(trace_layers(model, input, false).size(), 3) << "hooks of earlier traces would add to it";
}

TEST(LayerTrace, KeepsWhatALayerMadeBeforeTheNextOneChangesItInPlace) {
  nn::Sequential model(nn::Flatten(1), nn::ReLU(true));  // both work on the input's own memory
  const std::vector<LayerRecord> layers = trace_layers(model, full({1, 2}, -1.0), /*keep_activations=*/true);
  EXPECT_EQ(layers[0].activation.to_vector<float>(), (std::vector<float>{-1, -1}));
  EXPECT_EQ(layers[1].activation.to_vector<float>(), (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace lamella::cli
