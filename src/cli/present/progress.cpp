#include "cli/present/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cli/present/text.h"

namespace lamella::cli {
namespace {

constexpr int kShortestBar = 8, kLongestBar = 30;

std::string rate_text(double images_per_second) {
  if (!std::isfinite(images_per_second) || images_per_second <= 0) return "- images/s";
  return with_thousands(std::llround(std::min(images_per_second, 1e15))) + " images/s";
}

std::string loss_text(double loss) { return std::isfinite(loss) ? fmt::format("{:.4f}", loss) : "NaN"; }

std::string thin_bar(double share, int width, ColorMode mode) {
  const int filled = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width));
  std::string done, rest;
  for (int i = 0; i < width; ++i) (i < filled ? done : rest) += mode == ColorMode::kNone && i >= filled ? "─" : "━";
  return styled(done, kGreen, mode) + styled(rest, kDim, mode);
}

}  // namespace

Progress::Progress(int epochs, std::int64_t images_per_epoch, ProgressOptions options)
    : epochs_(epochs), images_per_epoch_(std::max<std::int64_t>(images_per_epoch, 1)), options_(options) {}

std::string Progress::clear() const { return options_.terminal ? "\r\x1b[K" : ""; }

double Progress::seconds_left(double now, std::int64_t images) const {
  const double elapsed = now - epoch_begin_;
  if (images <= 0 || elapsed <= 0) return epochs_done_ ? seconds_done_ / epochs_done_ * (epochs_ - epochs_done_) : -1;
  const double training = elapsed / static_cast<double>(images) * static_cast<double>(images_per_epoch_);
  const double after = epochs_done_ ? seconds_after_training_ / epochs_done_ : 0;
  const double this_epoch = std::max(0.0, training - elapsed) + after;
  return this_epoch + std::max(0, epochs_ - epoch_) * (training + after);
}

// The parts from the most to the least important; what does not fit is left out from the end.
std::string Progress::bar_line(double now, std::int64_t images, double loss, double accuracy) const {
  const double share = static_cast<double>(images) / static_cast<double>(images_per_epoch_);
  const int digits = static_cast<int>(std::to_string(epochs_).size());
  const std::string head = fmt::format("epoch {:>{}}/{}", epoch_, digits, epochs_);
  const std::vector<std::string> parts{fmt::format("{:>3.0f} %", std::floor(std::min(share, 1.0) * 100)),
                                       "loss " + loss_text(loss), pad_left(percent(accuracy), 7),
                                       clock_duration(seconds_left(now, images)) + " left",
                                       rate_text(static_cast<double>(images) / (now - epoch_begin_))};
  const int room = std::max(options_.width, 20) - 1;  // a full last column would wrap on some terminals
  int used = display_width(head);
  std::string tail;
  for (const std::string& part : parts) {
    if (used + 2 + display_width(part) > room) break;
    used += 2 + display_width(part);
    tail += "  " + part;
  }
  const int bar = std::min(room - used - 2, kLongestBar);
  return head + (bar >= kShortestBar ? "  " + thin_bar(share, bar, options_.color) : "") + tail;
}

std::string Progress::begin_epoch(double now, int epoch) {
  epoch_ = epoch;
  epoch_begin_ = last_drawn_ = last_update_ = now;
  return {};
}

std::string Progress::update(double now, std::int64_t images, double loss, double accuracy) {
  last_update_ = now;
  if (options_.quiet) return {};
  const double pause = options_.terminal ? options_.seconds_between_draws : options_.seconds_between_lines;
  const bool last = options_.terminal && images >= images_per_epoch_;
  if (now - last_drawn_ < pause && !last) return {};
  last_drawn_ = now;
  if (options_.terminal) return clear() + bar_line(now, images, loss, accuracy);
  return fmt::format("epoch {}/{}  {} of {} images  loss {}  accuracy {}  {}  {} left\n", epoch_, epochs_,
                     with_thousands(images), with_thousands(images_per_epoch_), loss_text(loss), percent(accuracy),
                     rate_text(static_cast<double>(images) / (now - epoch_begin_)),
                     clock_duration(seconds_left(now, images)));
}

std::string Progress::end_epoch(double now, const EpochResult& result) {
  ++epochs_done_;
  seconds_done_ += now - epoch_begin_;
  seconds_after_training_ += now - last_update_;
  if (options_.quiet) return {};
  const int digits = static_cast<int>(std::to_string(epochs_).size());
  std::string line = fmt::format("epoch {:>{}}/{}  loss {}  accuracy {}", result.epoch, digits, epochs_,
                                 loss_text(result.train_loss), percent(result.train_accuracy));
  if (std::isfinite(result.test_accuracy)) {
    line += fmt::format("  test loss {}  test accuracy ", loss_text(result.test_loss)) +
            styled(percent(result.test_accuracy), kBold, options_.color);
  }
  line += "  " + rate_text(result.images_per_second) + "  " + human_duration(result.seconds);
  return clear() + line + "\n";
}

std::string Progress::note(std::string_view text) const {
  return options_.quiet ? std::string() : clear() + printable(text) + "\n";
}

}  // namespace lamella::cli
