// The figures of networks: fully connected layers, blocks of a unit, stacks of feature maps, listings.
#include <lamella/error.h>

#include <algorithm>
#include <cmath>

#include "cli/present/figure_parts.h"
#include "cli/present/figures.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

constexpr int kDots = 7;  // of a large layer, with a gap for the rest
constexpr double kDotStep = 34, kDotRadius = 9;
constexpr std::size_t kMostParts = 24;
constexpr std::size_t kMostLines = 400;
constexpr double kLargestSheet = 130, kSheetStep = 7;
constexpr int kMostSheets = 8;

void check_parts(std::string_view figure, std::size_t count, std::size_t least, std::size_t most) {
  if (count < least || count > most) {
    throw ValueError(std::string(figure) + ": " + std::to_string(count) + " parts, expected " + std::to_string(least) +
                     " to " + std::to_string(most));
  }
}

double heading_width(std::string_view title, std::string_view subtitle) {
  return std::max(text_width(title, 18) * 1.06, text_width(subtitle, 13)) + 2 * kFigurePad;
}

// Heights of a layer's dots about `middle`; of a large layer the fourth place is left for an ellipsis.
std::vector<double> dot_heights(std::int64_t size, double middle) {
  const int places = static_cast<int>(std::min<std::int64_t>(size, kDots));
  std::vector<double> heights;
  for (int i = 0; i < places; ++i) {
    if (size > kDots && i == kDots / 2) continue;
    heights.push_back(middle + (i - (places - 1) / 2.0) * kDotStep);
  }
  return heights;
}

std::string layer_name(std::size_t layer, std::size_t layers) {
  if (layer == 0) return "input";
  return layer + 1 == layers ? "output" : "hidden " + std::to_string(layer);
}

struct Layers {
  double step = 0, middle = 0;
  double x(std::size_t layer) const { return kFigurePad + 50 + layer * step; }
};

void draw_connections(Svg& svg, const NetworkFigure& figure, const Layers& at, std::size_t layer) {
  std::string path;
  for (const double from : dot_heights(figure.sizes[layer], at.middle)) {
    for (const double to : dot_heights(figure.sizes[layer + 1], at.middle)) {
      path += "M" + coordinate(at.x(layer)) + " " + coordinate(from) + "L" + coordinate(at.x(layer + 1)) + " " +
              coordinate(to);
    }
  }
  svg.path(path, "lm-edge");
}

void draw_layer(Svg& svg, const NetworkFigure& figure, const Layers& at, std::size_t layer, double top) {
  const bool last = layer + 1 == figure.sizes.size();
  const std::string color = layer == 0 ? "lm-f5" : last ? "lm-f1" : "lm-f0";
  for (const double y : dot_heights(figure.sizes[layer], at.middle)) svg.circle(at.x(layer), y, kDotRadius, color);
  if (figure.sizes[layer] > kDots) {
    for (const double dy : {-8.0, 0.0, 8.0}) svg.circle(at.x(layer), at.middle + dy, 1.8, "lm-soft");
  }
  svg.text(at.x(layer), top + 10, layer_name(layer, figure.sizes.size()), 13, "lm-soft lm-mid");
  svg.text(at.x(layer), top + 30, with_thousands(figure.sizes[layer]), 16, "lm-ink lm-mid lm-bold");
}

// Sizes of the stacks: the square root keeps a 1x1 map visible beside a 224x224 one.
struct VolumeScale {
  double largest = 1;

  double side(int extent) const { return std::max(8.0, kLargestSheet * std::sqrt(extent / largest)); }
  static int sheets(const Volume& v) { return std::min(v.channels, kMostSheets); }
  static double depth(const Volume& v) { return (sheets(v) - 1) * kSheetStep; }
  double width(const Volume& v) const { return std::max(side(v.width) + depth(v), text_width(v.name, 13)); }
  double height(const Volume& v) const { return side(v.height) + depth(v); }
  static double arrow(const Volume& v) { return std::max(70.0, text_width(v.operation_after, 12) + 30); }
};

