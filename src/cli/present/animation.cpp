// Every step is a group that is visible during its slot of the loop. All groups share one rule; a negative delay puts
// each into its place, so that no script has to start them. The window alone has a rule with a stop for each position,
// and each cell of the map one that says from when on it is filled.
#include "cli/present/animation.h"

#include <fmt/format.h>
#include <lamella/error.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cli/present/svg.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

constexpr double kPad = 24, kGap = 44;
constexpr double kTermSize = 15;
constexpr int kPauseSteps = 2;   // the finished map stands still for so long
constexpr double kMoving = 0.3;  // share of a step in which the window is on its way
constexpr std::size_t kMostTerms = 30;

struct Scene {
  const Animation& animation;
  NumberGrid map;
  int rows = 0, columns = 0;  // of the padded input
  double cell = 0, kernel_cell = 0, map_cell = 0;
  Box input, kernel, products, output;  // where the grids stand
  double sum_top = 0;
  std::vector<std::vector<std::string>> sums;  // a step's lines
  std::size_t sum_lines = 1;
  double width = 0, height = 0;

  int steps() const { return map.rows * map.columns; }
  int slots() const { return steps() + kPauseSteps; }
  int still_step() const { return map.rows / 2 * map.columns + map.columns / 2; }
  int row_of(int step) const { return step / map.columns * animation.stride[0]; }
  int column_of(int step) const { return step % map.columns * animation.stride[1]; }
  bool is_padding(int row, int column) const {
    const int y = row - animation.padding[0], x = column - animation.padding[1];
    return y < 0 || y >= animation.input.rows || x < 0 || x >= animation.input.columns;
  }
  double value(int row, int column) const {
    return is_padding(row, column) ? 0 : animation.input(row - animation.padding[0], column - animation.padding[1]);
  }
};

void check_limits(const Animation& animation, const NumberGrid& map) {
  const int steps = map.rows * map.columns, products = steps * animation.kernel.rows * animation.kernel.columns;
  const int cells =
      (animation.input.rows + 2 * animation.padding[0]) * (animation.input.columns + 2 * animation.padding[1]);
  const auto refuse = [](const std::string& what, int count, int most) {
    throw ValueError("animation: " + with_thousands(count) + " " + what + " would give an unreadable figure, at most " +
                     with_thousands(most) + "; give it a smaller picture, less padding or a larger stride");
  };
  if (cells > kMostInputCells) refuse("cells of padded input", cells, kMostInputCells);
  if (steps > kMostSteps) refuse("steps", steps, kMostSteps);
  if (products > kMostProducts) refuse("products", products, kMostProducts);
  if (!(animation.seconds_per_step >= 0.1 && animation.seconds_per_step <= 60)) {
    throw ValueError("animation: " + short_number(animation.seconds_per_step) + " seconds a step, expected 0.1 to 60");
  }
}

