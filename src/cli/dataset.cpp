#include "cli/dataset.h"

#include <fmt/format.h>

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

bool may_be_mirrored(const DataOptions& options) { return row_of(options).mirrored; }

}  // namespace lamella::cli
