// `lamella predict`: what pictures from anywhere show, in a model's eyes.
#include <fmt/format.h>
#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/models.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/create.h>
#include <lamella/threads.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/pictures.h"
#include "cli/present/terminal.h"
#include "cli/present/text.h"
#include "io/image.h"

namespace lamella::cli {
namespace {

constexpr std::size_t kMostBars = 10;
constexpr double kMiddleGrey = 0.5;

/// What the pixels of the picture's edge mostly are, channel by channel: its background.
std::vector<std::uint8_t> background_of(const io::Image& image) {
  std::vector<std::uint8_t> background;
  for (int c = 0; c < image.channels; ++c) {
    std::vector<std::uint8_t> edge;
    for (int x = 0; x < image.width; ++x)
      edge.insert(edge.end(), {image.at(x, 0)[c], image.at(x, image.height - 1)[c]});
    for (int y = 0; y < image.height; ++y)
      edge.insert(edge.end(), {image.at(0, y)[c], image.at(image.width - 1, y)[c]});
    const auto middle = edge.begin() + static_cast<std::ptrdiff_t>(edge.size() / 2);
    std::nth_element(edge.begin(), middle, edge.end());
    background.push_back(*middle);
  }
  return background;
}

/// The picture in the middle of height x width, its proportions kept, with its own background around it.
io::Image fitted(const io::Image& image, int height, int width) {
  const double scale = std::min(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
  const int inner_width = std::clamp(static_cast<int>(std::lround(image.width * scale)), 1, width);
  const int inner_height = std::clamp(static_cast<int>(std::lround(image.height * scale)), 1, height);
  const std::vector<std::uint8_t> background = background_of(image);
  const io::Image inner = io::resize(image, inner_width, inner_height);
  io::Image out = io::make_image(width, height, image.channels);
  for (std::size_t i = 0; i < out.pixels.size(); ++i) out.pixels[i] = background[i % background.size()];
  const int left = (width - inner_width) / 2, top = (height - inner_height) / 2;
  for (int y = 0; y < inner_height; ++y) {
    std::copy_n(inner.at(0, y), inner_width * inner.channels, out.at(left, top + y));
  }
  return out;
}

/// A picture of any size and colour as the network takes it.
io::Image as_the_model_needs(const io::Image& given, const Dims& input, bool invert) {
  const io::Image flat = io::composite(given, io::kWhite);
  const io::Image colours = input[0] == 1 ? io::to_grey(flat) : io::to_rgb(flat);
  const io::Image image = fitted(colours, static_cast<int>(input[1]), static_cast<int>(input[2]));
  return invert ? io::inverted(image) : image;
}

bool is_light(const std::vector<std::uint8_t>& colour) {
  double sum = 0;
  for (const std::uint8_t value : colour) sum += value;
  return sum / static_cast<double>(colour.size()) / 255 > kMiddleGrey;
}

/// Whether the pictures that the model was trained on are mostly dark: a thing on a black ground.
bool trained_on_dark(const ModelInfo& info) {
  if (!info.normalization || info.normalization->mean.empty()) return false;
  return std::ranges::all_of(info.normalization->mean, [](double mean) { return mean < 0.4; });
}

Tensor to_input(const io::Image& image, const ModelInfo& info) {
  const Tensor bytes =
      tensor(std::span<const std::uint8_t>(image.pixels), Dims{1, image.height, image.width, image.channels})
          .permute({0, 3, 1, 2});
  if (info.normalization) return (*info.normalization)(bytes.contiguous());
  const std::vector<double> zero(static_cast<std::size_t>(image.channels), 0), one(zero.size(), 1);
  return data::Normalization{zero, one}(bytes.contiguous());
}

std::vector<ClassScore> scores_of(const Tensor& probabilities, const std::vector<std::string>& classes) {
  const std::vector<float> values = probabilities.to_vector<float>();
  std::vector<ClassScore> scores;
  for (std::size_t i = 0; i < values.size(); ++i) {
    scores.push_back({i < classes.size() ? classes[i] : "class " + std::to_string(i), values[i]});
  }
  return scores;
}

const ClassScore& best_of(const std::vector<ClassScore>& scores) {
  return *std::ranges::max_element(scores, {}, &ClassScore::probability);
}

std::string as_json(const std::filesystem::path& path, const std::vector<ClassScore>& scores) {
  nlohmann::ordered_json line;
  line["image"] = path.string();
  line["class"] = best_of(scores).name;
  for (const ClassScore& score : scores) line["probabilities"][score.name] = score.probability;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string as_text(const std::filesystem::path& path, const io::Image& seen, std::vector<ClassScore> scores) {
  const ColorMode color = output_colors();
  const ClassScore best = best_of(scores);
  if (scores.size() > kMostBars) {
    std::ranges::stable_sort(scores, std::ranges::greater{}, &ClassScore::probability);
    scores.resize(kMostBars);
  }
  const std::string headline =
      fmt::format("{}: {} ({})", printable(path.string()), printable(best.name), percent(best.probability));
  return styled(headline, kBold, color) + "\n" + terminal_picture(to_pixels(seen), color, output_width()) +
         class_bars(scores, color, std::clamp(output_width(), 30, 72));
}

std::string advice(const io::Image& seen, const ModelInfo& info, bool inverted) {
  if (!trained_on_dark(info) || !is_light(background_of(seen))) return {};
  return fmt::format(
      "note: the background is light, and the model was trained on things on a dark one; try {} --invert\n",
      inverted ? "it without" : "again with");
}

void predict_one(const LoadedModel& model, const std::filesystem::path& path, const PredictOptions& options) {
  const io::Image seen = as_the_model_needs(io::read_image(path), model.info.input, options.invert);
  const Tensor probabilities = softmax((*model.module)(to_input(seen, model.info)), -1);
  const std::vector<ClassScore> scores = scores_of(probabilities.flatten(), model.info.classes);
  print(options.json ? as_json(path, scores) : as_text(path, seen, scores) + advice(seen, model.info, options.invert));
}

}  // namespace

int run_predict(const PredictOptions& options) {
  const NoGradGuard no_grad;
  const LoadedModel model = load_model(options.model);
  const Dims& input = model.info.input;
  if (input.size() != 3 || (input[0] != 1 && input[0] != 3)) {
    throw FileError(
        fmt::format("{}: the file does not say that the model takes pictures: its input is {}, expected "
                    "[1, H, W] or [3, H, W]",
                    options.model.string(), to_string(input)));
  }
  int status = kSuccess;
  for (std::size_t i = 0; i < options.images.size(); ++i) {
    try {  // one picture that is none does not keep the others from being shown
      if (i > 0 && !options.json) print("\n");
      predict_one(model, options.images[i], options);
    } catch (const FileError& error) {
      print_error(error.what());
      status = kFailure;
    }
  }
  return status;
}

}  // namespace lamella::cli
