#include "cli/results.h"

#include <fmt/format.h>
#include <lamella/memory.h>
#include <lamella/nn/conv.h>
#include <lamella/nn/linear.h>
#include <lamella/threads.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <optional>

#include "cli/layer_trace.h"
#include "cli/pictures.h"
#include "cli/present/report.h"
#include "cli/present/text.h"
#include "core/cpu_target.h"
#include "core/platform.h"

namespace lamella::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostMistakes = 20;
constexpr std::int64_t kMostKernels = 64;  // more cannot be told apart on one sheet

/// Eight in a row, so that sixteen or more fill the width of the page.
int columns_for(std::size_t tiles) { return static_cast<int>(std::clamp<std::size_t>(tiles, 1, 8)); }

/// Writes a sheet and returns it as a picture of the page.
ReportPicture write_sheet(const fs::path& path, const Pixels& pixels, std::string name, std::string caption) {
  const io::Image image = to_image(pixels);
  io::write_png(path, image);
  return {io::png_data_uri(image), std::move(name), std::move(caption), image.width, image.height};
}

/// The first weights that can be seen as small pictures: those of a convolution, [K, C, R, S], or of a linear layer
/// over the pixels themselves, [K, H·W] as [K, 1, H, W].
std::optional<std::pair<std::string, Tensor>> first_kernels(nn::Module& model, const Tensor& image) {
  for (const auto& [name, module] : model.named_modules()) {
    if (const auto* conv = dynamic_cast<const nn::ConvNd<2>*>(module)) return std::pair(name, conv->weight.detach());
    if (const auto* linear = dynamic_cast<const nn::Linear*>(module); linear && linear->in_features == image.numel()) {
      const Dims& shape = image.shape();
      return std::pair(name, linear->weight.detach().view({linear->out_features, shape[0], shape[1], shape[2]}));
    }
  }
  return std::nullopt;
}

ReportPicture write_kernels(const fs::path& folder, nn::Module& model, const Tensor& image) {
  const auto kernels = first_kernels(model, image);
  if (!kernels) return {};
  const auto& [name, weight] = *kernels;
  std::vector<NumberGrid> grids;
  std::vector<std::string> captions;
  const std::int64_t filters = std::min(weight.size(0), kMostKernels), channels = weight.size(1);
  for (std::int64_t k = 0; k < filters; ++k) {
    for (NumberGrid& grid : planes_of(weight[k])) grids.push_back(std::move(grid));
    for (std::int64_t c = 0; c < channels; ++c) {
      captions.push_back(channels == 1 ? std::to_string(k) : fmt::format("{}, channel {}", k, c));
    }
  }
  std::string caption = to_string(weight.shape());
  if (filters < weight.size(0)) caption += fmt::format(", the first {}", filters);
  const Pixels pixels = number_sheet(
      grids, captions, {.title = fmt::format("kernels of {} {}", name, caption), .columns = columns_for(grids.size())});
  return write_sheet(folder / "kernels.png", pixels, name, caption);
}

/// n numbers in rows and columns, as square as n can be parted: 128 -> 8 x 16.
NumberGrid as_block(const Tensor& vector) {
  const auto count = static_cast<int>(vector.numel());
  int rows = 1;
  for (int r = 2; count > 16 && r * r <= count; ++r) {
    if (count % r == 0) rows = r;
  }
  const std::vector<float> values = vector.to_vector<float>();
  return NumberGrid(rows, count / rows, std::vector<double>(values.begin(), values.end()));
}

Pixels feature_sheet(const Tensor& activation, const std::string& title) {
  std::vector<NumberGrid> grids;
  if (activation.dim() == 3) {
    grids = planes_of(activation);
  } else {
    grids.push_back(as_block(activation));
  }
  std::vector<std::string> captions;
  for (std::size_t i = 0; grids.size() > 1 && i < grids.size(); ++i) captions.push_back(std::to_string(i));
  const int zoom = grids.size() > 1 ? 1 : std::clamp(224 / grids[0].columns, 1, 24);
  return number_sheet(grids, captions, {.title = title, .columns = columns_for(grids.size()), .zoom = zoom});
}

/// Pictures of an earlier run into the same folder would be taken for this one's.
void remove_old_features(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name.size() > 7 && std::isdigit(static_cast<unsigned char>(name[0])) &&
                      std::isdigit(static_cast<unsigned char>(name[1])) && name[2] == '-' && name.ends_with(".png");
    if (ours) fs::remove(entry.path(), ignored);
  }
}

