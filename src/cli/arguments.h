// What a command takes on its command line, declared beside the variables that receive it: options, flags, positional
// arguments, their checks and the help. The words are taken apart by the C library's getopt_long; the C++ libraries for
// it bring iostreams and locales, 0.7 MB of a static command of 5.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lamella::cli {

/// One argument. The functions that return it add to what was declared.
class Argument {
 public:
  /// Where the value goes. A bool makes a flag, which takes none; a vector is appended to, once an occurrence.
  using Target = std::variant<bool*, int*, std::uint32_t*, double*, std::optional<double>*, std::string*,
                              std::filesystem::path*, std::vector<std::string>*, std::vector<std::filesystem::path>*>;

  /// `names` is "--out", "-o,--out" or, for a positional argument, "MODEL"; `type` is what the help calls the value.
  Argument(std::string names, std::string type, Target target, std::string description);

  Argument& required();
  /// Whole numbers from `least` to `most`; without a call, those that the target holds.
  Argument& within(int least, int most);
  /// Numbers from `least` to `most`, never NaN, that an error calls `expected` ("a number above 0").
  Argument& within(double least, double most, std::string expected);
  Argument& one_of(std::vector<std::string> words);
  /// Either this one or `other`, which must outlive it.
  Argument& excludes(Argument& other);
  /// Only together with `other`, which must outlive it.
  Argument& needs(const Argument& other);
  /// Tells in the help the value that the target has now.
  Argument& shows_default();

 private:
  friend class Arguments;

  bool is_flag() const { return std::holds_alternative<bool*>(target_); }
  bool is_list() const;
  bool is_positional() const { return names_[0] != '-'; }
  char letter() const;             // the short name, or 0
  std::string_view label() const;  // the long name
  std::string signature() const;   // the left column of the help
  bool read(const std::string& text) const;

  std::string names_, type_, description_;
  Target target_;
  bool required_ = false;
  double least_, most_;
  std::string expected_;
  std::vector<std::string> words_;
  std::vector<const Argument*> excluded_, needed_;
  std::string default_;
  std::vector<std::string> given_;  // the texts of all occurrences; a flag's are empty
};

/// One line of a help: `left`, and `right` from column 26 on (on a line of its own where `left` is longer).
std::string help_row(std::string_view left, std::string_view right);

/// The arguments of one command.
class Arguments {
 public:
  /// `name` is the command as it is typed, "lamella train"; `footer` ends the help.
  Arguments(std::string name, std::string description, std::string footer)
      : name_(std::move(name)), description_(std::move(description)), footer_(std::move(footer)) {}
  Arguments(Arguments&&) = default;  // the arguments stay where they are; a copy's would name the original's
  Arguments(const Arguments&) = delete;

  /// The references stay valid.
  Argument& option(std::string names, std::string type, Argument::Target target, std::string description);
  Argument& flag(std::string name, bool& target, std::string description);
  /// Positional arguments are filled in the order of their declaration; a list takes all that remain.
  Argument& positional(std::string name, Argument::Target target, std::string description);

  /// Reads "--name value", "--name=value", "-n value", "-nvalue" and positional arguments in any order; all after "--"
  /// is positional, and a long name may be cut short where it stays unique. One thread at a time. False: the help is
  /// asked for, and no target was touched. Raises UsageError, with one sentence on what is wrong and where to read on.
  bool parse(std::span<const char* const> words);

  std::string help() const;

 private:
  Argument& add(std::string names, std::string type, Argument::Target target, std::string description);
  void take_positional(std::string_view word);
  void give(Argument& argument, std::string_view text) const;
  void check() const;
  [[noreturn]] void fail(const std::string& text) const;

  std::string name_, description_, footer_;
  std::deque<Argument> arguments_;
};

/// Raises UsageError: `text`, and that "`command` --help" tells more.
[[noreturn]] void fail_usage(const std::string& text, const std::string& command);

}  // namespace lamella::cli