VolumeScale volume_scale(const VolumesFigure& figure) {
  VolumeScale scale;
  for (const Volume& v : figure.volumes) {
    if (v.channels < 1 || v.height < 1 || v.width < 1) throw ValueError("figure of volumes: " + v.name + " is empty");
    scale.largest = std::max({scale.largest, static_cast<double>(v.height), static_cast<double>(v.width)});
  }
  return scale;
}

void draw_volume(Svg& svg, const Volume& v, const VolumeScale& scale, double center, double middle) {
  const double w = scale.side(v.width), h = scale.side(v.height), depth = VolumeScale::depth(v);
  const double left = center - (w + depth) / 2, upper = middle - (h + depth) / 2;
  for (int i = VolumeScale::sheets(v) - 1; i >= 0; --i) {  // the first channel stands in front
    svg.rect({left + i * kSheetStep, upper + depth - i * kSheetStep, w, h}, color_class(v.color), 2);
  }
}

}  // namespace

std::string network_figure(const NetworkFigure& figure) {
  check_parts("figure of a network", figure.sizes.size(), 2, kMostParts);
  std::int64_t total = 0;
  std::vector<std::int64_t> parameters;
  for (std::size_t i = 0; i < figure.sizes.size(); ++i) {
    if (figure.sizes[i] < 1 || figure.sizes[i] > 1'000'000'000) {
      throw ValueError("figure of a network: a layer of " + std::to_string(figure.sizes[i]) +
                       " units, expected 1 to 1,000,000,000");
    }
    if (i == 0) continue;
    parameters.push_back((figure.sizes[i - 1] + 1) * figure.sizes[i]);
    total += parameters.back();
  }
  const double top = 20 + heading_height(figure.title, figure.subtitle);
  const Layers at{150, top + 52 + kDots * kDotStep / 2};
  const std::string sum = with_thousands(total) + " parameters, " + human_bytes(total * 4) + " in float32";
  const double bottom = at.middle + kDots * kDotStep / 2 + 16;
  Svg svg(std::max(at.x(figure.sizes.size() - 1) + 50 + kFigurePad, heading_width(figure.title, figure.subtitle)),
          bottom + 66, figure.title,
          "Fully connected layers, each unit joined to every unit of the layer before: " + sum + ".");
  draw_heading(svg, kFigurePad, 20, figure.title, figure.subtitle);
  for (std::size_t i = 0; i + 1 < figure.sizes.size(); ++i) draw_connections(svg, figure, at, i);
  for (std::size_t i = 0; i < figure.sizes.size(); ++i) draw_layer(svg, figure, at, i, top);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    svg.text((at.x(i) + at.x(i + 1)) / 2, bottom, with_thousands(parameters[i]), 13, "lm-accent lm-mid");
  }
  svg.text(kFigurePad, bottom + 38, "weights and biases: " + sum, 14);
  return svg.finish();
}

std::string unit_figure(const UnitFigure& figure) {
  check_parts("figure of a unit", figure.blocks.size(), 1, kMostParts);
  const double top = 20 + heading_height(figure.title, figure.subtitle);
  constexpr double kHeight = 74;
  const double middle = top + kHeight / 2;
  const auto arrow_width = [](const std::string& shape) { return std::max(48.0, text_width(shape, 12) + 24); };
  const auto block_width = [](const UnitBlock& block) {
    return std::max({92.0, text_width(block.name, 16) * 1.06 + 28, text_width(block.note, 12) + 24});
  };
  double width = 2 * kFigurePad + arrow_width(figure.input_shape);
  std::string described = figure.input_shape;
  for (const UnitBlock& block : figure.blocks) {
    width += block_width(block) + arrow_width(block.shape_after);
    described += " → " + block.name + " → " + block.shape_after;
  }
  Svg svg(std::max(width, heading_width(figure.title, figure.subtitle)), top + kHeight + 24, figure.title, described);
  draw_heading(svg, kFigurePad, 20, figure.title, figure.subtitle);
  double x = kFigurePad;
  const auto flow = [&](const std::string& shape) {
    svg.text(x + arrow_width(shape) / 2, middle - 14, shape, 12, "lm-soft lm-mid");
    svg.arrow(x + 4, middle, x + arrow_width(shape) - 5, middle);
    x += arrow_width(shape);
  };
  flow(figure.input_shape);
  for (const UnitBlock& block : figure.blocks) {
    const double w = block_width(block);
    svg.rect({x, top, w, kHeight}, color_class(block.color), 10);
    svg.text(x + w / 2, middle - (block.note.empty() ? 0 : 11), block.name, 16, "lm-ink lm-mid lm-bold");
    if (!block.note.empty()) svg.text(x + w / 2, middle + 15, block.note, 12, "lm-ink lm-mid");
    x += w;
    flow(block.shape_after);
  }
  return svg.finish();
}

