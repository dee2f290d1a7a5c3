// `lamella train`: from pictures to a model and a page about it.
#include <fmt/format.h>
#include <lamella/models.h>
#include <lamella/random.h>
#include <lamella/threads.h>

#include <chrono>
#include <system_error>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/dataset.h"
#include "cli/evaluation.h"
#include "cli/pictures.h"
#include "cli/present/progress.h"
#include "cli/present/text.h"
#include "cli/results.h"
#include "cli/training.h"
#include "core/platform.h"

namespace lamella::cli {
namespace {

namespace fs = std::filesystem;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::unique_ptr<models::Model> make_model(const std::string& name) {
  std::string names;
  for (const models::CatalogueEntry& entry : models::catalogue()) {
    if (entry.name == name) return entry.build({});
    names += fmt::format("{}{}", names.empty() ? "" : ", ", entry.name);
  }
  throw UsageError(fmt::format("--model: there is no model \"{}\"; give one of {}", printable(name), names));
}

/// Finds out before the training, and not after it, that the folder cannot be written to.
void prepare_folder(const fs::path& folder) {
  make_folder(folder);
  const fs::path probe = folder / ".lamella-probe";
  platform::atomic_write(probe, "x");
  std::error_code ignored;
  fs::remove(probe, ignored);
  fs::remove(folder / ".stamp", ignored);  // ./run's: what it vouches for is about to be replaced
}

ProgressOptions progress_options(const TrainOptions& options) {
  return {.terminal = output_is_terminal(),
          .quiet = options.quiet || options.json,
          .color = output_colors(),
          .width = output_width()};
}

/// One run: what it needs, and what it has come to so far.
class TrainRun {
 public:
  explicit TrainRun(const TrainOptions& options)
      : options_(options),
        folder_(options.out.empty() ? fs::path("runs") / options.model : options.out),
        model_(make_model(options.model)),
        train_(read_dataset("train", options.data)),
        test_(read_dataset("test", options.data)),
        training_(*model_, train_, recipe(options)),
        progress_(options.epochs, train_.size(), progress_options(options)) {
    for (const data::ImageDataset& dataset : {train_, test_}) {
      check_pictures(dataset, model_->input_shape(), options.model);
    }
  }

  int run() {
    prepare_folder(folder_);
    print_heading();
    const platform::InterruptScope interruptible;
    const double begin = seconds_now();
    for (int epoch = 1; epoch <= options_.epochs && !state_.interrupted; ++epoch) run_epoch(epoch);
    if (state_.interrupted) save(folder_ / "model.safetensors", *model_, info_of(train_));
    finish(seconds_now() - begin);
    return state_.interrupted ? kInterrupted : kSuccess;
  }

 private:
  static Recipe recipe(const TrainOptions& options) {
    return {.optimizer = options.optimizer,
            .max_lr = options.lr.value_or(default_lr(options.optimizer)),
            .epochs = options.epochs,
            .batch_size = options.batch_size,
            .mirror = may_be_mirrored(options.data),
            .seed = options.seed};
  }

  void say(const std::string& text) const {
    if (!text.empty() && !options_.quiet && !options_.json) print(text);
  }

  void print_heading() const {
    say(fmt::format("{}, {} parameters, on {}: {} training and {} test pictures\n", options_.model,
                    with_thousands(model_->parameter_count()), train_.name(), with_thousands(train_.size()),
                    with_thousands(test_.size())));
  }

  void run_epoch(int epoch) {
    const double begin = seconds_now();
    say(progress_.begin_epoch(begin, epoch));
    state_ = training_.run_epoch([this](const TrainingState& state) {
      say(progress_.update(seconds_now(), state.images, state.loss, state.accuracy));
    });
    if (state_.interrupted) return;
    const double trained = seconds_now();
    evaluation_ = evaluate_classes(*model_, test_);
    save(folder_ / "model.safetensors", *model_, info_of(train_));
    const double now = seconds_now();
    const EpochResult& result =
        epochs_.emplace_back(EpochResult{epoch, state_.loss, state_.accuracy, evaluation_.loss, evaluation_.accuracy,
                                         static_cast<double>(state_.images) / (trained - begin), now - begin});
    metrics_ += json_line(result);
    platform::atomic_write(folder_ / "metrics.jsonl", metrics_);
    if (options_.json) print(json_line(result));
    say(progress_.end_epoch(now, result));
  }

  void finish(double seconds) {
    std::string note;
    if (state_.interrupted) {
      note = fmt::format("Interrupted in epoch {} of {}, after {} pictures of it.", epochs_.size() + 1, options_.epochs,
                         with_thousands(state_.images));
      say(progress_.note(note));
      evaluation_ = evaluate_classes(*model_, test_);
    }
    write_results(folder_, *model_, test_, evaluation_,
                  {.model_name = options_.model,
                   .note = note,
                   .command = options_.command,
                   .settings = training_.describe(),
                   .epochs = epochs_,
                   .seconds = seconds});
    say(fmt::format("test accuracy {} after {}; open {}\n",
                    styled(percent(evaluation_.accuracy, 2), kBold, output_colors()), human_duration(seconds),
                    (folder_ / "index.html").string()));
  }

  const TrainOptions& options_;
  fs::path folder_;
  std::unique_ptr<models::Model> model_;
  data::ImageDataset train_, test_;
  Training training_;
  Progress progress_;
  TrainingState state_;
  ClassEvaluation evaluation_;
  std::vector<EpochResult> epochs_;
  std::string metrics_;
};

}  // namespace

int run_train(const TrainOptions& options) {
  if (options.threads > 0) set_num_threads(options.threads);
  manual_seed(options.seed);
  return TrainRun(options).run();
}

}  // namespace lamella::cli
