#include "cli/training.h"

#include <fmt/format.h>
#include <lamella/error.h>
#include <lamella/ops/loss.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.h"
#include "core/platform.h"

namespace lamella::cli {
namespace {

constexpr double kMomentum = 0.9;
constexpr double kWeightDecay = 5e-4;
constexpr double kWarmUp = 0.2;   // the share of all steps in which the learning rate rises
constexpr double kFirstLr = 10;   // max_lr divided by this is the first learning rate
constexpr double kLastLr = 1000;  // the first divided by this is the last

std::unique_ptr<optim::Optimizer> make_optimizer(const nn::Module& model, const Recipe& recipe) {
  if (recipe.optimizer == "adam")
    return std::make_unique<optim::Adam>(model.parameters(), optim::AdamOptions{.lr = recipe.max_lr});
  return std::make_unique<optim::SGD>(
      model.parameters(),
      optim::SgdOptions{.lr = recipe.max_lr, .momentum = kMomentum, .weight_decay = kWeightDecay, .nesterov = true});
}

/// What black is once it is normalised, channel by channel.
std::vector<float> black(const data::Normalization& normalization) {
  std::vector<float> values;
  for (std::size_t c = 0; c < normalization.mean.size(); ++c) {
    values.push_back(static_cast<float>(-normalization.mean[c] / normalization.std[c]));
  }
  return values;
}

std::int64_t count_right(const Tensor& scores, const Tensor& labels) {
  const std::vector<float> values = scores.detach().to_vector<float>();
  const std::vector<std::int64_t> truth = labels.to_vector<std::int64_t>();
  const std::size_t classes = values.size() / truth.size();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto row = values.begin() + static_cast<std::ptrdiff_t>(i * classes);
    right += std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row == truth[i];
  }
  return right;
}

}  // namespace

double default_lr(const std::string& optimizer) { return optimizer == "adam" ? 0.002 : 0.05; }

Training::Training(nn::Module& model, data::ImageDataset dataset, const Recipe& recipe)
    : model_(model),
      recipe_(recipe),
      order_(recipe.seed),
      moves_(recipe.seed),
      augmentation_{.mirror = recipe.mirror, .background = black(dataset.normalization())},
      loader_(std::move(dataset), {.batch_size = recipe.batch_size, .shuffle = true, .generator = &order_}) {
  if (!(recipe.max_lr > 0) || !std::isfinite(recipe.max_lr)) {
    throw UsageError(fmt::format("--lr: got {}, expected a number above 0", recipe.max_lr));
  }
  optimizer_ = make_optimizer(model, recipe);
  const auto total = static_cast<double>(loader_.size() * recipe.epochs);
  schedule_ = std::make_unique<optim::OneCycleLR>(
      *optimizer_,
      optim::OneCycleOptions{.max_lr = recipe.max_lr,
                             .epochs = recipe.epochs,
                             .steps_per_epoch = loader_.size(),
                             .pct_start = total < 3 ? 0 : std::max(kWarmUp, 2 / total),  // one step cannot rise
                             .cycle_momentum = false,
                             .div_factor = kFirstLr,
                             .final_div_factor = kLastLr});
}

double Training::step(const Tensor& images, const Tensor& labels, std::int64_t& right) {
  augment(images, augmentation_, moves_);
  const Tensor scores = model_(images);
  const Tensor loss = cross_entropy(scores, labels);
  optimizer_->zero_grad();
  loss.backward();
  optimizer_->step();
  right += count_right(scores, labels);
  return loss.item<double>();
}

TrainingState Training::run_epoch(const std::function<void(const TrainingState&)>& after_batch) {
  model_.train();
  TrainingState state;
  double loss = 0;
  std::int64_t right = 0;
  for (const auto& [images, labels] : loader_) {
    const double batch_loss = step(images, labels, right);
    ++state.batches;
    if (!std::isfinite(batch_loss)) {
      throw Error(fmt::format("the loss is no number any more at batch {}; give a smaller --lr than {}", state.batches,
                              recipe_.max_lr));
    }
    const std::int64_t count = images.size(0);
    loss += batch_loss * static_cast<double>(count);
    state.images += count;
    state.loss = loss / static_cast<double>(state.images);
    state.accuracy = static_cast<double>(right) / static_cast<double>(state.images);
    if (schedule_->last_step() + 1 < schedule_->total_steps()) schedule_->step();
    after_batch(state);
    if (platform::interrupted()) {
      state.interrupted = true;
      break;
    }
  }
  return state;
}

std::vector<std::pair<std::string, std::string>> Training::describe() const {
  const bool adam = recipe_.optimizer == "adam";
  return {
      {"optimizer", adam ? "Adam" : fmt::format("SGD, Nesterov momentum {}, weight decay {}", kMomentum, kWeightDecay)},
      {"learning rate",
       fmt::format("one cycle: {:.4g} up to {:.4g} in the first {:.0f} % of the steps, then down to {:.2g}",
                   recipe_.max_lr / kFirstLr, recipe_.max_lr, 100 * kWarmUp, recipe_.max_lr / kFirstLr / kLastLr)},
      {"batch size", std::to_string(recipe_.batch_size)},
      {"epochs", std::to_string(recipe_.epochs)},
      {"augmentation", fmt::format("up to {} pixel in every direction{}", augmentation_.shift,
                                   recipe_.mirror ? ", every other picture mirrored" : "")},
      {"seed", std::to_string(recipe_.seed)}};
}

}  // namespace lamella::cli
