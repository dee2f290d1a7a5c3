// `lamella summary`: a model layer by layer.
#include <fmt/format.h>
#include <lamella/error.h>
#include <lamella/models.h>
#include <lamella/ops/create.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/layer_trace.h"
#include "cli/present/terminal.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

/// A file's model, or a built-in one with fresh weights. Raises FileError also where nothing says what it takes.
LoadedModel model_of(const std::string& text) {
  LoadedModel model;
  const auto names = models::catalogue();
  const bool built_in = std::ranges::any_of(names, [&](const auto& entry) { return entry.name == text; });
  if (built_in && !std::filesystem::exists(text)) {
    auto built = models::build(text);
    model.info.input = built->input_shape();
    model.module = std::move(built);
  } else {
    model = load_model(text);
  }
  if (model.info.input.empty()) throw FileError(text + ": the file does not say the shape of the model's input");
  return model;
}

std::string count_or_dash(std::int64_t count) { return count ? with_thousands(count) : "–"; }

}  // namespace

int run_summary(const SummaryOptions& options) {
  const LoadedModel model = model_of(options.model);
  Dims shape{options.batch_size};
  for (const std::int64_t extent : model.info.input) shape.push_back(extent);
  model.module->eval();
  const std::vector<LayerRecord> layers = trace_layers(*model.module, zeros(shape), /*keep_activations=*/false);

  std::vector<std::vector<std::string>> rows{
      {"input", "", to_string(shape), "–", "–", human_bytes(zeros(shape).numel() * 4)}};
  LayerRecord total;
  for (const LayerRecord& layer : layers) {
    const std::int64_t bytes = layer.state_bytes + layer.output_bytes;
    rows.push_back({layer.name, layer.type, to_string(layer.output), count_or_dash(layer.parameters),
                    count_or_dash(layer.multiply_adds), bytes ? human_bytes(bytes) : "in place"});
    total.parameters += layer.parameters;
    total.multiply_adds += layer.multiply_adds;
    total.state_bytes += layer.state_bytes;
    total.output_bytes += layer.output_bytes;
  }
  rows.push_back({"all", "", "", with_thousands(total.parameters), with_thousands(total.multiply_adds),
                  human_bytes(total.state_bytes + total.output_bytes)});
  print(table_text({{"layer"},
                    {"type"},
                    {"output shape"},
                    {"parameters", Align::kRight},
                    {"multiply-adds", Align::kRight},
                    {"memory", Align::kRight}},
                   rows, /*last_is_total=*/true, output_colors()));
  print(fmt::format("memory: {} of weights and statistics, {} of outputs\n", human_bytes(total.state_bytes),
                    human_bytes(total.output_bytes)));
  return 0;
}

}  // namespace lamella::cli
