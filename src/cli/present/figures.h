// The still figures of a course on convolution, as SVG documents, from numbers given by the caller. Every function
// raises ValueError for empty or unfitting input and for what would be too large to be read (more than 4,096 cells).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/present/number_grid.h"

namespace lamella::cli {

/// Grids in a row with a sign between them: "input", "∗", "kernel", "=", "feature map".
struct NamedGrid {
  std::string name;
  NumberGrid grid;
  std::string sign_after;      // between this grid and the next; "→" is drawn as an arrow
  std::string color = "cell";  // cell, kernel, map, window, red, green, blue, violet, grey
  bool numbers = true;         // false: shades from light (least) to dark (greatest)
};
struct GridsFigure {
  std::string title, subtitle, caption, description;
  std::vector<NamedGrid> grids;
  int per_row = 0;  // grids in a row; 0: all in one
};
std::string grids_figure(const GridsFigure& figure);

enum class Pooling { kMax, kMean };

/// A window over a grid: each place of the window has a colour of its own, its maximum is set bold, and the result
/// stands beside it in the same colour. Without padding.
struct PoolingFigure {
  std::string title, subtitle;
  NumberGrid input;
  std::array<int, 2> window{2, 2}, stride{2, 2};
  Pooling pooling = Pooling::kMax;
};
std::string pooling_figure(const PoolingFigure& figure);

/// One step of a convolution over channels: each channel under the window times its own slice of the kernel, the sums
/// of the slices, the bias, and the cell of the feature map that they make.
struct ChannelsFigure {
  std::string title, subtitle;
  std::vector<NumberGrid> channels;  // C grids of H x W
  std::vector<NumberGrid> kernel;    // C slices of R x S
  double bias = 0;
  std::array<int, 2> stride{1, 1}, padding{0, 0};
  std::array<int, 2> at{0, 0};  // the cell of the map that is shown
  std::vector<std::string> names{"R", "G", "B"};
};
std::string channels_figure(const ChannelsFigure& figure);

/// Fully connected layers as columns of dots, with their sizes, and the parameters between them (in·out + out).
struct NetworkFigure {
  std::string title, subtitle;
  std::vector<std::int64_t> sizes;  // 784, 300, 300, 200, 10
};
std::string network_figure(const NetworkFigure& figure);

/// Every cell of the input as a block of rows x columns equal cells.
struct UpsamplingFigure {
  std::string title, subtitle;
  NumberGrid input;
  std::array<int, 2> factor{2, 2};
};
std::string upsampling_figure(const UpsamplingFigure& figure);

/// Operations in a row, each with a note, and between them the shapes that flow.
struct UnitBlock {
  std::string name, note;      // "conv 3×3", "16 filters, padding 1"
  std::string shape_after;     // "[b, 16, 28, 28]"
  std::string color = "blue";  // as in NamedGrid
};
struct UnitFigure {
  std::string title, subtitle;
  std::string input_shape;
  std::vector<UnitBlock> blocks;
};
std::string unit_figure(const UnitFigure& figure);

/// Stacks of feature maps, drawn in proportion, with an operation between them: the sizes of a call at a glance.
struct Volume {
  std::string name;  // "[1, 3, 26, 26]"
  int channels = 1, height = 1, width = 1;
  std::string operation_after;  // "conv 3×3, stride 2"
  std::string color = "map";
};
struct VolumesFigure {
  std::string title, subtitle;
  std::vector<Volume> volumes;
};
std::string volumes_figure(const VolumesFigure& figure);

/// max(x, 0) before and after; cells that change are marked. `note_before` and `note_after` may tell the addresses.
struct ReluFigure {
  std::string title, subtitle;
  NumberGrid before;
  std::string note_before, note_after;
};
std::string relu_figure(const ReluFigure& figure);

/// Code or a session in a fixed-width face. Lines of output are set apart from lines of input, errors in their colour.
struct ListingLine {
  enum class Kind { kInput, kOutput, kError } kind = Kind::kInput;
  std::string text;
};
struct ListingFigure {
  std::string title, subtitle;
  std::vector<ListingLine> lines;
};
std::string listing_figure(const ListingFigure& figure);

}  // namespace lamella::cli
