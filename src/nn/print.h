// Python's way to write values, for printing modules as PyTorch does.
#pragma once

#include <span>
#include <string>

#include <lamella/nn/arguments.h>

namespace lamella::nn {

/// "1e-05", "1.0", "0.1"
std::string python_number(double value);
/// "True"
std::string python_bool(bool value);
/// "(3, 3)", "(3,)"
std::string python_tuple(std::span<const std::int64_t> values);
std::string python_tuple(std::span<const double> values);

/// "(3, 5)"
template <int kRank>
std::string tuple_of(const PerAxis<kRank>& values) {
  return python_tuple(std::span<const std::int64_t>(values.begin(), values.end()));
}
/// As it was given: "3" or "(3, 5)".
template <int kRank>
std::string as_given(const PerAxis<kRank>& values) {
  return values.single() ? std::to_string(values[0]) : tuple_of(values);
}

/// The text with every line but the first indented.
std::string indented(const std::string& text, std::size_t spaces);

}  // namespace lamella::nn
