// `lamella eval`: a model on the test pictures.
#include <fmt/format.h>
#include <lamella/error.h>
#include <lamella/models.h>
#include <lamella/threads.h>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/dataset.h"
#include "cli/evaluation.h"
#include "cli/present/charts.h"
#include "cli/present/terminal.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

/// Pictures of the kind that the model was trained on, normalised as its training pictures were.
data::ImageDataset test_pictures(const ModelInfo& info, const EvalOptions& options) {
  DataOptions data = options.data;
  if (data.dataset.empty()) data.dataset = dataset_option(info.dataset);
  if (data.dataset.empty()) data.dataset = "fashion-mnist";
  const data::ImageDataset test = read_dataset("test", data);
  check_pictures(test, info.input, options.model.string());
  if (!info.classes.empty() && info.classes.size() != test.classes().size()) {
    throw FileError(fmt::format("{}: the model knows {} classes, and {} has {}", options.model.string(),
                                info.classes.size(), test.name(), test.classes().size()));
  }
  return {test.images(),
          test.labels(),
          {.classes = info.classes.empty() ? test.classes() : info.classes,
           .normalization = info.normalization ? info.normalization : test.normalization(),
           .name = test.name()}};
}

/// "lenet", or the class's name of what is not of the catalogue.
std::string_view name_of(const nn::Module& module) {
  const auto* model = dynamic_cast<const models::Model*>(&module);
  return model ? model->builder() : module.type_name();
}

std::int64_t sum_of(const std::vector<std::int64_t>& counts) {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) sum += count;
  return sum;
}

/// A class a row: how many there are, how many are found (recall), how many of those so called are right (precision).
std::string class_table(const data::ImageDataset& test, const ClassEvaluation& evaluation) {
  const std::vector<Column> columns{{"class"},
                                    {"pictures", Align::kRight},
                                    {"accuracy", Align::kRight},
                                    {"precision", Align::kRight},
                                    {"most often taken for"}};
  std::vector<std::vector<std::string>> rows;
  const auto& counts = evaluation.confusion;
  const std::vector<double> accuracies = class_accuracies(counts);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::int64_t called = 0;
    std::size_t worst = i;
    for (std::size_t j = 0; j < counts.size(); ++j) {
      called += counts[j][i];
      if (j != i && (worst == i || counts[i][j] > counts[i][worst])) worst = j;
    }
    const bool any = worst != i && counts[i][worst] > 0;
    rows.push_back({test.classes()[i], with_thousands(sum_of(counts[i])), percent(accuracies[i]),
                    called ? percent(static_cast<double>(counts[i][i]) / static_cast<double>(called)) : "n/a",
                    any ? fmt::format("{} ({})", test.classes()[worst], counts[i][worst]) : "–"});
  }
  rows.push_back({"all", with_thousands(test.size()), percent(evaluation.accuracy, 2), "", ""});
  return table_text(columns, rows, /*last_is_total=*/true, output_colors());
}

}  // namespace

int run_eval(const EvalOptions& options) {
  if (options.threads > 0) set_num_threads(options.threads);
  const LoadedModel model = load_model(options.model);
  const data::ImageDataset test = test_pictures(model.info, options);
  const ClassEvaluation evaluation = evaluate_classes(*model.module, test);
  if (options.json) {
    print(fmt::format("{{\"test_loss\": {:.6f}, \"test_accuracy\": {:.6f}, \"images\": {}}}\n", evaluation.loss,
                      evaluation.accuracy, test.size()));
    return 0;
  }
  print(fmt::format("{} on {}\nloss {:.4f}  accuracy {}\n\n{}", name_of(*model.module), test.name(), evaluation.loss,
                    percent(evaluation.accuracy, 2), class_table(test, evaluation)));
  return 0;
}

}  // namespace lamella::cli