std::string volumes_figure(const VolumesFigure& figure) {
  check_parts("figure of volumes", figure.volumes.size(), 1, kMostParts);
  const VolumeScale scale = volume_scale(figure);
  double width = 2 * kFigurePad, tallest = 0;
  std::string described;
  for (const Volume& v : figure.volumes) {
    const bool last = &v == &figure.volumes.back();
    width += scale.width(v) + (last ? 0 : VolumeScale::arrow(v));
    tallest = std::max(tallest, scale.height(v));
    described += v.name + (last ? "" : " → " + v.operation_after + " → ");
  }
  const double top = 20 + heading_height(figure.title, figure.subtitle), middle = top + tallest / 2;
  Svg svg(std::max(width, heading_width(figure.title, figure.subtitle)), top + tallest + 56, figure.title, described);
  draw_heading(svg, kFigurePad, 20, figure.title, figure.subtitle);
  double x = kFigurePad;
  for (const Volume& v : figure.volumes) {
    draw_volume(svg, v, scale, x + scale.width(v) / 2, middle);
    svg.text(x + scale.width(v) / 2, top + tallest + 22, v.name, 13, "lm-ink lm-mid");
    x += scale.width(v);
    if (&v == &figure.volumes.back()) break;
    const double arrow = VolumeScale::arrow(v);
    svg.text(x + arrow / 2, middle - 14, v.operation_after, 12, "lm-soft lm-mid");
    svg.arrow(x + 10, middle, x + arrow - 10, middle);
    x += arrow;
  }
  return svg.finish();
}

std::string listing_figure(const ListingFigure& figure) {
  check_parts("listing", figure.lines.size(), 1, kMostLines);
  constexpr double kSize = 14, kLine = 22, kColumn = kSize * 0.605;
  double columns = 0;
  std::string described;
  for (const ListingLine& line : figure.lines) {
    columns = std::max<double>(columns, display_width(line.text));
    described += line.text + "\n";
  }
  const double top = 20 + heading_height(figure.title, figure.subtitle);
  const double height = figure.lines.size() * kLine + 28;
  Svg svg(std::max(columns * kColumn + 2 * kFigurePad + 36, heading_width(figure.title, figure.subtitle)),
          top + height + 22, figure.title, described);
  draw_heading(svg, kFigurePad, 20, figure.title, figure.subtitle);
  svg.rect({kFigurePad, top,
            std::max(columns * kColumn + 36, heading_width(figure.title, figure.subtitle) - 2 * kFigurePad), height},
           "lm-panel", 8);
  for (std::size_t i = 0; i < figure.lines.size(); ++i) {
    const ListingLine& line = figure.lines[i];
    const bool error = line.kind == ListingLine::Kind::kError;
    const char* ink = error ? "lm-accent" : line.kind == ListingLine::Kind::kOutput ? "lm-soft" : "lm-ink";
    svg.text(kFigurePad + 18, top + 14 + (i + 0.5) * kLine, line.text, kSize, std::string(ink) + " lm-mono");
  }
  return svg.finish();
}

}  // namespace lamella::cli
