#include "cli/arguments.h"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <type_traits>

#include "cli/commands.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

template <typename T>
constexpr bool is_vector = false;
template <typename T>
constexpr bool is_vector<std::vector<T>> = true;

// All of `text` as a decimal number. A whole number outside int64 is none, and no range of ours reaches that far.
bool read_number(const std::string& text, std::int64_t& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}
bool read_number(const std::string& text, double& number) {
  if (text.find_first_of(" \t\n\v\f\r") == 0) return false;  // strtod skips blanks
  char* stop = nullptr;
  number = std::strtod(text.c_str(), &stop);
  return !text.empty() && stop == text.data() + text.size();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

/// getopt_long's place in the arguments is a global of the C library.
void restart_getopt() {
  opterr = 0;
#if defined(__APPLE__) || defined(__FreeBSD__)
  optreset = 1;
  optind = 1;
#else
  optind = 0;
#endif
}

}  // namespace

void fail_usage(const std::string& text, const std::string& command) {
  throw UsageError(fmt::format("{}; {} --help tells what there is", text, command));
}

Argument::Argument(std::string names, std::string type, Target target, std::string description)
    : names_(std::move(names)), type_(std::move(type)), description_(std::move(description)), target_(target) {
  if (std::holds_alternative<int*>(target_)) {
    within(std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  } else if (std::holds_alternative<std::uint32_t*>(target_)) {
    within(0, std::numeric_limits<std::uint32_t>::max(), "a whole number from 0 to 4294967295");
  } else {
    within(std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max(), "a number");
  }
}

Argument& Argument::required() {
  required_ = true;
  return *this;
}

Argument& Argument::within(int least, int most) {
  return within(least, most, fmt::format("a whole number from {} to {}", least, most));
}

Argument& Argument::within(double least, double most, std::string expected) {
  least_ = least;
  most_ = most;
  expected_ = std::move(expected);
  return *this;
}

Argument& Argument::one_of(std::vector<std::string> words) {
  words_ = std::move(words);
  expected_ = joined(words_);
  return *this;
}

Argument& Argument::excludes(Argument& other) {
  excluded_.push_back(&other);
  other.excluded_.push_back(this);
  return *this;
}

Argument& Argument::needs(const Argument& other) {
  needed_.push_back(&other);
  return *this;
}

Argument& Argument::shows_default() {
  std::visit(
      [this](const auto* value) {
        using T = std::remove_cvref_t<decltype(*value)>;
        if constexpr (std::is_same_v<T, std::string> || std::is_arithmetic_v<T>) default_ = fmt::format("{}", *value);
      },
      target_);
  return *this;
}

bool Argument::is_list() const {
  return std::visit([](const auto* value) { return is_vector<std::remove_cvref_t<decltype(*value)>>; }, target_);
}

char Argument::letter() const { return names_[1] != '-' ? names_[1] : '\0'; }

std::string_view Argument::label() const {
  return std::string_view(names_).substr(names_.rfind(',') + 1);  // npos + 1 is 0
}

std::string Argument::signature() const {
  std::string text = names_;
  if (!type_.empty()) text += " " + type_;
  if (!default_.empty()) text += "=" + default_;
  if (is_list()) text += " ...";
  if (required_) text += " (required)";
  const auto append = [&](const char* title, const std::vector<const Argument*>& others) {
    if (!others.empty()) text += title;
    for (const Argument* other : others) text.append(" ").append(other->label());
  };
  append(" Excludes:", excluded_);
  append(" Needs:", needed_);
  return text;
}

/// Whether `text` is what is expected; the target has it then.
bool Argument::read(const std::string& text) const {
  if (!words_.empty() && std::ranges::find(words_, text) == words_.end()) return false;
  return std::visit(
      [&](auto* value) {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, bool>) {
          *value = true;
        } else if constexpr (is_vector<T>) {
          value->emplace_back(text);
        } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::optional<double>>) {
          std::conditional_t<std::is_integral_v<T>, std::int64_t, double> number = 0;
          if (!read_number(text, number)) return false;
          const bool fits = static_cast<double>(number) >= least_ && static_cast<double>(number) <= most_;
          if (fits) *value = static_cast<std::conditional_t<std::is_arithmetic_v<T>, T, double>>(number);
          return fits;
        } else {
          *value = text;
        }
        return true;
      },
      target_);
}

std::string help_row(std::string_view left, std::string_view right) {
  return left.size() < 24 ? fmt::format("  {:24}{}\n", left, right) : fmt::format("  {}\n{:26}{}\n", left, "", right);
}

Argument& Arguments::add(std::string names, std::string type, Argument::Target target, std::string description) {
  return arguments_.emplace_back(std::move(names), std::move(type), target, std::move(description));
}

Argument& Arguments::option(std::string names, std::string type, Argument::Target target, std::string description) {
  return add(std::move(names), std::move(type), target, std::move(description));
}

Argument& Arguments::flag(std::string name, bool& target, std::string description) {
  return add(std::move(name), "", &target, std::move(description));
}