// "1·1 + 0·2 − 3·1 = −2" with negative factors in brackets, broken into lines no wider than `width`.
std::vector<std::string> sum_lines(const Scene& scene, int step, double width) {
  const NumberGrid& kernel = scene.animation.kernel;
  const auto factor = [](double v, bool bracket) {
    return v < 0 && bracket ? "(" + short_number(v) + ")" : short_number(v);
  };
  const std::string result = "= " + short_number(scene.map.values[step]);
  if (kernel.values.size() > kMostTerms) {
    return {"sum of the " + std::to_string(kernel.values.size()) + " products " + result};
  }
  std::vector<std::string> words;
  for (int r = 0; r < kernel.rows; ++r) {
    for (int s = 0; s < kernel.columns; ++s) {
      const double v = scene.value(scene.row_of(step) + r, scene.column_of(step) + s);
      words.push_back((words.empty() ? "" : "+ ") + factor(v, !words.empty()) + "·" + factor(kernel(r, s), true));
    }
  }
  words.push_back(result);
  std::vector<std::string> lines(1);
  for (const std::string& word : words) {
    const std::string longer = lines.back().empty() ? word : lines.back() + " " + word;
    if (lines.back().empty() || text_width(longer, kTermSize) <= width) {
      lines.back() = longer;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

Scene lay_out(const Animation& animation, NumberGrid map) {
  Scene scene{animation, std::move(map)};
  scene.rows = animation.input.rows + 2 * animation.padding[0];
  scene.columns = animation.input.columns + 2 * animation.padding[1];
  scene.cell = std::clamp(440.0 / std::max(scene.rows, scene.columns), 26.0, 48.0);
  const int kernel_side = std::max(animation.kernel.rows, animation.kernel.columns);
  scene.kernel_cell = std::clamp(150.0 / kernel_side, 22.0, 40.0);
  const int map_side = std::max(scene.map.rows, scene.map.columns);
  scene.map_cell = std::clamp(360.0 / map_side, 26.0, 48.0);

  const double top = 20 + heading_height("t", "s") + 26;  // 26: the grids' names
  const double input_w = scene.columns * scene.cell, input_h = scene.rows * scene.cell;
  const double kernel_w = animation.kernel.columns * scene.kernel_cell;
  const double kernel_h = animation.kernel.rows * scene.kernel_cell;
  const double map_w = scene.map.columns * scene.map_cell, map_h = scene.map.rows * scene.map_cell;
  const double middle_h = 2 * kernel_h + 48;
  const double tallest = std::max({input_h, middle_h, map_h});
  const double middle_w = std::max(kernel_w, 90.0);
  scene.input = {kPad, top, input_w, input_h};
  const double middle_x = std::max(kPad + input_w, kPad + 110) + kGap;
  scene.kernel = {middle_x + (middle_w - kernel_w) / 2, top, kernel_w, kernel_h};
  scene.products = {scene.kernel.x, top + kernel_h + 48, kernel_w, kernel_h};
  scene.output = {middle_x + middle_w + kGap, top, map_w, map_h};
  scene.width = std::max(scene.output.x + std::max(map_w, 130.0) + kPad, 560.0);
  scene.sum_top = top + tallest + 26;
  for (int step = 0; step < scene.steps(); ++step) {
    scene.sums.push_back(sum_lines(scene, step, scene.width - 2 * kPad));
    scene.sum_lines = std::max(scene.sum_lines, scene.sums.back().size());
  }
  scene.height = scene.sum_top + scene.sum_lines * 22 + 18;
  return scene;
}

std::string seconds_text(double seconds) { return fmt::format("{:.3g}s", seconds); }

double slot_percent(const Scene& scene, double slot) { return 100 * slot / scene.slots(); }

// The window's stops: it rests, then glides to the next place; it waits at the last one through the pause.
std::string window_keyframes(const Scene& scene) {
  std::string css = "@keyframes lm-slide{\n";
  const auto stop = [&](double slot, int step) {
    css += fmt::format("{:.4g}%{{transform:translate({}px,{}px)}}\n", slot_percent(scene, slot),
                       coordinate(scene.column_of(step) * scene.cell), coordinate(scene.row_of(step) * scene.cell));
  };
  for (int step = 0; step < scene.steps(); ++step) {
    stop(step, step);
    const bool last = step + 1 == scene.steps();
    stop(last ? scene.slots() : step + 1 - kMoving, step);
  }
  return css + "}\n";
}

std::string map_keyframes(const Scene& scene) {
  std::string css;
  for (int step = 1; step < scene.steps(); ++step) {
    const double from = slot_percent(scene, step);
    css += fmt::format("@keyframes lm-m{0}{{0%{{opacity:0}}{1:.4g}%{{opacity:0}}{2:.4g}%{{opacity:1}}}}\n", step, from,
                       std::min(100.0, slot_percent(scene, step + 0.15)));
    css += fmt::format(".lm-m{0}{{animation-name:lm-m{0}}}\n", step);
  }
  return css;
}

std::string animation_style(const Scene& scene) {
  const double step_seconds = scene.animation.seconds_per_step;
  const int still = scene.still_step();
  std::string css = ".lm-step{visibility:hidden}.lm-still{visibility:visible}\n";
  css += fmt::format(".lm-slide{{transform:translate({}px,{}px)}}\n", coordinate(scene.column_of(still) * scene.cell),
                     coordinate(scene.row_of(still) * scene.cell));
  css += "@media (prefers-reduced-motion:no-preference){\n";
  css += fmt::format(".lm-step,.lm-slide,.lm-grow{{animation:{} linear infinite}}\n",
                     seconds_text(step_seconds * scene.slots()));
  css += ".lm-slide{animation-name:lm-slide;animation-timing-function:ease-in-out}\n";
  css += ".lm-step{animation-name:lm-show;animation-timing-function:step-end}\n";
  css += ".lm-last{animation-name:lm-show-last}\n";
  for (int step = 0; step < scene.steps(); ++step) {
    css += fmt::format(".lm-k{}{{animation-delay:-{}}}\n", step, seconds_text(step_seconds * (scene.slots() - step)));
  }
  css += map_keyframes(scene);
  css += fmt::format(
      "@keyframes lm-show{{0%{{visibility:visible}}{:.4g}%{{visibility:hidden}}100%{{visibility:hidden}}}}\n",
      slot_percent(scene, 1));
  css += fmt::format(
      "@keyframes lm-show-last{{0%{{visibility:visible}}{:.4g}%{{visibility:hidden}}100%{{visibility:hidden}}}}\n",
      slot_percent(scene, 1 + kPauseSteps));
  return css + window_keyframes(scene) + "}\n";
}

void draw_names(Svg& svg, const Scene& scene) {
  const auto name = [&](const Box& box, const std::string& text) { svg.text(box.x, box.y - 15, text, 13, "lm-soft"); };
  const auto size = [](int rows, int columns) { return std::to_string(rows) + "×" + std::to_string(columns); };
  const auto [ph, pw] = scene.animation.padding;
  name(scene.input, "input " + size(scene.animation.input.rows, scene.animation.input.columns) +
                        (ph || pw ? ", padded " + size(scene.rows, scene.columns) : ""));
  name(scene.kernel, "kernel " + size(scene.animation.kernel.rows, scene.animation.kernel.columns));
  name(scene.products, "products");
  name(scene.output, "feature map " + size(scene.map.rows, scene.map.columns));
}

void draw_kernel(Svg& svg, const Scene& scene) {
  const NumberGrid& kernel = scene.animation.kernel;
  draw_grid(svg, scene.kernel.x, scene.kernel.y, kernel.rows, kernel.columns, scene.kernel_cell,
            [&](int r, int s) { return Cell{"lm-kernel", short_number(kernel(r, s)), "lm-ink"}; });
  draw_grid(svg, scene.products.x, scene.products.y, kernel.rows, kernel.columns, scene.kernel_cell,
            [](int, int) { return Cell{"lm-window", "", ""}; });
}

// The yellow window and the weights in its corners slide as one.
void draw_window(Svg& svg, const Scene& scene) {
  const NumberGrid& kernel = scene.animation.kernel;
  const Box window{scene.input.x, scene.input.y, kernel.columns * scene.cell, kernel.rows * scene.cell};
  svg.xml().open("g", {{"class", "lm-slide"}});
  draw_grid(svg, window.x, window.y, kernel.rows, kernel.columns, scene.cell,
            [&](int r, int s) { return Cell{"lm-window", "", "", "×" + short_number(kernel(r, s))}; });
  svg.rect(window, "lm-frame");
  svg.xml().close();
}

// The padded input's cells lie under the window, their numbers over it.
void draw_input(Svg& svg, const Scene& scene) {
  draw_grid(svg, scene.input.x, scene.input.y, scene.rows, scene.columns, scene.cell,
            [&](int row, int column) { return Cell{scene.is_padding(row, column) ? "lm-pad" : "lm-cell", "", ""}; });
  draw_window(svg, scene);
  for (int row = 0; row < scene.rows; ++row) {
    for (int column = 0; column < scene.columns; ++column) {
      const std::string text = short_number(scene.value(row, column));
      svg.text(scene.input.x + (column + 0.5) * scene.cell, scene.input.y + (row + 0.42) * scene.cell, text,
               fitted_size(text, scene.cell * 0.38, scene.cell * 0.84),
               scene.is_padding(row, column) ? "lm-soft lm-mid" : "lm-ink lm-mid");
    }
  }
}

Box map_cell(const Scene& scene, int step) {
  const double cell = scene.map_cell;
  const int row = step / scene.map.columns, column = step % scene.map.columns;
  return {scene.output.x + column * cell, scene.output.y + row * cell, cell, cell};
}

// The empty map, then each cell's value, which appears with its step.
void draw_map(Svg& svg, const Scene& scene) {
  draw_grid(svg, scene.output.x, scene.output.y, scene.map.rows, scene.map.columns, scene.map_cell,
            [](int, int) { return Cell{}; });
  for (int step = 0; step < scene.steps(); ++step) {
    const Box box = map_cell(scene, step);
    svg.xml().open("g", {{"class", step == 0 ? std::string() : "lm-grow lm-m" + std::to_string(step)}});
    draw_grid(svg, box.x, box.y, 1, 1, box.width,
              [&](int, int) { return Cell{"lm-map", short_number(scene.map.values[step])}; });
    svg.xml().close();
  }
}

// What belongs to one step alone: its products, its sum and the mark on its cell of the map. There may be hundreds, so
// colour and anchor stand at the group.
void draw_step(Svg& svg, const Scene& scene, int step) {
  const NumberGrid& kernel = scene.animation.kernel;
  std::string classes = "lm-step lm-k" + std::to_string(step);
  if (step == scene.still_step()) classes += " lm-still";
  if (step + 1 == scene.steps()) classes += " lm-last";
  svg.xml().open("g", {{"class", classes}});
  svg.rect(map_cell(scene, step), "lm-mark");
  svg.xml().open("g", {{"class", "lm-ink lm-mid"}});
  for (int r = 0; r < kernel.rows; ++r) {
    for (int s = 0; s < kernel.columns; ++s) {
      const double value = scene.value(scene.row_of(step) + r, scene.column_of(step) + s);
      const std::string text = short_number(value * kernel(r, s));
      svg.text(scene.products.x + (s + 0.5) * scene.kernel_cell, scene.products.y + (r + 0.5) * scene.kernel_cell, text,
               fitted_size(text, scene.kernel_cell * 0.38, scene.kernel_cell * 0.84), "");
    }
  }
  svg.xml().close();
  for (std::size_t i = 0; i < scene.sums[step].size(); ++i) {
    svg.text(kPad, scene.sum_top + i * 22 + 6, scene.sums[step][i], kTermSize);
  }
  svg.xml().close();
}

}  // namespace

std::string conv_animation(const Animation& animation) {
  NumberGrid map = correlate(animation.input, animation.kernel, animation.stride, animation.padding);
  check_limits(animation, map);
  const Scene scene = lay_out(animation, std::move(map));
  const auto pair = [](std::array<int, 2> p) {
    return std::to_string(p[0]) + (p[0] == p[1] ? "" : "×" + std::to_string(p[1]));
  };
  const std::string subtitle = (animation.kernel_name.empty() ? "" : "kernel " + animation.kernel_name + ", ") +
                               "stride " + pair(animation.stride) + ", padding " + pair(animation.padding);
  Svg svg(
      scene.width, scene.height, animation.title,
      fmt::format("A {}x{} window slides over a {}x{} input ({}). At each of the {} places the numbers under it are "
                  "multiplied by the kernel and summed, which gives one cell of the {}x{} feature map.",
                  animation.kernel.rows, animation.kernel.columns, animation.input.rows, animation.input.columns,
                  subtitle, scene.steps(), scene.map.rows, scene.map.columns),
      animation_style(scene));
  draw_heading(svg, kPad, 20, animation.title, subtitle);
  draw_names(svg, scene);
  draw_input(svg, scene);
  draw_kernel(svg, scene);
  draw_map(svg, scene);
  for (int step = 0; step < scene.steps(); ++step) draw_step(svg, scene, step);
  return svg.finish();
}

}  // namespace lamella::cli
