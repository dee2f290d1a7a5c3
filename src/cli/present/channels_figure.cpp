// One step of a convolution over channels, a row a channel: input, slice of the kernel, sum of the products; then the
// bias and the feature map.
#include <lamella/error.h>

#include <algorithm>

#include "cli/present/animation.h"
#include "cli/present/figure_parts.h"
#include "cli/present/figures.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

constexpr double kSign = 44, kSumWidth = 96, kRowGap = 22;
constexpr std::string_view kTints[] = {"lm-red", "lm-green", "lm-blue"};

struct Layout {
  int rows = 0, columns = 0;  // padded
  double cell = 0, kernel_cell = 0, map_cell = 0;
  double kernel_x = 0, sum_x = 0, map_x = 0;
  double top = 0, row_height = 0, width = 0, height = 0;
};

void check(const ChannelsFigure& figure, const NumberGrid& map) {
  if (figure.at[0] < 0 || figure.at[1] < 0 || figure.at[0] >= map.rows || figure.at[1] >= map.columns) {
    throw ValueError("figure of channels: the cell " + std::to_string(figure.at[0]) + ", " +
                     std::to_string(figure.at[1]) + " is not in the feature map " + size_text(map.rows, map.columns));
  }
}

// The sum over all channels, and that of each channel at the cell shown.
NumberGrid feature_map(const ChannelsFigure& figure, std::vector<double>& partial) {
  NumberGrid map;
  for (std::size_t c = 0; c < figure.channels.size(); ++c) {
    const NumberGrid one = correlate(figure.channels[c], figure.kernel[c], figure.stride, figure.padding);
    if (c == 0) map = NumberGrid(one.rows, one.columns, std::vector<double>(one.values.size(), figure.bias));
    if (c == 0) check(figure, map);
    if (one.rows != map.rows || one.columns != map.columns) {
      throw ValueError("figure of channels: the channels or the kernel's slices differ in size");
    }
    for (std::size_t i = 0; i < map.values.size(); ++i) map.values[i] += one.values[i];
    partial.push_back(one(figure.at[0], figure.at[1]));
  }
  return map;
}

Layout lay_out(const ChannelsFigure& figure, const NumberGrid& map) {
  Layout layout;
  layout.rows = figure.channels[0].rows + 2 * figure.padding[0];
  layout.columns = figure.channels[0].columns + 2 * figure.padding[1];
  layout.cell = std::min(cell_side(layout.rows, layout.columns, 230), 36.0);
  layout.kernel_cell = std::min(cell_side(figure.kernel[0].rows, figure.kernel[0].columns, 130), 36.0);
  layout.map_cell = std::min(cell_side(map.rows, map.columns, 230), 40.0);
  layout.kernel_x = kFigurePad + std::max(layout.columns * layout.cell, 80.0) + kSign;
  layout.sum_x = layout.kernel_x + std::max(figure.kernel[0].columns * layout.kernel_cell, 90.0) + kSign;
  layout.map_x = layout.sum_x + kSumWidth + 2 * kSign + 26;
  layout.top = 20 + heading_height(figure.title, figure.subtitle);
  layout.row_height =
      kGridNameHeight + std::max(layout.rows * layout.cell, figure.kernel[0].rows * layout.kernel_cell) + kRowGap;
  layout.width = layout.map_x + std::max(map.columns * layout.map_cell, 120.0) + kFigurePad;
  layout.height = layout.top + figure.channels.size() * layout.row_height + 66;
  return layout;
}

