// How good a network is on a labelled set of pictures.
#pragma once

#include <lamella/data.h>
#include <lamella/nn/module.h>

#include <cstdint>
#include <vector>

namespace lamella::cli {

struct ClassEvaluation {
  double loss = 0;                                   // mean cross entropy
  double accuracy = 0;                               // 0 to 1
  std::vector<std::vector<std::int64_t>> confusion;  // [true class][predicted class]
  std::vector<float> probabilities;                  // [image][class], row by row
  std::vector<std::int64_t> labels;                  // of each image
};

/// Runs the network in eval mode, without gradients; its mode is restored. Raises ValueError if its output is not one
/// number a class for the classes of the data.
ClassEvaluation evaluate_classes(nn::Module& model, const data::ImageDataset& dataset);

struct MistakeRecord {
  std::int64_t index = 0;
  std::int64_t label = 0, predicted = 0;
  double probability = 0, true_probability = 0;  // of the predicted and of the true class
};

/// At most `count` images that the network gets wrong, those first of which it is most sure.
std::vector<MistakeRecord> worst_mistakes(const ClassEvaluation& evaluation, std::size_t count);

}  // namespace lamella::cli
