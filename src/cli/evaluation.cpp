#include "cli/evaluation.h"

#include <fmt/format.h>
#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/activation.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace lamella::cli {
namespace {

constexpr std::int64_t kBatch =
    500;  // large enough to keep all threads busy, small enough to stay in the cache's reach

std::int64_t best_class(std::span<const float> probabilities) {
  return std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
}

class EvalMode {
 public:
  explicit EvalMode(nn::Module& model) : model_(model), was_training_(model.training()) { model_.eval(); }
  ~EvalMode() { model_.train(was_training_); }
  EvalMode(const EvalMode&) = delete;
  EvalMode& operator=(const EvalMode&) = delete;

 private:
  nn::Module& model_;
  bool was_training_;
};

}  // namespace

ClassEvaluation evaluate_classes(nn::Module& model, const data::ImageDataset& dataset) {
  const NoGradGuard no_grad;
  const EvalMode eval_mode(model);
  const std::size_t classes = dataset.classes().size();
  ClassEvaluation evaluation;
  evaluation.confusion.assign(classes, std::vector<std::int64_t>(classes));
  double loss = 0;
  std::int64_t right = 0;
  const data::Loader loader(dataset, {.batch_size = kBatch});
  for (const auto& [images, labels] : loader) {
    const Tensor scores = model(images);
    if (scores.dim() != 2 || scores.size(1) != static_cast<std::int64_t>(classes)) {
      throw ValueError(fmt::format("the network gives {} for a batch of {} pictures; for {} classes it has to give {}",
                                   to_string(scores.shape()), images.size(0), classes,
                                   to_string(Dims{images.size(0), static_cast<std::int64_t>(classes)})));
    }
    const std::vector<std::int64_t> truth = labels.to_vector<std::int64_t>();
    const std::vector<float> logs = log_softmax(scores, 1).to_vector<float>();
    for (std::size_t i = 0; i * classes < logs.size(); ++i) {
      const std::span<const float> row(logs.data() + i * classes, classes);
      const std::int64_t label = evaluation.labels.emplace_back(truth[i]);
      const std::int64_t predicted = best_class(row);
      ++evaluation.confusion[static_cast<std::size_t>(label)][static_cast<std::size_t>(predicted)];
      right += predicted == label;
      loss -= static_cast<double>(row[static_cast<std::size_t>(label)]);
      for (const float log : row) evaluation.probabilities.push_back(std::exp(log));
    }
  }
  const double count = static_cast<double>(dataset.size());
  evaluation.loss = loss / count;
  evaluation.accuracy = static_cast<double>(right) / count;
  return evaluation;
}

std::vector<MistakeRecord> worst_mistakes(const ClassEvaluation& evaluation, std::size_t count) {
  const std::size_t classes = evaluation.confusion.size();
  std::vector<MistakeRecord> mistakes;
  for (std::size_t i = 0; i < evaluation.labels.size(); ++i) {
    const std::span<const float> row(evaluation.probabilities.data() + i * classes, classes);
    const std::int64_t label = evaluation.labels[i], predicted = best_class(row);
    if (predicted == label) continue;
    mistakes.push_back({static_cast<std::int64_t>(i), label, predicted, row[static_cast<std::size_t>(predicted)],
                        row[static_cast<std::size_t>(label)]});
  }
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const MistakeRecord& a, const MistakeRecord& b) { return a.probability > b.probability; });
  mistakes.resize(std::min(mistakes.size(), count));
  return mistakes;
}

}  // namespace lamella::cli
