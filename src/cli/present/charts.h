// Charts as SVG documents: lines over epochs, bars, and the confusion matrix. They read in light and dark pages, name
// their axes, and tell series apart by marker and dashes as well as by colour.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/present/scale.h"

namespace lamella::cli {

struct Series {
  std::string name;
  std::vector<double> x, y;  // equally many; a point that is not finite leaves a gap
};

struct LineChart {
  std::string title, x_label, y_label;
  std::string description;  // empty: made from the series' first and last values
  std::vector<Series> series;
  NumberStyle x_style = NumberStyle::kNumber, y_style = NumberStyle::kNumber;
  bool logarithmic_y = false;  // values <= 0 then leave a gap
  int width = 720, height = 400;
};
/// Raises ValueError if a series has more x than y or the reverse. Without any finite point it says "no data".
std::string line_chart(const LineChart& chart);

struct Bar {
  std::string name;
  double value = 0;
  std::string label;  // at the bar's end; empty: the value
};
struct BarChart {
  std::string title, x_label, description;
  std::vector<Bar> bars;  // from top to bottom; NaN is shown as "n/a"
  NumberStyle style = NumberStyle::kNumber;
  int width = 720;
};
std::string bar_chart(const BarChart& chart);

/// counts[true class][predicted class] of the classes `names`. Colour is the share of the true class, by its square
/// root, so that rare mistakes can be seen: blue where the model is right, orange where it errs; the numbers are
/// counts. Raises ValueError if the matrix is not square, does not fit the names, has a negative count, or more than
/// 200 classes.
std::string confusion_matrix(const std::vector<std::string>& names,
                             const std::vector<std::vector<std::int64_t>>& counts,
                             const std::string& title = "Confusion matrix");

/// The share of each class that is right, from such counts; NaN for a class without a picture.
std::vector<double> class_accuracies(const std::vector<std::vector<std::int64_t>>& counts);

}  // namespace lamella::cli
