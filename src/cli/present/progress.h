// The progress of a training run, as text to be written: a bar that redraws itself on a terminal, plain lines
// elsewhere, nothing under quiet. Time is passed in, so that it can be tested.
#pragma once

#include <cstdint>
#include <string>

#include "cli/present/terminal.h"

namespace lamella::cli {

struct ProgressOptions {
  bool terminal = false;
  bool quiet = false;
  ColorMode color = ColorMode::kNone;
  int width = 80;                      // columns of the terminal
  double seconds_between_draws = 0.1;  // on a terminal
  double seconds_between_lines = 30;   // elsewhere, within an epoch that is longer
};

/// What an epoch came to; shares are 0 to 1, NaN for what was not measured.
struct EpochResult {
  int epoch = 0;  // from 1
  double train_loss = 0, train_accuracy = 0, test_loss = 0, test_accuracy = 0;
  double images_per_second = 0, seconds = 0;
};

/// Not thread safe. Every function returns what is to be written now, which may be nothing.
class Progress {
 public:
  Progress(int epochs, std::int64_t images_per_epoch, ProgressOptions options);

  /// `now` is in seconds of any clock that does not run backwards.
  std::string begin_epoch(double now, int epoch);
  /// After a batch: images seen in this epoch, and the means of loss and accuracy over them.
  std::string update(double now, std::int64_t images, double loss, double accuracy);
  /// The epoch's line, which stays.
  std::string end_epoch(double now, const EpochResult& result);
  /// A line that replaces the bar and stays (a note, an interruption).
  std::string note(std::string_view text) const;

 private:
  std::string bar_line(double now, std::int64_t images, double loss, double accuracy) const;
  double seconds_left(double now, std::int64_t images) const;
  std::string clear() const;

  int epochs_;
  std::int64_t images_per_epoch_;
  ProgressOptions options_;
  int epoch_ = 0, epochs_done_ = 0;
  double epoch_begin_ = 0, last_drawn_ = 0, last_update_ = 0;
  double seconds_done_ = 0, seconds_after_training_ = 0;  // of the finished epochs; the part of it that evaluates
};

}  // namespace lamella::cli
