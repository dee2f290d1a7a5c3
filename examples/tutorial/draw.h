// What the tutorial's programs share beside the library: their arguments, and their pictures, from a tensor to a grid
// of numbers and from a drawing to a file. What can be drawn stands in cli/present/figures.h, animation.h and charts.h.
#pragma once

#include <lamella/error.h>
#include <lamella/tensor.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/present/animation.h"
#include "cli/present/charts.h"
#include "cli/present/figures.h"

namespace draw {

using namespace lamella::cli;

/// The last two axes of `tensor` as one grid a slice, in row-major order of the axes before them: [16, 3, 3] gives 16
/// grids of 3x3. Raises ValueError below two axes.
inline std::vector<NumberGrid> grids(const lamella::Tensor& tensor) {
  if (tensor.dim() < 2) throw lamella::ValueError("draw: a grid needs a tensor with at least 2 axes");
  const int rows = static_cast<int>(tensor.size(-2)), columns = static_cast<int>(tensor.size(-1));
  const std::vector<double> values = tensor.to_vector<double>();
  const std::size_t cells = static_cast<std::size_t>(rows) * columns;
  std::vector<NumberGrid> slices;
  for (std::size_t first = 0; cells > 0 && first < values.size(); first += cells) {
    slices.emplace_back(rows, columns, std::vector<double>(values.begin() + first, values.begin() + first + cells));
  }
  return slices;
}

/// The first slice: of [1, 1, 28, 28] the picture.
inline NumberGrid grid(const lamella::Tensor& tensor) {
  const std::vector<NumberGrid> all = grids(tensor);
  return all.empty() ? NumberGrid() : all.front();
}

/// Writes a drawing and says so. Raises FileError if it cannot.
inline void save(const std::filesystem::path& path, const std::string& svg) {
  std::ofstream file(path, std::ios::binary);
  file << svg;
  file.close();
  if (!file) throw lamella::FileError(path.string() + ": cannot write the picture");
  std::cout << "drew " << path.filename().string() << '\n';
}

/// `program [FOLDER] [--full]`: where the pictures go (the current folder unless said), and whether to take the time
/// for all of the data where a program trains.
struct Arguments {
  std::filesystem::path folder = ".";
  bool full = false;
};

/// Makes the folder. Raises ValueError for an unknown option.
inline Arguments arguments(int argc, char** argv) {
  Arguments given;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--full") {
      given.full = true;
    } else if (word.starts_with("-")) {
      throw lamella::ValueError("unknown option " + std::string(word) + "; usage: program [FOLDER] [--full]");
    } else {
      given.folder = word;
    }
  }
  std::filesystem::create_directories(given.folder);
  return given;
}

/// How a program ends that cannot go on: one line, exit code 1.
inline int failed(const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}

}  // namespace draw
