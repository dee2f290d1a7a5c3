// What a training run leaves in its folder beside the weights: pictures, charts and the page that shows them all.
#pragma once

#include <lamella/data.h>
#include <lamella/nn/module.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/evaluation.h"
#include "cli/present/progress.h"

namespace lamella::cli {

struct RunResults {
  std::string model_name;  // "lenet"
  std::string note;        // a warning for the page; may be empty
  std::string command;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<EpochResult> epochs;
  double seconds = 0;
};

/// One line of JSON with a newline: what an epoch came to.
std::string json_line(const EpochResult& epoch);

/// Writes into `folder`: kernels.png, features/NN-LAYER.png, loss.svg, accuracy.svg, confusion.svg and index.html.
/// Raises FileError.
void write_results(const std::filesystem::path& folder, nn::Module& model, const data::ImageDataset& test,
                   const ClassEvaluation& evaluation, const RunResults& run);

}  // namespace lamella::cli
