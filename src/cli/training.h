// The training loop: a recipe, and epochs that can be interrupted after any batch.
#pragma once

#include <lamella/data.h>
#include <lamella/nn/module.h>
#include <lamella/optim.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/augment.h"

namespace lamella::cli {

/// All that decides, with the data and the initial weights, what the trained weights will be.
struct Recipe {
  std::string optimizer = "sgd";  // or "adam"
  double max_lr = 0;              // of the one-cycle schedule
  int epochs = 0;
  int batch_size = 0;
  bool mirror = false;  // whether a mirrored picture is still one of its class
  std::uint32_t seed = 0;
};

/// The learning rate that suits an optimizer where none is asked for.
double default_lr(const std::string& optimizer);

/// What an epoch has come to after some of its pictures; means over them.
struct TrainingState {
  std::int64_t images = 0;
  std::int64_t batches = 0;
  double loss = 0, accuracy = 0;
  bool interrupted = false;
};

/// Same recipe, data and initial weights: same weights, bit for bit, for any number of threads.
class Training {
 public:
  /// `model` must outlive it. Raises UsageError for a learning rate that is none.
  Training(nn::Module& model, data::ImageDataset dataset, const Recipe& recipe);

  /// One pass over the data in a new order. `after_batch` sees the state after each batch; a signal (Ctrl-C) ends the
  /// epoch after the batch at hand. Raises Error, naming the batch, when the loss is no number any more.
  TrainingState run_epoch(const std::function<void(const TrainingState&)>& after_batch);

  /// The recipe in words: "optimizer" -> "SGD, …".
  std::vector<std::pair<std::string, std::string>> describe() const;

 private:
  double step(const Tensor& images, const Tensor& labels, std::int64_t& right);

  nn::Module& model_;
  Recipe recipe_;
  Generator order_, moves_;
  Augmentation augmentation_;
  data::Loader loader_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::unique_ptr<optim::OneCycleLR> schedule_;
};

}  // namespace lamella::cli
