// The networks that can be asked for by name. To add one: its class in a file of its own, and a row in each table here.
#include <lamella/error.h>
#include <lamella/models.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/builders.h"

namespace lamella::models {
namespace {

/// For people and the command line.
constexpr CatalogueEntry kCatalogue[] = {
    {"lenet", "two convolutions (16 and 32 channels) with batch norm, two linear layers",
     [](const BuildOptions& options) -> std::unique_ptr<Model> {
       return std::make_unique<LeNet>(LenetOptions{.in_channels = options.in_channels, .classes = options.classes});
     }},
    {"lenet-wide", "lenet with 32 and 64 channels",
     [](const BuildOptions& options) -> std::unique_ptr<Model> {
       return std::make_unique<LeNet>(lenet_wide(options));
     }},
    {"mlp", "linear layers 784-300-300-200-10, without convolutions",
     [](const BuildOptions& options) -> std::unique_ptr<Model> {
       return std::make_unique<Mlp>(MlpOptions{.in_channels = options.in_channels, .classes = options.classes});
     }},
};

/// For files: a name and all of its arguments.
constexpr Builder kBuilders[] = {
    {"lenet", &lenet_weights,
     [](const Fields& arguments) -> std::unique_ptr<Model> {
       return std::make_unique<LeNet>(lenet_options(arguments));
     }},
    {"mlp", &mlp_weights,
     [](const Fields& arguments) -> std::unique_ptr<Model> { return std::make_unique<Mlp>(mlp_options(arguments)); }},
};

}  // namespace

std::span<const CatalogueEntry> catalogue() { return kCatalogue; }

std::unique_ptr<Model> build(std::string_view name, BuildOptions options) {
  std::vector<std::string_view> names;
  for (const CatalogueEntry& entry : kCatalogue) {
    if (entry.name == name) return entry.build(options);
    names.push_back(entry.name);
  }
  throw ValueError(fmt::format("there is no model \"{}\"; there are {}", name, fmt::join(names, ", ")));
}

std::span<const Builder> builders() { return kBuilders; }

const Builder* find_builder(std::string_view name) {
  const auto it = std::ranges::find(kBuilders, name, &Builder::name);
  return it == std::end(kBuilders) ? nullptr : it;
}

void check_extent(std::int64_t value, std::string_view what) {
  if (value < 1 || value > 65536) throw ValueError(fmt::format("{} is {}, expected 1 to 65536", what, value));
}

}  // namespace lamella::models
