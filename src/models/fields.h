// A JSON object that a file describes something with, read field by field: every field must be there, be of its type,
// and be known.
#pragma once

#include <lamella/nn/arguments.h>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::models {

using Json = nlohmann::ordered_json;

/// The object must outlive it. All raise ValueError with `what`, the field, and what it holds.
class Fields {
 public:
  Fields(const Json& object, std::string what);

  bool has(const char* name) const { return object_.contains(name); }
  std::int64_t whole(const char* name) const;
  double real(const char* name) const;
  bool flag(const char* name) const;
  std::string word(const char* name) const;
  std::vector<std::int64_t> wholes(const char* name) const;
  std::vector<double> reals(const char* name) const;
  /// The value itself; it may be of any type.
  const Json& at(const char* name) const;
  /// One number for all axes, or one an axis.
  template <int kRank>
  nn::PerAxis<kRank> axes(const char* name) const {
    const Json& value = at(name);
    if (value.is_number_integer()) return nn::PerAxis<kRank>(whole(name));
    const std::vector<std::int64_t> each = wholes(name);
    if (each.size() != kRank) fail(name, kRank == 1 ? "a whole number" : "a whole number or one an axis");
    return nn::PerAxis<kRank>(Dims(each.begin(), each.end()));
  }

  const std::string& what() const { return what_; }
  /// Raises for a field that nobody asked for: it may change what the others mean.
  void expect_no_others() const;
  [[noreturn]] void fail(const char* name, std::string_view expected) const;

 private:
  const Json& object_;
  std::string what_;
  mutable std::set<std::string> asked_;
};

/// JSON text of a file. Raises ValueError for text that is no JSON, or longer than a megabyte.
Json parse_json(const std::string& text, std::string_view what);

}  // namespace lamella::models