Argument& Arguments::positional(std::string name, Argument::Target target, std::string description) {
  return add(std::move(name), "", target, std::move(description));
}

bool Arguments::parse(std::span<const char* const> words) {
  // getopt_long's tables: a leading '-' hands positional arguments over in their place, ':' tells a missing value
  // apart.
  constexpr int kPositional = 1, kFirstLong = 256;  // beyond every short option
  std::string shorts = "-:h";
  std::deque<std::string> names;  // whose ends are zeros
  std::vector<::option> longs = {{"help", no_argument, nullptr, 'h'}};
  std::vector<Argument*> by_code(kFirstLong);
  for (Argument& argument : arguments_) {
    if (argument.is_positional()) continue;
    longs.push_back({names.emplace_back(argument.label().substr(2)).c_str(),
                     argument.is_flag() ? no_argument : required_argument, nullptr, static_cast<int>(by_code.size())});
    by_code.push_back(&argument);
    if (const char letter = argument.letter(); letter != '\0') {
      shorts += letter;
      if (!argument.is_flag()) shorts += ':';
      by_code[static_cast<unsigned char>(letter)] = &argument;
    }
  }
  longs.push_back({});

  std::vector<char*> argv = {const_cast<char*>(name_.c_str())};  // getopt_long writes to none of them
  for (const char* word : words) argv.push_back(const_cast<char*>(word));
  argv.push_back(nullptr);
  const int count = static_cast<int>(argv.size()) - 1;
  restart_getopt();
  for (int code = 0; (code = getopt_long(count, argv.data(), shorts.c_str(), longs.data(), nullptr)) != -1;) {
    if (code == 'h') return false;
    if (code == kPositional) {
      take_positional(optarg);
    } else if (code == '?') {
      const std::string_view word = argv[static_cast<std::size_t>(optind - 1)];
      if (optopt >= kFirstLong)
        fail(fmt::format("{} takes no value", by_code[static_cast<std::size_t>(optopt)]->label()));
      const std::string name =
          optopt != 0 ? std::string{'-', static_cast<char>(optopt)} : std::string(word.substr(0, word.find('=')));
      fail(fmt::format("there is no option {}", printable(name)));
    } else {
      Argument& argument = *by_code[static_cast<std::size_t>(code == ':' ? optopt : code)];
      if (argument.is_flag()) {
        argument.given_.emplace_back();
        continue;
      }
      // An option without its value must not swallow the next option.
      const bool apart = code != ':' && optarg == argv[static_cast<std::size_t>(optind - 1)];
      if (code == ':' || (apart && std::string_view(optarg).starts_with("--"))) {
        fail(fmt::format("{}: the value is missing", argument.label()));
      }
      give(argument, optarg);
    }
  }
  for (int i = optind; i < count; ++i) take_positional(argv[static_cast<std::size_t>(i)]);  // after "--"
  check();
  return true;
}

void Arguments::take_positional(std::string_view word) {
  for (Argument& argument : arguments_) {
    if (argument.is_positional() && (argument.given_.empty() || argument.is_list())) return give(argument, word);
  }
  fail(fmt::format("\"{}\" is one argument too many", printable(word)));
}

void Arguments::give(Argument& argument, std::string_view text) const {
  // An empty value is what an unset variable of a shell leaves: it must not stand for the default.
  if (text.empty()) fail(fmt::format("{}: the value is empty", argument.label()));
  if (!argument.is_list() && !argument.given_.empty()) fail(fmt::format("{} is given twice", argument.label()));
  argument.given_.emplace_back(text);
}

void Arguments::check() const {
  for (const Argument& argument : arguments_) {
    for (const std::string& text : argument.given_) {
      if (argument.read(text)) continue;
      fail(fmt::format("{}: expected {}, got \"{}\"", argument.label(), argument.expected_, printable(text)));
    }
  }
  for (const Argument& argument : arguments_) {
    if (argument.given_.empty()) {
      if (argument.required_) fail(fmt::format("{} is required", argument.label()));
      continue;
    }
    for (const Argument* other : argument.excluded_) {
      if (!other->given_.empty()) fail(fmt::format("{} excludes {}", argument.label(), other->label()));
    }
    for (const Argument* other : argument.needed_) {
      if (other->given_.empty()) fail(fmt::format("{} needs {}", argument.label(), other->label()));
    }
  }
}

void Arguments::fail(const std::string& text) const { fail_usage(text, name_); }

std::string Arguments::help() const {
  std::string usage = fmt::format("{}\nUsage: {} [OPTIONS]", description_, name_);
  std::string positional;
  std::string options = "\nOptions:\n" + help_row("-h,--help", "Print this help message and exit");
  for (const Argument& argument : arguments_) {
    const std::string row = help_row(argument.signature(), argument.description_);
    if (argument.is_positional()) {
      usage += " " + argument.names_ + (argument.is_list() ? "..." : "");
      positional += row;
    } else {
      options += row;
    }
  }
  if (!positional.empty()) positional.insert(0, "\nPositionals:\n");
  return usage + "\n" + positional + options + "\n" + footer_ + "\n";
}

}  // namespace lamella::cli
