// The data set that a command line asks for.
#pragma once

#include <lamella/data.h>

#include <string>
#include <string_view>

#include "cli/commands.h"

namespace lamella::cli {

/// The "train" or "test" part. Raises FileError as data::fashion_mnist does; UsageError for an unknown data set.
data::ImageDataset read_dataset(std::string_view split, const DataOptions& options);

/// The value of --dataset for the name that a data set and a model file give ("Fashion-MNIST"); "" for another.
std::string dataset_option(std::string_view name);

/// Raises FileError unless the pictures have the shape [C, H, W] that a model takes.
void check_pictures(const data::ImageDataset& dataset, const Dims& input, std::string_view model);

/// Whether a mirrored picture is still one of its class: so with clothes, not with digits.
bool may_be_mirrored(const DataOptions& options);

}  // namespace lamella::cli
