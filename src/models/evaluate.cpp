#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/models.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/reduce.h>

#include <fmt/format.h>

namespace lamella {
namespace {

/// Eval mode for the scope's lifetime; then every module has its own mode again, also those that were held in eval mode
/// in a network that trains.
class EvalScope {
 public:
  explicit EvalScope(nn::Module& model) {
    for (nn::Module* module : model.modules()) modes_.emplace_back(module, module->training());
    model.eval();
  }
  ~EvalScope() {
    // train() reaches all below, so parents first, as modules() lists them.
    for (const auto& [module, training] : modes_) module->train(training);
  }
  EvalScope(const EvalScope&) = delete;
  EvalScope& operator=(const EvalScope&) = delete;

 private:
  std::vector<std::pair<nn::Module*, bool>> modes_;
};

std::int64_t count_correct(const Tensor& scores, const Tensor& labels) {
  if (scores.dim() != 2 || labels.dim() != 1 || scores.size(0) != labels.size(0) || labels.dtype() != DType::kInt64) {
    throw ValueError(fmt::format("accuracy takes scores [n, classes] and int64 labels [n], got {} and {} {}",
                                 to_string(scores.shape()), name_of(labels.dtype()), to_string(labels.shape())));
  }
  const auto guesses = argmax(scores, 1).to_vector<std::int64_t>();
  const auto truths = labels.to_vector<std::int64_t>();
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < truths.size(); ++i) correct += guesses[i] == truths[i] ? 1 : 0;
  return correct;
}

template <typename LossOf>
Evaluation run(nn::Module& model, const data::Loader& loader, const LossOf& loss_of) {
  if (loader.size() == 0) throw ValueError("the loader has no batch to evaluate on");
  const EvalScope eval(model);
  const NoGradGuard no_grad;
  Evaluation result;
  double loss = 0;
  std::int64_t correct = 0;
  for (const auto& [images, labels] : loader) {
    const Tensor scores = model(images);
    correct += count_correct(scores, labels);
    loss += loss_of(scores, labels);
    result.examples += labels.size(0);
  }
  result.loss = loss / static_cast<double>(result.examples);
  result.accuracy = static_cast<double>(correct) / static_cast<double>(result.examples);
  return result;
}

}  // namespace

Evaluation evaluate(nn::Module& model, const data::Loader& loader) {
  return run(model, loader, [](const Tensor& scores, const Tensor& labels) {
    return cross_entropy(scores, labels, {.reduction = "sum"}).item<double>();
  });
}

double accuracy(nn::Module& model, const data::Loader& loader) {
  return run(model, loader, [](const Tensor&, const Tensor&) { return 0.0; }).accuracy;
}

}  // namespace lamella