void draw_channel(Svg& svg, const ChannelsFigure& figure, const Layout& layout, int channel, double sum) {
  const NumberGrid& input = figure.channels[channel];
  const NumberGrid& kernel = figure.kernel[channel];
  const std::string_view tint = kTints[channel % std::size(kTints)];
  const std::string name =
      channel < static_cast<int>(figure.names.size()) ? figure.names[channel] : std::to_string(channel);
  const double y = layout.top + channel * layout.row_height + kGridNameHeight;
  const int top = figure.at[0] * figure.stride[0], left = figure.at[1] * figure.stride[1];
  svg.text(kFigurePad, y - 13, "input " + name, 13, "lm-soft");
  draw_grid(svg, kFigurePad, y, layout.rows, layout.columns, layout.cell, [&](int row, int column) {
    const int source_row = row - figure.padding[0], source_column = column - figure.padding[1];
    const bool padding =
        source_row < 0 || source_column < 0 || source_row >= input.rows || source_column >= input.columns;
    return Cell{padding ? "lm-pad" : tint, padding ? "0" : short_number(input(source_row, source_column)),
                padding ? "lm-soft" : "lm-ink"};
  });
  svg.rect(
      {kFigurePad + left * layout.cell, y + top * layout.cell, kernel.columns * layout.cell, kernel.rows * layout.cell},
      "lm-frame");
  const double middle = y + layout.rows * layout.cell / 2;
  const double kernel_y = middle - kernel.rows * layout.kernel_cell / 2;
  svg.text(layout.kernel_x - kSign / 2, middle, "×", 22, "lm-soft lm-mid");
  svg.text(layout.kernel_x, kernel_y - 13, "kernel, slice " + name, 13, "lm-soft");
  draw_grid(svg, layout.kernel_x, kernel_y, kernel.rows, kernel.columns, layout.kernel_cell,
            [&](int r, int s) { return Cell{tint, short_number(kernel(r, s))}; });
  svg.arrow(layout.sum_x - kSign + 10, middle, layout.sum_x - 8, middle);
  svg.rect({layout.sum_x, middle - 22, kSumWidth, 44}, tint, 8);
  svg.text(layout.sum_x + kSumWidth / 2, middle, short_number(sum), 17, "lm-ink lm-mid lm-bold");
  if (channel == 0) svg.text(layout.sum_x + kSumWidth / 2, middle - 36, "sum of products", 12, "lm-soft lm-mid");
}

std::string sum_text(const ChannelsFigure& figure, const std::vector<double>& partial, double total) {
  std::string text;
  for (const double value : partial) {
    text += text.empty() ? short_number(value) : value < 0 ? " − " + short_number(-value) : " + " + short_number(value);
  }
  return text + (figure.bias < 0 ? " − " : " + ") + short_number(figure.bias < 0 ? -figure.bias : figure.bias) +
         " (bias) = " + short_number(total);
}

}  // namespace

std::string channels_figure(const ChannelsFigure& figure) {
  check_cells("figure of channels", figure.channels);
  check_cells("figure of channels", figure.kernel);
  if (figure.kernel.size() != figure.channels.size()) {
    throw ValueError("figure of channels: " + std::to_string(figure.channels.size()) + " channels but a kernel of " +
                     std::to_string(figure.kernel.size()) + " slices; a kernel has one slice a channel");
  }
  std::vector<double> partial;
  const NumberGrid map = feature_map(figure, partial);
  check_cells("figure of channels", std::int64_t{map.rows}, std::int64_t{map.columns});
  const Layout layout = lay_out(figure, map);
  const double total = map(figure.at[0], figure.at[1]);
  const std::string sum = sum_text(figure, partial, total);
  Svg svg(std::max(layout.width, text_width(sum, 15) + 2 * kFigurePad), layout.height, figure.title,
          "Each channel under the window is multiplied by its own slice of the kernel; the sums of the slices and the "
          "bias give one cell of the feature map: " +
              sum);
  draw_heading(svg, kFigurePad, 20, figure.title, figure.subtitle);
  for (std::size_t c = 0; c < partial.size(); ++c) draw_channel(svg, figure, layout, static_cast<int>(c), partial[c]);

  const double middle = layout.top + (partial.size() * layout.row_height - kRowGap + kGridNameHeight) / 2;
  const double map_y = middle - map.rows * layout.map_cell / 2;
  const double join = layout.map_x - kSign;
  for (std::size_t c = 0; c < partial.size(); ++c) {
    const double y = layout.top + c * layout.row_height + kGridNameHeight + layout.rows * layout.cell / 2;
    svg.line(layout.sum_x + kSumWidth + 4, y, join, middle, "lm-arrow");
  }
  svg.circle(join, middle, 11, "lm-panel");
  svg.text(join, middle, "+", 17, "lm-ink lm-mid");
  svg.arrow(join + 14, middle, layout.map_x - 6, middle);
  svg.text(layout.map_x, map_y - 13, "feature map " + size_text(map.rows, map.columns), 13, "lm-soft");
  draw_grid(svg, layout.map_x, map_y, map.rows, map.columns, layout.map_cell, [&](int row, int column) {
    const bool here = row == figure.at[0] && column == figure.at[1];
    return Cell{here ? "lm-hot" : "lm-map", short_number(map(row, column)), here ? "lm-ink lm-bold" : "lm-ink"};
  });
  svg.text(kFigurePad, layout.height - 34, sum, 15);
  return svg.finish();
}

}  // namespace lamella::cli