std::vector<ReportPicture> write_feature_maps(const fs::path& folder, nn::Module& model,
                                              const data::ImageDataset& test) {
  make_folder(folder);
  remove_old_features(folder);
  const std::int64_t first = 0;
  const data::Batch batch = test.batch({&first, 1});
  const Pixels picture = enlarge(grey_pixels(test.images()[0][0]), 8);
  const auto label = static_cast<std::size_t>(batch.labels.item<std::int64_t>());
  std::vector<ReportPicture> pictures;
  pictures.push_back(write_sheet(folder / "00-input.png", picture, "input",
                                 fmt::format("{}, {}", to_string(batch.images.shape()), test.classes()[label])));
  model.eval();
  for (const LayerRecord& layer : trace_layers(model, batch.images, /*keep_activations=*/true)) {
    const std::string name = fmt::format("{} ({})", layer.name, layer.type);
    const Tensor activation = layer.activation[0];
    const Pixels pixels = feature_sheet(activation, fmt::format("{} {}", name, to_string(activation.shape())));
    const auto path = folder / fmt::format("{:02}-{}.png", pictures.size(), layer.name);
    pictures.push_back(write_sheet(path, pixels, name, to_string(layer.output)));
  }
  return pictures;
}

std::vector<Mistake> mistakes_of(const data::ImageDataset& test, const ClassEvaluation& evaluation) {
  std::vector<Mistake> mistakes;
  for (const MistakeRecord& record : worst_mistakes(evaluation, kMostMistakes)) {
    const Pixels pixels = enlarge(grey_pixels(test.images()[record.index][0]), 4);
    mistakes.push_back({io::png_data_uri(to_image(pixels)), test.classes()[static_cast<std::size_t>(record.label)],
                        test.classes()[static_cast<std::size_t>(record.predicted)], record.probability,
                        record.true_probability, record.index});
  }
  return mistakes;
}

std::vector<std::pair<std::string, std::string>> machine_facts() {
  return {{"instruction set", std::string(name_of(cpu_target()))},
          {"threads", std::to_string(num_threads())},
          {"peak memory", human_bytes(static_cast<std::int64_t>(peak_resident_memory()))}};
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return text.data();
}

}  // namespace

std::string json_line(const EpochResult& epoch) {
  return fmt::format(
      "{{\"epoch\": {}, \"train_loss\": {:.6f}, \"train_accuracy\": {:.6f}, \"test_loss\": {:.6f}, "
      "\"test_accuracy\": {:.6f}, \"images_per_s\": {:.1f}, \"seconds\": {:.3f}}}\n",
      epoch.epoch, epoch.train_loss, epoch.train_accuracy, epoch.test_loss, epoch.test_accuracy,
      epoch.images_per_second, epoch.seconds);
}

void write_results(const fs::path& folder, nn::Module& model, const data::ImageDataset& test,
                   const ClassEvaluation& evaluation, const RunResults& run) {
  ReportData page;
  page.title = fmt::format("{} on {}", run.model_name, test.name());
  page.note = run.note;
  page.test_accuracy = evaluation.accuracy;
  page.parameters = model.parameter_count();
  page.seconds = run.seconds;
  page.settings = run.settings;
  page.machine = machine_facts();
  page.command = run.command;
  page.epochs = run.epochs;
  page.class_names = test.classes();
  page.confusion = evaluation.confusion;
  page.kernels = write_kernels(folder, model, test.images()[0]);
  page.feature_maps = write_feature_maps(folder / "features", model, test);
  page.mistakes = mistakes_of(test, evaluation);
  page.files = {{"model.safetensors", "the weights, with the architecture, the classes and the normalisation"},
                {"metrics.jsonl", "loss, accuracy and speed of every epoch"},
                {"loss.svg", "the loss, epoch by epoch"},
                {"accuracy.svg", "the accuracy, epoch by epoch"},
                {"confusion.svg", "which class is taken for which"},
                {"features", "the feature maps of one test picture after every layer"}};
  if (!page.kernels.data_uri.empty()) page.files.emplace_back("kernels.png", "what the first layer looks for");
  page.made_by = "lamella " LAMELLA_VERSION ", " + now_text();

  platform::atomic_write(folder / "loss.svg", loss_chart(run.epochs));
  platform::atomic_write(folder / "accuracy.svg", accuracy_chart(run.epochs));
  platform::atomic_write(folder / "confusion.svg", confusion_matrix(test.classes(), evaluation.confusion));
  platform::atomic_write(folder / "index.html", render_report(page));
}

}  // namespace lamella::cli
