// The page that shows a training run: one self-contained HTML document (inline style, data URIs, no script, nothing
// loaded from elsewhere, which a content security policy in the page enforces), for light and dark, screen and phone.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/present/charts.h"
#include "cli/present/progress.h"

namespace lamella::cli {

/// A picture as "data:image/…;base64,…", its size in pixels (0: as the file says), and what it shows.
struct ReportPicture {
  std::string data_uri;
  std::string name;     // "conv1", a file's name
  std::string caption;  // "[1, 16, 28, 28]"
  int width = 0, height = 0;
};

struct Mistake {
  std::string data_uri;
  std::string true_class, predicted_class;
  double probability = 0;       // of the predicted class
  double true_probability = 0;  // of the true class
  std::int64_t index = -1;      // in the test set; below 0: not told
};

struct ReportData {
  std::string title;    // "lenet on Fashion-MNIST"
  std::string summary;  // a sentence below the headline; empty: made from the numbers
  std::string note;     // "Interrupted after epoch 3": shown as a warning; may be empty
  double test_accuracy = 0;
  std::int64_t parameters = 0;
  double seconds = 0;
  std::vector<std::pair<std::string, std::string>> settings;  // "optimizer", "SGD, lr 0.05, momentum 0.9"
  std::vector<std::pair<std::string, std::string>> machine;   // "processor", "…"
  std::string command;                                        // the command line that made it
  std::vector<EpochResult> epochs;
  std::vector<std::string> class_names;
  std::vector<std::vector<std::int64_t>> confusion;        // [true][predicted]; empty: not measured
  ReportPicture kernels;                                   // empty data_uri: no such section
  std::vector<ReportPicture> feature_maps;                 // the picture that goes in, then after each layer
  std::vector<Mistake> mistakes;                           // the worst first
  std::vector<std::pair<std::string, std::string>> files;  // file name (a link beside the page), what it holds
  std::string made_by;                                     // "lamella 0.1.0, 2026-01-31 12:00"
};

/// Every string is escaped. Sections without data are left out. Raises ValueError for a data URI that is not one of a
/// picture, and as confusion_matrix does.
std::string render_report(const ReportData& data);

/// The two charts of the page (there narrower), which are also written as files.
std::string loss_chart(const std::vector<EpochResult>& epochs, int width = 720);
std::string accuracy_chart(const std::vector<EpochResult>& epochs, int width = 720);

}  // namespace lamella::cli
