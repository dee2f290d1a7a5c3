#include "cli/dataset.h"

#include <fmt/format.h>
#include <lamella/error.h>

namespace lamella::cli {
namespace {

struct DatasetRow {
  std::string_view option, name;
  data::ImageDataset (*read)(std::string_view split, data::FilesOptions options);
  bool mirrored;
};

constexpr DatasetRow kDatasets[] = {
    {"fashion-mnist", "Fashion-MNIST", data::fashion_mnist, true},
    {"mnist", "MNIST", data::mnist, false},
};

const DatasetRow& row_of(const DataOptions& options) {
  for (const DatasetRow& row : kDatasets) {
    if (row.option == options.dataset) return row;
  }
  throw UsageError(fmt::format("--dataset: there is no data set \"{}\"; give fashion-mnist or mnist", options.dataset));
}

}  // namespace

data::ImageDataset read_dataset(std::string_view split, const DataOptions& options) {
  return row_of(options).read(split, {.root = options.folder});
}

std::string dataset_option(std::string_view name) {
  for (const DatasetRow& row : kDatasets) {
    if (row.name == name) return std::string(row.option);
  }
  return {};
}

void check_pictures(const data::ImageDataset& dataset, const Dims& input, std::string_view model) {
  const Dims& shape = dataset.images().shape();
  const Dims given(shape.begin() + 1, shape.end());
  if (input.empty() || given == input) return;
  throw FileError(fmt::format("{}: the pictures are {} (channels, height, width), and {} takes {}", dataset.name(),
                              to_string(given), model, to_string(input)));
}

bool may_be_mirrored(const DataOptions& options) { return row_of(options).mirrored; }

}  // namespace lamella::cli
